"""Dates as tables write them: ISO, quarters, weeks, numbers such as 20010228, and days and months in either order."""

import re

import numpy as np
import pandas as pd

from ...core import DataError
from ._clock_texts import in_order, plain_clock, without_zone
from ._dates import even_dates
from ._short_years import MONTHS, seconds_of, short_numbered, short_year_dates, written_out
from ._weeks import text_weeks

_EITHER = r"\d{1,2}([./ -])\d{1,2}\1\d{4}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
_QUARTER = r"(?P<year>\d{4})[-\s:/]?[Qq](?P<part>[1-4])"
_QUARTER_FIRST = r"[Qq](?P<part>[1-4])[-\s:/]?(?P<year>\d{4})"
_QUARTER_BEFORE = r"(?P<part>[1-4])[Qq][-\s:/]?(?P<year>\d{4})"
_OVER_TWO_YEARS = r"(?P<year>\d{4})\s*[-/]\s*(?P<next>\d{2})"
"""Years that begin in one of the calendar and end in the next, such as 1998/99."""

_YEAR_FIRST = r"^(\d{4})[-./](\d{1,2})[-./](\d{1,2})\b"
_MONTH = r"(?P<year>\d{4})-?[Mm:/](?P<part>\d{1,2})"
_NAMED = (
    r"(?:(?P<day>\d{1,2})[\s./-]*)?(?P<month>[a-z]{3,9})\.?[\s./,-]*(?P<year>\d{4})",
    r"(?P<month>[a-z]{3,9})\.?[\s./-]*(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:,\s*|[\s./-]+)(?P<year>\d{4})",
    r"(?P<year>\d{4})[\s./-]*(?P<month>[a-z]{3,9})\.?(?:[\s./-]*(?P<day>\d{1,2}))?",
    r"(?P<month>\d{1,2})[/.-](?P<year>\d{4})",
)
"""Months by their English names, with days or without, and month and year in numbers."""

_WITH_CLOCK = r"^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?(.*?)(?:[ T](\d{1,2}(?::\d{2}){1,2}))?$"
"""A date, without the day of the week before it, and the clock behind it."""

_MOSTLY = 0.9
_FEWEST = 32  # times of one month are counted up to 31 without being dates


def iso_dates(texts: pd.Series) -> np.ndarray:
    """Dates written as ISO text, in UTC where they have a zone; what is not a date becomes NaT."""
    dates = pd.to_datetime(as_text(texts), format="ISO8601", errors="coerce", utc=True)
    return dates.dt.tz_localize(None).to_numpy()


def as_text(column: pd.Series) -> pd.Series:
    """The cells as text, whatever else stands among them; what is missing stays so."""
    return column.astype(str).where(column.notna(), None)


def text_dates(texts: pd.Series, where: str, name: str = "") -> tuple[np.ndarray, str]:
    """Dates of a column of text, and how they were read where that is not as ISO text; NaT for what is none.

    Days and months in numbers, such as 02/03/2001, are read in the one order that makes all of them increasing dates in
    even steps, and so are years of two digits. Clocks may have twelve hours (1:30 PM), and 24:00 is the midnight after.

    Args:
        texts: The column.
        where: What to call the table in messages.
        name: Plain name of the column.

    Raises:
        DataError: Both orders do, or neither does.
    """
    stripped = texts.astype(str).str.strip().where(texts.notna(), None)
    given = stripped.dropna()
    if given.empty:
        return np.full(len(texts), "NaT", "datetime64[us]"), ""
    if (weeks := text_weeks(stripped, name)) is not None:
        return weeks[0], f"times such as {given.iloc[0]} are read as {weeks[1]}"
    if (years := _over_two_years(stripped)) is not None:
        return years, f"times such as {given.iloc[0]} are read as years, by the first of the two"
    for pattern, months in ((_QUARTER, 3), (_QUARTER_FIRST, 3), (_QUARTER_BEFORE, 3), (_MONTH, 1)):
        if given.str.fullmatch(pattern).all():
            parts = stripped.str.extract(f"^{pattern}$").astype(float)
            how = ""
            if pattern == _MONTH and _are_quarters(given, parts.part):
                months, how = 3, f"times such as {given.iloc[0]} are read as quarters, for none of them is above 4"
            number = (12 * (parts.year - 1970) + months * (parts.part - 1)).where(parts.part.between(1, 12 // months))
            dates = np.where(number.notna(), number.fillna(0), np.iinfo(np.int64).min).astype("int64")
            return dates.astype("datetime64[M]").astype("datetime64[us]"), how
    plain, ahead, zone = without_zone(in_order(stripped), where)
    plain, days = plain_clock(plain)
    later = days.astype("timedelta64[D]") - ahead
    if (named := _named_months(plain)) is not None:
        return named + later, zone
    short = short_year_dates(plain)
    read = {order: dates + later for order, dates in (short or _either(plain)).items()}
    if not read:
        return iso_dates(plain.str.replace(_YEAR_FIRST, _padded, regex=True)) + later, zone
    order = _only_reading(read, texts.notna().to_numpy(), given.iloc[0], where)
    how = f"times such as {given.iloc[0]} read with the {order}" + (f", {written_out(read[order])}" if short else "")
    return read[order], "; ".join([how, *([zone] if zone else [])])


def _over_two_years(texts: pd.Series) -> np.ndarray | None:
    """The first days of years that are written like 1998/99, if all are and go on by one; None for others."""
    parts = texts.str.extract(f"^{_OVER_TWO_YEARS}$").astype(float)
    year, following = parts.year.to_numpy(), parts.next.to_numpy()
    if len(year) < 2 or not ((year + 1) % 100 == following).all() or not (np.diff(year) == 1).all():
        return None
    return (year - 1970).astype("int64").astype("datetime64[Y]").astype("datetime64[us]")


def _either(texts: pd.Series) -> dict[str, np.ndarray]:
    """Dates with days and months in numbers and years of four digits, by their order; empty for other texts."""
    dated = texts.notna() & texts.str.fullmatch(_EITHER).fillna(False).astype(bool)
    if not dated.sum() > _MOSTLY * texts.notna().sum():
        return {}
    texts = texts.str.replace(r"^(\d+)[./ -](\d+)[./ -](\d+)", r"\1/\2/\3", regex=True).str.replace("T", " ")
    colons = int(texts.loc[dated].str.count(":").max())
    clock = ("", " %H:%M", " %H:%M:%S")[colons]
    return {
        order: pd.to_datetime(texts, format=form + clock, errors="coerce").to_numpy().astype("datetime64[us]")
        for order, form in (("day before month", "%d/%m/%Y"), ("month before day", "%m/%d/%Y"))
    }


def _only_reading(read: dict[str, np.ndarray], there: np.ndarray, first: str, where: str) -> str:
    """The order in which dates increase in even steps; of one that is the only one the rows without date are left.

    Raises:
        DataError: There are several, or none.
    """
    known = there & ~np.all([np.isnat(dates) for dates in read.values()], axis=0)
    if known.sum() >= _MOSTLY * there.sum():  # the few rows that are dates in no order are named later
        there = known
    fits = [order for order, dates in read.items() if not np.isnat(dates[there]).any()]
    for holds in (_goes_on, _is_even):
        if any(not np.array_equal(read[fits[0]], read[order]) for order in fits[1:]):
            fits = [order for order in fits if holds(read[order][there])] or fits
    if not fits and len(read) == 1:
        return next(iter(read))
    if not fits or any(not np.array_equal(read[fits[0]], read[order]) for order in fits[1:]):
        raise DataError(
            f"the times of {where} are written like '{first}', which "
            + (
                f"may be read with the {' or the '.join(fits)}" if fits else "fits no order of day and month throughout"
            ),
            "one reading alone must make all of them dates that increase in even steps",
            "write ISO dates, such as 2001-02-28",
        )
    return fits[0]


def _are_quarters(texts: pd.Series, numbers: pd.Series) -> bool:
    """Whether 1959:1 to 1959:4 count quarters: no number is above 4, none has two digits or M, in two years or more."""
    single = texts.str.fullmatch(r"\d{4}-?[:/][1-4]").all()
    return bool(single and texts.str[:4].nunique() > 1 and numbers.max() == 4)


def _named_months(texts: pd.Series) -> np.ndarray | None:
    """Dates such as Jan-1850, 1850 January, 01-JAN-1850 and 1/1850; None where a row is written otherwise."""
    parted = texts.str.extract(_WITH_CLOCK, flags=re.IGNORECASE)
    texts, clock = parted[0].where(texts.notna(), None), pd.to_timedelta(parted[1].map(seconds_of), unit="s")
    first_text = str(texts.dropna().iloc[0]).lower()
    for pattern in _NAMED:
        if not re.fullmatch(pattern, first_text):
            continue
        parts = texts.str.lower().str.extract(f"^{pattern}$")
        if parts.year[texts.notna()].isna().any():
            continue
        month, year = parts.month.map(MONTHS), parts.year.astype(float)
        if month[texts.notna()].isna().any():
            return None
        day = parts.day.astype(float).fillna(1) if "day" in parts else pd.Series(1.0, texts.index)
        first = (12 * (year - 1970) + month - 1).fillna(0).to_numpy().astype("int64").astype("datetime64[M]")
        dates = first.astype("datetime64[D]") + (day.to_numpy().astype("int64") - 1)
        dates = np.where(texts.isna() | (dates >= (first + 1).astype("datetime64[D]")), np.datetime64("NaT"), dates)
        return dates.astype("datetime64[us]") + clock.to_numpy().astype("timedelta64[us]")
    return None


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


def numbered_dates(numbers: np.ndarray, named: str = "") -> np.ndarray | None:
    """Dates of whole numbers that are all YYYYMM, YYYYDDD, YYYYMMDD or YYYYMMDDHH with or without minutes and seconds.

    YYMMDD is taken where the dates are even but for gaps, as the numbers are not. None where they are none of these.

    Args:
        numbers: The numbers.
        named: Plain name of a column that is called like dates, so that those of a month or a year alone are no count.

    Example:
        >>> numbered_dates(np.arange(200001.0, 200013.0)) is None  # too few to tell them from a count
        True
        >>> numbered_dates(np.array([100 * year + month for year in range(1990, 1995) for month in range(1, 13)]))[-1]
        np.datetime64('1994-12-01T00:00:00.000000')
        >>> numbered_dates(np.array([990130, 990131]), named="date")[-1]
        np.datetime64('1999-01-31T00:00:00.000000')
    """
    numbers = np.asarray(numbers, dtype=np.float64)
    if numbers.size < 2 or not (np.abs(numbers) < 3e13).all() or (numbers % 1 != 0).any():
        return None
    whole = numbers.astype(np.int64)
    digits = len(str(whole.min()))
    if numbers.size < _FEWEST and not named and not (digits == 8 and whole.min() > 17000100 and whole.max() < 21010000):
        return None
    if digits == 7 and whole.min() >= 1_700_000 and whole.max() < 2_100_000:  # later ones may be Julian days
        start = (whole // 1000 - 1970).astype("datetime64[Y]").astype("datetime64[D]")
        dates = start + (whole % 1000 - 1)
        within = (whole % 1000 >= 1) & (dates.astype("datetime64[Y]") == start.astype("datetime64[Y]"))
        return dates.astype("datetime64[us]") if within.all() else None
    if (
        digits <= 6
        and (short := short_numbered(whole, even=bool(named) and (digits == 6 or named == "yymmdd"))) is not None
    ):
        steps = np.diff(short)
        return short if (steps == np.median(steps)).mean() > _MOSTLY or _is_even(short) else None
    if digits not in (6, 8, 10, 12, 14) or whole.min() < 10 ** (digits - 1) or whole.max() >= 3 * 10 ** (digits - 1):
        return None
    parts = [whole // 10 ** (digits - end) % (10_000 if end == 4 else 100) for end in range(4, digits + 1, 2)]
    year, month, days, *clock = [*parts, *[np.ones_like(whole)] * (digits == 6)]
    if month.min() < 1 or month.max() > 12:
        return None
    start = (12 * (year - 1970) + month - 1).astype("datetime64[M]")
    length = ((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype(np.int64)
    if (days < 1).any() or (days > length).any():
        return None
    dates = (start.astype("datetime64[D]") + (days - 1)).astype("datetime64[us]")
    for part, most, size in zip(clock, (24, 59, 59), (3_600_000_000, 60_000_000, 1_000_000), strict=False):
        if part.max() > most:
            return None
        dates = dates + part * np.timedelta64(size, "us")
    return dates


def _padded(found: re.Match[str]) -> str:
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"
