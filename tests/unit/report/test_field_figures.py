"""What each figure of a field shows: maps with hatches, crosses and limits, curves away from the push."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from fluctua.report import field_figure, plot_map, plot_space_time, save_figure, stein_figure
from fluctua.results import ResponseResult

PLANE, LINE, CELL = "u[y=0,x=0]", "u[x=0]", "u[y=5,x=4]"
BANDED = ("impulse_response", "impulse_response_lower", "impulse_response_upper")


def field_of(value: np.ndarray, half_width: float, coords: dict[str, np.ndarray], push: str = "warm") -> xr.Dataset:
    """One lag of a field over y and x with a band of one width."""
    tables = {
        name: (("push", "lag", "y", "x"), value[None, None] + shift * half_width)
        for name, shift in zip(BANDED, (0, -1, 1), strict=True)
    }
    return xr.Dataset(tables, {"push": [push], "lag": ("lag", [2.0], {"units": "days"}), **coords})


def hatched(ax: object) -> list[object]:
    """Regions whose band holds zero."""
    return [each for each in ax.collections if getattr(each, "hatches", None) == ["...."]]  # type: ignore[attr-defined]


def test_a_map_has_symmetric_colours_a_cross_and_hatches(make_field: Callable) -> None:
    result = make_field((16, 16))
    ax = plot_map(result, CELL, 10, ax=Figure().subplots(), limit=0.25)
    np.testing.assert_allclose(np.asarray(ax.images[0].get_array()), result.impulse_response[0, 10])
    assert ax.images[0].get_clim() == (-0.25, 0.25)
    [cross] = ax.lines
    assert (*np.ravel(cross.get_xydata()), cross.get_marker()) == (4.0, 5.0, "+")
    assert hatched(ax)
    value = np.where(np.arange(6) < 3, 1.0, 0.01) * np.ones((4, 6))
    sure = plot_map(field_of(value, 0.001, {}), "warm", 0, ax=Figure().subplots(), limit=1.0)
    assert not hatched(sure)
    half = plot_map(field_of(value, 0.5, {}), "warm", 0, ax=Figure().subplots(), limit=1.0)
    [region] = hatched(half)
    across = np.concatenate([path.vertices[:, 0] for path in region.get_paths()])  # type: ignore[attr-defined]
    assert 2.0 <= across.min() <= 3.0  # from the fourth column on
    assert across.max() == pytest.approx(5.5)  # to the border of the last


def test_a_map_lies_as_its_coordinates_say() -> None:
    """North is up, in whichever order latitudes come; land is left white; longer sides are not squeezed to a thread."""
    value = np.arange(24.0).reshape(4, 6)
    value[0, 0] = np.nan
    north_first = {"y": np.linspace(60.0, 0.0, 4), "x": np.linspace(0.0, 50.0, 6)}
    ax = plot_map(field_of(value, 0.1, north_first), "warm", 0, ax=Figure().subplots(), limit=24.0)
    low, high = ax.get_ylim()
    assert low < high
    assert ax.images[0].get_extent()[2:] == pytest.approx([70.0, -10.0])  # the first row lies at 60
    assert np.ma.getmaskarray(np.ma.masked_invalid(np.asarray(ax.images[0].get_array())))[0, 0]
    assert ax.get_aspect() == 1.0
    thread = {"y": np.linspace(0.0, 1.0, 4), "x": np.linspace(0.0, 500.0, 6)}
    stretched = plot_map(field_of(value, 0.1, thread), "warm", 0, ax=Figure().subplots(), limit=24.0)
    assert stretched.get_aspect() == "auto"


def test_a_line_is_drawn_over_space_and_lag(make_homogeneous: Callable) -> None:
    result = make_homogeneous((16,), size=21)
    ax = plot_space_time(result, LINE, ax=Figure().subplots(), limit=0.5)
    drawn = np.asarray(ax.images[0].get_array())
    np.testing.assert_allclose(drawn[:, 8], result.impulse_response[0, :, 0])  # the push stands at the centre
    assert ax.images[0].get_clim() == (-0.5, 0.5)
    assert ax.images[0].get_extent()[2:] == pytest.approx([-2.0, 82.0])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("offset along x", "lag (time units)")
    assert np.asarray(ax.lines[0].get_xdata()).tolist() == [0.0]


def test_the_figure_of_a_plane_has_maps_and_curves(make_homogeneous: Callable) -> None:
    result = make_homogeneous((32, 32))
    figure = field_figure(result, PLANE)
    maps, curves = figure.subfigs
    panels = [ax for ax in maps.axes if ax.images]
    assert [ax.get_title(loc="left") for ax in panels] == [f"lag {lag} time units" for lag in (0, 16, 32, 48, 64, 80)]
    # Later maps are seen: the scale is that of the second map, not that of the spike of one at lag zero.
    limit = float(np.abs(result.impulse_response[0, 8]).max())
    assert {ax.images[0].get_clim() for ax in panels} == {(-limit, limit)}
    [bar] = [ax for ax in maps.axes if ax.get_label() == "<colorbar>"]
    assert bar.get_ylabel() == "impulse response"
    assert curves.axes[0].get_title(loc="left") == "at the pushed place"
    assert curves.axes[1].get_title(loc="left") == "1 point along +x (0.196)"
    shown = [ax for ax in curves.axes if ax.axison]
    assert [len(ax.lines) for ax in shown] == [4] * 5  # zero, Gaussian, estimate, truth
    assert all(sum(isinstance(each, PolyCollection) for each in ax.collections) == 1 for ax in shown)
    np.testing.assert_allclose(np.asarray(shown[1].lines[2].get_ydata()), result.impulse_response[0, :, 0, 1])
    names = [text.get_text() for text in curves.legends[0].get_texts()]
    assert names == ["estimate", "its band", "Gaussian (classical)", "truth"]


def test_both_bands_of_a_field_are_two_shades(make_homogeneous: Callable) -> None:
    result = make_homogeneous((16,), size=9)
    for side, sign in (("lower", -1), ("upper", 1)):
        result[f"impulse_response_outer_{side}"] = result[f"impulse_response_{side}"] + 0.05 * sign
    curves = field_figure(result, LINE).subfigs[1]
    outer, inner = (each for each in curves.axes[0].collections if isinstance(each, PolyCollection))
    assert np.asarray(outer.get_facecolor())[0, 3] < np.asarray(inner.get_facecolor())[0, 3]
    tops = [np.asarray(each.get_paths()[0].vertices)[:, 1].max() for each in (outer, inner)]
    assert tops[0] == pytest.approx(tops[1] + 0.05)
    assert "outer band (stationarity alone)" in [text.get_text() for text in curves.legends[0].get_texts()]


def test_maps_of_modes_have_units_and_no_cross(make_field: Callable) -> None:
    """A push on a mode is at no single place: there are maps alone, and the scale is that of all of them."""
    field = make_field((8, 8), size=3)
    maps = field.rename({name: f"sst_{name}" for name in field.data_vars})
    for name in maps.data_vars:
        maps[name].attrs["units"] = "K"
    maps.attrs["modes_of"] = '["sst"]'
    maps = maps.assign_coords(push=["PC1"])
    part = ResponseResult.of(maps).of_map("sst")
    figure = part.plot()
    [only] = figure.subfigs
    assert all(not ax.lines for ax in only.axes)
    [bar] = [ax for ax in only.axes if ax.get_label() == "<colorbar>"]
    assert bar.get_ylabel() == "impulse response (K)"
    limit = float(np.abs(part.impulse_response).max())
    assert {ax.images[0].get_clim() for ax in only.axes if ax.images} == {(-limit, limit)}


def test_stein_numbers_have_a_legend_and_units(make_homogeneous: Callable) -> None:
    result = make_homogeneous((8, 8), size=3)
    result["stein_wavenumber"].attrs["units"] = "1/km"
    figure = stein_figure(ResponseResult.of(result))
    [ax] = figure.axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("wavenumber (1/km)", "Stein number")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["as fitted", "after calibration"]
    one, before, after = ax.lines
    assert np.asarray(one.get_ydata()).tolist() == [1.0, 1.0]
    assert (before.get_linestyle(), after.get_linestyle()) == ("--", "-")


def test_a_figure_is_saved_in_the_format_of_its_name(make_homogeneous: Callable, tmp_path: object) -> None:
    figure = stein_figure(ResponseResult.of(make_homogeneous((4, 4), size=2)))
    for name, start in (("one.png", b"\x89PNG"), ("one.pdf", b"%PDF"), ("one.svg", b"<?xml")):
        path = f"{tmp_path}/{name}"
        save_figure(figure, path)
        with open(path, "rb") as file:
            assert file.read(len(start)) == start
