"""Pieces of unequal length, laid end to end, for what is asked of equal members alone."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar, cast

import numpy as np

from ..core import States, Stretch, laid

Table = TypeVar("Table", bound=States)

_COVERED = 2 / 3


def equal_members(values: Table, borders: Sequence[int]) -> Table:
    """The longest equal runs without a border that hold two thirds of the record; without borders all of it.

    Diagnostics, times and the choice of functions do with these; the sums of an estimate are over all pairs.

    Args:
        values: The record, shape ``(member, time, d)``, in memory or stored, as what is returned.
        borders: Steps at which a new piece begins, of a record of one member.

    Example:
        >>> equal_members(np.zeros((1, 100, 2)), borders=(40, 60)).shape
        (2, 40, 2)
    """
    if not borders:
        return values
    starts, length = equal_runs([0, *borders, values.shape[1]])
    return cast(Table, laid([values], [[Stretch(0, 0, start, start + length)] for start in starts]))


def equal_runs(
    edges: Sequence[int], share: float = _COVERED, parts: int = 1, shortest: int = 1
) -> tuple[list[int], int]:
    """Where the longest equal runs begin that hold so large a share of what lies between the edges, and their length.

    A run is as long as one of the pieces or as a whole part of one, up to ``parts``, and not shorter than ``shortest``
    if a piece is not; where no such runs hold the share, those that hold most are taken.

    Example:
        >>> equal_runs([0, 40, 60, 100])
        ([0, 60], 40)
        >>> equal_runs([0, 40, 60, 100], share=0.9, parts=2)
        ([0, 20, 40, 60, 80], 20)
    """
    sizes = np.diff(edges)
    cut = [size // part for part in range(1, parts + 1) for size in sizes]
    lengths = np.unique([length for length in cut if length >= shortest] or sizes).tolist()
    covered = {length: length * int((sizes // length).sum()) / sizes.sum() for length in lengths}
    length = max(length for length, held in covered.items() if held >= min(share, max(covered.values())))
    return [s for first, end in pairwise(edges) for s in range(first, end - length + 1, length)], length
