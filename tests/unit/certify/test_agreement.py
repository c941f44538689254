"""Drawn states beside a record: no alarm between draws of one density, an alarm where they differ."""

import numpy as np
import pytest
import scipy.signal

from fluctua.certify import QUANTILE_LEVELS, compare_states
from fluctua.core import DataError

REPEATS = 200
# A false alarm has 1 % in each comparison, and Binomial(200, 0.01) is above 14 with a probability of 3e-9.
MOST_ALARMS = 14
RARE = 1e-7  # of a false alarm, where the test relies on there being none


def _autoregression(generator: np.random.Generator, memory: float, steps: int) -> np.ndarray:
    """Two variables of unit variance with the correlation one half, shape ``(1, steps, 2)``."""
    noise = generator.standard_normal((steps + 100, 2)) @ np.linalg.cholesky([[1.0, 0.5], [0.5, 1.0]]).T
    states = scipy.signal.lfilter([np.sqrt(1.0 - memory**2)], [1.0, -memory], noise, axis=0)
    return states[None, 100:]


@pytest.mark.parametrize(("memory", "steps"), [(0.0, 300), (0.8, 1000)])
def test_draws_of_one_density_are_seldom_told_apart(memory: float, steps: int) -> None:
    generator = np.random.default_rng(1)
    alarms = 0
    for _ in range(REPEATS):
        record = _autoregression(generator, memory, steps)
        drawn = _autoregression(generator, 0.0, 2000)[0]
        alarms += not compare_states(record, drawn).agrees
    assert alarms <= MOST_ALARMS


def test_a_record_with_memory_is_worth_fewer_states() -> None:
    found = compare_states(_autoregression(np.random.default_rng(2), 0.9, 20_000), np.zeros((100, 2)))
    # Integrated correlation time (1 + 0.9) / (1 - 0.9) = 19; the estimate is good to some per cent here.
    np.testing.assert_allclose(found.effective_size, 20_000 / 19.0, rtol=0.5)


def test_what_differs_is_found() -> None:
    generator = np.random.default_rng(3)
    record = _autoregression(generator, 0.0, 5000)
    same = _autoregression(generator, 0.0, 5000)[0]
    shifted = compare_states(record, same + np.array([0.3, 0.0]), RARE)
    assert shifted.distant.tolist() == [True, False]
    turned = compare_states(record, same * [1.0, -1.0], RARE)
    assert not turned.distant.any()
    assert turned.uncorrelated.tolist() == [[False, True], [True, False]]
    # A Cauchy variable of the same quartiles: the tails are wrong.
    cauchy = compare_states(record, np.column_stack([0.6745 * generator.standard_cauchy(5000), same[:, 1]]), RARE)
    assert cauchy.misplaced[0, [0, -1]].all()
    assert not cauchy.misplaced[0, QUANTILE_LEVELS.index(0.5)]


def test_states_that_repeat_are_no_difference() -> None:
    generator = np.random.default_rng(4)

    def rain(count: int) -> np.ndarray:
        return np.maximum(generator.standard_normal((count, 1)), 0.0)

    found = compare_states(rain(4000)[None], rain(4000))
    # The 1 % and the 5 % quantile are zero, up to which lies half of the states: 0.5 with a standard error of 0.008,
    # and two such shares differ by 0.011. Five and a half of each have a probability of 4e-8.
    assert found.record_share[0, 0] == pytest.approx(0.5, abs=0.05)
    assert np.all(found.lowest_share <= found.record_share)
    assert np.all(found.highest_share >= found.record_share)
    np.testing.assert_allclose(found.drawn_share, found.record_share, atol=0.06)


def test_a_single_state_and_none() -> None:
    record = _autoregression(np.random.default_rng(5), 0.0, 500)
    assert compare_states(record, np.zeros((1, 2)), RARE).agrees
    with pytest.raises(DataError, match=r"shape \(0, 2\).*at least one state of 2 variables"):
        compare_states(record, np.zeros((0, 2)))
