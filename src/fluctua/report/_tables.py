"""The tables of the page: response at some lags, diagnostics in numbers, and what made the result."""

import dataclasses
import json

import xarray as xr

from ._result import (
    confidence,
    config,
    curve,
    field,
    is_field,
    lag_units,
    lags,
    number,
    push_position,
    shown_observables,
    shown_pushes,
    some_lags,
)
from ._words import number_text, percent


@dataclasses.dataclass(frozen=True)
class Cell:
    """One estimate with its band; ``sure`` when the band excludes zero."""

    value: str
    band: str
    sure: bool


@dataclasses.dataclass(frozen=True)
class Row:
    """One labelled line of estimates."""

    label: str
    cells: list[Cell]


@dataclasses.dataclass(frozen=True)
class Number:
    """One diagnostic number and how to read it."""

    name: str
    value: str
    meaning: str


def lag_headings(result: xr.Dataset) -> list[str]:
    """The lags of the response table."""
    return [f"{lags(result)[index]:.4g}" for index in some_lags(result)]


def response_rows(result: xr.Dataset) -> dict[str, list[Row]]:
    """For each push, a row of estimates for every observable, or for the pushed place of a field."""
    indices = some_lags(result)
    names = ("impulse_response", "impulse_response_lower", "impulse_response_upper")
    tables: dict[str, list[Row]] = {}
    for push in shown_pushes(result):
        if is_field(result):
            place = (slice(None), *push_position(result, push).values())
            curves = {"at the pushed place": [field(result, name, push)[place] for name in names]}
        else:
            curves = {
                observable: [curve(result, name, push, observable) for name in names]
                for observable in shown_observables(result)
            }
        tables[push] = [
            Row(
                label,
                [
                    _cell(*(float(series[index]) for series in three if series is not None))
                    for index in indices
                ],
            )
            for label, three in curves.items()
        ]
    return tables


def diagnostic_numbers(result: xr.Dataset) -> list[Number]:
    """The numbers behind the diagnostics, each with the value it should have."""
    level = percent(confidence(result))
    entries = [
        ("Score", result.attrs.get("score_method"), "how the gradient of the log-density was found"),
        (
            "Effective sample size",
            number(result, "effective_sample_size"),
            "independent states the record is worth",
        ),
        ("Stein defect before calibration", number(result, "stein_defect_before"), "0 for an exact score"),
        ("Stein defect after calibration", number(result, "stein_defect_after"), "0 up to rounding"),
        (
            "Held-out score loss",
            number(result, "score_loss_heldout"),
            "lower is better; negative beats no score",
        ),
        ("Lags", f"{result.sizes['lag']}, to {lags(result)[-1]:.4g} {lag_units(result)}", "after the push"),
        (
            "Bands",
            f"{level}, each lag by itself",
            "about one lag in " + _one_in(confidence(result)) + " falls outside",
        ),
    ]
    return [
        Number(name, number_text(value) if isinstance(value, float) else str(value), meaning)
        for name, value, meaning in entries
        if value is not None
    ]


def provenance(result: xr.Dataset) -> list[tuple[str, str]]:
    """What made the result: options, versions, seed."""
    known = [
        ("fluctua", result.attrs.get("fluctua_version")),
        ("seed", result.attrs.get("seed")),
        ("created", result.attrs.get("created")),
        ("hash of the data", result.attrs.get("data_hash")),
    ]
    rows = [(name, str(value)) for name, value in known if value is not None]
    options = config(result)
    return rows + [(name, _option(value)) for name, value in options.items() if value not in (None, [])]


def _cell(value: float, lower: float, upper: float) -> Cell:
    # Rounding error of an identity (zero response at lag zero) is not a response.
    sure = (lower > 1e-9) or (upper < -1e-9)
    return Cell(number_text(value), f"{number_text(lower)} to {number_text(upper)}", sure)


def _one_in(level: float) -> str:
    return f"{1 / max(1 - level, 1e-6):.0f}"


def _option(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value)
