"""Which states are held out: a few contiguous blocks of time, with a gap beside them."""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, PRNGKeyArray

from ..core import DataError


class Split(NamedTuple):
    """Which states of a record are trained on and which are held out; what is in neither lies in a gap.

    Attributes:
        training: Whether each state is trained on.
        block: Index of the held-out block of each state, -1 outside.
        gap: Steps left out on both sides of every held-out block.
    """

    training: Bool[np.ndarray, " n"]
    block: np.ndarray
    gap: int


def split_blocks(length: int, *, fraction: float, blocks: int, gap: int, key: PRNGKeyArray) -> Split:
    """Hold out contiguous blocks of states, one at a random place in each of ``blocks`` equal segments.

    Blocks rather than single states, because neighbours in time are nearly equal: a state whose neighbours
    were trained on is not held out.

    Args:
        length: Number of states.
        fraction: Part of them held out.
        blocks: Number of blocks.
        gap: Steps left out of training on both sides of each block, at most the length of a block.
        key: Random key of the places.

    Raises:
        DataError: There are too few states for blocks of two.

    Example:
        >>> import jax
        >>> split = split_blocks(1000, fraction=0.1, blocks=5, gap=3, key=jax.random.key(0))
        >>> int((split.block >= 0).sum())
        100
    """
    segment = length / blocks
    size = round(fraction * segment)
    if size < 2:
        raise DataError(
            f"the record has {length} states",
            f"{blocks} held-out blocks with {fraction:.0%} of the states need at least "
            f"{int(2 * blocks / fraction) + 1}",
            "give a longer record, or use the Gaussian score",
        )
    gap = min(gap, size)
    places = np.asarray(jax.random.uniform(key, (blocks,)))
    training = np.ones(length, bool)
    block = np.full(length, -1)
    for index, place in enumerate(places):
        start = int(index * segment + place * (int(segment) - size))
        training[max(0, start - gap) : start + size + gap] = False
        block[start : start + size] = index
    return Split(training, block, gap)
