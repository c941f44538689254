"""Clocks beside days, in whatever way they are written: one hour after another, or refused by their row."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fluctua.core import DataError
from fluctua.data import Record, dataset_from_table, read_record, record_from_dataset

STEPS = 240
VALUES = np.random.default_rng(0).standard_normal((STEPS, 2))
TIMES = pd.date_range("2019-12-28", periods=STEPS, freq="h")
HOURS = TIMES.hour.to_numpy()
DAYS = TIMES.strftime("%Y-%m-%d").to_numpy()
ENDING = np.where(HOURS == 0, 24, HOURS)
EVES = np.where(HOURS == 0, (TIMES - pd.Timedelta(days=1)).strftime("%Y-%m-%d"), DAYS)
"""The days of hours from 1 to 24: what is 0:00 on one day is 24:00 on the day before."""

CLOCKS: dict[str, tuple[Any, Any]] = {
    "hours from 0": (DAYS, HOURS),
    "hours from 1": (EVES, ENDING),
    "HHMM": (DAYS, 100 * HOURS),
    "HHMM from 1": (EVES, 100 * ENDING),
    "HHMM with zeros": (DAYS, [f"{100 * hour:04d}" for hour in HOURS]),
    "HH:MM": (DAYS, TIMES.strftime("%H:%M")),
    "H:MM:SS": (DAYS, [f"{hour}:00:00" for hour in HOURS]),
    "24:00": (EVES, [f"{hour:02d}:00" for hour in ENDING]),
    "twelve hours": (DAYS, TIMES.strftime("%I:%M %p")),
    "twelve hours, short": (DAYS, TIMES.strftime("%I %p").str.lstrip("0").str.lower()),
    "intervals": (DAYS, [f"{hour:02d}:00 - {hour + 1:02d}:00" for hour in HOURS]),
    "parts of a day": (DAYS, np.round(HOURS / 24, 6)),
    "month first": (TIMES.strftime("%m/%d/%Y"), HOURS),
    "whole numbers as days": (TIMES.strftime("%Y%m%d"), HOURS),
    "days of a spreadsheet": (np.floor(TIMES.to_julian_date() - 2415018.5).astype(int), HOURS),
}


def read(folder: Path, **columns: Any) -> Record:
    pd.DataFrame({**columns, "x": VALUES[:, 0], "y": VALUES[:, 1]}).to_csv(folder / "a.csv", index=False)
    return read_record(folder / "a.csv")


def check(record: Record) -> None:
    assert (record.names, record.dt, record.time_units) == (("x", "y"), 1.0, "hours")
    np.testing.assert_array_equal(np.asarray(record.dates, "datetime64[s]"), TIMES.to_numpy().astype("datetime64[s]"))
    np.testing.assert_array_equal(record.values[0], VALUES)


@pytest.mark.parametrize("name", ["time", "hour", "clock", "Hour (UTC)", "HE"])
@pytest.mark.parametrize("case", CLOCKS)
def test_clocks_beside_days_make_dates(case: str, name: str, tmp_path: Path) -> None:
    days, clock = CLOCKS[case]
    record = read(tmp_path, Date=days, **{name: clock})
    check(record)
    assert "the time is 'Date' with the clock beside it" in record.notices[0]
    assert ("hour 24 is the midnight after" in record.notices[0]) == (days is EVES)


@pytest.mark.parametrize("case", ["hours from 0", "hours from 1", "HHMM", "24:00", "twelve hours"])
def test_clocks_beside_a_calendar_make_dates(case: str, tmp_path: Path) -> None:
    days, clock = CLOCKS[case]
    dates = pd.to_datetime(days)
    check(read(tmp_path, year=dates.year, month=dates.month, day=dates.day, hour=clock))


def test_minutes_beside_hours(tmp_path: Path) -> None:
    half = pd.date_range("2019-12-28", periods=STEPS, freq="30min")
    record = read(tmp_path, date=half.strftime("%Y-%m-%d"), hour=half.hour, minute=half.minute)
    assert (record.dt, record.time_units, record.names) == (30.0, "minutes", ("x", "y"))


@pytest.mark.parametrize(
    "form", ["%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %I:%M%p", "%Y%m%d%H", "%Y%m%d%H%M"]
)
@pytest.mark.parametrize("name", ["time", "date"])
def test_clocks_in_the_column_of_dates(form: str, name: str, tmp_path: Path) -> None:
    check(read(tmp_path, **{name: TIMES.strftime(form)}))


@pytest.mark.parametrize("form", ["{2}-{0}-{1} 24:00", "{0}/{1}/{2} 24:00:00"])
def test_the_hour_24_of_a_date_is_the_midnight_after(form: str, tmp_path: Path) -> None:
    midnights = [form.format(day[5:7], day[8:], day[:4]) for day in EVES]
    texts = [text.replace("24:00", f"{hour:02d}:00") for text, hour in zip(midnights, ENDING, strict=True)]
    check(read(tmp_path, time=texts))


@pytest.mark.parametrize(
    ("cell", "said"), [(25, "holds 25 in row 26"), (np.nan, "holds nothing in row 26"), (-1, "holds")]
)
def test_a_clock_that_is_none_is_refused_by_its_row(cell: Any, said: str, tmp_path: Path) -> None:
    hours = HOURS.astype(float)
    hours[25] = cell
    with pytest.raises(DataError, match=rf"column 'hour' of 'a\.csv' beside the days in 'date' {said}|'hour'") as found:
        read(tmp_path, date=DAYS, hour=hours)
    assert "--drop hour --steps" in found.value.remedy
    assert read_record(tmp_path / "a.csv", drop="hour", steps=True).time_units == "steps"


@pytest.mark.parametrize("first", [0, 5, 12, 17])
@pytest.mark.parametrize("case", ["columns", "beside days", "in dates", "from 0", "half hours"])
def test_a_clock_of_twelve_hours_is_not_to_be_sorted(case: str, first: int, tmp_path: Path) -> None:
    times = TIMES[first:] if case != "half hours" else pd.date_range(TIMES[first], periods=STEPS, freq="30min")
    hours = times.hour.to_numpy() % 12
    hours = hours if case == "from 0" else np.where(hours == 0, 12, hours)
    written = [f"{hour}:{minute:02d}" for hour, minute in zip(hours, times.minute, strict=True)]
    days = times.strftime("%Y-%m-%d")
    columns: dict[str, Any] = {"time": [f"{day} {clock:>05}" for day, clock in zip(days, written, strict=True)]}
    if case == "columns":
        columns = {"year": times.year, "month": times.month, "day": times.day, "hour": hours}
    elif case == "beside days":
        columns = {"date": days, "time": written}
    table = pd.DataFrame({**columns, "x": VALUES[: len(times), 0]})
    table.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(DataError, match=r"clock of twelve hours without AM and PM.*do not sort them"):
        read_record(tmp_path / "a.csv")
    np.testing.assert_array_equal(read_record(tmp_path / "a.csv", steps=True).values[0, :, -1], table.x)


def test_rows_in_disorder_are_no_clock_of_twelve_hours(tmp_path: Path) -> None:
    order = np.random.default_rng(0).permutation(STEPS)
    with pytest.raises(DataError, match=r"Sort the record"):
        read(tmp_path, time=TIMES[order])


def test_days_that_have_clocks_and_days_that_come_once_need_none(tmp_path: Path) -> None:
    check(read(tmp_path, date=TIMES.strftime("%Y-%m-%d %H:%M"), hour=HOURS))
    days = pd.date_range("2001-01-01", periods=STEPS).strftime("%Y-%m-%d")
    assert read(tmp_path, date=days, hour=12).time_units == "days"


def test_columns_called_by_their_form(tmp_path: Path) -> None:
    check(read(tmp_path, yyyymmdd=TIMES.strftime("%Y%m%d"), hhmmss=TIMES.strftime("%H%M%S")))


def test_a_table_in_memory() -> None:
    table = pd.DataFrame({"date": TIMES.normalize(), "hour": HOURS, "x": VALUES[:, 0], "y": VALUES[:, 1]})
    check(record_from_dataset(dataset_from_table(table)))


def test_a_clock_alone_is_no_state(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'at' .* times of day: '00:00' in row 1 .*column 'date'.*--drop at"):
        read(tmp_path, at=TIMES.strftime("%H:%M"))


def test_what_is_asked_for_by_its_name_is_a_state(tmp_path: Path) -> None:
    heart = 60 + np.arange(STEPS) % 7.0
    table = pd.DataFrame({"time": np.arange(STEPS), "HR": HOURS, "month": 1 + np.arange(STEPS) % 12, "x": heart})
    table.to_csv(tmp_path / "a.csv", index=False)
    assert read_record(tmp_path / "a.csv").names == ("x",)
    for names in (["x", "HR"], ["month", "x"]):
        assert read_record(tmp_path / "a.csv", variable=names).names == tuple(names)
    dated = pd.DataFrame({"year": 1990 + np.arange(STEPS) // 12, "month": 1 + np.arange(STEPS) % 12, "x": heart})
    dated.to_csv(tmp_path / "a.csv", index=False)
    record = read_record(tmp_path / "a.csv", variable=["x", "month"])
    assert (record.names, record.time_units) == (("x", "month"), "months")
