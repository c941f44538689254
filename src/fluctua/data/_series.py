"""Columns of a table as series over (member,) time: which say when, which tell runs apart, which are states."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ..core import DataError, OptionError, listed
from ._calendar_columns import calendar_columns, counter_columns, date_column, dates_of, refuse_counters, said
from ._date_texts import as_text, iso_days, numbered_clock, text_dates
from ._plain import NOTES
from ._runs import Place, column_of_runs, runs_of, shared_times
from ._selection import NO_MEMBERS, Selection
from ._table import comma_numbers
from ._time import show_time
from ._time_coordinate import plain_times

_RESERVED = ("time", "member")
_TIME_WITH_UNIT = re.compile(r"time\s*[\[(]\s*(.+?)\s*[\])]", re.IGNORECASE)
_OFTEN = 0.3  # of all rows: more than that are no steps written twice
_CLOCK = r"\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*"


@np.errstate(all="ignore")  # what is not finite is refused by name
def series_of(
    names: Sequence[str],
    table: Sequence[pd.Series],
    selection: Selection,
    where: str,
    place: Place,
    notes: Sequence[str] = (),
) -> xr.Dataset:
    """The columns of a table as series; what was understood beyond the plain form is in the attribute ``NOTES``.

    ``time`` holds numbers or dates (without it the step is 1); columns of a calendar (``year``, ``month``, ``day``,
    ``hour``) make dates, too; ``member``, or what is called like it and comes in blocks or in turns, tells several runs
    apart, each with the same times unless gaps are to split the record; every other column is a state variable.

    Args:
        names: Names of the columns.
        table: The columns, of numbers, dates or text.
        selection: Which to keep, and what they are called.
        where: What to call the table in messages.
        place: Where a row is, for messages.
        notes: What was understood so far.

    Raises:
        DataError: It is no such table, or its members do not match.
        OptionError: There is no column of a name that is asked for.
    """
    notes = list(notes)
    columns, units = _named(names, table, selection, where)
    split = selection.gaps is not None
    told = None if selection.member == NO_MEMBERS else column_of_runs(columns, notes)
    runs, members = (np.zeros(len(table[0]), np.int64), []) if told is None else runs_of(told, where, place, not split)
    times = _times(columns, runs, selection, where, place, notes)
    selection.refuse_unknown("variable", list(columns), where)
    columns = {name: column for name, column in columns.items() if name in (selection.variables or columns)}
    values = _values(columns, where, place, notes)
    if times is None:
        refuse_counters(columns, where)
    coords: dict[str, Any] = {} if times is None else {"time": ("time", times, units)}
    data = xr.Dataset({name: ("time", column) for name, column in values.items()}, coords, {NOTES: notes})
    if not members:
        return data
    order = np.argsort(runs, kind="stable")  # one run after the other, in order of appearance
    if split:
        return data.assign_coords(member=("time", np.asarray(members)[runs])).isel(time=order)
    if times is not None:
        coords["time"] = ("time", shared_times(times[order].reshape(len(members), -1), members, where), units)
    return xr.Dataset(
        {name: (("member", "time"), column[order].reshape(len(members), -1)) for name, column in values.items()},
        {**coords, "member": members},
        {NOTES: notes},
    )


def _named(
    names: Sequence[str], table: Sequence[pd.Series], selection: Selection, where: str
) -> tuple[dict[str, pd.Series], dict[str, str]]:
    """The columns by name, and the attributes of time, whose unit may stand in brackets behind its name."""
    selection.refuse_unknown("rename", names, where)
    written = [selection.rename.get(name, name) for name in names]
    asked = selection.member not in (None, NO_MEMBERS)
    if asked and selection.member not in written:
        raise OptionError(
            f"--member {selection.member} was given for {where}",
            f"its columns are {listed(written, 12)}",
            f"name one of these, or --member {NO_MEMBERS} if there is one run",
        )
    columns: dict[str, pd.Series] = {}
    attrs: dict[str, str] = {}
    for position, (name, column) in enumerate(zip(written, table, strict=True)):
        if asked and name == selection.member:
            name = "member"
        elif name.lower().strip("<>") in _RESERVED:  # as trading programs write them
            name = name.lower().strip("<>")
        elif (match := _TIME_WITH_UNIT.fullmatch(name)) is not None and "time" not in map(str.lower, written):
            name, attrs = "time", {"units": match[1]}
        if not name and position:
            raise _nameless(position + 1, where)
        if name in columns:
            raise DataError(
                f"{where} has two columns called '{name}'",
                "every column needs a name of its own",
                "rename or drop one of them",
            )
        columns[name] = column
    selection.refuse_unknown("drop", list(columns), where)
    columns = {name: column for name, column in columns.items() if name not in selection.drop}
    if all(name in _RESERVED for name in columns):
        raise DataError(
            f"{where} has no column beside {' and '.join(columns) or 'those that are dropped'}",
            "at least one state variable is needed",
            "add a column of numbers",
        )
    return columns, attrs


def _nameless(position: int, where: str) -> DataError:
    return DataError(
        f"column {position} of {where} has no name",
        "the first line must name the columns, each once",
        "name or drop that column (pandas writes one with to_csv; with index=False it does not)",
    )


def _values(columns: dict[str, pd.Series], where: str, place: Place, notes: list[str]) -> dict[str, np.ndarray]:
    """The values of the columns: as they are where none begins like a number, for that is text.

    Text among numbers is refused by its place, unless its commas can only be decimal ones.
    """
    text = {name: column for name, column in columns.items() if column.dtype.kind in "OSUT"}
    commas = comma_numbers(list(text.values()))
    if commas == "decimal":
        notes.append("decimal commas")
    values = {}
    for name, column in columns.items():
        if name in text and column.astype(str).str.match(r"\s*[-+]?[.,]?\d").any():
            cells = as_text(column)
            cells = cells.str.replace(",", ".") if commas == "decimal" else cells
            numbers = np.asarray(pd.to_numeric(cells, errors="coerce"), dtype=np.float64)
            wrong = np.isnan(numbers) & column.notna().to_numpy()
            if wrong.any():
                _refuse_text(name, column, int(np.argmax(wrong)), bool(wrong.sum() < 4), where, place)
            values[name] = numbers
        else:
            values[name] = column.astype(str).to_numpy(dtype=str) if name in text else column.to_numpy()
    return values


def _refuse_text(name: str, column: pd.Series, row: int, few: bool, where: str, place: Place) -> None:
    cell = str(column.iloc[row])
    if re.fullmatch(r"\s*[-+]?\d+(,\d+)+(\.\d+)?\s*|\s*[-+]?\d{1,3}([.'\u2019\s]\d{3})+(,\d+|\.\d+)?\s*", cell):
        raise DataError(
            f"column '{name}' of {where} holds '{cell}' in {place(row)}",
            "numbers need a decimal point and nothing between their thousands",
            "write it without marks between thousands (1234567), or with a point as decimal mark (1234.567)",
        )
    if few:
        remedy = f"correct it, or leave the cell empty if the value is missing (the rest of '{name}' is numbers)"
    else:
        remedy = f"drop it with --drop {name}, or convert it (a column of dates is named with --rename {name}=time)"
    raise DataError(
        f"column '{name}' of {where} holds text: '{cell}' in {place(row)}",
        "every column but time and member must hold numbers",
        remedy,
    )


def _times(
    columns: dict[str, pd.Series],
    runs: np.ndarray,
    selection: Selection,
    where: str,
    place: Place,
    notes: list[str],
) -> np.ndarray | None:
    """The times of the rows, taken out of the columns with all else that only counts; None where there are none."""
    dated = "time" if "time" in columns else date_column(columns)
    if dated == "time":
        _join_clock(columns, notes)
    calendar = calendar_columns(columns)
    counters = counter_columns(columns, runs)
    times = None
    try:
        if dated is not None:
            times = _read_times(columns[dated], where, place, notes)
        elif "year" in calendar:
            times = dates_of(columns, calendar, where)
            _refuse_repeated(times, calendar, runs, where)
            notes.append(said(list(calendar.values()), "read as the dates"))
    except DataError:
        if not selection.steps:
            raise
    if dated is not None:
        columns.pop(dated)
        if dated != "time":
            notes.append(f"the time is '{dated}'")
        counters += [name for name in calendar.values() if name not in counters and len(columns) > 1]
    elif "year" in calendar:
        for name in calendar.values():
            columns.pop(name)
    counters = [name for name in counters if name in columns]
    if len(counters) == len(columns):
        raise DataError(
            f"{where} has no column beside its time and what counts rows ({', '.join(counters)})",
            "at least one state variable is needed",
            "add a column of numbers",
        )
    if "" in columns and "" not in counters:
        raise _nameless(1, where)
    if counters:
        notes.append(
            said(
                [name or "column 1, without a name," for name in counters],
                "passed over: it counts" if len(counters) == 1 else "passed over: they count",
            )
        )
        for name in counters:
            columns.pop(name)
    return times


def _join_clock(columns: dict[str, pd.Series], notes: list[str]) -> None:
    """Join a column of dates and one of the hours of the day, which is called time then."""
    others = {name: column for name, column in columns.items() if name != "time"}
    dates, clock = date_column(others), columns["time"]
    if dates is None or clock.isna().any():
        return
    if clock.dtype.kind in "iuf":
        days = columns[dates].to_numpy()
        texts = numbered_clock(clock.to_numpy(dtype=np.float64)) if (days[1:] == days[:-1]).any() else None
    else:
        texts = clock.astype(str) if clock.astype(str).str.fullmatch(_CLOCK).all() else None
    if texts is None:
        return
    columns["time"] = iso_days(columns.pop(dates)) + " " + texts
    notes.append(f"the time is '{dates}' with the clock beside it")


def _refuse_repeated(dates: np.ndarray, calendar: dict[str, str], runs: np.ndarray, where: str) -> None:
    """Refuse years, months or days of which several rows follow one another: they are no double steps."""
    again = np.flatnonzero((dates[1:] == dates[:-1]) & (runs[1:] == runs[:-1]))
    if again.size and (list(calendar) == ["year"] or again.size > _OFTEN * len(dates)):
        finest = next(
            part for part in ("minute", "hour", "day", "doy", "pentad", "month", "quarter", "year") if part in calendar
        )
        when = show_time(dates[again[0]])[: {"year": 4, "quarter": 7, "month": 7}.get(finest)]
        finer = {"year": "'month', 'day' or", "quarter": "'month', 'day' or", "month": "'day' or"}.get(
            finest, "'hour' or"
        )
        raise DataError(
            f"{where} has {int((dates == dates[again[0]]).sum())} rows of the {calendar[finest]} {when}, and no column "
            "that says when in it they were",
            "every row needs a time of its own",
            f"add a column {finer} 'time' (of dates), or give --steps if every row is one step",
        )


def _read_times(column: pd.Series, where: str, place: Place, notes: list[str]) -> np.ndarray:
    given = column.dropna()
    if column.dtype.kind in "iuf":
        return column.to_numpy(dtype=np.float64)
    if len(given) and not isinstance(given.iloc[0], str):
        return plain_times(pd.Index(column))
    dates, reading = text_dates(column, where)
    if reading:
        notes.append(reading)
    unread = np.isnat(dates)
    if unread.any():
        row = int(np.argmax(unread))
        remedy = "correct it, or delete the row if it holds no values of the record"
        if unread.all():
            remedy = "write ISO dates, or leave the time column out (the step is then 1)"
        elif all(re.match(r"\d{4}-02-(29|30)\b", str(text)) for text in column[unread]):
            remedy = (
                "it is a date of a model's calendar (of 360 days?): give --steps (every row is one step), or store the "
                "record in NetCDF with the attribute 'calendar' of its time"
            )
        raise DataError(
            f"the time of {place(row)} of {where} is "
            + ("empty" if pd.isna(column.iloc[row]) else f"'{column.iloc[row]}'"),
            "times must be numbers or ISO dates such as 2001-02-28 or 2001-02-28T12:00",
            remedy,
        )
    return dates
