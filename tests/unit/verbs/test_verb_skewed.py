"""Pushes on very skewed variables: refused or warned of where they are wrong, and not where they are right."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

import fluctua
from fluctua.core import FluctuaWarning, OptionError


def log_normal(deviation: float, steps: int = 6000) -> np.ndarray:
    moves = np.random.default_rng(0).standard_normal((steps, 2))
    return np.exp(deviation * np.asarray(lfilter([0.6], [1, -0.8], moves, axis=0)))


def asked(values: np.ndarray, push: str, **options: Any) -> list[str]:
    """What is said of skewness when a push on the first of two variables is asked for."""
    table = pd.DataFrame({"p": values[:, 0], "x": np.log(values[:, 1])})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FluctuaWarning)
        fluctua.respond(table, push=push, max_lag=2, score="gaussian", **options)
    return [str(each.message) for each in caught if "very skewed" in str(each.message)]


def test_a_wide_log_normal_variable_is_not_pushed_by_the_same_everywhere() -> None:
    values = log_normal(1.6)
    with pytest.raises(OptionError, match=r"positive and very skewed.*push='p_share: p=p'.*log\(p\).*allow_unreliable"):
        asked(values, "p")
    assert len(asked(values, "p", allow_unreliable=True)) == 1
    assert not asked(values, "p_share: p=p")
    assert not asked(values, "x")


def test_a_narrower_one_is_warned_of() -> None:
    assert len(asked(log_normal(1.0), "p")) == 1
    assert not asked(log_normal(0.4), "p")


def test_what_is_not_log_normal_is_none_of_this() -> None:
    moves = np.random.default_rng(1).standard_normal((6000, 2))
    gamma = np.square(lfilter([0.6], [1, -0.8], moves, axis=0)).sum(axis=1)
    assert not asked(np.stack([gamma, log_normal(0.4)[:, 1]], axis=1), "p")
