"""The time coordinate of a labelled dataset: dates of any calendar, or numbers with a unit."""

import re
import warnings
from collections.abc import Hashable
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr
from xarray.conventions import decode_cf_variable

from ..core import DataError
from ._date_texts import iso_dates, numbered_dates
from ._dates import even_dates
from ._known_steps import months_of_decimal_years, seconds_on_a_grid
from ._time import TimeAxis, even_numbers

_NO_UNIT = "time units"
_BACKWARDS = re.compile(r"\b(b\.?p\.?|ago|before (present|\d{4})|b2k|bce?)(?!\w)", flags=re.IGNORECASE)
_CALENDARS: dict[str, tuple[str, ...]] = {
    "standard": ("gregorian", ""),
    "proleptic_gregorian": ("gregorianproleptic",),
    "noleap": ("365day", "365days", "365"),
    "360_day": ("thirtydaymonths", "30daymonths", "360days", "360", "30day"),
    "all_leap": ("366day", "366days", "366"),
    "julian": (),
}
"""Calendars by their CF names, with what else they are called, without case and marks."""

_CODER = xr.coders.CFDatetimeCoder(time_unit="us")  # nanoseconds would end in 1677 and 2262


def forwards(data: xr.Dataset, time: Hashable) -> tuple[xr.Dataset, list[str]]:
    """The dataset with time for ages, which grow into the past: their negative, the oldest first; and what was done."""
    coordinate = data.variables.get(time)
    if coordinate is None or not coordinate.size or coordinate.dtype.kind not in "iuf":
        return data, []
    units = str(coordinate.attrs.get("units", "")).strip()
    if re.search(r"\bsince\b", units, flags=re.IGNORECASE) or not (
        _BACKWARDS.search(units) or coordinate.attrs.get("positive") == "down" or _is_age(coordinate)
    ):
        return data, []
    done = "the rows begin with the oldest"
    if coordinate.values[-1] > coordinate.values[0]:
        data, done = data.isel({time: slice(None, None, -1)}), "the rows were turned round"
    times = (time, 0.0 - data.variables[time].values, {"units": _BACKWARDS.sub("", units).strip()})
    return data.assign_coords({time: times}), [f"time counts backwards ('{units or 'age'}'): {done}"]


def time_axis(data: xr.Dataset, time: Hashable, where: str) -> TimeAxis:
    """The even axis of time along dimension ``time``; without a coordinate the step is 1.

    Args:
        data: A dataset, its times decoded or not.
        time: Name of the time dimension.
        where: What to call the record in messages.

    Raises:
        DataError: Times are missing, repeated, decreasing or uneven, or in an unknown calendar.
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
    numbers = coordinate.values if coordinate.dtype.kind == "f" else coordinate.values.astype(np.float64)
    notes: tuple[str, ...] = ()
    if re.search(r"\bsince\b", units, flags=re.IGNORECASE):
        dates, notes = _decoded(coordinate, units, where)
        if dates is not None:
            return _noted(even_dates(dates, where), *notes)
        notes = (f"the units '{units}' give no dates: time is a number",)
        units = units.split()[0].lower()
    elif units in ("", "1") or "%Y" in units:
        dates = numbered_dates(numbers)
        if dates is not None:
            return _noted(even_dates(dates, where), f"times such as {numbers[0]:.0f} are read as dates")
    try:
        return _noted(even_numbers(numbers, units if units not in ("", "1") else _NO_UNIT, where), *notes)
    except DataError:
        dates = months_of_decimal_years(np.asarray(numbers, dtype=np.float64))
        if dates is None:
            raise
        return _noted(even_dates(dates, where), "time in decimal years goes by calendar months, which are the step")


def _noted(axis: TimeAxis, *notes: str) -> TimeAxis:
    return replace(axis, notes=(*axis.notes, *notes))


def _is_age(coordinate: xr.Variable) -> bool:
    about = " ".join(str(coordinate.attrs.get(name, "")) for name in ("long_name", "standard_name", "description"))
    return re.search(r"\bage\b|\bago\b|before present|\bBP\b", about, flags=re.IGNORECASE) is not None


def _calendar(coordinate: xr.Variable, where: str) -> str:
    """The CF name of a coordinate's calendar.

    Raises:
        DataError: It is none that is known.
    """
    written = str(coordinate.attrs.get("calendar", "standard") or "standard")
    squeezed = re.sub(r"[^a-z0-9]", "", written.lower())
    for name, others in _CALENDARS.items():
        if squeezed in (name.replace("_", ""), *others):
            return name
    raise DataError(
        f"the time of {where} is in the calendar '{written}'",
        f"the calendars that are known are {', '.join(_CALENDARS)}",
        "set the attribute 'calendar' of the time to the one that it is, or give --steps (every row is one step)",
    )


def _decoded(coordinate: xr.Variable, units: str, where: str) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Dates of a CF time coordinate, or None where the units have no dates in its calendar; and what was done."""
    calendar = _calendar(coordinate, where)
    match = re.match(r"months?\s+since\s+(\d{4})-(\d{1,2})\b", units, flags=re.IGNORECASE)
    if match is not None:  # a month has no fixed length in most calendars, but it has a number
        months = np.floor(coordinate.values.astype(np.float64) + 1e-6)
        if not np.isfinite(months).all() or (np.diff(months) <= 0).any():
            return None, ()
        origin = np.datetime64(f"{match[1]}-{int(match[2]):02d}", "M")
        return (origin + months.astype(np.int64)).astype("datetime64[us]"), ()
    values, notes = coordinate.values, ()
    unit, _, origin = re.sub(r"\s+", " ", units).partition(" ")
    grid = seconds_on_a_grid(values, unit)
    if grid is not None:
        values, rounded = grid
        units = f"seconds {origin}"
        notes = ("times were rounded to the even steps that they stand for",) if rounded else ()
    plain = xr.Variable(coordinate.dims, values, {"units": units, "calendar": calendar})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about dates that only cftime can hold, which is fine
        try:
            decoded = decode_cf_variable("time", plain, decode_times=_CODER, decode_timedelta=False)
            return np.asarray(decoded.values), notes
        except (ValueError, OverflowError):
            return None, ()


def _elapsed(times: np.ndarray, where: str) -> TimeAxis:
    """Durations since a start, which xarray makes from numbers with a unit: an even axis without dates."""
    axis = even_dates(np.datetime64("2000-01-01", "us") + times.astype("timedelta64[us]"), where)
    if axis.units not in ("months", "years"):
        return TimeAxis(axis.dt, axis.units)
    days = times / np.timedelta64(1, "D")
    return even_numbers(days, "days", where)
