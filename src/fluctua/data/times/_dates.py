"""Dates as time: calendars, months and years, or equal numbers of seconds."""

import contextlib
import datetime
import warnings
from collections.abc import Iterator
from typing import Any

import cftime
import numpy as np

from ...core import DataError
from ._calendar_steps import calendar_steps
from ._known_steps import (
    MOST_CLOSED,
    are_local_clock,
    even_seconds,
    is_clock_of_twelve,
    trading_steps,
)
from ._time import STEP_TOLERANCE, TimeAxis, refuse_disorder, refuse_short, refuse_uneven

_MICROSECONDS = {"days": 86_400_000_000, "hours": 3_600_000_000, "minutes": 60_000_000, "seconds": 1_000_000}
_DAY = _MICROSECONDS["days"]
_LATE = 4.1  # days by which the trading days at the ends of two months are apart from these
_WOBBLE = 0.05  # of a step


def even_dates(dates: np.ndarray, where: str, hint: str = "") -> TimeAxis:
    """Check that dates are even and choose the unit of time that suits their step.

    Calendar months (first, middle, last or trading days of the month) give ``dt = 1`` in months, quarters ``dt = 3``,
    whole years a step in years; trading days, pentads, parts of months and steps that begin anew each year count as
    even; otherwise equal seconds are needed, from which dates may be off by a twentieth of the step, and give seconds,
    minutes, hours or days.

    Args:
        dates: ``datetime64``, or an object array of ``cftime`` dates of any calendar, shape ``(time,)``.
        where: What to call the record in messages.
        hint: What to do about dates that are not even, if it is known.

    Raises:
        DataError: Dates are missing, repeated, decreasing or uneven; the first such place is named.

    Example:
        >>> axis = even_dates(np.arange("2000-01", "2010-01", dtype="datetime64[M]"), "the record")
        >>> axis.dt, axis.units
        (1.0, 'months')
    """
    refuse_short(dates.size, where)
    clock = microseconds(dates, where)
    steps = np.diff(clock)
    refuse_disorder(steps, dates, where, hint or _clock_hint(dates, steps))
    months = np.diff(month_numbers(dates))
    usual = int(np.median(months))
    monthly = usual >= 1 and bool(np.all(months == usual))
    if monthly and _calendar_like(steps, usual):
        return _of_months(dates, usual)
    if np.abs(steps - np.median(steps)).max() <= STEP_TOLERANCE * np.median(steps):
        return _of_seconds(dates, clock)
    if monthly and _calendar_like(steps, usual, _LATE):
        return _of_months(dates, usual, f"a step is {usual} calendar month{'s' * (usual > 1)}, whatever the day")
    step = float(clock[-1] - clock[0]) / 1e6 / (dates.size - 1)
    if (grid := even_seconds(clock / 1e6 + _since_midnight(dates[0]), _WOBBLE * step, _WOBBLE)) is not None:
        even = _since(dates[0], 1_000_000 * grid[0] - round(1e6 * _since_midnight(dates[0])))
        note = f"times up to {grid[1]:.3g} seconds off even steps are taken for these"
        return _of_seconds(even, microseconds(even, where), note)
    if np.median(steps) == _DAY and (trading := trading_steps(dates)) is not None:
        if trading.max() > MOST_CLOSED:
            late = np.where(trading > MOST_CLOSED, trading, 1).astype(float)
            refuse_uneven(late, dates, where, "trading days", hint)
        return TimeAxis(
            1.0, "trading days", dates=dates, notes=("a step is one trading day, across weekends and holidays",)
        )
    if (axis := calendar_steps(dates)) is not None:
        return axis
    if usual >= 1 and not monthly and _calendar_like(np.asarray([np.median(steps)]), usual):
        refuse_uneven(months.astype(float), dates, where, "months", hint)
    refuse_uneven(steps / _DAY, dates, where, "days", hint or _leap_hint(dates, steps))
    raise AssertionError("unreachable: uneven dates were refused")


def _of_months(dates: np.ndarray, months: int, *notes: str) -> TimeAxis:
    dt, units = (months / 12, "years") if months % 12 == 0 else (months, "months")
    return TimeAxis(float(dt), units, dates=dates, notes=notes)


def _of_seconds(dates: np.ndarray, clock: np.ndarray, *notes: str) -> TimeAxis:
    mean = float(clock[-1] - clock[0]) / (dates.size - 1)
    units = next((unit for unit, size in _MICROSECONDS.items() if mean >= size * (1 - 1e-9)), "seconds")
    return TimeAxis(float(f"{mean / _MICROSECONDS[units]:.12g}"), units, dates=dates, notes=notes)


def month_numbers(dates: np.ndarray) -> np.ndarray:
    """Months counted from year 0, shape ``(time,)``: 12 year + month - 1."""
    if np.issubdtype(dates.dtype, np.datetime64):
        return dates.astype("datetime64[M]").astype(np.int64) + 12 * 1970
    return np.fromiter((12 * date.year + date.month - 1 for date in dates), np.int64, count=dates.size)


def days_of_month(dates: np.ndarray) -> np.ndarray:
    """Day of the month, 1 to 31, shape ``(time,)``."""
    if np.issubdtype(dates.dtype, np.datetime64):
        return (dates.astype("datetime64[D]") - dates.astype("datetime64[M]")).astype(np.int64) + 1
    return np.fromiter((date.day for date in dates), np.int64, count=dates.size)


def year_phase(dates: np.ndarray) -> np.ndarray:
    """Years and the part of the year that has passed, shape ``(time,)``, in the calendar of the dates."""
    if np.issubdtype(dates.dtype, np.datetime64):
        years, fine = dates.astype("datetime64[Y]"), dates.astype("datetime64[us]")
        first, after = (each.astype("datetime64[us]") for each in (years, years + 1))
        return years.astype(np.int64) + (fine - first) / (after - first)
    year = month_numbers(dates) // 12
    firsts = dates[np.unique(year, return_index=True)[1]]
    december = 30 if dates[0].calendar == "360_day" else 31
    with _of_long_ago():
        lengths = {date.year: date.replace(month=12, day=1).dayofyr - 1 + december for date in firsts}
    days = np.fromiter((date.dayofyr - 1 for date in dates), np.int64, count=dates.size) + day_phase(dates) % 1
    return year + days / np.asarray([lengths[each] for each in year.tolist()])


def day_phase(dates: np.ndarray) -> np.ndarray:
    """Days and the part of the day that has passed, since the first midnight, shape ``(time,)``."""
    if np.issubdtype(dates.dtype, np.datetime64):
        return (dates.astype("datetime64[us]") - dates[0].astype("datetime64[D]")) / np.timedelta64(1, "D")
    first = dates[0].hour / 24 + dates[0].minute / 1440 + (dates[0].second + dates[0].microsecond / 1e6) / 86400
    return first + microseconds(dates, "the record") / _DAY


def microseconds(dates: np.ndarray, where: str) -> np.ndarray:
    """Time since the first date, in the calendar of the dates."""
    if np.issubdtype(dates.dtype, np.datetime64):
        missing = np.isnat(dates)
    else:
        missing = np.fromiter((not isinstance(date, cftime.datetime) for date in dates), bool, count=dates.size)
    if missing.any():
        row = int(np.argmax(missing))
        raise DataError(
            f"time step {row + 1} of {where} has no valid date",
            "every step needs a date",
            "fill in the missing date, or leave the time column out (the step is then 1)",
        )
    if np.issubdtype(dates.dtype, np.datetime64):
        # microseconds before the difference: in nanoseconds distant dates overflow
        fine = dates.astype("datetime64[us]")
        return (fine - fine[0]).astype(np.int64)
    since = f"microseconds since {dates[0].isoformat()}"
    with _of_long_ago():
        numbers = cftime.date2num(dates, since, calendar=dates[0].calendar, has_year_zero=dates[0].has_year_zero)
    return np.asarray(numbers, dtype=np.int64)


@contextlib.contextmanager
def _of_long_ago() -> Iterator[None]:
    """Dates are made here: cftime warns about those in a year zero, and before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _since_midnight(date: Any) -> float:
    """Seconds of the day."""
    if isinstance(date, np.datetime64):
        return float((date - date.astype("datetime64[D]")) / np.timedelta64(1, "s"))
    return 3600.0 * date.hour + 60 * date.minute + date.second + date.microsecond / 1e6


def _since(first: Any, clock: np.ndarray) -> np.ndarray:
    """Dates that are microseconds later than the first."""
    if isinstance(first, np.datetime64):
        return first.astype("datetime64[us]") + clock.astype("timedelta64[us]")
    with _of_long_ago():
        return np.asarray([first + datetime.timedelta(microseconds=int(later)) for later in clock])


def _calendar_like(steps: np.ndarray, months: int, late: float = 0.1) -> bool:
    days = steps / _DAY
    return bool(np.all((days >= 28 * months - late) & (days <= 31 * months + late)))


def _leap_hint(dates: np.ndarray, steps: np.ndarray) -> str:
    """A daily record without leap days is common; say so."""
    late = np.flatnonzero(steps != np.median(steps))
    if (
        np.median(steps) <= _DAY
        and np.all(month_numbers(dates[late]) % 12 == 1)
        and days_of_month(dates[late[:1]]) == 28
    ):
        return (
            "leap days are missing: give --steps (every row is one step), or store the dates in the 'noleap' calendar"
        )
    return ""


def _clock_hint(dates: np.ndarray, steps: np.ndarray) -> str:
    """An hour that is there twice in autumn is a local clock, and one that is there twice a day one of twelve hours."""
    late = np.flatnonzero(steps <= 0)
    finer = np.median(steps) < _DAY  # than days, which no clock repeats
    if finer and 0 < late.size < dates.size / 100 and all(are_local_clock(dates, int(row)) for row in late):
        return (
            "this looks like a local clock at the end of summer time: give the times in UTC or with their offsets "
            "(2018-10-28T02:00+01:00), or --steps (every row is one step)"
        )
    if late.size and is_clock_of_twelve(dates):
        return (
            "this looks like a clock of twelve hours without AM and PM, and the rows are in order: do not sort them; "
            "write AM or PM behind the hours, or hours from 0 to 23, or give --steps if every row is one step"
        )
    return ""
