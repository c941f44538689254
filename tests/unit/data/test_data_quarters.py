"""Quarters written as the year and a number: 1959:1 to 1959:4, which are no months."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluctua.data import read_record


def file(folder: Path, form: str, parts: int, rows: int = 80) -> Path:
    path = folder / "a.csv"
    times = [form.format(1959 + row // parts, row % parts + 1) for row in range(rows)]
    pd.DataFrame({"time": times, "x": np.random.default_rng(0).standard_normal(rows)}).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("form", ["{0}:{1}", "{0}/{1}", "{0}Q{1}", "{0}-Q{1}"])
def test_quarters_are_three_months_apart(form: str, tmp_path: Path) -> None:
    record = read_record(file(tmp_path, form, 4))
    assert (record.dt, record.time_units) == (3, "months")
    assert any("read as quarters" in notice for notice in record.notices) == ("Q" not in form)


@pytest.mark.parametrize("form", ["{0}:{1}", "{0}/{1}", "{0}:{1:02d}", "{0}M{1}", "{0}-{1:02d}"])
def test_months_are_months(form: str, tmp_path: Path) -> None:
    record = read_record(file(tmp_path, form, 12))
    assert (record.dt, record.time_units) == (1, "months")
