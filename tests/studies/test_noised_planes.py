"""Exact noised scores in the plane: radial laws and the funnel, against quadratures in polar and plain coordinates."""

import math
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats

from fluctua.noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, StudentT
from fluctua.scores.noised import AbstractExactNoisedScore, Smoothed
from studies.oracles import NoisedFunnel, NoisedGaussianMixture, NoisedStable, NoisedStudentT, SymmetricStable

pytestmark = pytest.mark.slow

LEVEL = 0.6
PLACES = np.array([[0.3, -0.2], [-1.5, 2.0], [4.0, 1.0]])
WEIGHTS, MEANS = np.array([0.25, 0.75]), np.array([[-2.0, 0.5], [1.0, 0.0]])
DEVIATIONS = np.array([[0.4, 1.0], [0.9, 0.6]])
SPHERICAL = GeneralisedNormal(1.3, form="spherical")


def mixture_density(x: np.ndarray) -> np.ndarray:
    parts = scipy.stats.norm.pdf(x[..., None, :], MEANS, DEVIATIONS)
    return np.prod(parts, axis=-1) @ WEIGHTS


def student_density(df: float, scale: float) -> Callable[[np.ndarray], np.ndarray]:
    """In the plane, with the normalisation written out: 1 / (2 pi scale^2)."""
    return lambda x: (1.0 + np.sum(x**2, axis=-1) / (df * scale**2)) ** (-0.5 * df - 1.0) / (2.0 * math.pi * scale**2)


def radial_density_and_slope(law: AbstractNoiseLaw, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The density of the noise in the plane at its length, and the derivative along the radius, of scale 1."""
    if isinstance(law, GeneralisedNormal):
        density = law.beta * np.exp(-(r**law.beta)) / (2.0 * math.pi * math.gamma(2.0 / law.beta))
        return density, -law.beta * r ** (law.beta - 1.0) * density
    df = law.df if isinstance(law, StudentT) else 1.0
    density = (1.0 + r**2 / df) ** (-0.5 * df - 1.0) / (2.0 * math.pi)
    return density, -(df + 2.0) * r / (df + r**2) * density


def in_polar_coordinates(
    law: AbstractNoiseLaw, density: Callable[[np.ndarray], np.ndarray], place: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Integrals over the noise by the trapezoid rule in its direction and in the logarithm of its length."""
    step = 0.02
    radius = np.exp(np.arange(-28.0, 20.0, step))
    angle = 2.0 * math.pi * np.arange(256) / 256
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    states = place - LEVEL * radius[:, None, None] * direction
    weights = density(states) * (radius**2 * step * 2.0 * math.pi / 256)[:, None]
    kernel, slope = radial_density_and_slope(law, radius)
    mass = np.sum(kernel[:, None] * weights)
    score = np.einsum("r,ra,ai->i", slope, weights, direction) / mass / LEVEL
    return math.log(mass), score, np.einsum("r,ra,rai->i", kernel, weights, states) / mass


@eqx.filter_jit
def values(noised: AbstractExactNoisedScore, places: jax.Array) -> Smoothed:
    return jax.vmap(noised.smoothed, in_axes=(0, None))(places, jnp.asarray(LEVEL))


CASES = {
    "mixture, student": (NoisedGaussianMixture(StudentT(3.0), WEIGHTS, MEANS, DEVIATIONS), mixture_density),
    "mixture, spherical": (NoisedGaussianMixture(SPHERICAL, WEIGHTS, MEANS, DEVIATIONS), mixture_density),
    "student, spherical": (NoisedStudentT(SPHERICAL, 3.0, 0.8, 2), student_density(3.0, 0.8)),
    "student, student": (NoisedStudentT(StudentT(5.0), 3.0, 0.8, 2), student_density(3.0, 0.8)),
    "cauchy": (NoisedStable(SymmetricStable(1.0), 0.8, 2), student_density(1.0, 0.8)),
}


@pytest.mark.parametrize("name", CASES)
def test_radial_laws(name: str) -> None:
    noised, density = CASES[name]
    found = values(noised, jnp.asarray(PLACES))
    for row, place in enumerate(PLACES):
        log_density, score, mean = in_polar_coordinates(noised.law, density, place)
        assert found.log_density[row] == pytest.approx(log_density, abs=1e-9)
        np.testing.assert_allclose(found.score[row], score, rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(found.mean[row], mean, rtol=1e-8, atol=1e-9)


def smoothed_by_laplace(z: float, deviation: np.ndarray, width: float) -> np.ndarray:
    """The normal law with Laplace noise, in the textbook form."""
    ratio = deviation / width
    sides = [
        np.exp(0.5 * ratio**2 + sign * z / width + scipy.special.log_ndtr(-sign * z / deviation - ratio))
        for sign in (1.0, -1.0)
    ]
    return (sides[0] + sides[1]) / (2.0 * width)


@pytest.mark.parametrize("law", [Gaussian(), GeneralisedNormal(1.0)], ids=["gaussian", "laplace"])
def test_the_funnel(law: AbstractNoiseLaw) -> None:
    """One trapezoid sum over the first variable; its score is the derivative of the density by differences."""
    gaussian = isinstance(law, Gaussian)

    def parts(place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # The noise of the first variable bends at zero: a grid that has a node there, with the same step on both sides.
        first = place[0] + 0.0005 * np.arange(-30_000, 30_001)
        deviation = np.exp(0.5 * first)
        kernel = (scipy.stats.norm if gaussian else scipy.stats.laplace).pdf(first, place[0], LEVEL)
        if gaussian:
            others = scipy.stats.norm.pdf(place[1], 0.0, np.hypot(deviation, LEVEL))
        else:
            others = smoothed_by_laplace(place[1], deviation, LEVEL)
        return first, scipy.stats.norm.pdf(first, 0.0, 3.0) * kernel * others * 0.0005

    place = np.array([-1.0, 0.8])
    found = values(NoisedFunnel(law, 2), jnp.asarray(place[None]))
    first, weights = parts(place)
    assert found.log_density[0] == pytest.approx(math.log(weights.sum()), abs=1e-6)
    assert found.mean[0, 0] == pytest.approx(first @ weights / weights.sum(), rel=1e-6)
    for index in range(2):
        shift = 1e-3 * np.eye(2)[index]
        ahead, behind = (math.log(parts(place + sign * shift)[1].sum()) for sign in (1.0, -1.0))
        assert found.score[0, index] == pytest.approx((ahead - behind) / 2e-3, rel=1e-5)


def test_the_funnel_with_a_radial_law_is_a_mixture_of_gaussian_ones() -> None:
    """Student-t noise of many degrees of freedom is nearly Gaussian, the difference falls as one over their number."""
    place = jnp.asarray(PLACES[:1])
    gaussian = values(NoisedFunnel(Gaussian(), 2), place)
    differences = [np.asarray(values(NoisedFunnel(StudentT(df), 2), place).score - gaussian.score) for df in (1e3, 2e3)]
    np.testing.assert_allclose(differences[0], 2.0 * differences[1], rtol=0.05)
    assert np.abs(differences[0]).max() < 0.01
