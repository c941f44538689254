"""Results: a dataset behind an object, read from files, drawn and summarised."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.integrate
import xarray as xr
from matplotlib.figure import Figure

from fluctua.report import response_figure
from fluctua.results import (
    Calibration,
    EffectiveSize,
    NetworkGain,
    Remark,
    ResponseResult,
    ScoreChoice,
    ThinnedRegression,
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
    assert found._repr_html_() == result._repr_html_()
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
        (EffectiveSize(2000.0, "x", "3 days"), "good"),
        (EffectiveSize(200.0, "x", "3 days"), "caution"),
        (EffectiveSize(20.0, "x", "3 days", by_scale=True), "warning"),
        (Calibration(0.5, 0.01), "good"),
        (Calibration(0.5, 0.1), "caution"),
        (Calibration(0.5, 0.4), "warning"),
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
