"""Tables with the hours of a day, or the days of a month, side by side are refused; others as wide are not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluctua.core import DataError
from fluctua.data import read_record

DAYS, MONTHS = pd.date_range("2000-01-01", periods=80), pd.date_range("1950-01-01", periods=80, freq="MS")


def file(folder: Path, names: list[str], **first: object) -> Path:
    values = np.random.default_rng(0).standard_normal((80, len(names)))
    path = folder / "a.csv"
    pd.concat([pd.DataFrame(first), pd.DataFrame(values, columns=names)], axis=1).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("form", ["HE{1}", "H{0:02d}", "{0:02d}:00", "{1:02d}:00", "hour_{0}", "hr{1}", "{0}h"])
def test_hours_side_by_side_are_one_series(form: str, tmp_path: Path) -> None:
    names = [form.format(hour, hour + 1) for hour in range(24)]
    with pytest.raises(DataError, match=rf"days by hours.*\({names[0]} to {names[-1]}\).*'time' \(such as"):
        read_record(file(tmp_path, names, date=DAYS))


@pytest.mark.parametrize("form", ["{0}", "d{0}", "Day {0}"])
def test_days_side_by_side_are_one_series(form: str, tmp_path: Path) -> None:
    names = [form.format(day) for day in range(1, 32)]
    with pytest.raises(DataError, match="months by days"):
        read_record(file(tmp_path, names, year=MONTHS.year, month=MONTHS.month))


@pytest.mark.parametrize(
    ("form", "count", "time"),
    [
        ("H{0}", 24, MONTHS),
        ("{0}", 24, DAYS),
        ("{0}", 31, np.arange(80)),
        ("x{0}", 24, DAYS),
        ("HE{0}", 12, DAYS),
        ("station {0}", 31, MONTHS),
        ("cell{0:02d}", 24, DAYS),
    ],
)
def test_as_many_variables_that_are_no_hours_are_read(form: str, count: int, time: np.ndarray, tmp_path: Path) -> None:
    names = [form.format(number) for number in range(1, count + 1)]
    assert read_record(file(tmp_path, names, time=time)).dimension == count
