"""The network score: Gaussian when untrained, free of the blur at level zero, float64 outside."""

import json
import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import map_states
from fluctua.networks import AbstractNetwork, MultilayerPerceptron
from fluctua.noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, StudentT, noise_law_named
from fluctua.scores import GaussianScore, NetworkScore, WhitenedPreconditioning, Whitening
from fluctua.scores.noised import Denoiser

MEAN = np.array([10.0, -3.0])
COVARIANCE = np.array([[4.0, 0.3], [0.3, 0.25]])
SMALLEST, LARGEST = 0.1, 10.0
POWER_LAW = noise_law_named("student-t:df=1.5", 2)


class _Blurred(AbstractNetwork):
    """Makes the residual 2 - 5 sigma^2 in every component, up to the fourth power of sigma."""

    kind: ClassVar[str] = "blurred"

    def __call__(self, x: jax.Array, condition: jax.Array) -> jax.Array:
        level = jnp.exp(0.5 * math.log(SMALLEST * LARGEST) + 0.5 * math.log(LARGEST / SMALLEST) * condition)
        return jnp.sqrt(1.0 + level**2) * (2.0 - 5.0 * level**2) * jnp.ones_like(x)

    def config(self) -> dict[str, Any]:
        return {}


def _states(count: int = 200) -> np.ndarray:
    return MEAN + np.random.default_rng(0).standard_normal((count, 2)) @ np.linalg.cholesky(COVARIANCE).T


def _score(network: AbstractNetwork, extrapolate: bool = True) -> NetworkScore:
    return _around(network, WhitenedPreconditioning(dimension=2), extrapolate)


def _around(network: AbstractNetwork, around: WhitenedPreconditioning, extrapolate: bool = True) -> NetworkScore:
    whitening = Whitening.of(MEAN, COVARIANCE)
    return NetworkScore(whitening, Denoiser(network, around, SMALLEST, LARGEST), extrapolate=extrapolate)


@pytest.mark.parametrize("extrapolate", [True, False])
def test_an_untrained_network_is_exactly_the_gaussian_score(extrapolate: bool) -> None:
    score = _score(MultilayerPerceptron(2, 2, key=jax.random.key(0)), extrapolate)
    gaussian = GaussianScore.of(MEAN, COVARIANCE)
    assert score.dimension == 2
    assert score.levels == (SMALLEST, LARGEST)
    np.testing.assert_allclose(map_states(score, _states()), map_states(gaussian, _states()), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("level", [0.05, 0.1, 1.0, 30.0])
def test_an_untrained_network_is_exact_for_gaussian_states_at_every_level(level: float) -> None:
    """Noise of the covariance sigma^2 C added to Gaussian states leaves the score -(1 + sigma^2)^-1 C^-1 (x -
    m)."""
    score = _score(MultilayerPerceptron(2, 2, key=jax.random.key(0)))
    noised = GaussianScore.of(MEAN, (1.0 + level**2) * COVARIANCE)
    values = jax.jit(jax.vmap(lambda state: score.at_level(state, jnp.asarray(level))))(jnp.asarray(_states()))
    np.testing.assert_allclose(values, map_states(noised, _states()), rtol=1e-10, atol=1e-10)


def test_extrapolation_takes_the_quadratic_blur_away() -> None:
    matrix = np.asarray(Whitening.of(MEAN, COVARIANCE).matrix)
    gaussian = map_states(GaussianScore.of(MEAN, COVARIANCE), _states())
    plain = map_states(_score(_Blurred(), extrapolate=False), _states()) - gaussian
    sharp = map_states(_score(_Blurred(), extrapolate=True), _states()) - gaussian
    np.testing.assert_allclose(plain, np.tile(matrix.T @ np.full(2, 2.0 - 5.0 * SMALLEST**2), (200, 1)), rtol=1e-5)
    np.testing.assert_allclose(sharp, np.tile(matrix.T @ np.full(2, 2.0), (200, 1)), rtol=1e-5)


class _PowerBlurred(AbstractNetwork):
    """Makes the residual 2 - 5 sigma^1.5 in every component, on top of the given skip."""

    kind: ClassVar[str] = "power-blurred"
    around: WhitenedPreconditioning

    def __call__(self, x: jax.Array, condition: jax.Array) -> jax.Array:
        level = jnp.exp(0.5 * math.log(SMALLEST * LARGEST) + 0.5 * math.log(LARGEST / SMALLEST) * condition)
        # It reads y / rho, whose square is (d + nu) (1 - 1 / rho^2).
        radius = jax.lax.rsqrt(1.0 - jnp.sum(x**2) / (x.size + self.around.tail_index))
        value = radius * jnp.sqrt(1.0 + self.around.spread * level**2) * (2.0 - 5.0 * level**1.5) * jnp.ones_like(x)
        return value.astype(jnp.float32)

    def config(self) -> dict[str, Any]:
        return {}


def test_extrapolation_takes_the_blur_of_power_law_noise_away() -> None:
    """Noise with tails of the power 1.5 blurs by sigma^1.5."""
    around = WhitenedPreconditioning(POWER_LAW, 2)
    whitening = Whitening.of(MEAN, COVARIANCE)
    score = _around(_PowerBlurred(around), around)
    built_on = jax.jit(jax.vmap(lambda x: around.parts(whitening(x), jnp.zeros(()))[0].skip))(jnp.asarray(_states()))
    wanted = (np.asarray(built_on) + 2.0) @ np.asarray(whitening.matrix)
    np.testing.assert_allclose(map_states(score, _states()), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("law", [GeneralisedNormal(1.5), StudentT(3.0)], ids=str)
def test_the_noise_law_is_kept_in_files_and_is_gaussian_in_old_ones(law: AbstractNoiseLaw) -> None:
    network = MultilayerPerceptron(2, 2, width=4, depth=1, key=jax.random.key(0))
    score = _around(network, WhitenedPreconditioning(law, 2))
    header = json.loads(json.dumps(score.config()))
    restored = NetworkScore.restore(score.arrays(), header)
    assert restored.law == score.law == law
    state, level = jnp.asarray(_states(1)[0]), jnp.asarray(2.0)
    np.testing.assert_array_equal(restored.at_level(state, level), score.at_level(state, level))
    del header["noise"]
    assert NetworkScore.restore(score.arrays(), header).law == Gaussian()


def test_values_and_derivatives_are_float64_and_agree_with_differences() -> None:
    network = MultilayerPerceptron(2, 2, width=16, key=jax.random.key(0))
    weight = jax.random.normal(jax.random.key(1), network.layers[-1].weight.shape, jnp.float32)
    score = _score(eqx.tree_at(lambda tree: tree.layers[-1].weight, network, weight))
    state, push = jnp.asarray(_states(1)[0]), jnp.array([1.0, -0.5])
    value, slope = jax.jvp(score, (state,), (push,))
    assert value.dtype == slope.dtype == jnp.float64
    # Rounding of float32 inside: 6e-8 of values of order ten, divided by the step, and a truncation of the
    # step squared.
    difference = (score(state + 0.01 * push) - score(state - 0.01 * push)) / 0.02
    np.testing.assert_allclose(slope, difference, rtol=2e-2, atol=2e-2)
    assert np.abs(np.asarray(slope + GaussianScore.of(MEAN, COVARIANCE).precision @ push)).max() > 0.1


def test_the_tails_of_the_record_are_kept_in_files() -> None:
    network = MultilayerPerceptron(2, 2, width=4, depth=1, key=jax.random.key(0))
    score = _around(network, WhitenedPreconditioning(None, 2, 4.0))
    header = json.loads(json.dumps(score.config()))
    restored = NetworkScore.restore(score.arrays(), header)
    assert restored.config()["tail_index"] == 4.0
    state = jnp.asarray(_states(1)[0])
    np.testing.assert_array_equal(restored(state), score(state))
    del header["tail_index"]
    assert NetworkScore.restore(score.arrays(), header).config()["tail_index"] is None


def test_what_a_network_adds_falls_off_with_the_distance_where_there_are_power_laws() -> None:
    """Constant along each ray far out, times one over the distance: the relative error is that of the last states."""
    network = MultilayerPerceptron(2, 2, width=16, depth=1, key=jax.random.key(0))
    weight = jax.random.normal(jax.random.key(1), network.layers[-1].weight.shape, jnp.float32)
    network = eqx.tree_at(lambda tree: tree.layers[-1].weight, network, weight)
    denoiser = Denoiser(network, WhitenedPreconditioning(None, 2, 4.0), SMALLEST, LARGEST)
    ray = jnp.array([0.6, -0.8])
    near, far = (denoiser.added(far * ray, extrapolate=False) for far in (1e4, 1e8))
    assert np.abs(near).max() > 0.0
    np.testing.assert_allclose(1e4 * far, near, rtol=1e-3)
    assert np.isfinite(denoiser.added(jnp.array([1e25, 0.0], jnp.float32))).all()
