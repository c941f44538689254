"""Training data: parts read like one record, refused where they have no score, with the memory of the record."""

import numpy as np
import pytest

from fluctua.core import DataError
from fluctua.training import TrainingData


def _autoregression(coefficient: float, shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    states = np.random.default_rng(seed).standard_normal(shape)
    for step in range(1, len(states)):
        states[step] = coefficient * states[step - 1] + np.sqrt(1 - coefficient**2) * states[step]
    return states


def test_a_record_in_parts_reads_like_one(tmp_path) -> None:  # type: ignore[no-untyped-def]
    states = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)
    np.save(tmp_path / "part.npy", states[20:])
    mapped = np.load(tmp_path / "part.npy", mmap_mode="r")
    data = TrainingData([states[:20], mapped], dimension=8)
    indices = np.array([0, 19, 20, 49, 3, 20])
    np.testing.assert_array_equal(data[indices], states[indices].astype(float))
    assert data[indices].dtype == np.float64
    assert len(data) == 50
    assert data.hash() == TrainingData([states[:20], states[20:]]).hash()
    assert data.hash() != TrainingData([states[:21], states[21:]]).hash()
    with pytest.raises(DataError, match="shapes"):
        TrainingData([states], dimension=6)


def test_the_memory_is_twice_the_integrated_autocorrelation_time_of_the_slowest_variable() -> None:
    """AR(1) with a = 0.9: 2 (1/2 + sum of a^k) = 1 + 2 a / (1 - a) = 19 steps. Its relative standard error from 50,000
    states is sqrt(2 (2 * 5 + 1) * 9.5 / 50000) = 0.065 with a window of five times (Sokal 1997, 3.19)."""
    states = np.column_stack([np.random.default_rng(1).standard_normal(50_000), _autoregression(0.9, (50_000, 1))])
    assert 19 * (1 - 6 * 0.065) < TrainingData([states[:100], states]).memory() < 19 * (1 + 6 * 0.065) + 1
    assert TrainingData(states[:, :1]).memory() <= 2
    # A constant variable remembers nothing.
    assert TrainingData(states[:, :1] * [1.0, 0.0]).memory() <= 2
    assert TrainingData(np.ones((100, 2))).memory() == 1


def test_the_memory_of_a_field_is_that_of_its_points_together() -> None:
    """Every point has 1 + 2 * 0.8 / 0.2 = 9 steps; the scatter of 8 points of 2000 states is that of 16,000."""
    states = _autoregression(0.8, (2000, 8))
    assert 9 * (1 - 6 * 0.08) < TrainingData([states]).memory(homogeneous=True) < 9 * (1 + 6 * 0.08) + 1
