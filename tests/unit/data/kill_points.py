"""A stream killed at every point at which it touches the file system, and run again: a script, not a test.

Each run is a forked child that kills itself (SIGKILL) when it is about to make its n-th change to the file system.
``python kill_points.py FOLDER STRIDE`` prints, as JSON, how many points there were and at which the second run did not
leave what an undisturbed run leaves.
"""

import json
import os
import shutil
import signal
import sys
import warnings
from pathlib import Path
from unittest import mock

import numpy as np

from fluctua.data import RecordLayout, open_record_stream

REMOVALS = {"os.remove", "os.rmdir"}
EVENTS = {"open", "os.rename", "os.mkdir", "shutil.rmtree", *REMOVALS}
CHUNKS, ROWS = 6, 5


def run(path: Path, overwrite: bool) -> None:
    """A tiny simulation: every state is a linear map of the one before, three steps to a piece of the store."""
    layout = RecordLayout(("u",), members=2, steps=23, dt=0.5, coords={"x": np.arange(3.0)}, attrs={"seed": 1})
    with (
        mock.patch("fluctua.data.formats._stream.SLAB_BYTES", 3 * 2 * 3 * 4),
        open_record_stream(path, layout, {"seed": 1, "members": 2}, overwrite=overwrite) as stream,
    ):
        if stream.finished:
            return
        state = stream.state.get("x", np.arange(6.0).reshape(2, 3))
        for chunk in range(stream.chunk, CHUNKS):
            rows = []
            for row in range(ROWS):
                rows.append(state)
                state = np.sin(1.0 + 3.0 * state) + 0.01 * (chunk * ROWS + row)
            states = np.stack(rows, axis=1)
            # The first two intervals are spin-up, the last five are after the end of the record.
            stream.append(states[:, max(0, 2 - chunk * ROWS) : max(0, 25 - chunk * ROWS)])
            if chunk % 2 == 1:
                stream.checkpoint(chunk + 1, {"x": state})
        stream.finish()


def die_at(point: int, folder: Path) -> None:
    """Kill this process at its ``point``-th change to the file system below ``folder``."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event not in EVENTS:
            return
        name = str(arguments[0])
        below = name.startswith(str(folder)) or (
            event in REMOVALS and "/" not in name
        )  # rmtree goes from folder to folder
        if not below:
            return
        if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            return
        seen += 1
        if seen == point:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def child(path: Path, overwrite: bool, point: int = 0) -> int:
    """Run in a forked child; the signal that ended it, or zero. Fails where the child does."""
    process = os.fork()
    if process == 0:
        status = 1
        try:
            die_at(point, path.parent)
            run(path, overwrite)
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    if os.WEXITSTATUS(status):
        raise SystemExit(f"a run failed after it was killed at point {point}")
    return 0


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def main(folder: Path, stride: int) -> None:
    """Kill at every ``stride``-th point, in a fresh place and over an older store."""
    warnings.simplefilter("ignore")  # a fork beside the threads of a library that is not used here
    undisturbed = folder / "undisturbed"
    undisturbed.mkdir()
    child(undisturbed / "u.zarr", False)
    expected = tree(undisturbed)
    killed, wrong = 0, []
    for overwrite in (False, True):
        point = 1
        while True:
            place = folder / "killed"
            shutil.rmtree(place, ignore_errors=True)
            if overwrite:
                shutil.copytree(undisturbed, place)
                (place / "u.zarr" / "zarr.json").write_text('{"attributes": {}}')  # a store of something else
            else:
                place.mkdir()
            if child(place / "u.zarr", overwrite, point) == 0:
                break
            killed += 1
            child(place / "u.zarr", overwrite)
            if tree(place) != expected:
                wrong.append([overwrite, point])
            point += stride
    print(json.dumps({"killed": killed, "wrong": wrong, "files": len(expected)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
