"""Tails of laws without a variance: ratios are told, powers and exponentials of Gaussian states are not."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.signal import lfilter

from fluctua.statistics import has_infinite_variance

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]

WITHOUT: dict[str, Function] = {
    "ratio": lambda x, y: x / y,
    "inverse": lambda x, y: 1 / x,
    "inverse from one": lambda x, y: 1 / (x - 1),
    "inverse square": lambda x, y: x**-2.0,
    "tangent": lambda x, y: np.tan(x),
}
WITH: dict[str, Function] = {
    "square": lambda x, y: x**2,
    "cube": lambda x, y: x**3,
    "product": lambda x, y: x * y,
    "exponential": lambda x, y: np.exp(x),
    "indicator": lambda x, y: (x > 2) * 1.0,
    "maximum": lambda x, y: np.maximum(x, 0),
    "logarithm": lambda x, y: np.log(np.abs(x)),
    "ratio above zero": lambda x, y: x / (1 + y**2),
}


def pairs(steps: int, members: int) -> np.ndarray:
    """Two Gaussian variables that keep 0.8 at a step, shape ``(2, member, time)``."""
    noise = 0.6 * np.random.default_rng(0).standard_normal((2, members, steps + 100))
    return np.asarray(lfilter([1.0], [1.0, -0.8], noise))[..., 100:]


@pytest.mark.parametrize("name", WITHOUT)
def test_what_has_no_variance_is_told(name: str) -> None:
    """At least 0.97 of records are (measured on 100 of each): fewer than 16 of 20 have a probability of 3e-4."""
    found = [has_infinite_variance(WITHOUT[name](x, y)[None]) for x, y in pairs(3000, 20).swapaxes(0, 1)]
    assert sum(found) >= 16


@pytest.mark.parametrize("name", WITH)
def test_what_has_a_variance_is_not(name: str) -> None:
    """At most one in 100 is: more than three of 20 have a probability of 4e-5."""
    found = [has_infinite_variance(WITH[name](x, y)[None]) for x, y in pairs(3000, 20).swapaxes(0, 1)]
    assert sum(found) <= 3


def test_constants_and_members_are_taken() -> None:
    assert not has_infinite_variance(np.ones((1, 500)))
    x, y = pairs(400, 10)
    assert has_infinite_variance(x / y)
    assert not has_infinite_variance(x * y)
