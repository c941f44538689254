"""A mean that follows the time within pieces is told of, and one that does not is not."""

import re

import numpy as np
import pytest
from scipy.signal import lfilter

from fluctua.core import DataError
from fluctua.data import Record, steady_within_pieces


def pieces(count: int, steps: int, seed: int, keeps: float = 0.8) -> np.ndarray:
    """Pieces of a stationary autoregression, shape ``(piece, time)``."""
    noise = np.random.default_rng(seed).standard_normal((count, steps + 100))
    return np.asarray(lfilter([np.sqrt(1 - keeps**2)], [1, -keeps], noise, axis=1))[:, 100:]


def in_one(parts: np.ndarray) -> Record:
    count, steps = parts.shape
    times, borders = np.tile(np.arange(float(steps)), count), tuple(range(steps, count * steps, steps))
    return Record(parts.reshape(1, -1, 1), dt=1.0, names=("x",), times=times, borders=borders)


@pytest.mark.parametrize(("count", "steps"), [(12, 40), (100, 30), (500, 8)])
def test_of_stationary_pieces_nothing_is_said(count: int, steps: int) -> None:
    """Twenty records of each kind: one is said to move with a probability of 2e-5 in all."""
    for seed in range(20):
        assert steady_within_pieces(in_one(pieces(count, steps, seed)), refuse=True) == []


@pytest.mark.parametrize(("count", "steps"), [(40, 45), (100, 30), (500, 12)])
def test_runs_that_start_from_one_state_are_told_of_and_the_rest_of_them_is_not(count: int, steps: int) -> None:
    parts = pieces(count, steps, 0, keeps=0.5) + 8 * 0.5 ** np.arange(steps)
    (told,) = steady_within_pieces(in_one(parts), refuse=False)
    skip = int(re.search(r"--skip (\d+)", told)[1])  # pyright: ignore[reportOptionalSubscript]
    assert steady_within_pieces(in_one(parts[:, skip:]), refuse=True) == []


@pytest.mark.parametrize("common", [4 * np.linspace(0, 1, 30), 4 * np.sin(np.pi * np.arange(30) / 30)])
def test_what_goes_on_through_every_piece_is_refused_and_to_be_subtracted(common: np.ndarray) -> None:
    parts = pieces(200, 30, 1) + common
    with pytest.raises(DataError, match="subtract from the states"):
        steady_within_pieces(in_one(parts), refuse=True)
    assert steady_within_pieces(in_one(parts - parts.mean(axis=0)), refuse=True) == []
