"""Records in text tables: a header, perhaps ``time`` and ``member``, every other column a state variable."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ...core import DataError, register
from ..labelled import Selection
from ..record import Record
from ..tables import read_table, series_of
from ._write import written_times


@register(
    "reader",
    "csv",
    suffixes=(".csv", ".txt", ".tsv", ".dat", ".data"),
    table=True,
    summary="a table with a header; `time` and `member` are optional columns",
)
def read_csv(path: Path, selection: Selection = Selection()) -> xr.Dataset:
    """The columns of a text table as series over (member,) time, as ``series_of`` has them.

    The header names the columns. Encoding, separator, decimal commas, comments and units below the header are found;
    what was understood is in the attribute ``NOTES``.

    Args:
        path: The file.
        selection: Which columns to keep, and what they are called.

    Raises:
        DataError: The file is not such a table, or its members do not match.
        OptionError: There is no column of a name that is asked for.
    """
    table = read_table(path)
    if table.columns.empty:
        raise DataError(
            f"'{path.name}' has a header and no rows",
            "a record needs many rows",
            "check that the file is complete",
        )

    def place(row: int) -> str:
        return f"row {row + 1}" + (f" (line {table.first_line + row} of the file)" if table.first_line else "")

    columns = [pd.Series(table.columns[position]) for position in range(len(table.names))]
    return series_of(table.names, columns, selection, f"'{path.name}'", place, table.notes)


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
