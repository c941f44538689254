"""Measurements of many records pooled into one table."""

from typing import Any

import numpy as np

from .measure import CONFIDENCE, REJECTED

Record = dict[str, Any]
_HEAD = (
    f"{'system':20} {'observable':10} {'n':>4} | {'headline':>8} {'robust':>7} {'markov':>7} {'Gauss':>7} {'exact':>7}"
    f" {'exact(1)':>8} | {'step':>7} {'exact':>7} {'cover':>6} | {'inner':>6} {'worst':>6} {'at':>3} {'outer':>6} {'worst':>6}"
    f" | {'width':>6} {'outer':>6} | {'flagged':>7} {'truth':>5} {'s':>5}"
)
_LEGEND = """\
relative rms error of the impulse response (headline to exact(1)) and of the step response (headline, the better exact
one), whose 95 % band covers so often; coverage of the 95 % bands over lags above zero and at the worst of them (the
inner one's in steps); median width over that with the exact score; share of records whose Markov property is rejected; median standard
error of the truth in those of a record; seconds a record. Pooled over n records.\
"""


def pooled(records: list[Record], label: str) -> dict[str, float]:
    """One row of the table over records, ``nan`` where something is not given."""
    rows = [record["rows"][label] for record in records]

    def rms(part: str, name: str) -> float:
        found = [row[part][name] for row in rows if name in row[part]]
        return float(np.sqrt(np.mean(np.square(found)))) if found else float("nan")

    def median(part: str, name: str) -> float:
        found = [row[part][name] for row in rows if part in row]
        return float(np.median(found)) if found else float("nan")

    inner = np.mean([row["inside"]["headline"] for row in rows], axis=0)
    outer = np.mean([row["inside"]["outer"] for row in rows], axis=0)
    tested = [record["p_value"] < REJECTED for record in records if record["p_value"] is not None]
    return {
        **{name: rms("error", name) for name in ("headline", "robust", "markov", "gaussian", "exact", "exact (1)")},
        "step": rms("step error", "headline"),
        "step exact": float(np.fmin(rms("step error", "exact"), rms("step error", "exact (1)"))),
        "step cover": float(np.mean([row["step inside"] for row in rows])),
        "inner": float(inner.mean()),
        "inner worst": float(inner.min()),
        "inner worst at": float(inner.argmin() + 1),
        "outer": float(outer.mean()),
        "outer worst": float(outer.min()),
        "width": median("width", "headline"),
        "width outer": median("width", "outer"),
        "flagged": float(np.mean(tested)) if tested else float("nan"),
        "truth": float(np.median([row["truth stderr"] for row in rows])),
        "seconds": float(np.median([record["seconds"] for record in records])),
    }


def head() -> str:
    """The head of the table."""
    return f"{_LEGEND}\n\n{_HEAD}\n{'-' * len(_HEAD)}"


def line(name: str, label: str, count: int, row: dict[str, float]) -> str:
    """One row of the table."""

    def number(key: str, width: int, digits: int = 3) -> str:
        return f"{'-' if np.isnan(row[key]) else format(row[key], f'.{digits}f'):>{width}}"

    errors = " ".join(number(k, 7) for k in ("robust", "markov", "gaussian", "exact"))
    return (
        f"{name:20} {label:10} {count:4} | {number('headline', 8)} {errors} {number('exact (1)', 8)}"
        f" | {number('step', 7)} {number('step exact', 7)} {number('step cover', 6, 2)}"
        f" | {number('inner', 6)} {number('inner worst', 6, 2)} {number('inner worst at', 3, 0)} {number('outer', 6)} {number('outer worst', 6, 2)}"
        f" | {number('width', 6, 2)} {number('width outer', 6, 2)}"
        f" | {number('flagged', 7, 2)} {number('truth', 5, 2)} {number('seconds', 5, 1)}"
    )


def by_lags(records: list[Record], label: str, interval: float) -> list[str]:
    """Coverage and mean offset, in standard errors, at a dozen lags."""
    rows = [record["rows"][label] for record in records]
    tables = [np.mean([row["inside"][n] for row in rows], axis=0) for n in ("headline", "outer")]
    tables.append(np.mean([row["offset"] for row in rows], axis=0))
    chosen = np.unique(np.geomspace(1, len(tables[0]), 12).round().astype(int))
    lags = " ".join(f"{lag * interval:7.4g}" for lag in chosen)
    names = ("inner", "outer", "offset")
    found = [
        f"    {n:7}" + " ".join(f"{table[lag - 1]:7.2f}" for lag in chosen)
        for n, table in zip(names, tables, strict=True)
    ]
    return [f"    {'lag':7}{lags}", *found]


def spread_of_coverage(records: list[Record], label: str) -> float:
    """Standard error of the mean coverage over lags and records, were the bands right.

    Offsets in standard errors at two lags with the correlation r make hits of a symmetric band whose correlation is at
    most r squared, because the band is an even function of them.
    """
    offsets = np.array([record["rows"][label]["offset"] for record in records])
    scaled = offsets / np.maximum(np.sqrt(np.mean(offsets**2, axis=0)), 1e-300)
    shared = float(np.mean((scaled.T @ scaled / len(records)) ** 2))
    return float(np.sqrt(CONFIDENCE * (1 - CONFIDENCE) * shared / len(records)))
