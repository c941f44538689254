"""Tables with a row for each year, month or day and a column for each of its parts."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ...core import DataError

_NUMBERED = re.compile(r"([a-z]*)[ _.-]?(\d{1,2})(:00|:00:00|h|z| ?utc)?", re.IGNORECASE)
_SURE, _HOURS = {"he", "hour", "hourending"}, {"h", "hr", "hh", "v"}
_SURE_DAYS, _DAYS = {"day", "dia", "tag"}, {"", "d", "dy", "value", "v"}
_MONTHS = {"month", "mon", "mm", "mo"}
_YEARS = {"year", "yr", "yyyy", "yy", "jahr", "annee", "ano", "anno", "wateryear"}
_TWELVE = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
_OF_YEARS = {"month": ("", "m", "mon", "month", "mo", "monat"), "quarter": ("", "q", "qtr", "quarter", "qu")}
_SEASONS = ({"djf", "mam", "jja", "son"}, {"jfm", "amj", "jas", "ond"}, {"winter", "spring", "summer"})
_EXAMPLES = {"month": "1990-03", "quarter": "1990-Q1", "season": "1990-01, 1990-04"}


def refuse_years_across(names: Sequence[str], where: str, years: Sequence[str] = ()) -> None:
    """Refuse a table whose columns are the months, the quarters or the seasons of a year.

    The names of twelve months say so by themselves; numbers (1 to 12, M01, Q1) and seasons only beside a year.

    Args:
        names: Names of the columns.
        where: What to call the table in messages.
        years: The years of its rows, as far as they are known.

    Raises:
        DataError: It is such a table.
    """
    plain = [re.sub(r"[\W_]", "", name.lower()) for name in names]
    if {name[:3] for name in plain} >= _TWELVE:
        raise years_across("month", where, years)
    if not set(plain) & _YEARS or set(plain) & _MONTHS:
        return
    for part, stems in _OF_YEARS.items():
        count = 12 if part == "month" else 4
        for stem in stems:
            for before in (True, False):
                wanted = {f"{stem}{number}" if before else f"{number}{stem}" for number in range(1, count + 1)}
                given = {re.sub(r"0(?=[1-9])", "", name) for name in plain}
                # Four columns 1 to 4 may be levels or places.
                if wanted <= given and (stem or count == 12) and f"{stem}{count + 1}" not in given:
                    raise years_across(part, where, years)
    if any(season <= set(plain) for season in _SEASONS):
        raise years_across("season", where, years)


def years_across(part: str, where: str, years: Sequence[str] = ()) -> DataError:
    """What to say of a table with a row for each year and a column for each month, quarter or season."""
    since = f" from {years[0]} on" if years else ""
    return DataError(
        f"{where} is a table of years by {part}s: a row for each year{since}, a column for each {part}",
        f"one row for each {part} is needed, in the order in which they came",
        f"write two columns, 'time' (such as {_EXAMPLES[part]}) and the value, a row for each {part}, and leave the "
        "value empty where the table has a code for a missing one",
    )


def refuse_days_across(rows: Sequence[Sequence[str]], name: str) -> None:
    """Refuse a table whose columns are the hours of a day or the days of a month.

    Names such as HE1 to HE24, 00:00 to 23:00 and day1 to day31 say so by themselves; H00 to H23, and 1 to 31, only
    beside a date of each day, or a month.

    Args:
        rows: Cells of the first lines; the names of the columns come first.
        name: Name of the file.

    Raises:
        DataError: It is such a table.
    """
    header = [cell.strip() for cell in rows[0]]
    numbered = [found for cell in header if (found := _NUMBERED.fullmatch(cell)) is not None]
    kinds = {(found[1].lower(), (found[3] or "").lower()) for found in numbered}
    for stem, clock in kinds:
        those = [found for found in numbered if (found[1].lower(), (found[3] or "").lower()) == (stem, clock)]
        numbers = [int(found[2]) for found in those]
        if numbers in (list(range(24)), list(range(1, 25))):
            if stem in _SURE or (clock and not stem) or (stem in _HOURS and _daily(rows)):
                _refuse(name, "days by hours", "day", "hour", (those[0][0], those[-1][0]), "1990-03-05T13:00")
        elif numbers == list(range(1, 32)) and not clock:
            beside = {cell.lower() for cell in header}
            if stem in _SURE_DAYS or (stem in _DAYS and (beside & _MONTHS or _monthly(rows))):
                _refuse(name, "months by days", "month", "day", (those[0][0], those[-1][0]), "1990-03-05")


def _refuse(name: str, what: str, row: str, column: str, ends: tuple[str, str], example: str) -> None:
    raise DataError(
        f"'{name}' is a table of {what}: a row for each {row}, a column for each {column} ({ends[0]} to {ends[1]})",
        f"one row for each {column} is needed, in the order in which they came",
        f"write two columns, 'time' (such as {example}) and the value, a row for each {column}",
    )


def _daily(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the rows are days that follow one another, by dates or by a column called day."""
    dates = [_date(row) for row in rows[1:]]
    steps = [(later - date).astype(int) for date, later in pairwise(dates) if date is not None and later is not None]
    return bool(steps) and float(np.median(steps)) == 1


def _monthly(rows: Sequence[Sequence[str]]) -> bool:
    """Whether every row begins with a month, such as 1990-03."""
    return len(rows) > 1 and all(row and re.fullmatch(r"\d{4}[-/]?(0[1-9]|1[0-2])", row[0].strip()) for row in rows[1:])


def _date(row: Sequence[str]) -> np.datetime64 | None:
    for cell in row[:4]:
        if (found := re.match(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})\b", cell.strip())) is not None:
            try:
                return np.datetime64("-".join(found.groups()), "D")
            except ValueError:
                return None
    return None
