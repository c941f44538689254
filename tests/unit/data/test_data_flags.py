"""Flags of quality beside a record are passed over with a notice, unless they are named or no flags."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluctua.data import read_record

DRAWN = np.random.default_rng(0)
VALUES, FLAGS = DRAWN.standard_normal(200), (DRAWN.random(200) < 0.1).astype(int)


def file(folder: Path, **columns: np.ndarray) -> Path:
    path = folder / "a.csv"
    pd.DataFrame({"time": np.arange(200), "x": VALUES, **columns}).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    "name", ["qc", "flag", "x_qc", "x_flag", "quality", "QC_x", "qcflag", "x_quality_flag", "Flags"]
)
def test_flags_are_no_states(name: str, tmp_path: Path) -> None:
    path = file(tmp_path, **{name: FLAGS})
    record = read_record(path)
    assert record.names == ("x",)
    assert f"{name} (quality flag)" in record.notices[-1]
    assert f"--variable {name}" in record.notices[-1]
    assert read_record(path, variable=["x", name]).names == ("x", name)


def test_what_is_called_so_and_measured_is_a_state(tmp_path: Path) -> None:
    assert read_record(file(tmp_path, quality=VALUES[::-1].copy())).names == ("x", "quality")


@pytest.mark.parametrize("name", ["on", "rain", "flagship", "flux", "q", "aqcd"])
def test_other_names_are_states_as_before(name: str, tmp_path: Path) -> None:
    assert read_record(file(tmp_path, **{name: FLAGS})).names == ("x", name)
