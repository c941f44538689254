"""The tables of the page: response at some lags, diagnostics in numbers, and what made the result."""

import json
from typing import Any, NamedTuple

import numpy as np

from ..results import ResponseResult
from ._numbers import number_text, percent
from ._offsets import offset_curves
from ._shown import field_parts, shown_observables, shown_pushes, some_lags


class Cell(NamedTuple):
    """One estimate with its band; ``sure`` when the band excludes zero."""

    value: str
    band: str
    sure: bool


class Row(NamedTuple):
    """One labelled line of estimates."""

    label: str
    cells: list[Cell]


class Number(NamedTuple):
    """One diagnostic number and how to read it."""

    name: str
    value: str
    meaning: str


def lag_headings(result: ResponseResult) -> list[str]:
    """The lags of the response table."""
    return [f"{result.lags[index]:.4g}" for index in some_lags(result)]


def response_rows(result: ResponseResult) -> dict[str, list[Row]]:
    """For each push, a row of estimates for every observable, or for some places of a field."""
    names = ("impulse_response", "impulse_response_lower", "impulse_response_upper")
    tables: dict[str, list[Row]] = {}
    for push in shown_pushes(result):
        if result.is_whole_field:
            curves = {
                f"{name} {place}".strip(): three
                for name, part in field_parts(result)
                for place, three in offset_curves(part, push).items()
            }
        else:
            curves = {
                observable: [result.curve(name, push, observable) for name in names]
                for observable in shown_observables(result)
            }
        tables[push] = [Row(label, _cells(np.array(three), result)) for label, three in curves.items()]
    return tables


def delay_rows(result: ResponseResult) -> list[Row]:
    """For every response that to a push kept on to the last lag, by number of earlier states; none where not asked."""
    if "delay_step_response" not in result.dataset.data_vars or result.is_whole_field:
        return []
    value, stderr = (
        result.dataset[name].isel(lag=-1).transpose("push", "observable", "delays").values
        for name in ("delay_step_response", "delay_step_response_stderr")
    )
    return [
        Row(
            f"{observable} ← {push}",
            [
                Cell(number_text(number), f"± {number_text(error, 2)}", False)
                for number, error in zip(value[q, p], stderr[q, p], strict=True)
            ],
        )
        for q, push in enumerate(shown_pushes(result))
        for p, observable in enumerate(shown_observables(result))
    ]


def diagnostic_numbers(result: ResponseResult) -> list[Number]:
    """The numbers behind the diagnostics, each with how to read it."""
    level = result.confidence
    memory = result.number("decorrelation_time")
    entries: list[tuple[str, Any, str]] = [
        ("Score", result.attrs.get("score_method"), "how the gradient of the log-density was found"),
        (
            "Effective sample size",
            result.number("effective_sample_size"),
            "independent states that the record is worth",
        ),
        (
            "Decorrelation time",
            memory if memory is None else f"{number_text(memory)} {result.lag_units}",
            "memory of the slowest variable",
        ),
        ("Stein defect before calibration", result.number("stein_defect_before"), "0 for an exact score"),
        ("Stein defect after calibration", result.number("stein_defect_after"), "0 for an exact score"),
        (
            "Held-out score loss",
            result.number("score_loss_heldout"),
            "lower is better; no score at all has 0",
        ),
        (
            "Held-out loss of the Gaussian score",
            result.number("gaussian_loss_heldout"),
            "what any other score has to beat",
        ),
        ("Held-out score loss", result.attrs.get("score_loss_note"), "so the loss is not on states it has not seen"),
        ("Calibration functions", result.number("calibration_functions"), "identities imposed on the score"),
        (
            f"Gone within a step, of {result.attrs.get('nugget_variable', '')}",
            _nugget(result),
            "part of the variance: noise of the measurement, or motion faster than a step",
        ),
        ("Leading estimate", result.attrs.get("headline"), "what the curves and their inner bands are"),
        (
            "p-value of the Markov estimate",
            result.number("markov_p_value"),
            "chance of so large a difference from the robust estimate, of all responses together",
        ),
        ("Degrees of freedom", result.number("band_degrees_of_freedom"), "of the inner bands: the smallest"),
        ("Blocks of time", result.number("blocks"), "what the bands are made from"),
        ("Lags", f"{result.sizes['lag']}, to {result.lags[-1]:.4g} {result.lag_units}", "after the push"),
        (
            "Bands",
            f"{percent(level)}, each lag by itself",
            f"about one lag in {_one_in(level)} falls outside; simultaneous_lower and _upper hold at all lags at once"
            if "simultaneous_lower" in result
            else f"about one lag in {_one_in(level)} falls outside",
        ),
    ]
    rows = []
    for name, value, meaning in entries:
        if isinstance(value, float):
            value = f"{value:.0f}" if value.is_integer() else number_text(value)
        if value is not None:
            rows.append(Number(name, str(value), meaning))
    return rows


def _nugget(result: ResponseResult) -> str | None:
    share, stderr = result.number("nugget"), result.number("nugget_stderr")
    return None if share is None or stderr is None else f"{percent(round(share, 3))} ± {percent(round(stderr, 3))}"


def provenance(result: ResponseResult) -> list[tuple[str, str]]:
    """What made the result: options, versions, seed."""
    known: list[tuple[str, Any]] = [
        ("fluctua", result.attrs.get("fluctua_version")),
        ("seed", result.attrs.get("seed")),
        ("created", result.attrs.get("created")),
        ("done to the data first", result.attrs.get("history") or None),
        ("hash of the data", result.attrs.get("data_hash")),
        ("versions", _versions(result) or None),
        *((name, value) for name, value in result.options.items() if name != "seed" and value not in (None, [])),
    ]
    return [(name, _option(value)) for name, value in known if value is not None]


def _cells(three: np.ndarray, result: ResponseResult) -> list[Cell]:
    # Rounding error of an identity (no response at lag zero) is shown as the zero that it is.
    floor = 1e-7 * float(np.nanmax(np.abs(three[0])))
    three = np.where(np.abs(three) < floor, 0.0, three)
    return [
        Cell(number_text(value), f"{number_text(lower)} to {number_text(upper)}", bool(lower > 0 or upper < 0))
        for value, lower, upper in three[:, some_lags(result)].T
    ]


def _versions(result: ResponseResult) -> str:
    """Versions of what determined the numbers, in one line."""
    try:
        found = json.loads(result.attrs.get("versions", "{}"))
    except (TypeError, ValueError):
        return ""
    return ", ".join(f"{name} {text}" for name, text in found.items()) if isinstance(found, dict) else str(found)


def _one_in(level: float) -> str:
    return f"{1 / max(1 - level, 1e-6):.0f}"


def _option(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)
