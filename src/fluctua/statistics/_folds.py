r"""How a record is cut: blocks of time for bands, folds for cross-fitting, gaps between a fold and its training data.

What is fitted for one fold is learned from the other folds, its *training data*. A pair of states that lie a lag apart
begins in one block and ends up to the largest lag later, and states remember each other for some time beyond that: so
within a member the gap between a fold and its training data is at least the largest lag plus that memory.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

_LARGEST_GAP = 5  # a gap never takes more than one part in so many of a fold


class Block(NamedTuple):
    """A contiguous run of origins within one member.

    Attributes:
        member: The member.
        start: First step.
        length: Number of steps.
        fold: The fold that it belongs to.
        end: The step after the last one of its piece of the record: no pair goes beyond.
        near: Other folds that begin or end within a gap of it, in the same member.
    """

    member: int
    start: int
    length: int
    fold: int
    end: int
    near: tuple[int, ...] = ()

    @property
    def stop(self) -> int:
        """The step after the last one."""
        return self.start + self.length

    def trains(self, fold: int) -> bool:
        """Whether the block is training data of a fold."""
        return counted(self.fold, self.near, fold, 0.0) > 0


def counted(own: int, near: tuple[int, ...], fold: int | None, share: float) -> float:
    """By how much data count for what is learned for a fold: those in it or near it by a share, others by one."""
    return share if fold in (own, *near) else 1.0


class FoldPlan(NamedTuple):
    """All blocks of a record, in order of member and time."""

    blocks: tuple[Block, ...]
    folds: int

    def fold_of(self) -> np.ndarray:
        """Fold of each block."""
        return np.array([block.fold for block in self.blocks])

    def training(self, fold: int) -> np.ndarray:
        """Which blocks are training data of a fold: a boolean mask over blocks."""
        return np.array([block.trains(fold) for block in self.blocks])

    def parts(self, each: int) -> list[int]:
        """A number for each block that cuts every fold into ``each`` contiguous parts, counted within the fold."""
        sizes = np.bincount(self.fold_of(), minlength=self.folds)
        seen = np.zeros(self.folds, int)
        numbers = []
        for block in self.blocks:
            numbers.append(int(seen[block.fold] * each // sizes[block.fold]))
            seen[block.fold] += 1
        return numbers


def plan_folds(
    members: int,
    steps: int,
    *,
    max_lag: int,
    memory: float,
    folds: int,
    target: int = 256,
    borders: Sequence[int] = (),
) -> FoldPlan:
    """Cut a record into about ``target`` blocks of equal length and contiguous folds with gaps.

    Args:
        members: Number of members; no block crosses a border.
        steps: Time steps of each member.
        max_lag: Largest lag in steps: folds are so far apart. How long a block is does not depend on it.
        memory: Steps for which states remember each other: twice the integrated autocorrelation time.
        folds: Number of folds.
        target: Wanted number of blocks.
        borders: Steps of the members at which a new piece begins: no block crosses them either.

    Returns:
        The plan. Its gaps are at least ``max_lag + memory`` steps, but take no more than a fifth of a fold: with a
        short record some leakage is the lesser evil.

    Example:
        >>> plan = plan_folds(1, 1000, max_lag=10, memory=20.0, folds=4, target=64)
        >>> len(plan.blocks), plan.blocks[15].near, int(plan.training(0).sum())
        (67, (1,), 48)
    """
    total = members * steps
    length = max(total // target, 1)
    edges: list[tuple[int, int, int]] = []
    for first, end in pairwise([0, *borders, steps]):
        size = end - first
        # At least a few blocks a fold, whatever the number of members.
        count = max(1, min(size, max(round(size / length), -(-8 * folds * size // total))))
        cuts = np.linspace(first, end, count + 1).astype(int)
        edges += [(int(start), int(stop - start), end) for start, stop in pairwise(cuts)]
    layout = [(member, *piece) for member in range(members) for piece in edges]
    fold_of = [index * folds // len(layout) for index in range(len(layout))]
    sizes = np.bincount(fold_of, [size for _, _, size, _ in layout])
    gap = min(max_lag + memory, sizes.min() / _LARGEST_GAP)
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    for (member, start, size, _), fold in zip(layout, fold_of, strict=True):
        spans[member, fold] = spans.get((member, fold), (start, 0))[0], start + size
    blocks = []
    for (member, start, size, end), fold in zip(layout, fold_of, strict=True):
        apart = {
            other: max(spans[member, other][0] - start - size, start - spans[member, other][1])
            for other in range(folds)
            if other != fold and (member, other) in spans
        }
        near = tuple(other for other, distance in apart.items() if distance < gap)
        blocks.append(Block(member, start, size, fold, end, near))
    return FoldPlan(tuple(blocks), folds)
