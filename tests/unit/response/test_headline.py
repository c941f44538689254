"""What leads: the test of the Markov estimate fires where it differs and not otherwise, steps, and the pull."""

import numpy as np

from fluctua.response import Candidate, chapman_kolmogorov, choose_headline, lasting, lengthened
from fluctua.statistics import Estimate

ROWS, LAGS = 64, 21


def _noise(rng: np.random.Generator, size: float, curves: int = 1) -> np.ndarray:
    """Rows of a factor for a few curves whose errors are correlated over neighbouring lags."""
    steps = rng.standard_normal((ROWS, 1, LAGS, curves))
    for lag in range(1, LAGS):
        steps[:, :, lag] = 0.8 * steps[:, :, lag - 1] + 0.6 * steps[:, :, lag]
    return size * steps / np.sqrt(ROWS)


def _drawn(rng: np.random.Generator, size: float, curves: int = 1) -> Estimate:
    """Curves that are zero but for an error of which the factor knows the size: one more row than it has."""
    both = _noise(rng, size, curves)
    return Estimate(np.sqrt(ROWS) * _noise(rng, size, curves)[0], both, ROWS)


def _candidate(value: np.ndarray, factor: np.ndarray) -> Candidate:
    return Candidate(Estimate(value, factor, ROWS), np.zeros_like(value))


def test_the_test_holds_its_level() -> None:
    """Of 400 curves without a difference at most 12 % fall below 5 %: chance 1e-7 for a test of that size."""
    rng = np.random.default_rng(0)
    found = [chapman_kolmogorov(_drawn(rng, 1.0), Estimate(np.zeros((1, LAGS, 1)), np.zeros((ROWS, 1, LAGS, 1)), ROWS))
             for _ in range(400)]  # fmt: skip
    assert np.mean(np.array(found) < 0.05) < 0.12


def test_a_difference_of_six_errors_is_found_wherever_it_is() -> None:
    """Along the whole curve, and at one lag, where it lies in directions of little variance."""
    rng = np.random.default_rng(1)
    nothing = Estimate(np.zeros((1, LAGS, 1)), np.zeros((ROWS, 1, LAGS, 1)), ROWS)
    for bias in (np.full(LAGS, 6.0), np.where(np.arange(LAGS) == 7, 6.0, 0.0)):
        robust = _drawn(rng, 1.0)
        moved = robust._replace(value=robust.value * 0.0 + bias[None, :, None])
        assert chapman_kolmogorov(nothing, moved)[0, 0] < 0.01


def test_rounding_at_a_lag_where_all_is_known_is_no_difference() -> None:
    rng = np.random.default_rng(2)
    robust = _drawn(rng, 1.0)
    robust.value[:, 0], robust.factor[:, :, 0] = 1e-13, 1e-16
    assert chapman_kolmogorov(robust, Estimate(robust.value * 0, robust.factor * 0, ROWS))[0, 0] > 1e-3


def test_the_longest_step_that_costs_little_is_taken_and_a_wrong_one_is_not() -> None:
    """Three steps with errors 1, 1.05 and 2 beside a robust error of 4; the fourth curve's short steps are wrong."""
    rng = np.random.default_rng(3)
    rows = _noise(rng, 1.0, 2)
    still = np.zeros((1, LAGS, 2))
    wrong = still + np.array([0.0, 40.0])
    robust = _candidate(still, 4 * rows)
    candidates = [_candidate(wrong, rows), _candidate(wrong, 1.05 * rows), _candidate(still, 2 * rows)]
    gaussian = Estimate(still + 100.0, 0.1 * rows, ROWS)
    found = choose_headline(robust, gaussian, candidates, (2, 4, 8), LAGS - 1)
    assert found.steps.tolist() == [[4, 8]]
    assert found.leads.all()
    assert not found.pulled.any()
    np.testing.assert_array_equal(found.impulse.value, still)


def test_where_every_step_is_refused_the_robust_estimate_leads() -> None:
    rng = np.random.default_rng(4)
    rows = _noise(rng, 1.0)
    still = np.zeros((1, LAGS, 1))
    found = choose_headline(
        _candidate(still, rows), Estimate(still + 100.0, rows, ROWS), [_candidate(still + 50.0, 0.5 * rows)], (2,), 20
    )
    assert not found.leads.any()
    assert found.p_value < 0.01
    np.testing.assert_array_equal(found.impulse.value, still)
    np.testing.assert_array_equal(found.markov.value, still + 50.0)


def test_the_pull_is_cut_lag_by_lag_and_widens_the_band() -> None:
    """A far quieter classical response a tenth of an error away is reached; the band is no narrower than it was."""
    rng = np.random.default_rng(5)
    rows = _noise(rng, 1.0)
    still = np.zeros((1, LAGS, 1))
    robust = _candidate(still, rows)
    near = Estimate(still + 0.1, 0.01 * rows, ROWS)
    found = choose_headline(robust, near, [], (), 20)
    assert found.pulled.all()
    np.testing.assert_allclose(found.impulse.value, 0.1)
    assert np.all(found.impulse.stderr() >= robust.settled().stderr())
    late = near._replace(value=still + np.where(np.arange(LAGS) == 20, 1e3, 0.0)[None, :, None])
    cut = choose_headline(robust, late, [], (), 10)
    assert cut.pulled.all()
    limit = 1.5 * robust.settled().stderr()[0, 20, 0]
    np.testing.assert_allclose(cut.impulse.value[0, 20, 0], limit)


def test_the_band_of_what_is_pulled_holds_whatever_the_distance() -> None:
    """Truths nought to five standard errors from a quiet classical response: of 2000, less than 92 % by chance 1e-9."""
    rng = np.random.default_rng(10)
    curve, draws = np.exp(-np.arange(LAGS) / 5)[None, :, None], 2000
    rows = rng.standard_normal((ROWS, 1, 1, 1)) * curve / np.sqrt(ROWS)
    quiet = Estimate(np.zeros((1, LAGS, draws)), np.repeat(0.1 * rows, draws, axis=3), ROWS)
    errors = []
    for distance in (0.0, 1.0, 2.0, 2.5, 3.0, 4.0, 5.0):
        value = (distance + rng.standard_normal(draws)) * curve
        robust = _candidate(value, np.repeat(rows, draws, axis=3) / np.sqrt(np.mean(rows[:, 0, 0, 0] ** 2) * ROWS))
        found = choose_headline(robust, quiet, [], (), LAGS - 1).impulse
        inside = np.abs(found.value - distance * curve) <= found.half_width(0.95)
        assert inside[0, 5].mean() > 0.92, distance
        errors.append(np.sqrt(np.mean((found.value - distance * curve)[0, 5] ** 2)) / curve[0, 5, 0])
    assert errors[0] < 0.5
    assert errors[-1] < 1.3


def test_what_functions_may_not_reach_lasts_as_long_as_the_push_is_remembered() -> None:
    """It is the largest of what was moved up to a lag, less what has faded since, and knows nothing of later lags."""
    moved = np.random.default_rng(11).standard_normal((2, LAGS, 3))
    found = lasting(moved, np.array([0.5, 5.0]))
    assert np.all(found >= np.abs(moved))
    for push, memory in enumerate((0.5, 5.0)):
        ages = np.arange(LAGS)[:, None] - np.arange(LAGS)
        kept = np.where(ages >= 0, np.exp(-np.maximum(ages, 0) / (4 * memory)), 0.0)
        np.testing.assert_allclose(found[push], np.max(kept[..., None] * np.abs(moved[push]), axis=1))
    np.testing.assert_array_equal(lasting(moved[:, :9], np.array([0.5, 5.0])), found[:, :9])


def test_longer_steps_are_taken_at_longer_lags_where_they_cost_little() -> None:
    """Steps of 1, 2 and 4: from four of them on, unless the band would be wider by more than an eighth or so."""
    rows = _noise(np.random.default_rng(9), 1.0, 2)
    values = [np.full((1, LAGS, 2), value) for value in (1.0, 2.0, 3.0)]
    wider = 1.05 + np.array([0.0, 1.0]) * (np.arange(LAGS)[:, None] < 18)
    candidates = [_candidate(values[0], rows), _candidate(values[1], 1.1 * rows), _candidate(values[2], wider * rows)]
    first, second, last = (each.estimate.value[0] for each in lengthened(candidates, (1, 2, 4)))
    lag = np.arange(LAGS)
    np.testing.assert_array_equal(first[:, 0], 1.0 + (lag >= 8) + (lag >= 16))
    np.testing.assert_array_equal(first[:, 1], 1.0 + (lag >= 8) + (lag >= 18))
    np.testing.assert_array_equal(second[:, 0], 2.0 + (lag >= 16))
    np.testing.assert_array_equal(last, 3.0)


def test_what_is_learned_by_heart_is_in_the_band() -> None:
    rows = _noise(np.random.default_rng(6), 1.0)
    still = np.zeros((1, LAGS, 1))
    learned = Candidate(Estimate(still, rows, ROWS), still + 3.0)
    assert np.all(learned.settled().stderr() >= 3.0)


def test_what_functions_may_not_reach_is_part_of_the_robust_band_alone() -> None:
    """It widens the outer band, and that of a robust estimate that leads, and moves nothing."""
    rng = np.random.default_rng(8)
    rows, still = _noise(rng, 1.0), np.zeros((1, LAGS, 1))
    plain = _candidate(still, rows)
    reached = plain._replace(unreached=np.full_like(still, 0.3))
    np.testing.assert_allclose(reached.settled().stderr() ** 2, plain.settled().stderr() ** 2 + 0.09)
    far = Estimate(still + 50.0, rows, ROWS)
    for bias, leads in ((0.0, True), (40.0, False)):
        markov = [_candidate(still + bias, 0.5 * rows)]
        before, after = (choose_headline(each, far, markov, [2], LAGS - 1) for each in (plain, reached))
        assert bool(after.leads[0, 0]) == leads
        np.testing.assert_array_equal(after.impulse.value, before.impulse.value)
        added = after.impulse.stderr() ** 2 - before.impulse.stderr() ** 2
        np.testing.assert_allclose(added, 0.0 if leads else 0.09, atol=1e-12)
