"""What a message advises is done: the command that it names runs, or is refused for another true reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fluctua.verbs import to_record

ASKED = ("--push", "x", "--observe", "x", "--max-lag", 5, "--score", "gaussian", "--quiet")


def test_a_code_is_made_a_gap_or_kept(frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path) -> None:
    frame = frame.copy()
    frame.loc[[40, 900], "x"] = -99.99
    frame.to_csv(tmp_path / "a.csv", index=False)
    asked = ("respond", tmp_path / "a.csv", *ASKED, "--out", tmp_path / "out")
    for more in ((), ("--detrend",)):
        done = fluctua_command(*asked, *more)
        assert (done.status, "has the value -99.99 2 times" in done.errors) == (2, True), done.errors
    assert "--missing -99.99 to make gaps of it, or --keep-outliers" in done.errors
    done = fluctua_command(*asked, "--missing", -99.99)
    assert done.status == 2
    assert "has 2 missing or infinite values, the first is 'x' at time step 41 (20 time units)" in done.errors
    assert "--gaps split" in done.errors
    done = fluctua_command(*asked, "--missing", -99.99, "--gaps", "split", "--detrend")
    assert done.status == 0, done.errors
    frame.drop(index=[40, 900]).to_csv(tmp_path / "b.csv", index=False)
    cut = ("respond", tmp_path / "b.csv", *ASKED, "--out", tmp_path / "cut")
    assert "--gaps split" in fluctua_command(*cut).errors
    assert fluctua_command(*cut, "--gaps", "split", "--detrend").status == 0
    one, two = (xr.load_dataset(tmp_path / out / "response.nc", engine="h5netcdf") for out in ("out", "cut"))
    np.testing.assert_allclose(one.impulse_response, two.impulse_response, rtol=1e-9, atol=1e-12)
    fitted = ("fit-score", tmp_path / "a.csv", "--score", "gaussian", "--out", tmp_path / "a.safetensors")
    assert fluctua_command(*fitted).status == 2
    assert fluctua_command(*fitted, "--keep-outliers").status == 0


def test_what_was_understood_is_said_in_a_plain_line(frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path) -> None:
    """A table as archives write them: a calendar, a site code, an elevation and a flag beside the record."""
    days = pd.date_range("1990-01-01", periods=len(frame), freq="D")
    archived = pd.DataFrame({"site_code": "MLO", "year": days.year, "month": days.month, "day": days.day})
    archived = archived.assign(x=frame.x, y=frame.y, elevation=3397.0, qcflag="...")
    (tmp_path / "a.txt").write_text("# made by hand\n" + archived.to_csv(index=False, sep=";"))
    said = (
        "'a.txt' was read so: 1 comment line passed over; columns separated by semicolons; 'year', 'month', 'day' "
        "are read as the dates.\n"
        "of 'a.txt' site_code (text); elevation (constant); qcflag (without a value) are passed over.\n"
    )
    asked = ("--push", "x", "--max-lag", 5, "--score", "gaussian", "--out", tmp_path / "out")
    done = fluctua_command("respond", tmp_path / "a.txt", *asked)
    assert (done.status, done.errors) == (0, said)
    assert "read as the dates" in (tmp_path / "out" / "report.html").read_text()
    result = xr.load_dataset(tmp_path / "out" / "response.nc", engine="h5netcdf")
    assert (result.observable.values.tolist(), result.attrs["warnings"]) == (["x", "y"], "[]")
    fitted = ("fit-score", tmp_path / "a.txt", "--score", "gaussian", "--out")
    assert fluctua_command(*fitted, tmp_path / "a.safetensors").errors == said
    assert fluctua_command(*fitted, tmp_path / "b.safetensors", "--quiet").errors == ""


def test_every_verb_tells_what_it_noticed(caplog: pytest.LogCaptureFixture) -> None:
    data = xr.Dataset({"x": ("time", np.arange(60.0) % 7)}, {"time": ("time", np.arange(60.0), {"units": "kyr BP"})})
    with caplog.at_level("INFO", "fluctua"):
        to_record(data)
    assert "turned round" in caplog.text
