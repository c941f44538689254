"""Stretches at one value, cycles of several harmonics and means over steps: the cause is named, and its cure works."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

import fluctua
from fluctua.core import FluctuaWarning, OptionError
from fluctua.data import Record, remedy_for_cycle

STEPS = 3000


def remembered(keeps: float = 0.8, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(STEPS)
    return np.asarray(lfilter([1], [1, -keeps], noise))


def asked(x: np.ndarray, **options: Any) -> tuple[Any, str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FluctuaWarning)
        answer = fluctua.respond(
            pd.DataFrame({"x": x}), push="x", max_lag=2, score="gaussian", features="linear", **options
        )
    return answer, " ".join(str(each.message) for each in caught)


def test_a_stretch_that_was_never_written_is_made_a_gap() -> None:
    x = remembered()
    x[900:1300] = 0.0
    with pytest.raises(OptionError, match=r"exactly 0 in 13\.3%.*If the 400 steps .*missing=0, gaps='split'"):
        asked(x)
    answer, said = asked(x, missing=[0.0], gaps="split")
    assert not said
    assert abs(float(answer.impulse_response.values.ravel()[1]) - 0.8) < 4 * 0.014
    with pytest.raises(OptionError, match="Push another variable") as refused:
        asked(np.maximum(remembered(), 0.3))  # values that were cut off come here and there
    assert "gaps='split'" not in str(refused.value)


@pytest.mark.parametrize(("period", "harmonic"), [(7, 2), (24, 5), (24, 1)])
def test_a_cycle_is_named_by_its_whole_period(period: int, harmonic: int) -> None:
    """The line that strikes is a harmonic of a cycle whose other lines are there, too; or it is alone."""
    time = np.arange(STEPS)
    x = remembered() + 1.5 * np.cos(2 * np.pi * time / period)
    if harmonic > 1:
        x += 1.5 * np.cos(2 * np.pi * harmonic * time / period + 1)
    record = Record(x[None, :, None], dt=1.0)
    assert str(remedy_for_cycle(record, period / harmonic)) == f"--cycle {period}"


def test_means_over_steps_are_no_noise_below_zero() -> None:
    x = remembered()
    _, said = asked(np.convolve(x, np.ones(3) / 3, "valid"))
    assert "white noise" not in said
