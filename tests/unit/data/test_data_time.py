"""The axis of time: what is even, what is refused and where."""

from typing import Any

import cftime
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from fluctua.core import DataError
from fluctua.data import even_dates, even_numbers, record_from_dataset


@given(
    dt=st.decimals("0.001", "1000", places=3).map(float).filter(lambda dt: dt > 0),
    start=st.integers(-1000, 1000),
    count=st.integers(3, 3000),
)
def test_a_decimal_step_comes_back_exactly(dt: float, start: int, count: int) -> None:
    assert even_numbers(start + dt * np.arange(count), "days", "the record").dt == dt


@given(dt=st.floats(0.03, 50.0), count=st.integers(50, 2000))
def test_times_written_with_three_decimals_are_even(dt: float, count: int) -> None:
    times = np.round(dt * np.arange(count), 3)
    assert even_numbers(times, "days", "the record").dt == pytest.approx(dt, abs=1.001e-3 / (count - 1))


@pytest.mark.parametrize(("rate", "places"), [(256, 3), (60, 2), (2 / 3, 0)])
def test_times_rounded_to_a_good_part_of_the_step_are_even_and_miss_no_row(rate: float, places: int) -> None:
    times = (np.arange(3000) / rate).round(places)
    assert even_numbers(times, "s", "the record").dt == pytest.approx(1 / rate, rel=1e-3)
    with pytest.raises(DataError, match="uneven"):
        even_numbers(np.delete(times, 1234), "s", "the record")


def test_single_precision_times_are_even() -> None:
    times = (0.01 * np.arange(100_000)).astype(np.float32)
    assert np.abs(np.diff(times.astype(float)) - 0.01).max() > 1e-3 * 0.01
    assert even_numbers(times, "days", "the record").dt == pytest.approx(0.01, rel=1e-6)


@pytest.mark.parametrize("jitter", [0.02, 0.1, 1.0])
def test_a_moved_time_is_refused_with_its_place(jitter: float) -> None:
    times = np.arange(100.0)
    times[40:] += jitter
    pattern = rf"uneven in 'a\.csv': from step 40 \(39\) to step 41 \({40 + jitter:g}\).* by {1 + jitter:g}, "
    with pytest.raises(DataError, match=pattern + r".* step is 1; equal .* needed\. (Let the gap part|Interpolate)"):
        even_numbers(times, "days", "'a.csv'")


def test_one_missing_row_in_a_million_is_found() -> None:
    times = np.delete(np.arange(1_000_000) * 0.5, 777_777)
    with pytest.raises(DataError, match=r"from step 777777 \(388888\) to step 777778 \(388889\)"):
        even_numbers(times, "days", "the record")


@pytest.mark.parametrize(("times", "word"), [([0, 1, 1, 2], "repeated"), ([0, 1, 0.5, 2], "decreases")])
def test_repeated_and_decreasing_times_are_refused(times: list[float], word: str) -> None:
    with pytest.raises(DataError, match=rf"(?i){word} in x: step 2 is at 1 and step 3 .*must increase.*Sort"):
        even_numbers(np.asarray(times, float), "days", "x")


def test_a_missing_time_is_refused() -> None:
    with pytest.raises(DataError, match=r"(?i)time step 3 of x has the time nan; every step needs.*Fill"):
        even_numbers(np.array([0, 1, np.nan, 3]), "days", "x")


MONTHS = np.arange("1999-11", "2011-03", dtype="M8[M]")


@pytest.mark.parametrize(
    ("dates", "dt", "units"),
    [
        (np.arange("1999-11", "2011-03", dtype="M8[M]"), 1, "months"),
        (
            np.arange("1999-11", "2011-03", dtype="M8[M]").astype("M8[D]") + np.timedelta64(14, "D"),
            1,
            "months",
        ),
        (
            np.arange("1999-12", "2011-03", dtype="M8[M]").astype("M8[D]") - np.timedelta64(1, "D"),
            1,
            "months",
        ),
        (np.arange("1990-01", "2011-01", 3, dtype="M8[M]"), 3, "months"),
        (np.arange("1596", "1999", dtype="M8[Y]"), 1, "years"),
        (np.arange("1500", "2000", 10, dtype="M8[Y]"), 10, "years"),
        (np.arange("2000-01-01", "2002-01-01", dtype="M8[D]"), 1, "days"),
        (np.arange("2000-01-01", "2004-01-01", 30, dtype="M8[D]"), 30, "days"),
        (np.arange("2000-01-01T00", "2000-03-01T00", 6, dtype="M8[h]"), 6, "hours"),
        (np.arange("2000-01-01T00:00", "2000-01-03T00:00", 30, dtype="M8[m]"), 30, "minutes"),
        (np.arange("2000-01-01T00:00:00", "2000-01-01T01:00:00", 10, dtype="M8[s]"), 10, "seconds"),
    ],
)
def test_dates_choose_their_unit(dates: np.ndarray, dt: float, units: str) -> None:
    axis = even_dates(dates.astype("datetime64[us]"), "the record")
    assert (axis.dt, axis.units) == (dt, units)


@pytest.mark.parametrize("calendar", ["360_day", "noleap", "all_leap", "julian", "standard"])
@pytest.mark.parametrize(("step", "units"), [("month", "months"), ("day", "days"), ("year", "years")])
def test_every_calendar_has_days_months_and_years(calendar: str, step: str, units: str) -> None:
    if step == "day":
        dates = cftime.num2date(np.arange(800), "days since 2000-01-01", calendar=calendar)
    else:
        months = np.arange(60) * (12 if step == "year" else 1)
        dates = np.array([cftime.datetime(2000 + m // 12, 1 + m % 12, 15, calendar=calendar) for m in months])
    axis = even_dates(np.asarray(dates), "the record")
    assert (axis.dt, axis.units) == (1.0, units)


def test_a_missing_month_is_refused_in_months() -> None:
    dates = np.delete(np.arange("2000-01", "2010-01", dtype="M8[M]"), 14).astype("M8[us]")
    with pytest.raises(DataError, match=r"step 14 \(2001-02-01\) to step 15 \(2001-04-01\).*2 months.*is 1 m"):
        even_dates(dates, "the record")


def test_missing_leap_days_are_recognised() -> None:
    dates = np.arange("1999-01-01", "2003-01-01", dtype="M8[D]")
    dates = dates[dates != np.datetime64("2000-02-29")].astype("M8[us]")
    with pytest.raises(DataError, match=r"2000-02-28.*2000-03-01.*2 days.*Leap days are missing.*'noleap'"):
        even_dates(dates, "the record")


def test_a_date_that_is_none_is_refused() -> None:
    dates = np.array(["2000-01-01", "NaT", "2000-01-03"], dtype="M8[us]")
    with pytest.raises(DataError, match=r"(?i)time step 2 of the record has no valid date; .*needs a date\. Fill"):
        even_dates(dates, "the record")


@pytest.mark.parametrize(
    "times", [(np.arange(60) - 400.0, {"units": "years ago"}), (np.arange(60) * (1 + 1j), {"units": "days"})]
)
def test_times_that_cannot_be_read_are_not_needed_where_every_row_is_one_step(times: Any) -> None:
    drawn = np.random.default_rng(0).standard_normal(60)
    data = xr.Dataset({"x": ("time", drawn)}, {"time": ("time", *times)})
    with pytest.raises(DataError, match="--steps"):
        record_from_dataset(data)
    record = record_from_dataset(data, steps=True)
    assert (record.steps, record.time_units) == (60, "steps")
    np.testing.assert_array_equal(record.values[0, :, 0], drawn)
