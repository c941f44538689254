"""Measurements of many records pooled into one table."""

from typing import Any

import numpy as np

from .measure import CONFIDENCE, REJECTED

Record = dict[str, Any]
# Title, key, width and decimal places of the columns; none for a bar between groups.
_COLUMNS = (
    None,
    ("headline", "headline", 8, 3),
    ("robust", "robust", 7, 3),
    ("markov", "markov", 7, 3),
    ("Gauss", "gaussian", 7, 3),
    ("exact", "exact", 7, 3),
    ("exact(1)", "exact (1)", 8, 3),
    ("least", "least", 6, 3),
    None,
    ("step", "step", 7, 3),
    ("exact", "step exact", 7, 3),
    ("least", "step least", 6, 3),
    ("cover", "step cover", 5, 2),
    None,
    ("inner", "inner", 6, 3),
    ("worst", "inner worst", 5, 2),
    ("at", "inner worst at", 3, 0),
    ("outer", "outer", 6, 3),
    ("worst", "outer worst", 5, 2),
    ("exact", "exact cover", 6, 3),
    None,
    ("width", "width", 5, 2),
    ("outer", "width outer", 5, 2),
    ("widest", "widest", 6, 1),
    None,
    ("flagged", "flagged", 7, 2),
    ("truth", "truth", 5, 2),
    ("s", "seconds", 5, 1),
)
_LEGEND = """\
Pooled over n records. Relative rms error of the impulse response (headline to exact(1)) and of the step response
(headline, and the better exact one), whose 95 % band covers so often; least: of the efficient estimate of a Markov
chain, with exact functions in formula (2). Coverage of the 95 % bands over lags above zero and at the worst of them
(the inner one's in steps), and that of exact(1) on average. Median width of the bands over the exact score's, and the
widest inner band of all records and lags over that of the median record at its lag. Share of records whose Markov
property is rejected; standard error of the truth in those of a record; seconds a record.\
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

    exact = [row["inside"]["exact"] for row in rows if "exact" in row["inside"]]
    inner = np.mean([row["inside"]["headline"] for row in rows], axis=0)
    outer = np.mean([row["inside"]["outer"] for row in rows], axis=0)
    tested = [record["p_value"] < REJECTED for record in records if record["p_value"] is not None]
    return {
        **{
            name: rms("error", name)
            for name in ("headline", "robust", "markov", "gaussian", "exact", "exact (1)", "least")
        },
        "step": rms("step error", "headline"),
        "step least": rms("step error", "least"),
        "step exact": float(np.fmin(rms("step error", "exact"), rms("step error", "exact (1)"))),
        "step cover": float(np.mean([row["step inside"] for row in rows])),
        "inner": float(inner.mean()),
        "inner worst": float(inner.min()),
        "inner worst at": float(inner.argmin() + 1),
        "outer": float(outer.mean()),
        "outer worst": float(outer.min()),
        "exact cover": float(np.mean(exact)) if exact else float("nan"),
        "width": median("width", "headline"),
        "width outer": median("width", "outer"),
        "widest": widest(np.array([row["half width"] for row in rows])),
        "flagged": float(np.mean(tested)) if tested else float("nan"),
        "truth": float(np.median([row["truth stderr"] for row in rows])),
        "seconds": float(np.median([record["seconds"] for record in records])),
    }


def widest(widths: np.ndarray) -> float:
    """The largest width over that of the median record at its lag, of widths ``(record, lag)``."""
    usual = np.median(widths, axis=0)
    return float(np.max(widths[:, usual > 0] / usual[usual > 0], initial=0.0))


def head() -> str:
    """The head of the table."""
    titles = " ".join("|" if column is None else f"{column[0]:>{column[2]}}" for column in _COLUMNS)
    titles = f"{'system':20} {'observable':13} {'n':>4} {titles}"
    return f"{_LEGEND}\n\n{titles}\n{'-' * len(titles)}"


def line(name: str, label: str, count: int, row: dict[str, float]) -> str:
    """One row of the table."""

    def number(key: str, width: int, digits: int) -> str:
        return f"{'-' if np.isnan(row[key]) else format(row[key], f'.{digits}f'):>{width}}"

    numbers = " ".join("|" if column is None else number(*column[1:]) for column in _COLUMNS)
    return f"{name:20} {label:13} {count:4} {numbers}"


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
