"""A spread that jumps is named with its place and a cure; tails and slow volatility are no jumps."""

import numpy as np
import pytest
from scipy.signal import lfilter

from fluctua.data import Record, record_from_array, validate


def autoregression(moves: np.ndarray, keeps: float = 0.8) -> np.ndarray:
    return np.asarray(lfilter([1.0], [1, -keeps], moves))


def told(values: np.ndarray) -> list[str]:
    return [text for text in validate(record_from_array(values), keep_outliers=True) if "the spread of" in text]


@pytest.mark.parametrize("keeps", [0.0, 0.8, 0.98])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_noisier_part_is_named_with_its_place(share: float, keeps: float) -> None:
    place = int(share * 4000)
    louder = np.where(np.arange(4000) < place, 1.0, 2.0)
    texts = told(autoregression(louder * np.random.default_rng(0).standard_normal(4000), keeps))
    assert len(texts) == 1
    named = int(texts[0].partition("time step ")[2].split()[0])
    assert abs(named - place) < 100
    assert f"--skip {named} keeps" in texts[0]
    assert ("which is longer" in texts[0]) == (share == 0.8)


def test_an_instrument_that_was_changed_is_seen_in_the_increments() -> None:
    rng = np.random.default_rng(1)
    noise = np.where(np.arange(5000) < 3000, 0.8, 0.2) * rng.standard_normal(5000)
    values = np.stack([autoregression(rng.standard_normal(5000), 0.95) + noise, rng.standard_normal(5000)], axis=1)
    (text,) = told(values)
    assert "'x0'" in text
    assert "increments" in text
    assert "--skip" in text


def test_what_follows_the_cut_is_steady() -> None:
    values = np.where(np.arange(4000) < 2000, 1.0, 3.0) * autoregression(np.random.default_rng(2).standard_normal(4000))
    (text,) = told(values)
    skip = int(text.partition("--skip ")[2].split()[0])
    assert not told(values[skip:])
    assert not told(values[:skip])


def test_three_levels_have_no_cut_that_helps() -> None:
    louder = np.repeat([1.0, 1.2, 6.0], 2000)
    (text,) = told(louder * np.random.default_rng(3).standard_normal(6000))
    assert "--skip" in text
    (text,) = told(np.repeat([1.0, 8.0, 12.0], [12_000, 4000, 4000]) * np.random.default_rng(3).standard_normal(20_000))
    assert "use a part of the record in which it is steady" in text


@pytest.mark.parametrize("seed", range(5))
def test_tails_and_volatility_are_no_jumps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert not told(autoregression(rng.standard_t(2.5, 3000)))
    volatility = np.exp(0.5 * autoregression(0.14 * rng.standard_normal(8000), 0.99))
    assert not told(autoregression(volatility * rng.standard_normal(8000), 0.7))
    burst = np.where(np.abs(np.arange(3000) - 1400) < 100, 3.0, 1.0)
    assert not told(burst * rng.standard_normal(3000))


def test_pieces_are_told_by_time() -> None:
    values = np.where(np.arange(4000) < 2000, 1.0, 3.0) * np.random.default_rng(4).standard_normal(4000)
    times = np.r_[np.arange(1000.0), 1500 + np.arange(3000.0)]
    record = Record(values[None, :, None], 1.0, names=("x",), borders=(1000,), times=times)
    (text,) = [text for text in validate(record) if "the spread of" in text]
    assert "--skip" not in text
    assert "use what comes before or after 25" in text
