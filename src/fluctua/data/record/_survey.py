"""What is known of every value of a record from one reading: whether it is there, and the extremes."""

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...core import (
    PIECE_NUMBERS,
    AbstractProgress,
    AbstractStored,
    SilentProgress,
    States,
    engine_for,
    pieces_of,
)

if TYPE_CHECKING:
    from ._record import Record

PARTS = 4
"""Parts of a member, one after the other, whose extremes are known."""

STRIDE = 8
"""Steps between the values that are compared with one another where runs of equal ones are looked for."""


class Survey(NamedTuple):
    """What one reading of a record found.

    Attributes:
        missing: How often each variable of a member has no finite value, shape ``(member, d)``.
        low: Smallest value of each variable in each part of a member, shape ``(member, part, d)``.
        high: Largest value, likewise.
        still: Member, first step and the step after the last of the piece of a stored record in which a variable stands
            still most often; nothing where none does, or the record is in memory.
    """

    missing: np.ndarray
    low: np.ndarray
    high: np.ndarray
    still: tuple[int, int, int] | None = None

    def of(self, columns: np.ndarray) -> "Survey":
        """What it found of some of the variables."""
        return Survey(self.missing[:, columns], self.low[..., columns], self.high[..., columns], self.still)


@np.errstate(all="ignore")
def survey(record: "Record", progress: AbstractProgress | None = None) -> Survey:
    """Read a record once, piece by piece."""
    ends = np.linspace(0, record.steps, PARTS + 1).astype(int)
    most = max(1, PIECE_NUMBERS // record.dimension)
    pieces = [
        (member, part, start, min(start + most, end))
        for member in range(record.members)
        for part, (first, end) in enumerate(pairwise(ends))
        for start in range(first, end, most)
    ]
    shape = record.members, PARTS, record.dimension
    missing = np.zeros((record.members, record.dimension), int)
    low, high = np.full(shape, np.inf), np.full(shape, -np.inf)
    engine = engine_for(record.values)
    values = engine.share(record.flat)
    found = engine.results((_look, (values, piece)) for piece in pieces)
    still, most_often = None, 0
    with (progress or SilentProgress()).task("look at every value", len(pieces)) as task:
        for (member, part, start, stop), (lost, smallest, largest, stays) in zip(pieces, found, strict=True):
            if stays > most_often:
                still, most_often = (member, start, stop), stays
            missing[member] += lost
            low[member, part] = np.minimum(low[member, part], smallest)
            high[member, part] = np.maximum(high[member, part], largest)
            task.advance()
    return Survey(missing, low, high, still)


def _look(values: States, piece: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    member, _, start, stop = piece
    states = values[member, start:stop]
    finite = np.isfinite(states)
    lost = np.zeros(states.shape[1], int) if finite.all() else len(states) - np.count_nonzero(finite, axis=0)
    coarse = states[::STRIDE] if isinstance(values, AbstractStored) else states[:0]
    stays = np.count_nonzero(coarse[1:] == coarse[:-1], axis=0).max(initial=0)
    return lost, states.min(axis=0), states.max(axis=0), int(stays)


def first_without_value(record: "Record") -> tuple[int, int, int, float]:
    """Member, step, column and value of the first value of a record that is not finite; there has to be one."""
    most = max(1, PIECE_NUMBERS // record.dimension)
    for member in range(record.members):
        for start in range(0, record.steps, most):
            states = record.flat[member, start : start + most]
            finite = np.isfinite(states)
            if not finite.all():
                step, column = map(int, np.unravel_index(int(np.argmin(finite)), finite.shape))
                return member, start + step, column, float(states[step, column])
    raise AssertionError("unreachable: a value was missing")


def standard_deviation(record: "Record", column: int) -> float:
    """Of one variable over all members and steps, by two readings of a stored record."""
    flat = record.flat
    if not isinstance(flat, AbstractStored):
        return float(flat[..., column].std())
    engine, pieces, states = engine_for(flat), pieces_of(flat), record.members * record.steps
    values = engine.share(flat)

    def mean_power(centre: float, power: int) -> float:
        return sum(engine.results((_power, (values, piece, column, centre, power)) for piece in pieces)) / states

    return float(np.sqrt(mean_power(mean_power(0.0, 1), 2)))


def _power(values: States, piece: tuple[int, int, int], column: int, centre: float, power: int) -> float:
    member, start, stop = piece
    return float(np.sum((values[member, start:stop][:, column] - centre) ** power))
