"""Laplace noise on its way back, given the clean state."""

import math

import jax
import numpy as np
import pytest
import scipy.stats

from studies.heavy_tails import laplace_ancestral_step

pytestmark = pytest.mark.slow

ERRORS = 5.73  # standard errors: a normal variable exceeds them with a probability of 1e-8


def test_the_way_back_of_laplace_noise_given_the_clean_state_is_that_of_the_way_there() -> None:
    """Moments of (u, v), v = u + jump: E u^2 = 2 b1^2, E u v = 2 b1^2, P(v = u) = r^2, and u is Laplace again."""
    lower, upper, draws = 0.6, 1.0, 400_000
    clean = np.linspace(-1.0, 1.0, draws)
    noised = clean + np.asarray(upper * jax.random.laplace(jax.random.key(11), (draws,)))
    back = np.asarray(laplace_ancestral_step(jax.random.key(12), clean, noised, upper, lower))
    u, v = back - clean, noised - clean
    ratio = lower / upper
    still = back == noised
    jump = np.abs(v - u)[~still]
    wanted = [
        (u**2, 2.0 * lower**2),
        (u * v, 2.0 * lower**2),
        (u**2 * (v - u) ** 2, 2.0 * lower**2 * (1.0 - ratio**2) * 2.0 * upper**2),
        (still, ratio**2),
        (still * np.abs(u), ratio**2 * lower),
        (jump, upper),
        (jump**2, 2.0 * upper**2),
    ]
    for values, mean in wanted:
        assert abs(np.mean(values) - mean) < ERRORS * np.std(values) / math.sqrt(len(values))
    for values, scale in ((u, lower), ((v - u)[~still], upper)):
        distance = scipy.stats.kstest(values, scipy.stats.laplace(scale=scale).cdf).statistic
        # Kolmogorov: the scaled distance exceeds 3.04 with a probability below 2e-8.
        assert distance * math.sqrt(len(values)) < 3.04
