"""Hill's estimate of a tail index, on quantiles instead of draws: nothing is left to chance."""

import numpy as np
import pytest
import scipy.stats

from fluctua.scores import hill

SHARES = (np.arange(200_000) + 0.5) / 200_000


@pytest.mark.parametrize("index", [1.7, 3.0])
def test_hill_finds_the_index_of_a_power_law(index: float) -> None:
    assert hill(scipy.stats.pareto.ppf(SHARES, b=index)) == pytest.approx(index, rel=2e-3)


def test_hill_of_a_gaussian_is_far_from_a_power_law() -> None:
    # The slope of ln P(|X| > x) in ln x at the 2 % point x = 2.33 is near x^2 + ... > 5.
    assert hill(np.abs(scipy.stats.norm.ppf(SHARES))) > 5.0


def test_hill_of_equal_values_is_infinite() -> None:
    assert hill(np.ones(100)) == np.inf
