"""Exact noised scores in one dimension, against a quadrature over the state that knows nothing of closed forms."""

import math
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.special
import scipy.stats

from fluctua.noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, StudentT
from fluctua.scores.noised import AbstractExactNoisedScore, Smoothed
from studies.oracles import (
    NoisedGaussianMixture,
    NoisedLaplace,
    NoisedStable,
    NoisedStudentT,
    NoisedUniform,
    SymmetricStable,
)

pytestmark = pytest.mark.slow

Density = Callable[[np.ndarray], np.ndarray]
WEIGHTS, MEANS, DEVIATIONS = np.array([0.25, 0.75]), np.array([-2.0, 1.0]), np.array([0.4, 0.9])
LAPLACE = GeneralisedNormal(1.0)


def mixture_density(x: np.ndarray) -> np.ndarray:
    return np.sum(WEIGHTS * scipy.stats.norm.pdf(x[..., None], MEANS, DEVIATIONS), axis=-1)


def density_and_slope(law: AbstractNoiseLaw) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Density of the noise and its derivative, by SciPy; that of stable laws by their own tables."""
    scale = law.scale
    if isinstance(law, GeneralisedNormal | Gaussian):
        beta, width = (law.beta, scale) if isinstance(law, GeneralisedNormal) else (2.0, math.sqrt(2.0) * scale)

        def generalised(n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            density = scipy.stats.gennorm.pdf(n, beta, scale=width)
            return density, -beta / width * np.sign(n) * np.abs(n / width) ** (beta - 1.0) * density

        return generalised
    if isinstance(law, StudentT) or law.alpha == 1.0:
        df = law.df if isinstance(law, StudentT) else 1.0

        def student(n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            density = scipy.stats.t.pdf(n, df, scale=scale)
            return density, -(df + 1.0) * n / (df * scale**2 + n**2) * density

        return student

    def tabulated(n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        density = np.exp(jax.vmap(law.log_prob)(jnp.asarray(n[:, None])))
        return density, np.asarray(jax.vmap(law.score)(jnp.asarray(n[:, None])))[:, 0] * density

    return tabulated


class Case(NamedTuple):
    """A member, the density of its states and where it bends, and the level it is noised at."""

    noised: AbstractExactNoisedScore
    density: Density
    bends: tuple[float, ...]
    level: float = 0.6
    tolerance: float = 1e-10


def of_mixture(law: AbstractNoiseLaw, level: float = 0.6, tolerance: float = 1e-10) -> Case:
    noised = NoisedGaussianMixture(law, WEIGHTS, MEANS[:, None], DEVIATIONS[:, None])
    return Case(noised, mixture_density, (-2.0, 1.0), level, tolerance)


def uniform(beta: float) -> Case:
    return Case(
        NoisedUniform(GeneralisedNormal(beta), 1.5, 1), lambda x: np.where(np.abs(x) < 1.5, 1 / 3, 0.0), (-1.5, 1.5)
    )


def laplace(scale: float, level: float) -> Case:
    return Case(NoisedLaplace(LAPLACE, scale, 1), lambda x: scipy.stats.laplace.pdf(x, 0.0, scale), (0.0,), level)


def student(law: AbstractNoiseLaw) -> Case:
    return Case(NoisedStudentT(law, 3.0, 0.8, 1), lambda x: scipy.stats.t.pdf(x, 3.0, 0.0, 0.8), (0.0,))


def stable(law: SymmetricStable, tolerance: float) -> Case:
    density = density_and_slope(law.rescaled(0.5))
    return Case(NoisedStable(law, 0.5, 1), lambda x: density(x)[0], (0.0,), 0.6, tolerance)


CASES = {
    "mixture, gaussian": of_mixture(Gaussian(0.7)),
    "mixture, laplace": of_mixture(GeneralisedNormal(1.0, 0.8)),
    "mixture, narrow laplace": of_mixture(LAPLACE, 0.03),
    "mixture, wide laplace": of_mixture(LAPLACE, 8.0),
    "mixture, beta 0.5": of_mixture(GeneralisedNormal(0.5, 0.2)),
    "mixture, beta 1.5": of_mixture(GeneralisedNormal(1.5)),
    "mixture, beta 2.5": of_mixture(GeneralisedNormal(2.5)),
    "mixture, wide beta 8": of_mixture(GeneralisedNormal(8.0), 3.0),
    "mixture, narrow beta 8": of_mixture(GeneralisedNormal(8.0), 0.05),
    "mixture, student": of_mixture(StudentT(1.5)),
    "mixture, stable": of_mixture(SymmetricStable(1.5), tolerance=1e-6),
    "uniform, beta 0.6": uniform(0.6),
    "uniform, laplace": uniform(1.0),
    "uniform, beta 3": uniform(3.0),
    "laplace, wide": laplace(1.7, 0.6),
    "laplace, equal": laplace(0.6, 0.6),
    "laplace, nearly equal": laplace(0.6, 0.6 + 1e-9),
    "laplace, narrow": laplace(0.2, 0.6),
    "student, laplace": student(LAPLACE),
    "student, beta 3": student(GeneralisedNormal(3.0)),
    "student, student": student(StudentT(5.0)),
    "cauchy": stable(SymmetricStable(1.0), 1e-8),
    "stable": stable(SymmetricStable(1.4), 1e-6),
}
PLACES = np.array([-3.0, -0.1, 0.7, 1.4, 6.0])
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(20)


def panels(cuts: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes on the line, on panels that shrink towards every cut by halves."""
    distances = 2.0 ** np.arange(-36.0, 36.0)
    edges = np.unique(np.concatenate([[cut, *(cut + distances), *(cut - distances)] for cut in cuts]))
    middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * (edges[1:] - edges[:-1])
    return (middle[:, None] + half[:, None] * NODES).ravel(), (half[:, None] * NODE_WEIGHTS).ravel()


def by_quadrature(case: Case, place: float) -> tuple[float, float, float]:
    """Log-density, score and posterior mean."""
    x, measure = panels([place, place - case.level, place + case.level, *case.bends])
    density, slope = density_and_slope(case.noised.law)((place - x) / case.level)
    measure = measure * case.density(x)
    mass = measure @ density
    # Both sides of the noised value together: the slope of a cusp is only integrable.
    return math.log(mass / case.level), (measure @ slope) / mass / case.level, (measure @ (x * density)) / mass


@eqx.filter_jit
def values(noised: AbstractExactNoisedScore, places: jax.Array, level: jax.Array) -> Smoothed:
    return jax.vmap(noised.smoothed, in_axes=(0, None))(places[:, None], level)


@pytest.mark.parametrize("name", CASES)
def test_density_score_and_posterior_mean(name: str) -> None:
    case = CASES[name]
    found = values(case.noised, jnp.asarray(PLACES), jnp.asarray(case.level))
    expected = np.array([by_quadrature(case, place) for place in PLACES])
    np.testing.assert_allclose(found.log_density, expected[:, 0], rtol=case.tolerance, atol=case.tolerance)
    np.testing.assert_allclose(found.score[:, 0], expected[:, 1], rtol=case.tolerance, atol=case.tolerance)
    np.testing.assert_allclose(found.mean[:, 0], expected[:, 2], rtol=case.tolerance, atol=case.tolerance)


def test_the_quadrature_of_this_file_is_right() -> None:
    case = CASES["mixture, laplace"]
    kernel = density_and_slope(case.noised.law)
    joint = lambda x: float(case.density(np.array(x)) * kernel(np.array((0.7 - x) / 0.6))[0]) / 0.6  # noqa: E731
    mass = sum(scipy.integrate.quad(joint, *ends, epsrel=1e-12)[0] for ends in ((-np.inf, 0.7), (0.7, np.inf)))
    assert by_quadrature(case, 0.7)[0] == pytest.approx(math.log(mass), abs=1e-10)


@pytest.mark.parametrize("name", ["mixture, beta 1.5", "uniform, beta 3", "laplace, wide"])
def test_the_density_integrates_to_one(name: str) -> None:
    case = CASES[name]
    place, measure = panels(list(case.bends))
    chosen = np.abs(place) < 1e9
    found = values(case.noised, jnp.asarray(place[chosen]), jnp.asarray(case.level))
    assert measure[chosen] @ np.exp(found.log_density) == pytest.approx(1.0, abs=1e-7)


def test_the_formula_of_tweedie_fails_for_laplace_noise() -> None:
    r"""E[n | y] = -2 b^2 (q * k)' / q, with the density smoothed twice; y + variance * score is something else."""
    case = CASES["mixture, laplace"]
    width = case.level * case.noised.law.scale
    found = values(case.noised, jnp.asarray(PLACES), jnp.asarray(case.level))
    expected = []
    for place in PLACES:
        x, measure = panels([place, *case.bends])
        # The Laplace law convolved with itself, (1 + |n|/b) exp(-|n|/b) / 4b, has the slope -n exp(-|n|/b) / 4b^3.
        n = place - x
        slope = measure @ (case.density(x) * -n * np.exp(-np.abs(n) / width)) / (4.0 * width**3)
        expected.append(place + 2.0 * width**2 * slope / math.exp(by_quadrature(case, place)[0]))
    np.testing.assert_allclose(found.mean[:, 0], expected, rtol=1e-9)
    tweedie = PLACES + 2.0 * width**2 * np.asarray(found.score[:, 0])
    assert np.max(np.abs(tweedie - expected)) > 0.5
    # For the Gaussian law both are the same.
    case = CASES["mixture, gaussian"]
    found = values(case.noised, jnp.asarray(PLACES), jnp.asarray(case.level))
    tweedie = PLACES + (0.7 * case.level) ** 2 * np.asarray(found.score[:, 0])
    np.testing.assert_allclose(found.mean[:, 0], tweedie, rtol=1e-12)
