"""Random noise levels."""

import math

import jax
import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.noise import draw_log_uniform_levels


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
def test_drawn_levels_out_of_order_are_refused(smallest: float, largest: float) -> None:
    with pytest.raises(OptionError, match=rf"from {smallest} to {largest}; a positive smallest level .* Give"):
        draw_log_uniform_levels(jax.random.key(0), (3,), smallest, largest)


def test_a_negative_emphasis_is_refused() -> None:
    with pytest.raises(OptionError, match=r"is -1\.0; a number that is not negative is needed\. Give 0"):
        draw_log_uniform_levels(jax.random.key(0), (3,), 0.1, 1.0, emphasis=-1.0)
