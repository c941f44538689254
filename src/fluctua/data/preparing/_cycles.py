r"""Cycles taken out of a record: those of the calendar, and those of any period.

A cycle is a mean that depends on the phase of a clock and that no push has a part in. What is subtracted is, for each
variable and over all members, the least-squares fit of

    month            a mean for each month
    dayofyear        a constant and K harmonics of the year, a_k cos 2 pi k p + b_k sin 2 pi k p,  k = 1 ... K,
                     p the part of the year that has passed
    hour             a mean for each time of day; beside one of those above, that one for each time of day by itself, so
                     that the daily cycle may change with the seasons
    a period P       a constant and K harmonics of it, p = t / P.

K is 4 unless another number is asked for, and no more than the step resolves. A fit of c numbers takes of every record
the share c / n of its variance along with the cycle, n the number of its independent states: means of single days (365
numbers) would cost a record of 20 years a twentieth of it, four harmonics (9 numbers) a thousandth.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from ...core import DataError, OptionError
from ..record import Preparation, Record
from ..times import day_phase, days_of_month, microseconds, month_numbers, year_phase
from ._fits import Fit, FunctionsOfTime, fitted, without

Season: TypeAlias = Literal["month", "dayofyear", "hour"]

HARMONICS = 4
"""Harmonics of a smooth cycle, unless another number is asked for."""

PER_DAY = {"days": 1, "trading days": 1, "hours": 24, "minutes": 1440, "seconds": 86400}
"""Time units in a day; months and years have no such number."""


DAYS_OF_A_YEAR = 365.2425
"""On average, in the Gregorian calendar."""


def remove_seasonal_cycle(record: Record, period: Season | Sequence[Season], harmonics: int | None = None) -> Record:
    r"""Anomalies from the mean cycle of the year, of the day, or of both, x'(t) = x(t) - <x | phase of the calendar>.

    The mean is over all years, days and members (see ``_cycles`` for what is fitted).

    Args:
        record: A record with dates.
        period: ``"month"`` (for steps of about a month), ``"dayofyear"`` (a smooth cycle, for shorter steps),
            ``"hour"`` (for steps below a day), or ``"hour"`` and one of the others.
        harmonics: Number of harmonics of the year, for ``"dayofyear"``; 4 by default.

    Returns:
        A new record of anomalies; its history says what was done, and of how much of the variance.

    Raises:
        DataError: The record has no dates, or too long a step, or too few years or days.
        OptionError: ``period`` is something else, or fewer than one harmonic is asked for.

    Example:
        >>> dates = np.arange("2000-01", "2010-01", dtype="datetime64[M]")
        >>> months = np.arange(120) % 12
        >>> record = Record(months[None, :, None].astype(float), dt=1.0, time_units="months", dates=dates)
        >>> float(abs(remove_seasonal_cycle(record, "month").values).max().round(12))
        0.0
    """
    kinds = (period,) if isinstance(period, str) else tuple(sorted(set(period), key=lambda kind: kind == "hour"))
    _check_kinds(kinds, harmonics)
    if record.dates is None:
        raise DataError(
            f"the time of {record.title} is a number ({record.time_label(0)} at the first step), not a date",
            "a cycle of the calendar needs the date of every step",
            "store dates (a column of ISO dates, or CF time units such as 'days since 2000-01-01'), or "
            + _periods_in(record.time_units, kinds),
        )
    groups, waves, done = None, (), []
    if "hour" in kinds:
        groups = _times_of_day(record)
    if "month" in kinds:
        _check_years(record, "month")
        groups = (0 if groups is None else 12 * groups) + month_numbers(record.dates) % 12
        done.append("mean of each month")
    elif "dayofyear" in kinds:
        _check_years(record, "dayofyear")
        phase = year_phase(record.dates)
        count = min(HARMONICS if harmonics is None else harmonics, int(0.5 / np.median(np.diff(phase))))
        _check_harmonics(count)
        waves = ((phase, count),)
        done.append(f"{count} harmonics of the year")
    if "hour" in kinds:
        done.append("at each time of day" if done else "mean of each time of day")
    cycle = " and ".join([*(["seasonal"] if kinds != ("hour",) else []), *(["daily"] if "hour" in kinds else [])])
    if groups is not None:
        _, groups = np.unique(groups, return_inverse=True)
    fit = fitted(record, FunctionsOfTime(waves=waves, groups=groups), each_member=False)
    prepared = replace(record.prepared, anomaly=kinds, harmonics=None if harmonics == HARMONICS else harmonics)
    return _told(record, fit, f"{cycle} cycle removed ({' '.join(done)}", prepared)


def remove_cycles(record: Record, periods: Sequence[float], harmonics: int | None = None) -> Record:
    r"""Take smooth cycles of any period out, of a record with or without dates, all in one fit; the means stay.

    Every member has phases and amplitudes of its own.

    Args:
        record: Any record that holds two periods or more.
        periods: Periods of the cycles, in the time units of the record; they need not be whole numbers of steps.
        harmonics: Number of harmonics of each; by default 4, or as many as the step resolves.

    Returns:
        A new record; its history says what was done, and of how much of the variance.

    Raises:
        OptionError: A period is below two steps or over half of the record, or fewer than one harmonic is asked for.

    Example:
        >>> cycle = np.cos(2 * np.pi * np.arange(1000) / 37.5) ** 3
        >>> record = Record(cycle[None, :, None], dt=1.0, time_units="steps")
        >>> float(np.ptp(remove_cycles(record, [37.5]).values).round(12))
        0.0
    """
    time = elapsed(record)
    waves, named = [], []
    for period in periods:
        if not 2 * record.dt * (1 - 1e-9) <= period <= np.ptp(time) / 2:
            raise OptionError(
                f"a cycle of {period:g} {record.time_units} was to be taken out",
                f"it lasts two steps or more ({2 * record.dt:g}), and the record holds it twice or more "
                f"({np.ptp(time) / 2:g})",
                "give another period, or leave --cycle out",
            )
        count = min(HARMONICS if harmonics is None else harmonics, resolved_harmonics(record, period))
        _check_harmonics(count)
        waves.append((time / period, count))
        named.append(f"{period:.12g} {record.time_units}, {count} harmonic{'s' if count > 1 else ''}")
    fit = fitted(record, FunctionsOfTime(waves=tuple(waves)), each_member=True, means_stay=True)
    periods = tuple(sorted(float(period) for period in periods))
    done = f"cycle{'s' if len(periods) > 1 else ''} removed ({'; '.join(named)}"
    return _told(
        record,
        fit,
        done,
        replace(record.prepared, cycle=periods, harmonics=None if harmonics == HARMONICS else harmonics),
    )


def resolved_harmonics(record: Record, period: float) -> int:
    """How many harmonics of a period the step resolves."""
    return int(period / (2 * record.dt) + 1e-9)


def elapsed(record: Record) -> np.ndarray:
    """Time of every step in ``time_units``, also where pieces of a record leave something out between them."""
    if not record.borders or record.dates is None:
        return record.clock
    calendar = record.time_units in ("months", "years")
    time = _calendar_time(record, record.dates) if calendar else microseconds(record.dates, record.title)
    return (time - time[0]) * (record.dt / np.median(np.diff(time)))


def _calendar_time(record: Record, dates: np.ndarray) -> np.ndarray:
    """Months, or such parts of them as are steps, since year zero."""
    months = month_numbers(dates)
    if not is_fine(record):
        return months
    parts = round(1 / record.dt)
    return parts * months + np.rint(parts * (days_of_month(dates) - 1) / 30.5)


def is_fine(record: Record) -> bool:
    """Whether months are long beside the step, so that their means leave a saw-tooth of a seasonal cycle."""
    if record.time_units == "months":
        return record.dt < 0.65
    return record.time_units in PER_DAY and record.dt / PER_DAY[record.time_units] < 20


def is_below_a_day(record: Record) -> bool:
    """Whether there are times of day."""
    return record.time_units in PER_DAY and record.dt / PER_DAY[record.time_units] < 0.75


def steps_grouped(record: Record, kinds: Sequence[str]) -> np.ndarray:
    """The month, the time of day, or both, of every step, as whole numbers."""
    groups = _times_of_day(record) if "hour" in kinds else np.zeros(record.steps, int)
    if "month" not in kinds or record.dates is None:
        return groups
    months = month_numbers(record.dates) % 12
    _check_years(record, "month")
    return 12 * groups + months


def _periods_in(units: str, kinds: tuple[str, ...]) -> str:
    """How the cycles are asked for where there are no dates: by their periods, where they are known in these units."""
    day = PER_DAY.get(units)
    year = {"months": 12.0, "years": 1.0, "weeks": DAYS_OF_A_YEAR / 7}.get(units, DAYS_OF_A_YEAR * day if day else None)
    known = [day if kind == "hour" else year for kind in kinds]
    if units == "trading days" or not all(known):
        return f"give the period of the cycle in {units}, with --cycle"
    asked = " ".join(f"--cycle {period:.9g}" for period in known if period is not None)
    return f"give the period of the cycle in {units} instead of --anomaly, with {asked}"


def _told(record: Record, fit: Fit, done: str, prepared: Preparation) -> Record:
    """The record without a fit, which says of how much of the variance it was relieved."""
    share = 1 - fit.left / np.maximum(fit.variance, np.finfo(float).tiny)
    most = int(np.argmax(share))
    text = f"{done}; {max(share[most], 0.0):.1%} of the variance of '{record.names[most]}')"
    return replace(record, values=without(record, fit), prepared=prepared, history=(*record.history, text))


def _check_kinds(kinds: tuple[str, ...], harmonics: int | None) -> None:
    known = get_args(Season)
    wrong = [kind for kind in kinds if kind not in known]
    if wrong or not kinds or {"month", "dayofyear"} <= set(kinds):
        raise OptionError(
            f"{' '.join(f'--anomaly {kind}' for kind in wrong or kinds) or 'no cycle'} was given",
            "the cycles of the calendar are 'month' or 'dayofyear', and 'hour' alone or beside one of them",
            "give month for monthly records, dayofyear for daily ones, and hour (as well) for shorter steps",
        )
    if harmonics is not None and "dayofyear" not in kinds:
        raise OptionError(
            f"{harmonics} harmonics were asked for beside --anomaly {' --anomaly '.join(kinds)}",
            "means of months and times of day have no harmonics, those of 'dayofyear' do",
            "leave --harmonics out, or give --anomaly dayofyear",
        )


def _check_harmonics(count: int) -> None:
    if count < 1:
        raise OptionError(f"{count} harmonics were asked for", "a cycle has at least one", "give --harmonics 4")


def _check_years(record: Record, period: Literal["month", "dayofyear"]) -> None:
    """Refuse a step that has no such seasons, and a record that holds every one of them less than twice."""
    if record.time_units == "years" or (
        period == "dayofyear" and record.time_units == "months" and not is_fine(record)
    ):
        raise DataError(
            f"the time step of {record.title} is {record.dt:g} {record.time_units}",
            f"{'the days of a year' if period == 'dayofyear' else 'means by month'} need a shorter step",
            "use 'month'" if record.time_units == "months" else "leave this step out: there are no seasons in it",
        )
    assert record.dates is not None
    months = month_numbers(record.dates)
    occurring = np.unique(months).size / np.unique(months % 12).size  # of each month, on average
    if occurring < 2:
        years = np.unique(months // 12).size
        raise DataError(
            f"{record.title} spans {years} calendar year{'' if years == 1 else 's'}, from "
            f"{record.time_label(0)} to {record.time_label(record.steps - 1)}",
            "every month must occur in two years or more on average",
            "give a longer record, or one without a seasonal cycle",
        )


_FEWEST_DAYS = 10


def _times_of_day(record: Record) -> np.ndarray:
    """Which time of day every step is at, as whole numbers."""
    if record.dates is None or not is_below_a_day(record):
        raise DataError(
            f"the time step of {record.title} is {record.dt:g} {record.time_units}"
            + ("" if record.dates is not None else ", and it has no dates"),
            "times of day need dates, and a step of at most half a day",
            "leave 'hour' out, or give the period of the cycle with --cycle",
        )
    step = record.dt / PER_DAY[record.time_units]
    phase = day_phase(record.dates)
    hundredths = round(100 / step)  # of a step: the rounding of stored times makes no new time of day
    label = np.round((phase - np.floor(phase)) * hundredths).astype(int) % hundredths
    times = np.unique(label).size
    if times * _FEWEST_DAYS > record.steps:
        day = PER_DAY[record.time_units]
        raise DataError(
            f"{record.title} has {record.steps} steps at {times} different times of day",
            f"every time of day must occur on {_FEWEST_DAYS} days or more on average",
            f"give a longer record, or a smooth daily cycle with --cycle {day}",
        )
    return label
