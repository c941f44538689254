"""Columns that count: years, months, days and hours make dates, row numbers are passed over; none is a state variable.

A column is known by its name and by its content: one called ``month`` with values other than 1 to 12 is data.
"""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...core import DataError, listed
from ._ages import are_ages
from ._counted import counted_time
from ._counters import is_ramp
from ._date_texts import as_text, numbered_dates
from ._known_steps import days_of_decimal_years, months_of_decimal_years, numbers_after_the_year
from ._short_years import MONTHS
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
        (
            "year",
            "yr",
            "yyyy",
            "yy",
            "jahr",
            "annee",
            "ann\u00e9e",
            "ano",
            "a\u00f1o",
            "anno",
            "jaar",
            "yearce",
            "yearad",
            "calendaryear",
            "isoyear",
            "epiyear",
            "mmwryear",
        ),
        -10000,
        10000,
    ),
    "quarter": (("quarter", "qtr"), 1, 4),
    "month": (("month", "mon", "mm", "mo", "monat", "mois", "mes", "m\u00eas", "mese", "maand"), 1, 12),
    "week": (("week", "isoweek", "weekofyear", "weeknumber", "weeknum", "weekno", "wk", "kw", *EPIDEMIOLOGICAL), 1, 53),
    "doy": (("doy", "dayofyear", "yday", "julianday", "jday"), 1, 366),
    "pentad": (("pentad", "pentade", "pentads"), 1, 73),
    "dekad": (("dekad", "dekade", "dekads", "dek"), 1, 36),
    "day": (("day", "dd", "dy", "dom", "mday", "dayofmonth", "tag", "jour", "dia", "d\u00eda", "giorno", "dag"), 1, 31),
    "hour": (
        ("hour", "hr", "hh", "stunde", "heure", "hora", "ora", "uur", "hourutc", "hourgmt", "hourofday", "hod"),
        0,
        23,
    ),
    "minute": (("minute", "min", "mi", "mn", "mm"), 0, 59),
}
"""Parts of a date: what their columns are called, without case and marks, and their smallest and largest value."""

_DATES = {"date", "datetime", "timestamp", "datum", "sasdate", "observationdate", "validtime", "datetimeutc", "timeutc"}
_DATES |= {
    "zeit",
    "zeitpunkt",
    "fecha",
    "fechahora",
    "dates",
    "dateutc",
    "ymd",
    "yyyymmdd",
    "yyyymm",
    "yyyymmddhh",
    "yymmdd",
}
_INDEX = {"", "index", "id", "row", "rownumber", "unnamed0", "obs", "nr", "no", "record", "rowid"}
_DECIMAL = {"decimaldate", "decimalyear", "yeardecimal", "decyear", "yearfraction", "fractionalyear", "decdate"}
_DATED = (
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2}([T ]+\d.*)?)?|\d{1,2}([./-])\d{1,2}\3\d{4}([T ]+\d.*)?|\d{4}[-\s]?[QqMm]\d{1,2}"
    r"|[Qq][1-4][-\s/]?\d{4}|[1-4][Qq][-\s/]?\d{4}|\d{1,2}[-\s]?[A-Za-z]{3}[-\s]?(\d{4}|\d{2})([T ]+\d.*)?"
    r"|[A-Z][a-z]{2} +[A-Z][a-z]{2} +\d{1,2} \d.*\d{4}"
)
"""Dates that are nothing else in a column of any name."""

_OVER_THE_YEAR = 89  # from 199012 to 199101
_CYCLES = {"weekday", "dayofweek", "dow", "week", "season", "isoweek", "weekofyear", "epiweek"}


def bare_name(name: str) -> str:
    """A name without case, blanks and marks."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def says_when(name: str) -> bool:
    """Whether a column of this name may hold dates or a part of them."""
    known = bare_name(name)
    return known in _DATES or known in _DECIMAL or any(known in names for names, _, _ in _PARTS.values())


def months_by_name(columns: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """Columns called month that hold the English names of months, as numbers from 1 to 12."""
    found = {}
    for name, column in columns.items():
        if bare_name(name) in _PARTS["month"][0] and column.dtype.kind in "OSUT":
            months = as_text(column).str.strip().str.strip(".").str.lower().map(MONTHS)
            if len(months) and months.notna().all():
                found[name] = months.astype(np.int64)
    return found


def date_column(columns: Mapping[str, pd.Series]) -> str | None:
    """The column that holds dates, by its name, where none is called ``time``; decimal years only if of months."""
    for name, column in columns.items():
        text, known = column.dtype.kind not in "iufb", bare_name(name)
        if text and names_weeks(known) and text_weeks(as_text(column).str.strip(), known) is not None:
            return name
        if not text and column.dtype.kind in "iuf":
            numbers = column.to_numpy()
            named = known in _DATES or known.endswith(("time", "date"))
            dated = named and (
                numbered_dates(numbers, known if known in _DATES else "") is not None or may_be_weeks(numbers)
            )
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
    known_years = (months_of_decimal_years, numbers_after_the_year, days_of_decimal_years)
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
    """Whether numbers are dates to the day at least, such as 20010228, or months that go on, one after the other."""
    values = column.to_numpy()
    if column.isna().any() or not len(values) or (np.diff(values) < 0).any():
        return False
    return (values.min() >= 10_000_000 or _are_months(values)) and numbered_dates(values) is not None


def _are_months(values: np.ndarray) -> bool:
    """Whether numbers such as 199001 go on by months, two years of them or more."""
    turns = np.count_nonzero(np.diff(values) == _OVER_THE_YEAR)
    return bool(turns >= 2 and np.isin(np.diff(values), [1, _OVER_THE_YEAR]).all())


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
            counts = is_ramp(values, same)
        elif known in _DECIMAL:
            counts = bool((np.diff(values)[same] > 0).all())
        else:
            counts = known in _CYCLES and _counts(column, 0, 53)
        if counts:
            found.append(name)
    return found


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
    if "dekad" in numbers and "day" not in numbers:  # of the month, or of the year
        start = start if "month" in numbers else start + (numbers["dekad"] - 1) // 3
        of_month = numbers["dekad"] if "month" in numbers else (numbers["dekad"] - 1) % 3 + 1
        days, ends = 10 * of_month - 9, start + 1
    elif "month" not in numbers and "doy" in numbers:
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
