"""Times of a dimension that has no coordinate of its own but a variable beside it that holds them, as WRF writes."""

from collections.abc import Hashable

import numpy as np
import pandas as pd
import xarray as xr


def with_times(data: xr.Dataset, time: Hashable) -> xr.Dataset:
    """The dataset with a coordinate along time, if any variable says what it is."""
    if time in data.variables:
        return data
    for name, variable in data.variables.items():
        times = _times(variable) if variable.dims == (time,) else None
        if times is not None:
            known = {key: text for key, text in variable.attrs.items() if key in ("units", "calendar")}
            return data.drop_vars([name]).assign_coords({time: (time, times, known)})
    return data


def _times(variable: xr.Variable) -> np.ndarray | None:
    """The values of a variable if they are dates, or numbers since one."""
    if " since " in str(variable.attrs.get("units", "")) or variable.dtype.kind == "M":
        return variable.values
    if variable.dtype.kind in "OSUT":
        texts = pd.Series([t.decode("ascii", "replace") if isinstance(t, bytes) else str(t) for t in variable.values])
        texts = texts.str.strip().str.replace("_", "T")
        dates = pd.to_datetime(texts, format="ISO8601", errors="coerce")
        return texts.to_numpy(dtype=object).astype(str) if dates.notna().all() else None
    return None
