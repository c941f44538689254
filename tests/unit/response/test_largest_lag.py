"""What is answered at a lag does not depend on how many lags are asked for."""

import jax
import numpy as np
import pytest

from fluctua.response import ComponentPush, Responses, respond_to_pushes


def _volatile(seed: int, steps: int = 3000) -> np.ndarray:
    """A variance with a memory of some twenty steps, and what it drives: few independent states, skewed."""
    rng = np.random.default_rng(seed)
    variance, driven = np.ones(steps), np.zeros(steps)
    for n in range(1, steps):
        kicks = np.sqrt(0.05 * max(variance[n - 1], 0.01)) * rng.standard_normal(2)
        variance[n] = abs(variance[n - 1] + 0.05 * (1 - variance[n - 1]) + 0.7 * kicks[0])
        driven[n] = 0.9 * driven[n - 1] + kicks[1]
    return np.stack([driven, variance], axis=1)[None]


def _answer(values: np.ndarray, max_lag: int, borders: tuple[int, ...] = ()) -> Responses:
    observables = np.concatenate([values**2, values[..., 1:]], axis=2)
    push, key = (ComponentPush("variance", 1),), jax.random.key(0)
    return respond_to_pushes(
        values, observables, pushes=push, max_lag=max_lag, score="gaussian", key=key, borders=borders
    )


@pytest.mark.parametrize("borders", [(), (700, 1500)], ids=["whole", "in pieces"])
def test_fewer_lags_have_the_same_answer_and_the_same_bands(borders: tuple[int, ...]) -> None:
    """Up to the lags that decide: steps, functions, test and bands are those of the longer answer."""
    values = _volatile(0)
    longer, shorter = _answer(values, 60, borders), _answer(values, 12, borders)
    assert shorter.impulse.value.shape[1] == 13
    assert np.array_equal(longer.headline.steps, shorter.headline.steps)
    assert np.array_equal(longer.headline.p_values, shorter.headline.p_values)
    for one, other in (
        (longer.impulse, shorter.impulse),
        (longer.outer, shorter.outer),
        (longer.gaussian, shorter.gaussian),
    ):
        np.testing.assert_allclose(other.value, one.value[:, :13], rtol=0, atol=1e-12)
        np.testing.assert_allclose(other.half_width(0.95), one.half_width(0.95)[:, :13], rtol=1e-9, atol=1e-12)


def test_far_more_lags_move_it_by_rounding() -> None:
    """Beyond the lags that decide, folds lie further apart, and with that bands change by a little."""
    values = _volatile(1)
    one, other = _answer(values, 100), _answer(values, 300)
    assert np.array_equal(one.headline.steps, other.headline.steps)
    np.testing.assert_allclose(other.impulse.value[:, :101], one.impulse.value, rtol=0, atol=1e-9)


def test_a_push_with_a_longer_memory_moves_no_other_answer() -> None:
    """Each push is answered up to the lags that decide about it: what else is asked changes nothing."""
    rng = np.random.default_rng(2)
    values = np.zeros((1, 3000, 2))
    for n in range(1, 3000):
        values[0, n] = np.array([0.6, 0.97]) * values[0, n - 1] + rng.standard_normal(2)
    quick, slow = ComponentPush("quick", 0), ComponentPush("slow", 1)

    def answer(*pushes: ComponentPush) -> Responses:
        return respond_to_pushes(values, values, pushes=pushes, max_lag=6, score="gaussian", key=jax.random.key(0))

    alone, together = answer(quick), answer(quick, slow)
    assert np.array_equal(together.headline.p_values[:1], alone.headline.p_values)
    for one, other in ((alone.impulse, together.impulse), (alone.outer, together.outer)):
        np.testing.assert_allclose(other.value[:1], one.value, rtol=0, atol=1e-12)
        np.testing.assert_allclose(other.half_width(0.95)[:1], one.half_width(0.95), rtol=1e-9, atol=1e-12)
