"""Axes of time that are even in a way of their own: trading days, decimal years of months, rounded clocks."""

import re

import numpy as np

from ._time import written_unit

_DAY = np.timedelta64(1, "D")
MOST_CLOSED = 3
"""Business days from one trading day to the next: two days of closed markets between them."""

_SHARE_CLOSED = 0.1
_LONG_ENOUGH = np.timedelta64(21, "D")  # to tell days that are always closed
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_CLOCK_UNITS = "d|days?|h|hrs?|hours?|min(ute)?s?|s|sec(ond)?s?"
_ROUND = (86400, 3600, 60, 1)
_LIMIT, _SINGLE = 0.05, 0.5  # of the step: a coarser rounding explains anything, but single precision does round

_MOSTLY = 0.9
_MOST_SECONDS = 2.0**53  # the last one up to which all whole numbers are numbers of double precision


def trading_steps(dates: np.ndarray) -> np.ndarray | None:
    """Trading days from each date to the next, if there is one row a day and none on some days of the week.

    The days of the week that have no row are closed, Saturday and Sunday if none of them has one. None where more than
    a tenth of the trading days is missing.

    Example:
        >>> days = np.arange("2001-01-01", "2001-02-01", dtype="M8[D]")
        >>> trading_steps(days[np.is_busday(days) & (days != np.datetime64("2001-01-15"))])[8:11]
        array([1, 2, 1])
    """
    if not np.issubdtype(dates.dtype, np.datetime64):
        return None
    days = dates.astype("datetime64[D]")
    week = np.isin(np.arange(7), (days.astype(np.int64) - 4) % 7)  # the first Monday was the fourth day
    if not week[5:].any():
        week[:5] = True
    elif week.all() or days[-1] - days[0] < _LONG_ENOUGH:
        return None
    if (np.diff(days) < _DAY).any():
        return None
    steps = np.busday_count(days[:-1], days[1:], weekmask=week)
    return steps if (steps - 1).mean() <= _SHARE_CLOSED else None


def are_local_clock(dates: np.ndarray, row: int) -> bool:
    """Whether the time that does not increase after ``row`` may be an hour repeated at the end of summer time."""
    if not np.issubdtype(dates.dtype, np.datetime64):
        return False
    before, after = dates[row], dates[row + 1]
    month = int(before.astype("datetime64[M]").astype(np.int64) % 12) + 1
    hour = int((after - after.astype("datetime64[D]")) / np.timedelta64(1, "h"))
    back = (before - after) / np.timedelta64(1, "h")
    return month in (3, 4, 9, 10, 11) and hour <= 3 and 0 <= back <= 1


def is_clock_of_twelve(dates: np.ndarray) -> bool:
    """Whether dates go back within days because hours after noon begin again at 12 or 0, without AM and PM.

    Example:
        >>> hours = np.arange(48)
        >>> day = np.datetime64("2001-01-01", "h") + 24 * (hours // 24)
        >>> is_clock_of_twelve(day + hours % 12), is_clock_of_twelve(day + (hours + 11) % 12 + 1)
        (True, True)
    """
    if not np.issubdtype(dates.dtype, np.datetime64) or np.isnat(dates).any():
        return False
    days = dates.astype("datetime64[D]")
    clock = (dates - days) / np.timedelta64(1, "h")
    if clock.max() >= 13 or (clock.min() < 1 and clock.max() >= 12):
        return False
    clock, same = clock % 12, days[1:] == days[:-1]
    back = same & (np.diff(clock) < 0)
    times = np.r_[0, np.cumsum(back)]
    first = np.maximum.accumulate(np.where(np.r_[True, ~same], np.arange(days.size), 0))
    half = times - times[first]  # how often the clock went back since the day began
    later = days.astype("datetime64[us]") + ((clock + 12 * half) * 3.6e9).astype("timedelta64[us]")
    most_days = 2 * np.count_nonzero(back) >= np.unique(days).size - 1
    return bool(half.max() == 1 and most_days and (np.diff(later) > np.timedelta64(0)).all())


def months_of_decimal_years(times: np.ndarray) -> np.ndarray | None:
    """Dates of times in years, such as 1958.2027, that advance by the lengths of calendar months; None for others.

    Months may be missing, runs follow one another, and time fall.

    Example:
        >>> ends = np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) / 365
        >>> months_of_decimal_years(np.concatenate([1901 + ends, 1902 + ends]).round(4))[:2]
        array(['1901-02-01', '1901-03-01'], dtype='datetime64[D]')
    """
    if times.size < 13 or not np.isfinite(times).all() or times.min() < 1000 or times.max() > 3000:
        return None
    steps = 12 * np.diff(times)
    rounding = 365.25 * written_unit(times)
    if rounding > 4 or np.rint(np.median(np.abs(steps))) != 1:
        return None
    year = np.floor(times + 1e-9)
    start = (year.astype(np.int64) - 1970).astype("datetime64[Y]")
    length = ((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype(np.int64)
    day = (times - year) * length
    # starts and ends of months are a day's fraction off by rounding: take the day that makes months follow one another
    for shift in (0.0, 0.4, -0.4, rounding, -rounding):
        dates = start.astype("datetime64[D]") + np.floor(np.round(day + shift, 6)).astype(np.int64)
        if (np.diff(dates.astype("datetime64[M]").astype(np.int64)) == np.rint(steps)).all():
            return dates
    return None


def days_of_decimal_years(times: np.ndarray) -> np.ndarray | None:
    """Dates of times in years that advance by so many days of the calendar; None for others, as for months.

    Rows may be missing, and time fall.

    Example:
        >>> days = np.arange("1999-12-30", "2001-01-03", dtype="datetime64[D]")
        >>> year = days.astype("datetime64[Y]")
        >>> length = ((year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")).astype(int)
        >>> decimal = year.astype(int) + 1970 + ((days - year).astype(int) + 0.5) / length
        >>> bool((days_of_decimal_years(decimal.round(4)) == days).all())
        True
    """
    if times.size < 13 or not np.isfinite(times).all() or times.min() < 1000 or times.max() > 3000:
        return None
    rounding = 365.25 * written_unit(times)
    year = np.floor(times + 1e-9)
    start = (year.astype(np.int64) - 1970).astype("datetime64[Y]")
    length = ((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype(np.int64)
    day = (times - year) * length
    for shift in (0.0, 0.4, -0.4, rounding, -rounding) if rounding < 0.5 else ():
        dates = start.astype("datetime64[D]") + np.floor(np.round(day + shift, 6)).astype(np.int64)
        steps = np.diff(dates).astype(np.int64)
        usual = int(np.median(steps))
        if usual and (steps % usual == 0).all() and (steps == usual).mean() > _MOSTLY:
            return dates
    return None


def numbers_after_the_year(times: np.ndarray) -> tuple[np.ndarray, str] | None:
    """Dates of times such as 1850.01 to 1850.12, or 1850.1 to 1850.4: the year and the number of the month or quarter.

    Args:
        times: Numbers of any run of months or quarters, two years of them or more; some may be missing.

    Returns:
        The dates and what the number counts; None for others, as for decimal years.

    Example:
        >>> months = np.arange(36)
        >>> dates, counted = numbers_after_the_year(1850 + months // 12 + (months % 12 + 1) / 100)
        >>> counted, str(dates[-1])
        ('month', '1852-12')
    """
    if times.size < 8 or not np.isfinite(times).all() or times.min() < 1000 or times.max() > 3000:
        return None
    for scale, most, counted in ((100, 12, "month"), (10, 4, "quarter")):
        whole = np.rint(scale * times)
        if np.abs(scale * times - whole).max() > 1e-6:
            continue
        year, number = np.divmod(whole.astype(np.int64), scale)
        steps = np.diff(most * year + number)
        if number.min() == 1 and number.max() == most and np.ptp(year) >= 1 and np.median(steps) == 1:
            months = 12 * (year - 1970) + 12 // most * (number - 1)
            return months.astype("datetime64[M]"), counted
    return None


def seconds_on_a_grid(times: np.ndarray, unit: str) -> tuple[np.ndarray, float] | None:
    """Whole seconds on an even grid that times in ``unit`` are, to their rounding, and how far off they are.

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
    size = seconds_in(unit)
    if size is None or times.dtype.kind != "f" or not np.isfinite(times).all():
        return None
    single = times.dtype == np.float32
    unit_of_last_place = float(np.spacing(np.abs(times).max())) if single else written_unit(times.astype(np.float64))
    return even_seconds(times.astype(np.float64) * size, size * unit_of_last_place, _SINGLE if single else _LIMIT)


def seconds_in(unit: str) -> int | None:
    """Seconds in a unit of a clock; None for other units."""
    return _SECONDS[unit[:1].lower()] if re.fullmatch(_CLOCK_UNITS, unit, re.IGNORECASE) else None


def even_seconds(clock: np.ndarray, rounding: float, limit: float) -> tuple[np.ndarray, float] | None:
    """Even steps of whole seconds, and round ones if possible, from which no time is off by more than its rounding.

    Args:
        clock: Times in seconds.
        rounding: How far off they may be.
        limit: The largest rounding, as a fraction of the step, that is believed.
    """
    count = np.arange(clock.size)
    if clock.size < 3 or not np.abs(clock).max() < _MOST_SECONDS:
        return None
    mean = float(clock[-1] - clock[0]) / count[-1]
    step = next(
        (s for s in (c * round(mean / c) for c in _ROUND) if s and abs(s - mean) * count[-1] <= 2 * rounding), 0
    )
    if step == 0 or rounding > limit * step:
        return None
    start = float(np.mean(clock - step * count))
    for coarse in reversed(_ROUND):
        nearest = coarse * round(start / coarse)
        start = nearest if abs(start - nearest) <= max(rounding, 0.5 * (coarse == 1)) else start
    grid = start + step * count
    off = float(np.abs(clock - grid).max())
    return (grid.astype(np.int64), off) if off <= rounding + 1e-6 else None
