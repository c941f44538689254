"""Each push is answered as if it had been asked alone, and the answer is linear in the push."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal

from fluctua.response import (
    AbstractPush,
    ComponentPush,
    ConstantPush,
    Responses,
    VectorFieldPush,
    respond_to_pushes,
    sums_of_observables,
)


@pytest.fixture(scope="module")
def record() -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal((2, 1500, 2))
    values = np.asarray(scipy.signal.lfilter([0.6], [1, -0.8], noise, axis=1))
    values[..., 1] += 0.3 * values[..., 0] ** 2
    return values


def answer(record: np.ndarray, *pushes: AbstractPush) -> Responses:
    key = jax.random.key(0)
    return respond_to_pushes(record, record, pushes=pushes, max_lag=6, score="gaussian", key=key)


def test_other_pushes_move_no_answer_and_sums_are_exact(record: np.ndarray) -> None:
    x, y = ComponentPush("x", 0), ComponentPush("y", 1)
    damping = VectorFieldPush("damping", lambda state: -jnp.array([state[0], 0.0]))
    pattern = ConstantPush("pattern", np.array([0.5, -2.0]))
    together = answer(record, x, y, damping, pattern)
    alone, sums = answer(record, x), answer(record, pattern)
    for name in ("impulse", "markov", "robust", "gaussian"):
        found = getattr(together, name)
        np.testing.assert_allclose(found.value[0], getattr(alone, name).value[0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.stderr()[0], getattr(alone, name).stderr()[0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.value[3], getattr(sums, name).value[0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.value[3], 0.5 * found.value[0] - 2 * found.value[1], rtol=0, atol=1e-12)
        # A band of a sum is no wider than the sum of the bands.
        most = 0.5 * found.stderr()[0] + 2 * found.stderr()[1]
        assert np.all(found.stderr()[3] <= most + 1e-12)
    np.testing.assert_allclose(together.plug_in[3], 0.5 * together.plug_in[0] - 2 * together.plug_in[1], atol=1e-12)
    assert together.headline.steps.shape == together.headline.p_values.shape == (4, 2)


def test_amplitudes_are_exact(record: np.ndarray) -> None:
    once, twice = answer(record, ComponentPush("x", 0)), answer(record, ConstantPush("twice", np.array([2.0, 0.0])))
    np.testing.assert_allclose(twice.impulse.value, 2 * once.impulse.value, rtol=1e-12)
    np.testing.assert_allclose(twice.impulse.half_width(0.95), 2 * once.impulse.half_width(0.95), rtol=1e-12)


def test_sums_of_observables_know_what_these_have_in_common(record: np.ndarray) -> None:
    twice, key = np.repeat(record[..., :1], 2, axis=-1), jax.random.key(0)
    found = respond_to_pushes(
        record, twice, pushes=(ComponentPush("y", 1),), max_lag=6, score="gaussian", key=key, features="linear"
    )
    sums = sums_of_observables(found, np.array([[1.0, 1.0, 1.0], [0.0, 1.0, -1.0]]))
    for name in ("impulse", "markov", "robust", "gaussian"):
        one, both = getattr(found, name), getattr(sums, name)
        np.testing.assert_allclose(both.value, one.value[..., :1] * [1.0, 2.0, 0.0], rtol=0, atol=1e-12)
        # Errors of the same thing twice add up, and those of a difference of it with itself vanish.
        np.testing.assert_allclose(both.stderr(), one.stderr()[..., :1] * [1.0, 2.0, 0.0], rtol=0, atol=1e-12)
