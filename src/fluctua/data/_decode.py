"""The time coordinate of a labelled dataset: dates of any calendar, or numbers with a unit."""

import re
import warnings
from collections.abc import Hashable

import numpy as np
import pandas as pd
import xarray as xr
from xarray.conventions import decode_cf_variable

from ._dates import even_dates, iso_dates
from ._time import TimeAxis, even_numbers

_NO_UNIT = "time units"
_CODER = xr.coders.CFDatetimeCoder(time_unit="us")  # nanoseconds would end in 1677 and 2262


def time_axis(data: xr.Dataset, time: Hashable, where: str) -> TimeAxis:
    """The even axis of time along dimension ``time``; without a coordinate the step is 1.

    Args:
        data: A dataset, its times decoded or not.
        time: Name of the time dimension.
        where: What to call the record in messages.

    Raises:
        DataError: Times are missing, repeated, decreasing or uneven.
    """
    if time not in data.variables:
        return even_numbers(np.arange(data.sizes[time], dtype=np.float64), "steps", where)
    coordinate = data.variables[time]
    units = str(coordinate.attrs.get("units", "")).strip()
    if np.issubdtype(coordinate.dtype, np.timedelta64):
        return _elapsed(coordinate.values, where)
    if coordinate.dtype.kind in "OM":
        return even_dates(coordinate.values, where)
    if coordinate.dtype.kind in "SUT":
        return even_dates(iso_dates(pd.Series(coordinate.values).map(str)), where)
    if re.search(r"\bsince\b", units, flags=re.IGNORECASE):
        dates = _decoded(coordinate, units)
        if dates is not None:
            return even_dates(dates, where)
        units = units.split()[0].lower()
    numbers = coordinate.values if coordinate.dtype.kind == "f" else coordinate.values.astype(np.float64)
    return even_numbers(numbers, units if units not in ("", "1") else _NO_UNIT, where)


def _decoded(coordinate: xr.Variable, units: str) -> np.ndarray | None:
    """Dates of a CF time coordinate, or None where the units have no dates in its calendar."""
    match = re.match(r"months?\s+since\s+(\d{4})-(\d{1,2})\b", units, flags=re.IGNORECASE)
    if match is not None:  # a month has no fixed length in most calendars, but it has a number
        months = np.floor(coordinate.values.astype(np.float64) + 1e-6)
        if not np.isfinite(months).all() or (np.diff(months) <= 0).any():
            return None
        origin = np.datetime64(f"{match[1]}-{int(match[2]):02d}", "M")
        return (origin + months.astype(np.int64)).astype("datetime64[us]")
    plain = xr.Variable(coordinate.dims, coordinate.values, coordinate.attrs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about dates that only cftime can hold, which is fine
        try:
            decoded = decode_cf_variable("time", plain, decode_times=_CODER, decode_timedelta=False)
            return np.asarray(decoded.values)
        except (ValueError, OverflowError):
            return None


def _elapsed(times: np.ndarray, where: str) -> TimeAxis:
    """Durations since a start, which xarray makes from numbers with a unit: an even axis without dates."""
    axis = even_dates(np.datetime64("2000-01-01", "us") + times.astype("timedelta64[us]"), where)
    if axis.units not in ("months", "years"):
        return TimeAxis(axis.dt, axis.units)
    days = times / np.timedelta64(1, "D")
    return even_numbers(days, "days", where)
