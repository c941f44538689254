"""Whether a record can be used: refused by name, or warned about.

A check takes a record, raises what refuses it, and returns warnings. Another one is one function and its line here.
"""

from collections.abc import Callable

import numpy as np

from ...core import AbstractStored, OptionError
from ..record import (
    Record,
    enough_steps,
    excerpt_of,
    finite_values,
    no_codes,
    piece_of,
    values_that_can_be_added,
    varying_throughout,
    varying_variables,
)
from ._frozen import no_frozen_values
from ._interpolated import no_lines
from ._mean import steady_mean
from ._members import distinct_members, no_part_twice
from ._spread import steady_spread
from ._variables import (
    distinct_variables,
    enough_states,
    independent_variables,
    no_rounded_combinations,
)

_Check = Callable[[Record], list[str]]


def made_up_values(record: Record) -> list[str]:
    """Warn of values that stand still and of values on straight lines: what gaps are filled with.

    Once cycles, a trend or spreads were taken out nothing of them is left to see, though they are there. A run of equal
    values may be anywhere; it is the one thing that is looked for in all of a record: of a stored one in an excerpt,
    and where a variable stands still most often.
    """
    if str(record.prepared):
        return []
    if not isinstance(record.values, AbstractStored):
        return [*no_frozen_values(record), *no_lines(record)]
    part, still = excerpt_of(record), record.survey.still
    frozen = no_frozen_values(part)
    if not frozen and still is not None:
        frozen = no_frozen_values(piece_of(record, *still))
    return [*frozen, *no_lines(part)]


def _steady(record: Record) -> list[str]:
    """Mean and spread; where something is said of the mean, deviations from it tell nothing of the spread."""
    told = steady_mean(record)
    return [*told, *steady_spread(record, levels=not told)]


_FIRST: tuple[_Check, ...] = (
    distinct_variables,
    distinct_members,
    no_part_twice,
    independent_variables,
    no_rounded_combinations,
)
"""Checks of a record, or of a part of a long one (``excerpt_of``), before the longest lag is looked at; none needs to
fear what an earlier one refuses."""


@np.errstate(all="ignore")  # whatever cannot be squared is refused by name
def validate(record: Record, max_lag: float | None = None, *, keep_outliers: bool = False) -> list[str]:
    """Check that a record can be used for a response, and say what to be careful about.

    Refused: missing or infinite values, codes for missing values (see ``_codes``), fewer than 50 time steps, constant
    columns, columns that repeat one another, members that are copies, and a mean that drifts: a straight line that
    explains over a quarter of a variable's variance and that a stationary record as slow as this one shows with a
    probability below 1e-5 (see ``_stationary``; measured on Ornstein-Uhlenbeck records of 30 decorrelation times: about
    1 in 10^4). A random walk is warned about as a record that spans few decorrelation times, and so are runs of equal
    values, values on straight lines and a spread that jumps (``_spread``). Of a homogeneous field, whose cells
    are all alike, these and the seasonal cycle are looked for in its means over the homogeneous dimensions and in a few
    cells. The doubts of a record, such as gaps that depend on the state (``_gaps``), are told first. Values are
    looked at one by one, all else in a part of a long record.

    Args:
        record: The record.
        max_lag: Longest lag that will be asked for, in the record's units of time.
        keep_outliers: Whether values far from all others are to be taken for measured ones.

    Returns:
        Warnings, each a sentence; empty when there is nothing to say.

    Raises:
        DataError: The record cannot be used; the variable, member and time are named.
        OptionError: ``max_lag`` does not fit the record.

    Example:
        >>> record = Record(np.random.default_rng(0).standard_normal((1, 5000, 2)), dt=0.1, names=("x", "y"))
        >>> validate(record, max_lag=10.0)
        []
    """
    sound_values(record, keep_outliers=keep_outliers)
    enough_steps(record)
    varying_variables(record)
    part = excerpt_of(record)
    warnings = [*record.doubts]
    warnings += [warning for check in _FIRST for warning in check(part)]
    if max_lag is not None:
        warnings += _fitting_lag(record, max_lag)
    varying_throughout(record)
    made_up = made_up_values(record)
    return [*warnings, *made_up, *enough_states(part, record.members * record.steps), *_steady(part)]


def sound_values(record: Record, *, keep_outliers: bool = False) -> None:
    """Refuse missing, infinite and very large values, and codes for missing ones unless outliers are to be kept.

    Raises:
        DataError: There are such.
    """
    finite_values(record)
    if not keep_outliers:  # before the rest, for a code can be too large, or all that varies
        no_codes(record)
    values_that_can_be_added(record)


def _fitting_lag(record: Record, max_lag: float) -> list[str]:
    length = f"{record.title} lasts {record.duration:.6g} {record.time_units}, with a step of {record.dt:.6g}"
    if not (np.isfinite(max_lag) and record.dt * (1 - 1e-9) <= max_lag < record.duration):
        raise OptionError(
            f"the longest lag is {max_lag:.6g} {record.time_units}",
            f"a lag of at least one step and shorter than the record is needed: {length}"
            + (" (each member)" if record.members > 1 else ""),
            f"give another lag, such as --max-lag {10 * record.dt:g}, or a longer record",
        )
    if max_lag > record.duration / 2:
        return [
            f"the longest lag, {max_lag:.6g} {record.time_units}, is over half of the record ({length}); "
            "few pairs of states are that far apart."
        ]
    return []
