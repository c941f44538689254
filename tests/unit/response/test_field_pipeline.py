"""What the estimate of a field must not depend on, and what a given score may do to it."""

import functools
from unittest import mock

import jax
import numpy as np
import pytest

from fluctua.response import Reflections, Responses, respond_to_field_pushes
from fluctua.scores import FunctionScore

GRID, STEPS, MAX_LAG = (6,), 200, 10
PIPELINE = "fluctua.response._respond_fields"


def _record(members: int = 8, channels: int = 1) -> np.ndarray:
    """A cubic pull to zero and a drift along the grid, in NumPy: the dictionary has something to learn."""
    rng = np.random.default_rng(0)
    state, record = np.zeros((members, channels, *GRID)), np.empty((members, STEPS, channels, *GRID))
    for step in range(-100, STEPS):
        state = 0.5 * np.roll(state, 1, -1) + 0.5 * state - 0.1 * np.clip(state, -3, 3) ** 3
        state = state + 0.5 * rng.standard_normal(state.shape)
        if step >= 0:
            record[:, step] = state
    return record


RECORD = _record()


def _respond(record: np.ndarray = RECORD, **options) -> Responses:  # type: ignore[no-untyped-def]
    return respond_to_field_pushes(
        record, grid=GRID, key=jax.random.key(0), **{"score": "auto", "max_lag": MAX_LAG, **options}
    )


@functools.cache
def _usual(score: str = "auto") -> Responses:
    """The answer that others are compared with, computed once."""
    return _respond(score=score)


def _close(one: Responses, other: Responses, atol: float = 1e-9) -> None:
    for a, b in (
        (one.impulse.value, other.impulse.value),
        (one.plug_in, other.plug_in),
        (one.impulse.factor, other.impulse.factor),
        (one.gaussian.value, other.gaussian.value),
    ):
        np.testing.assert_allclose(a, b, rtol=0, atol=atol)


@pytest.mark.parametrize("score", ["gaussian", "auto"])
def test_the_size_of_temporary_arrays_changes_nothing(score: str) -> None:
    usual = _usual(score)
    with (
        mock.patch("fluctua.response._lagged._WORKSPACE", 100),
        mock.patch("fluctua.response._lagged._STRIP", 100),
        mock.patch("fluctua.features._sums._NUMBERS", 300),
    ):
        _close(_respond(score=score), usual)


def test_the_number_of_blocks_matters_to_the_bands_alone() -> None:
    """Folds are whole members here and filters are not tapered: the same sums, cut into 128 or 32 pieces."""
    with mock.patch("fluctua.features._field_filters._TAPERS", (np.inf,)):
        many = _respond(score="gaussian")
        with mock.patch(f"{PIPELINE}._BLOCKS", 32):
            few = _respond(score="gaussian")
    assert len(few.plan.blocks) < len(many.plan.blocks)
    np.testing.assert_allclose(few.impulse.value, many.impulse.value, rtol=0, atol=1e-9)
    np.testing.assert_allclose(few.plug_in, many.plug_in, rtol=0, atol=1e-9)
    np.testing.assert_allclose(few.gaussian.value, many.gaussian.value, rtol=0, atol=1e-9)


def test_lags_do_not_depend_on_the_largest_lag() -> None:
    """Blocks are cut alike for both, and what lies beyond a lag is not seen by it; steps of the Markov estimate are no
    longer than half the largest lag, and for both they are four."""
    short, long = _respond(max_lag=8), _usual()
    assert short.plan == long.plan
    assert (short.headline.steps == 4).all()
    np.testing.assert_allclose(short.impulse.value, long.impulse.value[:, :9], rtol=0, atol=1e-10)
    np.testing.assert_allclose(short.gaussian.value, long.gaussian.value[:, :9], rtol=0, atol=1e-10)


def test_the_pushed_point_is_as_good_as_any() -> None:
    """Every state moved along the grid by the same number of points is the same record."""
    _close(_respond(np.roll(RECORD, 2, axis=-1)), _usual())


@pytest.mark.parametrize("unit", [4.0, 2.0**-20, 2.0**30])
def test_units_of_the_record_cancel(unit: float) -> None:
    """A power of two: field over push has no units, and every step scales exactly up to rounding."""
    _close(_respond(RECORD * unit), _usual(), atol=1e-8)


def test_an_offset_of_the_record_cancels() -> None:
    _close(_respond(RECORD + 1000.0), _usual(), atol=1e-6)


def test_single_precision_records_are_read_as_they_are() -> None:
    rounded = RECORD.astype(np.float32)
    _close(_respond(rounded), _respond(rounded.astype(np.float64)))


def test_without_room_for_the_lagged_tables_the_regression_is_learned_at_fewer_lags() -> None:
    """Linear between them: an answer of the same kind, within its own standard error."""
    usual = _usual()
    per_lag = 4 * usual.functions * 4  # wavenumbers, functions, folds
    with mock.patch(f"{PIPELINE}._REGRESSION_NUMBERS", 6.0 * per_lag):
        found = _respond()
    assert usual.regression_lags.tolist() == list(range(MAX_LAG + 1))
    assert found.regression_lags.tolist() == [0, 2, 4, 6, 8, 10]
    np.testing.assert_allclose(found.plug_in, usual.plug_in, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.gaussian.value, usual.gaussian.value, rtol=0, atol=1e-9)
    kept, between = found.robust.value[:, ::2], found.robust.value[:, 1::2]
    np.testing.assert_allclose(kept, usual.robust.value[:, ::2], rtol=0, atol=1e-9)
    assert np.all(np.abs(between - usual.robust.value[:, 1::2]) < usual.robust.stderr()[:, 1::2])


def test_a_given_score_is_correlated_as_it_is_and_then_calibrated() -> None:
    """A tenth of the true linear score: the plug-in shrinks with it, the default does not."""
    score = FunctionScore(lambda x: -0.1 * x, variables=6)
    found = _respond(score=score)
    assert found.score.method == score.kind
    pairs = 8 * (STEPS - np.arange(MAX_LAG + 1))
    centred = RECORD[:, :, 0] - RECORD.mean()
    for lag in (0, 3, MAX_LAG):
        later, earlier = centred[:, lag:], 0.1 * RECORD[:, : STEPS - lag, 0]
        for offset in range(6):
            expected = np.sum(np.roll(later, -offset, -1) * earlier) / (6 * pairs[lag])
            np.testing.assert_allclose(found.plug_in[0, lag, 0, offset], expected, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.impulse.value[0, 0, 0], np.eye(6)[0], rtol=0, atol=1e-9)
    before, after = found.defect_before[0], found.defect_after[0]
    assert before > 0.5
    assert after < 0.2


def test_stein_numbers_are_one_for_a_score_that_is_right() -> None:
    """Their mean over a shell, before and after calibration, one column per shell."""
    found = _usual()
    assert found.details.stein.shape == (2, 4)
    np.testing.assert_allclose(found.details.stein, 1.0, atol=0.2)


def test_mirrors_of_a_mirrored_system_narrow_the_bands() -> None:
    """Without a drift the two halves of the response are two estimates of the same number."""
    rng = np.random.default_rng(1)
    state, record = np.zeros((8, 1, *GRID)), np.empty((8, STEPS, 1, *GRID))
    for step in range(-50, STEPS):
        state = 0.4 * state + 0.2 * (np.roll(state, 1, -1) + np.roll(state, -1, -1)) + rng.standard_normal(state.shape)
        if step >= 0:
            record[:, step] = state
    plain, mirrored = (_respond(record, reflections=r, score="gaussian") for r in (Reflections(), Reflections((0,))))
    ratio = mirrored.robust.stderr()[0, 1:, 0, 1:3] / plain.robust.stderr()[0, 1:, 0, 1:3]
    assert ratio.mean() < 0.95
