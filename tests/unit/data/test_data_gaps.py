"""Gaps that depend on the state are refused or warned of; those of chance and of clocks are not."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

import fluctua
from fluctua.core import DataError, FluctuaWarning
from fluctua.data import Record, fair_pieces
from fluctua.verbs import to_record

STEPS = 12_000


def autoregression(seed: int = 0, keeps: float = 0.8) -> np.ndarray:
    moves = np.random.default_rng(seed).standard_normal(STEPS)
    return np.asarray(lfilter([np.sqrt(1 - keeps**2)], [1, -keeps], moves))


def cut(values: np.ndarray, missing: np.ndarray, times: pd.Index | None = None, **columns: np.ndarray) -> Record:
    table = pd.DataFrame({"x": np.where(missing, np.nan, values), **columns}, index=times)
    return to_record(table if times is None else table.rename_axis("time"), gaps="split")


@pytest.mark.parametrize("level", [1.645, 2.33])
@pytest.mark.parametrize("side", ["above", "below", "both"])
def test_a_tail_that_is_missing_is_refused(level: float, side: str) -> None:
    x = autoregression()
    missing = {"above": x > level, "below": x < -level, "both": np.abs(x) > level}[side]
    record = cut(x, missing)
    assert "depend on 'x'" in record.doubts[0]
    with pytest.raises(DataError, match=r"gaps of .* depend on 'x'.*fair sample.*--allow-unreliable"):
        fair_pieces(record)


def test_the_answer_is_shown_all_the_same_with_a_warning() -> None:
    x = autoregression()
    table = pd.DataFrame({"x": np.where(x > 1.8, np.nan, x)})
    asked: dict[str, Any] = {"push": "x", "max_lag": 3, "score": "gaussian", "gaps": "split"}
    with pytest.raises(DataError, match="depend on"):
        fluctua.respond(table, **asked)
    with pytest.warns(FluctuaWarning, match="that of a biased sample"):
        fluctua.respond(table, allow_unreliable=True, **asked)


def test_gaps_of_another_variable_that_depend_on_the_state() -> None:
    x = autoregression()
    record = cut(x + 0.3 * autoregression(1), x > 1.8, y=x)
    assert "depend on" in record.doubts[0]


def test_gaps_of_chance_are_let_pass() -> None:
    rng = np.random.default_rng(2)
    for keeps in (0.0, 0.8, 0.99):
        x = autoregression(3, keeps)
        assert not cut(x, rng.random(STEPS) < 0.03).doubts
        long = np.zeros(STEPS, bool)
        for start in rng.integers(STEPS, size=50):
            long[start : start + 40] = True
        assert not cut(x, long).doubts


def test_nights_and_weekends_are_let_pass_beside_the_cycles_that_they_follow() -> None:
    times = pd.date_range("2001-01-01T12", periods=STEPS, freq="h")
    hour, day = np.asarray(times.hour), np.asarray(times.day_of_week)
    x = autoregression() + 2 * np.sin(2 * np.pi * hour / 24)
    assert not cut(x, (hour < 8) | (hour > 19), times).doubts
    assert not cut(autoregression() + 1.5 * ((day == 4) & (hour > 12)), day > 4, times).doubts
    without_dates = cut(x, (hour < 8) | (hour > 19))
    assert not without_dates.doubts


def beyond(values: np.ndarray, share: float) -> np.ndarray:
    return values > np.quantile(values, 1 - share)


def spikes(x: np.ndarray, kind: str, share: float) -> np.ndarray:
    """Steps that somebody takes out who takes large moves for spikes."""
    moves = np.r_[0.0, np.diff(x)]
    if kind == "after":
        return beyond(np.abs(moves), share)
    if kind == "both":
        after = beyond(np.abs(moves), share)
        return after | np.r_[after[1:], False]
    if kind == "upward":
        return beyond(moves, share)
    if kind == "off neighbours":
        return beyond(np.r_[0.0, np.abs(x[1:-1] - (x[2:] + x[:-2]) / 2), 0.0], share)
    median = pd.Series(x).rolling(7, center=True, min_periods=1).median()
    return beyond(np.abs(x - median.to_numpy()), share)


@pytest.mark.parametrize("keeps", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("kind", ["after", "both", "upward", "off neighbours", "off running median"])
def test_spikes_that_were_taken_out_are_told(kind: str, keeps: float) -> None:
    x = autoregression(5, keeps)
    record = cut(x, spikes(x, kind, 0.03))
    assert "increments" in record.doubts[0] or "larger moves" in record.doubts[0] or kind == "off running median"
    assert "by chance" in record.doubts[0]


def test_many_jumps_that_were_taken_out_are_refused_and_the_whole_record_is_not() -> None:
    x = autoregression(6)
    table = pd.DataFrame({"x": np.where(spikes(x, "after", 0.05), np.nan, x)})
    asked: dict[str, Any] = {"push": "x", "max_lag": 3, "score": "gaussian", "gaps": "split"}
    with pytest.raises(DataError, match=r"depend on.*give the record with them"):
        fluctua.respond(table, **asked)
    result = fluctua.respond(pd.DataFrame({"x": x}), **asked)
    one_step = result.dataset.isel(lag=1).squeeze()
    assert abs(one_step.impulse_response - 0.8) < 3 * one_step.impulse_response_stderr


@pytest.mark.parametrize("seed", range(4))
def test_gaps_of_chance_in_records_of_other_laws_are_let_pass(seed: int) -> None:
    rng = np.random.default_rng(seed)
    heavy = np.asarray(lfilter([1.0], [1, -0.8], rng.standard_t(3, STEPS)))
    bursts = np.exp(lfilter([0.1], [1, -0.99], rng.standard_normal(STEPS)))
    calm = np.asarray(lfilter([1.0], [1, -0.7], bursts * rng.standard_normal(STEPS)))
    smooth = np.asarray(lfilter([1.0], [1, -1.85, 0.94], rng.standard_normal(STEPS)))
    for x in (heavy, calm, smooth, np.round(autoregression(seed), 1)):
        assert not cut(x, rng.random(STEPS) < 0.05).doubts


@pytest.mark.parametrize("kind", ["two levels", "kicked", "angle", "random phase"])
def test_increments_that_end_by_themselves_are_let_pass(kind: str) -> None:
    """Jumps of one size, and the width of a circle, are no limit above which values were taken out.

    Of ten records with gaps of chance up to three may be told: at a rate of 0.5 % (measured: none of 390) more have a
    probability of 1.3e-7.
    """
    told = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        noise, seldom = rng.standard_normal(4000), rng.random(4000) < 0.02
        x = {
            "two levels": np.cumsum(seldom) % 2 + 0.05 * noise,
            "kicked": np.asarray(lfilter([1.0], [1, -0.9], seldom + 0.1 * noise)),
            "angle": np.cumsum(0.5 * noise) % (2 * np.pi),
            "random phase": np.sin(2 * np.pi * rng.random(4000)),
        }[kind]
        told += bool(cut(x, rng.random(4000) < 0.03).doubts)
    assert told <= 3


def test_runs_laid_end_to_end_have_no_increments_between_them() -> None:
    rng = np.random.default_rng(0)
    runs = [pd.DataFrame({"x": 3 * k % 7 + autoregression(k)[:200]}) for k in range(30)]
    assert not to_record([run - run.mean() for run in runs]).doubts
    trading = pd.bdate_range("2001-01-01", periods=STEPS)
    assert not cut(autoregression(), rng.random(STEPS) < 0.04, trading).doubts


def test_few_gaps_are_not_looked_at() -> None:
    x = autoregression()
    highest = np.argsort(-x)[:5]
    assert not cut(x, np.isin(np.arange(STEPS), highest)).doubts


def test_a_record_in_one_piece_has_none() -> None:
    assert fair_pieces(to_record(pd.DataFrame({"x": autoregression()}))) == []


def test_a_score_of_such_pieces_is_warned_of() -> None:
    x = autoregression()
    with pytest.warns(FluctuaWarning, match="depend on 'x'"):
        fluctua.fit_score(pd.DataFrame({"x": np.where(x > 1.8, np.nan, x)}), "gaussian", gaps="split")
