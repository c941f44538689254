"""A part of a long record in memory, for checks that a part carries: stretches of time, the same of every member."""

from dataclasses import replace

import numpy as np

from ...core import AbstractStored, in_memory
from ...statistics import MOST_NUMBERS
from ._record import Record

_STRETCHES = 24


def excerpt_of(record: Record, numbers: int = MOST_NUMBERS) -> Record:
    """The record itself if it has no more numbers than this, else some of its time; in memory in any case.

    The first and the last states are in it. Steps keep the times that they have.

    Example:
        >>> record = Record(np.arange(1000.0)[None, :, None], dt=0.5)
        >>> part = excerpt_of(record, numbers=48)
        >>> part.steps, part.flat[0, :3, 0].tolist(), part.time_label(47)
        (48, [0.0, 1.0, 43.0], '499.5 time units')
    """
    if record.values.size <= numbers:
        return replace(record, values=in_memory(record.values)) if isinstance(record.values, AbstractStored) else record
    members, steps = _size(record, numbers)
    kept = np.unique(np.linspace(0, record.members - 1, members).astype(int))
    length = max(1, steps // _STRETCHES)
    starts = np.linspace(0, record.steps - length, max(1, steps // length)).astype(int)
    chosen = np.unique(np.concatenate([np.arange(start, start + length) for start in starts]))
    values = np.stack(
        [np.concatenate([record.values[member, start : start + length] for start in starts]) for member in kept]
    )
    if chosen.size < values.shape[1]:  # stretches that overlap
        values = np.stack([np.concatenate([record.values[m, a : b + 1] for a, b in _runs(chosen)]) for m in kept])
    return _part(record, values, kept, chosen)


def piece_of(record: Record, member: int, start: int, stop: int) -> Record:
    """Some steps of one member as a record, in memory; they keep the times that they have."""
    values = record.values[member, start:stop][None]
    return _part(record, values, np.array([member]), np.arange(start, stop))


def _part(record: Record, values: np.ndarray, kept: np.ndarray, chosen: np.ndarray) -> Record:
    """The record of these values, which are some members at some steps."""
    borders = np.searchsorted(chosen, record.borders)
    return replace(
        record,
        values=values,
        dates=None if record.dates is None else record.dates[chosen],
        times=None if record.times is None else record.times[chosen],
        taken=chosen,
        borders=tuple(border for border in np.unique(borders).tolist() if 0 < border < chosen.size),
        member_names=tuple(record.member_names[member] for member in kept),
    )


def _size(record: Record, numbers: int) -> tuple[int, int]:
    """How many members and how many steps of each are taken."""
    states = max(1, numbers // record.dimension)
    each = max(states // record.members, min(record.steps, states, 64 * _STRETCHES))
    return max(1, min(record.members, states // each)), min(record.steps, each)


def _runs(steps: np.ndarray) -> list[tuple[int, int]]:
    """First and last of the runs of neighbouring steps."""
    breaks = np.flatnonzero(np.diff(steps) > 1)
    return list(zip(steps[np.r_[0, breaks + 1]].tolist(), steps[np.r_[breaks, steps.size - 1]].tolist(), strict=True))
