"""Whether a record can be used: refused by name, or warned about."""

import numpy as np

from ..core import DataError, OptionError
from ._columns import dependent_columns, identical_pairs
from ._dates import month_numbers
from ._homogeneous import excerpt, pencils, sample_series
from ._record import Record
from ._stationary import Drift, drift

FEWEST_STEPS = 50
"""Fewer time steps than this are refused: no lagged average means anything on them."""

_REFUSED_SHARE, _REFUSED_PROBABILITY = 0.25, 1e-5
_WARNED_SHARE, _WARNED_PROBABILITY = 0.03, 1e-3
_SHORT_SPAN = 40
_SMALLEST, _LARGEST = 1e-140, 1e150


def validate(record: Record, max_lag: float | None = None) -> list[str]:
    """Check that a record can be used for a response, and say what to be careful about.

    Refused: missing or infinite values, fewer than 50 time steps, constant columns, columns that repeat one
    another, and a mean that drifts: a straight line that explains over a quarter of a variable's variance and
    that a stationary record as slow as this one shows with a probability below 1e-5 (see ``_stationary``;
    measured on Ornstein-Uhlenbeck records of 30 decorrelation times: about 1 in 10^4). A random walk is
    warned about as a record that spans few decorrelation times. Of a homogeneous field, whose cells are all alike, the
    last two and the seasonal cycle are looked for in its means over the homogeneous dimensions and in a few cells.

    Args:
        record: The record.
        max_lag: Longest lag that will be asked for, in the record's units of time.

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
    _refuse_nonfinite(record)
    if record.steps < FEWEST_STEPS:
        each = f" for each of {record.members} members" if record.members > 1 else ""
        raise DataError(
            f"{record.title} has {record.steps} time steps{each}",
            f"at least {FEWEST_STEPS} are needed, and thousands for useful error bands",
            "give a longer record",
        )
    _refuse_constant(record)
    _refuse_identical(record)
    warnings = [] if max_lag is None else _check_max_lag(record, max_lag)
    if record.homogeneous:  # translations are averaged over: cells are samples, too
        series, names = sample_series(record)
        measured = drift(series)
    else:
        series, names = record.flat, list(record.names)
        warnings += _check_size(record)
        measured, names = _with_mean(record, drift(series), names)
    return [*warnings, *_check_drift(record, measured, names), *_check_seasonal_cycle(record, series, names)]


def _refuse_nonfinite(record: Record) -> None:
    bad = 0
    first: tuple[int, int, int] | None = None
    always: np.ndarray | None = None
    for member, flat in enumerate(record.flat):  # member by member, to keep the mask small
        finite = np.isfinite(flat)
        if finite.all():
            always = np.zeros(record.dimension, bool)
            continue
        bad += finite.size - int(finite.sum())
        never = ~finite.any(axis=0)
        always = never if always is None else always & never
        if first is None:
            step, column = np.unravel_index(int(np.argmin(finite)), finite.shape)
            first = (member, int(step), int(column))
    if first is not None:
        member, step, column = first
        where = f"'{record.names[column]}' at {_place(record, member, step)}"
        cells = int(always.sum()) if always is not None else 0
        remedy = "fill or cut the gaps before (pieces between gaps may be given as members)"
        if cells == record.dimension:
            remedy = "check how missing values are marked in the file"
        elif cells:
            kind = "cells of the field" if record.is_field else "variables"
            remedy = f"leave out the {cells} {kind} that never have a value (land, perhaps); else {remedy}"
        raise DataError(
            f"{record.title} has {bad} missing or infinite value{'' if bad == 1 else 's'}, the first is "
            f"{where} ({record.flat[member, step, column]})",
            "every value must be a finite number",
            remedy,
        )
    low, high = float(record.values.min()), float(record.values.max())
    if max(-low, high) > _LARGEST:
        raise DataError(
            f"{record.title} has values up to {max(-low, high):.3g}",
            f"values below {_LARGEST:.0e} are needed, whose squares can be added",
            "change the units, and check how missing values are marked in the file",
        )


def _refuse_constant(record: Record) -> None:
    for member, flat in enumerate(record.flat):
        low, high = flat.min(axis=0), flat.max(axis=0)
        constant = high - low <= 1e-12 * np.maximum(np.abs(low), np.abs(high))
        if constant.any():
            named = _list([f"'{record.names[column]}'" for column in np.flatnonzero(constant)])
            of_member = f" in member '{record.member_names[member]}'" if record.members > 1 else ""
            column = int(np.argmax(constant))
            raise DataError(
                f"{named} of {record.title} {'are' if constant.sum() > 1 else 'is'} constant{of_member} "
                f"(value {low[column]:.6g}, range {high[column] - low[column]:.3g})",
                "every state variable must vary in time",
                "leave out what does not vary",
            )
        if (high - low < _SMALLEST).any():
            column = int(np.argmin(high - low))
            raise DataError(
                f"'{record.names[column]}' of {record.title} varies by {high[column] - low[column]:.3g}",
                f"variations above {_SMALLEST:.0e} are needed, whose squares are not zero",
                "change the units",
            )


def _refuse_identical(record: Record) -> None:
    if record.homogeneous:  # the usual case is a periodic dimension whose last point is its first
        lines = pencils(record)
        pairs = [(line[one], line[other]) for line in lines for one, other in identical_pairs(excerpt(record, line))]
    else:
        pairs = identical_pairs(record.flat)
    if pairs:  # the search stops at a hundred
        named = _list([f"'{record.names[one]}' and '{record.names[other]}'" for one, other in pairs])
        raise DataError(
            f"{record.title} has variables that are copies of one another up to scale and offset: {named}",
            "state variables must not determine one another",
            "leave one of each pair out",
        )


def _check_max_lag(record: Record, max_lag: float) -> list[str]:
    length = f"{record.title} lasts {record.duration:.6g} {record.time_units}, with a step of {record.dt:.6g}"
    if not (np.isfinite(max_lag) and record.dt * (1 - 1e-9) <= max_lag < record.duration):
        raise OptionError(
            f"the longest lag is {max_lag:.6g} {record.time_units}",
            f"a lag of at least one step and shorter than the record is needed: {length}"
            + (" (each member)" if record.members > 1 else ""),
            "give another lag or a longer record",
        )
    if max_lag > record.duration / 2:
        return [
            f"the longest lag, {max_lag:.6g} {record.time_units}, is over half of the record ({length}); "
            "few pairs of states are that far apart."
        ]
    return []


def _check_size(record: Record) -> list[str]:
    samples = record.members * record.steps
    if record.dimension >= samples / 10:
        return [f"{record.title} has {samples} states of {record.dimension} variables: few per variable."]
    dependent = dependent_columns(record.flat)
    if dependent:
        named = _list([f"'{record.names[column]}'" for column in dependent])
        return [f"a combination of {named} is constant: leave one of them out for a well-posed response."]
    return []


def _with_mean(record: Record, measured: Drift, names: list[str]) -> tuple[Drift, list[str]]:
    """Of a field, the drift of the mean over cells in addition: a common drift, hidden in each cell, shows there."""
    if not record.is_field or record.dimension == 1:
        return measured, names
    mean = record.flat.mean(axis=-1, keepdims=True)
    if np.ptp(mean) <= 1e-9 * np.ptp(record.flat):  # a conserved mean is no signal
        return measured, names
    of_mean = drift(mean)
    joined = (np.concatenate([getattr(measured, part), getattr(of_mean, part)]) for part in Drift.__dataclass_fields__)
    return Drift(*joined), [*names, f"the mean of {record.field}"]


def _check_drift(record: Record, measured: Drift, names: list[str]) -> list[str]:
    share, rise, span = measured.share, measured.rise, measured.span
    probability = np.minimum(measured.probability * measured.probability.size, 1.0)
    strong = (share > _REFUSED_SHARE) & (probability < _REFUSED_PROBABILITY)
    if strong.any():
        worst = int(np.argmax(np.where(strong, share, -1)))
        others = int(strong.sum()) - 1
        raise DataError(
            f"'{names[worst]}' of {record.title} drifts: a straight line in time explains "
            f"{share[worst]:.0%} of its variance (it moves by {rise[worst]:+.2g} standard deviations over "
            f"the record; probability in a stationary record {probability[worst]:.1e})"
            + (f", and {others} more do so" if others else ""),
            "the record must be stationary: of a system left alone, after it has settled",
            "remove the trend with --detrend, or cut off the part before the system has settled",
        )
    warnings = []
    weak = (share > _WARNED_SHARE) & (probability < _WARNED_PROBABILITY)
    if weak.any():
        worst = int(np.argmax(np.where(weak, share, -1)))
        warnings.append(
            f"'{names[worst]}' may drift: a straight line in time explains {share[worst]:.0%} of its "
            f"variance (probability in a stationary record {probability[worst]:.1e}); consider --detrend."
        )
    slowest = int(np.argmin(span))
    if span[slowest] < _SHORT_SPAN and (record.members * span[slowest] < _SHORT_SPAN or span[slowest] < 15):
        per = "each member" if record.members > 1 else "it"
        warnings.append(
            f"'{names[slowest]}' is slow: {per} spans only about {span[slowest]:.0f} of its decorrelation "
            "times, too few to tell slow variations from drift (as in a random walk); take a longer record."
        )
    return warnings


def _check_seasonal_cycle(record: Record, series: np.ndarray, names: list[str]) -> list[str]:
    """Warn when the months of a dated record have means of their own."""
    if record.dates is None or record.time_units == "years":
        return []
    months = month_numbers(record.dates)
    years = (months[-1] - months[0]) / 12
    if years < 3 or any("seasonal cycle" in entry for entry in record.history):
        return []
    numbers = months % 12
    groups = [np.flatnonzero(numbers == month) for month in np.unique(numbers)]
    if len(groups) < 2:
        return []
    mean = series.mean(axis=(0, 1))
    between = sum(group.size * (series[:, group].mean(axis=(0, 1)) - mean) ** 2 for group in groups)
    share = between / record.steps / np.maximum(series.var(axis=(0, 1)), np.finfo(float).tiny)
    worst = int(np.argmax(share))
    if share[worst] <= max(0.15, 3 / years):
        return []
    return [
        f"'{names[worst]}' has a seasonal cycle: the months' means explain {share[worst]:.0%} of its "
        "variance; anomalies are what is needed from it (--anomaly month)."
    ]


def _place(record: Record, member: int, step: int) -> str:
    of_member = f" of member '{record.member_names[member]}'" if record.members > 1 else ""
    return f"time step {step + 1} ({record.time_label(step)}){of_member}"


def _list(items: list[str], most: int = 5) -> str:
    rest = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + rest
