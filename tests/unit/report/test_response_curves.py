"""Curves with their bands: a few at a time or all at once, on pushes and observables with bands of their own."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fluctua.results import MEANINGS, response_curves
from fluctua.statistics import Estimate

SHAPE = (2, 7, 3, 4, 2)
DT, CONFIDENCE = 0.25, 0.9


def _estimate(seed: int, rows: int, freedom: Any) -> Estimate:
    rng = np.random.default_rng(seed)
    return Estimate(rng.standard_normal(SHAPE), 0.1 * rng.standard_normal((rows, *SHAPE)), freedom)


@pytest.fixture
def found() -> Any:
    own = np.random.default_rng(9).integers(6, 60, (2, 1, 3, 1, 1))
    robust = _estimate(1, 12, own)
    return SimpleNamespace(
        impulse=_estimate(0, 14, own[:, :, ::-1]), robust=robust, outer=robust, markov=_estimate(2, 13, own),
        gaussian=_estimate(3, 12, 20), plug_in=np.zeros(SHAPE),
    )  # fmt: skip


@pytest.mark.parametrize("most", [1, 700, 10**9])
def test_curves_are_those_of_the_whole_estimate(found: Any, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{response_curves.__module__}._MOST_NUMBERS", most)
    curves = response_curves(found, DT, CONFIDENCE)
    assert list(curves) == list(MEANINGS)
    step, outer_step = (each.integral(DT, axis=1) for each in (found.impulse, found.outer))
    for name, estimate, outer in (("impulse", found.impulse, found.outer), ("step", step, outer_step)):
        inner, own = estimate.band(CONFIDENCE), outer.band(CONFIDENCE)
        for place, (side, furthest) in enumerate((("lower", np.minimum), ("upper", np.maximum))):
            np.testing.assert_allclose(curves[f"{name}_response_{side}"], inner[place])
            wanted = furthest(inner[place], own[place])
            np.testing.assert_allclose(curves[f"{name}_response_outer_{side}"], wanted)
    np.testing.assert_allclose(curves["step_response"], step.value)
    for name in ("robust", "markov"):
        estimate = getattr(found, name)
        np.testing.assert_array_equal(curves[f"{name}_response"], estimate.value)
        np.testing.assert_allclose(curves[f"{name}_response_stderr"], estimate.stderr())
    np.testing.assert_allclose(curves["gaussian_response_upper"], found.gaussian.band(CONFIDENCE)[1])
    every = found.impulse.simultaneous(CONFIDENCE, (1,))
    np.testing.assert_allclose(curves["simultaneous_lower"], np.minimum(every[0], curves["impulse_response_lower"]))
    np.testing.assert_allclose(curves["simultaneous_upper"], np.maximum(every[1], curves["impulse_response_upper"]))
