"""Langevin sampling: leaves its target as it is, to the bias it states."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import SimulationError
from fluctua.sampling import langevin
from fluctua.scores import FunctionScore, GaussianScore

CHAINS = 4000


def test_a_gaussian_keeps_its_covariance_up_to_the_stated_bias() -> None:
    """The variance is larger by 1 / (1 - h / 2); entries of a covariance have the relative error sqrt(2 / n).

    The step is preconditioned by the covariance of the start, itself with such an error: six standard errors, and
    twice that for the start. The chains forget over 1 / h = 10 steps, 300 are made.
    """
    covariance = np.array([[4.0, 0.6], [0.6, 0.25]])
    start = np.random.default_rng(0).multivariate_normal(np.array([1.0, -2.0]), covariance, CHAINS)
    score = GaussianScore.of(np.array([1.0, -2.0]), covariance)
    final = langevin(score, start, key=jax.random.key(1), step=0.1, steps=300)
    assert final.shape == start.shape
    scale = np.sqrt(np.diag(covariance))
    found = np.cov(final.T) / np.outer(scale, scale)
    expected = covariance / np.outer(scale, scale) / (1 - 0.1 / 2)
    assert np.abs(found - expected).max() < 6 * np.sqrt(2 / CHAINS)
    assert np.all(np.abs(final.mean(axis=0) - [1.0, -2.0]) < 6 * scale / np.sqrt(CHAINS * 0.9))


def test_a_wrong_start_is_forgotten() -> None:
    """From a uniform start to the well x - x^3, where E x^2 = 1.0418: six standard errors, and the bias of the step."""
    start = np.random.default_rng(2).uniform(-2.5, 2.5, (CHAINS, 1))
    score = FunctionScore(lambda x: x - x**3, 1)
    final = langevin(score, start, key=jax.random.key(3), step=0.005, steps=2000)
    square = final[:, 0] ** 2
    assert square.mean() == pytest.approx(1.0418, abs=6 * square.std() / np.sqrt(CHAINS) + 0.01)
    assert (start**2).mean() > 1.9


def test_the_same_key_gives_the_same_states() -> None:
    start = np.random.default_rng(4).standard_normal((50, 1))
    score = GaussianScore.of(np.zeros(1), np.eye(1))
    one, again, other = (langevin(score, start, key=jax.random.key(k), steps=100) for k in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_chains_that_leave_are_reported() -> None:
    start = np.random.default_rng(5).standard_normal((50, 1))
    away = FunctionScore(lambda x: jnp.sign(x) * x**2 * 10, 1)
    with pytest.raises(SimulationError, match=r"infinite within 100 steps of size 0\.1.*pull every state back.*0\.02"):
        langevin(away, start, key=jax.random.key(0), step=0.1, steps=200)
