"""An answer that misses what is known at lag zero says so."""

import warnings

import numpy as np
import pandas as pd
import pytest

import fluctua
from fluctua import FluctuaWarning


def _log_normal(spread: float, seed: int = 0, steps: int = 4000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    z = np.zeros(steps)
    for step in range(1, steps):
        z[step] = 0.8 * z[step - 1] + 0.6 * rng.standard_normal()
    return pd.DataFrame({"p": np.exp(spread * z)})


def _said(record: pd.DataFrame, push: object, observe: list[str]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FluctuaWarning)
        fluctua.respond(record, push, observe, max_lag=4, score="gaussian")  # type: ignore[arg-type]
    return [str(each.message) for each in caught if "At lag zero" in str(each.message)]


def test_a_logarithm_that_functions_of_the_state_do_not_follow_is_named() -> None:
    (said,) = _said(_log_normal(1.6), {"share": "p=p"}, ["log(p)", "p"])
    assert "'log(p)' to 'share' is 1, the mean slope along the push, and 0." in said


def test_following_the_advice_is_right() -> None:
    record = _log_normal(1.6).assign(l=lambda t: np.log(t.p)).drop(columns="p")
    assert _said(record, "l", ["l", "exp(l)"]) == []
    result = fluctua.respond(record, "l", ["l"], max_lag=4, score="gaussian")
    right = 0.8 ** np.arange(5)
    assert np.all(np.abs(result.impulse_response[0, 1:, 0] - right[1:]) < 5 * result.impulse_response_stderr[0, 1:, 0])


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_said_of_what_is_followed(seed: int) -> None:
    """Powers, cosines, walls of a function, jumps, and a push that depends on the state."""
    rng = np.random.default_rng(seed)
    x = np.zeros((3000, 2))
    for step in range(1, 3000):
        x[step] = x[step - 1] @ np.array([[0.8, 0.0], [0.2, 0.6]]) + 0.5 * rng.standard_normal(2)
    record = pd.DataFrame(x, columns=["x", "y"])
    observe = ["x**2", "x*y", "cos(x)", "max(x, 0)", "abs(x)", "x > 1", "x**3", "exp(x)"]
    assert _said(record, ["x", "y"], observe) == []
    assert _said(record, {"damping": "x=-0.1*x"}, observe) == []


def test_products_on_a_record_that_goes_far_are_right_at_lag_zero() -> None:
    """Noise with exponential tails whose size y decides about: beyond nine standard deviations products are plain."""
    rng = np.random.default_rng(3)
    x, y = np.zeros((2, 20_000))
    for n in range(1, 20_000):
        x[n] = 0.7 * x[n - 1] + rng.laplace() * (1 + 0.5 * np.tanh(y[n - 1]))
        y[n] = 0.9 * y[n - 1] + 0.2 * x[n - 1] + rng.standard_normal()
    assert np.abs(x / x.std()).max() > 7
    found = fluctua.respond(pd.DataFrame({"x": x, "y": y}), "x", ["x*y", "x**2", "y**2"], max_lag=10, score="gaussian")
    np.testing.assert_allclose(found.impulse_response[0, 0], [y.mean(), 2 * x.mean(), 0], rtol=0, atol=2e-3)
