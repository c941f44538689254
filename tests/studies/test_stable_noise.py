"""Symmetric stable noise: tails, closed cases, tables against independent integrals."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special as special
import scipy.stats

from fluctua.core import OptionError
from studies.oracles import SymmetricStable, log_density_and_rate, stable_fisher_information, stable_nodes

pytestmark = pytest.mark.slow

SAMPLES = 1_000_000
# Two-sided normal quantile of 4e-9, for fewer than 100 comparisons.
QUANTILE = 5.9


@pytest.mark.parametrize("alpha", [0.8, 1.2, 1.5, 1.8, 1.99])
def test_the_stable_density_is_the_transform_of_its_characteristic_function(alpha: float) -> None:
    """In one dimension and at moderate radii, where the cosine integral keeps its digits."""
    law = SymmetricStable(alpha)
    # Equal steps of x in k = exp(x - exp(-x)) converge exponentially.
    position = np.arange(-3.8, math.log(45.0) / alpha + 0.1, 0.004)
    wave = np.exp(position - np.exp(-position))
    decay = 0.004 / math.pi * np.exp(-(wave**alpha)) * wave * (1.0 + np.exp(-position))
    for radius in (0.0, 0.3, 1.0, 3.0, 6.0):
        density, gradient = decay @ np.cos(wave * radius), -decay @ (wave * np.sin(wave * radius))
        assert math.exp(law.log_prob(jnp.array([radius]))) == pytest.approx(density, rel=1e-7)
        assert float(law.score(jnp.array([radius]))[0]) == pytest.approx(gradient / density, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("dimension", [1, 2, 30, 3072])
def test_the_tables_give_cauchy_noise_at_index_one(dimension: int) -> None:
    """The tables do not know of the closed form, which the law uses."""
    square = jnp.concatenate([jnp.zeros(1), dimension * jnp.geomspace(1e-6, 1e26, 300)])
    log_density, rate = jax.jit(jax.vmap(lambda value: log_density_and_rate(1.0, dimension, value)))(square)
    closed = math.lgamma(0.5 * (dimension + 1)) - 0.5 * (dimension + 1) * (math.log(math.pi) + jnp.log1p(square))
    np.testing.assert_allclose(log_density, closed, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(rate, (dimension + 1) / (1.0 + square), rtol=1e-9)


@pytest.mark.parametrize(("alpha", "dimension"), [(0.3, 1), (1.7, 3), (1.9, 100), (1.99, 784)])
def test_the_stable_tail_is_the_series_of_its_leading_powers(alpha: float, dimension: int) -> None:
    order = np.arange(1, 5)
    for radius in (1e6 ** (1.0 / alpha) * math.sqrt(dimension), 1e8 ** (1.0 / alpha) * math.sqrt(dimension)):
        terms = (
            (-1.0) ** (order + 1)
            * np.sin(0.5 * order * alpha * math.pi)
            * np.exp(
                special.gammaln(0.5 * order * alpha + 1.0)
                + special.gammaln(0.5 * (order * alpha + dimension))
                - special.gammaln(0.5 * (alpha + dimension))
                - special.gammaln(order + 1.0)
                + (order - 1.0) * alpha * math.log(2.0 / radius)
            )
        )
        leading = special.gammaln(0.5 * (alpha + dimension)) + alpha * math.log(2.0 / radius)
        wanted = (
            leading + math.log(terms.sum()) - (0.5 * dimension + 1.0) * math.log(math.pi) - dimension * math.log(radius)
        )
        log_density, rate = log_density_and_rate(alpha, dimension, jnp.asarray(radius**2))
        assert float(log_density) == pytest.approx(wanted, rel=1e-10, abs=1e-7)
        assert float(rate) * radius**2 == pytest.approx(dimension + (order * alpha) @ terms / terms.sum(), rel=1e-7)


def test_the_index_two_is_gaussian() -> None:
    law, points = SymmetricStable(2.0, 0.5), np.random.default_rng(1).normal(size=(5, 3))
    wanted = scipy.stats.norm(scale=math.sqrt(0.5)).logpdf(points).sum(axis=1)
    np.testing.assert_allclose(jax.vmap(law.log_prob)(jnp.asarray(points)), wanted, rtol=1e-12)
    assert law.variance(3) == 0.5
    assert law.fisher_information() == 2.0
    near = SymmetricStable(1.999, 0.5)
    assert near.fisher_information() == pytest.approx(2.0, rel=5e-3)
    assert near.norm_quantile(0.5, 3) == pytest.approx(law.norm_quantile(0.5, 3), rel=1e-3)


def test_the_fisher_information_of_stable_noise_is_that_of_the_table() -> None:
    table = {1.0: 0.5000, 1.2: 0.442, 1.5: 0.428, 1.7: 0.442, 1.8: 0.455, 1.9: 0.473, 2.0: 0.5}
    for alpha, wanted in table.items():
        assert SymmetricStable(alpha).fisher_information() == pytest.approx(wanted, abs=5.1e-4)
    for dimension in (1, 3, 50):
        closed = (1.0 + dimension) / (3.0 + dimension)
        assert stable_fisher_information(1.0, dimension) == pytest.approx(closed, rel=1e-9)


def log_moment(power: np.ndarray, alpha: float, scale: float) -> np.ndarray:
    r"""$\ln E r^p$ of the norm of a stable vector of the plane, for $-2 < p < \alpha$."""
    return (
        power * math.log(2.0 * scale)
        + special.gammaln(1.0 + 0.5 * power)
        + special.gammaln(1.0 - power / alpha)
        - special.gammaln(1.0 - 0.5 * power)
    )


@pytest.mark.parametrize("alpha", [0.8, 1.2, 1.7, 1.9])
def test_stable_samples_have_the_mean_logarithm_of_their_norm(alpha: float) -> None:
    r"""Powers of the norm have no fourth moment, its logarithm has an exponential one, $E e^{t \ln r} = E r^t$.

    Chernoff: the mean of $N$ exceeds $\mu + x$ with a probability below $\exp(-N (t x - \ln E e^{t(\ln r - \mu)}))$ for
    every $t > 0$, and falls below $\mu - x$ likewise: $x = \min_t [\ln E e^{t(\ln r - \mu)} + 20/N] / t$ leaves
    4e-9 to both sides together, 2e-8 to the test.
    """
    law = SymmetricStable(alpha, 1.5)
    samples = np.asarray(jax.jit(lambda key: law.sample(key, (SAMPLES, 2)))(jax.random.key(2)))
    logs = np.log(np.linalg.norm(samples, axis=1))
    # d ln E r^t / dt at t = 0.
    mean = math.log(3.0) - np.euler_gamma * (1.0 - 1.0 / alpha)
    rate = np.geomspace(1e-4, 0.5 * alpha, 400)
    above, below = (
        np.min((log_moment(sign * rate, alpha, 1.5) - sign * rate * mean + 20.0 / SAMPLES) / rate)
        for sign in (1.0, -1.0)
    )
    assert -below < logs.mean() - mean < above


@pytest.mark.parametrize("alpha", [0.8, 1.2, 1.7, 1.9])
def test_stable_samples_have_their_characteristic_function(alpha: float) -> None:
    """Cosines lie in [-1, 1]. Hoeffding: their mean is off by x with a probability below 2 exp(-N x^2 / 2), which is
    4e-9 for x^2 = 40 / N; 12 comparisons fail with less than 6e-8."""
    law = SymmetricStable(alpha, 1.5)
    samples = np.asarray(jax.jit(lambda key: law.sample(key, (SAMPLES, 2)))(jax.random.key(2)))
    for wave in (0.1, 0.5, 2.0):
        mean = np.mean(np.cos(wave * samples[:, 1]))
        assert abs(mean - math.exp(-((1.5 * wave) ** alpha))) < math.sqrt(40.0 / SAMPLES)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.7, 1.99])
def test_the_mixing_law_has_its_laplace_transform(alpha: float) -> None:
    log_variance, log_weights = stable_nodes(alpha, 1)
    for rate in (1e-3, 0.1, 1.0, 10.0):
        transform = np.exp(log_weights) @ np.exp(-rate * np.exp(log_variance))
        assert transform == pytest.approx(math.exp(-((2.0 * rate) ** (0.5 * alpha))), rel=1e-10)


def test_medians_agree_with_samples_of_the_norm() -> None:
    for law in (SymmetricStable(1.3, 2.0), SymmetricStable(1.7)):
        samples = np.linalg.norm(law.sample(jax.random.key(3), (200_000, 4)), axis=1)
        for probability in (0.01, 0.5, 0.99):
            below = np.mean(samples < law.norm_quantile(probability, 4))
            assert abs(below - probability) < QUANTILE * math.sqrt(probability * (1.0 - probability) / 200_000)


def test_draws_beyond_the_floats_are_cut_not_infinite() -> None:
    law = SymmetricStable(0.05)
    for dtype in ("float32", "float64"):
        assert jnp.all(jnp.isfinite(law.sample(jax.random.key(4), (100_000, 2), dtype)))


@pytest.mark.parametrize("alpha", [0.1, 1.9999])
def test_a_density_that_is_not_tabulated_is_refused(alpha: float) -> None:
    law = SymmetricStable(alpha)
    assert law.sample(jax.random.key(5), (3, 2)).shape == (3, 2)
    with pytest.raises(OptionError, match=rf"alpha = {alpha}; it is tabulated .* from 0\.2 to 1\.999.* Use alpha ="):
        law.log_prob(jnp.ones(2))
