"""How a record is cut: blocks for the bands, folds for cross-fitting, margins as gaps between folds."""

from typing import NamedTuple

import numpy as np


class Block(NamedTuple):
    """A contiguous run of origins within one member."""

    member: int
    start: int
    length: int
    fold: int
    margin: int  # -1: touches the fold before in the same member; +1: the fold after; 0: interior


class BlockPlan(NamedTuple):
    """All blocks of a record, in order of member and time."""

    blocks: tuple[Block, ...]
    folds: int

    def fold_of(self) -> np.ndarray:
        """Fold of each block."""
        return np.array([block.fold for block in self.blocks])

    def training(self, fold: int) -> np.ndarray:
        """Which blocks may teach the fold: all others, except the margins that touch it.

        Returns:
            Boolean mask over blocks.
        """
        mask = self.fold_of() != fold
        for index, block in enumerate(self.blocks):
            if (block.margin == 1 and block.fold == fold - 1) or (block.margin == -1 and block.fold == fold + 1):
                mask[index] = False
        return mask


def plan_blocks(members: int, steps: int, max_lag: int, gap: int, folds: int, target: int = 256) -> BlockPlan:
    """Cut a record into about ``target`` blocks of equal length and contiguous folds with gaps.

    Args:
        members: Number of members; no block crosses a border.
        steps: Time steps of each member.
        max_lag: Largest lag in steps; very short blocks with long lags are avoided, because each block reads
            ``max_lag`` steps beyond its end.
        gap: Steps left out between a fold and what teaches it: a decorrelation time.
        folds: Number of folds.
        target: Wanted number of blocks.
    """
    total = members * steps
    length = max(total // target, min(max_lag // 4, total // 64), 1)
    per_member = max(1, min(steps, round(steps / length)))
    # At least a few blocks a fold, whatever the number of members.
    per_member = max(per_member, min(steps, -(-8 * folds // members)))
    edges = np.linspace(0, steps, per_member + 1).astype(int)
    layout = [(member, edges[i], edges[i + 1] - edges[i]) for member in range(members) for i in range(per_member)]
    fold_of = [index * folds // len(layout) for index in range(len(layout))]
    # A margin never takes more than a fifth of a fold: with a short record some leakage is the lesser evil.
    smallest = min(fold_of.count(fold) for fold in range(folds))
    margin_blocks = int(min(np.ceil(gap / max(1, steps / per_member)), smallest // 5))
    blocks = []
    for index, (member, start, length_) in enumerate(layout):
        margin = 0
        after = min(index + margin_blocks, len(layout) - 1)
        before = max(index - margin_blocks, 0)
        if margin_blocks and fold_of[after] != fold_of[index] and layout[after][0] == member:
            margin = 1
        elif margin_blocks and fold_of[before] != fold_of[index] and layout[before][0] == member:
            margin = -1
        blocks.append(Block(member, int(start), int(length_), fold_of[index], margin))
    return BlockPlan(tuple(blocks), folds)
