"""Records too large for memory: written to Zarr piece by piece, and resumed after a kill.

Until it is complete, a record lies beside its target in a hidden folder, ``.NAME.zarr.partial``: the store, and the
checkpoint from which a killed run goes on. The order makes every moment safe to be killed at: a piece of the store is
written first, at a place that follows from its times alone; then the checkpoint replaces the one before. Pieces that
are later than the checkpoint are written again with the same numbers. States that do not fill a piece yet are kept in
the checkpoint, so that a piece is only ever written whole. At the end the store is renamed, once.
"""

import contextlib
import errno
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ...core import OutputError, SimulationError, differences, read_checkpoint, remove_path as _remove, write_checkpoint
from ..files import PLACE_ERRORS, SPACE_ERRORS, make_parents, refuse_existing_file
from ._layout import RecordLayout

try:
    import fcntl
except ImportError:  # not a POSIX system: two runs at once into one record are not noticed
    fcntl = None

# One piece: one file of the store for each variable, or for each of its members. Large enough for a disk and for a
# reader that goes through the record, small enough to be kept in memory and in the checkpoint.
SLAB_BYTES = 16 * 2**20
_LEAST_CHUNK = 2**17  # bytes of a chunk of one member; where it were smaller, members share their chunks

_WRITING = SPACE_ERRORS | PLACE_ERRORS | {errno.ENOENT}

CONFIG = "config"
"""Attribute of a finished store: the run that made it, as JSON."""


def partial_folder(path: str | Path) -> Path:
    """Where an unfinished record lies until it is complete.

    Example:
        >>> partial_folder("runs/ac.zarr").as_posix()
        'runs/.ac.zarr.partial'
    """
    path = Path(path)
    return path.with_name(f".{path.name}.partial")


class RecordStream:
    """A record on its way to a Zarr store; made by ``open_record_stream``.

    Args:
        path: The store to be, ``.zarr``.
        layout: What the record looks like.
        run: What determines every number of the record, as values that JSON can hold.
        overwrite: Whether an existing store, or an unfinished one of another run, may be replaced.
    """

    def __init__(self, path: str | Path, layout: RecordLayout, run: dict[str, Any], overwrite: bool = False):
        self.path = Path(path)
        self.layout = layout
        self.run: dict[str, Any] = json.loads(json.dumps(run))
        self.overwrite = overwrite
        self.folder = partial_folder(self.path)
        self._checkpoint = self.folder / "checkpoint.npz"
        self.chunk = 0
        """Index of the next chunk of the simulation."""
        self.state: dict[str, np.ndarray] = {}
        """State of the simulation before that chunk; empty at the start."""
        self.finished = False
        """Whether the record is complete, in its place."""
        self._row = 0  # states received of each member
        self._kept = 0  # and those that a checkpoint vouches for
        self._begun = False  # by this very run
        self._pending: list[np.ndarray] = []  # those that do not fill a piece yet
        self._unsynced: list[int] = []  # pieces that may not have reached the disk
        self._made: list[Path] = []
        self._lock: int | None = None
        self._arrays: dict[str, Any] = {}
        self._members, self._steps = layout.slab(SLAB_BYTES)

    @property
    def done(self) -> float:
        """Share of the record that a killed run would not lose."""
        return self._kept / self.layout.steps

    def append(self, states: np.ndarray) -> None:
        """Add the next states in time, shape ``(member, time, *state)``; none is fine."""
        states = np.asarray(states).astype(self.layout.precision)
        while states.shape[1] > 0:
            room = min(self._steps - self._row % self._steps, self.layout.steps - self._row)
            part, states = states[:, :room], states[:, room:]
            self._pending.append(part)
            self._row += part.shape[1]
            if self._row % self._steps == 0 or self._row == self.layout.steps:
                piece = (self._row - 1) // self._steps
                times = slice(piece * self._steps, self._row)
                for name, values in self.layout.split(self._take_pending()).items():
                    self._arrays[name][(slice(None), times) if "member" in self.layout.dims else times] = values
                self._unsynced.append(piece)
                self._pending = []

    def checkpoint(self, chunk: int, state: dict[str, np.ndarray]) -> None:
        """Make ``chunk`` the one to go on with after a kill, from ``state``."""
        self._sync()
        arrays = {f"state.{name}": value for name, value in state.items()}
        arrays["pending"] = self._take_pending()
        description = {"run": self.run, "chunk": chunk, "row": self._row}
        write_checkpoint(self._checkpoint, description, arrays)
        self.chunk, self.state, self._kept = chunk, state, self._row

    def finish(self) -> None:
        """Put the complete record into its place."""
        if self._row != self.layout.steps:
            raise ValueError(f"{self._row} of {self.layout.steps} states have come")
        self._sync()
        refuse_existing_file(self.path, self.overwrite)
        if self.path.exists():
            _remove(self.folder / "replaced")
            os.rename(self.path, self.folder / "replaced")
        os.rename(self.folder / "store", self.path)
        self.finished = True
        _remove(self.folder)

    def _open(self) -> None:
        """Find out where the run stands, and refuse before anything is changed."""
        if self.path.suffix.lower() != ".zarr":
            raise OutputError(
                f"'{self.path}' does not end in .zarr", "a stream goes to a Zarr store", "give a name such as run.zarr"
            )
        complete = self._is_complete()
        if not complete or self.overwrite:
            refuse_existing_file(self.path, self.overwrite)
        if self.folder.is_dir():
            self._take_lock()
        saved = read_checkpoint(self._checkpoint, self._damaged)
        known = saved is not None and saved[0]["run"] == self.run
        moved = not (self.folder / "store").exists()
        if complete and (not self.overwrite or (known and moved)):
            self.finished = True
            if moved:  # killed between the last renaming and the end of the removal
                _remove(self.folder)
        elif saved is not None and known and not moved:
            self._resume(*saved)
        else:
            if saved is not None and not known and not self.overwrite:
                raise self._other_run(saved[0]["run"])
            self._begin()

    def _begin(self) -> None:
        make_parents(self.folder.parent, self._made)
        self.folder.mkdir(exist_ok=True)
        self._take_lock()
        self._begun = True
        # The checkpoint goes first: without it, what is left is known to be nothing.
        _remove(self._checkpoint)
        store = self.folder / "store"
        _remove(store)
        labels = self.layout.labels().assign_attrs({CONFIG: json.dumps(self.run)})
        labels.to_zarr(store, mode="w", consolidated=False, zarr_format=3)
        # A record is read member by member: chunks of several would be read again for each of them.
        of_one = self._steps * math.prod(self.layout.grid) * np.dtype(self.layout.precision).itemsize
        alone = of_one >= _LEAST_CHUNK
        group, chunks = _open_group(store), (1 if alone else self._members, self._steps, *self.layout.grid)
        self._arrays = {
            name: group.create_array(
                name,
                shape=self.layout.shape,
                chunks=chunks[-len(self.layout.shape) :],
                dtype=self.layout.precision,
                dimension_names=self.layout.dims,
                attributes=self.layout.variable_attrs(name),
            )
            for name in self.layout.variables
        }

    def _resume(self, description: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        store = self.folder / "store"
        for torn in self.folder.rglob("*.partial*"):  # what was not yet renamed when the run was killed
            torn.unlink()
        group = _open_group(store)
        self._arrays = {name: group[name] for name in self.layout.variables}
        self.chunk, self._row = description["chunk"], description["row"]
        self._kept = self._row
        self.state = {name[6:]: value for name, value in arrays.items() if name.startswith("state.")}
        self._pending = [arrays["pending"]]

    def _take_pending(self) -> np.ndarray:
        empty = np.empty((self.layout.members, 0, *self.layout.state_shape), self.layout.precision)
        self._pending = [np.concatenate([empty, *self._pending], axis=1)]
        return self._pending[0]

    def _is_complete(self) -> bool:
        """Whether the target is a record of this very run."""
        try:
            attributes = json.loads((self.path / "zarr.json").read_text(encoding="utf-8"))["attributes"]
            return json.loads(attributes[CONFIG]) == self.run
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _take_lock(self) -> None:
        if self._lock is not None or fcntl is None:
            return
        self._lock = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(
                f"another run is writing '{self.path}'",
                "one run at a time can write a record",
                "wait for it, end it, or choose another name",
            ) from error
        except OSError:  # a file system without locks
            pass

    def _sync(self) -> None:
        """Have the new pieces on the disk itself before a checkpoint says so."""
        members = ["*"] if "member" in self.layout.dims else []
        for piece in self._unsynced:
            place = "/".join(["*", "c", *members, str(piece), *["0"] * len(self.layout.grid)])
            for file in (self.folder / "store").glob(place):
                with file.open("rb") as opened:
                    os.fsync(opened.fileno())
        self._unsynced = []

    def _damaged(self, error: Exception) -> OutputError:
        return OutputError(
            f"the checkpoint '{self._checkpoint}' cannot be read ({type(error).__name__}: {error})",
            "an undamaged checkpoint is needed to go on",
            f"remove the folder '{self.folder}' to begin anew",
        )

    def _other_run(self, before: dict[str, Any]) -> OutputError:
        return OutputError(
            f"an unfinished '{self.path}' was begun with other options: {differences(before, self.run)}",
            "a record can only go on with the options it was begun with",
            "give these again, choose another name, or begin anew with --overwrite",
        )

    def _close(self, doomed: bool) -> None:
        """Let go of the record; what was begun and has no checkpoint yet is removed, as is a doomed run."""
        if doomed or (self._begun and self.chunk == 0):
            _remove(self.folder)
            for parent in reversed(self._made):
                with contextlib.suppress(OSError):
                    parent.rmdir()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextmanager
def open_record_stream(
    path: str | Path, layout: RecordLayout, run: dict[str, Any], *, overwrite: bool = False
) -> Iterator[RecordStream]:
    """Begin a record, or go on with the one that a killed run of the same description left.

    Args:
        path: The Zarr store to be.
        layout: What the record looks like.
        run: What determines every number of the record, as values that JSON can hold.
        overwrite: Whether an existing store, or an unfinished one of another run, may be replaced.

    Yields:
        The stream: append from ``chunk`` on, starting from ``state``, unless ``finished``. After an error that
        is not the run's own fault, the last checkpoint is kept.

    Raises:
        OutputError: The store exists, belongs to another run, or cannot be written; the disk may be full.

    Example:
        >>> import tempfile
        >>> from fluctua.data import read_record
        >>> layout = RecordLayout(("u",), members=2, steps=60, dt=0.5, coords={"x": np.arange(4.0)})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with open_record_stream(Path(folder) / "run.zarr", layout, {"seed": 0}) as stream:
        ...         stream.append(np.ones((2, 40, 4)))
        ...         stream.checkpoint(1, {"state": np.ones(4)})
        ...         stream.append(np.ones((2, 20, 4)))
        ...         stream.finish()
        ...     read_record(Path(folder) / "run.zarr", variable="u").values.shape
        (2, 60, 4)
    """
    stream = RecordStream(path, layout, run, overwrite)
    doomed = False
    try:
        stream._open()
        yield stream
    except SimulationError:
        doomed = True  # it would fail again at the same place
        raise
    except OSError as error:
        if error.errno not in _WRITING:  # the work inside went wrong by itself
            raise
        kept = stream.chunk > 0
        raise OutputError(
            f"'{stream.path}' cannot be written ({error.strerror or error})"
            + (f"; the first {stream.done:.0%} of it are kept in '{stream.folder}'" if kept else ""),
            "a folder that may be written to, with enough space, is needed",
            "free space there and give the same command again to go on"
            if kept
            else "choose another place, or free space there",
        ) from error
    finally:
        stream._close(doomed)


def _open_group(store: Path) -> Any:
    """A Zarr group to be written on; the library is loaded when a store is streamed, not for other records."""
    import zarr

    return zarr.open_group(store, mode="r+")
