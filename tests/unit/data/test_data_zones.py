"""Stamps of programs and zones behind clocks: of two zones the hour that comes twice in autumn is told apart."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fluctua.core import DataError
from fluctua.data import Record, read_record

HOURS = pd.date_range("1990-01-01", periods=900, freq="h")


def read(folder: Path, times: Any, name: str = "time", **options: Any) -> Record:
    values = np.random.default_rng(0).standard_normal(len(times))
    pd.DataFrame({name: times, "x": values}).to_csv(folder / "a.csv", index=False)
    return read_record(folder / "a.csv", **options)


def check(record: Record, dates: pd.DatetimeIndex) -> None:
    assert (record.names, record.dt, record.time_units) == (("x",), 1.0, "hours")
    np.testing.assert_array_equal(np.asarray(record.dates, "datetime64[s]"), dates.to_numpy().astype("datetime64[s]"))


@pytest.mark.parametrize(
    "form",
    [
        "%c",  # as C writes it
        "%a %b %d %H:%M:%S %Y",
        "%a %b %e %H:%M:%S UTC %Y",  # as the shell does
        "%a, %d %b %Y %H:%M:%S +0000",  # as letters have it
        "%a, %d %b %Y %H:%M:%S GMT",
        "%Y-%m-%d %H:%M:%S UTC",
        "%Y/%m/%d %H:%M GMT",
        "%d.%m.%Y %H:%M UTC",
        "%d-%b-%Y %H:%MZ",
        "%H:%M %d/%m/%Y",
        "%d-%b-%Y %H.%M.%S",
        "%d/%m/%Y %H.%M",
        "%Y-%m-%d %I:%M %p UTC",
    ],
)
@pytest.mark.parametrize("name", ["time", "date"])
def test_stamps_in_other_orders(form: str, name: str, tmp_path: Path) -> None:
    check(read(tmp_path, HOURS.strftime(form), name), HOURS)


FORMS = ("%Y-%m-%d %H:%M %Z", "%d.%m.%Y %H:%M %Z", "%d-%b-%Y %H:%M %Z", "%d-%b-%y %H:%M %Z", "%a %b %d %H:%M:%S %Z %Y")


@pytest.mark.parametrize("form", [*FORMS, "%d-%b-%Y %H:%M %z", "%d.%m.%Y %H:%M %z"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Europe/London", "Pacific/Auckland"])
def test_summer_time_is_told_apart(form: str, zone: str, tmp_path: Path) -> None:
    months = {"Pacific/Auckland": ("2018-03-10", "2018-09-10")}.get(zone, ("2018-10-10", "2019-03-05"))
    for first in months:  # an hour twice in autumn, and one that is left out in spring
        local = pd.date_range(first, periods=24 * 40, freq="h", tz=zone)
        check(read(tmp_path, local.strftime(form)), local.tz_convert(None))


def test_what_was_done_is_said(tmp_path: Path) -> None:
    local = pd.date_range("2018-10-10", periods=960, freq="h", tz="Europe/Berlin")
    assert "times with CEST, CET are read in UTC" in read(tmp_path, local.strftime(FORMS[0])).notices[0]


@pytest.mark.parametrize("form", FORMS)
def test_times_of_one_zone_stay_as_they_are(form: str, tmp_path: Path) -> None:
    local = pd.date_range("2019-06-10", periods=960, freq="h", tz="Europe/Berlin")
    check(read(tmp_path, local.strftime(form)), local.tz_localize(None))


@pytest.mark.parametrize("form", [FORMS[0], "%d.%m.%Y %H:%M %Z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M%z"])
def test_local_days_stay_days(form: str, tmp_path: Path) -> None:
    days = pd.date_range("2018-01-01", periods=700, tz="Europe/Berlin")
    record = read(tmp_path, days.strftime(form))
    assert (record.dt, record.time_units) == (1.0, "days")


def test_a_zone_that_is_not_known(tmp_path: Path) -> None:
    local = pd.date_range("2018-10-10", periods=960, freq="h", tz="Europe/Berlin")
    with pytest.raises(DataError, match=r"the zone 'XXST' .*; .*\. Write offsets") as told:
        read(tmp_path, local.strftime(FORMS[0]).str.replace("CE", "XX"))
    assert "--steps" in str(told.value)
    check(read(tmp_path, local.strftime("%Y-%m-%dT%H:%M%z")), local.tz_convert(None))
    assert read(tmp_path, local.strftime(FORMS[0]).str.replace("CE", "XX"), steps=True).steps == 960


def test_a_row_with_another_zone_or_none(tmp_path: Path) -> None:
    texts = HOURS.strftime("%Y-%m-%d %H:%M CET").tolist()
    texts[40] = "nothing"
    with pytest.raises(DataError, match=r"row 41 .* 'nothing'"):
        read(tmp_path, texts)
