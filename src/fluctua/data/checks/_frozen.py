"""Runs of equal values: an instrument that was stuck, a part of a file that was never written, gaps that were filled.

Rounded values repeat at the next step, and at others far away as well. Where values do the first and not the second,
whatever their number, they were carried on. Of values that are rounded to a lattice, the increments 0 are about as many
as those of one unit, and these about as many as those of two: of a law whose logarithm is concave there are no more
than $n_1^2 / n_2$, and a mixture of such laws, as where the spread varies, goes beyond that only as far as $n_1$ is
above $n_2$. Far more of them were carried on as well.
"""

import numpy as np

from ...core import option
from ..record import STRIDE, Record, evenly_spread
from ..times import written_unit

_SHORTEST = 2 * STRIDE
"""A run of so many steps holds two neighbours of every eighth step, which is all that is read of most records."""

_LONGER = 5
_FEWEST_VALUES = 10
"""Variables of fewer values than this rest at one of them most of the time."""

_CARRIED = 5
"""Equal neighbours for one value that comes again elsewhere, and the fewest of them."""

_AGAIN = 0.1
"""Share of the values that come again elsewhere where hardly any does: rounded ones of a slow variable all do."""

_MORE, _ERRORS = 1.25, 6.0
"""Of increments 0 of rounded values over those that are expected, and of standard errors of their number."""

_MANY = 20
"""Increments of one size that are no chance."""

_ATOM = 0.01  # of the states at one value, such as zeros of rain, make increments of their own
_MOST_NAMED = 3
_IMPROBABLE = 1e-4


def no_frozen_values(record: Record) -> list[str]:
    """Warn of runs of equal values far longer than any other.

    A value may repeat: rounded values do, and zeros of rain come in spells. A run counts as frozen when it is
    improbable at the rate at which values repeat elsewhere, and five times as long as any other run of its value.
    """
    found = []
    for member, flat in enumerate(record.flat):
        coarse = flat[::STRIDE]
        for column in np.flatnonzero((coarse[1:] == coarse[:-1]).any(axis=0)):
            run = _frozen(flat[:, column])
            if run is not None:
                found.append((member, int(column), *run))
    warnings = []
    for member, column, start, length in found[:_MOST_NAMED]:
        warnings.append(
            f"'{record.names[column]}' stays at {record.flat[member, start, column]:.7g} for {length} steps from "
            f"{record.place(member, start)}, far longer than anywhere else: was it frozen, or "
            f"never written? Make a gap of it if so ({option('missing', f'{record.flat[member, start, column]:.10g}')} "
            "--gaps split)."
        )
    if len(found) > _MOST_NAMED:
        warnings.append(f"{record.title} has {len(found) - _MOST_NAMED} more such runs of equal values.")
    return warnings or _carried_on(record)


def _carried_on(record: Record) -> list[str]:
    """Warn of the first variable with values that were carried on to the next step."""
    for column in evenly_spread(record.dimension):
        series = record.flat[:, :, column]
        new = np.concatenate([np.ones((len(series), 1), bool), series[:, 1:] != series[:, :-1]], axis=1)
        equal = int(np.count_nonzero(~new))
        if equal < _CARRIED:
            continue
        ask = "were gaps filled with the last value? Leave them empty, and let them part the record with --gaps split."
        place = record.place(*divmod(int(np.argmin(new)), record.steps))
        again = np.count_nonzero(new) - np.unique(series[new]).size
        if equal > _CARRIED * (again + 1) and again < _AGAIN * np.count_nonzero(new):
            return [
                f"'{record.names[column]}' has the value of the step before at {equal} steps, the first is {place}, "
                f"and none of its values comes again elsewhere: {ask}"
            ]
        carried, usual = _beyond_rounding(series)
        if carried:
            return [
                f"'{record.names[column]}' has the value of the step before at {carried} steps, the first is {place}, "
                f"where its increments let expect about {usual} as they are rounded: {ask}"
            ]
    return []


def _beyond_rounding(series: np.ndarray) -> tuple[int, int]:
    """Increments 0 of values on a lattice, without those between atoms, and how many there would be; 0 if no more."""
    series = series.astype(np.float64)
    unit = written_unit(series.ravel())
    whole = np.rint(series / unit)
    if np.abs(whole).max() > 2**52:
        return 0, 0
    whole = whole.astype(np.int64) - int(whole.min())
    whole //= max(1, int(np.gcd.reduce(whole, axis=None)))
    known, count = np.unique(whole, return_counts=True)
    if known.size < _FEWEST_VALUES:
        return 0, 0
    beside = np.maximum(np.r_[count[1:], 0], np.r_[0, count[:-1]])
    atoms = known[(count > _ATOM * whole.size) & (count > _CARRIED * beside)]
    left = ~np.isin(whole[:, 1:], atoms)
    size, number = np.unique(np.abs(np.diff(whole, axis=1))[left], return_counts=True)

    def of_size(middle: int, beside: int) -> int:
        return int(number[np.abs(size - middle) <= beside].sum())

    none = of_size(0, 0)
    often = int(size[1:][np.argmax(number[1:])]) if size.size > 1 and size[0] == 0 else 0
    usual = _expected(of_size(1, 0), of_size(2, 0))
    if often > 2 and of_size(often, 0) > max(_MANY, 2 * of_size(1, 0), 2 * of_size(2, 0)):
        # Rounded before, in other units: steps of that lattice fall on two or three of this.
        usual = max(usual, _expected(of_size(often, 1), of_size(2 * often, 2)))
    return (none, round(usual)) if none > _MORE * usual + _ERRORS * np.sqrt(usual) + _CARRIED else (0, 0)


def _expected(one: int, two: int) -> float:
    """Increments 0 where so many are of one unit, up and down, and of two."""
    return (one / 2 + 1) * max((one + _MANY / 2) / (two + _MANY / 2), 1.0) ** 2


def _frozen(values: np.ndarray) -> tuple[int, int] | None:
    """Where the longest run of equal values starts and how long it is, if nothing else explains it."""
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    lengths = np.diff(np.append(starts, values.size))
    longest = int(np.argmax(lengths))
    length = int(lengths[longest])
    if length < _SHORTEST:
        return None
    others = np.delete(np.arange(lengths.size), longest)
    if np.unique(values[starts[others]]).size < _FEWEST_VALUES:
        return None
    same = lengths[others][values[starts[others]] == values[starts[longest]]]
    short = lengths[others][lengths[others] < _SHORTEST]
    repeats = max((float((part - 1).sum() / part.sum()) for part in (same, short) if part.size), default=0.0)
    usual = int(same.max()) if same.size else 1
    improbable = (length - 1) * np.log(max(repeats, 1e-9)) < np.log(_IMPROBABLE / values.size)
    return (int(starts[longest]), length) if improbable and length > _LONGER * usual else None
