"""Numbers so large or small that errors cannot be squared are refused; others give the same answer in any units."""

import numpy as np
import pytest
from scipy.signal import lfilter

import fluctua
from fluctua.core import OptionError
from fluctua.data import record_from_array

NOISE = np.random.default_rng(0).standard_normal((2, 500))
STATES = np.stack([lfilter([1], [1, -0.8], NOISE[0]), lfilter([1], [1, -0.5], NOISE[1])], axis=1)
RECORD = record_from_array(STATES, names=("x", "y"))


@pytest.mark.parametrize("push", ["1e300*x", "1e-40*x"])
def test_pushes_have_a_size_that_can_be_squared(push: str) -> None:
    with pytest.raises(OptionError, match=r"moves variables by .*responses are proportional to it"):
        fluctua.respond(RECORD, f"a: {push}", max_lag=3.0, score="gaussian")


def test_observables_have_a_size_that_can_be_squared() -> None:
    with pytest.raises(OptionError, match=r"'1e80\*x' has values up to"):
        fluctua.respond(RECORD, "x", "1e80*x", max_lag=3.0, score="gaussian")


@pytest.mark.filterwarnings("ignore::fluctua.core.FluctuaWarning")
def test_far_units_change_nothing() -> None:
    answer = fluctua.respond(RECORD, "x", ["x", "y"], max_lag=3.0, score="gaussian").impulse_response_stderr
    other = record_from_array(STATES * [1e-30, 1e30], names=("x", "y"))
    scaled = fluctua.respond(other, "x", ["x", "y"], max_lag=3.0, score="gaussian").impulse_response_stderr
    for observable, size in (("x", 1.0), ("y", 1e60)):
        one, two = (each.sel(observable=observable).values[..., 1:] for each in (answer, scaled))
        np.testing.assert_allclose(two / size, one, rtol=1e-10)
