"""Counts of rows with holes, whatever they are called: refused, and right once the advice is followed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluctua.core import DataError
from fluctua.data import read_record

HOLE = np.r_[1:100, 104:305]


def table(folder: Path, name: str, count: np.ndarray) -> Path:
    values = np.random.default_rng(0).standard_normal((len(count), 2))
    path = folder / "a.csv"
    pd.DataFrame({name: count, "x": values[:, 0], "y": values[:, 1]}).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("name", ["obs_id", "day", "index", "sample_no"])
def test_a_hole_is_not_bridged(name: str, tmp_path: Path) -> None:
    path = table(tmp_path, name, HOLE)
    with pytest.raises(
        DataError, match=rf"'{name}' .*from 99 to 104: .*--rename {name}=time --gaps split.*--drop {name}"
    ):
        read_record(path)
    assert read_record(path, rename=f"{name}=time", gaps="split").borders == (99,)
    assert read_record(path, drop=name).names == ("x", "y")


@pytest.mark.parametrize("count", [np.sort(np.random.default_rng(1).choice(9000, 300, replace=False)), 10 * HOLE])
def test_numbers_that_do_not_count_rows_have_no_holes(count: np.ndarray, tmp_path: Path) -> None:
    assert read_record(table(tmp_path, "code", count)).names == ("x", "y")
