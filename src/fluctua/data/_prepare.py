"""Making a record stationary: anomalies from the seasonal cycle, and straight lines taken out."""

from dataclasses import replace
from typing import Literal

import numpy as np

from ..core import DataError, OptionError
from ._dates import days_of_month, microseconds, month_numbers
from ._record import Record

_LONG_FEBRUARY = ("360_day", "all_leap", "366_day")
"""Calendars in which every February has 29 days or more."""


def remove_seasonal_cycle(record: Record, period: Literal["month", "dayofyear"]) -> Record:
    r"""Anomalies from the mean seasonal cycle, x'(t) = x(t) - <x | calendar month or day of t>.

    The mean is over all years and members. A leap day shares the mean of 28 February. Means of single days
    are noisy (one over the number of years of the variance is lost with them); prefer ``"month"`` for short
    records.

    Args:
        record: A record with dates.
        period: ``"month"`` or ``"dayofyear"``.

    Returns:
        A new record of anomalies; its history says what was done.

    Raises:
        DataError: The record has no dates, or too long a step, or fewer than two years.
        OptionError: ``period`` is something else.

    Example:
        >>> dates = np.arange("2000-01", "2010-01", dtype="datetime64[M]")
        >>> months = np.arange(120) % 12
        >>> record = Record(months[None, :, None].astype(float), dt=1.0, time_units="months", dates=dates)
        >>> float(abs(remove_seasonal_cycle(record, "month").values).max())
        0.0
    """
    if period not in ("month", "dayofyear"):
        raise OptionError(
            f"'{period}' was given as the period of the seasonal cycle",
            "the periods are 'month' and 'dayofyear'",
            "give one of these",
        )
    if record.dates is None:
        raise DataError(
            f"the time of {record.title} is a number ({record.time_label(0)} at the first step), not a date",
            "a seasonal cycle needs the date of every step",
            "store dates (a column of ISO dates, or CF time units such as 'days since 2000-01-01')",
        )
    months = month_numbers(record.dates)
    coarse = record.time_units == "years" or (period == "dayofyear" and record.time_units == "months")
    if coarse:
        raise DataError(
            f"the time step of {record.title} is {record.dt:g} {record.time_units}",
            f"means by {'day of the year' if period == 'dayofyear' else 'month'} need a shorter step",
            "use 'month'" if record.time_units == "months" else "leave this step out: there are no seasons in it",
        )
    groups = months % 12
    if period == "dayofyear":
        day = days_of_month(record.dates)
        rare = (groups == 1) & (day == 29) & (getattr(record.dates[0], "calendar", "") not in _LONG_FEBRUARY)
        groups = 31 * groups + np.where(rare, 28, day)
    labels, position = np.unique(groups, return_inverse=True)
    years = len(np.unique(months // 12))
    if years < 2 or np.unique(position * 100_000 + months // 12).size < 2 * labels.size:
        raise DataError(
            f"{record.title} spans {years} calendar year{'' if years == 1 else 's'}, from "
            f"{record.time_label(0)} to {record.time_label(record.steps - 1)}",
            f"every {'day' if period == 'dayofyear' else 'month'} must occur in two years or more on average",
            "give a longer record, or one without a seasonal cycle",
        )
    values = record.values.copy()
    order = np.argsort(position, kind="stable")
    for steps in np.split(order, np.cumsum(np.bincount(position))[:-1]):
        values[:, steps] -= values[:, steps].mean(axis=(0, 1))
    note = "day of the year" if period == "dayofyear" else "month"
    return replace(record, values=values, history=(*record.history, f"seasonal cycle removed (mean of each {note})"))


def detrend(record: Record) -> Record:
    """Take the least-squares straight line in time out of every variable; the means stay.

    Every member has a line of its own, and the pieces of a record have one together.

    x'(t) = x(t) - b (t - t_mean), with b = sum (t - t_mean) x / sum (t - t_mean)^2.

    Args:
        record: Any record of two steps or more.

    Returns:
        A new record; its history says what was done.

    Example:
        >>> record = Record(np.arange(100.0)[None, :, None], dt=1.0)
        >>> float(np.ptp(detrend(record).values).round(10))
        0.0
    """
    line = np.arange(record.steps) if record.times is None else record.times
    if record.borders and record.dates is not None:
        line = microseconds(record.dates, record.title) / 1e6
    line = line - line.mean()
    values = record.values.copy()
    for states in values.reshape(record.members, record.steps, -1):
        # from the first state, so that a large mean costs no digits
        slope = line @ (states - states[0]) / (line @ line)
        states -= line[:, None] * slope
    return replace(record, values=values, history=(*record.history, "linear trend removed (each member and variable)"))
