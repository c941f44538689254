"""What dimensions and variables mean: runs, cells or labels; what is no state; and every advice followed to its end."""

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fluctua.core import DataError, OptionError
from fluctua.data import Record, read_record, record_from_dataset, validate, with_cell_names

RNG = np.random.default_rng(0)
RUNS = RNG.standard_normal((3, 60))


def runs(dim: str, labels: object = None, **attributes: str) -> xr.Dataset:
    """Two variables of three runs over a dimension of some name, with labels and attributes."""
    coords = {} if labels is None else {dim: xr.Variable(dim, labels, attributes)}
    return xr.Dataset({"x": ((dim, "time"), RUNS), "y": ((dim, "time"), RUNS**2)}, coords)


NAMES = """member member_id number ens ensemble run realisation Realization traj trajectory sample M nens n_members
ensemble_member variant_label replicates trial draw perturbationNumber"""


@pytest.mark.parametrize("dim", NAMES.split())
def test_runs_are_known_by_the_name_of_their_dimension(dim: str) -> None:
    record = record_from_dataset(runs(dim, [f"r{run}i1p1f1" for run in range(3)]))
    np.testing.assert_array_equal(record.values, np.stack([RUNS, RUNS**2], axis=-1))
    assert (record.names, record.member_names) == (("x", "y"), ("r0i1p1f1", "r1i1p1f1", "r2i1p1f1"))


@pytest.mark.parametrize("attributes", [{"axis": "E"}, {"axis": "e"}, {"standard_name": "realization"}])
def test_runs_are_known_by_attributes(attributes: dict[str, str]) -> None:
    assert record_from_dataset(runs("which", [1, 2, 3], **attributes)).members == 3


def test_two_dimensions_of_runs_are_counted_together() -> None:
    values = RNG.standard_normal((2, 60, 3))
    coords = {"model": ["a", "b"]}
    data = xr.Dataset({"x": (("model", "time", "number"), values)}, coords)
    record = record_from_dataset(data, member="model")
    np.testing.assert_array_equal(record.values[:, :, 0], values.transpose(0, 2, 1).reshape(6, 60))
    assert record.member_names[:4] == ("a, 0", "a, 1", "a, 2", "b, 0")


def test_models_are_no_cells() -> None:
    with pytest.raises(DataError, match=r"'model' .*Give --member model if it counts runs, or --member none if not"):
        record_from_dataset(runs("model", ["a", "b", "c"]), "x")


@pytest.mark.parametrize("variable", [None, "x"])
@pytest.mark.parametrize("labels", [["a", "b", "c"], [1, 2, 3], None])
def test_a_dimension_of_two_meanings_is_refused_and_either_answer_works(variable: str | None, labels: object) -> None:
    data = runs("which", labels)
    with pytest.raises(DataError, match=r"'which' .*Give --member 'which' if it counts runs, or --member none if not"):
        record_from_dataset(data, variable)
    assert record_from_dataset(data, variable, member="which").members == 3
    field = record_from_dataset(data, "x", member="none")
    assert (field.members, field.dimension) == (1, 3)
    with pytest.raises(OptionError, match=r"'member' was|--member runs .*dimensions are which, time"):
        record_from_dataset(data, member="runs")


@pytest.mark.parametrize("dim", ["z", "lat", "nlon", "mode", "lev", "ncells", "feature", "station", "south_north"])
def test_space_and_lists_of_variables_are_no_runs(dim: str) -> None:
    assert record_from_dataset(runs(dim), "x").dims == (dim,)


def test_text_labels_name_variables() -> None:
    data = xr.Dataset({"b": ("time", RUNS[0]), "a": ("time", RUNS[1])})
    together = record_from_dataset(data.to_dataarray())
    np.testing.assert_array_equal(together.values, record_from_dataset(data).values)
    assert (together.names, together.field) == (("b", "a"), None)


def modes(labels: object) -> Record:
    return record_from_dataset(xr.DataArray(RUNS, dims=("mode", "time"), coords={"mode": labels}, name="scores"))


def test_cells_go_by_labels_that_do_not_count_from_zero() -> None:
    record = modes([1, 2, 3])
    assert record.names == ("scores[mode=1]", "scores[mode=2]", "scores[mode=3]")
    np.testing.assert_array_equal(record.coords["mode"], [1, 2, 3])
    assert with_cell_names("scores[ mode = 3 ] * scores[mode=@0]", record) == "scores[mode=3] * scores[mode=1]"
    with pytest.raises(OptionError, match=r"'scores\[mode=0\]' .*along mode it has 1, 2, 3\. Give one of these"):
        with_cell_names("scores[mode=0]", record)
    assert modes([0, 1, 2]).names[2] == "scores[mode=2]"


def test_a_cell_of_two_readings_is_refused_and_either_spelling_works() -> None:
    record = modes([0.0, 2.0, 4.0])  # such as degrees: these go by positions, and a label may be meant
    with pytest.raises(
        OptionError, match=r"'scores\[mode=2\]' .*mode = 2\.0, or position 2, .*Write mode=2\.0 for"
    ) as it:
        with_cell_names("scores[mode=2]", record)
    by_label, by_position = re.findall(r"mode=[@.\d]+\d", it.value.remedy)
    assert with_cell_names(f"scores[{by_label}]", record) == record.names[1]
    assert with_cell_names(f"scores[{by_position}]", record) == record.names[2]
    assert with_cell_names("scores[mode=4] > scores[mode=1]", record) == "scores[mode=2] > scores[mode=1]"
    assert with_cell_names("scores[mode=0]", record) == record.names[0]


def test_complex_amplitudes_are_refused() -> None:
    array = xr.DataArray(RUNS + 1j * RUNS, dims=("mode", "time"), name="scores")
    with pytest.raises(DataError, match=r"'scores' .* holds complex numbers; .*real.* two variables\.$") as it:
        record_from_dataset(array)
    assert str(it.value).count(".") == 2
    parts = xr.Dataset({"re": array[0].real, "im": array[1].imag})
    assert record_from_dataset(parts).names == ("re", "im")


def test_dimensions_of_one_place_are_left_out() -> None:
    place = {"latitude": [52.0], "longitude": [13.0], "expver": ["0001"]}
    data = xr.Dataset({name: (("time", *place), RUNS[0].reshape(60, 1, 1, 1)) for name in ("t2m", "d2m")}, place)
    assert record_from_dataset(data).names == ("t2m", "d2m")


def test_versions_that_take_turns_are_joined() -> None:
    both = np.full((60, 2), np.nan)
    both[:40, 0], both[40:, 1] = RUNS[0, :40], RUNS[0, 40:]
    data = xr.Dataset({"t2m": (("time", "expver"), both)}, {"expver": [1, 5]})
    np.testing.assert_array_equal(record_from_dataset(data).values[0, :, 0], RUNS[0])
    with pytest.raises(DataError, match=r"several values .*'expver'.*data\.sel\(expver="):
        record_from_dataset(data.fillna(0.0))
    assert record_from_dataset(data.fillna(0.0).sel(expver=1)).names == ("t2m",)


def history() -> xr.Dataset:
    """A model's history file: two series, and all that models write beside them."""
    days = np.arange(60)
    return xr.Dataset(
        {
            "time_bounds": (("time", "nbnd"), np.stack([days - 1.0, days + 0.0], 1)),
            "TS": ("time", RUNS[0]),
            "date": ("time", 20000101 + days),
            "ndcur": ("time", days),
            "steps_done": ("time", 48 * days),
            "datesec": ("time", 0 * days),
            "co2vmr": ("time", np.full(60, 3.6e-4)),
            "date_written": ("time", np.array(["03/01/24"] * 60)),
            "FLNT": ("time", RUNS[1]),
        },
        {"time": ("time", days.astype(float), {"units": "days", "bounds": "time_bound"})},
    )


def test_what_is_no_state_is_passed_over_with_one_notice(tmp_path: Path) -> None:
    history().to_netcdf(tmp_path / "h0.nc", engine="h5netcdf")
    record = read_record(tmp_path / "h0.nc")
    assert record.names == ("TS", "FLNT")
    (notice,) = record.notices
    assert notice == (
        "of 'h0.nc' time_bounds (bounds); date, ndcur, datesec (calendar); steps_done (counter); co2vmr (constant); "
        "date_written (text) are passed over; if date is measured, name it with the rest of the state "
        "(--variable date)."
    )
    assert read_record(tmp_path / "h0.nc", variable=["TS", "FLNT"]).notices == ()
    assert read_record(tmp_path / "h0.nc", variable="ndcur").names == ("ndcur",)


def test_the_grid_of_a_model_at_every_step_is_no_field() -> None:
    series = {name: ("time", np.random.default_rng(place).standard_normal(60)) for place, name in enumerate("xy")}
    grid = (("time", "south_north"), np.tile([40.0, 41.0], (60, 1)))
    record = record_from_dataset(xr.Dataset({**series, "XLAT": grid}, {"time": np.arange(60.0)}))
    assert record.names == ("x", "y")
    assert any("XLAT (constant in time)" in notice for notice in record.notices)


def test_calendars_of_any_file_are_no_state() -> None:
    months = np.arange(60)
    parts = {"year": ("time", 1990.0 + months // 12), "month": ("time", 1 + months % 12)}
    ends = {"average_T1": ("time", months + 0.5), "index": ("time", 2.0 * months)}
    data = xr.Dataset({"x": ("time", RUNS[0]), **parts, **ends})
    record = record_from_dataset(data)
    assert (record.names, record.time_units, record.time_label(13)) == (("x",), "months", "1991-02-01")
    assert "'year', 'month' are read as the dates" in record.notices[0]
    timed = record_from_dataset(data.assign_coords(time=months))
    assert timed.names == ("x",)
    assert "year, month, average_T1 (calendar); index (counter) are passed over" in timed.notices[0]
    with pytest.raises(DataError, match=r"'month' of the dataset counts from 1 to 12"):
        record_from_dataset(data.drop_vars("year"))
    with pytest.raises(DataError, match=r"drifts.* only moves on.*--drop year"):
        validate(record_from_dataset(data.assign_coords(time=months), ["x", "year"]))


def test_bounds_alone_are_no_record() -> None:
    data = history().assign_coords(time=history().time.drop_attrs())
    for given, variable in ((data[["time_bounds"]], None), (data, "time_bounds")):
        with pytest.raises(DataError, match=r"'nbnd' of the dataset is a dimension of bounds"):
            record_from_dataset(given, variable)


def test_advice_names_what_can_be_used() -> None:
    data = history().assign(T=(("time", "lat"), RUNS.T))
    with pytest.raises(DataError, match="gridded variables") as it:
        record_from_dataset(data)
    ways = re.findall(r"((?:--variable \w+ ?)+)", it.value.remedy)
    for way in ways:
        assert record_from_dataset(data, way.replace("--variable", "").split()).dimension in (2, 3)
    assert len(ways) == 2
    with pytest.raises(OptionError, match=r"over time are TS \(time\), FLNT \(time\), T \(time, lat\)\. Name"):
        record_from_dataset(data, "U")
    with pytest.raises(DataError, match=r"'lone' .* over \(member, time\) and 'TS' .*--drop"):
        record_from_dataset(data.assign(lone=(("member", "time"), RUNS)), ["TS", "lone"])


def test_variables_are_dropped_and_renamed(tmp_path: Path) -> None:
    data = xr.Dataset({name: ("t", RUNS[0] + k * RUNS[1]) for k, name in enumerate("abc")})
    with pytest.raises(DataError, match="--rename t=time"):
        record_from_dataset(data)
    assert record_from_dataset(data, rename="t=time", drop="b").names == ("a", "c")
    assert record_from_dataset(data, rename={"t": "time", "a": "b", "b": "a"}).names == ("b", "a", "c")
    (tmp_path / "run.csv").write_text("when,x,note\n0,1,p\n1,3,q\n2,2,p\n")
    read = read_record(tmp_path / "run.csv", rename=["when=time", "x=y"], drop="note")
    assert (read.names, read.steps, read.time_label(1)) == (("y",), 3, "1 time units")
    for wrong in ({"drop": "z"}, {"rename": "z=y"}):
        with pytest.raises(OptionError, match=r"'z' was asked for from .* Name one of these"):
            read_record(tmp_path / "run.csv", **wrong)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match=r"--rename when .*OLD=NEW"):
        read_record(tmp_path / "run.csv", rename="when")
    with pytest.raises(OptionError, match=r"cannot be changed"):
        record_from_dataset(data, rename=["t=time", "a=b"])


@pytest.mark.parametrize("name", ["run.nc", "run.zarr"])
def test_groups_are_named_and_can_be_read(tmp_path: Path, name: str) -> None:
    groups = {
        "/": xr.Dataset(attrs={"title": "two"}),
        "/raw": history().drop_vars("date_written"),
        "/deep/er": history()[["TS"]],
    }
    tree = xr.DataTree.from_dict(groups)
    tree.to_zarr(tmp_path / name, consolidated=False) if name.endswith("zarr") else tree.to_netcdf(
        tmp_path / name, engine="h5netcdf"
    )
    with pytest.raises(DataError, match=r"are in groups; .*(/raw, /deep/er|/deep/er, /raw)\. Give") as it:
        read_record(tmp_path / name)
    given = re.findall(r"'([^']+)'", it.value.remedy)[0]
    assert "TS" in read_record(given).names
    assert read_record(f"{tmp_path / name}:/deep/er").names == ("TS",)
    with pytest.raises(DataError, match=r"has no group 'other'; its groups are"):
        read_record(f"{tmp_path / name}:/other")


@pytest.mark.parametrize("inside", ["", "run.zarr/"])
def test_a_zipped_store_is_read(tmp_path: Path, inside: str) -> None:
    history()[["TS", "FLNT"]].to_zarr(tmp_path / "run.zarr", consolidated=False)
    with zipfile.ZipFile(tmp_path / "run.zarr.zip", "w") as packed:
        for file in (tmp_path / "run.zarr").rglob("*"):
            packed.write(file, f"{inside}{file.relative_to(tmp_path / 'run.zarr')}")
    assert set(read_record(tmp_path / "run.zarr.zip").names) == {"TS", "FLNT"}
    (tmp_path / "other.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"cannot be opened as a Zarr store"):
        read_record(tmp_path / "other.zip")


@pytest.mark.parametrize("kind", ["XTIME", "Times", "none"])
def test_times_beside_the_dimension(tmp_path: Path, kind: str) -> None:
    stamps = np.datetime64("2001-01-31T18", "h") + 6 * np.arange(60)
    beside = {
        "XTIME": ("Time", 360.0 * np.arange(60), {"units": "minutes since 2001-01-31 18:00:00"}),
        "Times": ("Time", np.char.replace(np.datetime_as_string(stamps, unit="s"), "T", "_").astype("S19")),
    }
    data = xr.Dataset({"T2": ("Time", RUNS[0]), **({kind: beside[kind]} if kind in beside else {})})
    data.to_netcdf(tmp_path / "wrf.nc", engine="h5netcdf")
    record = read_record(tmp_path / "wrf.nc")
    assert record.names == ("T2",)
    if kind == "none":
        assert (record.dt, record.time_units) == (1.0, "steps")
        assert record.notices == ("'wrf.nc' has no times along 'Time': lags are in steps.",)
    else:
        assert (record.dt, record.time_units, record.time_label(1)) == (6.0, "hours", "2001-02-01")


def land(**options: object) -> Record:
    values = RNG.standard_normal((60, 2, 4))
    values[:, 0, 1] = np.nan
    coords = {"lat": [10.0, 20.0], "lon": [170.0, 175.0, 180.0, -175.0]}
    return record_from_dataset(xr.DataArray(values, coords, ("time", "lat", "lon"), name="sst"), **options)  # type: ignore


def test_cells_beside_land_go_by_what_they_may_be_called_without_it() -> None:
    """Where 0 is a label and another label's position, 0 was taken for the position as soon as one cell was land."""
    lat = np.arange(-2.0, 3.0)
    values = np.random.default_rng(3).standard_normal((90, 5, 2))
    dry = values.copy()
    dry[:, 4, 1] = np.nan
    sea, beside = (
        record_from_dataset(xr.Dataset({"u": (("time", "lat", "lon"), each)}, {"lat": lat, "lon": [3.5, 4.5]}))
        for each in (values, dry)
    )
    for text in ("u[lat=@3,lon=@1]", "u[lat=-1.0,lon=3.5] ** 2", "u[lon=4.5,lat=@1]", "u[lat=9,lon=@0]", "u"):
        assert with_cell_names(text, beside) == with_cell_names(text, sea)
    for record in (sea, beside):
        with pytest.raises(OptionError, match=r"two readings: lat = 0\.0, or position 0.* Write lat=0\.0 .* or lat=@0"):
            with_cell_names("u[lat=0,lon=@0]", record)
        with pytest.raises(OptionError, match=r"along lon it has 3\.5, 4\.5, at positions 0 to 1"):
            with_cell_names("u[lat=@0,lon=7.5]", record)
    with pytest.raises(OptionError, match=r"'u\[lat=@4,lon=@1\]' .*never has a value"):
        with_cell_names("u[lat=@4,lon=@1]", beside)


def test_land_is_left_out_with_a_notice_but_not_along_a_homogeneous_dimension() -> None:
    with pytest.raises(DataError, match=r"cannot have land: leave --homogeneous lon out, or select"):
        validate(land(homogeneous=("lon",)))
    record = land()
    assert record.dimension == 7
    assert "sst[lat=0,lon=1]" not in record.names
    assert record.notices == ("1 of 8 cells of sst never have a value (land?): left out.",)


def test_copies_of_a_run_are_refused() -> None:
    twice = RUNS[[0, 1, 0]]
    data = xr.Dataset({"x": (("member", "time"), twice)}, {"member": ["a", "b", "c"]})
    with pytest.raises(DataError, match=r"members 'a' and 'c' .*same values.*Leave one of the two out"):
        validate(record_from_dataset(data))
    assert validate(record_from_dataset(data.isel(member=[0, 1]))) == []
    twice[2] = twice[2].astype(np.float32)  # the same run from another archive
    with pytest.raises(DataError, match="same values"):
        validate(record_from_dataset(data))
    twice[2] += 1e-3 * RUNS[1]  # the same run all the same
    with pytest.raises(DataError, match=r"differ by no more than .* standard deviations at any step.*Keep one of them"):
        validate(record_from_dataset(data))
    twice[2] += 0.3 * RUNS[1]  # another run, for all that can be known
    assert validate(record_from_dataset(data)) == []
