"""Records that stay in their store: the numbers of the record in memory, read piece by piece, whoever computes them."""

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask
import dask.array
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

import fluctua
from fluctua.core import PIECE_NUMBERS, AbstractProgress, AbstractStored, AbstractTask, DataError, OptionError
from fluctua.data import Record, excerpt_of, record_from_dataset, validate

STEPS = 4000
ASKED: dict[str, Any] = {"push": "x", "observe": ["x", "y**2"], "max_lag": 1.0}
QUICK: dict[str, Any] = {"features": "linear", "score": "gaussian"}


def linear(members: int, steps: int) -> np.ndarray:
    """Two variables that act on one another, shape ``(member, time, 2)``."""
    noise = 0.3 * np.random.default_rng(0).standard_normal((members, steps, 2))
    matrix = np.array([[0.9, 0.1], [-0.1, 0.85]])
    for step in range(1, steps):
        noise[:, step] += noise[:, step - 1] @ matrix.T
    return noise


@pytest.fixture(autouse=True)
def nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLUCTUA_IN_MEMORY_GIB", "0")


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    states = linear(2, STEPS)
    variables = {name: (("member", "time"), states[..., column]) for column, name in enumerate("xy")}
    return xr.Dataset(variables, {"time": 0.1 * np.arange(STEPS)})


@pytest.fixture(scope="module")
def in_memory(data: xr.Dataset) -> xr.Dataset:
    return respond(data)


def respond(data: Any, **more: Any) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fluctua.FluctuaWarning)
        return fluctua.respond(data, **ASKED | QUICK | more).dataset


def assert_same(found: xr.Dataset, expected: xr.Dataset) -> None:
    assert set(found.data_vars) == set(expected.data_vars)
    for name, array in expected.data_vars.items():
        if array.dtype.kind == "f":
            np.testing.assert_allclose(found[name], array, rtol=1e-10, atol=1e-10, err_msg=str(name))
        else:
            assert found[name].equals(array), name
    for name in ("data_hash", "warnings", "features"):
        assert str(found.attrs.get(name)) == str(expected.attrs.get(name))


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_schedulers_give_the_numbers_in_memory(data: xr.Dataset, in_memory: xr.Dataset, scheduler: str) -> None:
    with dask.config.set(scheduler=scheduler):
        assert_same(respond(data.chunk(time=700)), in_memory)


@pytest.mark.slow
def test_processes_give_the_numbers_in_memory(data: xr.Dataset, in_memory: xr.Dataset) -> None:
    with dask.config.set(scheduler="processes", num_workers=2):
        assert_same(respond(data.chunk(time=700)), in_memory)


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked",
    [
        {"push": ["x", "damping: y=-0.1*y"], "score": "auto", "features": "auto"},
        {"score": "dictionary", "features": "pairs"},
        {"score": "mixture", "features": "additive"},
        {"measurement_noise": True},
    ],
    ids=str,
)
def test_other_answers_of_a_store_are_those_in_memory(data: xr.Dataset, asked: dict[str, Any]) -> None:
    assert_same(respond(data.chunk(time=700), **asked), respond(data, **asked))


def test_functions_of_states_and_chosen_states(data: xr.Dataset) -> None:
    asked = {"observe": {"mine": _square}, "state": ["x"]}
    assert_same(respond(data.chunk(time=900), **asked), respond(data, **asked))


def test_noise_is_kept_out_of_stored_values(data: xr.Dataset) -> None:
    asked = {"measurement_noise": True, "state": ["x"]}
    assert_same(respond(data.chunk(time=900), **asked), respond(data, **asked))


@pytest.mark.slow
def test_earlier_states_of_stored_values(data: xr.Dataset) -> None:
    asked = {"delays": (2, 0.2), "state": ["x"]}
    assert_same(respond(data.chunk(time=900), **asked), respond(data, **asked))


@pytest.mark.parametrize(
    "asked",
    [
        {"anomaly": "month"},
        {"anomaly": ["dayofyear", "hour"], "detrend": True, "cycle": [300.0]},
        {"standardise": "month", "anomaly": "month"},
    ],
    ids=str,
)
def test_cycles_trends_and_spreads_are_taken_out_where_it_is_stored(data: xr.Dataset, asked: dict[str, Any]) -> None:
    dates = np.datetime64("2001-01-01", "h") + 12 * np.arange(STEPS)
    dated = data.assign_coords(time=dates.astype("datetime64[ns]"))
    season = xr.DataArray(np.cos(2 * np.pi * np.arange(STEPS) / 730.5), dims="time")
    dated = 1e3 + dated * (1.5 + season) + season
    assert_same(respond(dated.chunk(time=700), max_lag=60.0, **asked), respond(dated, max_lag=60.0, **asked))


@pytest.fixture
def spoiled(data: xr.Dataset) -> xr.Dataset:
    """Values that are missing, a code, and steps that are not there."""
    spoiled = data.copy(deep=True)
    draws = np.random.default_rng(3)
    for start in draws.integers(0, STEPS - 100, 12):
        spoiled["x"][:, start : start + draws.integers(1, 60)] = np.nan
    spoiled["y"][1, 100:110] = -99.9
    return spoiled.drop_isel(time=np.r_[500:530, 2000:2100])


@pytest.mark.parametrize(
    "asked",
    [{}, {"detrend": True}, pytest.param({"delays": (2, 0.2), "state": ["x"]}, marks=pytest.mark.slow)],
    ids=["plain", "detrend", "delays"],
)
def test_gaps_and_codes_are_left_out_where_it_is_stored(spoiled: xr.Dataset, asked: dict[str, Any]) -> None:
    asked = {"gaps": "split", "missing": -99.9, **asked}
    assert_same(respond(spoiled.chunk(time=700), **asked), respond(spoiled, **asked))


def test_fields_with_gaps_where_they_are_stored(spoiled: xr.Dataset) -> None:
    field = xr.concat([spoiled["x"], spoiled["y"], spoiled["x"][:, ::-1].assign_coords(time=spoiled["time"])], "cell")
    asked = {"homogeneous": ["cell"], "push": "u[cell=0]", "observe": None, "features": "auto"}
    asked |= {"gaps": "split", "missing": -99.9}
    field = field.rename("u").assign_coords(time=spoiled["time"])
    assert_same(respond(field.chunk(time=700), **asked), respond(field, **asked))


def test_several_stored_records_are_one(data: xr.Dataset, tmp_path: Path) -> None:
    parts = [data.isel(time=part) for part in (slice(1500), slice(1500, 2600), slice(2600, None))]
    for number, part in enumerate(parts):
        part.to_netcdf(tmp_path / f"{number}.nc")
    np.testing.assert_allclose(
        respond(str(tmp_path / "*.nc")).impulse_response, respond(data).impulse_response, rtol=1e-10
    )
    runs = [data.isel(member=0), data.isel(member=1)]
    assert_same(respond([run.chunk(time=900) for run in runs]), respond(runs))
    runs[1] = runs[1].isel(time=slice(100, 3000))
    assert_same(respond([run.chunk(time=900) for run in runs], gaps="split"), respond(runs, gaps="split"))
    with pytest.raises(DataError, match="Records 1 and 3 of 3 are equal"):
        respond([data.isel(member=member).chunk(time=900) for member in (0, 1, 0)])


def _square(states: np.ndarray) -> np.ndarray:
    return states[..., 1] ** 2


@pytest.mark.parametrize("observe", [None, "u**2"])
def test_homogeneous_fields(observe: str | None) -> None:
    noise = 0.3 * np.random.default_rng(1).standard_normal((2, 1500, 8))
    for step in range(1, 1500):
        before = noise[:, step - 1]
        noise[:, step] += 0.7 * before + 0.1 * np.roll(before, 1, axis=-1)
    field = xr.DataArray(noise.astype("float32"), dims=("member", "time", "cell"), name="u")
    field = field.assign_coords(time=0.1 * np.arange(1500))
    asked = {"push": "u[cell=0]", "observe": observe, "homogeneous": ["cell"], "features": "auto"}
    assert_same(respond(field.chunk(time=400), **asked), respond(field, **asked))


@pytest.mark.parametrize("skip", [0, 50])
def test_dimensions_in_any_order(data: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skip: int) -> None:
    data.transpose("time", "member").to_netcdf(tmp_path / "record.nc", engine="h5netcdf")
    found = respond(tmp_path / "record.nc", skip=skip)
    monkeypatch.setenv("FLUCTUA_IN_MEMORY_GIB", "1")
    assert_same(found, respond(tmp_path / "record.nc", skip=skip))


class Asked(BackendArray):
    """Values on disk, as xarray sees them, and the keys by which they were asked for."""

    def __init__(self, values: np.ndarray):
        self.values, self.shape, self.dtype, self.keys = values, values.shape, values.dtype, []

    def __getitem__(self, key: Any) -> np.ndarray:
        support = indexing.IndexingSupport.OUTER
        return indexing.explicit_indexing_adapter(key, self.shape, support, self._read)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        self.keys.append(key)
        found = self.values
        for axis in reversed(range(found.ndim)):  # each key by itself
            found = found[(*[slice(None)] * axis, key[axis])]
        return found


class Counted:
    """Values in chunks of dask, each of which is counted whenever it is computed."""

    def __init__(self, values: np.ndarray, steps: int):
        self.values, self.read = values, 0.0
        sizes: Any = (*values.shape[:-1], steps)
        chunks = dask.array.from_array(values, chunks=sizes)
        self.lazy = chunks.map_blocks(self._count, dtype=values.dtype, meta=np.empty((0,) * values.ndim, values.dtype))

    def _count(self, block: np.ndarray) -> np.ndarray:
        self.read += block.size / self.values.size
        return block


def test_few_states_are_computed_once(data: xr.Dataset, in_memory: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLUCTUA_IN_MEMORY_GIB", "1")
    kept = {name: Counted(data[name].values, 700) for name in "xy"}
    with dask.config.set(scheduler="synchronous"):
        found = respond(data.assign({name: (("member", "time"), each.lazy) for name, each in kept.items()}))
    assert_same(found, in_memory)
    for each in kept.values():
        np.testing.assert_allclose(each.read, 1)


def test_a_record_without_times_stays_where_it_is() -> None:
    dates = pd.date_range("1950", periods=300_000, freq="h")
    columns = {"x": np.random.default_rng(0).standard_normal(len(dates))}
    columns |= {part: getattr(dates, part).to_numpy() for part in ("year", "month", "day", "hour")}
    kept = {name: Counted(values, 10_000) for name, values in columns.items()}
    for names, units in ((["x"], "steps"), (list(columns), "hours")):
        dataset = xr.Dataset({name: ("time", kept[name].lazy) for name in names})
        record = record_from_dataset(dataset, stored=True)
        assert (record.names, record.time_units) == (("x",), units)
        assert isinstance(record.values, AbstractStored)
    assert kept["x"].read < 1  # in both together


def test_what_a_variable_is_takes_a_part_of_many_members() -> None:
    kept = Counted(np.random.default_rng(0).standard_normal((30_000, 1000)).astype("float32"), 50)
    dataset = xr.Dataset({"x": (("member", "time"), kept.lazy)}, {"time": 0.1 * np.arange(1000)})
    assert record_from_dataset(dataset, stored=True).names == ("x",)
    assert kept.read * kept.values.size < 1.5 * PIECE_NUMBERS


def test_what_moves_in_the_middle_alone_is_no_constant() -> None:
    steps = 400_000
    columns = {"moves": np.zeros(steps), "stands": np.zeros(steps), "x": np.sin(np.arange(steps))}
    columns["moves"][steps // 2] = 1
    dataset = xr.Dataset({name: ("time", values) for name, values in columns.items()}, {"time": 0.1 * np.arange(steps)})
    assert record_from_dataset(dataset.chunk(time=50_000), stored=True).names == ("moves", "x")


def test_a_code_that_is_there_very_often_is_counted(data: xr.Dataset) -> None:
    spoiled = data.isel(time=np.arange(120_000) % STEPS).assign_coords(time=0.1 * np.arange(120_000)).isel(member=0)
    spoiled["y"][10_000:90_000] = -9999.0
    with pytest.raises(DataError, match=r"'y' .* has the value -9999 80000 times, first at time step 10001 "):
        fluctua.respond(spoiled.chunk(time=50_000), **ASKED)


@pytest.mark.parametrize("limit", ["none", "nan"])
def test_a_limit_is_a_number(data: xr.Dataset, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setenv("FLUCTUA_IN_MEMORY_GIB", limit)
    with pytest.raises(OptionError, match=rf"FLUCTUA_IN_MEMORY_GIB is '{limit}'.*such as FLUCTUA_IN_MEMORY_GIB=4"):
        respond(data.chunk(time=700))


@pytest.mark.parametrize("limit", ["0", "1"])
def test_what_is_on_disk_is_read_slice_by_slice(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setenv("FLUCTUA_IN_MEMORY_GIB", limit)
    states = linear(3, 600).transpose(1, 0, 2)
    kept = [Asked(states[..., column]) for column in range(2)]
    lazy = [xr.Variable(("time", "member"), indexing.LazilyIndexedArray(each)) for each in kept]
    record = record_from_dataset(xr.Dataset(dict(zip("xy", lazy, strict=True))), stored=True, skip=100)
    np.testing.assert_array_equal(record.flat[1, 20:50], states[120:150, 1])
    assert isinstance(record.values, AbstractStored) == (limit == "0")
    for key in (key for each in kept for key in each.keys):
        assert all(isinstance(part, slice | int | np.integer) for part in key)


def test_cells_that_ice_covers_at_times_are_no_land(data: xr.Dataset) -> None:
    cells = xr.DataArray(linear(2, 800).reshape(2, 800, 1, 2).repeat(2, 2), dims=("member", "time", "row", "column"))
    cells = cells + 0.1 * np.random.default_rng(1).standard_normal(cells.shape)
    field = cells.rename("u").assign_coords(time=0.1 * np.arange(800))
    land = xr.where((field.row == 1) & (field.column == 1), np.nan, field).transpose(*field.dims).rename("u")
    asked = {"push": "u[row=0,column=0]", "observe": "u[row=0,column=1]"}
    assert_same(respond(land.chunk(time=150), **asked), respond(land, **asked))
    land[1, 300, 1, 1] = 0.5
    with pytest.raises(DataError, match=r"1599 missing .* 'u\[row=1,column=1\]' at time step 1 "):
        respond(land.chunk(time=150), **asked)


class Watched(AbstractStored):
    """States in memory that are read as stored ones are, and how many numbers were read at once at most."""

    def __init__(self, values: np.ndarray):
        self.values, self.shape, self.dtype, self.most = values, values.shape, values.dtype, 0

    def read(self, member: int, start: int, stop: int) -> np.ndarray:
        states = self.values[member, start:stop]
        self.most = max(self.most, states.size)
        return states


@pytest.mark.slow
@pytest.mark.parametrize("asked", [{}, {"detrend": True, "delays": (1, 0.1)}], ids=str)
def test_a_long_record_is_never_read_whole(asked: dict[str, Any]) -> None:
    states = linear(1500, 3000).reshape(1, -1, 2)
    assert states.size > PIECE_NUMBERS
    stored = Watched(states)
    records = [Record(values, dt=0.1, names=("x", "y")) for values in (stored, states)]
    found, expected = (respond(record, max_lag=0.5, **asked) for record in records)
    assert_same(found, expected)
    assert stored.most <= PIECE_NUMBERS < states.size


def test_what_needs_all_states_is_refused_where_they_do_not_fit() -> None:
    many = dask.array.zeros((100_000, 100_000), chunks=(100, 100_000))
    huge = xr.Dataset(dict.fromkeys("xy", (("member", "time"), many)))
    with pytest.raises(DataError, match=r"149 GiB of states.*needs all states in memory.*Take a part"):
        fluctua.fit_score(huge, "dictionary")


def test_a_code_and_a_gap_in_a_store_are_found_where_they_are(data: xr.Dataset) -> None:
    spoiled = data.copy(deep=True)
    spoiled["y"][1, 2345] = -9999.0
    with pytest.raises(DataError, match=r"'y' .* has the value -9999 once, first at time step 2346 .* member '1'"):
        fluctua.respond(spoiled.chunk(time=700), **ASKED)
    spoiled["y"][1, 2345] = np.nan
    with pytest.raises(DataError, match=r"1 missing .* 'y' at time step 2346 .* member '1'"):
        fluctua.respond(spoiled.chunk(time=700), **ASKED)
    with pytest.raises(OptionError, match=r"'log\(x\)' has no finite value"):
        fluctua.respond(data.chunk(time=700), "x", "log(x)", max_lag=1.0)


def test_where_a_stored_variable_stands_still_is_known(data: xr.Dataset) -> None:
    assert record_from_dataset(data.chunk(time=700), stored=1).survey.still is None
    stuck = data.copy(deep=True)
    stuck["y"][1, 2300:2340] = 0.25
    member, start, stop = record_from_dataset(stuck.chunk(time=700), stored=1).survey.still or (0, 0, 0)
    assert (member, start, stop) == (1, 2000, 3000)


@pytest.mark.slow
def test_a_sensor_that_was_stuck_outside_the_excerpt_is_told() -> None:
    steps = 4_500_000
    noise = np.random.default_rng(4).standard_normal((steps, 2))
    noise[1_300_000:1_302_000, 1] = noise[1_300_000, 1]
    record = record_from_dataset(
        xr.Dataset({name: ("time", noise[:, n]) for n, name in enumerate("xy")}).chunk(time=1_000_000), stored=1
    )
    assert isinstance(record.values, AbstractStored)
    assert excerpt_of(record).steps < record.steps
    assert any("for 2000 steps from time step 1300001" in warning for warning in validate(record))


def test_the_command_line_leaves_a_large_store_where_it_is(data: xr.Dataset, tmp_path: Path) -> None:
    data.to_zarr(tmp_path / "record.zarr", consolidated=False)
    command = [sys.executable, "-m", "fluctua", "respond", "record.zarr", "--push", "x", "--max-lag", "1", "--quiet"]
    command += ["--features", "linear", "--score", "gaussian"]
    for out, limit in (("stored", "0.00001"), ("memory", "1")):
        environment = os.environ | {"FLUCTUA_IN_MEMORY_GIB": limit}
        subprocess.run([*command, "--out", out], cwd=tmp_path, env=environment, check=True, timeout=300)
    found, expected = (xr.load_dataset(tmp_path / out / "response.nc") for out in ("stored", "memory"))
    assert_same(found, expected)


class Told(AbstractProgress):
    """Does something when a pass has advanced for the second time."""

    def __init__(self, title: str, action: Callable[[], None]):
        self.title, self.action = title, action

    @contextmanager
    def task(self, description: str, total: float) -> Iterator[AbstractTask]:
        yield _Counted(self.action if description == self.title else None)


class _Counted(AbstractTask):
    def __init__(self, action: Callable[[], None] | None):
        self.action, self.count = action, 0

    def advance(self, amount: float = 1.0, note: str = "") -> None:
        self.count += 1
        if self.action is not None and self.count == 2:
            self.action()


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "60s"}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as found,
    ):
        yield found


def test_a_cluster_that_loses_a_worker_gives_the_numbers_in_memory(
    data: xr.Dataset, in_memory: xr.Dataset, client: Any
) -> None:
    pids = client.run(os.getpid)
    killed = []

    def kill() -> None:
        killed.append(next(iter(pids.values())))
        os.kill(killed[0], signal.SIGKILL)

    assert_same(respond(data.chunk(time=700), progress=Told("correlating", kill)), in_memory)
    assert len(pids) == 2
    assert killed


def test_an_interrupt_takes_the_work_of_a_cluster_back(data: xr.Dataset, client: Any) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        respond(data.chunk(time=700), progress=Told("carrying", interrupt))
    deadline = time.monotonic() + 30
    while any(client.processing().values()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(client.processing().values())
