"""Records in CSV: a header, perhaps ``time`` and ``member``, every other column a state variable."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ..core import DataError, register
from ._dates import iso_dates
from ._record import Record
from ._selection import Selection
from ._time import show_time
from ._write import written_times

_RESERVED = ("time", "member")
_PANDAS = tuple(int(part) for part in pd.__version__.split(".")[:2])
# Later versions read every number exactly and deprecate the option to ask for it.
_EXACT: dict[str, Any] = {} if _PANDAS >= (3, 1) else {"float_precision": "round_trip"}


@register(
    "reader",
    "csv",
    suffixes=(".csv",),
    table=True,
    summary="a table with a header; `time` and `member` are optional columns",
)
def read_csv(path: Path, selection: Selection = Selection()) -> xr.Dataset:
    """The columns of a CSV file as series over (member,) time.

    The header names the columns. ``time`` holds numbers or ISO dates (without it the step is 1); ``member``
    tells several runs apart, in blocks or interleaved, each with the same times; every other column is a
    state variable.

    Args:
        path: The file, comma-separated, UTF-8.
        selection: Which columns to keep, and what they are called.

    Raises:
        DataError: The file is not such a table, or its members do not match.
        OptionError: There is no column of a name that is asked for.
    """
    header = _header(path, selection)
    names = selection.chosen([name for name in header if name not in _RESERVED], f"'{path.name}'")
    table = _table(path, header)
    if len(table) == 0:
        raise DataError(
            f"'{path.name}' has a header and no rows",
            "a record needs many rows",
            "check that the file is complete",
        )
    for name in names:
        _refuse_text(table, name, path)
    coords: dict[str, Any] = {"time": _times(table, path)} if "time" in table else {}
    columns = {name: table.pop(name).to_numpy() for name in names}
    if "member" not in table:
        return xr.Dataset({name: ("time", values) for name, values in columns.items()}, coords)
    order, members = _member_order(table, path, selection.gaps is None)
    if selection.gaps is not None:  # runs of any length, one after the other
        runs = {"member": ("time", np.asarray(members)[table.pop("member")])}
        return xr.Dataset({name: ("time", values) for name, values in columns.items()}, coords | runs).isel(time=order)
    # one row a member, in order of appearance
    columns = {name: values[order].reshape(len(members), -1) for name, values in columns.items()}
    if coords:
        coords = {"time": _shared_times(coords["time"][order].reshape(len(members), -1), members, path)}
    return xr.Dataset(
        {name: (("member", "time"), values) for name, values in columns.items()}, {**coords, "member": members}
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


def _header(path: Path, selection: Selection) -> list[str]:
    """Names of the columns, new ones included; checked here because pandas renames repeated ones silently."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = [name.strip() for name in next(rows, [])]
            width = len(next(rows, header))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"'{path.name}' is not a text file in UTF-8 ({error})",
            "a CSV file with a header and numbers is needed",
            "export the record as comma-separated values in UTF-8",
        ) from error
    needed = "the first line must name the columns, each once"
    remedy = "add a header such as 'time,x,y'"
    if not any(header):
        raise DataError(f"'{path.name}' does not start with a header", needed, remedy)
    if all(_is_number(name) for name in header):
        raise DataError(f"the first line of '{path.name}' holds numbers ({', '.join(header[:3])})", needed, remedy)
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise DataError(
            f"'{path.name}' is not separated by commas: its header reads as one name, '{header[0]}'",
            "comma-separated values with a decimal point are needed",
            "export the record with commas between the columns",
        )
    if width > len(header):  # pandas would take the surplus columns for row labels
        raise DataError(
            f"the first row of '{path.name}' has {width} values under {len(header)} names",
            "every row needs as many values as the header has names",
            "name or drop the other columns (a comma at the end of a row makes one, too)",
        )
    header = selection.renamed(
        [name.lower() if name.lower() in _RESERVED else name for name in header], f"'{path.name}'"
    )
    for position, name in enumerate(header):
        if not name:
            raise DataError(f"column {position + 1} of '{path.name}' has no name", needed, "name or drop that column")
        if name in header[:position]:
            raise DataError(f"'{path.name}' has two columns called '{name}'", needed, "rename or drop one of them")
    if all(name in _RESERVED for name in header):
        raise DataError(
            f"'{path.name}' has no column beside {' and '.join(header)}",
            "at least one state variable is needed",
            "add a column of numbers",
        )
    return header


def _table(path: Path, header: list[str]) -> pd.DataFrame:
    try:
        return pd.read_csv(
            path,
            names=header,
            header=None,
            skiprows=1,
            encoding="utf-8-sig",
            low_memory=False,
            skipinitialspace=True,
            **_EXACT,
        )
    except (ValueError, OverflowError) as error:
        raise DataError(
            f"'{path.name}' cannot be read as a table ({str(error).strip()})",
            "every row needs as many values as the header has names",
            "correct the rows that differ",
        ) from error


def _refuse_text(table: pd.DataFrame, name: str, path: Path) -> None:
    column = table[name]
    if column.dtype.kind in "iufb":
        return
    numbers = np.asarray(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
    row = int(np.argmax(np.isnan(numbers) & column.notna().to_numpy()))
    raise DataError(
        f"column '{name}' of '{path.name}' holds text: '{column.iloc[row]}' in row {row + 1}",
        "every column but time and member must hold numbers",
        f"drop or convert column '{name}' (a column of dates must be called 'time')",
    )


def _times(table: pd.DataFrame, path: Path) -> np.ndarray:
    column = table.pop("time")
    if column.dtype.kind in "iuf":
        return column.to_numpy(dtype=np.float64)
    dates = iso_dates(column)
    unread = np.isnat(dates)
    if unread.any():
        row = int(np.argmax(unread))
        raise DataError(
            f"the time of row {row + 1} of '{path.name}' is '{column.iloc[row]}'",
            "times must be numbers or ISO dates such as 2001-02-28 or 2001-02-28T12:00",
            "correct it, or leave the time column out (the step is then 1)",
        )
    return dates


def _member_order(table: pd.DataFrame, path: Path, equal: bool = True) -> tuple[np.ndarray, list[str]]:
    """The order of the rows that puts members one after the other, and their names, in order of appearance."""
    codes, labels = pd.factorize(table["member"])
    if (codes < 0).any():
        raise DataError(
            f"row {int(np.argmax(codes < 0)) + 1} of '{path.name}' has no member",
            "with a member column every row needs one",
            "fill in the missing member",
        )
    members = [str(label) for label in labels]
    counts = np.bincount(codes)
    table["member"] = codes
    if equal and (counts != counts[0]).any():
        odd = int(np.argmax(counts != counts[0]))
        raise DataError(
            f"member '{members[odd]}' of '{path.name}' has {counts[odd]} rows, where member "
            f"'{members[0]}' has {counts[0]}",
            "every member needs the same times, or to be a piece of its own",
            "give --gaps split for members of any length and with their own times",
        )
    return np.argsort(codes, kind="stable"), members


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


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
