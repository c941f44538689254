"""Whitened coordinates, and the averages of the implicit loss over parts of a record."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import ScoreError, map_states
from fluctua.scores import GaussianScore, Whitening, implicit_loss, loss_by_part, mean_and_stderr, moments


def _states() -> np.ndarray:
    mixing = np.array([[1e6, 2e3, 0.0], [0.0, 1.0, 3e-7], [0.0, 0.0, 1e-7]])
    return np.array([1e9, 0.0, -5.0]) + np.random.default_rng(0).standard_normal((5000, 3)) @ mixing


def test_whitened_states_have_mean_zero_and_covariance_one() -> None:
    states = _states()
    mean, covariance = moments(map_states(Whitening.of(*moments(states)), states))
    # Variables 13 orders of magnitude apart, one with a large offset: rounding, not accuracy of the method.
    np.testing.assert_allclose(mean, 0.0, atol=1e-6)
    np.testing.assert_allclose(covariance, np.eye(3), atol=1e-6)


def test_moments_are_divided_by_the_number_of_states() -> None:
    states = np.random.default_rng(1).standard_normal((40, 2))
    mean, covariance = moments(states)
    np.testing.assert_allclose(mean, states.mean(axis=0))
    np.testing.assert_allclose(covariance, np.cov(states.T, bias=True))


def test_leading_modes_are_the_principal_components() -> None:
    states = np.random.default_rng(2).standard_normal((2000, 4)) * np.array([1.0, 5.0, 2.0, 0.1])
    modes = map_states(Whitening.leading(*moments(states), modes=2), states)
    np.testing.assert_allclose(np.cov(modes.T, bias=True), np.eye(2), atol=1e-10)
    assert abs(np.corrcoef(modes[:, 0], states[:, 1])[0, 1]) > 0.99
    assert abs(np.corrcoef(modes[:, 1], states[:, 2])[0, 1]) > 0.99


def test_a_combination_of_variables_is_refused_with_the_rank() -> None:
    states = np.random.default_rng(3).standard_normal((100, 2))
    states = np.column_stack([states, states[:, 0] - 2 * states[:, 1]])
    with pytest.raises(ScoreError, match=r"3 state variables has rank 2; .*fill every direction.*Leave out variables"):
        Whitening.of(*moments(states))


def test_losses_by_part_are_means_of_the_losses_of_states() -> None:
    states = np.random.default_rng(4).standard_normal((90, 2))
    score = GaussianScore.of(np.zeros(2), np.array([[2.0, 0.3], [0.3, 1.0]]))
    whitening = Whitening.of(*moments(states))
    parts = [states[:10], states[10:70], states[70:]]
    expected = [implicit_loss(score, part, whitening).mean() for part in parts]
    np.testing.assert_allclose(loss_by_part(score, parts, whitening, key=jax.random.key(0)), expected, rtol=1e-12)


def test_the_loss_does_not_depend_on_units() -> None:
    """Whitened coordinates: the same record in other units has the same losses."""
    states = np.random.default_rng(5).standard_normal((60, 2)) @ np.array([[1.0, 0.5], [0.0, 2.0]])
    units = np.array([1e-6, 1e4])
    losses = []
    for scaled in (states, states * units):
        mean, covariance = moments(scaled)
        precision = np.linalg.inv(1.7 * covariance / np.outer(*2 * [scaled.std(0)])) / np.outer(*2 * [scaled.std(0)])
        score = GaussianScore(jnp.asarray(mean), jnp.asarray(precision))
        losses.append(implicit_loss(score, scaled, Whitening.of(mean, covariance)))
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-8)


def test_mean_and_standard_error() -> None:
    mean, stderr = mean_and_stderr(np.array([1.0, 2.0, 3.0, 6.0]))
    assert mean == 3.0
    assert stderr == pytest.approx(np.sqrt(14 / 3 / 4))
