"""Streams to Zarr: the record that results, what resumes, what is refused, and what a full disk leaves."""

import contextlib
import errno
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import zarr

from fluctua.core import OutputError, SimulationError
from fluctua.data import RecordLayout, RecordStream, open_record_stream, partial_folder, read_record

RUN = {"options": {"seed": 1, "members": 2}, "versions": {"jax": "1"}}
VALUES = np.random.default_rng(0).standard_normal((2, 60, 4, 3))


def layout(precision: Any = "float32") -> RecordLayout:
    coords = {"y": np.arange(4.0), "x": np.arange(3.0)}
    return RecordLayout(
        ("u",), members=2, steps=60, dt=0.1, coords=coords, units="K", precision=precision, attrs={"seed": 1}
    )


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven steps to a piece of a float32 record."""
    monkeypatch.setattr("fluctua.data.formats._stream.SLAB_BYTES", 7 * 2 * 12 * 4)


def write(
    path: Path, work: Callable[[RecordStream], None] = lambda stream: None, run: Any = RUN, **options: Any
) -> None:
    """Open a stream and do something with it."""
    with open_record_stream(path, layout(), run, **options) as stream:
        work(stream)


def complete(stream: RecordStream, first: int = 0, values: np.ndarray = VALUES) -> None:
    """Add the states from ``first`` on, and finish."""
    stream.append(values[:, first:])
    stream.finish()


def begin(path: Path, steps: int = 25) -> None:
    """Leave an unfinished record: ``steps`` states and a checkpoint after them, and a few states more."""

    def work(stream: RecordStream) -> None:
        stream.append(VALUES[:, :steps])
        stream.checkpoint(3, {"x": VALUES[:, steps]})
        stream.append(VALUES[:, steps : steps + 9])
        raise InterruptedError

    with pytest.raises(InterruptedError):
        write(path, work)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_record_is_what_came_in(tmp_path: Path, precision: str) -> None:
    path = tmp_path / "deep" / "run.zarr"
    with open_record_stream(path, layout(precision), RUN) as stream:
        for first in range(0, 60, 11):
            stream.append(VALUES[:, first : first + 11])
            assert not path.exists()
        stream.finish()
    assert names(path.parent) == ["run.zarr"]
    expected = VALUES.astype(precision)
    record = read_record(path, variable="u")
    np.testing.assert_array_equal(record.values, expected)
    assert (record.dt, record.dims, record.time_units, record.member_names) == (
        0.1,
        ("y", "x"),
        "time units",
        ("0", "1"),
    )
    with xr.open_dataset(path, engine="zarr", backend_kwargs={"consolidated": False}) as dataset:
        xr.testing.assert_identical(dataset.drop_attrs(), layout(precision).dataset(VALUES).drop_attrs())
        assert dataset.u.dtype == precision
        assert json.loads(dataset.attrs["config"]) == RUN
        assert dataset.u.attrs["units"] == "K"


def test_pieces_are_even_and_hold_a_state_at_least() -> None:
    assert layout().slab(7 * 96) == (2, 7)
    assert layout().slab(59 * 96) == (2, 30)
    assert layout().slab(1 << 30) == (2, 60)
    assert layout().slab(50) == (1, 1)
    assert layout().slab(1) == (1, 1)


@pytest.mark.parametrize(("steps", "together"), [(60, 2), (40_000, 1)])
def test_members_have_chunks_of_their_own_where_these_are_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, together: int
) -> None:
    monkeypatch.setattr("fluctua.data.formats._stream.SLAB_BYTES", 1 << 24)
    values = np.random.default_rng(1).standard_normal((2, steps, 1))
    shape = RecordLayout(("x",), members=2, steps=steps, dt=0.1, precision="float64")
    with open_record_stream(tmp_path / "run.zarr", shape, RUN) as stream:
        stream.append(values)
        stream.finish()
    group: Any = zarr.open_group(tmp_path / "run.zarr", mode="r")
    assert group["x"].chunks == (together, steps)
    np.testing.assert_array_equal(read_record(tmp_path / "run.zarr").values, values)


@pytest.mark.parametrize("members", [1, 2])
def test_a_vector_goes_on_after_the_checkpoint(tmp_path: Path, members: int) -> None:
    """One array for each variable; without a dimension of members where there is only one."""
    path, values = tmp_path / "run.zarr", VALUES[:members, :, 0]
    shape = RecordLayout(("b", "a", "c"), members=members, steps=60, dt=0.1, precision="float64")
    with contextlib.suppress(InterruptedError), open_record_stream(path, shape, RUN) as stream:
        stream.append(values[:, :25])
        stream.checkpoint(3, {"x": values[:, 25]})
        stream.append(values[:, 25:40])
        raise InterruptedError
    with open_record_stream(path, shape, RUN) as stream:
        assert stream.done == 25 / 60
        complete(stream, 25, values)
    record = read_record(path)
    np.testing.assert_array_equal(record.values, values)
    assert record.names == ("b", "a", "c")
    with xr.open_dataset(path, engine="zarr", backend_kwargs={"consolidated": False}) as dataset:
        xr.testing.assert_identical(dataset.drop_attrs(), shape.dataset(values).drop_attrs())


def test_a_variable_is_not_called_as_a_dimension() -> None:
    with pytest.raises(OutputError, match=r"variable called 'time'; it needs another name than member, time"):
        RecordLayout(("x", "time"), members=1, steps=60, dt=0.1)


@pytest.mark.parametrize("steps", [7, 14, 25, 51])
def test_an_unfinished_record_goes_on_after_the_checkpoint(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "run.zarr"
    begin(path, steps)
    assert names(tmp_path) == [partial_folder(path).name]
    with open_record_stream(path, layout(), RUN) as stream:
        assert stream.chunk == 3
        assert stream.done == steps / 60
        np.testing.assert_array_equal(stream.state["x"], VALUES[:, steps])
        complete(stream, steps)
    np.testing.assert_array_equal(read_record(path, variable="u").values, VALUES.astype("float32"))
    assert names(tmp_path) == ["run.zarr"]


@pytest.mark.parametrize("stride", [13, 47])
def test_killed_at_any_point_and_run_again_gives_the_same_bytes(stride: int, tmp_path: Path) -> None:
    """At so many changes to the file system one; ``kill_points.py FOLDER 1`` tries all of them."""
    script = Path(__file__).with_name("kill_points.py")
    done = subprocess.run([sys.executable, script, tmp_path, str(stride)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    assert found["killed"] > 156 / stride
    assert found["files"] == 16


def test_other_options_are_refused_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "run.zarr"
    begin(path)
    before = names(partial_folder(path))
    other = {"options": {"seed": 2, "members": 2, "size": 8}, "versions": {"jax": "2"}}
    message = (
        r"An unfinished '.*run\.zarr' was begun with other options: seed was 1 and is now 2; "
        r"size was not given and is now 8; a record can only go on .*begun with\. Give these again, .*--overwrite"
    )
    with pytest.raises(OutputError, match=message):
        write(path, run=other)
    assert names(partial_folder(path)) == before
    newer = {**RUN, "versions": {"jax": "2"}}
    with pytest.raises(OutputError, match='jax was "1" and is now "2"'):
        write(path, run=newer)
    write(path, complete, run=other, overwrite=True)
    assert names(tmp_path) == ["run.zarr"]


def test_a_record_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "run.zarr"
    write(path, complete)
    with open_record_stream(path, layout(), RUN) as stream:
        assert stream.finished
    with pytest.raises(OutputError, match=r"exists already; .*--overwrite"):
        write(path, run={"seed": 2})
    write(path, lambda stream: complete(stream, values=-VALUES), run={"seed": 2}, overwrite=True)
    np.testing.assert_array_equal(read_record(path, variable="u").values, -VALUES.astype("float32"))
    assert names(tmp_path) == ["run.zarr"]


def test_two_runs_cannot_write_one_record(tmp_path: Path) -> None:
    path = tmp_path / "run.zarr"
    with open_record_stream(path, layout(), RUN) as stream:
        with pytest.raises(OutputError, match=r"Another run is writing .*; one run at a time .*\. Wait for it"):
            write(path)
        complete(stream)
    assert names(tmp_path) == ["run.zarr"]


@pytest.mark.parametrize("error", [SimulationError("it is", "it should not", "change it"), KeyboardInterrupt()])
def test_nothing_is_left_of_what_cannot_go_on(tmp_path: Path, error: BaseException) -> None:
    """A run that would fail again, and one without a checkpoint."""

    def work(stream: RecordStream) -> None:
        stream.append(VALUES[:, :25])
        if isinstance(error, SimulationError):
            stream.checkpoint(3, {"x": np.zeros(3)})
        raise error

    with pytest.raises(type(error)):
        write(tmp_path / "deep" / "run.zarr", work)
    assert names(tmp_path) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "run.zarr", Path("/proc/run.zarr"), tmp_path / f"{'a' * 300}.zarr"):
        with pytest.raises(OutputError, match=r"cannot be written \(.*\); a folder .*\. Choose another place"):
            write(path)
    with pytest.raises(OutputError, match=r"does not end in \.zarr"):
        write(tmp_path / "a.nc")
    assert names(tmp_path) == ["file"]


def test_a_folder_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "run.zarr").mkdir()
    (tmp_path / "run.zarr" / "thesis.tex").write_text("")
    with pytest.raises(OutputError, match="not a Zarr store"):
        write(tmp_path / "run.zarr", overwrite=True)
    assert names(tmp_path / "run.zarr") == ["thesis.tex"]


def test_a_damaged_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "run.zarr"
    begin(path)
    (partial_folder(path) / "checkpoint.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(OutputError, match=r"checkpoint .* cannot be read .*Remove the folder '.*partial'"):
        write(path)


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch, what: str) -> Iterator[None]:
    """No room for the next piece of the store, or for the next checkpoint."""

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("zarr.storage._local._put" if what == "piece" else "numpy.savez", fail)
        yield


@pytest.mark.parametrize("what", ["piece", "checkpoint"])
def test_a_full_disk_keeps_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    path = tmp_path / "run.zarr"
    begin(path)
    checkpoint = (partial_folder(path) / "checkpoint.npz").read_bytes()

    def go_on(stream: RecordStream) -> None:
        stream.append(VALUES[:, 25:45])
        stream.checkpoint(4, {"x": VALUES[:, 45]})

    message = (
        r"'.*run\.zarr' cannot be written \(No space left on device\); the first 42% of it are kept in '.*partial'; "
        r"a folder .* with enough space, is needed\. Free space there and give the same command again to go on\."
    )
    with full_disk(monkeypatch, what), pytest.raises(OutputError, match=message):
        write(path, go_on)
    assert (partial_folder(path) / "checkpoint.npz").read_bytes() == checkpoint
    assert names(tmp_path) == [partial_folder(path).name]
    with open_record_stream(path, layout(), RUN) as stream:
        go_on(stream)
        complete(stream, 45)
    np.testing.assert_array_equal(read_record(path, variable="u").values, VALUES.astype("float32"))


def test_a_full_disk_at_the_start_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with full_disk(monkeypatch, "piece"), pytest.raises(OutputError, match=r"No space left.*Choose another place"):
        write(tmp_path / "deep" / "run.zarr")
    assert names(tmp_path) == []


def test_a_limit_on_the_size_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system itself refuses to write on, in the middle of a file."""
    path = tmp_path / "run.zarr"
    monkeypatch.setattr(
        "fluctua.data.formats._stream.SLAB_BYTES", 20 * 2 * 12 * 4
    )  # no such piece fits, but everything else does
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def work(stream: RecordStream) -> None:
        stream.append(VALUES[:, :10])
        stream.checkpoint(1, {"x": np.zeros(3)})
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, hard))
        stream.append(VALUES[:, 10:])

    try:
        with pytest.raises(OutputError, match=r"cannot be written \(File too large\); the first 17% of it are kept"):
            write(path, work)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    write(path, lambda stream: complete(stream, 10))
    np.testing.assert_array_equal(read_record(path, variable="u").values, VALUES.astype("float32"))
