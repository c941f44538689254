"""Remedies for cycles of the calendar and others, and for a spread that follows them."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from .following import Make, Row, asks, edits, instead, leaves, takes
from .records import CHANCE, STEPS, columns, csv, dated, linear, same

SHORT = ("respond", "a.csv", "--push", "x", "--max-lag", "4", "--score", "gaussian")


def _waved(first: str, step: str, wave: Callable[[np.ndarray], np.ndarray], steps: int = STEPS) -> Make:
    """The record by dates with a cycle on x; ``wave`` takes the times in days."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        made = dated(first, step, len(table))
        days = (pd.to_datetime(made.time) - pd.Timestamp(first)) / pd.Timedelta("1D")
        return made.assign(x=made.x + wave(days.to_numpy()))

    return csv(change, steps)


def _annual(days: np.ndarray) -> np.ndarray:
    return 280 + 8 * np.cos(2 * np.pi * days / 365.2425)


def _daily(days: np.ndarray) -> np.ndarray:
    return 6 * np.cos(2 * np.pi * days) ** 3


def _both(days: np.ndarray) -> np.ndarray:
    return _annual(days) + _daily(days) * (1 + 0.8 * np.cos(2 * np.pi * days / 365.2425))


def _dekads(table: pd.DataFrame, wave: float) -> pd.DataFrame:
    """The record by the first, the eleventh and the twenty-first of each month, with a cycle of the year."""
    count = np.arange(len(table))
    days = (np.datetime64("1960-01") + count // 3).astype("M8[D]") + 10 * (count % 3)
    return table.assign(time=days, x=table.x + wave * np.cos(2 * np.pi * count / 36))


def _breathing() -> pd.DataFrame:
    """Months of which three have three times the spread of the others."""
    table = dated("1900-01", "1M")
    return table.assign(x=table.x * (1 + 2 * (np.arange(len(table)) % 12 < 3)))


CYCLE = takes("anomaly", "harmonics", "cycle")
SETTLED = linear()  # what was taken out takes part of the fluctuations along

ROWS: tuple[Row, ...] = (
    Row("seasons by months", _waved("1900-01", "1M", _annual), SHORT, "--anomaly month", (CYCLE,), SETTLED),
    Row("seasons by days", _waved("2000-01-01", "1D", _annual, 2400), SHORT, "--anomaly dayofyear", (CYCLE,), SETTLED),
    Row(
        "seasons by days taken by months",
        _waved("2000-01-01", "1D", _annual, 3700),
        (*SHORT, "--anomaly", "month"),
        "--anomaly dayofyear",
        (instead("anomaly"),),
        SETTLED,
    ),
    Row(
        "seasons by pentads",
        _waved("2000-01-01", "5D", _annual),
        ("respond", "a.csv", "--push", "x", "--max-lag", "20", "--score", "gaussian"),
        "--anomaly dayofyear",
        (CYCLE,),
        SETTLED,
    ),
    Row(
        "seasons by dekads",
        csv(lambda t: _dekads(t, 8)),
        SHORT,
        "--anomaly dayofyear",
        (CYCLE,),
        SETTLED,
    ),
    Row(
        "dekads with a gap",
        csv(lambda t: _dekads(t, 0).drop(index=[400, 401, 402])),
        SHORT,
        "--gaps split",
        (takes("gaps"),),
        linear(),
    ),
    Row("hours of the day", _waved("2000-01-01T00", "1h", _daily), SHORT, "--anomaly hour", (CYCLE,), SETTLED),
    Row(
        "hours of the seasons",
        _waved("2000-01-01T00", "6h", _both, 9000),
        ("respond", "a.csv", "--push", "x", "--max-lag", "24", "--score", "gaussian"),
        "--anomaly",
        (CYCLE,),
        SETTLED,
        left=CHANCE,
    ),
    Row(
        "a cycle without dates",
        csv(lambda t: t.assign(x=t.x + 3 * np.cos(2 * np.pi * t.time / 17.3))),
        SHORT,
        "--cycle 17.3",
        (CYCLE,),
        SETTLED,
    ),
    Row(
        "two cycles",
        csv(lambda t: t.assign(x=t.x + 3 * np.cos(t.time / 3) + 2 * np.sin(t.time / 1.7))),
        SHORT,
        "--cycle",
        (CYCLE,),
        SETTLED,
    ),
    Row(
        "months of numbers",
        csv(lambda t: t),
        (*SHORT, "--anomaly", "month"),
        "--cycle",
        (leaves("anomaly"), edits("store dates", columns(lambda t: dated("1900-01", "1M")))),
        SETTLED,
    ),
    Row(
        "numbers with a period",
        csv(lambda t: t),
        (*SHORT, "--anomaly", "month"),
        "with --cycle",
        (asks("with --cycle", lambda a: (*SHORT, "--cycle", "12")),),
        SETTLED,
    ),
    Row(
        "a spread of numbers",
        csv(lambda t: t),
        (*SHORT, "--standardise", "month"),
        "store dates",
        (edits("store dates", columns(lambda t: dated("1900-01", "1M"))),),
        linear(),
    ),
    Row(
        "hours of months",
        csv(lambda t: dated("1900-01", "1M")),
        (*SHORT, "--anomaly", "hour"),
        "leave 'hour' out",
        (asks("leave 'hour' out", lambda a: SHORT),),
        linear(),
    ),
    Row(
        "days of months",
        csv(lambda t: dated("1900-01", "1M")),
        (*SHORT, "--anomaly", "dayofyear"),
        "use 'month'",
        (asks("use 'month'", lambda a: (*SHORT, "--anomaly", "month")),),
        SETTLED,
    ),
    Row(
        "harmonics of months",
        csv(lambda t: dated("1900-01", "1M")),
        (*SHORT, "--anomaly", "month", "--harmonics", "3"),
        "leave --harmonics out",
        (leaves("harmonics"),),
        SETTLED,
    ),
    Row(
        "harmonics of nothing",
        csv(lambda t: t),
        (*SHORT, "--harmonics", "3"),
        "leave --harmonics out",
        (leaves("harmonics"),),
        linear(),
    ),
    Row(
        "no harmonic",
        csv(lambda t: t),
        (*SHORT, "--cycle", "12", "--harmonics", "0"),
        "--harmonics 4",
        (instead("harmonics"),),
        SETTLED,
    ),
    Row(
        "a cycle that is too long",
        csv(lambda t: t),
        (*SHORT, "--cycle", "5000"),
        "leave --cycle out",
        (leaves("cycle"),),
        linear(),
    ),
    Row(
        "an unknown cycle",
        csv(lambda t: dated("1900-01", "1M")),
        (*SHORT, "--anomaly", "season"),
        "give month for monthly records",
        (asks("give month for monthly", lambda a: (*SHORT, "--anomaly", "month")),),
        SETTLED,
    ),
    Row(
        "two years of months",
        csv(lambda t: dated("1900-01", "1M", 60)),
        (*SHORT, "--anomaly", "month", "--skip", "50"),
        "longer record",
        (edits("give a longer record", columns(lambda t: dated("1900-01", "1M"))),),
        SETTLED,
    ),
    Row(
        "a spread that follows the seasons",
        csv(lambda t: _breathing(), 10),
        SHORT,
        "--standardise month",
        (takes("standardise"),),
        same(lambda: _breathing().set_index("time"), standardise="month"),
    ),
)
