"""Labelled data and their files: which dimension is what, calendars, and refusals instead of tracebacks."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fluctua.core import DataError, OptionError
from fluctua.data import read_record, record_from_dataset

RNG = np.random.default_rng(0)


def gridded(**attributes: str) -> xr.Dataset:
    """A field u over (lon, time, realization, lat), beside things that are no state."""
    values = RNG.standard_normal((4, 60, 2, 3))
    time = xr.Variable("time", np.arange(60) * 0.5, {"units": "days", "bounds": "time_bnds"})
    return xr.Dataset(
        {
            "u": (("lon", "time", "realization", "lat"), values, {"units": "m/s"}),
            "time_bnds": (("time", "bnds"), np.zeros((60, 2))),
            "area": (("lat",), np.ones(3)),
            "name": ((), "a text"),
        },
        coords={"time": time, "lat": [10.0, 20.0, 30.0], "realization": [7, 9]},
        attrs=attributes,
    )


def test_a_field_is_transposed_and_labelled() -> None:
    data = gridded()
    record = record_from_dataset(data, "u", homogeneous=("lon",))
    expected = data["u"].transpose("realization", "time", "lon", "lat").values
    np.testing.assert_array_equal(record.values, expected)
    assert record.values.flags.c_contiguous
    assert (record.field, record.dims, record.homogeneous) == ("u", ("lon", "lat"), ("lon",))
    assert (record.dt, record.time_units, record.units) == (0.5, "days", {"u": "m/s"})
    assert record.member_names == ("7", "9")
    np.testing.assert_array_equal(record.coords["lat"], [10, 20, 30])
    assert record.names[5] == "u[lon=1,lat=2]"
    np.testing.assert_array_equal(record.flat[..., 5], expected[:, :, 1, 2])


def test_a_gridded_dataset_without_a_variable_lists_them() -> None:
    with pytest.raises(DataError, match=r"gridded variables: u \(lon, time, realiz.*, lat\), v .*--variable u"):
        record_from_dataset(gridded().assign(v=2 * gridded().u))


def test_one_gridded_variable_needs_no_name() -> None:
    data = gridded()
    beside = data.assign(text=("time", ["calm"] * data.sizes["time"]))
    for given in (data, beside):
        found, named = record_from_dataset(given), record_from_dataset(given, "u")
        np.testing.assert_array_equal(found.values, named.values)
        assert (found.field, found.dims, found.names, found.dt) == (named.field, named.dims, named.names, named.dt)
    assert any("passed over" in notice and "text" in notice for notice in found.notices)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(OptionError, match=r"(?i)variable 'v' of the dataset is not there; .*time are u \(.*Name"):
        record_from_dataset(gridded(), "v")
    with pytest.raises(OptionError, match=r"(?i)variable 'area' of the dataset is not over time; .* u \("):
        record_from_dataset(gridded(), "area")
    with pytest.raises(OptionError, match=r"'x' was given as a homogeneous dimension; .*lon, lat\. Name one"):
        record_from_dataset(gridded(), "u", homogeneous=("x",))


def test_several_series_are_a_vector() -> None:
    series = {name: (("time",), RNG.standard_normal(60)) for name in ("b", "a")}
    record = record_from_dataset(xr.Dataset({**series, "constant": ((), 3.0)}))
    assert (record.names, record.field, record.dt, record.time_units) == (("b", "a"), None, 1.0, "steps")
    np.testing.assert_array_equal(record.values[0, :, 1], series["a"][1])


def test_no_name_is_lost() -> None:
    series = {name: (("time",), RNG.standard_normal(60)) for name in ("None", "x")}
    assert record_from_dataset(xr.Dataset(series)).names == ("None", "x")


def test_one_series_by_its_name_is_a_scalar_record() -> None:
    data = xr.Dataset({name: (("member", "time"), RNG.standard_normal((2, 60))) for name in "ab"})
    record = record_from_dataset(data, "b")
    assert (record.names, record.field, record.values.shape) == (("b",), None, (2, 60, 1))


def test_features_are_named_by_position() -> None:
    array = xr.DataArray(RNG.standard_normal((60, 4)), dims=("time", "feature"), name="u")
    record = record_from_dataset(array)
    assert (record.field, record.dims, record.names[3]) == ("u", ("feature",), "u[feature=3]")


def test_time_is_found_by_its_attributes() -> None:
    values = RNG.standard_normal((3, 60))
    array = xr.DataArray(values, dims=("x", "t"), coords={"t": np.arange(60.0)}, name="u")
    with pytest.raises(DataError, match=r"'u' of the dataset has the dimensions x, t; .*axis='T'.*Rename"):
        record_from_dataset(array)
    array["t"].attrs["axis"] = "T"
    assert record_from_dataset(array).values.shape == (1, 60, 3)


def test_unlike_and_textual_series_are_refused() -> None:
    data = xr.Dataset({"a": (("time",), np.zeros(60)), "b": (("member", "time"), np.zeros((2, 60)))})
    with pytest.raises(DataError, match=r"'b' of the dataset is over \(member, time\) and 'a' over \(time\); .*"):
        record_from_dataset(data)
    text = xr.Dataset({"a": (("time",), np.array(["p", "q"] * 30))})
    with pytest.raises(DataError, match=r"'a' of the dataset holds .*, not numbers; .*real numbers\. Drop"):
        record_from_dataset(text)
    with pytest.raises(DataError, match=r"(?i)no variable .* is over its time.*\(it has b\).*Check"):
        record_from_dataset(xr.Dataset({"b": ((), 1.0)}, coords={"time": np.arange(60)}))


@pytest.mark.parametrize(
    ("units", "calendar", "numbers", "dt", "unit"),
    [
        ("days since 2000-01-16", "360_day", np.arange(60) * 30, 1, "months"),
        ("days since 2000-01-01", "noleap", np.arange(800), 1, "days"),
        ("days since 2000-01-01", "standard", np.arange(800) * 0.25, 6, "hours"),
        ("hours since 1800-01-01 00:00:0.0", "standard", np.arange(800) * 24, 1, "days"),
        ("months since 1960-01-01", "360_day", np.arange(100) + 0.5, 1, "months"),
        ("months since 1960-01-01", None, np.arange(100) + 0.5, 1, "months"),
        ("seconds since 2000-01-01", "proleptic_gregorian", np.arange(100) * 60, 1, "minutes"),
    ],
)
def test_calendars(units: str, calendar: str | None, numbers: np.ndarray, dt: float, unit: str, tmp_path: Path) -> None:
    attributes = {"units": units} | ({} if calendar is None else {"calendar": calendar})
    time = xr.Variable("time", numbers.astype(float), attributes)
    data = xr.Dataset({"x": ("time", RNG.standard_normal(numbers.size))}, coords={"time": time})
    data.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    record = read_record(tmp_path / "run.nc")
    assert (record.dt, record.time_units) == (dt, unit)
    assert record.dates is not None
    assert len(record.dates) == numbers.size


def test_a_360_day_calendar_that_needs_cftime(tmp_path: Path) -> None:
    time = xr.Variable("time", np.arange(60.0), {"units": "days since 2000-02-25", "calendar": "360_day"})
    data = xr.Dataset({"x": ("time", RNG.standard_normal(60))}, coords={"time": time})
    data.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    assert read_record(tmp_path / "run.nc").time_label(5) == "2000-02-30"


def test_durations_are_numbers(tmp_path: Path) -> None:
    series = xr.Variable("time", RNG.standard_normal(60), {"units": "days"})
    time = xr.Variable("time", np.arange(60) * 30.0, {"units": "days"})
    data = xr.Dataset({"x": series}, coords={"time": time})
    data.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    record = read_record(tmp_path / "run.nc")
    assert (record.dt, record.time_units, record.dates) == (30.0, "days", None)
    np.testing.assert_array_equal(record.values[0, :, 0], series.values)
    decoded = data.assign_coords(time=("time", (np.arange(60) * 30).astype("m8[D]").astype("m8[ns]")))
    assert record_from_dataset(decoded).dt == 30.0
    assert record_from_dataset(decoded).time_units == "days"


def test_classic_netcdf_is_read(tmp_path: Path) -> None:
    data = xr.Dataset({"x": ("time", RNG.standard_normal(60))}, coords={"time": np.arange(60.0)})
    data.to_netcdf(tmp_path / "run.nc", engine="scipy", format="NETCDF3_64BIT")
    np.testing.assert_array_equal(read_record(tmp_path / "run.nc").values[0, :, 0], data["x"].values)


def test_fill_values_become_missing(tmp_path: Path) -> None:
    values = RNG.standard_normal(60).astype(np.float32)
    values[7] = np.nan
    data = xr.Dataset({"x": ("time", values)})
    data.to_netcdf(tmp_path / "run.nc", engine="h5netcdf", encoding={"x": {"_FillValue": np.float32(-999)}})
    record = read_record(tmp_path / "run.nc")
    assert np.flatnonzero(np.isnan(record.values)).tolist() == [7]


@pytest.mark.parametrize(
    ("name", "content", "pattern"),
    [
        ("run.nc", b"", r"is empty; a record with many time steps is needed\. Write"),
        ("run.nc", b"\x00\x01" * 100, r"does not start like a NetCDF file; NetCDF version 4.*Check"),
        ("run.nc", b"\x89HDF\r\n\x1a\n" + b"12" * 300, r"cannot be opened as a NetCDF file.*complete.*Check"),
        ("run.nc", b"CDF\x01" + b"12" * 300, r"cannot be opened as a NetCDF file.*complete.*Check"),
        ("run.zarr", b"12", r"is a file; a Zarr store is a folder\. Give"),
        ("run.xls", b"12", r"has the suffix '\.xls'; a record is read from \.csv, \.nc or \.zarr\. Convert"),
        ("run", b"12", r"has no suffix; .*Convert"),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, name: str, content: bytes, pattern: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=f"(?s){pattern}"):
        read_record(tmp_path / name)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    data = xr.Dataset({"x": ("time", RNG.standard_normal(50_000))})
    data.to_netcdf(tmp_path / "whole.nc", engine="h5netcdf")
    content = (tmp_path / "whole.nc").read_bytes()
    (tmp_path / "half.nc").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"half\.nc.*complete.*Check"):
        read_record(tmp_path / "half.nc")


def test_folders_and_missing_paths_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.zarr").mkdir()
    (tmp_path / "folder.nc").mkdir()
    with pytest.raises(DataError, match=r"cannot be opened as a Zarr store.*complete.*Check"):
        read_record(tmp_path / "empty.zarr")
    with pytest.raises(DataError, match=r"is a folder; a \.nc record is a file\. Give"):
        read_record(tmp_path / "folder.nc")
    with pytest.raises(DataError, match=r"does not exist; .*Check the path"):
        read_record(tmp_path / "nowhere.nc")


def test_times_in_half_precision_beside_the_record() -> None:
    days = xr.Variable("time", np.arange(60, dtype="float16"), {"units": "days since 2000-01-01"})
    record = record_from_dataset(
        xr.Dataset({"when": days, "x": ("time", np.random.default_rng(0).standard_normal(60))})
    )
    assert (record.names, record.dt, record.time_units, record.time_label(59)) == (("x",), 1.0, "days", "2000-02-29")
