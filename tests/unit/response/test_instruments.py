"""Past states as instruments: with noise of the measurement the response is still that of the state."""

import warnings
from typing import Any

import jax
import numpy as np
import pytest
import scipy.signal
import scipy.stats
import xarray as xr

import fluctua
from fluctua.core import FluctuaError, FluctuaWarning
from fluctua.response import ComponentPush, Responses, respond_to_pushes

KEPT, LAGS = 0.8, 12
CHANCE = 1e-8  # of a failure, for each number that is tested


def linear(seed: int, members: int = 4, steps: int = 2000) -> np.ndarray:
    """An Ornstein-Uhlenbeck process of variance one that keeps 0.8 of itself from step to step."""
    noise = np.random.default_rng(seed).standard_normal((members, steps + 100, 1))
    return np.asarray(scipy.signal.lfilter([np.sqrt(1 - KEPT**2)], [1, -KEPT], noise, axis=1))[:, 100:]


def noise_like(values: np.ndarray, share: float) -> np.ndarray:
    return share * np.random.default_rng(99).standard_normal(values.shape)


def dataset(values: np.ndarray) -> xr.Dataset:
    return xr.Dataset({"x": (("member", "time"), values[..., 0])}, {"time": np.arange(float(values.shape[1]))})


def answer(values: np.ndarray, *, noisy: bool) -> Responses:
    return respond_to_pushes(
        values,
        np.concatenate([values, values**2], axis=2),
        pushes=(ComponentPush("x", 0),),
        max_lag=LAGS,
        score="gaussian",
        key=jax.random.key(0),
        noisy=noisy,
    )


def test_the_response_is_that_of_the_state() -> None:
    values = linear(1)
    found = answer(values + noise_like(values, 0.6), noisy=True)
    true = KEPT ** np.arange(LAGS + 1)
    for estimate in (found.impulse, found.robust):
        error = (estimate.value - np.stack([true, 0 * true], axis=1))[0, 1:]
        freedom = np.broadcast_to(estimate.freedom, estimate.value.shape)[0, 1:]
        chance = 2 * scipy.stats.t.sf(np.abs(error) / estimate.stderr()[0, 1:], freedom)
        assert chance.min() > CHANCE
        np.testing.assert_allclose(estimate.value[0, 0, 0], 1.0, atol=1e-9)
    # Without being told, the answer is that of what was read off: 1 / (1 + 0.36) of it.
    told, untold = found.impulse.value[0, 1, 0], answer(values + noise_like(values, 0.6), noisy=False).impulse
    assert told > 0.7
    assert untold.value[0, 1, 0] < 0.65
    # The Gaussian answer is an instrumental one as well.
    assert found.gaussian.value[0, 1, 0] == pytest.approx(KEPT, abs=0.1)


def test_it_costs_precision_and_nothing_else_where_there_is_no_noise() -> None:
    values = linear(2)
    told, plain = answer(values, noisy=True).robust, answer(values, noisy=False).robust
    spread = np.hypot(told.stderr(), plain.stderr())[0, 1:]
    assert np.max(np.abs(told.value - plain.value)[0, 1:] / spread) < 6
    assert np.all(told.stderr()[0, 1:5, 0] > plain.stderr()[0, 1:5, 0])


def test_functions_that_do_not_remember_themselves_are_left_out() -> None:
    values = linear(3)
    assert answer(values + noise_like(values, 1.0), noisy=True).functions < answer(values, noisy=True).functions


def test_the_verb_says_that_noise_was_kept_out() -> None:
    values = linear(4)
    record = dataset(values + noise_like(values, 0.6))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FluctuaWarning)
        plain = fluctua.respond(record, "x", max_lag=4, score="gaussian")
    assert any("measurement_noise=True" in warning for warning in plain.warnings)
    told = fluctua.respond(record, "x", max_lag=4, score="gaussian", measurement_noise=True)
    assert not [warning for warning in told.warnings if "noise" in warning]
    assert any("kept out of the answer" in each.text for each in told.diagnostics)
    assert float(told.impulse_response[0, 1, 0]) > 1.2 * float(plain.impulse_response[0, 1, 0])
    assert float(told.attrs["markov_p_value"]) > 1e-6
    assert told.options["measurement_noise"] is True


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"push": {"damping": lambda x: -x}}, "The push damping depends on the state"),
        ({"push": "x", "score": "mixture"}, "The score mixture was to be used"),
    ],
)
def test_what_cannot_be_answered_is_refused(options: dict[str, Any], found: str) -> None:
    with pytest.raises(FluctuaError, match=found):
        fluctua.respond(dataset(linear(5, 2, 500)), max_lag=4, measurement_noise=True, **options)


def test_of_a_homogeneous_field_it_is_refused() -> None:
    values = np.random.default_rng(0).standard_normal((200, 8))
    field = xr.Dataset({"u": (("time", "x"), values)}, {"time": np.arange(200.0), "x": np.arange(8.0)})
    with pytest.raises(FluctuaError, match="eave measurement_noise=True out"):
        fluctua.respond(field, "u[x=0]", max_lag=4, variable="u", homogeneous=["x"], measurement_noise=True)
