"""Tables in memory: a DataFrame goes the way of a text table, with its index as the time."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ...core import DataError
from ..labelled import Selection, names_runs
from ..times import calendar_columns, date_column, says_when
from ._across import refuse_years_across
from ._series import series_of

WHERE = "the table"


def dataset_from_table(table: pd.DataFrame, selection: Selection = Selection()) -> xr.Dataset:
    """The columns of a DataFrame as series over (member,) time, which is its index or one of its columns.

    Columns are understood as those of a text table are: years and months make dates, row numbers are passed over, and
    runs are told apart by a column ``member``.

    Args:
        table: The table.
        selection: Which columns to keep, and what they are called.

    Raises:
        DataError: It is no table of series.
        OptionError: There is no column of a name that is asked for.

    Example:
        >>> table = pd.DataFrame({"year": np.arange(1900, 1960), "x": np.sin(np.arange(60.0))})
        >>> data = dataset_from_table(table)
        >>> list(data.data_vars), str(data.time.values[0])[:4]
        (['x'], '1900')
    """
    if not table.size:
        raise DataError(
            f"{WHERE} has {len(table)} rows and {len(table.columns)} columns",
            "a record needs many rows, and a column for each state variable",
            "check what it was made from",
        )
    table = table.set_axis([str(name).strip() for name in table.columns], axis=1)
    index, written = table.index, [selection.rename.get(name, name).lower() for name in table.columns]
    if isinstance(index, pd.MultiIndex):
        table = table.set_axis(index.set_names(_levels(index))).reset_index(allow_duplicates=True)
    elif "time" not in written and (not (_counts_rows(index) or _is_beside_dates(table)) or _is_known(index.name)):
        name = str(index.name) if _is_known(index.name) and index.name not in table.columns else "time"
        table = pd.concat([index.to_series(index=index).rename(name), table], axis=1)
    refuse_years_across([*map(str, index.names), *map(str, table.columns)], WHERE)
    columns = [_plain(table.iloc[:, place].reset_index(drop=True)) for place in range(table.shape[1])]
    names = [str(name) for name in table.columns]
    return series_of(names, columns, selection, WHERE, lambda row: f"row {row + 1}")


def _counts_rows(index: pd.Index) -> bool:
    """Whether it is the count of rows that every table has; one by tens was given, or tells which rows were taken."""
    return isinstance(index, pd.RangeIndex) and index.step in (1, -1)


def _is_beside_dates(table: pd.DataFrame) -> bool:
    """Whether the index is what is left of the count of rows, for a column says when they were."""
    columns = {str(name): table.iloc[:, place].reset_index(drop=True) for place, name in enumerate(table.columns)}
    unnamed = table.index.name is None and table.index.dtype.kind in "iu"
    return unnamed and (date_column(columns) is not None or "year" in calendar_columns(columns))


def _is_known(name: Any) -> bool:
    return isinstance(name, str) and (name.lower() == "time" or says_when(name) or names_runs(name))


def _levels(index: pd.MultiIndex) -> list[Any]:
    """Names of the levels; those without one are dates, row numbers inside, or runs outside."""
    kinds = ["time" if level.dtype.kind == "M" or isinstance(level, pd.PeriodIndex) else "" for level in index.levels]
    unnamed = [kind or ("index" if place == index.nlevels - 1 else "member") for place, kind in enumerate(kinds)]
    names: list[Any] = list(index.names)
    for place, name in enumerate(names):
        if name is None:
            names[place] = f"level_{place}" if unnamed[place] in names else unnamed[place]
    return names


def _plain(column: pd.Series) -> pd.Series:
    """Numbers as NumPy has them, with what is missing as NaN."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    if pd.api.types.is_numeric_dtype(column) and not isinstance(column.dtype, np.dtype):  # truth values, too
        return pd.Series(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if isinstance(column.dtype, np.dtype) and not column.dtype.isnative:
        return column.astype(column.dtype.newbyteorder("="))
    if column.dtype == object and column.notna().any() and not isinstance(column.dropna().iloc[0], str):
        numbers: Any = pd.to_numeric(column, errors="coerce")  # decimals and fractions
        if numbers.notna().equals(column.notna()):
            return numbers
    if column.dtype == object and not column.map(pd.api.types.is_hashable).all():  # lists and mappings are text
        return column.map(lambda cell: cell if pd.api.types.is_hashable(cell) else str(cell))
    return column
