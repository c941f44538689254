"""Bands and time scales: right on series whose long-run variance is known."""

import numpy as np
import pytest
import scipy.integrate
import scipy.signal
import scipy.stats
from hypothesis import given, settings, strategies as st

from fluctua.statistics import Estimate, long_run_mean, running_integral, timescales


def _autoregression(coefficients: list[float], series: int, steps: int, seed: int) -> np.ndarray:
    """Stationary autoregressions x_t = sum_k a_k x_(t-k) + e_t with standard Gaussian e, shape ``(series, steps)``."""
    noise = np.random.default_rng(seed).standard_normal((series, steps + 1000))
    filtered = np.asarray(scipy.signal.lfilter([1.0], [1.0, *(-a for a in coefficients)], noise, axis=1))
    return filtered[:, 1000:]


def _block_sums(series: np.ndarray, blocks: int) -> np.ndarray:
    """Influence of the mean of each series, summed over blocks, shape ``(blocks, series)``."""
    centred = series - series.mean(axis=1, keepdims=True)
    return centred.reshape(len(series), blocks, -1).sum(axis=2).T


@pytest.mark.parametrize("coefficient", [-0.4, 0.0, 0.5, 0.9])
def test_the_variance_of_a_mean_is_the_long_run_variance(coefficient: float) -> None:
    """The mean of an AR(1) series has the variance 1 / ((1 - a)^2 n); the estimate is chi-squared about it.

    300 series with J degrees of freedom each give the average variance with the relative standard error
    sqrt(2 / 300 J) < 2 %. Six of them and 2 % of bias (spectrum at the J-th cosine, blocks): a chance below 1e-8.
    """
    steps, blocks = 20_000, 200
    series = _autoregression([coefficient], 300, steps, seed=0)
    effective = steps * (1 - abs(coefficient)) / (1 + abs(coefficient))
    found = long_run_mean(_block_sums(series, blocks), np.full(blocks, steps / blocks), effective)
    freedom = found.freedom
    assert 6 <= freedom <= 64
    ratio = np.mean(found.stderr() ** 2) * (1 - coefficient) ** 2 * steps
    assert abs(ratio - 1) < 6 * np.sqrt(2 / (300 * freedom)) + 0.02


@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_bands_of_a_mean_cover_as_often_as_they_say(confidence: float) -> None:
    """1500 short records of 50 decorrelation times; the count of covered means is binomial.

    The bounds leave a chance of 1e-7 and allow 2 % for the low degrees of freedom (six cosines) of records so short.
    """
    records, steps = 1500, 2000
    series = _autoregression([0.9], records, steps, seed=1)
    pairs = np.full(100, steps / 100)
    band = long_run_mean(_block_sums(series, 100), pairs, steps * 0.1 / 1.9).half_width(confidence)
    covered = int(np.sum(np.abs(series.mean(axis=1)) < band))
    low = scipy.stats.binom.ppf(5e-8, records, confidence - 0.02)
    high = scipy.stats.binom.ppf(1 - 5e-8, records, min(confidence + 0.02, 0.999))
    assert low <= covered <= high


def test_the_variance_does_not_depend_on_how_time_is_cut() -> None:
    series = _autoregression([0.5], 20, 24_000, seed=2)
    coarse, fine = (
        long_run_mean(_block_sums(series, blocks), np.full(blocks, 24_000 / blocks), 64.0) for blocks in (120, 480)
    )
    # The same 8 cosines of the same series: only the cosine's variation within a block differs, below 8 pi / 240.
    np.testing.assert_allclose(coarse.stderr(), fine.stderr(), rtol=0.1)


def test_more_pairs_and_scaling_act_as_they_must() -> None:
    sums = np.random.default_rng(3).standard_normal((90, 4, 2))
    one = long_run_mean(sums, np.full(90, 100.0), 80.0)
    np.testing.assert_allclose(one.value, sums.sum(axis=0) / 9000.0)
    np.testing.assert_allclose(long_run_mean(sums, np.full(90, 200.0), 80.0).stderr(), one.stderr() / 2)
    np.testing.assert_allclose(long_run_mean(-3 * sums, np.full(90, 100.0), 80.0).stderr(), 3 * one.stderr())
    # A constant added to every block's sum moves the mean, which the cosines do not see.
    np.testing.assert_allclose(long_run_mean(sums + 7, np.full(90, 100.0), 80.0).stderr(), one.stderr())
    # Twenty coefficients fitted on eighty independent states.
    np.testing.assert_allclose(
        long_run_mean(sums, np.full(90, 100.0), 80.0, fitted=20).stderr() ** 2, one.stderr() ** 2 * 80 / 60
    )


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 4), st.integers(2, 9), st.integers(1, 3)),
    dt=st.floats(1e-3, 10.0),
    seed=st.integers(0, 10_000),
)
def test_running_integral_is_the_trapezoidal_rule(shape: tuple[int, int, int], dt: float, seed: int) -> None:
    curve = np.random.default_rng(seed).standard_normal(shape)
    for axis in (0, 1, 2):
        expected = scipy.integrate.cumulative_trapezoid(curve, dx=dt, axis=axis, initial=0)
        np.testing.assert_allclose(running_integral(curve, dt, axis), expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(rank=st.integers(1, 8), lags=st.integers(2, 12), seed=st.integers(0, 10_000))
def test_the_band_of_an_integral_is_its_propagated_covariance(rank: int, lags: int, seed: int) -> None:
    dt, factor = 0.3, np.random.default_rng(seed).standard_normal((rank, 2, lags, 3))
    integrated = Estimate(np.zeros((2, lags, 3)), factor, rank).integral(dt, axis=1).stderr()
    matrix = running_integral(np.eye(lags), dt, axis=0)
    for i in range(2):
        for k in range(3):
            curve = factor[:, i, :, k]
            covariance = matrix @ (curve.T @ curve) @ matrix.T
            expected = np.sqrt(np.maximum(np.diag(covariance), 0))
            np.testing.assert_allclose(integrated[i, :, k], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("lags", [41, 42])
@pytest.mark.parametrize("dt", [0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0])
def test_the_band_of_an_integral_holds_what_the_rule_misses_between_points(dt: float, lags: int) -> None:
    """An exponential without noise, sampled at shares of its relaxation time: the error is that of the rule alone."""
    times = dt * np.arange(lags)
    found = Estimate(np.exp(-times)[:, None], np.zeros((4, lags, 1)), 4).integral(dt, axis=0)
    error = np.abs(found.value[:, 0] - (1 - np.exp(-times)))
    stderr = found.stderr()[:, 0]
    assert np.all(error <= 1.96 * stderr + 1e-15)
    # No wider than it has to be, and nothing where points are dense: the rule's own error is dt^2 / 12.
    assert np.all(stderr <= 0.2 * dt**2)
    assert found.factor.shape == (5, lags, 1)


def test_what_the_rule_misses_of_a_straight_line_is_nothing() -> None:
    """The trapezoidal rule is exact for it, and so is the one from every second point."""
    line = np.linspace(3.0, -2.0, 9)
    found = Estimate(line, np.zeros((4, 9)), 4).integral(0.5, axis=0)
    np.testing.assert_allclose(found.stderr(), 0.0, atol=1e-14)
    one, two = (Estimate(line[:count], np.zeros((4, count)), 4).integral(0.5, axis=0) for count in (1, 2))
    assert (one.stderr().tolist(), two.stderr().tolist()) == ([0.0], [0.0, 0.0])


@pytest.mark.parametrize("coefficient", [0.0, 0.5, 0.9, 0.98])
def test_the_decorrelation_time_of_an_autoregression(coefficient: float) -> None:
    """tau = (1 + a) / (1 - a) / 2; the windowed estimate has the relative standard error sqrt(2 (2 W + 1) / n).

    W = 5 tau is the window (Sokal 1997, eq. 3.19). Six standard errors and 2 % for the tail beyond the window, e^-5.
    """
    steps, members = 50_000, 4
    tau = 0.5 * (1 + coefficient) / (1 - coefficient)
    stderr = np.sqrt(2 * (10 * tau + 1) / (steps * members))
    found = timescales(_autoregression([coefficient], members, steps, seed=4)[:, :, None])
    assert found.decorrelation / tau - 1 == pytest.approx(0, abs=6 * stderr + 0.02)
    assert found.effective_size == pytest.approx(steps * members / (2 * found.decorrelation))


def test_the_slowest_variable_decides() -> None:
    fast, slow = (_autoregression([a], 1, 30_000, seed=5)[0] for a in (0.2, 0.9))
    pair = np.stack([fast, 1e-6 * slow + 1e3], axis=1)[None]
    found = timescales(pair)
    assert found.slowest == 1
    # The large offset costs digits, not time scale.
    assert found.decorrelation == pytest.approx(timescales(slow[None, :, None]).decorrelation, rel=1e-3)


def test_members_with_their_own_states_share_one_mean() -> None:
    """Cutting a record into members costs a few pairs at the borders, nothing else."""
    series = _autoregression([0.8], 1, 40_000, seed=6)
    whole, cut = timescales(series[:, :, None]), timescales(series.reshape(8, 5000, 1))
    assert cut.decorrelation == pytest.approx(whole.decorrelation, rel=0.02)


@pytest.mark.parametrize(("radius", "frequency"), [(0.98, 0.5), (0.995, 0.3)])
def test_oscillations_do_not_hide_memory(radius: float, frequency: float) -> None:
    """A decaying oscillation has sum_l rho_l of order one, while 1/2 + sum_l rho_l^2 is about 1 / (4 (1 - radius)).

    Half of that time leaves room for the window and for the standard error, which is below 10 %.
    """
    series = _autoregression([2 * radius * np.cos(frequency), -(radius**2)], 1, 200_000, seed=7)
    impulse = scipy.signal.lfilter([1.0], [1.0, -2 * radius * np.cos(frequency), radius**2], np.eye(1, 5000)[0])
    covariance = np.correlate(impulse, impulse, "full")[4999:]
    exact = 0.5 + np.sum((covariance[1:] / covariance[0]) ** 2)
    assert timescales(series[:, :, None]).decorrelation > 0.5 * exact
