"""Objectives: what they estimate, against exact scores."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from residuals import Residual

from fluctua.core import OptionError
from fluctua.networks import MultilayerPerceptron
from fluctua.scores import FunctionScore, WhitenedPreconditioning, implicit_loss
from fluctua.training import Denoising

# Two-sided standard normal quantile of 1e-8.
QUANTILE = 5.73


def _mixture(shift: float = 1.2, width: float = 0.5) -> tuple[np.ndarray, FunctionScore]:
    """States of a symmetric pair of Gaussians in one dimension, variance shift^2 + width^2, and its exact
    score."""
    generator = np.random.default_rng(0)
    states = shift * generator.choice([-1.0, 1.0], 40_000) + width * generator.standard_normal(40_000)
    score = FunctionScore(function=lambda x: (shift * jnp.tanh(shift * x / width**2) - x) / width**2, variables=1)
    return states[:, None], score


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_the_implicit_loss_of_a_score_with_an_error_exceeds_the_exact_one_by_half_the_squared_error(
    slope: float,
) -> None:
    """Stein: E[l(s) + |s0|^2 / 2 - |s - s0|^2 / 2] = 0, within its standard error."""
    states, exact = _mixture()
    wrong = FunctionScore(function=lambda x: exact(x) + slope * jnp.sin(x), variables=1)
    loss = implicit_loss(wrong, states)
    s0 = np.asarray(jax.jit(jax.vmap(exact))(jnp.asarray(states)))
    defect = loss + 0.5 * np.sum(s0**2, axis=1) - 0.5 * np.sum((slope * np.sin(states)) ** 2, axis=1)
    assert loss.shape == (len(states),)
    assert loss.dtype == np.float64
    error = defect.std() / np.sqrt(len(states))
    assert error < 0.1
    assert abs(defect.mean()) < QUANTILE * error


def test_the_divergence_is_exact_up_to_32_variables() -> None:
    matrix = np.random.default_rng(1).standard_normal((32, 32))
    states = np.random.default_rng(2).standard_normal((5, 32))
    loss = implicit_loss(FunctionScore(function=lambda x: jnp.asarray(matrix) @ x, variables=32), states)
    wanted = 0.5 * np.sum((states @ matrix.T) ** 2, axis=1) + np.trace(matrix)
    np.testing.assert_allclose(loss, wanted, rtol=1e-12)


def test_probes_estimate_the_divergence_above_32_variables() -> None:
    """Random signs have the variance 2 sum_{i<j} (J_ij + J_ji)^2 / 2 each; the mean is within its standard
    error."""
    dimension, count, probes = 40, 500, 4
    matrix = -np.eye(dimension) + 0.1 * np.random.default_rng(3).standard_normal((dimension, dimension))
    score = FunctionScore(function=lambda x: jnp.asarray(matrix) @ x, variables=dimension)
    states = np.random.default_rng(4).standard_normal((count, dimension))
    loss = implicit_loss(score, states, key=jax.random.key(0), probes=probes)
    error = loss - 0.5 * np.sum((states @ matrix.T) ** 2, axis=1) - np.trace(matrix)
    symmetric = matrix + matrix.T
    stderr = np.sqrt(np.sum(np.triu(symmetric, 1) ** 2) / (probes * count))
    assert np.abs(error).max() > 0.0
    assert abs(error.mean()) < QUANTILE * stderr
    # The probes of a state belong to it: more states change nothing.
    fewer = implicit_loss(score, states[:7], key=jax.random.key(0), probes=probes)
    np.testing.assert_allclose(fewer, loss[:7], rtol=1e-12)


def test_probes_without_a_key_are_refused() -> None:
    score = FunctionScore(function=lambda x: -x, variables=40)
    with pytest.raises(OptionError, match=r"40 variables, with no key; above 32 .* Give key"):
        implicit_loss(score, np.zeros((2, 40)))
    with pytest.raises(OptionError, match=r"40 variables, with 0 probes; above 32 .* Give key"):
        implicit_loss(score, np.zeros((2, 40)), key=jax.random.key(0), probes=0)


@pytest.mark.parametrize("level", [0.05, 0.5, 3.0])
def test_the_denoising_loss_is_the_squared_error_less_that_of_the_gaussian_score(level: float) -> None:
    """For the blurred mixture of variance one, E[loss] = (1 + sigma^2) (E|r - r*|^2 - E|r*|^2), also for tiny
    levels."""
    width = 0.6
    shift, generator, count = np.sqrt(1 - width**2), np.random.default_rng(5), 40_000
    states = shift * generator.choice([-1.0, 1.0], (count, 1)) + width * generator.standard_normal((count, 1))
    noise = generator.standard_normal((count, 1))
    blurred = width**2 + level**2

    def exact_residual(noised: jax.Array) -> jax.Array:
        return (shift * jnp.tanh(shift * noised / blurred) - noised) / blurred + noised / (1 + level**2)

    around = WhitenedPreconditioning()
    half = Residual(around, level, lambda noised, _: 0.5 * exact_residual(noised))
    objective = Denoising(around, 0.01, 10.0)
    losses = jax.jit(jax.vmap(lambda z, n: objective(half, z, n, jnp.asarray(level))))
    loss = np.asarray(losses(jnp.asarray(states), jnp.asarray(noise)))
    both = np.concatenate([states + level * noise, states - level * noise])
    squares = np.asarray(jax.jit(jax.vmap(exact_residual))(jnp.asarray(both)))[:, 0] ** 2
    wanted = (1 + level**2) * (0.25 - 1.0) * squares.reshape(2, -1).mean(axis=0)
    difference = loss - wanted
    assert abs(difference.mean()) < QUANTILE * difference.std() / np.sqrt(count)
    # The pairing keeps the scatter finite where a single target has the standard deviation 1 / level.
    assert difference.std() < 4.0


def test_the_denoising_loss_of_what_is_built_on_is_exactly_zero() -> None:
    states = jax.random.normal(jax.random.key(0), (100, 3))
    objective, network = (
        Denoising(WhitenedPreconditioning(None, 3), 0.01, 10.0),
        MultilayerPerceptron(3, 3, key=jax.random.key(1)),
    )
    loss = jax.jit(jax.vmap(lambda z: objective(network, z, z[::-1], jnp.asarray(0.01))))(states)
    assert np.all(np.asarray(loss) == 0.0)
