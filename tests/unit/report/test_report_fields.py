"""Fields that are the same everywhere: counted from the push in the file, centred on it in the picture."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from fluctua.report import (
    drawn_field,
    field_figure,
    offset_curves,
    offset_places,
    plot_map,
    plot_space_time,
    plot_stein,
    reading,
    space_axes,
    write_report,
)
from fluctua.results import ResponseResult

PLANE, LINE = "u[y=0,x=0]", "u[x=0]"


def levels(line: xr.Dataset) -> xr.Dataset:
    """The same line on four pressure levels, half as strong on each one farther from the pushed level 1."""
    mixed = xr.concat([line * 0.5 ** abs(level - 1) for level in range(4)], dim="level")
    mixed = mixed.transpose("push", "lag", "level", "x").assign_coords(
        level=("level", [1000.0, 850.0, 700.0, 550.0], {"units": "hPa"}), push=["u[level=1,x=0]"]
    )
    mixed.attrs = line.attrs
    return mixed


def test_the_push_is_at_the_centre_of_the_map(make_homogeneous: Callable) -> None:
    result = make_homogeneous((8, 6), size=3)
    up, across = space_axes(result, PLANE)
    assert (up.pushed, across.pushed) == (4, 3)
    np.testing.assert_allclose(across.values, 2 * np.pi / 6 * np.arange(-3, 3))
    assert up.label == "offset along y"
    drawn = drawn_field(result, "impulse_response", PLANE)
    raw = result["impulse_response"].values[0]
    assert drawn[0, 4, 3] == raw[0, 0, 0] == pytest.approx(1.0)
    np.testing.assert_array_equal(drawn[:, 4, 2], raw[:, 0, -1])  # one step before the push
    np.testing.assert_array_equal(drawn[:, 5, 3], raw[:, 1, 0])


def test_what_travels_forward_is_drawn_on_the_right_of_the_cross(make_homogeneous: Callable) -> None:
    ax = plot_map(make_homogeneous((16, 16)), PLANE, 20, ax=Figure().subplots(), limit=1.0)
    image = np.asarray(ax.images[0].get_array())
    row, column = np.unravel_index(int(np.argmax(image)), image.shape)
    # At lag 40 the pulse has gone 0.02 * 40 = 0.8, which is two points of 2 pi / 16.
    assert (row, column) == (8, 8 + 2)
    assert ax.lines[0].get_xdata() == pytest.approx([0.0])
    assert ax.images[0].get_extent() == pytest.approx([-8.5 * np.pi / 8, 7.5 * np.pi / 8] * 2)
    across = plot_space_time(make_homogeneous((16,)), LINE, ax=Figure().subplots(), limit=1.0)
    assert across.get_xlabel() == "offset along x"


def test_the_position_in_the_label_of_a_homogeneous_dimension_means_nothing(make_homogeneous: Callable) -> None:
    result = make_homogeneous((8, 8), size=3).assign_coords(push=["u[y=3,x=5]"])
    assert ResponseResult.of(result).push_position("u[y=3,x=5]") == {"y": 0, "x": 0}


def test_a_place_is_found_by_its_label_or_by_its_position() -> None:
    table = xr.DataArray(np.zeros((1, 1, 3, 2)), dims=("push", "lag", "mode", "x"))
    coords = {"push": ["u[mode=3,x=1]"], "lag": [0.0], "mode": [1, 2, 3], "x": [0.0, 1.5]}
    names = ("", "_lower", "_upper")
    result = ResponseResult.of(xr.Dataset({f"impulse_response{end}": table for end in names}, coords))
    assert result.push_position("u[mode=3,x=1]") == {"mode": 2, "x": 1}


def test_curves_are_taken_at_growing_offsets(make_homogeneous: Callable) -> None:
    result = make_homogeneous((32, 32), size=5)
    names = [place.name for place in offset_places(result, PLANE)]
    assert names[0] == "at the pushed place"
    assert names[1:3] == ["1 point along +x (0.196)", "3 points along +x (0.589)"]
    assert len(names) == 5
    curves = list(offset_curves(result, PLANE).values())
    for offset, three in zip((0, 1, 3, 5, 7), curves, strict=True):
        np.testing.assert_array_equal(three[0], result["impulse_response"].values[0, :, 0, offset])
        np.testing.assert_array_equal(three[2], result["impulse_response_upper"].values[0, :, 0, offset])


@pytest.mark.parametrize(("size", "count"), [(2, 1), (4, 2), (8, 3), (12, 4), (16, 5)])
def test_offsets_that_do_not_exist_are_left_out(make_homogeneous: Callable, size: int, count: int) -> None:
    assert len(offset_places(make_homogeneous((size,), size=3), LINE)) == count


def test_a_field_that_is_not_homogeneous_ends_at_its_edge(make_field: Callable) -> None:
    near = make_field((32,), size=3).assign_coords(push=["u[x=30]"])
    assert [place.index for place in offset_places(near, "u[x=30]")] == [(30,), (29,), (27,), (25,), (23,)]
    assert offset_places(near, "u[x=30]")[1].name == "1 point along \N{MINUS SIGN}x"


def test_a_dimension_that_is_not_homogeneous_keeps_its_coordinate(make_homogeneous: Callable, tmp_path: Path) -> None:
    mixed = levels(make_homogeneous((16,), size=5).drop_vars(["stein_wavenumber", "stein_before", "stein_after"]))
    push = "u[level=1,x=0]"
    up, across = space_axes(mixed, push)
    assert up.label == "level (hPa)"
    assert (up.pushed, across.pushed) == (1, 8)
    np.testing.assert_array_equal(up.values, [1000.0, 850.0, 700.0, 550.0])
    assert "level=1 and any x" in write_report(mixed, tmp_path / "report.html").read_text()


def test_the_page_of_a_homogeneous_field(make_homogeneous: Callable, tmp_path: Path) -> None:
    page = write_report(make_homogeneous((16, 16), size=9), tmp_path / "report.html").read_text()
    assert page.count("<img") == 2  # maps with curves, Stein numbers
    assert "3 points along +x (1.18)" in page
    bare = make_homogeneous((16, 16), size=9).drop_vars("stein_before")
    assert write_report(bare, tmp_path / "bare.html").read_text().count("<img") == 1


def test_a_homogeneous_result_read_from_its_file_gives_the_same_page(
    make_homogeneous: Callable, tmp_path: Path
) -> None:
    result = make_homogeneous((8, 8), size=5)
    result.to_netcdf(tmp_path / "response.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "response.nc", engine="h5netcdf") as stored:
        again = write_report(stored.load(), tmp_path / "again.html").read_bytes()
    assert again == write_report(result, tmp_path / "direct.html").read_bytes()


def test_the_gaussian_answer_is_named_where_the_response_is_largest(make_homogeneous: Callable) -> None:
    result = make_homogeneous((32, 32))
    said = reading(result)
    for number in ("48 time units", "0.22", "5 points along +x", "0.407"):
        assert number in said
    agreeing = result.assign(gaussian_response=result["impulse_response"])
    assert "0.407" not in reading(agreeing)


def test_each_observable_of_a_field_has_its_pictures(make_homogeneous: Callable, tmp_path: Path) -> None:
    one = make_homogeneous((8, 8), size=5)
    curves = [name for name in one.data_vars if "stein" not in str(name)]
    both = xr.concat([one[curves], 0.5 * one[curves]], dim="observable")
    both = both.transpose("push", "lag", "observable", "y", "x").assign_coords(observable=["u", "u > 1"])
    both.attrs = one.attrs
    result = ResponseResult.of(both)
    assert result.is_whole_field
    np.testing.assert_array_equal(
        result.of_observable("u > 1").field("impulse_response", PLANE), 0.5 * one.impulse_response[0]
    )
    page = write_report(result, tmp_path / "report.html").read_text()
    assert page.count("<img") == 2
    assert page.count("u &gt; 1 at the pushed place") == 1
    assert len(result.plot(observable="u > 1").subfigs) == 2


def test_every_scale_has_its_stein_number(make_homogeneous: Callable) -> None:
    result = make_homogeneous((8, 8), size=3)
    ax = plot_stein(result, ax=Figure().subplots())
    before, after = ax.lines[1:]
    np.testing.assert_array_equal(np.asarray(before.get_ydata()), result["stein_before"].values)
    np.testing.assert_array_equal(np.asarray(after.get_ydata()), np.ones(12))
    assert ax.get_yscale() == "log"
    result["stein_before"] = ("shell", 1.0 + 1e-3 * np.arange(12.0))
    low, high = plot_stein(result, ax=Figure().subplots()).get_ylim()
    assert low < 0.9 < 1.1 < high  # round-off is not spread over the whole height


@pytest.mark.parametrize("named", ["[]", '["z"]', "y", '"y"', "null", "{}"])
def test_odd_lists_of_homogeneous_dimensions_are_no_failure(make_homogeneous: Callable, named: str) -> None:
    result = make_homogeneous((6, 6), size=2)
    result.attrs["homogeneous"] = named
    rolled = "y" in named
    assert [axis.homogeneous for axis in space_axes(result, PLANE)] == [rolled, False]


def test_one_lag_and_two_points_are_enough(make_homogeneous: Callable) -> None:
    assert len(field_figure(make_homogeneous((2, 2), size=2).isel(lag=[0]), PLANE).subfigs) == 2
    assert json.loads(make_homogeneous((2,), size=2).attrs["homogeneous"]) == ["x"]
