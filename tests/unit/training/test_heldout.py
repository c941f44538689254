"""Held-out blocks and the gaps beside them."""

import jax
import numpy as np
import pytest

from fluctua.core import DataError
from fluctua.training import split_blocks


@pytest.mark.parametrize(("length", "blocks", "gap"), [(1000, 8, 5), (997, 3, 1000), (160, 8, 0)])
def test_blocks_are_contiguous_apart_and_away_from_the_training_states(length: int, blocks: int, gap: int) -> None:
    split = split_blocks(length, fraction=0.1, blocks=blocks, gap=gap, key=jax.random.key(0))
    size = round(0.1 * length / blocks)
    training = np.flatnonzero(split.training)
    assert split.gap == min(gap, size)
    for index in range(blocks):
        where = np.flatnonzero(split.block == index)
        assert len(where) == size
        assert where[-1] - where[0] == size - 1
        assert np.abs(training[:, None] - where).min() == split.gap + 1
    assert len(training) >= length - blocks * (size + 2 * split.gap)


def test_places_depend_on_the_key() -> None:
    first, again, other = (
        split_blocks(5000, fraction=0.1, blocks=4, gap=2, key=jax.random.key(seed)).block for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_a_record_too_short_for_blocks_is_refused() -> None:
    with pytest.raises(DataError, match=r"has 50 states; 8 held-out blocks with 10% .* at least 161\. Give a longer"):
        split_blocks(50, fraction=0.1, blocks=8, gap=1, key=jax.random.key(0))
