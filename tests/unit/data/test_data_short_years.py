"""Years of two digits, in every order with days and months that one reading alone makes even dates."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fluctua.core import DataError
from fluctua.data import Record, read_record

DAYS = pd.date_range("1985-01-01", periods=900)
MONTHS = pd.date_range("1950-01-01", periods=120, freq="MS")


def read(folder: Path, times: Any, name: str = "time", **options: Any) -> Record:
    values = np.random.default_rng(0).standard_normal(len(times))
    pd.DataFrame({name: times, "x": values}).to_csv(folder / "a.csv", index=False)
    return read_record(folder / "a.csv", **options)


def check(record: Record, dates: pd.DatetimeIndex, unit: str) -> None:
    assert (record.names, record.dt, record.time_units) == (("x",), 1.0, unit)
    np.testing.assert_array_equal(np.asarray(record.dates, "datetime64[s]"), dates.to_numpy().astype("datetime64[s]"))


WITH_DAYS = ("%d-%b-%y", "%d %b %y", "%d%b%y", "%b %d, %y", "%y-%b-%d", "%y-%m-%d", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y")


@pytest.mark.parametrize("form", WITH_DAYS)
@pytest.mark.parametrize("name", ["time", "date"])
def test_days_with_years_of_two_digits(form: str, name: str, tmp_path: Path) -> None:
    for case in (str, str.upper, str.lower):
        record = read(tmp_path, [case(text) for text in DAYS.strftime(form)], name)
        check(record, DAYS, "days")
        assert "years of two digits as 1985 to 1987" in record.notices[0]


@pytest.mark.parametrize("form", [*WITH_DAYS, "%b-%y", "%y-%b", "%b '%y", "%m/%y", "%y-%m"])
def test_months_with_years_of_two_digits(form: str, tmp_path: Path) -> None:
    check(read(tmp_path, MONTHS.strftime(form)), MONTHS, "months")


@pytest.mark.parametrize("form", ["%d-%b-%y %H:%M", "%m/%d/%y %H:%M:%S", "%d.%m.%y %H:%M", "%m/%d/%y %I:%M %p"])
def test_hours_with_years_of_two_digits(form: str, tmp_path: Path) -> None:
    hours = pd.date_range("1985-01-01", periods=900, freq="h")
    check(read(tmp_path, hours.strftime(form)), hours, "hours")


def test_a_clock_beside_days_with_years_of_two_digits(tmp_path: Path) -> None:
    hours = pd.date_range("1985-01-01", periods=900, freq="h")
    table = pd.DataFrame({"date": hours.strftime("%m/%d/%y"), "hour": hours.hour, "x": np.arange(900) % 7.3})
    table.to_csv(tmp_path / "a.csv", index=False)
    check(read_record(tmp_path / "a.csv"), hours, "hours")


@pytest.mark.parametrize("name", ["time", "date"])
def test_numbers_of_year_month_and_day(name: str, tmp_path: Path) -> None:
    for first in ("1985-01-01", "1999-06-01", "2001-01-01"):  # the last ones begin as 10101
        days = pd.date_range(first, periods=900)
        check(read(tmp_path, days.strftime("%y%m%d"), name), days, "days")


def test_the_century_goes_on_after_99(tmp_path: Path) -> None:
    for form in ("%d-%b-%y", "%y-%m-%d"):
        days = pd.date_range("1998-03-01", periods=1200)  # with 29 February 2000
        check(read(tmp_path, days.strftime(form)), days, "days")
    long = pd.date_range("1850-01-01", "2019-12-01", freq="MS")
    check(read(tmp_path, long.strftime("%b-%y")), long, "months")


def test_an_order_that_is_left_open_is_refused(tmp_path: Path) -> None:
    years = [f"01-Jan-{year}" for year in range(10, 30)]  # or days of January 2001
    with pytest.raises(DataError, match="read with the day before month or the year first"):
        read(tmp_path, years)
    read(tmp_path, [f"20{text[-2:]}-01-01" for text in years])


def test_days_without_years_are_no_years(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Write years of four digits beside the days") as told:
        read(tmp_path, DAYS.strftime("%b-%d"))
    assert "--steps" in str(told.value)
    assert read(tmp_path, DAYS.strftime("%b-%d"), steps=True).steps == len(DAYS)


def test_a_row_that_is_no_date_is_named(tmp_path: Path) -> None:
    texts = DAYS.strftime("%d-%b-%y").tolist()
    texts[70] = "99-Xyz-85"
    with pytest.raises(DataError, match=r"row 71 .* '99-Xyz-85'"):
        read(tmp_path, texts)


def test_gaps_stay_gaps(tmp_path: Path) -> None:
    kept = DAYS[(DAYS < "1986-03-05") | (DAYS > "1986-03-09")]
    for form in ("%d-%b-%y", "%y%m%d"):
        assert read(tmp_path, kept.strftime(form), gaps="split").borders == (428,)


def test_numbers_in_even_steps_are_no_dates(tmp_path: Path) -> None:
    record = read(tmp_path, 10101 + 10000 * np.arange(40))
    assert (record.dates, record.dt) == (None, 10000.0)
