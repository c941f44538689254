"""Gaps that were filled, with the last value or on straight lines, are named; rounded and smooth records are not."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from fluctua.core import DataError
from fluctua.data import Record, record_from_array, validate
from fluctua.verbs import to_record

STEPS = 3000


def autoregression(seed: int, keeps: float = 0.9) -> Any:
    moves = np.random.default_rng(seed).standard_normal(STEPS)
    return np.asarray(lfilter([np.sqrt(1 - keeps**2)], [1, -keeps], moves))


def gaps(kind: str) -> np.ndarray:
    rng, away = np.random.default_rng(7), np.zeros(STEPS, bool)
    if kind in ("single", "many"):
        return np.asarray(rng.random(STEPS) < (0.05 if kind == "single" else 0.4))
    for start in rng.integers(5, STEPS - 50, 30 if kind == "runs" else 3):
        away[start : start + rng.integers(3, 15)] = True
    return away


def told(values: np.ndarray, words: str) -> list[str]:
    return [text for text in validate(record_from_array(values), keep_outliers=True) if words in text]


KINDS = ["single", "runs", "few", "many"]


@pytest.mark.parametrize("digits", [None, 3, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_values_on_straight_lines_are_named_with_share_and_place(kind: str, digits: int | None) -> None:
    x = autoregression(0, 0.5)
    x = x if digits is None else x.round(digits)
    away = gaps(kind)
    filled = pd.Series(np.where(away, np.nan, x)).interpolate()
    (text,) = told(filled.to_numpy(), "straight lines")
    assert "--gaps split" in text
    assert "%" in text
    named = int(text.partition("time step ")[2].split()[0]) - 1
    assert digits is not None or named == np.argmax(away)


@pytest.mark.parametrize("keeps", [0.5, 0.9, 0.98])
def test_straight_lines_that_were_written_with_few_digits(keeps: float) -> None:
    x = pd.Series(np.where(gaps("runs"), np.nan, autoregression(1, keeps))).interpolate()
    assert told(x.round(3).to_numpy(), "straight lines")
    single = x.to_numpy().astype(np.float32)
    assert told(single, "straight lines")
    assert told(np.stack([autoregression(2), x.to_numpy()], axis=1), "'x1' lies on straight lines")


@pytest.mark.parametrize("digits", [None, 4, 3, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_values_that_were_carried_on_are_named(kind: str, digits: int | None) -> None:
    x = autoregression(0, 0.5)
    x = x if digits is None else x.round(digits)
    filled = pd.Series(np.where(gaps(kind), np.nan, x)).ffill().bfill().to_numpy()
    assert told(filled, "last value") or told(filled, "was it frozen")


def test_they_are_named_when_a_cycle_is_taken_out_as_well() -> None:
    times = pd.date_range("2001-01-01", periods=STEPS, freq="D")
    x = autoregression(0) + 3 * np.sin(2 * np.pi * np.asarray(times.day_of_year) / 365.25)
    missing = pd.Series(np.where(gaps("runs"), np.nan, x), index=times.rename("time"))
    for filled, words in ((missing.interpolate(), "straight lines"), (missing.ffill(), "was it frozen")):
        record = to_record(filled.to_frame("x"), anomaly="dayofyear")
        assert [text for text in validate(record) if words in text] == [record.doubts[0]]


def laws(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    calm = np.exp(0.8 * np.asarray(lfilter([0.14], [1, -0.99], rng.standard_normal(STEPS))))
    rain = autoregression(seed, 0.8)
    return {
        "steady": autoregression(seed, 0.9),
        "slow": autoregression(seed, 0.999),
        "smooth": np.sin(0.01 * np.arange(STEPS)) + 0.001 * autoregression(seed),
        "heavy": np.asarray(lfilter([0.4], [1, -0.9], rng.standard_t(2, STEPS))),
        "calm at times": np.asarray(lfilter([0.5], [1, -0.7], calm * rng.standard_normal(STEPS))),
        "rain": np.where(rain > 0.3, np.exp(rain) - 1, 0.0),
    }


@pytest.mark.parametrize("digits", [1, 2, 3, 5])
@pytest.mark.parametrize("law", list(laws(0)))
def test_rounded_records_are_let_pass(law: str, digits: int) -> None:
    for seed in range(4):
        x = laws(seed)[law]
        for values in (x.round(digits), (1.8 * x).round(digits) / 1.8, (x.round(1) / 1.8).round(digits)):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    assert not told(values, "were gaps filled"), (seed, digits)
                except DataError:  # too few values, or a column that hardly varies
                    continue


def test_a_homogeneous_field_in_single_precision() -> None:
    values: Any = np.random.default_rng(0).standard_normal((1, 500, 8)).astype(np.float32)
    assert not validate(Record(values, 1.0, field="u", dims=("x",), homogeneous=("x",)))
