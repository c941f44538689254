"""Making a record steady: straight lines taken out, and spreads that follow the calendar made one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from ...core import DataError, OptionError, listed
from ...statistics import timescales
from ..record import Record, evenly_spread
from ._cycles import elapsed, steps_grouped
from ._fits import FunctionsOfTime, fitted, without

Spread: TypeAlias = Literal["month", "hour"]

_HIGHEST = 8  # degree of a trend
_MOST_TAKEN = 0.02  # of the variance of a member, by a trend of its own
_SOME_STEPS, _SOME_MEMBERS = 20_000, 64
_CONSTANT = 1e-6  # of the spread of all steps: below it there is nothing to divide by


def detrend(record: Record, degree: int = 1) -> Record:
    """Take the least-squares straight line in time, or a polynomial, out of every variable; the means stay.

    Every member has a line of its own, and the pieces of a record have one together. Short members have one together as
    well: of each a polynomial of degree p takes the share 2 p tau / T of its variance along, tau being its memory and T
    its length, and where that is more than a fiftieth the answer would be that of what is left. Of a straight line,

    x'(t) = x(t) - b (t - t_mean), with b = sum (t - t_mean) x / sum (t - t_mean)^2.

    A polynomial of degree p takes of every record the share p / n of its variance along with the trend, n the number of
    its independent states.

    Args:
        record: Any record of two steps or more.
        degree: Degree of the polynomial, from 1, a straight line, to 8.

    Returns:
        A new record; its history says what was done.

    Raises:
        OptionError: ``degree`` is another number.

    Example:
        >>> record = Record(np.arange(100.0)[None, :, None], dt=1.0)
        >>> float(np.ptp(detrend(record).values).round(10))
        0.0
    """
    if not 1 <= degree <= _HIGHEST:
        raise OptionError(
            f"the trend is to be a polynomial of degree {degree}",
            f"its degree is a whole number from 1, a straight line, to {_HIGHEST}",
            "give --trend-degree 2, or leave it out",
        )
    time = elapsed(record)
    trend = np.polynomial.legendre.legvander(2 * (time - time[0]) / np.ptp(time) - 1, degree)[:, 1:]
    trend = trend - trend.mean(axis=0)
    together = record.members > 1 and _share_taken(record, degree) > _MOST_TAKEN
    fit = fitted(record, FunctionsOfTime(trend=trend / trend.std(axis=0)), each_member=not together, means_stay=True)
    kind = "linear trend" if degree == 1 else f"polynomial trend of degree {degree}"
    whose = "each variable, all members together" if together else "each member and variable"
    history = (*record.history, f"{kind} removed ({whose})")
    prepared = replace(record.prepared, detrend=True, trend_degree=None if degree == 1 else degree)
    return replace(record, values=without(record, fit), history=history, prepared=prepared)


def _share_taken(record: Record, degree: int) -> float:
    """The share of the variance of a member that a polynomial takes along by chance, of the slowest variable.

    Its memory is that of what polynomials of their own leave of the members: their trends are none.
    """
    some, columns = slice(0, min(record.steps, _SOME_STEPS)), evenly_spread(record.dimension)
    members = range(min(record.members, _SOME_MEMBERS))
    states = np.stack([np.asarray(record.flat[member, some], float)[:, columns] for member in members])
    count = states.shape[1]
    basis = np.linalg.qr(np.polynomial.legendre.legvander(np.linspace(-1, 1, count), degree))[0]
    states = states - np.einsum("tk,sk,msd->mtd", basis, basis, states, optimize=True)
    independent = min(timescales(states[..., [column]]).effective_size for column in range(states.shape[2]))
    return degree * len(members) * count / independent / record.steps


def standardise(record: Record, period: Spread | Sequence[Spread]) -> Record:
    r"""Anomalies in standard deviations of their month, of their time of day, or of both at once.

    x'(t) = (x(t) - <x | m>) / sd(x | m), m the month or time of day of t, over all years, days and members. Along
    homogeneous dimensions the standard deviation is common, so that what is homogeneous stays so.

    Args:
        record: A record with dates.
        period: ``"month"``, ``"hour"``, or both.

    Returns:
        A new record, whose unit is the standard deviation; its history and a notice say so.

    Raises:
        DataError: The record has no dates or too few of them, or a variable is constant in a month or hour.
        OptionError: ``period`` is something else.

    Example:
        >>> dates = np.arange("2000-01", "2100-01", dtype="datetime64[M]")
        >>> spread = 1 + (np.arange(1200) % 12 < 2)
        >>> values = spread[None, :, None] * np.random.default_rng(0).standard_normal((1, 1200, 1))
        >>> record = standardise(Record(values, dt=1.0, time_units="months", dates=dates), "month")
        >>> [round(float(record.values[0, month::12].std()), 12) for month in (0, 6)]
        [1.0, 1.0]
    """
    kinds = (period,) if isinstance(period, str) else tuple(dict.fromkeys(period))
    if not kinds or not set(kinds) <= set(get_args(Spread)):
        raise OptionError(
            f"{listed([repr(kind) for kind in kinds]) or 'nothing'} was given as what the spread follows",
            "it is 'month', 'hour', or both",
            "give --standardise month",
        )
    if record.dates is None:
        raise DataError(
            f"the time of {record.title} is a number ({record.time_label(0)} at the first step), not a date",
            "a spread that follows the calendar needs the date of every step",
            "store dates (a column of ISO dates, or CF time units such as 'days since 2000-01-01')",
        )
    _, groups = np.unique(steps_grouped(record, kinds), return_inverse=True)
    fit = fitted(record, FunctionsOfTime(groups=groups), each_member=False)
    along = tuple(1 + record.dims.index(dim) for dim in record.homogeneous)

    def spreads(variances: np.ndarray) -> np.ndarray:
        """Standard deviations of each group, those along homogeneous dimensions made one."""
        table = variances.reshape(-1, *record.state_shape)
        common = np.broadcast_to(np.mean(table, axis=along, keepdims=True), table.shape)
        return np.sqrt(common).reshape(variances.shape)

    spread, least = spreads(fit.left_by_group), _CONSTANT * spreads(fit.variance[None])
    if not np.all(spread > least):
        group, where = np.argwhere(~(spread > least))[0]
        step = int(np.flatnonzero(groups == group)[0])
        raise DataError(
            f"'{record.names[where]}' of {record.title} is constant at all steps like that of "
            f"{record.time_label(step)}, by {' and '.join(kinds)}",
            "a spread to divide by is needed",
            "leave that variable or that part of the record out",
        )
    values = without(record, fit._replace(spread=spread))
    by = " and ".join({"month": "month", "hour": "time of day"}[kind] for kind in kinds)
    said = f"standardised by {by}: pushes and answers are in standard deviations of the {by}"
    measured = {record.field} if record.is_field else set(record.names)
    units = {name: unit for name, unit in record.units.items() if name not in measured}
    return replace(
        record,
        values=values,
        units=units | {str(name): "standard deviations" for name in measured},
        history=(*record.history, said),
        notices=(*record.notices, f"{record.title} is {said}."),
        prepared=replace(record.prepared, standardise=kinds),
    )
