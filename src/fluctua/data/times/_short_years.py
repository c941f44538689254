"""Dates with years of two digits, such as 01-Jan-85, 1/31/85, 85-01-01 and Jan-85, in every order that fits them.

The century is that in which the record ends last without ending in the future, and years that go on after 99 are
those of the next one. What depends on it is whether 1900 or 2000 is meant, which had different leap days.
"""

import datetime
import re

import numpy as np
import pandas as pd

_MOST_WRONG = 0.1  # of the rows, which are then named
_CLOCK = r"(?:[ T]+(?P<clock>\d{1,2}(?::\d{2}){1,2}))?"
_NAME, _DAY, _YEAR = r"(?P<month>[a-z]{3,9})\.?", r"(?P<day>\d{1,2})", r"'?(?P<year>\d{2})"
_NUMBER, _BETWEEN, _MARK = r"(?P<month>\d{1,2})", r"[\s./,-]*", r"[./ -]"
_FORMS = {
    "day before month": (rf"{_DAY}{_BETWEEN}{_NAME}{_BETWEEN}{_YEAR}", rf"{_DAY}{_MARK}{_NUMBER}{_MARK}{_YEAR}"),
    "month before day": (rf"{_NAME}{_BETWEEN}{_DAY}[\s./,-]+{_YEAR}", rf"{_NUMBER}{_MARK}{_DAY}{_MARK}{_YEAR}"),
    "year first": (
        rf"{_YEAR}{_BETWEEN}{_NAME}{_BETWEEN}{_DAY}",
        rf"{_YEAR}{_MARK}{_NUMBER}{_MARK}{_DAY}",
        rf"{_YEAR}{_BETWEEN}{_NAME}",
        rf"{_YEAR}[/-]{_NUMBER}",
    ),
    "month before year": (rf"{_NAME}{_BETWEEN}{_YEAR}", rf"{_NUMBER}[/-]{_YEAR}"),
}

_NAMES = [name.lower() for name in pd.date_range("2001-01-01", periods=12, freq="MS").month_name()]
MONTHS = {text: place + 1 for place, name in enumerate(_NAMES) for text in (name, name[:3])} | {"sept": 9}
MONTHS |= {text: number for number in range(1, 13) for text in (str(number), f"{number:02d}")}
"""Months by their English names, short or whole, and by their numbers."""


def short_year_dates(texts: pd.Series) -> dict[str, np.ndarray]:
    """Dates by the order in which they are read, NaT where a text is none; empty for texts of another kind.

    Args:
        texts: Dates as text, None where one is missing.

    Example:
        >>> short_year_dates(pd.Series(["31-Dec-99", "01-Jan-00"]))
        {'day before month': array(['1999-12-31T00:00:00.000000', '2000-01-01T00:00:00.000000'],
              dtype='datetime64[us]')}
    """
    first = str(texts.dropna().iloc[0]).lower()
    found = {}
    for order, forms in _FORMS.items():
        for form in forms:
            if re.fullmatch(form + _CLOCK, first) is None:
                continue
            dates = _read(texts.str.lower().str.extract(f"^{form}{_CLOCK}$"))
            missing = np.isnat(dates)[texts.notna()].mean()
            if missing <= _MOST_WRONG and ("day" in form or _runs_on(dates)):
                found[order] = dates
    return found


def short_numbered(whole: np.ndarray, even: bool = False) -> np.ndarray | None:
    """Dates of whole numbers that are all YYMMDD and of which the dates rise; None for others, and for even steps.

    Args:
        whole: Whole numbers of six digits or less, two or more.
        even: Whether numbers that go on in even steps may be dates: those of one month do.

    Example:
        >>> short_numbered(np.array([991230, 991231, 101]))[-1]
        np.datetime64('2000-01-01T00:00:00.000000')
    """
    if whole.min() < 101 or whole.max() > 991231 or (np.ptp(np.diff(whole)) == 0 and not even):
        return None
    parts = {"year": whole // 10_000, "month": (whole // 100 % 100).astype(str), "day": whole % 100, "clock": None}
    dates = _read(pd.DataFrame(parts))
    return None if np.isnat(dates).any() or not (np.diff(dates) > np.timedelta64(0)).all() else dates


def written_out(dates: np.ndarray) -> str:
    """What the years of dates were taken for."""
    years = dates[~np.isnat(dates)].astype("datetime64[Y]")
    first, last = years.min(), years.max()
    return f"years of two digits as {first}" + (f" to {last}" if last > first else "")


def seconds_of(clock: str | float) -> float:
    """Seconds of a clock such as 13:30 or 13:30:05; 0 where there is no clock."""
    parts = clock.split(":") if isinstance(clock, str) else []
    return float(sum(float(part) * 60.0 ** (2 - place) for place, part in enumerate(parts)))


def _read(parts: pd.DataFrame) -> np.ndarray:
    month, year = parts.month.map(MONTHS), _whole(parts.year.astype(float))
    day = parts.day.astype(float) if "day" in parts else pd.Series(1.0, parts.index)
    known = (month.notna() & year.notna() & day.notna()).to_numpy()
    count = (12 * (year - 1970) + month - 1).where(known, 0).to_numpy().astype("int64").astype("datetime64[M]")
    dates = count.astype("datetime64[D]") + (day.where(known, 1).to_numpy().astype("int64") - 1)
    within = (dates >= count.astype("datetime64[D]")) & (dates < (count + 1).astype("datetime64[D]"))
    clock = (1e6 * parts.clock.map(seconds_of)).to_numpy().astype("timedelta64[us]")
    return np.where(known & within, dates.astype("datetime64[us]") + clock, np.datetime64("NaT", "us"))


def _whole(years: pd.Series) -> pd.Series:
    """Years with their century: 99 and 00 follow one another, and the last one is not in the future."""
    going_on = pd.Series(np.unwrap(years.ffill().bfill().to_numpy(), period=100.0), years.index)
    return (going_on + 100 * np.floor((datetime.date.today().year - going_on.max()) / 100)).where(years.notna())


def _runs_on(dates: np.ndarray) -> bool:
    """Whether months follow one another, in one run or several: Jan-01 to Jan-31 are days of January."""
    known = dates[~np.isnat(dates)]
    later = np.diff(known) > np.timedelta64(0)
    return bool((later | (known[1:] == known[0])).all() or not later.any())
