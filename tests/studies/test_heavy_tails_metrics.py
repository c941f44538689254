"""The measures of the study against closed forms and against scipy."""

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from studies.heavy_tails import metrics as metrics


def spread(law: scipy.stats.rv_continuous, count: int, **options: float) -> np.ndarray:
    """Values at evenly spread probabilities: a sample without chance."""
    return law.ppf((np.arange(count) + 0.5) / count, **options)


def test_the_quantile_error_of_a_rescaled_sample_is_its_squared_logarithm() -> None:
    values = np.abs(np.random.default_rng(0).standard_cauchy(1000))
    for factor in (0.2, 3.0):
        found = metrics.quantile_error(values, factor * values)
        assert found.averaged == pytest.approx(np.log(factor) ** 2, rel=1e-10)
        assert found.integral == pytest.approx(0.05 * np.log(factor) ** 2, rel=1e-10)


def test_the_quantile_error_of_other_lengths_is_that_of_the_laws() -> None:
    # ln Q of Pareto laws with indices a and b is -ln(1 - p) / index: the average over the tail of squares of
    # (1/a - 1/b) ln(1 - p) is (1/a - 1/b)^2 (L^2 + 2 L + 2), L = -ln 0.05.
    log = -np.log(0.05)
    expected = (1 / 1.5 - 1 / 3.0) ** 2 * (log**2 + 2 * log + 2)
    found = metrics.quantile_error(
        spread(scipy.stats.pareto, 400_000, b=1.5), spread(scipy.stats.pareto, 160_000, b=3.0)
    )
    assert found.averaged == pytest.approx(expected, rel=2e-3)


def test_the_quantile_error_of_two_stable_samples_is_the_known_floor() -> None:
    # Two samples of 30 000 absolute values of a stable law with index 1.7: 3.9e-4 on average, with a spread of 2.3e-4
    # over pairs. Of 20 pairs the mean spreads by 5e-5; the distribution is skewed, so ten of those are allowed.
    generator = np.random.default_rng(1)
    found = []
    for _ in range(20):
        samples = [np.abs(_stable(generator, 15_000)) for _ in range(4)]
        pairs = ((samples[0], samples[1]), (samples[2], samples[3]))
        found.append(np.mean([metrics.quantile_error(real, drawn).integral for real, drawn in pairs]))
    assert np.mean(found) == pytest.approx(3.9e-4, abs=5e-4)
    assert np.mean(found) > 1e-4


def _stable(generator: np.random.Generator, count: int, alpha: float = 1.7) -> np.ndarray:
    """Chambers, Mallows and Stuck's recipe."""
    angle, waiting = generator.uniform(-np.pi / 2, np.pi / 2, count), generator.exponential(size=count)
    return (
        np.sin(alpha * angle) / np.cos(angle) ** (1 / alpha)
        * (np.cos((1 - alpha) * angle) / waiting) ** ((1 - alpha) / alpha)
    )  # fmt: skip


def test_the_tail_distance_is_the_kolmogorov_smirnov_distance_where_the_laws_differ_in_the_tail_alone() -> None:
    generator = np.random.default_rng(2)
    real = generator.exponential(size=4000)
    drawn = generator.exponential(size=3000)
    threshold = np.quantile(real, 0.95, method="inverted_cdf")
    bulk = np.linspace(0.0, threshold, 95)
    # 95 equal values below the threshold in both, and tails of five percent of their own.
    tails = [np.sort(values[values > threshold])[:100] for values in (real, drawn)]
    joined = [np.concatenate([np.repeat(bulk, 20), tail]) for tail in tails]
    expected = scipy.stats.ks_2samp(*joined).statistic / 0.05
    assert metrics.tail_distance(*joined) == pytest.approx(expected, rel=1e-9)


def test_the_tail_distance_of_two_exponentials_is_known() -> None:
    # P(X > x) = exp(-x) and exp(-x / 2): beyond x = -ln 0.05 the difference falls, so it is largest there.
    real, drawn = spread(scipy.stats.expon, 100_000), spread(scipy.stats.expon, 80_000, scale=2.0)
    expected = (0.05**0.5 - 0.05) / 0.05
    assert metrics.tail_distance(real, drawn) == pytest.approx(expected, rel=1e-3)


def test_moment_ratios_are_those_of_scipy_and_of_the_laws() -> None:
    gaussian = np.stack([spread(scipy.stats.norm, 200_000)] * 2, axis=1)
    laplace = spread(scipy.stats.laplace, 200_000)[:, None]
    assert metrics.kurtosis_ratio(gaussian, laplace) == pytest.approx(1.0, abs=5e-3)  # 6 beside 3
    # Skewness of |x|: 2 for the exponential law, 0.995 for the half-normal one.
    assert metrics.skewness_ratio(gaussian, laplace) == pytest.approx(2.0 / 0.9953 - 1.0, abs=5e-3)


def test_wasserstein_distances_are_those_between_quantiles() -> None:
    narrow, wide = spread(scipy.stats.norm, 5000), spread(scipy.stats.norm, 5000, scale=2.0)
    # W1 of N(0, 1) and N(0, 4) is E|z|.
    expected = np.sqrt(2 / np.pi)
    assert metrics.marginal_wasserstein(narrow[:, None], wide[:, None]) == pytest.approx(expected, rel=1e-3)
    assert metrics.sliced_wasserstein(narrow[:, None], wide[:, None], directions=3) == pytest.approx(expected, rel=1e-3)


def test_the_sliced_distance_of_two_gaussians_in_the_plane() -> None:
    # Along any direction N(0, I) and N(0, 4 I) are N(0, 1) and N(0, 4): E|z| again. Standard deviation of W1 over
    # samples of 20 000 is below 0.01, and 128 directions share it: 0.06 is six of them.
    generator = np.random.default_rng(4)
    narrow, wide = generator.standard_normal((20_000, 2)), 2.0 * generator.standard_normal((20_000, 2))
    assert metrics.sliced_wasserstein(narrow, wide) == pytest.approx(np.sqrt(2 / np.pi), abs=0.06)


def test_the_tail_coverage_error_is_known_for_two_exponentials() -> None:
    real, drawn = spread(scipy.stats.expon, 100_000), spread(scipy.stats.expon, 100_000, scale=0.5)
    # P(X/2 > x) = P(X > 2 x) = p^2: 0.05 -> 0.0025, 0.01 -> 0.0001.
    expected = np.mean([(0.05 - 0.05**2) / 0.05, (0.01 - 0.01**2) / 0.01])
    assert metrics.tail_coverage_error(real, drawn) == pytest.approx(expected, rel=2e-3)


def test_shares_of_modes_are_counts() -> None:
    means = np.array([[-5.0, -5.0], [5.0, 5.0], [0.0, 9.0]])
    states = np.repeat(means, [1, 10, 0], axis=0) + 0.3
    shares = metrics.mode_shares(states, means)
    assert shares.tolist() == pytest.approx([1 / 11, 10 / 11, 0.0])
    assert metrics.total_variation(shares, np.array([1 / 11, 9 / 11, 1 / 11])) == pytest.approx(1 / 11)
