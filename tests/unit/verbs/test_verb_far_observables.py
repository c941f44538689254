"""Observables without a variance are told of by name; those that have one, and variables themselves, are not."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

import fluctua
from fluctua.core import FluctuaWarning

NOISE = 0.6 * np.random.default_rng(1).standard_normal((2, 3000))
TABLE = pd.DataFrame(np.transpose(lfilter([1.0], [1.0, -0.8], NOISE)), columns=["x", "y"])


def told(observe: Any) -> list[str]:
    """What is said of observables without a variance."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FluctuaWarning)
        fluctua.respond(TABLE, push="x", observe=observe, max_lag=2, score="gaussian", features="linear")
    return [str(each.message) for each in caught if "no finite variance" in str(each.message)]


def test_a_ratio_is_told_of_with_bounds() -> None:
    (said,) = told(["x/y", "x**2", "x*y", "exp(x)", "x > 1"])
    assert "'x/y'" in said
    assert "observe='max(-" in said
    (said,) = told({"mine": lambda states: states[..., 0] / states[..., 1]})
    assert "'mine'" in said
    assert "max(" not in said


@pytest.mark.parametrize("observe", [None, ["y"]], ids=str)
def test_variables_are_not(observe: Any) -> None:
    assert not told(observe)
