"""Results: a dataset behind an object, read from files, drawn and summarised."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest
import scipy.integrate
import xarray as xr
from matplotlib.figure import Figure

from fluctua.data import Record
from fluctua.report import response_figure
from fluctua.response import respond_to_field_pushes
from fluctua.results import (
    Calibration,
    EffectiveSize,
    HomogeneousField,
    NetworkGain,
    Remark,
    ResponseResult,
    ScoreChoice,
    ThinnedRegression,
    response_result,
)


def test_what_a_dataset_does_the_result_does(result: xr.Dataset) -> None:
    found = ResponseResult.of(result)
    assert found.impulse_response.identical(result.impulse_response)
    assert found["step_response"].identical(result["step_response"])
    assert found.attrs is result.attrs
    assert found.sizes == result.sizes
    assert found.sel(observable="u1").identical(result.sel(observable="u1"))
    assert "impulse_response" in found
    found["truth_response"] = found.impulse_response
    np.testing.assert_array_equal(result.truth_response, result.impulse_response)
    assert "impulse_response" in found._repr_html_()
    assert found.summary().splitlines()[0] in found._repr_html_()
    with pytest.raises(AttributeError):
        _ = found.nothing_of_this_name


def test_a_result_comes_back_from_its_file(result: xr.Dataset, tmp_path: Path) -> None:
    found = ResponseResult.of(result)
    found.save(tmp_path / "response.nc")
    with xr.open_dataset(tmp_path / "response.nc", engine="h5netcdf") as stored:
        again = ResponseResult.of(stored.load())
    assert again.diagnostics == found.diagnostics
    assert {each.level for each in again.diagnostics if isinstance(each, Remark)} == {"good", "caution", "warning"}
    assert (again.confidence, again.lag_units, again.pushes) == (0.95, "months", ["tau"])
    assert all(warning in again.summary() for warning in again.warnings)


@pytest.mark.parametrize("kind", ["impulse", "step"])
def test_each_kind_of_figure_has_its_gaussian_curve(result: xr.Dataset, kind: Any) -> None:
    found = ResponseResult.of(result)
    ax = found.plot(Figure().subplots(), push="tau", observable="u2", kind=kind)
    curves = [np.asarray(line.get_ydata()) for line in ax.lines]
    gaussian = result.gaussian_response.sel(push="tau", observable="u2").values
    if kind == "step":
        step = float(result.lag[1] - result.lag[0])
        gaussian = scipy.integrate.cumulative_trapezoid(gaussian, dx=step, initial=0)
    assert any(curve.shape == gaussian.shape and np.allclose(curve, gaussian) for curve in curves)
    assert len(response_figure(result, kind).axes) == 3


@pytest.mark.parametrize(
    ("diagnostic", "level"),
    [
        (ScoreChoice("gaussian", -1.0, 0.1, -1.0), "good"),
        (ScoreChoice("network", -1.2, 0.1, -1.0), "good"),
        (ScoreChoice("network", -0.9, 0.1, -1.0), "warning"),
        (ScoreChoice("network", -1.2, 0.1, -1.0, origin="seen"), "caution"),
        (ScoreChoice("dictionary", -0.99, 0.1, -1.0, by_scale=True), "good"),
        (ScoreChoice("dictionary", -1.01, 0.02, -1.0, origin="given"), "good"),
        (ScoreChoice("dictionary", -0.8, 0.02, -1.0, origin="given"), "warning"),
        (ScoreChoice("dictionary", -0.8, 0.02, -1.0, origin="not known"), "warning"),
        (EffectiveSize(2000.0, "x", "3 days"), "good"),
        (EffectiveSize(200.0, "x", "3 days"), "caution"),
        (EffectiveSize(20.0, "x", "3 days", by_scale=True), "warning"),
        (Calibration(0.5, 0.01), "good"),
        (Calibration(0.5, 0.1), "caution"),
        (Calibration(0.5, 0.4), "warning"),
        (Calibration(0.5, 0.4, chance=0.1), "warning"),
        (Calibration(0.5, 0.4, chance=0.2), "caution"),
        (Calibration(0.5, 7e73), "warning"),
        (ScoreChoice("gaussian", -1.0, 0.1, -1.0, asked=True), "good"),
        (NetworkGain(3, 3), "good"),
        (NetworkGain(1, 3), "caution"),
        (ThinnedRegression(5, 21), "caution"),
    ],
)
def test_diagnostics_have_levels_and_sentences(diagnostic: Any, level: str) -> None:
    assert diagnostic.level == level
    assert diagnostic.text
    if level == "good":
        assert not diagnostic.warning


def test_odd_attributes_are_read_leniently(make_result: Callable) -> None:
    result = make_result(("x",), ("x",), size=5, densities=False)
    result.attrs |= {"config": "no JSON", "diagnostics": '[{"level": "odd", "text": "t"}, 3]', "warnings": "one"}
    found = ResponseResult.of(result)
    assert found.confidence == 0.95
    assert [each.level for each in found.diagnostics] == ["caution", "warning"]
    assert found.warnings == ["one"]


def test_what_an_estimate_lacks_is_said_in_the_result() -> None:
    """A regression at few lags, networks that were not accepted, a score that has seen the record."""
    values = np.random.default_rng(0).standard_normal((4, 200, 1, 8))
    record = Record(values[:, :, 0], dt=0.5, field="u", dims=("x",), homogeneous=("x",))
    found = respond_to_field_pushes(values, grid=(8,), max_lag=4, score="gaussian", key=jax.random.key(0))
    details: Any = found.details
    details = details._replace(reports=[SimpleNamespace(accepted=accepted) for accepted in (True, False)])
    result = response_result(
        found._replace(regression_lags=np.array([0, 4]), details=details),
        record,
        HomogeneousField.of(record),
        pushes=["u[x=0]"],
        observables=None,
        options={"confidence": 0.95, "seed": 0},
        notes=["A note."],
        origin="seen",
    )
    assert result.impulse_response.dims == ("push", "lag", "x")
    assert result.attrs["regression_lags"] == 2
    assert ThinnedRegression(2, 5) in result.diagnostics
    assert NetworkGain(1, 2) in result.diagnostics
    assert result.warnings[0] == "A note."
    assert "score_loss_heldout" not in result.attrs
    whole = response_result(
        found, record, HomogeneousField.of(record), pushes=["u[x=0]"], observables=None,
        options={"confidence": 0.95, "seed": 0},
    )  # fmt: skip
    assert not {"regression_lags", "score_loss_note"} & set(whole.attrs)


def test_what_is_far_off_is_said_in_words() -> None:
    """No number of 71 digits, no advice that cannot help, and no comparison that was not made."""
    said = Calibration(0.5, 7.6e73).say()
    assert "far more than 1000%" in said.text
    assert "far more than 1000%" in said.warning
    assert "longer record does not help" in said.warning
    assert not re.search(r"\d{5}", said.text + said.warning)
    assert "asked for" in ScoreChoice("gaussian", -1.0, 0.1, -1.0, asked=True).text
