"""Which estimate leads, and what its two bands assume: a sentence, and a table of pushes by observables."""

from typing import NamedTuple

import numpy as np

from ..results import REFUSED, ResponseResult
from ._numbers import number_text, percent
from ._shown import shown_observables, shown_pushes

_NAMES = {"markov": "Markov", "robust": "robust"}


class Choice(NamedTuple):
    """What leads for one push and observable; for a whole field, of all the places that are chosen apart."""

    leads: str
    why: str


class ChoiceRow(NamedTuple):
    """What leads for one observable, push by push."""

    label: str
    cells: list[Choice]


def leading_sentence(result: ResponseResult) -> str:
    """Which estimate leads; nothing where the result does not say."""
    leads, p_value = result.attrs.get("headline"), result.number("markov_p_value")
    chance = "" if p_value is None else f" (p = {number_text(p_value, 2)})"
    if leads == "markov" and p_value is not None and p_value < REFUSED:
        return (
            "The Markov estimate leads, as it agrees with the robust one; but what happens next depends on more than "
            f"the recorded state{chance}."
        )
    said = {
        "markov": f"The Markov estimate leads: what happens next depends on the recorded state alone, as far as this "
        f"record tells{chance}.",
        "robust": "The robust estimate leads, which assumes only that the record is stationary.",
        "mixed": f"The Markov estimate leads for some responses, the robust one for the others{chance}.",
    }
    return said.get(str(leads), "")


def band_sentences(result: ResponseResult, kind: str = "impulse") -> str:
    """What the bands of a figure assume: two sentences where there are two."""
    level = percent(result.confidence)
    if not has_outer_band(result, kind):
        return f"Shaded: {level} band at each lag."
    alone = (
        ", which where the Markov estimate leads assumes that what happens next depends on the recorded state alone"
        if result.attrs.get("headline") != "robust"
        else ""
    )
    return (
        f"Dark: the {level} band of the estimate at each lag{alone}. Light: the {level} outer band, which holds the "
        "dark one and assumes only that the record is stationary."
    )


def has_outer_band(result: ResponseResult, kind: str = "impulse") -> bool:
    """Whether a kind of response has an outer band."""
    return all(f"{kind}_response_outer_{side}" in result.dataset.data_vars for side in ("lower", "upper"))


def leading_table(result: ResponseResult) -> list[ChoiceRow]:
    """For each observable what leads for every shown push; empty where the result does not say.

    A whole field has one row for each observable, or one alone.
    """
    if any(name not in result.dataset.data_vars for name in ("headline", "markov_p_value", "markov_step")):
        return []
    observables = shown_observables(result) if "observable" in result.dataset["headline"].dims else [""]
    rows = []
    for place, observable in enumerate(observables):
        cells = []
        for index, _ in enumerate(shown_pushes(result)):
            where = {"push": index} | ({"observable": place} if observable else {})
            leads, p_values, steps = (
                np.ravel(result.dataset[name].isel(where).values)
                for name in ("headline", "markov_p_value", "markov_step")
            )
            cells.append(_choice(leads.astype(str), p_values, steps, result.lag_units))
        rows.append(ChoiceRow(observable or "the field", cells))
    return rows


def _choice(leads: np.ndarray, p_values: np.ndarray, steps: np.ndarray, units: str) -> Choice:
    kinds, counts = np.unique(leads, return_counts=True)
    names = [_NAMES.get(str(kind), str(kind)) for kind in kinds]
    said = names[0] if len(names) == 1 else ", ".join(f"{n} {k}" for n, k in zip(names, counts, strict=True))
    if not np.any(steps):
        return Choice(said, "no step")
    low, high = (number_text(float(value)) for value in (np.min(steps), np.max(steps)))
    least = "p" if len(leads) == 1 else "smallest p"
    chance = f"{least} = {number_text(float(np.min(p_values)), 2)}"
    return Choice(said, f"{chance}, step {low if low == high else f'{low} to {high}'} {units}")
