"""Signs that a record cannot carry the answer: each planted fault is found, and a clean record says nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal

from fluctua.response import (
    ComponentPush,
    Headline,
    PushVectors,
    VariableDetails,
    VectorFieldPush,
    look_for_signs,
    pushed_variables,
    respond_to_pushes,
    some_pieces,
)
from fluctua.statistics import Estimate

FALSE_ALARM = 1e-3  # seeds are fixed; a clean record below this would be a fault of the tests


def linear(seed: int, members: int, steps: int, variables: int = 1, kept: float = 0.9) -> np.ndarray:
    """Independent Ornstein-Uhlenbeck processes of variance one that keep so much of themselves from step to step."""
    noise = np.random.default_rng(seed).standard_normal((members, steps + 200, variables))
    return np.asarray(scipy.signal.lfilter([np.sqrt(1 - kept**2)], [1, -kept], noise, axis=1))[:, -steps:]


def driven_by_hidden(seed: int, members: int, steps: int) -> np.ndarray:
    """A variable that relaxes towards a slow one, which is not recorded."""
    slow = linear(seed, members, steps + 200, kept=0.98)
    noise = np.random.default_rng(seed + 1).standard_normal(slow.shape)
    return np.asarray(scipy.signal.lfilter([1.0], [1, -0.8], 0.3 * slow + 0.6 * noise, axis=1))[:, -steps:]


def only(dimension: int, *pushed: int) -> np.ndarray:
    return np.isin(np.arange(dimension), pushed)


def headline(p_value: float) -> Headline:
    """A headline whose own test has this p-value."""
    nothing = Estimate(np.zeros((1, 2, 1)), np.zeros((4, 1, 2, 1)), 4)
    no = np.zeros((1, 1), bool)
    return Headline(nothing, nothing, np.ones((1, 1), int), no, no, np.array([[p_value]]))


def test_a_clean_record_shows_no_sign() -> None:
    signs = look_for_signs(linear(0, 4, 1000, 3), 3, only(3, 0))
    assert signs.nugget is not None
    assert signs.memory is not None
    assert signs.lines is not None
    assert signs.nugget.overall() > FALSE_ALARM
    assert signs.lines.overall() > FALSE_ALARM
    assert signs.memory.steps == (1, 3)
    assert signs.memory.p_value > FALSE_ALARM
    assert not signs.is_noisy()
    assert signs.small_noise is not None
    assert not signs.small_noise.found()
    assert all(not each.atoms and each.lower_wall is None and each.upper_wall is None for each in signs.densities)
    assert np.array_equal(signs.pushed, [True, False, False])
    assert signs.moving.all()


def test_noise_of_the_measurement_is_found_in_the_variable_that_has_it() -> None:
    values = linear(1, 4, 4000, 2, kept=0.95)
    values[..., 1] += 0.5 * np.random.default_rng(2).standard_normal(values.shape[:2])
    signs = look_for_signs(values, 10, only(2, 0))
    assert signs.is_noisy()
    assert signs.nugget is not None
    assert signs.memory is not None
    assert signs.nugget.pvalue[1] < 1e-4 < FALSE_ALARM < signs.nugget.pvalue[0]
    assert abs(signs.nugget.share[1] - 0.2) < 5 * signs.nugget.stderr[1] < 0.1
    # Over ten steps the noise hardly shows: it is the single step that finds it.
    assert signs.memory.most_striking()[0] == 1
    assert signs.memory.p_value < 1e-9


def test_noise_is_found_beside_a_variable_with_many_equal_values() -> None:
    values = linear(1, 4, 4000, 2, kept=0.95)
    values[..., 0] = np.maximum(values[..., 0], 0.0)
    values[..., 1] += 0.5 * np.random.default_rng(2).standard_normal(values.shape[:2])
    noisy = look_for_signs(values, 4, only(2, 0)).memory
    assert noisy is not None
    assert noisy.p_value < 1e-9
    assert noisy.most_striking()[1].after == (1, 1)


def test_a_hidden_variable_is_found() -> None:
    signs = look_for_signs(driven_by_hidden(3, 4, 5000), 4, only(1, 0))
    assert signs.memory is not None
    assert signs.memory.p_value < 1e-6
    assert signs.markov_p_value(headline(1.0)) < 1e-6


def test_a_periodic_forcing_is_found_with_its_period() -> None:
    values = linear(4, 4, 1500, 2)
    values[..., 1] += 0.5 * np.cos(2 * np.pi * np.arange(1500) / 37)
    lines = look_for_signs(values, 3, only(2, 0)).lines
    assert lines is not None
    assert lines.pvalue[1] < 1e-4
    assert lines.pvalue[0] > FALSE_ALARM
    assert 1 / lines.frequency[1] == pytest.approx(37, rel=2e-3)
    assert lines.share[1] == pytest.approx(0.125 / 1.125, abs=0.04)


def test_of_many_variables_those_that_are_pushed_are_looked_at_for_lines() -> None:
    values = linear(5, 2, 800, 12)
    values[..., [10, 11]] += 0.8 * np.cos(2 * np.pi * np.arange(800) / 23)[:, None]
    lines = look_for_signs(values, 3, only(12, 11)).lines
    assert lines is not None
    assert lines.pvalue.shape == (12,)
    assert lines.pvalue[11] < 1e-4
    assert lines.pvalue[10] == 1.0
    assert lines.amplitude[10] == 0.0


def test_atoms_and_walls_are_found() -> None:
    values = linear(6, 4, 5000, 2, kept=0.3)
    free = look_for_signs(values[:, :200], 1, only(2, 1)).densities[0]
    assert not free.atoms
    values[..., 0] = np.maximum(values[..., 0], 0.0)
    values[..., 1] = np.abs(values[..., 1])
    rain, folded = look_for_signs(values, 1, only(2, 1)).densities
    assert rain.atoms[0][0] == 0.0
    assert rain.atoms[0][1] == pytest.approx(0.5, abs=0.02)
    assert folded.lower_wall == pytest.approx(0.0, abs=1e-3)
    assert folded.upper_wall is None


def test_a_deterministic_record_is_found() -> None:
    angle = 0.2 * np.arange(1500.0)[None, :, None] + np.arange(3.0)[:, None, None]
    small = look_for_signs(np.concatenate([np.cos(angle), np.sin(angle)], axis=2), 5, only(2, 0)).small_noise
    assert small is not None
    assert small.found()


def test_what_a_short_record_or_a_constant_variable_leaves_out() -> None:
    short = look_for_signs(linear(7, 2, 15), 5, only(1, 0))
    assert short[:3] == (None, None, None)
    assert short.small_noise is None
    assert short.markov_p_value(headline(0.3)) == 0.3
    assert not short.is_noisy()
    values = linear(8, 2, 500, 2)
    values[..., 0] = 7.0
    signs = look_for_signs(values, 2, only(2, 1))
    assert np.array_equal(signs.moving, [False, True])
    assert signs.memory is not None
    assert len(signs.memory.tests[0].gain) == 1


def test_the_p_values_are_combined_by_bonferroni() -> None:
    signs = look_for_signs(linear(9, 2, 500), 16, only(1, 0))  # over one, four and sixteen steps
    assert signs.memory is not None
    least = min(test.pvalue for test in signs.memory.tests)
    assert signs.memory.p_value == min(1.0, 3 * least)
    assert signs.markov_p_value(headline(1e-5)) == 2e-5
    assert signs.markov_p_value(headline(1.0)) == min(1.0, 2 * signs.memory.p_value)
    single = look_for_signs(linear(9, 2, 500), 1, only(1, 0)).memory
    assert single is not None
    assert single.steps == (1,)
    assert single.p_value == single.tests[0].pvalue


@pytest.mark.parametrize(("members", "steps", "numbers"), [(1, 1000, 240), (3, 100, 120), (50, 20, 400), (2, 30, 600)])
def test_pieces_are_contiguous_bounded_and_spread_over_the_record(members: int, steps: int, numbers: int) -> None:
    time = np.arange(members * steps, dtype=float).reshape(members, steps)
    values = np.stack([time, -time], axis=2)
    pieces = some_pieces(values, numbers)
    assert pieces.size <= max(numbers, 2)
    assert pieces.size >= min(numbers, values.size) / 2
    assert np.all(np.diff(pieces[..., 0], axis=1) == 1)
    assert np.array_equal(pieces[..., 1], -pieces[..., 0])
    assert np.all(pieces[:, 0, 0] // steps == pieces[:, -1, 0] // steps)  # none crosses the end of a member
    first, last = pieces[0, 0, 0], pieces[-1, -1, 0]
    assert first == 0
    assert last >= 0.8 * members * steps


def test_pushed_variables_are_those_that_any_push_moves() -> None:
    values = linear(10, 2, 100, 3)
    vectors = PushVectors((ComponentPush("z", 2), VectorFieldPush("damping", lambda x: x * jnp.array([1, 0, 0]))), 3)
    assert np.array_equal(pushed_variables(vectors, values), [True, False, True])


def test_a_response_of_variables_has_its_signs() -> None:
    values = linear(11, 4, 5000, 2, kept=0.95)
    values[..., 0] += 0.7 * np.random.default_rng(12).standard_normal(values.shape[:2])
    push = ComponentPush("x", 0)
    found = respond_to_pushes(values, values, pushes=(push,), max_lag=10, score="gaussian", key=jax.random.key(0))
    assert isinstance(found.details, VariableDetails)
    signs = found.details.signs
    assert np.array_equal(signs.pushed, [True, False])
    assert signs.is_noisy()
    assert signs.memory is not None
    step = max(1, int(np.median(found.headline.steps)))
    assert set(signs.memory.steps) == {1, round(step**0.5), step}
    assert signs.markov_p_value(found.headline) < 1e-6


def test_averages_over_a_few_steps_lead_nearer_to_the_truth_as_the_message_says() -> None:
    """An autoregression read off with noise of half its spread: its response .95^n is missed by less than half as much.

    The error of either is many standard errors, so that chance has a part below 1e-9 in the comparison.
    """
    rng = np.random.default_rng(0)
    state, record = rng.standard_normal(8), np.empty((8, 8000))
    for step in range(8000):
        state = 0.95 * state + np.sqrt(1 - 0.95**2) * rng.standard_normal(8)
        record[:, step] = state
    noisy = record + 0.5 * rng.standard_normal(record.shape)
    errors = []
    for width in (1, 4):
        values = noisy.reshape(8, -1, width).mean(axis=2)[:, :, None]
        options = {"pushes": (ComponentPush("x", 0),), "score": "gaussian", "key": jax.random.key(0)}
        found = respond_to_pushes(values, values, max_lag=24 // width, **options).impulse.value[0, :, 0]
        truth = 0.95 ** (np.arange(len(found)) * width)
        errors.append(np.sqrt(np.mean((found - truth) ** 2)))
    assert errors[1] < 0.5 * errors[0]
