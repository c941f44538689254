"""Linear systems, whose response is known: estimates lie within their own standard errors of it."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import fluctua
from fluctua.data import Record
from fluctua.response import ComponentPush, pair_counts, respond_to_pushes
from fluctua.results import ResponseResult
from fluctua.systems import non_normal_ornstein_uhlenbeck

SYSTEM = non_normal_ornstein_uhlenbeck()
LAGS = np.arange(21) * SYSTEM.interval
# Bands have between 20 and 64 degrees of freedom here: a Student variable beyond 10 with at least 20 of them has a
# probability of 3e-9, and a curve of 21 lags of three variables has fewer than 63 independent points.
MOST = 10.0


@pytest.fixture(scope="module")
def record() -> Record:
    values = fluctua.simulate(SYSTEM, duration=1000.0, members=2, seed=1)
    return Record(np.stack([values[name].values for name in SYSTEM.names], axis=2), dt=0.1, names=SYSTEM.names)


def _errors(result, exact: np.ndarray) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Errors of the impulse response in its own standard errors, beside an error of rounding."""
    stderr = np.maximum(result.impulse_response_stderr.values, 1e-6)
    return np.abs(result.impulse_response.values - exact) / stderr


@pytest.fixture(scope="module")
def answer(record: Record) -> Callable[[str], ResponseResult]:
    """To a push of every variable, from a score of one kind or another."""
    scores = {"gaussian": "gaussian", "dictionary": "dictionary", "exact": SYSTEM.score}
    return functools.cache(lambda name: fluctua.respond(record, list(SYSTEM.names), max_lag=2.0, score=scores[name]))


@pytest.mark.parametrize("score", ["gaussian", "dictionary", "exact"])
def test_the_response_of_a_linear_system_is_found(answer: Callable[[str], ResponseResult], score: str) -> None:
    result = answer(score)
    exact = np.asarray(SYSTEM.response(result.lag.values)).transpose(2, 0, 1)
    assert _errors(result, exact).max() < MOST
    # The bands are small enough for this to say something.
    assert result.impulse_response_stderr.values[0].max() < 0.2
    assert result.impulse_response_stderr.values[2].max() < 0.5
    assert result.attrs["band_degrees_of_freedom"] >= 20


@pytest.mark.parametrize("score", ["gaussian", "dictionary"])
def test_at_lag_zero_state_variables_respond_as_they_are_pushed(
    answer: Callable[[str], ResponseResult], score: str
) -> None:
    result = answer(score)
    np.testing.assert_allclose(result.impulse_response.sel(lag=0.0), np.eye(3), atol=0.02)
    # The classical estimate has C(0) C(0)^-1, exactly.
    np.testing.assert_allclose(result.gaussian_response.sel(lag=0.0), np.eye(3), atol=1e-9)


def test_the_classical_response_is_the_lagged_covariance_over_the_covariance(
    record: Record, answer: Callable[[str], ResponseResult]
) -> None:
    """Leith's formula in plain NumPy: full record, centred, pairs within members only."""
    values = record.flat
    centred = values - values.reshape(-1, 3).mean(axis=0)
    covariance = sum(member.T @ member for member in centred) / (2 * record.steps)
    expected = np.empty((3, 21, 3))
    for lag in range(21):
        later, earlier = centred[:, lag:], centred[:, : record.steps - lag]
        lagged = sum(a.T @ b for a, b in zip(later, earlier, strict=True)) / (2 * (record.steps - lag))
        expected[:, lag, :] = (lagged @ np.linalg.inv(covariance)).T
    result = answer("gaussian")
    np.testing.assert_allclose(result.gaussian_response.values, expected, rtol=0, atol=1e-9)


def test_the_classical_response_of_weakly_correlated_variables_is_not_shrunk() -> None:
    rng = np.random.default_rng(2)
    states = rng.standard_normal((1, 2000, 2)) @ np.array([[1.0, 0.03], [0.0, 1.0]])
    result = fluctua.respond(Record(states, dt=1.0, names=("x", "y")), ["x", "y"], max_lag=2.0, score="gaussian")
    np.testing.assert_allclose(result.gaussian_response.sel(lag=0.0), np.eye(2), atol=1e-9)


def test_members_never_pair_across_their_border() -> None:
    """Two members far apart: each pairs with itself only, whatever the other one is."""
    rng = np.random.default_rng(0)
    members = rng.standard_normal((2, 500, 1))
    members[1] *= 1e3
    options = {"pushes": (ComponentPush("x", 0),), "max_lag": 40, "score": "gaussian", "key": jax.random.key(0)}
    found = respond_to_pushes(members, members, **options).gaussian.value[0, :, 0]
    centred = members - members.mean()
    pairs = 2 * pair_counts(500, 500, 40) * members.var()
    direct = [sum(member[lag:, 0] @ member[: 500 - lag, 0] for member in centred) / pairs[lag] for lag in range(41)]
    np.testing.assert_allclose(found, direct, rtol=1e-9, atol=1e-12)


def test_the_estimate_does_not_depend_on_the_order_of_independent_members() -> None:
    """With the same folds, swapping the two members of each fold changes only what the bands are made of.

    A pair across a border would couple neighbours: the classical response would change by far more than rounding.
    """
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((8, 301, 1))
    members = noise[:, 1:] + 0.9 * noise[:, :-1] ** 2
    swapped = members[[1, 0, 3, 2, 5, 4, 7, 6]]
    results = [
        fluctua.respond(Record(values, dt=1.0, names=("x",)), "x", max_lag=30.0, score="gaussian", dictionary_degree=1)
        for values in (members, swapped)
    ]
    for name in ("impulse_response", "gaussian_response"):
        np.testing.assert_allclose(results[0][name], results[1][name], rtol=0, atol=0.02)
    np.testing.assert_allclose(results[0].gaussian_response, results[1].gaussian_response, rtol=0, atol=1e-9)


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_a_push_that_depends_on_the_state(record: Record) -> None:
    """u(x) = -x: the response of x is -R(t) <x> = 0, that of x^T M x is -2 tr(M R C R^T)."""
    result = fluctua.respond(
        record, {"damping": lambda x: -x}, {"x1": "x1", "square": "x1**2"}, max_lag=2.0, score="gaussian"
    )
    propagator = np.asarray(SYSTEM.response(result.lag.values))
    exact = np.zeros((1, 21, 2))
    exact[0, :, 1] = -2 * np.einsum("lij,jk,lik->li", propagator, np.asarray(SYSTEM.covariance), propagator)[:, 0]
    assert _errors(result, exact).max() < MOST
    assert result.impulse_response_stderr.values[0, 0, 1] < 0.25 * abs(exact[0, 0, 1])


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_pushes_add_up(record: Record) -> None:
    """The classical response is linear in the push exactly, the default as far as calibration is."""
    pushes = {
        "first": lambda x: jnp.array([1.0, 0.0, 0.0]),
        "third": lambda x: jnp.array([0.0, 0.0, 1.0]),
        "both": lambda x: jnp.array([2.0, 0.0, -3.0]),
    }
    record = Record(record.values[:, :2000], dt=0.1, names=record.names)
    result = fluctua.respond(record, pushes, max_lag=0.5, score="gaussian")
    for name, tolerance in (("gaussian_response", 1e-9), ("plug_in_response", 1e-9), ("impulse_response", 0.05)):
        first, third, both = (result[name].sel(push=push).values for push in pushes)
        np.testing.assert_allclose(both, 2 * first - 3 * third, rtol=0, atol=tolerance)
    named = fluctua.respond(record, ["x1", "x3"], max_lag=0.5, score="gaussian")
    same = result.sel(push=["first", "third"])
    np.testing.assert_allclose(named.gaussian_response.values, same.gaussian_response, atol=1e-8)
    # Together pushes agree on the functions and steps that are used: nothing that noise would not hide.
    moved = np.abs(named.impulse_response.values - same.impulse_response.values)
    assert np.all(moved < 2 * same.robust_response_stderr.values + 1e-8)


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_units_of_the_record_are_units_of_the_response(record: Record) -> None:
    """Scaling variables by powers of two scales the response by their ratio, through every step of the estimate."""
    units = np.array([4.0, 0.5, 1024.0])
    values = record.values[:, :2000]
    record, scaled = (Record(each, dt=0.1, names=record.names) for each in (values, values * units))
    one, other = (fluctua.respond(r, "x3", max_lag=0.5, score="gaussian") for r in (record, scaled))
    for name in ("impulse_response", "impulse_response_stderr", "gaussian_response", "step_response"):
        ratio = units / units[2]
        np.testing.assert_allclose(other[name].values[0], one[name].values[0] * ratio, rtol=1e-6, atol=1e-9)
