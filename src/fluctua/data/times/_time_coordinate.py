"""The coordinate of time in whatever form it comes, as dates or numbers in the order in which things happened."""

import datetime
import re
from collections.abc import Hashable

import numpy as np
import pandas as pd
import xarray as xr

from ...core import DataError
from ..files import readable
from ._ages import ages_as_times, counts_ages
from ._calendar_columns import calendar_columns, dates_of, note_on_columns, says_when
from ._counted import Counted, counted_time
from ._date_texts import iso_dates, numbered_dates
from ._known_steps import days_of_decimal_years, months_of_decimal_years, numbers_after_the_year
from ._time import even_numbers

_OTHERWISE_SINCE = r"^(\w+)\s+(?:after|from|ref|@)\s*(?=\d{1,4}-\d)"
"""Other words for since that UDUNITS knows."""


def with_time_coordinate(data: xr.Dataset, time: Hashable, where: str) -> tuple[xr.Dataset, list[str]]:
    """The dataset with dates or numbers along time that grow, if anything tells them; and what was done.

    Taken are the coordinate itself, or variables beside it that hold dates (WRF's ``Times``, columns of year and
    month). Ages, which grow into the past, become their negative; dates that fall are turned round with their rows.

    Args:
        data: Any dataset.
        time: Its time dimension.
        where: What to call it in messages.
    """
    notes: list[str] = []
    if time not in data.variables:
        data = _with_times_beside(data, time, where, notes)
    if time not in data.variables or not data.sizes[time]:
        return data, notes
    coordinate = data.variables[time]
    if coordinate.dtype.kind == "c":
        raise DataError(
            f"the time of {where} holds complex numbers",
            "times are dates or real numbers",
            "store its real part, or give --steps if every row is one step",
        )
    units = str(coordinate.attrs.get("units", "")).strip()
    since = re.sub(_OTHERWISE_SINCE, r"\1 since ", units, flags=re.IGNORECASE)
    if since != units:
        units, coordinate = since, coordinate.copy()
        coordinate.attrs["units"] = since
        data = data.assign_coords({time: coordinate})
    counted = _counted(coordinate, units, str(time))
    if counted is not None:
        units = counted.units
        data = data.assign_coords({time: (time, counted.values, {"units": units})})
        notes.append(counted.how)
    since = is_since(units)
    dates = None if since else _dates(coordinate, units, where, notes)
    if dates is not None:
        data = data.assign_coords({time: (time, dates)})
    elif not since and coordinate.dtype.kind in "iuf":
        if counts_ages(str(time), coordinate):
            data, how = ages_as_times(data, time, units, where)
            notes.append(how)
        return data, notes
    if _falls(data.variables[time].values) and coordinate.dtype.kind != "m":
        notes.append("the rows were turned round, for their dates fall")
        data = data.isel({time: slice(None, None, -1)})
    return data, notes


def is_since(units: str) -> bool:
    """Whether units count from a date."""
    return re.search(r"\bsince\b", units, flags=re.IGNORECASE) is not None


def plain_times(index: pd.Index) -> np.ndarray:
    """Dates without a time zone, periods by their beginning, texts as NumPy has them.

    Days of a local clock stay as they are, which summer time makes uneven elsewhere; finer steps are in universal time.
    """
    first = index[0] if len(index) else None
    try:
        if isinstance(first, pd.Period):
            return pd.PeriodIndex(index).to_timestamp().to_numpy()
        if isinstance(first, datetime.date):  # what is finer is one, too
            local = pd.DatetimeIndex(index)
            days = local.tz_localize(None)
            daily = (days == days.normalize() + (days[0] - days[0].normalize())).all()
            return (days if daily else local.tz_convert(None) if local.tz is not None else local).to_numpy()
    except (TypeError, ValueError, OverflowError):  # there are other things among them: whoever reads texts says which
        return np.asarray(index.astype(str), dtype=str)
    return np.asarray(index, dtype=str) if isinstance(first, str) else index.to_numpy()


def _dates(coordinate: xr.Variable, units: str, where: str, notes: list[str]) -> np.ndarray | None:
    """Dates that are written as texts, objects, YYYYMMDD or decimal years of months; None for others."""
    if not isinstance(coordinate.dtype, np.dtype) or coordinate.dtype.kind in "OSUT":
        values = plain_times(coordinate.to_index())
        return iso_dates(pd.Series(values).map(str)) if values.dtype.kind in "SUT" else values
    values = coordinate.values
    if values.dtype.kind not in "iuf":
        return None
    if units in ("", "1") or "%Y" in units:
        dates = numbered_dates(values)
        if dates is not None:
            notes.append(f"times such as {values[0]:.0f} are read as dates")
            return dates
    try:
        even_numbers(values if values.dtype.kind == "f" else values.astype(np.float64), "", where, coarse=False)
    except DataError:
        if (numbered := numbers_after_the_year(values.astype(np.float64))) is not None:
            notes.append(f"times such as {values[0]:.10g} are read as the year and the {numbered[1]} after the point")
            return numbered[0].astype("datetime64[us]")
        dates = months_of_decimal_years(values.astype(np.float64))
        if dates is not None:
            notes.append("time in decimal years goes by calendar months, which are the step")
        elif (dates := days_of_decimal_years(values.astype(np.float64))) is not None:
            notes.append("time in decimal years goes by days of the calendar")
            dates = dates.astype("datetime64[us]")
        return dates
    return None


def _counted(coordinate: xr.Variable, units: str, name: str) -> Counted | None:
    """What a coordinate of numbers counts, by its units or its name, if that is known."""
    if not isinstance(coordinate.dtype, np.dtype) or coordinate.dtype.kind not in "iuf":
        return None
    if is_since(units) and "epoch" not in units.lower():
        return None
    if units in ("", "1"):
        return None if numbered_dates(coordinate.values) is not None else counted_time(name, coordinate.values)
    return counted_time(units, coordinate.values)


def _falls(times: np.ndarray) -> bool:
    if times.dtype.kind == "M" and np.isnat(times).any():
        return False
    try:
        return bool(times.size > 1 and (times[1:] < times[:-1]).all())
    except TypeError:  # not dates throughout: whoever decodes them says where
        return False


def _with_times_beside(data: xr.Dataset, time: Hashable, where: str, notes: list[str]) -> xr.Dataset:
    """The dataset with a coordinate along time, if any variable says what it is."""
    beside = {name: array for name, array in data.data_vars.items() if array.dims == (time,) and _may_say_when(array)}
    with readable(where):
        for array in beside.values():
            array.load()
    for name, variable in beside.items():
        times = _times(variable.variable)
        if times is not None:
            known = {key: text for key, text in variable.attrs.items() if key in ("units", "calendar")}
            times = times.astype(np.float64) if times.dtype == np.float16 else times  # of which pandas has no index
            return data.drop_vars([name]).assign_coords({time: (time, times, known)})
    columns = {str(name): array.to_series() for name, array in beside.items()}
    parts = calendar_columns(columns)
    if "year" not in parts:
        return data
    notes.append(note_on_columns(list(parts.values()), "read as the dates"))
    dates = dates_of(columns, parts, where)
    return data.drop_vars(list(parts.values())).assign_coords({time: (time, dates)})


def _may_say_when(array: xr.DataArray) -> bool:
    """Whether a variable may hold dates or a part of them: what cannot is not read for it."""
    return array.dtype.kind in "OSUTM" or " since " in str(array.attrs.get("units", "")) or says_when(str(array.name))


def _times(variable: xr.Variable) -> np.ndarray | None:
    """The values of a variable if they are dates, or numbers since one."""
    if " since " in str(variable.attrs.get("units", "")) or variable.dtype.kind == "M":
        return variable.values
    if variable.dtype.kind in "OSUT":
        texts = pd.Series([t.decode("ascii", "replace") if isinstance(t, bytes) else str(t) for t in variable.values])
        texts = texts.str.strip().str.replace("_", "T")
        dates = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
        return texts.to_numpy(dtype=object).astype(str) if dates.notna().all() else None
    return None
