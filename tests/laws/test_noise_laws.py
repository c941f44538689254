"""Every noise law: its samples follow its density, its score is the gradient of its log-density, it is
symmetric."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

from fluctua.noise import AbstractNoiseLaw, Gaussian

LAWS = [Gaussian()]

# Two-sided standard normal quantile of 1e-8; with fewer than a hundred comparisons a file fails by chance
# with < 1e-6.
QUANTILE = 5.73
SAMPLES = 200_000


def _name(law: AbstractNoiseLaw) -> str:
    return type(law).__name__


@pytest.fixture(params=LAWS, ids=_name)
def law(request: pytest.FixtureRequest) -> AbstractNoiseLaw:
    return request.param


@pytest.mark.parametrize("dimension", [1, 3])
def test_the_score_is_the_gradient_of_the_log_density(law: AbstractNoiseLaw, dimension: int) -> None:
    points = 2.0 * jax.random.normal(jax.random.key(1), (50, dimension), jnp.float64)
    np.testing.assert_allclose(jax.vmap(law.score)(points), jax.vmap(jax.grad(law.log_prob))(points), atol=1e-12)


def test_the_density_integrates_to_one(law: AbstractNoiseLaw) -> None:
    density = jax.jit(lambda value: jnp.exp(law.log_prob(jnp.atleast_1d(value))))
    total, *_ = scipy.integrate.quad(density, -np.inf, np.inf)
    assert total == pytest.approx(1.0, abs=1e-7)
    plane = jax.jit(lambda y, x: jnp.exp(law.log_prob(jnp.stack([x, y]))))
    total, *_ = scipy.integrate.dblquad(plane, -30, 30, -30, 30, epsabs=1e-6)
    assert total == pytest.approx(1.0, abs=1e-4)


def test_the_density_is_symmetric(law: AbstractNoiseLaw) -> None:
    points = 2.0 * jax.random.normal(jax.random.key(2), (50, 3), jnp.float64)
    np.testing.assert_allclose(jax.vmap(law.log_prob)(points), jax.vmap(law.log_prob)(-points), rtol=1e-13)


def test_samples_follow_the_density_in_one_dimension(law: AbstractNoiseLaw) -> None:
    samples = np.sort(np.asarray(law.sample(jax.random.key(3), (SAMPLES, 1)))[:, 0])
    grid = np.linspace(samples[0], samples[-1], 20_001)
    density = np.exp(np.asarray(jax.vmap(lambda value: law.log_prob(value[None]))(jnp.asarray(grid))))
    below, *_ = scipy.integrate.quad(
        jax.jit(lambda value: jnp.exp(law.log_prob(value[None]))), -np.inf, float(samples[0])
    )
    distribution = below + scipy.integrate.cumulative_simpson(density, x=grid, initial=0.0)
    uniform = np.interp(samples, grid, distribution)
    ranks = np.arange(1, SAMPLES + 1) / SAMPLES
    distance = np.sqrt(SAMPLES) * np.max(np.abs(uniform - ranks + 0.5 / SAMPLES))
    # Kolmogorov: the probability that the scaled distance exceeds c is below 2 exp(-2 c^2), 2e-8 for c =
    # 3.04.
    assert distance < 3.04 + 1.0 / np.sqrt(SAMPLES)


def test_samples_have_the_stated_mean_and_variance(law: AbstractNoiseLaw) -> None:
    samples = np.asarray(law.sample(jax.random.key(4), (SAMPLES, 2)))
    for values, wanted in ((samples, 0.0), (samples**2, law.variance(2))):
        error = values.std(axis=0) / np.sqrt(SAMPLES)
        assert np.all(np.abs(values.mean(axis=0) - wanted) < QUANTILE * error)


def test_stein_identities_hold_over_the_samples(law: AbstractNoiseLaw) -> None:
    """<q'> = 0 and -<n score^T> = 1, entry by entry, within their standard errors."""
    samples = law.sample(jax.random.key(5), (SAMPLES, 3))
    scores = jax.vmap(law.score)(samples)
    products = np.asarray(-samples[:, :, None] * scores[:, None, :])
    for values, wanted in ((np.asarray(scores), np.zeros(3)), (products, np.eye(3))):
        error = values.std(axis=0) / np.sqrt(SAMPLES)
        assert np.all(np.abs(values.mean(axis=0) - wanted) < QUANTILE * error)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_samples_are_of_the_type_asked_for_and_depend_on_the_key_alone(law: AbstractNoiseLaw, dtype: str) -> None:
    first = law.sample(jax.random.key(6), (4, 5), dtype)
    assert first.dtype == dtype
    assert first.shape == (4, 5)
    np.testing.assert_array_equal(first, law.sample(jax.random.key(6), (4, 5), dtype))
    assert np.all(first != law.sample(jax.random.key(7), (4, 5), dtype))


def test_jit_and_vmap_agree_with_plain_calls(law: AbstractNoiseLaw) -> None:
    points = law.sample(jax.random.key(8), (6, 3))
    for function in (law.score, law.log_prob):
        plain = np.stack([np.asarray(function(point)) for point in points])
        np.testing.assert_allclose(jax.jit(jax.vmap(function))(points), plain, rtol=1e-14)
