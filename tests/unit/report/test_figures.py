"""What each figure of curves shows: lines, bands, limits, labels with units and legends."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from fluctua.certify import compare_states
from fluctua.report import density_figure, plot_density, plot_response, response_figure
from fluctua.results import DrawnStates, FittedScore, ResponseResult
from fluctua.scores import fit_gaussian

LINES = {"zero": 0, "Gaussian": 1, "estimate": 2, "truth": 3}


def with_units(result: xr.Dataset, pushed: list[str], observed: list[str]) -> xr.Dataset:
    return result.assign_coords(push_units=("push", pushed), observable_units=("observable", observed))


def bands(ax: Axes) -> list[np.ndarray]:
    """Heights of the corners of each filled band."""
    return [
        np.asarray(each.get_paths()[0].vertices)[:, 1] for each in ax.collections if isinstance(each, PolyCollection)
    ]


def titles(figure: Figure) -> list[str]:
    return [ax.get_title(loc="left") for ax in figure.axes]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize("kind", ["impulse", "step"])
def test_a_curve_has_its_lines_and_its_bands(result: xr.Dataset, kind: Any) -> None:
    """Of a step response the conftest has no truth: what is not there is not drawn."""
    ax = plot_response(result, "tau", "u2", ax=Figure().subplots(), kind=kind)
    chosen = result.sel(push="tau", observable="u2")
    assert len(ax.lines) == (4 if kind == "impulse" else 3)
    estimate = ax.lines[LINES["estimate"]]
    np.testing.assert_allclose(np.asarray(estimate.get_ydata()), chosen[f"{kind}_response"])
    np.testing.assert_allclose(np.asarray(estimate.get_xdata()), result.lag)
    assert estimate.get_linestyle() == "-"
    assert ax.lines[LINES["Gaussian"]].get_linestyle() == "--"
    np.testing.assert_array_equal(np.asarray(ax.lines[LINES["zero"]].get_ydata()), 0.0)
    if kind == "impulse":
        np.testing.assert_allclose(np.asarray(ax.lines[LINES["truth"]].get_ydata()), chosen.truth_response)
        assert ax.lines[LINES["truth"]].get_linestyle() == ":"
    assert len({line.get_color() for line in ax.lines}) == len(ax.lines)
    outer, inner = bands(ax)
    for corners, name in ((outer, f"{kind}_response_outer"), (inner, f"{kind}_response")):
        assert corners.max() == pytest.approx(float(chosen[f"{name}_upper"].max()))
    assert ax.get_xlim() == pytest.approx((0.0, 30.0))


def test_what_a_result_lacks_is_not_drawn(make_result: Callable) -> None:
    bare = make_result(truth=False)[["impulse_response", "impulse_response_lower", "impulse_response_upper"]]
    ax = plot_response(bare, "tau", "u2", ax=Figure().subplots())
    assert (len(ax.lines), len(bands(ax))) == (2, 1)
    alone = plot_response(bare.isel(lag=[3]), "tau", "u2", ax=Figure().subplots())
    assert alone.lines[1].get_marker() == "o"  # one lag is a point, not an invisible line


def test_a_figure_has_a_panel_for_each_pair(make_result: Callable) -> None:
    figure = response_figure(make_result(("a", "b"), ("u1", "u2"), size=7))
    assert titles(figure) == ["u1  ←  a", "u1  ←  b", "u2  ←  a", "u2  ←  b"]
    assert [ax.get_xlabel() for ax in figure.axes] == ["", "", *["lag after the push (months)"] * 2]
    assert [ax.get_ylabel() for ax in figure.axes] == ["impulse response", "", "impulse response", ""]
    wrapped = response_figure(make_result(("a",), ("u1", "u2", "u3", "u4"), size=7), "step")
    assert titles(wrapped)[:4] == [f"u{n}  ←  a" for n in (1, 2, 3, 4)]
    assert [ax.axison for ax in wrapped.axes] == [True] * 4 + [False] * 2
    assert wrapped.axes[0].get_ylabel() == "step response"
    assert "truth" not in legend(wrapped)


def test_units_stand_where_they_belong(make_result: Callable) -> None:
    """One unit of all panels at the axis; several at the head of each."""
    result = make_result(("a", "b"), ("u1", "u2"), size=7)
    same = with_units(result, ["hPa", "hPa"], ["K", "K"])
    assert response_figure(same).axes[0].get_ylabel() == "impulse response (K (hPa)-1)"
    assert response_figure(same, "step").axes[0].get_ylabel() == "step response (K (hPa)-1 months)"
    mixed = response_figure(with_units(result, ["hPa", "1"], ["K", ""]))
    assert titles(mixed) == ["u1  ←  a  (K (hPa)-1)", "u1  ←  b  (K)", "u2  ←  a", "u2  ←  b"]
    assert mixed.axes[0].get_ylabel() == "impulse response"
    bare = response_figure(with_units(result, ["K", "K"], ["K", "K"]))
    assert bare.axes[0].get_ylabel() == "impulse response"  # a unit of one is none


def test_one_curve_says_what_it_is(result: xr.Dataset) -> None:
    found = ResponseResult.of(with_units(result, ["Pa"], ["m", "K", "Pa"]))
    ax = found.plot(observable="u2")
    assert (ax.get_title(loc="left"), ax.get_xlabel()) == ("u2  ←  tau", "lag after the push (months)")
    assert ax.get_ylabel() == "impulse response (K (Pa)-1)"
    assert legend(ax.figure) == [
        "estimate",
        "its band",
        "outer band (stationarity alone)",
        "Gaussian (classical)",
        "truth",
    ]
    given = Figure().subplots()
    assert found.plot(given, observable="u1", kind="step") is given
    assert given.get_ylabel() == "step response (m (Pa)-1 months)"
    assert not given.figure.legends  # the figure is somebody else's


def test_names_are_no_formulas(make_result: Callable) -> None:
    figure = response_figure(with_units(make_result(("a$b$",), ("$x^2$",), size=5), ["$"], ["K"]))
    figure.draw_without_rendering()
    assert titles(figure) == ["$x^2$  ←  a$b$"]


def test_a_density_is_drawn_twice(result: xr.Dataset) -> None:
    """Filled as counted, a line as the score has it; on a logarithmic axis down to half of the rarest bin."""
    counted = result.data_density.sel(variable="u1").dropna("bin").values
    linear = plot_density(result, "u1", ax=Figure().subplots())
    assert bands(linear)[0].max() == pytest.approx(counted.max())
    implied = np.asarray(linear.lines[0].get_ydata())
    np.testing.assert_allclose(implied, result.score_density.sel(variable="u1").dropna("bin"))
    assert linear.get_ylim()[0] == 0.0
    logarithmic = plot_density(result, "u1", ax=Figure().subplots(), log=True)
    floor = 0.5 * counted[counted > 0].min()
    assert logarithmic.get_yscale() == "log"
    assert logarithmic.get_ylim()[0] == pytest.approx(floor)
    assert np.nanmin(np.asarray(logarithmic.lines[0].get_ydata())) >= floor


def test_densities_stand_side_by_side(result: xr.Dataset) -> None:
    figure = density_figure(result)
    heads = [f"{name}: {kind}" for name in ("u1", "u2", "tau") for kind in ("density", "logarithmic")]
    assert titles(figure)[:6] == heads
    assert [ax.get_yscale() for ax in figure.axes[:6]] == ["linear", "log"] * 3
    assert [ax.axison for ax in figure.axes] == [True] * 6 + [False] * 2
    assert legend(figure) == ["record", "implied by the score"]


def test_a_score_is_drawn_along_each_variable() -> None:
    """Of a Gaussian in its own standard deviations: minus the distance from the mean."""
    states = np.random.default_rng(0).standard_normal((4000, 2)) * [2.0, 0.5] + [1.0, -3.0]
    fitted = FittedScore(fit_gaussian(states), ("a", "b"), "gaussian", 0.0, 1.0, 0.0)
    ax = fitted.plot(states)
    assert [line.get_label() for line in ax.lines] == ["a", "b"]
    for line in ax.lines:
        np.testing.assert_allclose(np.asarray(line.get_ydata()), -np.asarray(line.get_xdata()), atol=0.1)
    assert ax.get_xlabel() == "distance from the mean (standard deviations)"
    assert ax.get_ylabel() == "score"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    given = Figure().subplots()
    assert fitted.plot(states, given) is given


def test_drawn_states_are_compared_by_their_quantiles() -> None:
    record, drawn = np.random.default_rng(1).standard_normal((2, 500, 2)) + np.array([[[0.0, 5.0]], [[0.0, 6.0]]])
    found = compare_states(record[None], drawn)
    fitted = FittedScore(fit_gaussian(record), ("a", "b"), "gaussian", 0.0, 1.0, 0.0)
    states = xr.Dataset({name: ("sample", drawn[:, n]) for n, name in enumerate(("a", "b"))})
    ax = DrawnStates(states, found, ("a", "b"), fitted).plot(variable="b")
    diagonal, ours = ax.lines
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    np.testing.assert_allclose(np.asarray(ours.get_xdata()), found.record_quantiles[1])
    np.testing.assert_allclose(np.asarray(ours.get_ydata()), found.drawn_quantiles[1])
    assert ax.get_xlabel() == "b: quantiles of the record"
    assert ax.get_ylabel() == "quantiles of the drawn states"
