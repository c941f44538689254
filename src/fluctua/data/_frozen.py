"""Runs of equal values: an instrument that was stuck, a part of a file that was never written, gaps that were filled.

Rounded values repeat at the next step, and at others far away as well. Where values do the first and not the second,
whatever their number, they were carried on.
"""

import numpy as np

from ._homogeneous import spread
from ._record import Record

_STRIDE = 8
_SHORTEST = 2 * _STRIDE
"""A run of so many steps holds two neighbours of every eighth step, which is all that is read of most records."""

_LONGER = 5
_FEWEST_VALUES = 10
"""Variables of fewer values than this rest at one of them most of the time."""

_CARRIED = 5
"""Equal neighbours for one value that comes again elsewhere, and the fewest of them."""

_COLUMNS = 64
_MOST_NAMED = 3
_IMPROBABLE = 1e-4


def no_frozen_values(record: Record) -> list[str]:
    """Warn of runs of equal values far longer than any other.

    A value may repeat: rounded values do, and zeros of rain come in spells. A run counts as frozen when it is
    improbable at the rate at which values repeat elsewhere, and five times as long as any other run of its value.
    """
    found = []
    for member, flat in enumerate(record.flat):
        coarse = flat[::_STRIDE]
        for column in np.flatnonzero((coarse[1:] == coarse[:-1]).any(axis=0)):
            run = _frozen(flat[:, column])
            if run is not None:
                found.append((member, int(column), *run))
    warnings = []
    for member, column, start, length in found[:_MOST_NAMED]:
        warnings.append(
            f"'{record.names[column]}' stays at {record.flat[member, start, column]:.7g} for {length} steps from "
            f"{record.place(member, start)}, far longer than anywhere else: was it frozen, or "
            "never written? Cut that stretch out if so."
        )
    if len(found) > _MOST_NAMED:
        warnings.append(f"{record.title} has {len(found) - _MOST_NAMED} more such runs of equal values.")
    return warnings or _carried_on(record)


def _carried_on(record: Record) -> list[str]:
    """Warn of the first variable with values that were carried on to the next step."""
    for column in spread(record.dimension, _COLUMNS):
        series = record.flat[:, :, column]
        new = np.concatenate([np.ones((len(series), 1), bool), series[:, 1:] != series[:, :-1]], axis=1)
        equal = int(np.count_nonzero(~new))
        if equal >= _CARRIED and equal > _CARRIED * (np.count_nonzero(new) - np.unique(series[new]).size + 1):
            place = record.place(*divmod(int(np.argmin(new)), record.steps))
            return [
                f"'{record.names[column]}' has the value of the step before at {equal} steps, the first is {place}, "
                "and none of its values comes again elsewhere: were gaps filled with the last value? Leave them empty, "
                "and let them part the record with --gaps split."
            ]
    return []


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
