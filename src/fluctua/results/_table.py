"""A result as a table: one row for every push, observable and lag."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ._response_curves import CURVES
from ._units import response_unit, step_unit

if TYPE_CHECKING:
    import pandas


def response_table(dataset: xr.Dataset) -> "pandas.DataFrame":
    """One row for every push, lag and observable (or place of a field), one column for every curve and band.

    Columns ``units`` and ``step_units`` are there where units are known.
    """
    curves = [name for name in CURVES if name in dataset.data_vars]
    dims = [str(dim) for dim in dataset["impulse_response"].transpose("push", ..., "lag").dims]
    kept = dataset[curves].drop_vars(
        [name for name in dataset[curves].coords if name not in (*dims, "push_units", "observable_units")]
    )
    table: Any = kept.to_dataframe(dim_order=dims).reset_index()
    if {"push_units", "observable_units"} <= set(table):
        pairs = zip(table.pop("observable_units").astype(str), table.pop("push_units").astype(str), strict=True)
        units = np.array([response_unit(*pair) for pair in pairs], dtype=object)
        time = str(dataset["lag"].attrs.get("units", ""))
        table["units"] = units
        table["step_units"] = [step_unit(str(unit), time) for unit in units]
    return table
