"""Columns that count: years, months, days and hours make dates, row numbers are passed over; none is a state variable.

A column is known by its name and by its content: one called ``month`` with values other than 1 to 12 is data.
"""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...core import DataError, listed, option
from ._ages import are_ages
from ._counted import counted_time
from ._date_texts import as_text, numbered_dates
from ._known_steps import months_of_decimal_years, numbers_after_the_year
from ._time import written_unit
from ._weeks import (
    EPIDEMIOLOGICAL,
    is_epidemiological,
    may_be_weeks,
    names_weeks,
    numbered_weeks,
    text_weeks,
    week_dates,
)

_PARTS: dict[str, tuple[tuple[str, ...], int, int]] = {
    "year": (
        ("year", "yr", "yyyy", "yy", "jahr", "yearce", "yearad", "calendaryear", "isoyear", "epiyear", "mmwryear"),
        -10000,
        10000,
    ),
    "quarter": (("quarter", "qtr"), 1, 4),
    "month": (("month", "mon", "mm", "mo", "monat"), 1, 12),
    "week": (("week", "isoweek", "weekofyear", "weeknumber", "weeknum", "weekno", "wk", "kw", *EPIDEMIOLOGICAL), 1, 53),
    "doy": (("doy", "dayofyear", "yday", "julianday", "jday"), 1, 366),
    "pentad": (("pentad", "pentade", "pentads"), 1, 73),
    "day": (("day", "dd", "dy", "dom", "mday", "dayofmonth", "tag"), 1, 31),
    "hour": (("hour", "hr", "hh", "stunde", "hourutc", "hourgmt", "hourofday", "hod"), 0, 23),
    "minute": (("minute", "min", "mi", "mn", "mm"), 0, 59),
}
"""Parts of a date: what their columns are called, without case and marks, and their smallest and largest value."""

_DATES = {"date", "datetime", "timestamp", "datum", "sasdate", "observationdate", "validtime", "datetimeutc", "timeutc"}
_DATES |= {"zeit", "zeitpunkt", "fecha", "fechahora", "dates", "dateutc", "ymd", "yyyymmdd", "yyyymm", "yyyymmddhh"}
_INDEX = {"", "index", "id", "row", "rownumber", "unnamed0", "obs", "nr", "no", "record", "rowid"}
_DECIMAL = {"decimaldate", "decimalyear", "yeardecimal", "decyear", "yearfraction", "fractionalyear", "decdate"}
_DATED = (
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2}([T ]+\d.*)?)?|\d{1,2}([./-])\d{1,2}\3\d{4}([T ]+\d.*)?|\d{4}[-\s]?[QqMm]\d{1,2}"
    r"|[Qq][1-4][-\s/]?\d{4}|\d{1,2}[-\s]?[A-Za-z]{3}[-\s]?(\d{4}|\d{2})([T ]+\d.*)?"
    r"|[A-Z][a-z]{2} +[A-Z][a-z]{2} +\d{1,2} \d.*\d{4}"
)
"""Dates that are nothing else in a column of any name."""

_CYCLES = {"weekday", "dayofweek", "dow", "week", "season", "isoweek", "weekofyear", "epiweek"}


def bare_name(name: str) -> str:
    """A name without case, blanks and marks."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def says_when(name: str) -> bool:
    """Whether a column of this name may hold dates or a part of them."""
    known = bare_name(name)
    return known in _DATES or known in _DECIMAL or any(known in names for names, _, _ in _PARTS.values())


def date_column(columns: Mapping[str, pd.Series]) -> str | None:
    """The column that holds dates, by its name, where none is called ``time``; decimal years only if of months."""
    for name, column in columns.items():
        text, known = column.dtype.kind not in "iufb", bare_name(name)
        if text and names_weeks(known) and text_weeks(as_text(column).str.strip(), known) is not None:
            return name
        if not text and column.dtype.kind in "iuf":
            numbers = column.to_numpy()
            named = known in _DATES or known.endswith(("time", "date"))
            dated = named and (numbered_dates(numbers) is not None or may_be_weeks(numbers))
            if dated or (names_weeks(known) and numbered_weeks(numbers)) or counted_time(name, numbers) is not None:
                return name
        elif (
            text
            and (known in _DATES or (known.endswith(("time", "date")) and _begins_dated(column)))
            and column.notna().any()
        ):
            return name
    if "year" in calendar_columns(columns):
        return None
    decimal = (name for name, column in columns.items() if says_when(name) and column.dtype.kind in "iuf")
    known_years = (months_of_decimal_years, numbers_after_the_year)
    dated = (name for name in decimal if any(of(columns[name].to_numpy()) is not None for of in known_years))
    ages = (name for name, column in columns.items() if are_ages(name, column.to_numpy()))
    named = next(dated, None) or next(ages, None)
    return _known_by_its_dates(columns) if named is None else named


def _known_by_its_dates(columns: Mapping[str, pd.Series]) -> str | None:
    """A column of any name that holds dates and nothing else: the first one of numbers, or the only one of text."""
    numbers = (name for name, column in columns.items() if column.dtype.kind in "iuf" and _rises_by_dates(column))
    texts = [
        name
        for name, column in columns.items()
        if column.dtype.kind not in "iufb" and column.astype(str).str.strip().str.fullmatch(_DATED).all()
    ]
    return texts[0] if len(texts) == 1 else next(numbers, None) if not texts else None


def _rises_by_dates(column: pd.Series) -> bool:
    """Whether numbers are dates to the day at least, such as 20010228, one after the other."""
    values = column.to_numpy()
    if column.isna().any() or not len(values) or values.min() < 10_000_000 or (np.diff(values) < 0).any():
        return False
    return numbered_dates(values) is not None


def calendar_columns(columns: Mapping[str, pd.Series]) -> dict[str, str]:
    """Columns that hold a part of the date, by part."""
    found: dict[str, str] = {}
    for name, column in columns.items():
        for part, (names, low, high) in _PARTS.items():
            if bare_name(name) in names and part not in found and _counts(column, low, high):
                found[part] = name
                break
    if "hour" not in found:
        found.pop("minute", None)  # a minimum, more likely
    return found


def counter_columns(columns: Mapping[str, pd.Series], runs: np.ndarray) -> list[str]:
    """Columns that count rows, decimal years and parts of the week, by name and content.

    Args:
        columns: Columns by name.
        runs: Number of the run that each row belongs to.
    """
    same = runs[1:] == runs[:-1]
    found = []
    for name, column in columns.items():
        if column.dtype.kind not in "iuf":
            continue
        values = column.to_numpy(dtype=np.float64)
        known = bare_name(name)
        if known in _INDEX:
            counts = _is_ramp(values, same)
        elif known in _DECIMAL:
            counts = bool((np.diff(values)[same] > 0).all())
        else:
            counts = known in _CYCLES and _counts(column, 0, 53)
        if counts:
            found.append(name)
    return found


def refuse_counters(columns: Mapping[str, pd.Series], where: str) -> None:
    """Refuse columns that count up in equal steps, whatever they are called, and calendars without a year."""
    ramps, saws = [], []
    for name, column in columns.items():
        if column.dtype.kind not in "iuf" or len(column) < 8:
            continue
        values = column.to_numpy(dtype=np.float64)
        if _is_ramp(values, np.ones(len(values) - 1, bool)):
            ramps.append(name)
        elif _is_saw(values):
            saws.append(name)
    if saws:
        low, high = columns[saws[0]].min(), columns[saws[0]].max()
        raise DataError(
            f"'{saws[0]}' of {where} counts from {low:g} to {high:g}, again and again",
            "a counter is no state of a system; dates need the year, too",
            f"add a column 'year' beside it, or give a column 'time' (such as 1990-03), or drop '{saws[0]}'",
        )
    if ramps:
        raise DataError(
            f"'{ramps[0]}' of {where} goes up in equal steps of {np.diff(columns[ramps[0]].to_numpy()[:2])[0]:g}",
            "a counter is no state of a system",
            "call it 'time' if that is what it is, or drop it",
        )


def dates_of(columns: Mapping[str, pd.Series], parts: Mapping[str, str], where: str) -> np.ndarray:
    """Dates from the columns of a calendar, of which one is the year.

    Raises:
        DataError: A row is no date.
    """
    numbers = {part: columns[name].to_numpy(dtype=np.int64) for part, name in parts.items()}
    year = numbers["year"]
    month = numbers.get("month", 3 * numbers["quarter"] - 2 if "quarter" in numbers else np.ones_like(year))
    start = (12 * (year - 1970) + month - 1).astype("datetime64[M]")
    if "week" in numbers and not {"month", "day", "doy"} & set(numbers):
        known = {bare_name(parts["week"]), bare_name(parts["year"])}
        weeks, _ = week_dates(year, numbers["week"], epidemiological=any(map(is_epidemiological, known)))
        _refuse_no_date(np.isnat(weeks), columns, {part: parts[part] for part in ("year", "week")}, where)
        return weeks.astype("datetime64[us]")
    days = numbers.get("day", np.ones_like(year))
    ends = start + 1
    if "month" not in numbers and "doy" in numbers:
        days, ends = numbers["doy"], start + 12
    elif set(numbers) <= {"year", "pentad"} and "pentad" in numbers:  # 73 a year: that with 29 February has six days
        leap = (year % 4 == 0) & (year % 100 != 0) | (year % 400 == 0)
        days, ends = 5 * numbers["pentad"] - 4 + (leap & (numbers["pentad"] > 12)), start + 12
    dates = start.astype("datetime64[D]") + (days - 1)
    wrong = dates >= ends.astype("datetime64[D]")
    _refuse_no_date(wrong, columns, parts, where)
    minutes = 60 * numbers.get("hour", np.zeros_like(year)) + numbers.get("minute", np.zeros_like(year))
    return dates.astype("datetime64[us]") + minutes * np.timedelta64(60_000_000, "us")


def _refuse_no_date(wrong: np.ndarray, columns: Mapping[str, pd.Series], parts: Mapping[str, str], where: str) -> None:
    """Refuse the first row whose parts make no date."""
    if not wrong.any():
        return
    row = int(np.argmax(wrong))
    raise DataError(
        f"row {row + 1} of {where} has "
        + ", ".join(f"{name} {columns[name].iloc[row]:g}" for name in parts.values())
        + ", which is no date",
        "the columns of a calendar must make a date in every row"
        + (", and this year has 52 weeks, counted from Monday or from Sunday" if "week" in parts else ""),
        "correct the row, give a column 'time' of dates, or --steps if every row is one step",
    )


def note_on_columns(names: list[str], what: str) -> str:
    """A note on some columns."""
    return f"{listed([f'{name!r}' for name in names], 6)} {'is' if len(names) == 1 else 'are'} {what}"


def _begins_dated(column: pd.Series) -> bool:
    """Whether the first value of a column that is no numbers is a date."""
    first = str(column.iloc[0]) if len(column) else ""
    return re.match(rf"\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d|{_DATED}", first) is not None


def _counts(column: pd.Series, low: int, high: int) -> bool:
    if column.dtype.kind not in "iuf" or column.isna().any() or column.empty:
        return False
    values = column.to_numpy(dtype=np.float64)
    return bool(np.isfinite(values).all() and (values % 1 == 0).all() and values.min() >= low and values.max() <= high)


def refuse_holes(columns: Mapping[str, pd.Series], where: str) -> None:
    """Refuse a count of rows in which numbers are missing: what is left are no equal steps.

    Args:
        columns: Columns that count, by name.
        where: What to call the record in messages.

    Raises:
        DataError: Numbers are missing in a column, such as ``index`` or ``day``, which otherwise goes up by one.
    """
    for name, column in columns.items():
        steps = np.diff(column.to_numpy(dtype=np.float64))
        holes = np.flatnonzero(steps > 1)
        # A count by tens, say, has no holes, and an identity number need not count rows.
        if not (len(holes) and np.median(steps) == 1 and np.all(steps >= 1)):
            continue
        first = int(holes[0])
        raise DataError(
            f"'{name}' of {where} counts rows and jumps at {len(holes):,} places, first from "
            f"{column.iloc[first]:.12g} to {column.iloc[first + 1]:.12g}: rows are missing",
            "equal time steps are needed",
            f"take it for the time and let the gaps part the record ({option('rename', f'{name}=time')} --gaps split); "
            f"or leave it out if every row is one step all the same ({option('drop', name)})",
        )


def _is_ramp(values: np.ndarray, same: np.ndarray) -> bool:
    """Whether the values go up by the same step, to the rounding with which they are written."""
    steps = np.diff(values)[same]
    if steps.size == 0 or not steps.min() > 0 or not np.isfinite(steps).all():
        return False
    step = float(np.median(steps))
    off = np.abs(steps - step).max()
    if off > 0.05 * step:
        return False
    return bool(off <= 1e-6 * step + 1.01 * written_unit(values))


def _is_saw(values: np.ndarray) -> bool:
    """Whether whole numbers count up by one and start again at the smallest one, three times or more."""
    if not np.isfinite(values).all() or (values % 1 != 0).any():
        return False
    steps = np.diff(values)
    back = steps < 0
    if back.sum() < 3 or back.sum() > steps.size / 2:
        return False
    low = values.min()
    if values.max() - low < 2:  # what is true now and then
        return False
    again = steps[~back]
    return bool((values[1:][back] == low).all() and ((again == 1) | (again == 0)).all() and (again == 1).sum() >= 3)
