"""Which states are held out: a few contiguous blocks of time, with a gap beside them."""

from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Bool, Float, PRNGKeyArray

from ..core import DataError

_LARGEST_SAMPLE = 1 << 17
"""States of the longest piece that the autocorrelation is taken from; more would not change a first
crossing."""


class Split:
    """Which states of a record are trained on and which are held out; what is in neither lies in a gap.

    Args:
        training: Whether each state is trained on.
        block: Index of the held-out block of each state, -1 outside.
        gap: Steps left out on both sides of every held-out block.
    """

    def __init__(self, training: Bool[np.ndarray, " n"], block: np.ndarray, gap: int):
        self.training = training
        self.block = block
        self.gap = gap


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


def decorrelation_steps(pieces: Sequence[Float[np.ndarray, "_ d"]], *, pooled: bool = False) -> int:
    """First lag at which the autocorrelation of every variable has fallen below a tenth, in steps.

    Taken from the longest piece. A record that never decorrelates gives half the length looked at.

    Args:
        pieces: Contiguous pieces of the record.
        pooled: Whether the variables are alike, such as the points of a homogeneous field: their autocovariances are
            added up, which takes the scatter out of them.

    Example:
        >>> import numpy as np
        >>> decorrelation_steps([np.random.default_rng(0).standard_normal((1000, 2))])
        1
    """
    longest = max(pieces, key=len)[:_LARGEST_SAMPLE]
    centred = longest - longest.mean(axis=0)
    size = len(centred)
    # Padded to twice the length, so that the end of the record is not correlated with its start.
    power = np.abs(np.fft.rfft(centred, 2 * size, axis=0)) ** 2
    covariance = np.fft.irfft(power, axis=0)[: max(1, size // 2)]
    if pooled:
        covariance = covariance.sum(axis=1, keepdims=True)
    correlated = covariance > 0.1 * covariance[:1]
    crossing = np.where(correlated.all(axis=0), len(covariance), np.argmin(correlated, axis=0))
    return int(crossing.max())
