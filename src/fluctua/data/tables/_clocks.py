"""Clocks: columns with the time of day beside one of days, and the ways in which a clock is written.

Hours from 0 to 23 and from 1 to 24, HHMM as a number, 13:30 and 1:30 PM are understood; 24:00 is the midnight after.
"""

import re

import numpy as np
import pandas as pd

from ...core import DataError, option
from ..times import (
    bare_name,
    calendar_columns,
    counted_days,
    date_column,
    dates_of,
    note_on_columns,
    numbered_dates,
    says_when,
)
from ._runs import Place

_NAME = re.compile(
    r"(local|utc|gmt|obs|solar)?(time|clock|hours?|hrs?|hh|hhmm(ss)?|he|uhrzeit|uhr|stunde|heure|hora|ora|orario)"
    r"(ofday|ending|end|beginning|begin|starting|start)?(utc|gmt|local|lst|lt|cet|est|cst|mst|pst|z|hhmm(ss)?|hh|24h?)?"
)
_TEXT = re.compile(
    r"(?P<h>\d{1,2})(?::(?P<m>\d{2}))?(?::(?P<s>\d{2}(?:\.\d+)?))?\s*(?P<half>[AaPp]\.?\s?[Mm]\.?)?\s*(?:Z|UTC|GMT)?"
)
_NEEDED = "a clock has hours from 0 to 23 or from 1 to 24, 1330 or 13:30 for half past one, or 1:30 PM"


def join_clock(columns: dict[str, pd.Series], where: str, place: Place, notes: list[str]) -> None:
    """Join a column of days, or columns of year, month and day, with that of the time of day; ``time`` has both then.

    Nothing is done where no column is called like a clock, where the days have clocks of their own, and where numbers
    may be something else: days that come once need none.

    Raises:
        DataError: A column that is called like a clock holds something else, beside days that come several times.
    """
    wrong: tuple[str, pd.Series | None, str] | None = None
    for name in [name for name in columns if _NAME.fullmatch(bare_name(name))]:
        rest = {other: column for other, column in columns.items() if other != name}
        days, taken, dated = _days_of(rest, where)
        if days is None:
            continue
        again = bool((days.to_numpy()[1:] == days.to_numpy()[:-1]).any())
        clock = _texts(columns[name], None, again)
        if clock is None and (not again or name == "time"):
            continue
        if clock is None or clock.isna().any():
            wrong = wrong or (name, clock, taken[0])
            continue
        minute = _minutes({other: rest[other] for other in rest if other not in taken}, days + clock)
        if minute:
            clock = _texts(columns[name], rest[minute], again)
        for other in [*taken, name, *([minute] if minute else [])]:
            columns.pop(other, None)
        columns["time"] = days + " " + clock
        ending = columns["time"].str.endswith("24:00:00").any()
        read = (
            f"the time is '{dated}' with the clock beside it"
            if dated
            else note_on_columns([*taken, name], "read as the dates")
        )
        notes.append(read + (" (hour 24 is the midnight after)" if ending else ""))
        return
    if wrong is not None:
        name, clock, dated = wrong
        _refuse(name, columns[name], clock, dated, where, place)


def _days_of(columns: dict[str, pd.Series], where: str) -> tuple[pd.Series | None, list[str], str | None]:
    """Days as text of a column of dates or of a calendar without hours, the columns of it, and that of dates."""
    parts = calendar_columns(columns)
    dated = "time" if "time" in columns else date_column(columns)
    if dated is not None:
        return _days(dated, columns[dated]), [dated], dated
    if "year" not in parts or not ({"month", "day"} <= set(parts) or "doy" in parts) or "hour" in parts:
        return None, [], None
    used = {part: column for part, column in parts.items() if part not in ("minute", "week")}
    return pd.Series(np.datetime_as_string(dates_of(columns, used, where), unit="D")), [*used.values()], None


def _minutes(columns: dict[str, pd.Series], hours: pd.Series) -> str:
    """The column of minutes beside hours; one called ``min`` may be a minimum where no hour comes twice."""
    again = (hours.to_numpy()[1:] == hours.to_numpy()[:-1]).any()
    for name, column in columns.items():
        known = ("minute", "minutes", "min", "mi", "mn", "mm") if again else ("minute", "minutes")
        if bare_name(name) in known and column.dtype.kind in "iuf" and column.notna().all():
            values = column.to_numpy(dtype=np.float64)
            if (values % 1 == 0).all() and values.min() >= 0 and values.max() <= 59:
                return name
    return ""


def _days(name: str, column: pd.Series) -> pd.Series | None:
    """Days as text, in ISO form where that is known; None where they have clocks, or are no days."""
    if column.dtype.kind in "iuf":
        numbers = column.to_numpy()
        dates = numbered_dates(numbers, bare_name(name) if says_when(name) else "")
        if dates is not None and numbers.max() >= 300_000_000:
            return None
        dates = counted_days(name, numbers) if dates is None else dates
        return None if dates is None else pd.Series(np.datetime_as_string(dates, unit="D"))
    if column.dtype.kind == "M" or (column.notna().any() and not isinstance(column.dropna().iloc[0], str)):
        dates = pd.to_datetime(column, errors="coerce")
        if dates.isna().any() or getattr(dates.dt, "tz", None) is not None or (dates != dates.dt.normalize()).any():
            return None
        return dates.dt.strftime("%Y-%m-%d")
    texts = column.astype(str).str.strip()
    if texts.str.contains(r":\d{2}", regex=True).any():
        empty = r"[ T]00?:00(?::00(?:\.0+)?)?$"  # a midnight that says nothing
        if not texts[column.notna()].str.contains(empty).all():
            return None
        texts = texts.str.replace(empty, "", regex=True)
    return texts


def _texts(column: pd.Series, minutes: pd.Series | None, again: bool) -> pd.Series | None:
    """Clocks as text such as 13:30:00, None in rows that have none; None where no row has, or none is to be read."""
    if column.dtype.kind not in "iuf":
        cells = column.astype(str).str.strip().where(column.notna(), None)
        values = {cell: _clock_of(cell) for cell in cells.dropna().unique()}
        return None if not any(values.values()) else cells.map(values).where(cells.notna(), None)
    numbers = column.to_numpy(dtype=np.float64)
    if not again or not numbers.size or np.isnan(numbers).all():
        return None
    known = numbers[~np.isnan(numbers)]
    if known.min() < 0:
        return None
    if known.max() <= 24 and (known * 60 % 1 == 0).all():
        seconds = 3600 * numbers
    elif known.max() < 1 and known.max() > 0:  # parts of a day, as spreadsheets have them
        seconds = np.rint(86400 * numbers)
    elif (known % 1 == 0).all() and known.max() < 60:  # hours of which some are none
        seconds = np.where(numbers <= 24, 3600 * numbers, np.nan)
    elif (known % 1 == 0).all() and known.max() <= 240_000:
        whole = numbers * (100 if known.max() <= 2400 else 1)
        hour, minute, second = whole // 10_000, whole // 100 % 100, whole % 100
        seconds = np.where((minute < 60) & (second < 60), 3600 * hour + 60 * minute + second, np.nan)
    else:
        return None
    if minutes is not None and (known % 1 == 0).all() and known.max() <= 24:
        seconds = seconds + 60 * minutes.to_numpy(dtype=np.float64)
    texts = {value: _shown(value) for value in np.unique(seconds[~np.isnan(seconds)])}
    found = pd.Series([texts.get(value) for value in seconds], dtype=object)
    return found if found.notna().any() else None


def _clock_of(cell: str) -> str | None:
    """A clock as text of hours, minutes and seconds, of an interval the first one; None where it is none."""
    first, hyphen, last = cell.partition("-")
    if hyphen and ":" in first:
        return _clock_of(first.strip()) if _clock_of(last.strip()) else None
    found = _TEXT.fullmatch(cell)
    if found is None or (found["m"] is None and found["half"] is None and not cell.isdigit()):
        return None
    hour, minute, second = int(found["h"]), int(found["m"] or 0), float(found["s"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (found["half"][0] in "Pp")
    if hour > 24 or minute > 59 or second >= 60 or (hour == 24 and (minute or second)):
        return None
    return f"{hour:02d}:{minute:02d}:{second:02.0f}" if second % 1 == 0 else f"{hour:02d}:{minute:02d}:{second:09.6f}"


def _shown(seconds: float) -> str | None:
    if not 0 <= seconds <= 86400:
        return None
    whole = round(float(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _refuse(name: str, column: pd.Series, clock: pd.Series | None, days: str, where: str, place: Place) -> None:
    """Refuse a clock by the first row that has none."""
    row = 0 if clock is None else int(np.argmax(clock.isna().to_numpy()))
    cell = column.iloc[row]
    shown = "nothing" if pd.isna(cell) else f"'{cell}'" if isinstance(cell, str) else f"{cell:g}"
    raise DataError(
        f"column '{name}' of {where} beside the days in '{days}' holds {shown} in {place(row)}",
        _NEEDED,
        f"correct it, or leave out '{name}' and give --steps if every row is one step ({option('drop', name)} --steps)",
    )
