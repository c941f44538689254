"""Precision and recall of shares of modes against closed forms, and against the curve."""

import jax
import numpy as np
import pytest

from studies.heavy_tails.data import weighted_grid
from studies.heavy_tails.precision_recall import mode_bins, precision_recall, true_mode_bins
from studies.heavy_tails.published import GRID_DEVIATION


@pytest.mark.parametrize(("modes", "found"), [(10, 7), (10, 1), (4, 4)])
def test_modes_that_are_missed_are_lost_recall(modes: int, found: int) -> None:
    # Uniform over k modes, drawn uniformly from j of them: the corner of the curve has precision 1 and recall j / k.
    drawn = np.repeat([1.0 / found, 0.0], [found, modes - found])
    share = found / modes
    scores = precision_recall(np.full(modes, 1.0 / modes), drawn)
    assert scores.recall == pytest.approx(65 * share / (64 + share))
    assert scores.precision == pytest.approx((1 + 1 / 64) * share / (1 / 64 + share))


def test_modes_that_are_made_up_are_lost_precision() -> None:
    # The two exchanged: the summaries change places.
    few, many = np.repeat([0.25, 0.0], [4, 6]), np.full(10, 0.1)
    missed, invented = precision_recall(many, few), precision_recall(few, many)
    assert (invented.precision, invented.recall) == pytest.approx((missed.recall, missed.precision))


def test_two_modes_in_closed_form() -> None:
    # P = (p, 1 - p) and Q = (q, 1 - q), p < q: the curve bends at (1 - q) / (1 - p), where a is (1 - q) / (1 - p),
    # and at q / p, where a is one.
    p, q = 0.3, 0.45
    slopes = np.array([(1 - q) / (1 - p), q / p])
    best = [max((1 + c**2) * np.array([slopes[0], 1.0]) / (1 + c**2 * slopes)) for c in (8.0, 0.125)]
    assert precision_recall(np.array([p, 1 - p]), np.array([q, 1 - q])) == pytest.approx(tuple(best))


def test_the_largest_is_that_of_the_whole_curve() -> None:
    generator = np.random.default_rng(0)
    slopes = np.tan(np.linspace(1e-4, np.pi / 2 - 1e-4, 200_001))
    for _ in range(5):
        real, drawn = generator.dirichlet(np.full(9, 0.4), 2)
        precision = np.minimum(slopes[:, None] * real, drawn).sum(axis=1)
        recall = precision / slopes
        curve = [np.max((1 + c**2) * precision * recall / (c**2 * precision + recall)) for c in (8.0, 0.125)]
        # Never below the grid of angles, and above it by less than its spacing lets the curve change.
        assert precision_recall(real, drawn) == pytest.approx(tuple(curve), rel=1e-3)
        assert np.all(np.array(precision_recall(real, drawn)) >= np.array(curve) - 1e-12)


def test_extremes() -> None:
    shares = np.array([0.2, 0.0, 0.8])
    assert precision_recall(shares, shares) == (1.0, 1.0)
    assert precision_recall(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == (0.0, 0.0)


def test_states_between_modes_are_in_none() -> None:
    grid = weighted_grid()
    states = np.concatenate([grid.means, [[0.5, 0.5], [0.0, 0.41], [0.39, 0.0]]])
    shares = mode_bins(states, grid.means, GRID_DEVIATION) * len(states)
    # (0.39, 0) is the only one of the three within four deviations: it counts for the mode at zero, the fifth.
    np.testing.assert_allclose(shares, [1, 1, 1, 1, 2, 1, 1, 1, 1, 2])


def test_bins_of_the_grid_have_their_probabilities() -> None:
    grid = weighted_grid()
    count = 100_000
    truth = true_mode_bins(grid.weights)
    found = mode_bins(grid.draw(jax.random.key(3), count), grid.means, GRID_DEVIATION)
    # Ten binomial counts: by Bernstein's bound one of them is farther off than 6 deviations + 18 / count with a chance
    # below 20 exp(-18) = 3e-7.
    assert np.all(np.abs(found - truth) < 6.0 * np.sqrt(truth * (1 - truth) / count) + 18.0 / count)
    assert truth.sum() == pytest.approx(1.0)
