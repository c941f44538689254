"""What a message advises is done: the command that it names runs, or is refused for another true reason."""

from pathlib import Path
from typing import Any

import pandas as pd

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
    fitted = ("fit-score", tmp_path / "a.csv", "--score", "gaussian", "--out", tmp_path / "a.safetensors")
    assert fluctua_command(*fitted).status == 2
    assert fluctua_command(*fitted, "--keep-outliers").status == 0
