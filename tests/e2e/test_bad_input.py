"""Bad input: exit status 2, one line that says what was given, needed and to be done, and nothing left behind."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fluctua

Change = Callable[[pd.DataFrame], Any]


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Every path below a folder, hidden ones too, with its content."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def refuse(command: Any, folder: Path, *arguments: object) -> str:
    """Run a command that must be refused; return its message."""
    before = snapshot(folder)
    done = command(*arguments)
    assert done.status == 2, (done.status, done.output, done.errors)
    assert done.output == ""
    assert "Traceback" not in done.errors
    lines = done.errors.strip().splitlines()
    assert len(lines) == 1, lines
    # Given; needed. Remedy.
    assert re.fullmatch(r"Error: .+; .+\. .+[.?]", lines[0]), lines[0]
    assert "defect of fluctua" not in lines[0]
    assert snapshot(folder) == before
    return lines[0]


def _with(column: str, values: Callable[[np.ndarray], Any]) -> Change:
    return lambda frame: frame.assign(**{column: values(frame[column].to_numpy().copy())})


def _put(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(values: np.ndarray) -> np.ndarray:
        values[1234] = value
        return values

    return change


def _cut_out(frame: pd.DataFrame) -> Any:
    return frame.drop(index=range(700, 705))


def _repeat(frame: pd.DataFrame) -> Any:
    return pd.concat([frame[:900], frame[899:]])


TABLES: dict[str, tuple[Change, str]] = {
    "missing value": (_with("x", _put(np.nan)), r"1 missing or infinite value, the first is 'x' at time step 1235"),
    "infinite value": (_with("y", _put(np.inf)), r"1 missing or infinite value, the first is 'y' at time step 1235"),
    "uneven time": (_cut_out, r"time is uneven.*from step 700 .*to step 701.*advances by 3.*usual step is 0\.5"),
    "repeated time": (_repeat, r"time is repeated.*step 900 .*step 901"),
    "decreasing time": (lambda frame: frame[::-1], r"time decreases.*step 1 .*step 2"),
    "missing time": (_with("time", _put(np.nan)), r"time step 1235 .* has the time nan"),
    "constant columns": (lambda frame: frame.assign(x=1.0, y=3.5), r"'x', 'y' of .* are constant \(value 1"),
    "trend": (_with("x", lambda v: v + np.linspace(0, 40, len(v))), r"'x' of .* drifts.*--detrend"),
    "20 rows": (lambda frame: frame[:20], r"has 20 time steps; at least 50 are needed"),
    "one row": (lambda frame: frame[:1], r"has 1 time step"),
    "copies": (lambda frame: frame.assign(z=3 * frame.x - 1), r"copies of one another.*'x' and 'z'"),
    "text": (lambda frame: frame.assign(z=["calm", *range(1999)]), r"column 'z' .* holds text: 'calm' in row 1"),
    "no rows": (lambda frame: frame[:0], r"has a header and no rows"),
    "huge values": (_with("x", lambda v: v * 1e200), r"has values up to .*e\+200"),
    "unequal members": (lambda frame: frame.assign(member=[0] * 900 + [1] * 1100), r"member '1' .* 1100 rows.* 900"),
}


@pytest.mark.parametrize("case", TABLES)
def test_records_that_cannot_be_used(case: str, frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path) -> None:
    change, message = TABLES[case]
    change(frame).to_csv(tmp_path / "record.csv", index=False)
    options = ("--push", "x", "--max-lag", 3, "--score", "gaussian", "--out", tmp_path / "deep" / "out")
    found = refuse(fluctua_command, tmp_path, "respond", tmp_path / "record.csv", *options)
    assert re.search(message, found, re.IGNORECASE), found


FILES: dict[str, tuple[str, bytes | None, str]] = {
    "missing": ("record.csv", None, r"record\.csv' does not exist"),
    "random bytes as NetCDF": ("record.nc", np.random.default_rng(0).bytes(4000), r"record\.nc"),
    "text as NetCDF": ("record.nc", b"time,x\n0,1\n", r"record\.nc"),
    "binary as CSV": ("record.csv", np.random.default_rng(1).bytes(4000), r"record\.csv"),
    "zeros as CSV": ("record.csv", bytes(1000), r"record\.csv"),
    "empty": ("record.csv", b"", r"record\.csv' is empty"),
    "header only": ("record.csv", b"time,x,y\n", r"record\.csv' has a header and no rows"),
    "only time": ("record.csv", b"time\n0\n1\n2\n", r"no column beside time"),
    "no header": ("record.csv", b"0,1.5\n1,2.5\n2,3\n", r"first line of 'record\.csv' holds numbers"),
    "two columns of one name": ("record.csv", b"x,x\n1,2\n2,1\n", r"two columns called 'x'"),
    "ragged rows": ("record.csv", b"x,y\n1,2\n2,1,7,8\n3,4\n", r"record\.csv"),
    "thousands": ("record.csv", b'x,y\n"1,500","2,5"\n"2,000,500","1,5"\n', r"column 'x' .* holds '1,500' in row 1"),
    "another suffix": ("record.xlsx", b"PK", r"has the suffix '\.xlsx'"),
    "no suffix": ("record", b"x\n1\n", r"has no suffix"),
    "file as Zarr": ("record.zarr", b"x\n1\n", r"record\.zarr' is a file"),
}


@pytest.mark.parametrize("case", FILES)
@pytest.mark.parametrize("verb", ["respond", "fit-score"])
def test_files_that_cannot_be_read(case: str, verb: str, fluctua_command: Any, tmp_path: Path) -> None:
    name, content, message = FILES[case]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    options = ("--push", "x", "--max-lag", 3) if verb == "respond" else ()
    found = refuse(fluctua_command, tmp_path, verb, tmp_path / name, *options, "--out", tmp_path / "out")
    assert re.search(message, found, re.IGNORECASE), found


@pytest.mark.parametrize("name", ["folder.csv", "folder.nc", "folder.zarr"])
def test_folders_that_are_no_records(name: str, fluctua_command: Any, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "note.txt").write_text("not a record")
    out = tmp_path / "out"
    found = refuse(fluctua_command, tmp_path, "respond", tmp_path / name, "--push", "x", "--max-lag", 3, "--out", out)
    assert name in found


OPTIONS: dict[str, tuple[tuple[object, ...], str]] = {
    "push": (("--push", "speed"), r"push 'speed' is not a state variable of .*'x', 'y'"),
    "variable": (("--variable", "z"), r"'z' was asked for.*x, y"),
    "name in an expression": (("--observe", "x + speed"), r"names 'speed'.*'x', 'y'"),
    "call": (("--observe", "floor(x)"), r"calls 'floor'.*abs\(\), log\(\)"),
    "code": (("--observe", "__import__('os').getcwd()"), r"calls '__import__'"),
    "attribute": (("--observe", "x.mean"), r"unexpected '\.'"),
    "constant observable": (("--observe", "x > 1000"), r"'x > 1000' is 0 at every state"),
    "logarithm of what is negative": (
        ("--observe", "log(x)"),
        r"'log\(x\)' has no finite value at \d[\d,]* of 2,000 states, the first at time step \d+ .*x = -",
    ),
    "empty expression": (("--observe", ""), r"empty expression"),
    "lag beyond the record": (("--max-lag", 5000), r"lag is 5000.*shorter than the record"),
    "lag of zero": (("--max-lag", 0), r"lag is 0 .*at least one step of the record, 0\.5"),
    "negative lag": (("--max-lag", -2), r"lag is -2 "),
    "delays between steps": (("--delays", "4,0.7"), r"are 0\.7 .* apart; .* steps .*Give --delays 4,0\.5 or 4,1"),
    "lag that is no number": (("--max-lag", "nan"), r"lag is nan"),
    "score": (("--score", "spline"), r"score 'spline' was asked for"),
    "missing score file": (("--score", "no/score.safetensors"), r"no/score\.safetensors' does not exist"),
    "confidence": (("--confidence", 1.5), r"confidence is 1\.5"),
    "degree": (("--dictionary-degree", 0), r"degree of the dictionary is 0"),
    "large degree": (("--dictionary-degree", 40), r"degree of the dictionary is 40"),
    "seed": (("--seed", -4), r"seed is -4"),
    "anomaly": (("--anomaly", "week"), r"--anomaly week"),
    "anomaly without dates": (("--anomaly", "month"), r"not a date"),
    "homogeneous": (("--homogeneous", "x"), r"'x' was given as a homogeneous dimension"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_options_that_do_not_fit(case: str, good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    changed, message = OPTIONS[case]
    options: dict[object, object] = {"--push": "x", "--max-lag": 3, "--score": "gaussian"}
    options |= dict([changed])  # type: ignore[list-item]
    flat = [part for pair in options.items() for part in pair]
    found = refuse(fluctua_command, tmp_path, "respond", good, *flat, "--out", tmp_path / "deep" / "out")
    assert re.search(message, found, re.IGNORECASE), found


def test_the_score_of_other_variables(good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    fluctua.fit_score(fluctua.simulate("quartic", duration=100.0), "gaussian").save(tmp_path / "well.safetensors")
    options = ("--push", "x", "--max-lag", 3, "--score", tmp_path / "well.safetensors", "--out", tmp_path / "out")
    found = refuse(fluctua_command, tmp_path, "respond", good, *options)
    assert "fitted on the variables x; the record has x, y" in found


def test_damaged_score_files(good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.safetensors").write_bytes(np.random.default_rng(2).bytes(300))
    options = ("--push", "x", "--max-lag", 3, "--score", tmp_path / "bad.safetensors", "--out", tmp_path / "out")
    assert "bad.safetensors" in refuse(fluctua_command, tmp_path, "respond", good, *options)


PLACES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "earlier result": ("result", (), r"holds an earlier result.*--overwrite"),
    "something else": ("other", ("--overwrite",), r"holds something else than a result"),
    "something else without leave": ("other", (), r"holds something else than a result"),
    "a file": ("file", ("--overwrite",), r"file' is a file; the name of a folder"),
    "below a file": ("file/out", (), r"cannot be written"),
}


@pytest.mark.parametrize("case", PLACES)
def test_places_that_are_taken(case: str, good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    for folder, name in (("result", "run.json"), ("result", "response.nc"), ("other", "thesis.tex")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text("keep me")
    (tmp_path / "file").write_text("keep me")
    out, options, message = PLACES[case]
    arguments = (good, "--push", "x", "--max-lag", 3, "--score", "gaussian", *options, "--out", tmp_path / out)
    found = refuse(fluctua_command, tmp_path, "respond", *arguments)
    assert re.search(message, found), found


def test_a_failure_keeps_the_earlier_result(good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "run.json").write_text("keep me")
    arguments = (good, "--push", "speed", "--max-lag", 3, "--overwrite", "--out", tmp_path / "result")
    refuse(fluctua_command, tmp_path, "respond", *arguments)


def test_simulations_that_cannot_be(fluctua_command: Any, tmp_path: Path) -> None:
    for arguments, message in (
        (("lorenz64", "--out", tmp_path / "a.csv"), r"lorenz64"),
        (("quartic", "--out", tmp_path / "a.txt"), r"\.txt"),
        (("quartic", "--out", tmp_path / "a"), r"suffix"),
        (("quartic", "--duration", -1, "--out", tmp_path / "a.csv"), r"-1"),
        (("quartic", "--members", 0, "--out", tmp_path / "a.csv"), r"0"),
        (("quartic", "--dt", 0, "--out", tmp_path / "a.csv"), r"0"),
        (("quartic", "--save-every", 0, "--out", tmp_path / "a.csv"), r"0"),
        (("quartic", "--seed", -1, "--out", tmp_path / "a.csv"), r"seed is -1"),
    ):
        found = refuse(fluctua_command, tmp_path, "simulate", *arguments)
        assert re.search(message, found), found


def test_cite_refuses_a_folder_without_a_result(fluctua_command: Any, tmp_path: Path) -> None:
    assert "no readable run.json" in refuse(fluctua_command, tmp_path, "cite", tmp_path)
    assert "no readable run.json" in refuse(fluctua_command, tmp_path, "cite", tmp_path / "missing")


def test_gridded_variables_must_be_named(fluctua_command: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    fields = xr.Dataset({name: (("time", "y"), rng.standard_normal((300, 4))) for name in ("u", "v")})
    fields.assign_coords(time=np.arange(300.0)).to_netcdf(tmp_path / "fields.nc", engine="h5netcdf")
    options = ("--push", "u[y=9]", "--max-lag", 3, "--out", tmp_path / "out")
    for extra, message in (((), r"--variable|variable"), (("--variable", "u"), r"'u\[y=9\]' is not a state variable")):
        found = refuse(fluctua_command, tmp_path, "respond", tmp_path / "fields.nc", *options, *extra)
        assert re.search(message, found), found


def test_debug_shows_the_traceback(good: Path, fluctua_command: Any, tmp_path: Path, capfd: Any) -> None:
    done = fluctua_command(
        "respond", good, "--push", "speed", "--max-lag", 3, "--debug", "--out", tmp_path / "out"
    )  # fmt: skip
    assert done.status == 2
    assert "Traceback" in done.errors + capfd.readouterr().err
