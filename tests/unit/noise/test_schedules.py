"""Schedules of noise levels."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.noise import cosine_levels, geometric_levels, polynomial_levels

SCHEDULES = [geometric_levels, polynomial_levels, cosine_levels]


@pytest.mark.parametrize(("smallest", "largest", "count"), [(0.07, 10.0, 6), (1e-3, 1e3, 2), (0.5, 0.5, 3)])
def test_geometric_levels_have_a_constant_ratio(smallest: float, largest: float, count: int) -> None:
    levels = geometric_levels(smallest, largest, count)
    np.testing.assert_allclose(levels[1:] / levels[:-1], (largest / smallest) ** (1 / (count - 1)), rtol=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(("smallest", "largest", "count"), [(0.07, 10.0, 6), (1e-3, 1e3, 50), (0.5, 0.5, 3)])
def test_levels_ascend_and_meet_both_ends(schedule: Callable, smallest: float, largest: float, count: int) -> None:
    levels = schedule(smallest, largest, count)
    assert levels.shape == (count,)
    assert levels[0] == smallest
    assert levels[-1] == largest
    assert np.all(np.diff(levels) >= 0.0)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_single_level_is_the_smallest(schedule: Callable) -> None:
    assert schedule(0.3, 2.0, 1).tolist() == [0.3]


def test_polynomial_levels_are_those_of_karras_and_others_in_ascending_order() -> None:
    # Equation 5 of the paper, written out: levels from 80 down to 0.002, 18 of them, rho = 7.
    index = np.arange(18)
    published = (80.0 ** (1 / 7) + index / 17 * (0.002 ** (1 / 7) - 80.0 ** (1 / 7))) ** 7
    np.testing.assert_allclose(polynomial_levels(0.002, 80.0, 18)[::-1], published, rtol=1e-12)
    np.testing.assert_allclose(np.diff(polynomial_levels(0.5, 2.0, 4, rho=1.0)), 0.5, rtol=1e-12)


def test_cosine_levels_are_ratios_of_noise_to_signal() -> None:
    # With alpha-bar = cos^2 of an angle in equal steps, sigma^2 = (1 - alpha-bar) / alpha-bar.
    angle = np.linspace(math.atan(0.05), math.atan(20.0), 9)
    kept = np.cos(angle) ** 2
    np.testing.assert_allclose(cosine_levels(0.05, 20.0, 9), np.sqrt((1.0 - kept) / kept), rtol=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(
    ("smallest", "largest"), [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (1.0, math.inf)]
)
def test_levels_out_of_order_are_refused(schedule: Callable, smallest: float, largest: float) -> None:
    with pytest.raises(OptionError, match=rf"from {smallest} to {largest}; a positive smallest level .* Give"):
        schedule(smallest, largest, 3)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_an_empty_set_of_levels_is_refused(schedule: Callable) -> None:
    with pytest.raises(OptionError, match=r"0 noise levels were asked for; at least 1 is needed\. Ask for 1"):
        schedule(0.1, 1.0, 0)


@pytest.mark.parametrize("rho", [0.0, -2.0, math.inf, math.nan])
def test_a_power_that_is_none_is_refused(rho: float) -> None:
    with pytest.raises(OptionError, match=rf"rho = {rho}; a positive finite number is needed\. Give 7"):
        polynomial_levels(0.1, 1.0, 3, rho=rho)
