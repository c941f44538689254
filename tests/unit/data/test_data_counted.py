"""Weeks of years, and times that are counted from a day that only their name tells."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fluctua.core import DataError, OptionError
from fluctua.data import Record, read_record, record_from_dataset, remove_seasonal_cycle

STEPS = 1000
VALUES = np.random.default_rng(0).standard_normal((STEPS, 2))
MONDAYS = pd.date_range("2009-01-05", periods=STEPS, freq="7D")
ISO = MONDAYS.isocalendar()


def read(folder: Path, **columns: Any) -> Record:
    pd.DataFrame({**columns, "x": VALUES[:, 0], "y": VALUES[:, 1]}).to_csv(folder / "a.csv", index=False)
    return read_record(folder / "a.csv")


def dates(record: Record) -> np.ndarray:
    return np.asarray(record.dates, "datetime64[s]")


def epidemiological(first: str) -> tuple[np.ndarray, np.ndarray, pd.DatetimeIndex]:
    """Years, weeks and first days of weeks from Sunday, of which the first of a year holds its fourth of January."""
    sundays = pd.date_range(first, periods=STEPS, freq="7D")
    years = (sundays + pd.Timedelta(days=3)).year.to_numpy()
    fourth = pd.to_datetime([f"{year}-01-04" for year in years])
    start = fourth.to_numpy() - ((fourth.day_of_week.to_numpy() + 1) % 7).astype("timedelta64[D]")
    return years, (sundays.to_numpy() - start) // np.timedelta64(7, "D") + 1, sundays


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("time", "{}-W{:02d}"),
        ("week", "{}W{:02d}"),
        ("date", "{}-W{:02d}-1"),
        ("week", "{}-{:02d}"),
        ("yearweek", "{}{:02d}"),
    ],
)
def test_weeks_in_one_column(name: str, form: str, tmp_path: Path) -> None:
    record = read(tmp_path, **{name: [form.format(y, w) for y, w in zip(ISO.year, ISO.week, strict=True)]})
    assert (record.names, record.dt, record.time_units) == (("x", "y"), 7.0, "days")
    np.testing.assert_array_equal(dates(record), MONDAYS.to_numpy().astype("datetime64[s]"))
    assert "ISO weeks" in record.notices[0]


@pytest.mark.parametrize("names", [("year", "week"), ("Year", "ISO week"), ("isoyear", "week_of_year")])
def test_weeks_beside_years(names: tuple[str, str], tmp_path: Path) -> None:
    record = read(tmp_path, **dict(zip(names, (ISO.year.to_numpy(), ISO.week.to_numpy()), strict=True)))
    np.testing.assert_array_equal(dates(record), MONDAYS.to_numpy().astype("datetime64[s]"))
    assert set(ISO.week) >= {53}


@pytest.mark.parametrize("name", ["epiweek", "week"])
def test_epidemiological_weeks_are_told_by_the_years_that_have_53(name: str, tmp_path: Path) -> None:
    years, weeks, sundays = epidemiological("2009-01-04")
    record = read(tmp_path, year=years, **{name: weeks})
    np.testing.assert_array_equal(dates(record), sundays.to_numpy().astype("datetime64[s]"))
    record = read(tmp_path, **{name: 100 * years + weeks})
    np.testing.assert_array_equal(dates(record), sundays.to_numpy().astype("datetime64[s]"))
    assert "epidemiological weeks" in record.notices[0]


def test_a_week_that_is_none_is_refused_by_its_row(tmp_path: Path) -> None:
    weeks = ISO.week.to_numpy().copy()
    weeks[51 + 53 - 1] = 53  # of 2010, which has 52 in both ways to count
    with pytest.raises(DataError, match=r"Row 104 of 'a\.csv' has year 2010, week 53, .* 52 weeks.*--steps"):
        read(tmp_path, year=ISO.year.to_numpy(), week=weeks)
    with pytest.raises(DataError, match=r"(?i)row 104 .* '201053'.*2010 has 52 weeks.*--steps"):
        read(tmp_path, yearweek=100 * ISO.year.to_numpy() + weeks)
    assert read_record(tmp_path / "a.csv", steps=True).names == ("x", "y")


@pytest.mark.parametrize("name", ["time", "date"])
def test_years_with_weeks_of_another_name_are_asked_for(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"numbers such as 200902, up to 53 in a year; .*--rename time=yearweek"):
        read(tmp_path, **{name: 100 * ISO.year.to_numpy() + ISO.week.to_numpy()})
    assert read_record(tmp_path / "a.csv", rename=f"{name}=yearweek").dt == 7.0
    assert read_record(tmp_path / "a.csv", steps=True).time_units == "steps"


def test_days_of_one_week_are_asked_for(tmp_path: Path) -> None:
    days = pd.date_range("2009-01-05", periods=STEPS).isocalendar()
    with pytest.raises(DataError, match=r"7 rows of the week .*column 'time' \(of dates\)"):
        read(tmp_path, year=days.year.to_numpy(), week=days.week.to_numpy())


HOURS = pd.date_range("2019-12-28", periods=STEPS, freq="h")
MONTHS = pd.date_range("1950-01-01", periods=STEPS // 2, freq="MS")
SECONDS = (HOURS.to_numpy() - np.datetime64("1970-01-01")) / np.timedelta64(1, "s")
COUNTED = {
    "seconds": (SECONDS, "time timestamp epoch unix date ts unix_time epoch_s timestamp_utc"),
    "whole seconds": (SECONDS.astype(np.int64), "time Timestamp"),
    "milliseconds": (1000 * SECONDS.astype(np.int64), "time timestamp epoch_ms open_time"),
    "nanoseconds": (1_000_000_000 * SECONDS.astype(np.int64), "time timestamp_ns"),
    "Julian days": (SECONDS / 86400 + 2440587.5, "jd JD julian_day time date"),
    "modified Julian days": (SECONDS / 86400 + 40587, "mjd MJD modified_julian_date time[MJD]"),
    "days of a spreadsheet": (SECONDS / 86400 + 25569, "date Date datetime serial excel_date"),
    "days of Matlab": (SECONDS / 86400 + 719529, "datenum"),
}


@pytest.mark.parametrize(
    ("case", "name"), [(case, name) for case, (_, names) in COUNTED.items() for name in names.split()]
)
def test_times_counted_from_a_known_day_are_dates(case: str, name: str, tmp_path: Path) -> None:
    record = read(tmp_path, **{name: COUNTED[case][0]})
    assert (record.names, record.dt, record.time_units) == (("x", "y"), 1.0, "hours")
    np.testing.assert_array_equal(dates(record), HOURS.to_numpy().astype("datetime64[s]"))
    assert case.removeprefix("whole ") in record.notices[0]


@pytest.mark.parametrize(
    ("name", "start", "step"),
    [
        ("time", 0, 0.1),
        ("time", 58849, 1),
        ("time", 43831, 1),
        ("time", 737791, 1),
        ("time", 2450000, 10),
        ("time", 0, 1e5),
    ],
)
def test_other_times_stay_numbers(name: str, start: float, step: float, tmp_path: Path) -> None:
    record = read(tmp_path, **{name: start + step * np.arange(STEPS)})
    assert (record.dt, record.time_units, record.dates, record.notices) == (step, "time units", None, ())


@pytest.mark.parametrize("name", ["ts", "epoch", "serial", "jd", "week", "timestamp"])
def test_a_name_alone_makes_no_time(name: str, tmp_path: Path) -> None:
    assert read(tmp_path, **{name: 280 + VALUES[:, 0] ** 3}).names[0] == name


def test_months_of_unix_are_months(tmp_path: Path) -> None:
    seconds = (MONTHS.to_numpy() - np.datetime64("1970-01-01")) / np.timedelta64(1, "s")
    table = pd.DataFrame({"timestamp": seconds, "x": VALUES[: STEPS // 2, 0]})
    table.to_csv(tmp_path / "a.csv", index=False)
    assert read_record(tmp_path / "a.csv").time_units == "months"


def over(times: Any, dim: str = "time", **attrs: str) -> Record:
    values = VALUES[np.arange(len(times)) % STEPS]
    data = xr.Dataset({"x": (dim, values[:, 0]), "y": (dim, values[:, 1])}, {dim: (dim, times, attrs)})
    return record_from_dataset(data)


@pytest.mark.parametrize(
    ("times", "dim", "units"),
    [
        (SECONDS, "time", ""),
        (SECONDS, "epoch", ""),
        (SECONDS, "time", "seconds since epoch"),
        (SECONDS, "time", "unix time"),
        (SECONDS / 86400 + 40587, "time", "MJD"),
        (SECONDS / 86400 + 40587, "mjd", ""),
        (SECONDS / 86400 + 2440587.5, "time", "Julian days"),
    ],
)
def test_coordinates_say_by_name_or_unit_what_they_count(times: np.ndarray, dim: str, units: str) -> None:
    record = over(times, dim, **({"units": units} if units else {}))
    np.testing.assert_array_equal(dates(record), HOURS.to_numpy().astype("datetime64[s]"))
    assert len(record.notices) == 1


NUMBERS = np.arange(1200)
LENGTHS = (np.arange("1900", "2000", dtype="datetime64[M]").astype("datetime64[D]") - np.datetime64("1900")).astype(int)


@pytest.mark.parametrize(
    ("times", "units"),
    [
        (NUMBERS / 12, "years since 1900-01-01"),
        (np.round(NUMBERS / 12, 2), "years since 1900-01-01"),
        (((NUMBERS + 0.5) / 12).astype(np.float32), "years since 1900-01-01 00:00:00"),
        (LENGTHS / 365.2425, "Years since 1900"),
        (NUMBERS / 12, "common_years since 1900-1-1"),
        (NUMBERS, "months since 1900-01-01"),
        (NUMBERS + 0.5, "month since 1900-01-15"),
        (NUMBERS + 0.5, "months since 1900"),
    ],
)
def test_months_and_years_since_a_date_are_those_of_the_calendar(times: np.ndarray, units: str) -> None:
    record = over(times, units=units)
    assert (record.dt, record.time_units) == (1.0, "months")
    assert [record.time_label(step) for step in (0, 1, 13)] == ["1900-01-01", "1900-02-01", "1901-02-01"]
    assert "seasonal cycle removed" in remove_seasonal_cycle(record, "month").history[0]


def test_weeks_and_whole_years_since_a_date() -> None:
    weeks = over(NUMBERS, units="weeks since 1900-01-01")
    assert (weeks.dt, weeks.time_units, weeks.time_label(1)) == (7.0, "days", "1900-01-08")
    years = over(NUMBERS, units="years since 0900-01-01")
    assert (years.dt, years.time_units, years.time_label(1)) == (1.0, "years", "0901-01-01")


@pytest.mark.parametrize(
    ("units", "period"), [("months", "12"), ("years", "1"), ("days", "365.2425"), ("hours", "8765.82")]
)
def test_without_dates_the_period_of_the_year_is_told(units: str, period: str) -> None:
    record = over(NUMBERS * 0.1, units=units)
    with pytest.raises((DataError, OptionError), match=rf"in {units} instead of --anomaly, with --cycle {period}\.?$"):
        remove_seasonal_cycle(record, "month")
