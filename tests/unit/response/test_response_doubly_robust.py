"""The default estimator on the quartic well: right even with a wrong score, where the plug-in is not."""

import numpy as np
import pytest
import xarray as xr

import fluctua
from fluctua.systems import QuarticWell, exact_response

SYSTEM = QuarticWell()
OBSERVABLES = ["x", "x**2", "x**3", "x > 0.5"]
# Student's law with at least 20 degrees of freedom beyond 10: below 1e-8, and a curve has few independent points.
MOST = 10.0


@pytest.fixture(scope="module")
def record() -> xr.Dataset:
    return fluctua.simulate(SYSTEM, duration=500.0, members=8, seed=2)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    lags = np.arange(31) * 0.1
    columns = [
        exact_response(SYSTEM, function, lags, points=1000)
        for function in (lambda x: x[0], lambda x: x[0] ** 2, lambda x: x[0] ** 3, lambda x: x[0] > 0.5)
    ]
    return np.stack(columns, axis=1)


@pytest.fixture(scope="module")
def wrong(record: xr.Dataset) -> xr.Dataset:
    return fluctua.respond(record, "x", OBSERVABLES, max_lag=3.0, score=lambda x: 0.6 * (x - x**3))


def _errors(result: xr.Dataset, name: str, truth: np.ndarray) -> np.ndarray:
    return np.abs(result[name].values[0] - truth) / np.maximum(result.impulse_response_stderr.values[0], 1e-6)


def test_the_default_survives_a_wrong_score(wrong: xr.Dataset, truth: np.ndarray) -> None:
    assert wrong.attrs["band_degrees_of_freedom"] >= 20
    assert _errors(wrong, "impulse_response", truth).max() < MOST


def test_the_plug_in_does_not(wrong: xr.Dataset, truth: np.ndarray) -> None:
    """The score times 0.6 makes the response 0.6 of what it is."""
    assert _errors(wrong, "plug_in_response", truth)[:10, 0].min() > MOST
    ratio = wrong.plug_in_response.values[0, :10, 0] / truth[:10, 0]
    np.testing.assert_allclose(ratio, 0.6, atol=0.15)


def test_calibration_repairs_the_identities_of_a_wrong_score(wrong: xr.Dataset) -> None:
    before, after = (wrong.attrs[f"stein_defect_{when}"] for when in ("before", "after"))
    # <B x> = 0.6 instead of 1.
    assert before == pytest.approx(0.4, abs=0.1)
    assert after < 0.25 * before


@pytest.mark.parametrize("score", ["dictionary", "exact", "gaussian"])
def test_other_scores_lie_within_their_bands(record: xr.Dataset, truth: np.ndarray, score: str) -> None:
    function = {"exact": SYSTEM.score}.get(score, score)
    result = fluctua.respond(record, "x", OBSERVABLES, max_lag=3.0, score=function)
    assert _errors(result, "impulse_response", truth).max() < MOST


def test_bands_grow_with_confidence_and_surround_the_estimate(record: xr.Dataset) -> None:
    narrow, wide = (
        fluctua.respond(record, "x", max_lag=1.0, score="gaussian", confidence=level) for level in (0.5, 0.99)
    )
    for name in ("impulse_response", "step_response"):
        np.testing.assert_array_equal(narrow[name], wide[name])
        assert (wide[f"{name}_lower"] <= narrow[f"{name}_lower"]).all()
        assert (narrow[f"{name}_upper"] <= wide[f"{name}_upper"]).all()
        centre = 0.5 * (wide[f"{name}_lower"] + wide[f"{name}_upper"])
        np.testing.assert_allclose(centre, wide[name], atol=1e-12)
