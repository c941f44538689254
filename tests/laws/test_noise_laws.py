"""Every noise law: its samples follow its density, its score is the gradient of its log-density, its moments and
quantiles are those of its density.

Integrals are sums in equal steps of ln r, which converge exponentially for these densities, kinks at the origin and
power-law tails included. Statistical checks fail by chance with less than 1e-6 a run of this file.
"""

import functools
import math
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import registered
from fluctua.noise import (
    AbstractNoiseLaw,
    GeneralisedNormal,
    StudentT,
    noise_law_text,
    restore_noise_law,
)
from studies.oracles import SymmetricStable


def family(law: AbstractNoiseLaw) -> tuple[str, ...]:
    """The kind of a law with its parameters that are texts, such as the form."""
    return (law.kind, *(value for value in law.config().values() if isinstance(value, str)))


def laws_of_the_registry() -> list[AbstractNoiseLaw]:
    return [entry.member(**one) for entry in registered("noise law").values() for one in entry.facts["examples"]]


def first_of_each_family() -> list[AbstractNoiseLaw]:
    return list({family(law): law for law in reversed(laws_of_the_registry())}.values())[::-1]


# One of each family of the package in the fast run, all of them in the slow one.
FEW = [law for law in first_of_each_family() if type(law).__module__.startswith("fluctua")]
LAWS: list[Any] = [
    law if any(law is one for one in FEW) else pytest.param(law, marks=pytest.mark.slow)
    for law in laws_of_the_registry()
]
# Where a power of zero, or a table, could leave something that is not finite.
SINGULAR = [
    *(GeneralisedNormal(beta) for beta in (0.3, 1.0)),
    GeneralisedNormal(1.0, 1.5, "spherical"),
    StudentT(1.0),
    pytest.param(SymmetricStable(1.2), marks=pytest.mark.slow),
]

SAMPLES, STEIN = 400_000, 100_000
# Fewer than 200 comparisons by normal deviates: 5.9 leaves 4e-9 to each. Kolmogorov: the scaled distance exceeds 3.2
# with a probability below 2 exp(-2 * 3.2^2) = 3e-9.
QUANTILE, KOLMOGOROV = 5.9, 3.2
# Every 50th order statistic is compared; the distance in between is larger by 50/N at most.
STRIDE = 50

STEP = 0.01
LOG_RADIUS = np.arange(-80.0, 90.0, STEP)

every_law = pytest.mark.parametrize("law", LAWS, ids=noise_law_text)
few_laws = pytest.mark.parametrize("law", FEW, ids=noise_law_text)


def isotropic(law: AbstractNoiseLaw) -> bool:
    return not (isinstance(law, GeneralisedNormal) and law.form == "product" and law.beta != 2.0)


def dimensions(law: AbstractNoiseLaw) -> tuple[int, ...]:
    """Dimensions in which the law of the norm follows from the density along one ray."""
    return (1, 2) if isotropic(law) else (1,)


@dataclass(frozen=True)
class Ray:
    """A law along one ray: the mass of each step of ln r, what lies below, and the size of the score."""

    mass: np.ndarray
    below: np.ndarray
    score: np.ndarray


@functools.cache
def ray(law: AbstractNoiseLaw, dimension: int) -> Ray:
    points = np.zeros((len(LOG_RADIUS), dimension))
    points[:, -1] = np.exp(LOG_RADIUS)
    log_density, score = jax.jit(jax.vmap(lambda point: (law.log_prob(point), law.score(point))))(points)
    log_sphere = math.log(2.0) + 0.5 * dimension * math.log(math.pi) - math.lgamma(0.5 * dimension)
    mass = np.exp(np.asarray(log_density) + dimension * LOG_RADIUS + log_sphere) * STEP
    # The trapezoid rule with its first correction at the end of the range.
    below = np.cumsum(mass) - 0.5 * mass + np.gradient(mass) / -12.0
    return Ray(mass, below, np.asarray(score)[:, -1])


@functools.cache
def draws(law: AbstractNoiseLaw) -> np.ndarray:
    """Vectors of the plane; half as many where both coordinates count."""
    shape = (SAMPLES if isotropic(law) else SAMPLES // 2, 2)
    return np.asarray(jax.jit(lambda key: law.sample(key, shape))(jax.random.key(3)))


@every_law
def test_the_score_is_the_gradient_of_the_log_density(law: AbstractNoiseLaw) -> None:
    points = 3.0 * np.random.default_rng(1).normal(size=(200, 3)) * np.geomspace(1e-3, 30.0, 200)[:, None]
    score, gradient = jax.jit(jax.vmap(lambda point: (law.score(point), jax.grad(law.log_prob)(point))))(points)
    # The tables of stable laws are of fourth order in their spacing for the density, of third order for its gradient.
    tabled = isinstance(law, SymmetricStable) and law.alpha not in (1.0, 2.0)
    np.testing.assert_allclose(score, gradient, rtol=1e-6 if tabled else 1e-11)


@every_law
def test_the_density_integrates_to_one(law: AbstractNoiseLaw) -> None:
    for dimension in dimensions(law):
        assert ray(law, dimension).mass.sum() == pytest.approx(1.0, abs=1e-9)


@every_law
def test_variance_and_fisher_information_are_those_of_the_density(law: AbstractNoiseLaw) -> None:
    for dimension in dimensions(law):
        along = ray(law, dimension)
        if math.isfinite(law.fisher_information(dimension)):
            # Nothing is left of the mass where the score of a thin tail overflows.
            size = np.where(along.mass > 0.0, along.score, 0.0)
            second = np.sum(along.mass * size**2) / dimension
            assert second == pytest.approx(law.fisher_information(dimension), rel=1e-6)
        if math.isfinite(law.variance(dimension)):
            second = np.sum(along.mass * np.exp(2.0 * LOG_RADIUS)) / dimension
            assert second == pytest.approx(law.variance(dimension), rel=1e-7)
        assert math.isfinite(law.variance(dimension)) == (law.moment_order > 2.0)


@every_law
def test_quantiles_of_the_norm_are_those_of_the_density(law: AbstractNoiseLaw) -> None:
    for dimension in dimensions(law):
        for probability in (0.001, 0.3, 0.5, 0.99, 0.999):
            quantile = law.norm_quantile(probability, dimension)
            below = np.interp(math.log(quantile), LOG_RADIUS, ray(law, dimension).below)
            # Linear interpolation in steps of a hundredth.
            assert below == pytest.approx(probability, abs=3e-5 * min(1.0, 50.0 * probability))


def kolmogorov_distances(law: AbstractNoiseLaw, samples: np.ndarray) -> list[float]:
    """Scaled distances of coordinates from the density on the line, and of norms from that in the plane."""
    compared = []
    if isotropic(law):
        compared.append((2, np.linalg.norm(samples, axis=1)))
    if not (isinstance(law, GeneralisedNormal) and law.form == "spherical"):
        # A spherical law has other laws as its marginals, the others are their own.
        compared.append((1, np.abs(samples[:, 0] if isotropic(law) else samples.ravel())))
    ranks = np.arange(STRIDE // 2, SAMPLES, STRIDE)
    distances = []
    for dimension, sizes in compared:
        ordered = np.partition(sizes, ranks)[ranks]
        distribution = np.interp(np.log(ordered), LOG_RADIUS, ray(law, dimension).below)
        distances.append(math.sqrt(SAMPLES) * np.max(np.abs(distribution - (ranks + 0.5) / SAMPLES)))
    return distances


@every_law
def test_samples_follow_the_density(law: AbstractNoiseLaw) -> None:
    assert max(kolmogorov_distances(law, draws(law))) < KOLMOGOROV


@few_laws
def test_single_precision_samples_follow_the_density(law: AbstractNoiseLaw) -> None:
    shape = draws(law).shape
    samples = jax.jit(lambda key: law.sample(key, shape, "float32"))(jax.random.key(5))
    assert max(kolmogorov_distances(law, np.asarray(samples, float))) < KOLMOGOROV


@every_law
def test_samples_have_no_preferred_sign_or_axis(law: AbstractNoiseLaw) -> None:
    """Signs of both coordinates and of their product are fair coins, and so is which is the larger one."""
    first, second = draws(law).T
    for coin in (first > 0.0, second > 0.0, first * second > 0.0, np.abs(first) > np.abs(second)):
        assert abs(np.mean(coin) - 0.5) < QUANTILE * 0.5 / math.sqrt(len(coin))


@every_law
def test_stein_identities_hold_over_the_samples(law: AbstractNoiseLaw) -> None:
    """E psi = 0 and E[n . psi] = -d, within standard errors; the former where the score has a variance."""
    samples = draws(law)[:STEIN]
    scores = np.asarray(jax.jit(jax.vmap(law.score))(samples))
    products = np.sum(samples * scores, axis=1)
    assert abs(products.mean() + 2.0) < QUANTILE * products.std() / math.sqrt(STEIN)
    fisher = law.fisher_information(2)
    if math.isfinite(fisher):
        assert np.all(np.abs(scores.mean(axis=0)) < QUANTILE * math.sqrt(fisher / STEIN))


@pytest.mark.parametrize("law", SINGULAR, ids=noise_law_text)
def test_zeros_and_single_precision_stay_finite(law: AbstractNoiseLaw) -> None:
    def all_of(point: jax.Array) -> tuple[jax.Array, ...]:
        return law.score(point), jax.grad(law.log_prob)(point), law.log_prob(point), jax.jacfwd(law.score)(point)

    def batch(key: jax.Array) -> tuple[jax.Array, ...]:
        tiny = jnp.array([[0.0, 0.0, 0.0], [0.0, 1e-30, 1.0], [1e-37, 0.0, -1e-37]], "float32")
        points = jnp.concatenate([tiny, law.sample(key, (20_000, 3), "float32")])
        return points, *jax.vmap(all_of)(points)

    values = [np.asarray(value) for value in jax.jit(batch)(jax.random.key(4))]
    assert all(value.dtype == "float32" for value in values)
    # The Jacobian of a singular score overflows next to a zero that is not exact: there at the exact zero alone.
    assert all(np.all(np.isfinite(value)) for value in (*values[:4], values[4][0]))
    np.testing.assert_array_equal(values[1][0], 0.0)
    np.testing.assert_array_equal(values[2][0], 0.0)


@few_laws
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_samples_are_of_the_type_asked_for_and_depend_on_the_key_alone(law: AbstractNoiseLaw, dtype: str) -> None:
    draw = jax.jit(lambda key: law.sample(key, (4, 5), dtype))
    first = draw(jax.random.key(6))
    assert first.dtype == dtype
    assert first.shape == (4, 5)
    np.testing.assert_array_equal(first, draw(jax.random.key(6)))
    assert np.all(first != draw(jax.random.key(7)))


@few_laws
def test_density_and_score_do_not_depend_on_the_sign_the_batch_or_the_compiler(law: AbstractNoiseLaw) -> None:
    points = draws(law)[:6]
    for function, sign in ((law.score, -1.0), (law.log_prob, 1.0)):
        plain = np.stack([np.asarray(function(jnp.asarray(point))) for point in points])
        batched = jax.jit(jax.vmap(function))
        np.testing.assert_allclose(batched(points), plain, rtol=1e-12)
        np.testing.assert_allclose(batched(-points), sign * plain, rtol=1e-12)


@few_laws
def test_a_law_is_a_family_in_its_scale(law: AbstractNoiseLaw) -> None:
    wide = law.rescaled(7.0 * law.scale)
    sample = [
        np.asarray(jax.jit(lambda key, one=one: one.sample(key, (5, 2)))(jax.random.key(9))) for one in (law, wide)
    ]
    np.testing.assert_allclose(sample[1], 7.0 * sample[0], rtol=1e-12)
    score, log_density = jax.jit(jax.vmap(lambda point: (law.score(point), law.log_prob(point))))(sample[0])
    both = jax.jit(jax.vmap(lambda point: (wide.score(point), wide.log_prob(point))))(sample[1])
    np.testing.assert_allclose(both[0], score / 7.0, rtol=1e-9)
    np.testing.assert_allclose(both[1], log_density - 2.0 * math.log(7.0), rtol=1e-9)
    assert wide.variance(3) == pytest.approx(49.0 * law.variance(3))
    assert wide.fisher_information(3) == pytest.approx(law.fisher_information(3) / 49.0)
    assert wide.norm_quantile(0.2, 3) == pytest.approx(7.0 * law.norm_quantile(0.2, 3), rel=1e-9)


@few_laws
def test_a_law_is_restored_from_its_configuration(law: AbstractNoiseLaw) -> None:
    restored = restore_noise_law({"kind": law.kind, **law.config()})
    assert restored == law
    assert hash(restored) == hash(law)
    assert restored != law.rescaled(2.0 * law.scale)


def test_one_compilation_serves_a_family() -> None:
    """Parameters that are numbers are leaves; for the spherical form, whose table needs the dimension, the scale is."""
    traces = []

    @eqx.filter_jit
    def everything(law: AbstractNoiseLaw, point: jax.Array, key: jax.Array) -> tuple[Any, ...]:
        traces.append(law.kind)
        moments = law.variance(3), law.fisher_information(3), law.moment_order
        return *moments, law.log_prob(point), law.score(point), law.sample(key, (2, 3), "float32")

    point, key = jnp.array([0.3, -2.0, 1.0]), jax.random.key(11)
    for make, values in (
        (GeneralisedNormal, (1.5, 2.0, 0.3)),
        (StudentT, (3.0, 1.5)),
        (lambda scale: GeneralisedNormal(1.5, scale, "spherical"), (1.0, 0.3)),
    ):
        before = len(traces)
        for value in values:
            law = make(value)
            moments = law.variance(3), law.fisher_information(3), law.moment_order
            plain = *moments, law.log_prob(point), law.score(point), law.sample(key, (2, 3), "float32")
            for one, other in zip(everything(law, point, key), plain, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-6 if jnp.asarray(one).dtype == "float32" else 1e-11)
        assert len(traces) == before + 1
