"""Axes of time that are even in a way of their own: trading days, pentads, decimal years of months, rounded clocks."""

import re

import numpy as np

from ._time import written_unit

_DAY = np.timedelta64(1, "D")
_MOST_CLOSED = 3  # business days from one trading day to the next: two days of closed markets between them
_SHARE_CLOSED = 0.1
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_CLOCK_UNITS = "d|days?|h|hrs?|hours?|min(ute)?s?|s|sec(ond)?s?"
_LIMIT = 0.05  # of the step: a coarser rounding explains anything


def are_trading_days(dates: np.ndarray) -> bool:
    """Whether dates are Mondays to Fridays of which only a few, one or two at a time, are missing.

    Example:
        >>> are_trading_days(np.arange("2001-01-01", "2001-03-01", dtype="M8[D]")[[0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 14]])
        True
    """
    if not np.issubdtype(dates.dtype, np.datetime64):
        return False
    days = dates.astype("datetime64[D]")
    if (np.diff(days) < _DAY).any() or not np.is_busday(days).all():
        return False
    clocks = dates.astype("datetime64[s]") - days
    steps = np.busday_count(days[:-1], days[1:])
    return bool((clocks == clocks[0]).all() and steps.max() <= _MOST_CLOSED and (steps - 1).mean() <= _SHARE_CLOSED)


def are_pentads(dates: np.ndarray) -> bool:
    """Whether dates are five days apart, six where 29 February lies between: 73 to a year."""
    if not np.issubdtype(dates.dtype, np.datetime64):
        return False
    steps = np.diff(dates) / _DAY
    late = np.flatnonzero(steps != 5)
    if late.size == 0 or (steps[late] != 6).any():
        return False
    years = dates[late + 1].astype("datetime64[Y]").astype(np.int64) + 1970
    leap = ((years % 4 == 0) & (years % 100 != 0)) | (years % 400 == 0)
    march = dates[late + 1].astype("datetime64[Y]").astype("datetime64[M]") + 2
    near = np.abs(dates[late + 1] - march.astype(dates.dtype)) <= 5 * _DAY
    return bool((leap & near).all())


def are_local_clock(dates: np.ndarray, row: int) -> bool:
    """Whether the time that does not increase after ``row`` may be an hour repeated at the end of summer time."""
    if not np.issubdtype(dates.dtype, np.datetime64):
        return False
    before, after = dates[row], dates[row + 1]
    month = int(before.astype("datetime64[M]").astype(np.int64) % 12) + 1
    hour = int((after - after.astype("datetime64[D]")) / np.timedelta64(1, "h"))
    back = (before - after) / np.timedelta64(1, "h")
    return month in (3, 4, 9, 10, 11) and hour <= 3 and 0 <= back <= 1


def months_of_decimal_years(times: np.ndarray) -> np.ndarray | None:
    """Dates of times in years, such as 1958.2027, that advance by the lengths of calendar months; None for others.

    Example:
        >>> ends = np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) / 365
        >>> months_of_decimal_years(np.concatenate([1901 + ends, 1902 + ends]).round(4))[:2]
        array(['1901-02-01', '1901-03-01'], dtype='datetime64[D]')
    """
    if times.size < 13 or not np.isfinite(times).all() or times.min() < 1000 or times.max() > 3000:
        return None
    steps = np.diff(times) * 365.25
    rounding = 365.25 * written_unit(times)
    if rounding > 3 or steps.min() < 27.9 - rounding or steps.max() > 31.2 + rounding:
        return None
    year = np.floor(times + 1e-9)
    start = (year.astype(np.int64) - 1970).astype("datetime64[Y]")
    length = ((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype(np.int64)
    day = (times - year) * length
    # starts and ends of months are a day's fraction off by rounding: take the day that makes months follow one another
    for shift in (0.0, 0.4, -0.4):
        dates = start.astype("datetime64[D]") + np.floor(np.round(day + shift, 6)).astype(np.int64)
        if (np.diff(dates.astype("datetime64[M]").astype(np.int64)) == 1).all():
            return dates
    return None


def seconds_on_a_grid(times: np.ndarray, unit: str) -> tuple[np.ndarray, bool] | None:
    """Whole seconds on an even grid that times in ``unit`` are, to their rounding, and whether that can be seen.

    Args:
        times: Days, hours, minutes or seconds, in single or double precision.
        unit: Their unit.

    Returns:
        None where they are not on a grid of whole seconds, or rounded too coarsely to say so.

    Example:
        >>> hours = (27000 + np.arange(49) / 24).astype(np.float32)
        >>> seconds_on_a_grid(hours, "days")[0][-1] - 27000 * 86400
        np.int64(172800)
    """
    size = _SECONDS.get(unit[:1].lower()) if re.fullmatch(_CLOCK_UNITS, unit, re.IGNORECASE) else None
    single = times.dtype == np.float32
    clock = times.astype(np.float64)
    if size is None or clock.size < 3 or times.dtype.kind != "f" or not np.isfinite(clock).all():
        return None
    clock = clock * size
    unit_of_last_place = float(np.spacing(np.abs(times).max())) if single else written_unit(times)
    rounding = size * unit_of_last_place
    step = float(np.round((clock[-1] - clock[0]) / (clock.size - 1)))
    count = np.arange(clock.size)
    if step < 1 or rounding > _LIMIT * step:
        return None
    start = float(np.mean(clock - step * count))
    for coarse in (1, 60, 3600, 86400):
        nearest = coarse * round(start / coarse)
        start = nearest if abs(start - nearest) <= max(rounding, 0.5 * (coarse == 1)) else start
    grid = start + step * count
    off = np.abs(clock - grid).max()
    if off > rounding + 1e-6:
        return None
    return grid.astype(np.int64), bool(off > 1e-3)
