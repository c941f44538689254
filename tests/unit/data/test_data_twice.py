"""A part of a record that is there twice is named; clean, rounded and periodic records are not."""

import numpy as np
import pytest
from scipy.signal import lfilter

from fluctua.data import Record, record_from_array, validate

STEPS = 1500


def autoregression(seed: int, keeps: float = 0.8) -> np.ndarray:
    return np.asarray(lfilter([1.0], [1, -keeps], np.random.default_rng(seed).standard_normal(STEPS)))


def told(record: Record) -> list[str]:
    return [text for text in validate(record) if "pasted twice" in text]


@pytest.mark.parametrize("digits", [2, 4, 12])
def test_a_record_that_is_there_twice_is_cut_by_the_advice(digits: int) -> None:
    x = autoregression(0).round(digits)
    (text,) = told(record_from_array(np.r_[x, x]))
    assert f"in {STEPS} steps from time step 1 " in text
    assert f"from time step {STEPS + 1} " in text
    skip = int(text.partition("--skip ")[2].rstrip("."))
    assert not told(record_from_array(np.r_[x, x][skip:]))
    assert told(record_from_array(np.r_[x, x, x]))


def test_parts_of_it() -> None:
    x = np.stack([autoregression(1), autoregression(2)], axis=1)
    (text,) = told(record_from_array(np.concatenate([x[:700], x[200:700], x[700:]])))
    assert "in 500 steps from time step 201 " in text
    assert "--skip" not in text
    assert told(record_from_array(np.concatenate([x, x[300:900]])))


def test_others_are_let_pass() -> None:
    for seed in range(5):
        x = autoregression(seed)
        for digits in (0, 1, 8):
            assert not told(record_from_array(x.round(digits)))
    wave = 0.1 * np.arange(STEPS) % 2.4 + np.tile(np.random.default_rng(0).standard_normal(30), STEPS // 30)
    assert not told(record_from_array(wave))


@pytest.mark.parametrize("keeps", [0.0, 0.6])
def test_members_that_agree_in_dry_spells_are_runs_of_their_own(keeps: float) -> None:
    """Zeros with a day of little rain among them come in every run; a stretch that two members share is told.

    In eight records of three runs two may be told: at a rate of 0.2 % (measured: none of 125) more have a probability
    of 5e-7.
    """
    alike = "have the same values"
    told = 0
    for seed in range(8):
        moves = np.random.default_rng(seed).standard_normal((3, 2000))
        z = np.asarray(lfilter([np.sqrt(1 - keeps**2)], [1, -keeps], moves))
        rain = np.maximum(z - 1.2, 0.0).round(1)
        told += any(alike in text for text in validate(Record(rain[..., None], 1.0)))
        rain[2, 300:1000] = rain[0, 500:1200]
        assert any(alike in text for text in validate(Record(rain[..., None], 1.0)))
    assert told <= 2
