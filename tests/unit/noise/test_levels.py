"""Noise levels."""

import math

import jax
import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.noise import draw_log_uniform_levels, geometric_levels


@pytest.mark.parametrize(("smallest", "largest", "count"), [(0.07, 10.0, 6), (1e-3, 1e3, 2), (0.5, 0.5, 3)])
def test_geometric_levels_have_a_constant_ratio_and_meet_both_ends(smallest: float, largest: float, count: int) -> None:
    levels = geometric_levels(smallest, largest, count)
    assert levels.shape == (count,)
    assert levels[0] == smallest
    assert levels[-1] == largest
    np.testing.assert_allclose(levels[1:] / levels[:-1], (largest / smallest) ** (1 / (count - 1)), rtol=1e-12)


def test_a_single_level_is_the_smallest() -> None:
    assert geometric_levels(0.3, 2.0, 1).tolist() == [0.3]


@pytest.mark.parametrize("emphasis", [0.0, 1.0])
def test_drawn_levels_follow_their_law(emphasis: float) -> None:
    """ln(level) has the distribution function u^(1/(1+emphasis)); Kolmogorov, failure probability below
    2e-8."""
    count = 100_000
    levels = draw_log_uniform_levels(jax.random.key(0), (count,), 0.1, 10.0, emphasis=emphasis)
    position = np.sort(np.log(np.asarray(levels) / 0.1) / math.log(100.0))
    distance = np.abs(position ** (1.0 / (1.0 + emphasis)) - (np.arange(count) + 0.5) / count).max()
    assert np.sqrt(count) * distance < 3.04 + 1.0 / np.sqrt(count)


def test_drawn_levels_stay_in_range_in_single_precision() -> None:
    levels = draw_log_uniform_levels(jax.random.key(1), (10_000,), 0.07, 0.0701, dtype="float32")
    assert levels.dtype == "float32"
    assert np.float32(0.07) <= levels.min()
    assert levels.max() <= np.float32(0.0701)


@pytest.mark.parametrize(
    ("smallest", "largest"), [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (1.0, math.inf)]
)
def test_levels_out_of_order_are_refused(smallest: float, largest: float) -> None:
    with pytest.raises(OptionError, match=rf"from {smallest} to {largest}; a positive smallest level .* Give"):
        geometric_levels(smallest, largest, 3)
    with pytest.raises(OptionError, match=rf"from {smallest} to {largest}; a positive smallest level .* Give"):
        draw_log_uniform_levels(jax.random.key(0), (3,), smallest, largest)


def test_an_empty_set_of_levels_and_a_negative_emphasis_are_refused() -> None:
    with pytest.raises(OptionError, match=r"0 noise levels were asked for; at least 1 is needed\. Ask for 1"):
        geometric_levels(0.1, 1.0, 0)
    with pytest.raises(OptionError, match=r"is -1\.0; a number that is not negative is needed\. Give 0"):
        draw_log_uniform_levels(jax.random.key(0), (3,), 0.1, 1.0, emphasis=-1.0)
