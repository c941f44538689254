"""Dates as tables write them: ISO, quarters, numbers such as 20010228, and days and months in either order."""

import re

import numpy as np
import pandas as pd

from ..core import DataError
from ._dates import even_dates

_EITHER = r"\d{1,2}([./-])\d{1,2}\1\d{4}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
_QUARTER = r"(\d{4})[-\s:]?[Qq]([1-4])"
_MONTH = r"(\d{4})[Mm:/](\d{1,2})"
_FEWEST = 32  # times of one month are counted up to 31 without being dates


def iso_dates(texts: pd.Series) -> np.ndarray:
    """Dates written as ISO text, in UTC where they have a zone; what is not a date becomes NaT."""
    dates = pd.to_datetime(as_text(texts), format="ISO8601", errors="coerce", utc=True)
    return dates.dt.tz_localize(None).to_numpy()


def as_text(column: pd.Series) -> pd.Series:
    """The cells as text, whatever else stands among them; what is missing stays so."""
    return column.astype(str).where(column.notna(), None)


def text_dates(texts: pd.Series, where: str) -> tuple[np.ndarray, str]:
    """Dates of a column of text, and how they were read where that is not as ISO text; NaT for what is none.

    Days and months in numbers, such as 02/03/2001, are read in the one order that makes all of them increasing dates in
    even steps.

    Raises:
        DataError: Both orders do, or neither does.
    """
    stripped = texts.astype(str).str.strip()
    given = stripped[texts.notna()]
    if given.empty:
        return np.full(len(texts), "NaT", "datetime64[us]"), ""
    for pattern, months in ((_QUARTER, 3), (_MONTH, 1)):
        if given.str.fullmatch(pattern).all():
            parts = stripped.str.extract(f"^{pattern}$").astype(float)
            number = 12 * (parts[0] - 1970) + months * (parts[1] - 1)
            dates = np.where(number.notna(), number.fillna(0), np.iinfo(np.int64).min).astype("int64")
            return dates.astype("datetime64[M]").astype("datetime64[us]"), ""
    if not given.str.fullmatch(_EITHER).mean() > 0.9:
        return iso_dates(texts), ""
    plain = stripped.str.replace(r"^(\d+)[./-](\d+)[./-](\d+)", r"\1/\2/\3", regex=True).str.replace("T", " ")
    read = {}
    for order, form in (("day before month", "%d/%m/%Y"), ("month before day", "%m/%d/%Y")):
        clock = " %H:%M:%S" if given.str.count(":").max() == 2 else " %H:%M" if given.str.contains(":").any() else ""
        dates = pd.to_datetime(plain.where(texts.notna()), format=form + clock, errors="coerce").to_numpy()
        read[order] = dates.astype("datetime64[us]")
    fits = [order for order, dates in read.items() if not np.isnat(dates[texts.notna()]).any()]
    for holds in (_goes_on, _is_even):
        if len(fits) > 1 and not np.array_equal(read[fits[0]], read[fits[1]]):
            fits = [order for order in fits if holds(read[order])] or fits
    if len(fits) != 1 and not (fits and np.array_equal(read[fits[0]], read[fits[1]])):
        raise DataError(
            f"the times of {where} are written like '{given.iloc[0]}', which "
            + (
                "may be read with the day or the month first"
                if fits
                else "fits neither order of day and month throughout"
            ),
            "one reading alone must make all of them dates that increase in even steps",
            "write ISO dates, such as 2001-02-28",
        )
    return read[fits[0]], f"times such as {given.iloc[0]} read with the {fits[0]}"


def _goes_on(dates: np.ndarray) -> bool:
    """Whether dates only rise, or only fall."""
    steps = np.diff(dates)
    return bool((steps > np.timedelta64(0)).all() or (steps < np.timedelta64(0)).all())


def _is_even(dates: np.ndarray) -> bool:
    try:
        even_dates(np.sort(dates), "the record")
    except DataError:
        return False
    return True


def numbered_dates(numbers: np.ndarray) -> np.ndarray | None:
    """Dates of whole numbers that are all of the form YYYYMMDD or YYYYMM; None where they are not.

    Example:
        >>> numbered_dates(np.arange(200001.0, 200013.0)) is None  # too few to tell them from a count
        True
        >>> numbered_dates(np.array([100 * year + month for year in range(1990, 1995) for month in range(1, 13)]))[-1]
        np.datetime64('1994-12-01T00:00:00.000000')
    """
    numbers = np.asarray(numbers, dtype=np.float64)
    if numbers.size < _FEWEST or not (np.abs(numbers) < 30_000_000).all() or (numbers % 1 != 0).any():
        return None
    whole = numbers.astype(np.int64)
    if whole.min() >= 10_000_000 and whole.max() < 30_000_000:
        days, months = whole % 100, whole // 100
    elif whole.min() >= 100_000 and whole.max() < 300_000:
        days, months = np.ones_like(whole), whole
    else:
        return None
    month, year = months % 100, months // 100
    if month.min() < 1 or month.max() > 12:
        return None
    start = (12 * (year - 1970) + month - 1).astype("datetime64[M]")
    length = ((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype(np.int64)
    if (days < 1).any() or (days > length).any():
        return None
    return (start.astype("datetime64[D]") + (days - 1)).astype("datetime64[us]")


def numbered_clock(numbers: np.ndarray) -> pd.Series | None:
    """Times of day as text of whole numbers that are all of the form HHMM or all HHMMSS; None where they are not.

    Example:
        >>> numbered_clock(np.array([0.0, 1230.0, 2359.0])).tolist(), numbered_clock(np.array([93000.0])).tolist()
        (['00:00:00', '12:30:00', '23:59:00'], ['09:30:00'])
    """
    if not ((numbers % 1 == 0) & (numbers >= 0) & (numbers < 240_000)).all():
        return None
    whole = numbers.astype(np.int64) * (100 if numbers.max() < 2400 else 1)
    hours, minutes, seconds = whole // 10_000, whole // 100 % 100, whole % 100
    if minutes.max() > 59 or seconds.max() > 59:
        return None
    return pd.Series([f"{h:02d}:{m:02d}:{s:02d}" for h, m, s in zip(hours, minutes, seconds, strict=True)])


def iso_days(column: pd.Series) -> pd.Series:
    """Days as text: numbers such as 20010228 and texts such as 2001.02.28 in ISO form, others as they are."""
    dates = numbered_dates(column.to_numpy()) if column.dtype.kind in "iuf" else None
    if dates is not None:
        return pd.Series(np.datetime_as_string(dates, unit="D"))
    return column.astype(str).str.replace(r"^\s*(\d{4})[./](\d{1,2})[./](\d{1,2})\b", _padded, regex=True)


def _padded(found: re.Match[str]) -> str:
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"
