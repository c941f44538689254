"""Records in text tables: a header, perhaps ``time`` and ``member``, every other column a state variable."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ..core import DataError, OptionError, listed, register
from ._calendar_columns import calendar_columns, counter_columns, date_column, dates_of, refuse_counters, said
from ._date_texts import text_dates
from ._labelled import NOTES
from ._record import Record
from ._selection import NO_MEMBERS, Selection
from ._table import Table, comma_numbers, read_table
from ._time import show_time
from ._write import written_times

_RESERVED = ("time", "member")
_TIME_WITH_UNIT = re.compile(r"time\s*[\[(]\s*(.+?)\s*[\])]", re.IGNORECASE)


@register(
    "reader",
    "csv",
    suffixes=(".csv", ".txt", ".tsv", ".dat", ".data"),
    table=True,
    summary="a table with a header; `time` and `member` are optional columns",
)
def read_csv(path: Path, selection: Selection = Selection()) -> xr.Dataset:
    """The columns of a text table as series over (member,) time.

    The header names the columns. ``time`` holds numbers or dates (without it the step is 1); columns of a calendar
    (``year``, ``month``, ``day``, ``hour``) make dates, too; ``member`` tells several runs apart, in blocks or
    interleaved, each with the same times unless gaps are to split the record; every other column is a state variable.
    Encoding, separator, decimal commas, comments and units below the header are found; what was understood is in the
    attribute ``NOTES``.

    Args:
        path: The file.
        selection: Which columns to keep, and what they are called.

    Raises:
        DataError: The file is not such a table, or its members do not match.
        OptionError: There is no column of a name that is asked for.
    """
    table = read_table(path)
    notes = list(table.notes)
    columns, units = _named(table, path, selection)
    if table.columns.empty:
        raise DataError(
            f"'{path.name}' has a header and no rows",
            "a record needs many rows",
            "check that the file is complete",
        )
    split = selection.gaps is not None
    told = None if selection.member == NO_MEMBERS else columns.pop("member", None)
    runs, members = (np.zeros(len(table.columns), np.int64), []) if told is None else _runs(told, path, not split)
    times = _times(columns, runs, table, path, notes)
    selection.refuse_unknown("variable", list(columns), f"'{path.name}'")
    columns = {name: column for name, column in columns.items() if name in (selection.variables or columns)}
    values = _numbers(columns, table, path, notes)
    if times is None:
        refuse_counters(columns, f"'{path.name}'")
    coords: dict[str, Any] = {} if times is None else {"time": ("time", times, units)}
    data = xr.Dataset({name: ("time", column) for name, column in values.items()}, coords, {NOTES: notes})
    if not members:
        return data
    order = np.argsort(runs, kind="stable")  # one run after the other, in order of appearance
    if split:
        return data.assign_coords(member=("time", np.asarray(members)[runs])).isel(time=order)
    if times is not None:
        coords["time"] = ("time", _shared_times(times[order].reshape(len(members), -1), members, path), units)
    return xr.Dataset(
        {name: (("member", "time"), column[order].reshape(len(members), -1)) for name, column in values.items()},
        {**coords, "member": members},
        {NOTES: notes},
    )


@register("writer", "csv", suffixes=(".csv",), summary="a table of numbers and names; a field as one column a cell")
def write_csv(path: Path, record: Record, attrs: Mapping[str, Any]) -> None:
    """The record as a CSV file, which has no place for attributes."""
    columns: dict[str, Any] = {}
    if record.members > 1:
        columns["member"] = np.repeat(np.asarray(record.member_names), record.steps)
    if record.dates is None:
        columns["time"] = np.tile(written_times(record), record.members)
    else:
        columns["time"] = np.tile(_texts(record.dates), record.members)
    flat = record.flat.reshape(-1, record.dimension)
    columns |= {name: flat[:, column] for column, name in enumerate(record.names)}
    pd.DataFrame(columns).to_csv(path, index=False, compression=None, encoding="utf-8")


def _texts(dates: np.ndarray) -> np.ndarray:
    if np.issubdtype(dates.dtype, np.datetime64):
        return np.datetime_as_string(dates.astype("datetime64[us]"))
    return np.asarray([date.isoformat() for date in dates])


def _named(table: Table, path: Path, selection: Selection) -> tuple[dict[str, pd.Series], dict[str, str]]:
    """The columns by name, and the attributes of time, whose unit may stand in brackets behind its name."""
    where = f"'{path.name}'"
    selection.refuse_unknown("rename", table.names, where)
    written = [selection.rename.get(name, name) for name in table.names]
    asked = selection.member not in (None, NO_MEMBERS)
    if asked and selection.member not in written:
        raise OptionError(
            f"--member {selection.member} was given for {where}",
            f"its columns are {listed(written, 12)}",
            f"name one of these, or --member {NO_MEMBERS} if there is one run",
        )
    columns: dict[str, pd.Series] = {}
    attrs: dict[str, str] = {}
    for position, name in enumerate(written):
        column = pd.Series(table.columns[position])
        if asked and name == selection.member:
            name = "member"
        elif name.lower() in _RESERVED:
            name = name.lower()
        elif (match := _TIME_WITH_UNIT.fullmatch(name)) is not None and "time" not in map(str.lower, written):
            name, attrs = "time", {"units": match[1]}
        if not name and position:
            raise _nameless(position + 1, path)
        if name in columns:
            raise DataError(
                f"{where} has two columns called '{name}'",
                "the first line must name the columns, each once",
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


def _nameless(position: int, path: Path) -> DataError:
    return DataError(
        f"column {position} of '{path.name}' has no name",
        "the first line must name the columns, each once",
        "name or drop that column (pandas writes one with to_csv; with index=False it does not)",
    )


def _numbers(columns: dict[str, pd.Series], table: Table, path: Path, notes: list[str]) -> dict[str, np.ndarray]:
    """The values of the columns: as they are where none begins like a number, for that is text.

    Text among numbers is refused by its place, unless its commas can only be decimal ones.
    """
    text = {name: column for name, column in columns.items() if column.dtype.kind not in "iufb"}
    commas = comma_numbers(list(text.values()))
    if commas == "decimal":
        notes.append("decimal commas")
    values = {}
    for name, column in columns.items():
        if name in text and column.astype(str).str.match(r"\s*[-+]?[.,]?\d").any():
            cells = column.str.replace(",", ".") if commas == "decimal" else column
            numbers = np.asarray(pd.to_numeric(cells, errors="coerce"), dtype=np.float64)
            wrong = np.isnan(numbers) & column.notna().to_numpy()
            if wrong.any():
                _refuse_text(name, column, int(np.argmax(wrong)), bool(wrong.sum() < 4), table, path)
            values[name] = numbers
        else:
            values[name] = column.astype(str).to_numpy(dtype=str) if name in text else column.to_numpy()
    return values


def _refuse_text(name: str, column: pd.Series, row: int, few: bool, table: Table, path: Path) -> None:
    cell = str(column.iloc[row])
    place = f"row {row + 1}" + (f" (line {table.first_line + row} of the file)" if table.first_line else "")
    if re.fullmatch(r"\s*[-+]?\d+(,\d+)+(\.\d+)?\s*|\s*[-+]?\d+(\.\d+)+,\d+\s*", cell):
        raise DataError(
            f"column '{name}' of '{path.name}' holds '{cell}' in {place}",
            "numbers need a decimal point and nothing between their thousands",
            "write it without commas between thousands (1234567), or with a point as decimal mark (1234.567)",
        )
    if few:
        remedy = f"correct it, or leave the cell empty if the value is missing (the rest of '{name}' is numbers)"
    else:
        remedy = f"drop it with --drop {name}, or convert it (a column of dates is named with --rename {name}=time)"
    raise DataError(
        f"column '{name}' of '{path.name}' holds text: '{cell}' in {place}",
        "every column but time and member must hold numbers",
        remedy,
    )


def _times(
    columns: dict[str, pd.Series], runs: np.ndarray, table: Table, path: Path, notes: list[str]
) -> np.ndarray | None:
    """The times of the rows, taken out of the columns with all else that only counts; None where there are none."""
    where = f"'{path.name}'"
    dated = "time" if "time" in columns else date_column(columns)
    calendar = calendar_columns(columns)
    counters = counter_columns(columns, runs)
    times = None
    if dated is not None:
        times = _read_times(columns.pop(dated), table, path, notes)
        if dated != "time":
            notes.append(f"the time is '{dated}'")
        counters += [name for name in calendar.values() if name not in counters and len(columns) > 1]
    elif "year" in calendar:
        times = dates_of(columns, calendar, where)
        notes.append(said(list(calendar.values()), "read as the dates"))
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
        raise _nameless(1, path)
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


def _read_times(column: pd.Series, table: Table, path: Path, notes: list[str]) -> np.ndarray:
    if column.dtype.kind in "iuf":
        return column.to_numpy(dtype=np.float64)
    dates, reading = text_dates(column, f"'{path.name}'")
    if reading:
        notes.append(reading)
    unread = np.isnat(dates)
    if unread.any():
        row = int(np.argmax(unread))
        line = f" (line {table.first_line + row} of the file)" if table.first_line else ""
        remedy = "correct it, or delete the row if it holds no values of the record"
        if unread.all():
            remedy = "write ISO dates, or leave the time column out (the step is then 1)"
        raise DataError(
            f"the time of row {row + 1}{line} of '{path.name}' is '{column.iloc[row]}'",
            "times must be numbers or ISO dates such as 2001-02-28 or 2001-02-28T12:00",
            remedy,
        )
    return dates


def _runs(column: pd.Series, path: Path, equal: bool) -> tuple[np.ndarray, list[str]]:
    """The number of the run of every row, and the names of the runs, in order of appearance."""
    codes, labels = pd.factorize(column)
    if (codes < 0).any():
        raise DataError(
            f"row {int(np.argmax(codes < 0)) + 1} of '{path.name}' has no member",
            "with a member column every row needs one",
            "fill in the missing member",
        )
    members = [str(label) for label in labels]
    counts = np.bincount(codes)
    if equal and (counts != counts[0]).any():
        odd = int(np.argmax(counts != counts[0]))
        raise DataError(
            f"member '{members[odd]}' of '{path.name}' has {counts[odd]} rows, where member "
            f"'{members[0]}' has {counts[0]}",
            "every member needs the same times, or to be a piece of its own",
            "give --gaps split for members of any length and with their own times",
        )
    return codes, members


def _shared_times(times: np.ndarray, members: list[str], path: Path) -> np.ndarray:
    """The times of the first member, shape ``(time,)``, which all members have; ``times`` is ``(member, time)``."""
    axis = times[0]
    differs = ~((times == axis) | (pd.isna(times) & pd.isna(axis)))
    if differs.any():
        member, step = (int(index) for index in np.unravel_index(np.argmax(differs), differs.shape))
        raise DataError(
            f"member '{members[member]}' of '{path.name}' has the time {show_time(times[member, step])} at "
            f"its step {step + 1}, where member '{members[0]}' has {show_time(axis[step])}",
            "every member needs the same times, or to be a piece of its own",
            "give --gaps split for members of any length and with their own times",
        )
    return axis
