"""Arrays with a header, JSON, and records: what is written is what is read."""

import json
import pickle
from pathlib import Path

import cftime
import numpy as np
import pytest
import zarr
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra import numpy as arrays_of
from safetensors.numpy import save_file

from fluctua.core import DataError, OutputError, ScoreError, array_hash
from fluctua.data import Record, load_arrays, read_record, save_arrays, write_json, write_record

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)
NAMES = st.lists(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name.lower() not in RESERVED),
    min_size=3,
    max_size=3,
    unique=True,
)
RESERVED = ("time", "member", "nan", "inf", "infinity", "lat", "lon")
on_disk = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("suffix", ["csv", "nc", "zarr"])
@on_disk
@given(data=st.data(), members=st.integers(1, 3), steps=st.integers(2, 12), names=NAMES)
def test_vector_records_come_back(
    tmp_path: Path, suffix: str, data: st.DataObject, members: int, steps: int, names: list[str]
) -> None:
    values = data.draw(arrays_of.arrays(np.float64, (members, steps, 3), elements=FINITE))
    dt = data.draw(st.decimals("0.001", "100", places=3).map(float))
    record = Record(values, dt=dt, names=tuple(names), time_units="time units", start=3 * dt)
    path = tmp_path / f"run.{suffix}"
    write_record(path, record, overwrite=True)
    again = read_record(path, variable=names)
    np.testing.assert_array_equal(again.values, values)
    assert (again.names, again.dt, again.time_units) == (record.names, dt, "time units")
    assert again.member_names == record.member_names
    assert again.start == pytest.approx(record.start, rel=1e-13)


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
@on_disk
@given(data=st.data(), members=st.integers(1, 2), shape=st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_fields_come_back(
    tmp_path: Path, suffix: str, data: st.DataObject, members: int, shape: tuple[int, int]
) -> None:
    values = data.draw(arrays_of.arrays(np.float64, (members, 5, *shape), elements=FINITE))
    coords = {"lat": np.arange(float(shape[0]))}
    dims, units = ("lat", "lon"), {"u": "m/s"}
    record = Record(values, dt=0.5, time_units="days", field="u", dims=dims, coords=coords, units=units)
    path = tmp_path / f"run.{suffix}"
    write_record(path, record, overwrite=True)
    again = read_record(path, variable="u", homogeneous=("lon",))
    np.testing.assert_array_equal(again.values, values)
    np.testing.assert_array_equal(again.coords["lat"], coords["lat"])
    assert (again.field, again.dims, again.units, again.names) == ("u", dims, units, record.names)
    assert (again.dt, again.time_units, again.homogeneous) == (0.5, "days", ("lon",))


@pytest.mark.parametrize("suffix", ["csv", "nc", "zarr"])
def test_dates_come_back(tmp_path: Path, suffix: str) -> None:
    dates = np.arange("1999-11", "2011-03", dtype="M8[M]").astype("M8[us]")
    record = Record(np.ones((2, dates.size, 1)), dt=1.0, time_units="months", dates=dates)
    write_record(tmp_path / f"run.{suffix}", record)
    again = read_record(tmp_path / f"run.{suffix}")
    np.testing.assert_array_equal(np.asarray(again.dates), dates)
    assert (again.dt, again.time_units) == (1.0, "months")


def test_dates_of_other_calendars_come_back(tmp_path: Path) -> None:
    dates = np.asarray(cftime.num2date(np.arange(90), "days since 2000-01-01", calendar="360_day"))
    write_record(tmp_path / "run.nc", Record(np.ones((1, 90, 1)), dt=1.0, time_units="days", dates=dates))
    again = read_record(tmp_path / "run.nc")
    assert again.dates is not None
    assert (again.dates == dates).all()


def test_attributes_and_history_are_written(tmp_path: Path) -> None:
    import xarray as xr

    record = Record(np.ones((1, 60, 1)), dt=1.0, history=("a", "b"), source="old.csv")
    write_record(tmp_path / "run.nc", record, attrs={"seed": 3})
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf", decode_times=False) as dataset:
        assert dataset.attrs["seed"] == 3
        assert dataset.attrs["history"] == "a; b"
        assert dataset["time"].attrs["axis"] == "T"


def test_records_are_not_written_where_they_cannot_be(tmp_path: Path) -> None:
    record = Record(np.ones((1, 60, 1)), dt=1.0)
    write_record(tmp_path / "run.nc", record)
    with pytest.raises(OutputError, match=r"run\.nc' exists already; .*--overwrite"):
        write_record(tmp_path / "run.nc", record)
    with pytest.raises(OutputError, match=r"has the suffix '\.mat'; .*\.csv, \.nc or \.zarr\. Give"):
        write_record(tmp_path / "run.mat", record)
    with pytest.raises(OutputError, match=r"called 'time'; .*other names than member, time.*Rename 'time'"):
        write_record(tmp_path / "b.nc", Record(np.ones((1, 60, 1)), dt=1.0, names=("time",)))
    (tmp_path / "store.zarr").mkdir()
    (tmp_path / "store.zarr" / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match=r"is not a Zarr store; .*Choose another name"):
        write_record(tmp_path / "store.zarr", record, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.nc", "store.zarr"]


DTYPES = st.sampled_from([np.float64, np.float32, np.int64, np.uint8, np.bool_])


@on_disk
@given(
    arrays=st.dictionaries(
        st.text(min_size=1, max_size=8).filter(lambda name: name.isprintable() and name != "__metadata__"),
        DTYPES.flatmap(lambda dtype: arrays_of.arrays(dtype, arrays_of.array_shapes(min_dims=0, max_dims=3))),
        max_size=4,
    ),
    header=st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers() | FINITE | st.text()),
)
def test_arrays_and_header_come_back(tmp_path: Path, arrays: dict[str, np.ndarray], header: dict) -> None:
    save_arrays(tmp_path / "score.safetensors", arrays, header)
    again, read = load_arrays(tmp_path / "score.safetensors")
    assert read == {"schema_version": 1, **header}
    assert set(again) == set(arrays)
    for name, array in arrays.items():
        assert (again[name].dtype, again[name].shape) == (array.dtype, array.shape)
        assert again[name].tobytes() == array.tobytes()


def test_strides_and_byte_order_do_not_matter(tmp_path: Path) -> None:
    array = np.arange(24.0).reshape(4, 6)
    save_arrays(tmp_path / "a", {"t": array.T, "s": array[:, ::2], "b": array.astype(">f8")}, {})
    again, _ = load_arrays(tmp_path / "a")
    np.testing.assert_array_equal(again["t"], array.T)
    np.testing.assert_array_equal(again["s"], array[:, ::2])
    np.testing.assert_array_equal(again["b"], array)


def test_the_hash_of_the_data_goes_with_the_score(tmp_path: Path) -> None:
    values = np.random.default_rng(0).standard_normal((2, 60, 3))
    record = Record(values, dt=0.1)
    write_record(tmp_path / "run.nc", record)
    save_arrays(tmp_path / "score", {"mean": np.zeros(3)}, {"data_hash": array_hash(record.values)})
    _, header = load_arrays(tmp_path / "score")
    assert header["data_hash"] == array_hash(read_record(tmp_path / "run.nc").values)
    others = [values[:, ::-1], values[:1], values.reshape(1, 120, 3), values.astype(np.float32), values + 1e-15]
    assert header["data_hash"] not in [array_hash(other) for other in others]
    assert array_hash(values.T) == array_hash(values.T.copy())


class _Program:
    """Writes a file as soon as it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("filters", ["filters", "compressor"])
def test_a_store_cannot_run_code(tmp_path: Path, filters: str) -> None:
    array = zarr.open_group(tmp_path / "run.zarr", mode="w", zarr_format=2).create_array(
        "x", shape=(60,), chunks=(60,), dtype="f8", attributes={"_ARRAY_DIMENSIONS": ["time"]}
    )
    array[:] = 1.0
    description = tmp_path / "run.zarr" / "x" / ".zarray"
    pickled = {"id": "pickle", "protocol": 5}
    about = {"filters": None, "compressor": None} | {filters: [pickled] if filters == "filters" else pickled}
    description.write_text(json.dumps(json.loads(description.read_text()) | about))
    (tmp_path / "run.zarr" / "x" / "0").write_bytes(pickle.dumps(_Program(tmp_path / "harm")))
    with pytest.raises(DataError, match=r"cannot be opened as a Zarr store .*; a complete Zarr store.*Check"):
        read_record(tmp_path / "run.zarr")
    assert not (tmp_path / "harm").exists()


def test_files_that_are_no_scores_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "score.safetensors"
    with pytest.raises(ScoreError, match=r"does not exist; .*fitted score is needed\. Check the path"):
        load_arrays(path)
    path.write_bytes(b"\x00\x01" * 100)
    with pytest.raises(ScoreError, match=r"cannot be read as a fitted score .*; a complete file.*Check"):
        load_arrays(path)
    save_file({"a": np.ones(3)}, str(path))
    with pytest.raises(ScoreError, match=r"no description by fluctua; .*needed\. Fit the score again"):
        load_arrays(path)
    save_file({"a": np.ones(3)}, str(path), metadata={"fluctua": "{not json"})
    with pytest.raises(ScoreError, match=r"cannot be read as a fitted score .*; a complete file.*Check"):
        load_arrays(path)
    save_arrays(path, {"a": np.ones(1000)}, {})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ScoreError, match=r"cannot be read as a fitted score .*; a complete file.*Check"):
        load_arrays(path)
    save_arrays(path, {}, {"schema_version": 99})
    with pytest.raises(ScoreError, match=r"schema version 99; this fluctua reads versions up to 1\. Update"):
        load_arrays(path)
    with pytest.raises(ScoreError, match=r"'a' has the type <U1; .*real numbers\. Put other things"):
        save_arrays(path, {"a": np.array(["x"])}, {})


def test_json_is_plain_and_complete(tmp_path: Path) -> None:
    content = {
        "a": np.float32(0.5),
        "b": np.arange(3),
        "c": (1, float("nan")),
        "d": tmp_path,
        "é": {"x": None},
    }
    write_json(tmp_path / "run.json", content)
    read = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert read == {"a": 0.5, "b": [0, 1, 2], "c": [1, None], "d": str(tmp_path), "é": {"x": None}}
    with pytest.raises(TypeError):
        write_json(tmp_path / "run.json", {"a": object()})
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8")) == read
