"""Ways of writing times that few files have, each with the even steps that it stands for."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fluctua.core import DataError
from fluctua.data import record_from_dataset
from fluctua.verbs import to_record

STEPS = 240
COUNT = range(STEPS)
VALUES = np.random.default_rng(0).standard_normal(STEPS)
DAYS = pd.date_range("1999-10-01", periods=STEPS)
WEEKS = pd.date_range("1999-10-01", periods=STEPS, freq="7D")


def decimal(days: pd.DatetimeIndex) -> np.ndarray:
    return np.asarray(days.year + (days.day_of_year - 0.5) / np.where(days.is_leap_year, 366, 365))


FORMS: dict[str, tuple[str, Any, float, str, str]] = {
    "quarters behind their number": (
        "Quarter",
        [f"{k % 4 + 1}Q{1900 + k // 4}" for k in COUNT],
        3,
        "months",
        "1900-04",
    ),
    "years over two": ("season", [f"{1900 + k}/{(k + 1) % 100:02d}" for k in range(STEPS)], 1, "years", "1901-01"),
    "days in decimal years": ("decyear", decimal(DAYS).round(4), 1, "days", "1999-10-02"),
    "weeks in decimal years": ("yr", decimal(WEEKS).round(4), 7, "days", "1999-10-08"),
    "pentads from January on": (
        "date",
        [pd.Timestamp(year, 1, 1) + pd.Timedelta(days=5 * k) for year in range(1998, 2002) for k in range(73)][:STEPS],
        5,
        "days",
        "1998-01-06",
    ),
}


@pytest.mark.parametrize("case", FORMS)
def test_rare_forms_are_times(case: str, tmp_path: Path) -> None:
    name, times, dt, units, second = FORMS[case]
    table = pd.DataFrame({name: times, "x": VALUES})
    table.to_csv(tmp_path / "a.csv", index=False)
    for record in (to_record(table), to_record(tmp_path / "a.csv")):
        assert (record.names, record.dt, record.time_units) == (("x",), dt, units)
        assert str(record.time_label(1)).startswith(second)


@pytest.mark.parametrize("form", ["{:02d}:{:02d}:{:02d}", "{}:{:02d}:{:02d}.000", "0 days {:02d}:{:02d}:{:02d}"])
@pytest.mark.parametrize(("first", "step"), [(0, 1), (80_000, 90), (0, 300)])
def test_clocks_without_dates_are_durations(form: str, first: int, step: int) -> None:
    seconds = (first + step * np.arange(STEPS)) % 86400
    times = [form.format(s // 3600, s // 60 % 60, s % 60) for s in seconds]
    record = to_record(pd.DataFrame({"time": times, "x": VALUES}))
    runs = to_record(pd.DataFrame({"run": np.arange(STEPS) // 120, "time": times[:120] * 2, "x": VALUES}))
    for each in (record, runs):
        assert (each.dt * {"seconds": 1, "minutes": 60}[each.time_units], each.dates) == (step, None)
    assert (record.values.shape, runs.values.shape) == ((1, STEPS, 1), (2, 120, 1))
    with pytest.raises(DataError, match=r"increase|decreases"):
        to_record(pd.DataFrame({"time": times[::-1], "x": VALUES}))


@pytest.mark.parametrize("of_year", [False, True])
def test_dekads_in_columns_are_dates(of_year: bool) -> None:
    count = np.arange(STEPS)
    month = {} if of_year else {"month": count % 36 // 3 + 1}
    table = pd.DataFrame(
        {"year": 1990 + count // 36, **month, "dekad": count % (36 if of_year else 3) + 1, "x": VALUES}
    )
    record = to_record(table)
    assert (record.names, record.dt, record.time_units) == (("x",), 1 / 3, "months")
    assert str(record.time_label(STEPS - 1)).startswith("1996-08-21")


@pytest.mark.parametrize("form", ["%Y%m%d", "%y%m%d"])
@pytest.mark.parametrize("name", ["date", "yymmdd"])
def test_a_file_for_each_month_has_dates(name: str, form: str, tmp_path: Path) -> None:
    table = pd.DataFrame({name: [int(day.strftime(form)) for day in DAYS], "x": VALUES})
    whole = table if name == "yymmdd" or form == "%Y%m%d" else table.head(92)  # 101 may be anything but a yymmdd
    for number, (_, part) in enumerate(whole.groupby(DAYS[: len(whole)].to_period("M"))):
        part.to_csv(tmp_path / f"{number:02d}.csv", index=False)
    record = to_record(str(tmp_path / "*.csv"))
    assert (record.dt, record.time_units, record.steps) == (1.0, "days", len(whole))
    assert record.notices[0].endswith(f"({len(list(tmp_path.glob('*.csv'))) - 1} others likewise.)")


def test_other_words_for_since_and_for_months_of_thirty_days() -> None:
    for units, calendar in (("days after 2000-01-01", "standard"), ("days since 2000-01-01", "thirty_day")):
        time = ("time", np.arange(float(STEPS)), {"units": units, "calendar": calendar})
        record = record_from_dataset(xr.Dataset({"x": ("time", VALUES)}, {"time": time}))
        assert record.dates is not None
        assert (record.dt, record.time_units) == (1.0, "days")


def test_a_month_above_twelve_is_no_date() -> None:
    times = [f"{1900 + k // 12}/{k % 12 + 1:02d}" for k in range(STEPS)]
    assert to_record(pd.DataFrame({"time": times, "x": VALUES})).time_units == "months"
    times[30] = "1902/17"
    with pytest.raises(DataError, match="The time of row 31 of the table is '1902/17'"):
        to_record(pd.DataFrame({"time": times, "x": VALUES}))


def test_numbers_that_ran_together_are_named(tmp_path: Path) -> None:
    rows = [f"{k:4d} {x:8.3f}{-90 - x:8.3f}" for k, x in enumerate(VALUES)]
    (tmp_path / "a.txt").write_text("\n".join(["time x y", *(row.replace(" -9", "-9") for row in rows)]))
    with pytest.raises(DataError, match=r"numbers without a blank between them.*pandas\.read_fwf"):
        to_record(tmp_path / "a.txt")
