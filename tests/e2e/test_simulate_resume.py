"""Simulations on the command line: a run that is killed and started again, and what is refused."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

# Short chunks, each with a checkpoint: a run of seconds then has as many places to be killed at as one of hours.
SMALL = {
    "fluctua.systems._advance.WORK_PER_CHUNK": 16_000,
    "fluctua.data.formats._stream.SLAB_BYTES": 20_000,
    "fluctua.verbs._simulate.CHECKPOINT_SECONDS": 0.0,
}
# The command in a process of its own. It waits a little at every checkpoint, so as not to be done before it is stopped,
# and listens to interrupts even where the tests were started in the background, by a shell that ignores them.
SCRIPT = f"""
import importlib, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
for name, value in {SMALL!r}.items():
    module, _, constant = name.rpartition(".")
    setattr(importlib.import_module(module), constant, value)
from fluctua.cli import app
from fluctua.data import RecordStream
save = RecordStream.checkpoint
RecordStream.checkpoint = lambda *arguments: (save(*arguments), time.sleep(0.03))
app(sys.argv[1:])
"""
OPTIONS = {
    "allen-cahn": ["--members", 2, "--size", 8, "--duration", 400, "--spin-up", 3, "--save-every", 16, "--seed", 7],
    "enso-triad": ["--members", 2, "--duration", 600, "--spin-up", 3, "--seed", 7],
}


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SMALL.items():
        monkeypatch.setattr(name, value)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def stopped(system: str, out: Path, how: signal.Signals, after: float) -> tuple[int, str]:
    """Run the command, and send it a signal some time after its first new checkpoint; its status and messages."""
    checkpoint = out.parent / f".{out.name}.partial" / "checkpoint.npz"
    before = checkpoint.read_bytes() if checkpoint.exists() else b""
    arguments = [str(part) for part in ("simulate", system, "--out", out, *OPTIONS[system])]
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, *arguments], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60.0
    while (checkpoint.read_bytes() if checkpoint.exists() else b"") == before and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(after)
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("system", OPTIONS)
def test_killed_interrupted_and_started_again(system: str, fluctua_command: Any, tmp_path: Path) -> None:
    whole, out, options = tmp_path / "whole" / "ac.zarr", tmp_path / "stopped" / "ac.zarr", OPTIONS[system]
    done = fluctua_command("simulate", system, "--out", whole, *options)
    assert done.status == 0, done.errors
    assert done.output.split() == [str(whole)]

    status, _ = stopped(system, out, signal.SIGKILL, 0.05)
    assert status == -signal.SIGKILL
    assert [path.name for path in out.parent.iterdir()] == [".ac.zarr.partial"]
    status, errors = stopped(system, out, signal.SIGINT, 0.1)
    assert status == 2, errors
    assert "The simulation was interrupted; what there is of" in errors
    assert "Give the same command again to go on." in errors

    before = tree(tmp_path)
    other = fluctua_command("simulate", system, "--out", out, *options[:-1], 8)
    assert other.status == 2
    assert "was begun with other options: seed was 7 and is now 8; a record can only go on" in other.errors
    assert tree(tmp_path) == before

    done = fluctua_command("simulate", system, "--out", out, *options)
    assert done.status == 0, done.errors
    assert tree(out.parent) == tree(whole.parent)
    again = fluctua_command("simulate", system, "--out", out, *options)
    assert again.status == 0
    assert "complete already" in again.errors


def test_a_field_is_simulated_and_its_response_found(fluctua_command: Any, tmp_path: Path) -> None:
    record, out = tmp_path / "ou.zarr", tmp_path / "out"
    done = fluctua_command("simulate", "ou-field", "--size", 4, "--duration", 2000, "--out", record)
    assert done.status == 0, done.errors
    done = fluctua_command(
        "respond", record, "--variable", "u", "--push", "u[y=0,x=0]", "--observe", "u[y=0,x=1]",
        "--score", "gaussian", "--max-lag", 3, "--out", out,
    )  # fmt: skip
    assert done.status == 0, done.errors
    with xr.open_dataset(out / "response.nc", engine="h5netcdf") as result:
        assert result.sizes["lag"] == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["allen-cahn", "--out", "a.csv"], r"suffix '\.csv'; a record of a field is written to \.zarr or \.nc"),
        (["allen-cahn", "--out", "a.nc", "--duration", "250000"], r"would hold 1\.02 GB; above 1 GB .*a\.zarr"),
        (["allen-cahn", "--out", "a.zarr", "--scheme", "magic"], "scheme 'magic'.*exponential, published"),
        (["allen-cahn", "--out", "a.zarr", "--precision", "half"], "precision 'half'.*float32, float64"),
        (["allen-cahn", "--out", "a.zarr", "--size", "2"], "at least 4 points"),
        (["allen-cahn", "--out", "a.zarr", "--members", "0"], "a whole number of at least 1"),
        (["quartic", "--out", "a.nc", "--size", "8"], "'quartic' was given with size = 8; only a field has a size"),
        (["allen-can", "--out", "a.nc"], "systems are .*ou-field.*Use 'allen-cahn'"),
        (["allen-cahn", "--out", "file/a.zarr"], "cannot be written"),
    ],
)
def test_what_is_refused_leaves_nothing(
    arguments: list[str], message: str, fluctua_command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)
        done = fluctua_command("simulate", *arguments)
    assert done.status == 2
    assert done.errors.startswith("Error: ")
    assert len(done.errors.splitlines()) == 1
    assert re.search(message, done.errors), done.errors
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
