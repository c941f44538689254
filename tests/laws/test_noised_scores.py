"""Every exact noised score: it is the score and the posterior mean of its own noised states, and of one density."""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.noise import Gaussian, GeneralisedNormal, StudentT
from fluctua.scores.noised import AbstractExactNoisedScore, NoisedEmpirical
from studies.oracles import (
    NoisedFunnel,
    NoisedGaussianMixture,
    NoisedLaplace,
    NoisedStable,
    NoisedStudentT,
    NoisedUniform,
    SymmetricStable,
)

# Normal quantile of a two-sided probability of 2e-9: with fewer than 400 comparisons a file fails by chance
# with < 1e-6.
QUANTILE = 6.0
STATES = 1000
LAPLACE = GeneralisedNormal(1.0)

WEIGHTS = np.array([0.3, 0.7])
MEANS = np.array([[-1.0, 0.5], [2.0, 0.0]])
DEVIATIONS = np.array([[0.5, 1.0], [0.8, 0.3]])
POINTS = np.array([[0.0, 0.0], [1.0, 2.0], [-0.5, 0.3], [3.0, -1.0]])


def mixture(law) -> NoisedGaussianMixture:
    return NoisedGaussianMixture(law, WEIGHTS, MEANS, DEVIATIONS)


def mixture_log_density(state: jax.Array) -> jax.Array:
    exponents = -0.5 * jnp.sum(((state - MEANS) / DEVIATIONS) ** 2 + 2.0 * jnp.log(DEVIATIONS), axis=1)
    return jax.nn.logsumexp(exponents, b=WEIGHTS)


def funnel_log_density(state: jax.Array) -> jax.Array:
    first, rest = state[0], state[1:]
    return -0.5 * (first / 3.0) ** 2 - 0.5 * jnp.sum(rest**2) * jnp.exp(-first) - 0.5 * len(rest) * first


class Member(NamedTuple):
    """What is tested, at a level of noise, and the gradient of the log-density without noise where it has one."""

    make: Callable[[], AbstractExactNoisedScore]
    level: float
    clean: Callable | None = None


of_mixture = jax.grad(mixture_log_density)
MEMBERS = {
    "mixture, gaussian": Member(lambda: mixture(Gaussian()), 0.7, of_mixture),
    "mixture, beta 0.5": Member(lambda: mixture(GeneralisedNormal(0.5, 0.3)), 0.7, of_mixture),
    "mixture, laplace": Member(lambda: mixture(LAPLACE), 0.7, of_mixture),
    "mixture, beta 4": Member(lambda: mixture(GeneralisedNormal(4.0)), 1.0, of_mixture),
    "mixture, spherical": Member(lambda: mixture(GeneralisedNormal(1.2, form="spherical")), 0.7, of_mixture),
    "mixture, student": Member(lambda: mixture(StudentT(3.0)), 0.7, of_mixture),
    "mixture, stable": Member(lambda: mixture(SymmetricStable(1.5)), 0.7, of_mixture),
    "uniform, beta 0.7": Member(lambda: NoisedUniform(GeneralisedNormal(0.7, 0.5), 1.0, 2), 0.8),
    "laplace, wide": Member(lambda: NoisedLaplace(LAPLACE, 2.0, 2), 1.0, lambda x: -jnp.sign(x) / 2.0),
    "laplace, equal": Member(lambda: NoisedLaplace(LAPLACE, 1.0, 2), 1.0),
    "laplace, narrow": Member(lambda: NoisedLaplace(LAPLACE, 0.3, 2), 1.0),
    "empirical, laplace": Member(lambda: NoisedEmpirical(LAPLACE, POINTS), 0.7),
    "student, student": Member(lambda: NoisedStudentT(StudentT(5.0), 3.0, 1.0, 2), 0.7, StudentT(3.0, 1.0).score),
    "stable": Member(lambda: NoisedStable(SymmetricStable(1.7), 0.5, 2), 0.7, SymmetricStable(1.7, 0.5).score),
    "funnel, laplace": Member(lambda: NoisedFunnel(LAPLACE, 2), 0.5, jax.grad(funnel_log_density)),
}
# Those of the package in the fast run.
EVERY = [name if "empirical" in name else pytest.param(name, marks=pytest.mark.slow) for name in MEMBERS]
SMOOTH = [name for name, member in MEMBERS.items() if member.clean is not None]


class Evaluated(NamedTuple):
    """States, noise and what the member says of them; one row each."""

    state: np.ndarray
    noise: np.ndarray
    noised: np.ndarray
    target: np.ndarray
    log_density: np.ndarray
    score: np.ndarray
    mean: np.ndarray
    direction: np.ndarray
    slope: np.ndarray


@eqx.filter_jit
def evaluate(
    noised: AbstractExactNoisedScore, level: jax.Array, states: jax.Array, noise: jax.Array, directions: jax.Array
) -> Evaluated:
    def one(state: jax.Array, noise: jax.Array, direction: jax.Array) -> Evaluated:
        place, target = state + level * noise, noised.law.score(noise) / level
        values, slopes = jax.jvp(lambda place: noised.smoothed(place, level), (place,), (direction,))
        return Evaluated(state, noise, place, target, *values, direction, slopes.log_density)

    return jax.vmap(one)(states, noise, directions)


@functools.cache
def drawn(name: str) -> tuple[AbstractExactNoisedScore, jax.Array, jax.Array, jax.Array]:
    """The member, states of it, noise and directions."""
    noised = MEMBERS[name].make()
    states = noised.sample(jax.random.key(1), STATES)
    noise = noised.law.sample(jax.random.key(2), states.shape)
    return noised, states, noise, jax.random.normal(jax.random.key(3), states.shape)


def member(name: str) -> AbstractExactNoisedScore:
    return drawn(name)[0]


@functools.cache
def evaluated(name: str, level: float | None = None) -> Evaluated:
    noised, *draws = drawn(name)
    level = MEMBERS[name].level if level is None else level
    return Evaluated(*map(np.asarray, evaluate(noised, jnp.asarray(level), *draws)))


def is_zero_mean(values: np.ndarray) -> None:
    """Within six standard errors, column by column."""
    stderr = values.std(axis=0) / math.sqrt(len(values))
    assert np.all(np.abs(values.mean(axis=0)) < QUANTILE * stderr)


def window(noised: np.ndarray) -> np.ndarray:
    """A bounded odd function that falls fast, and products with it have a variance even without moments."""
    return noised * np.exp(-0.5 * np.sum(noised**2, axis=1, keepdims=True) / 4.0)


@pytest.mark.parametrize("name", EVERY)
def test_the_score_is_the_gradient_of_the_log_density(name: str) -> None:
    seen = evaluated(name)
    assert seen.score.shape == seen.mean.shape == seen.noised.shape
    assert seen.score.dtype == np.float64
    assert member(name).dimension == seen.noised.shape[1]
    slopes = np.sum(seen.score * seen.direction, axis=1)
    scale = np.sum(np.abs(seen.score * seen.direction), axis=1)
    assert np.max(np.abs(slopes - seen.slope) / (0.1 + scale)) < 1e-9


@pytest.mark.parametrize("name", EVERY)
def test_stein_identities(name: str) -> None:
    """E s = 0 and E[y . s] = -d over the noised states."""
    seen = evaluated(name)
    is_zero_mean(seen.score)
    is_zero_mean(np.sum(seen.noised * seen.score, axis=1) + seen.noised.shape[1])


@pytest.mark.parametrize("name", EVERY)
def test_the_score_is_the_mean_of_the_score_of_the_noise(name: str) -> None:
    """E[(psi(n) / level - s(y)) h(y)] = 0 for every h; here a constant and a window."""
    seen = evaluated(name)
    if math.isfinite(member(name).law.fisher_information(seen.noise.shape[1])):
        is_zero_mean(seen.target - seen.score)
        is_zero_mean((seen.target - seen.score) * window(seen.noised))


@pytest.mark.parametrize("name", EVERY)
def test_the_posterior_mean_is_the_mean_of_the_state(name: str) -> None:
    """E[(x - D(y)) h(y)] = 0."""
    seen = evaluated(name)
    is_zero_mean((seen.state - seen.mean) * window(seen.noised))
    is_zero_mean((seen.state - seen.mean) * np.abs(window(seen.noised)))


@pytest.mark.parametrize("name", EVERY)
def test_the_noised_states_follow_the_density(name: str) -> None:
    """E[g(y) / q(y)] = 1 for a normalised g with thinner tails: the density is normalised, and that of the states."""
    seen = evaluated(name)
    # A box, so that the ratio is bounded for every density that has no hole in it.
    low, high = np.quantile(seen.noised, [0.2, 0.8], axis=0)
    inside = np.all((seen.noised > low) & (seen.noised < high), axis=1)
    is_zero_mean(inside * np.exp(-seen.log_density) / np.prod(high - low) - 1.0)


@pytest.mark.parametrize("name", EVERY)
def test_noise_never_adds_to_the_information(name: str) -> None:
    """E |s(y)|^2 <= E |psi(n)|^2 / level^2."""
    seen = evaluated(name)
    size = np.sum(seen.score**2, axis=1)
    dimension = seen.noised.shape[1]
    bound = member(name).law.fisher_information(dimension) * dimension / MEMBERS[name].level ** 2
    assert size.mean() < bound + QUANTILE * size.std() / math.sqrt(len(size))


@pytest.mark.slow
@pytest.mark.parametrize("name", SMOOTH)
def test_without_noise_it_is_the_score_of_the_states(name: str) -> None:
    level = 1e-5
    seen = evaluated(name, level)
    truth = np.asarray(eqx.filter_jit(eqx.filter_vmap(MEMBERS[name].clean))(jnp.asarray(seen.noised)))
    # Where a curve bends by itself within the noise, as that of Laplace states at zero, nothing is claimed.
    smooth = np.all(np.abs(seen.noised) > 0.02, axis=1)
    scale = 1.0 + np.abs(truth).max(axis=1, keepdims=True)
    assert np.max((np.abs(seen.score - truth) / scale)[smooth]) < 1e-3
    assert np.max(np.abs(seen.mean - seen.noised) / (1.0 + np.abs(seen.noise)) / level) < 100.0


@pytest.mark.parametrize("name", ["empirical, laplace"])
def test_compiled_and_mapped_equal_eager(name: str) -> None:
    seen = evaluated(name)
    state, level = jnp.asarray(seen.noised[0]), jnp.asarray(MEMBERS[name].level)
    np.testing.assert_allclose(member(name).score(state, level), seen.score[0], rtol=1e-12)
    np.testing.assert_allclose(member(name).posterior_mean(state, level), seen.mean[0], rtol=1e-12)
    np.testing.assert_allclose(member(name).log_density(state, level), seen.log_density[0], rtol=1e-12)


def test_a_level_is_no_reason_to_compile_again() -> None:
    traces = []

    @eqx.filter_jit
    def score(noised: AbstractExactNoisedScore, state: jax.Array, level: jax.Array) -> jax.Array:
        traces.append(level)
        return noised.score(state, level)

    noised = mixture(LAPLACE)
    for level in (0.1, 1.0, 10.0):
        score(noised, jnp.zeros(2), jnp.asarray(level))
    assert len(traces) == 1
