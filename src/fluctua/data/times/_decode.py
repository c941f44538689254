"""The time coordinate of a labelled dataset: dates of any calendar, or numbers with a unit."""

import re
import warnings
from collections.abc import Hashable
from dataclasses import replace

import numpy as np
import xarray as xr
from xarray.conventions import decode_cf_variable

from ...core import DataError, option
from ._dates import even_dates
from ._known_steps import seconds_in, seconds_on_a_grid
from ._time import GAP, TimeAxis, even_numbers
from ._time_coordinate import is_since
from ._weeks import may_be_weeks

_NO_UNIT = "time units"
_CALENDARS: dict[str, tuple[str, ...]] = {
    "standard": ("gregorian", ""),
    "proleptic_gregorian": ("gregorianproleptic",),
    "noleap": ("365day", "365days", "365"),
    "360_day": ("thirtydaymonths", "30daymonths", "360days", "360", "30day", "30days", "thirtyday", "thirtydays"),
    "all_leap": ("366day", "366days", "366"),
    "julian": (),
}
"""Calendars by their CF names, with what else they are called, without case and marks."""

_MOST_MONTHS = 1e6  # a date that far from others is none

_OFF, _LATE = 0.2, 0.05  # of a month
_OF_THE_CALENDAR = r"(months?|(?:common_)?years?)\s+since\s+(\d{1,4})(?:-(0?[1-9]|1[0-2]))?(?![\d.])"
"""Units that are parts of the calendar, not numbers of seconds."""

_CODER = xr.coders.CFDatetimeCoder(time_unit="us")  # nanoseconds would end in 1677 and 2262


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
    numbers = coordinate.values if coordinate.dtype.kind == "f" else coordinate.values.astype(np.float64)
    notes: tuple[str, ...] = ()
    if is_since(units):
        dates, notes = _decoded(coordinate, units, where)
        if dates is not None:
            return _noted(even_dates(dates, where, _precision_hint(numbers, units)), *notes)
        notes = (f"the units '{units}' give no dates: time is a number",)
        units = units.split()[0].lower()
    if units in ("", "1") and may_be_weeks(numbers):
        raise DataError(
            f"the times of {where} are numbers such as {numbers[0]:.0f}, up to {(numbers % 100).max():.0f} in a year",
            "of years with weeks, the name has to say so",
            f"give {option('rename', f'{time}=yearweek')} if they are (or epiweek, from Sunday), else write dates",
        )
    return _noted(even_numbers(numbers, units if units not in ("", "1") else _NO_UNIT, where), *notes)


def _noted(axis: TimeAxis, *notes: str) -> TimeAxis:
    return replace(axis, notes=(*axis.notes, *notes))


def _precision_hint(numbers: np.ndarray, units: str) -> str:
    """What to do about dates in single precision where it is too coarse for their steps."""
    size = seconds_in(units.split()[0])
    if numbers.dtype != np.float32 or size is None or not np.isfinite(numbers).all():
        return ""
    rounding, steps = size * float(np.spacing(np.abs(numbers).max())), size * np.diff(numbers.astype(np.float64))
    usual = float(np.median(steps))
    if rounding < 0.01 * usual or steps.max() > GAP * usual + 2 * rounding:  # even, or with a gap
        return ""
    return (
        f"the times are in single precision, which rounds them to {rounding:.3g} seconds: write them in double "
        "precision, or in whole numbers; if every row is one step, give --steps"
    )


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
    match = re.match(_OF_THE_CALENDAR, units, flags=re.IGNORECASE)
    if match is not None:  # a month has no fixed length in most calendars, but it has a number
        months = _whole_months(coordinate.values.astype(np.float64) * (12 if "year" in match[1].lower() else 1))
        if months is None:
            return None, ()
        origin = np.datetime64(f"{int(match[2]):04d}-{int(match[3] or 1):02d}", "M")
        return (origin + months).astype("datetime64[us]"), ()
    match = re.match(r"weeks?\s+(since\s.*)", units, flags=re.IGNORECASE)
    if match is not None:
        coordinate, units = coordinate.copy(data=7 * coordinate.values), f"days {match[1]}"
    values, notes = coordinate.values, ()
    unit, _, origin = re.sub(r"\s+", " ", units).partition(" ")
    grid = seconds_on_a_grid(values, unit)
    if grid is not None:
        values, off = grid
        units = f"seconds {origin}"
        notes = ("times were rounded to the even steps that they stand for",) if off > 1e-3 else ()
    plain = xr.Variable(coordinate.dims, values, {"units": units, "calendar": calendar})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about dates that only cftime can hold, which is fine
        try:
            decoded = decode_cf_variable("time", plain, decode_times=_CODER, decode_timedelta=False)
            return np.asarray(decoded.values), notes
        except (ValueError, OverflowError):
            return None, ()


def _whole_months(months: np.ndarray) -> np.ndarray | None:
    """Months that times are in, by number, if they advance by whole ones but for rounding and their lengths."""
    if not (np.abs(months) < _MOST_MONTHS).all():
        return None
    count = np.rint(months - months[0])
    if (np.abs(months - months[0] - count) > _OFF).any() or (np.diff(count) <= 0).any():
        return None
    return (np.floor(months[0] + _LATE) + count).astype(np.int64)


def _elapsed(times: np.ndarray, where: str) -> TimeAxis:
    """Durations since a start, which xarray makes from numbers with a unit: an even axis without dates."""
    axis = even_dates(np.datetime64("2000-01-01", "us") + times.astype("timedelta64[us]"), where)
    if axis.units not in ("months", "years"):
        return TimeAxis(axis.dt, axis.units)
    days = times / np.timedelta64(1, "D")
    return even_numbers(days, "days", where)
