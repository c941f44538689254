"""Student-t noise: its chi-square, its density and its norms."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special as special
import scipy.stats

from fluctua.noise import StudentT
from fluctua.noise.numerics import SPREAD_RANGE, SPREAD_SPACING, chi_square_spread, evaluate_equal

# Two-sided normal quantile of 4e-9, for fewer than 100 comparisons.
QUANTILE = 5.9


@pytest.mark.parametrize("df", [0.3, 1.0, 3.0, 10.0, 1000.0])
def test_the_chi_square_of_student_noise_keeps_probabilities(df: float) -> None:
    deviates = np.linspace(-9.4, 9.4, 3001)
    spread = np.asarray(evaluate_equal(chi_square_spread(df), -SPREAD_RANGE, SPREAD_SPACING, jnp.asarray(deviates)))
    log_half = math.log(0.5 * df) - 2.0 * spread
    half = np.exp(log_half)
    lower = special.gammainc(0.5 * df, half) - special.ndtr(-deviates)
    upper = special.ndtr(deviates) - special.gammaincc(0.5 * df, half)
    log_density = 0.5 * df * log_half - half - special.gammaln(0.5 * df)
    np.testing.assert_allclose(np.where(deviates > 0, lower, upper) * np.exp(-log_density), 0.0, atol=1e-8)


def test_student_density_is_that_of_scipy() -> None:
    points = np.random.default_rng(0).normal(size=(30, 4)) * 3.0
    wanted = scipy.stats.multivariate_t(shape=0.49 * np.eye(4), df=2.5).logpdf(points)
    np.testing.assert_allclose(jax.jit(jax.vmap(StudentT(2.5, 0.7).log_prob))(jnp.asarray(points)), wanted, rtol=1e-11)


@pytest.mark.parametrize("df", [1.0, 3.0, 10.0])
def test_student_norms_follow_the_f_law_in_many_dimensions(df: float) -> None:
    """Kolmogorov distance of every 50th order statistic; above 3.2 with a probability below 3e-9."""
    size, dimension, ranks = 50_000, 100, np.arange(25, 50_000, 50)
    samples = np.asarray(
        jax.jit(lambda key: StudentT(df, 2.0).sample(key, (size, dimension), "float32"))(jax.random.key(1))
    )
    square = np.sort(np.sum(samples.astype(float) ** 2, axis=1))[ranks] / (4.0 * dimension)
    distance = np.max(np.abs(scipy.stats.f.cdf(square, dimension, df) - (ranks + 0.5) / size))
    assert math.sqrt(size) * distance < 3.2


def test_medians_agree_with_samples_of_the_norm() -> None:
    law = StudentT(2.5, 0.3)
    samples = np.linalg.norm(law.sample(jax.random.key(3), (200_000, 4)), axis=1)
    for probability in (0.01, 0.5, 0.99):
        below = np.mean(samples < law.norm_quantile(probability, 4))
        assert abs(below - probability) < QUANTILE * math.sqrt(probability * (1.0 - probability) / 200_000)


def test_draws_beyond_the_floats_are_cut_not_infinite() -> None:
    for dtype in ("float32", "float64"):
        assert jnp.all(jnp.isfinite(StudentT(0.05).sample(jax.random.key(4), (100_000, 2), dtype)))
