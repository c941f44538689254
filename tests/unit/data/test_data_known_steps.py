"""Axes of time that are even in a way of their own, and times that run backwards."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fluctua.core import DataError
from fluctua.data import Record, even_dates, read_record, record_from_dataset, validate

VALUES = np.random.default_rng(1).standard_normal(1200)


def over(times: np.ndarray, **attrs: str) -> Record:
    return record_from_dataset(xr.Dataset({"x": ("time", VALUES[: len(times)])}, {"time": ("time", times, attrs)}))


def days(start: str, stop: str) -> np.ndarray:
    return np.arange(start, stop, dtype="M8[D]").astype("M8[us]")


def test_trading_days_are_even() -> None:
    dates = days("2001-01-01", "2004-01-01")
    dates = dates[np.is_busday(dates.astype("M8[D]"))]
    for kept in (dates, dates[~np.isin(np.arange(dates.size) % 130, (17, 18, 90))]):
        axis = even_dates(kept, "the record")
        assert (axis.dt, axis.units) == (1.0, "trading days")
        assert "one trading day" in axis.notes[0]
    with pytest.raises(DataError, match=r"uneven.*--steps"):  # three weeks without a price
        even_dates(np.delete(dates, np.arange(200, 215)), "the record")


def test_steps_take_every_row_for_one_step(tmp_path: Path) -> None:
    dates = np.delete(days("2001-01-01", "2002-01-01"), np.arange(90, 97))
    frame = pd.DataFrame({"time": dates, "x": VALUES[: dates.size]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(DataError, match=r"from step 90 \(2001-03-31\).* by 8 days.*give --steps"):
        read_record(tmp_path / "a.csv")
    record = read_record(tmp_path / "a.csv", steps=True)
    assert (record.dt, record.time_units, record.dates) == (1.0, "steps", None)
    np.testing.assert_array_equal(record.values[0, :, 0], frame.x)


def test_pentads_are_even() -> None:
    year = np.arange(0, 365, 5)
    dates = np.concatenate(
        [np.datetime64(f"{y}-01-01") + year + ((y % 4 == 0) & (year > 58)) for y in range(1999, 2006)]
    )
    axis = even_dates(dates.astype("M8[us]"), "the record")
    assert (axis.dt, axis.units) == (5.0, "days")
    assert "pentads" in axis.notes[0]


def parts_of_months(*first: int, ends: bool = False) -> np.ndarray:
    """Such days of each month, and its last one."""
    months = np.arange("1999-11", "2012-03", dtype="M8[M]")
    found = [months.astype("M8[D]") + (day - 1) for day in first]
    found += [(months + 1).astype("M8[D]") - 1] if ends else []
    return np.stack(found, axis=1).ravel().astype("M8[us]")


def from_january(days: int) -> np.ndarray:
    """Steps of so many days that begin anew each year, as composites of satellites do."""
    years = [np.arange(f"{y}-01-01", f"{y + 1}-01-01", days, dtype="M8[D]") for y in range(2000, 2016)]
    return np.concatenate(years).astype("M8[us]")


@pytest.mark.parametrize(
    ("dates", "dt", "units"),
    [
        (parts_of_months(1, 11, 21), 1 / 3, "months"),
        (parts_of_months(10, 20, ends=True), 1 / 3, "months"),
        (parts_of_months(5, 15, 25), 1 / 3, "months"),
        (parts_of_months(1, 16), 1 / 2, "months"),
        (parts_of_months(1, 6, 11, 16, 21, 26), 1 / 6, "months"),
        (from_january(8), 8.0, "days"),
        (from_january(16), 16.0, "days"),
    ],
)
def test_parts_of_months_and_of_years_are_even(dates: np.ndarray, dt: float, units: str) -> None:
    for some in (dates, dates[2:-1], dates[1:101]):
        axis = even_dates(some, "the record")
        assert (axis.dt, axis.units) == (dt, units)
        assert len(axis.notes) == 1
    for lost in (10, 40):
        with pytest.raises(DataError, match=r"uneven.*--gaps split"):
            even_dates(np.delete(dates, lost), "the record")


def test_pieces_of_dekads_are_parted_by_their_gaps() -> None:
    dates = np.delete(parts_of_months(1, 11, 21), [40, 41, 120])
    table = pd.DataFrame({"time": dates, "x": VALUES[: dates.size]})
    record = record_from_dataset(table.set_index("time").to_xarray(), gaps="split")
    assert (record.dt, record.time_units, record.borders) == (1 / 3, "months", (40, 118))


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("digits", [4, 12])
def test_decimal_years_of_months_are_months(shift: float, digits: int) -> None:
    """Stamps at the start, in the middle and at the end of true months."""
    starts = np.arange("1958-03", "1990-06", dtype="M8[M]")
    bounds = starts.astype("M8[D]"), (starts + 1).astype("M8[D]")
    moments = bounds[0] + (bounds[1] - bounds[0]).astype(float) * shift * np.timedelta64(86400, "s")
    year = moments.astype("M8[Y]")
    length = ((year + 1).astype("M8[D]") - year.astype("M8[D]")).astype(float)
    decimal = year.astype(int) + 1970 + (moments - year.astype("M8[s]")).astype(float) / 86400 / length
    record = over(decimal.round(digits))
    assert (record.dt, record.time_units) == (1.0, "months")
    assert record.dates is not None
    gaps = np.diff(record.dates.astype("M8[M]").astype(int))
    assert (gaps == 1).all()
    assert "decimal years" in record.notices[-1]


def test_years_with_even_decimals_stay_numbers() -> None:
    record = over((1700 + np.arange(600) / 12).round(3))
    assert record.dt == pytest.approx(1 / 12, rel=1e-5)


@pytest.mark.parametrize(
    ("times", "units"),
    [
        ((14610 + np.arange(1000) / 24).astype("f4"), "days since 1950-01-01"),
        ((738841 + np.arange(1000) / 24).round(6), "days since 0001-01-01"),
        ((900000.0 + np.arange(1000)).astype("f4"), "hours since 1900-01-01"),
        (np.arange(1000), "hours since 1990-01-01"),
    ],
)
def test_rounded_times_are_the_even_ones_they_stand_for(times: np.ndarray, units: str) -> None:
    record = over(times, units=units)
    assert (record.dt, record.time_units) == (1.0, "hours")
    assert record.dates is not None
    assert (np.diff(record.dates) == np.timedelta64(1, "h")).all()
    assert record.time_label(24).count(":") == 0  # midnight


def test_a_missing_hour_is_not_rounded_away() -> None:
    times = np.delete(14610 + np.arange(1000) / 24, 500).astype("f4")
    with pytest.raises(DataError, match="uneven"):
        over(times, units="days since 1950-01-01")


@pytest.mark.parametrize("calendar", ["THIRTY_DAY_MONTHS", "360", "360_days", "360_Day"])
def test_calendars_have_other_names(calendar: str) -> None:
    record = over(15 + 30.0 * np.arange(240), units="days since 0001-01-01", calendar=calendar)
    assert (record.dt, record.time_units, record.time_label(12)) == (1.0, "months", "0002-01-16")


@pytest.mark.parametrize("calendar", ["NOLEAP", "NO_LEAP", "365_days"])
def test_a_calendar_without_leap_days(calendar: str) -> None:
    record = over(np.arange(1000.0), units="days since 2000-02-01", calendar=calendar)
    assert record.time_label(28) == "2000-03-01"


def test_an_unknown_calendar_is_refused_and_steps_pass_it_by() -> None:
    times = xr.Variable("time", np.arange(100.0), {"units": "days since 2000-01-01", "calendar": "martian"})
    data = xr.Dataset({"x": ("time", VALUES[:100])}, {"time": times})
    with pytest.raises(DataError, match=r"calendar 'martian'; .*noleap.*attribute 'calendar'.*--steps"):
        record_from_dataset(data)
    assert record_from_dataset(data, steps=True).time_units == "steps"


def test_units_without_dates_are_said() -> None:
    record = over(np.arange(100.0) / 50, units="years since 1850-01-01")
    assert (record.dt, record.time_units) == (0.02, "years")
    assert "no dates" in record.notices[0]


@pytest.mark.parametrize(
    ("attrs", "units"),
    [
        ({"units": "kyr BP"}, "kyr"),
        ({"units": "years before present"}, "years"),
        ({"units": "Ma ago"}, "Ma"),
        ({"units": "yr b2k"}, "yr"),
        ({"units": "m", "positive": "down"}, "m"),
        ({"units": "ka", "long_name": "age of the sample"}, "ka"),
    ],
)
def test_ages_are_turned_into_time(attrs: dict[str, str], units: str) -> None:
    ages = 0.2 * np.arange(400)
    forward = over(ages)
    old = record_from_dataset(xr.Dataset({"x": ("time", VALUES[:400][::-1])}, {"time": ("time", ages, attrs)}))
    np.testing.assert_array_equal(old.values, forward.values)
    assert (old.dt, old.time_units) == (0.2, units)
    assert "turned round" in old.notices[0]
    falling = over(ages[::-1], **attrs)
    np.testing.assert_array_equal(falling.values, forward.values)
    assert "begin with the oldest" in falling.notices[0]


@pytest.mark.parametrize("name", ["age", "Age (kyr BP)", "age_ka", "year_BP", "Age [cal ka BP]"])
@pytest.mark.parametrize("renamed", [False, True])
@pytest.mark.parametrize("suffix", [".csv", ".nc"])
def test_ages_are_known_by_their_name(name: str, renamed: bool, suffix: str, tmp_path: Path) -> None:
    table = pd.DataFrame({name: 0.5 * np.arange(400), "x": VALUES[:400][::-1]})
    path = tmp_path / f"a{suffix}"
    if suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.set_index(name).to_xarray().to_netcdf(path, engine="h5netcdf")
    record = read_record(path, rename={name: "time"} if renamed else {})
    np.testing.assert_array_equal(record.values.ravel(), VALUES[:400])
    assert "turned round" in record.notices[0]


@pytest.mark.parametrize("units", ["ka", "Ma", "kya"])
def test_units_of_ages_are_times_where_they_come_up_to_the_present(units: str) -> None:
    np.testing.assert_array_equal(over(np.arange(400.0), units=units).values.ravel(), VALUES[:400][::-1])
    record = over(np.arange(-399.0, 1.0), units=units)
    np.testing.assert_array_equal(record.values.ravel(), VALUES[:400])
    assert not record.notices
    with pytest.raises(DataError, match=r"are all below zero .*Give the ages without their sign"):
        over(np.arange(-399.0, 1.0), units="kyr BP")


@pytest.mark.parametrize("name", ["Year (CE)", "level"])
def test_what_falls_from_row_to_row_is_not_simply_dropped(name: str, tmp_path: Path) -> None:
    table = pd.DataFrame({name: 1999.0 - np.arange(400) + 0.1 * VALUES[:400], "x": VALUES[:400]})
    table.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(DataError, match="turn the rows round, so that time runs forward, and call it 'time'"):
        validate(read_record(tmp_path / "a.csv"))


@pytest.mark.parametrize("form", ["dates", "text", "since", "YYYYMMDD"])
def test_dates_that_fall_are_turned_round_and_numbers_are_not(form: str) -> None:
    dates = days("2001-01-01", "2001-04-10")
    times: dict[str, tuple[np.ndarray, dict[str, str]]] = {
        "dates": (dates, {}),
        "text": (np.datetime_as_string(dates, unit="D"), {}),
        "since": (np.arange(99.0), {"units": "days since 2001-01-01"}),
        "YYYYMMDD": (np.array([int(str(day)[:10].replace("-", "")) for day in dates]), {}),
    }
    data = xr.Dataset({"x": ("time", VALUES[:99])}, {"time": ("time", *times[form])})
    for given in (data, data.isel(time=slice(None, None, -1))):
        record = record_from_dataset(given)
        np.testing.assert_array_equal(record.values[0, :, 0], VALUES[:99])
        assert record.time_label(0) == "2001-01-01"
    assert "turned round" in record.notices[0]
    with pytest.raises(DataError, match="Turn the record round"):
        over(np.arange(99.0)[::-1])


def test_dates_that_fall_somewhere_are_refused() -> None:
    with pytest.raises(DataError, match="Sort the record"):
        over(np.r_[days("2001-02-01", "2001-03-01")[::-1], days("2001-01-01", "2001-02-01")])


@pytest.mark.parametrize("week", ["Sun Mon Tue Wed Thu", "Mon Tue Wed Thu Fri Sat", "Mon Tue Wed Thu Fri"])
def test_weeks_of_other_days_and_closing_times_are_trading_days(week: str) -> None:
    dates = days("2001-01-01", "2004-01-01")
    dates = dates[np.is_busday(dates.astype("M8[D]"), weekmask=week)]
    summer = (dates.astype("M8[M]").astype(int) % 12 > 2) & (dates.astype("M8[M]").astype(int) % 12 < 10)
    for each in (dates, dates + np.timedelta64(21, "h") - summer * np.timedelta64(1, "h")):  # by a local clock
        assert even_dates(each, "the record").units == "trading days"
    closed = np.delete(dates, np.arange(200, 204))
    with pytest.raises(DataError, match=rf"from step 200 \({str(dates[199])[:10]}\).* by 5 trading days.*--gaps split"):
        even_dates(closed, "the record")


@pytest.mark.parametrize(("frequency", "step"), [("BME", 1), ("BMS", 1), ("BQE", 3)])
def test_trading_days_at_the_ends_of_months_are_months(frequency: str, step: int) -> None:
    axis = even_dates(pd.date_range("1990-01-01", periods=300, freq=frequency).to_numpy(), "the record")
    assert (axis.dt, axis.units) == (step, "months")


def test_clocks_that_are_off_a_little_stand_for_even_steps() -> None:
    even = np.datetime64("2001-01-01", "us") + 3600 * np.arange(900) * np.timedelta64(1_000_000, "us")
    axis = even_dates(even + np.random.default_rng(4).integers(-90, 90, 900).astype("m8[s]"), "the record")
    assert axis.dates is not None
    np.testing.assert_array_equal(axis.dates, even)
    assert "seconds off" in axis.notes[0]
    with pytest.raises(DataError, match="uneven"):
        even_dates(even + np.random.default_rng(4).integers(-600, 600, 900).astype("m8[s]"), "the record")


def test_times_in_single_precision_that_are_too_coarse_say_so() -> None:
    with pytest.raises(DataError, match=r"repeated.*single precision, which rounds them to 5\.4e\+03 seconds"):
        over((730000 + np.arange(500) / 24).astype("f4"), units="days since 0001-01-01")
    assert over((40000 + np.arange(500) / 24).astype("f4"), units="days since 1900-01-01").dt == 1.0


def test_a_gap_among_decimal_years_is_named_and_can_split() -> None:
    middle = (1960 + np.cumsum(np.tile([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], 20)) / 365 - 15 / 365).round(2)
    kept = np.delete(middle, np.arange(130, 135))
    with pytest.raises(DataError, match=r"from step 130 .* by 6 months"):
        over(kept)
    data = xr.Dataset({"x": ("time", VALUES[: kept.size])}, {"time": kept})
    assert record_from_dataset(data, gaps="split").lengths == (130, 105)


def test_an_hour_of_autumn_that_is_there_twice_is_a_local_clock() -> None:
    utc = pd.date_range("2018-09-01", "2018-12-01", freq="h", tz="UTC")
    local = utc.tz_convert("Europe/Berlin").tz_localize(None).to_numpy()
    with pytest.raises(DataError, match=r"repeated.*local clock.*UTC.*offsets.*--steps"):
        even_dates(local, "the record")
    assert even_dates(utc.tz_localize(None).to_numpy(), "the record").dt == 1.0


def test_missing_leap_days_have_two_cures() -> None:
    dates = days("1999-01-01", "2002-01-01")
    dates = dates[dates != np.datetime64("2000-02-29")]
    data = xr.Dataset({"x": ("time", VALUES[: dates.size])}, {"time": dates})
    with pytest.raises(DataError, match=r"Leap days are missing: give --steps.*'noleap' calendar"):
        record_from_dataset(data)
    assert record_from_dataset(data, steps=True).steps == dates.size
    noleap = data.assign_coords(
        time=("time", np.arange(dates.size), {"units": "days since 1999-01-01", "calendar": "noleap"})
    )
    assert record_from_dataset(noleap).time_label(59 + 365) == "2000-03-01"


NAMED = pd.date_range("1850-01-01", periods=120, freq="MS")


@pytest.mark.parametrize(
    "form", ["%b-%Y", "%b %Y", "%B %Y", "%Y-%b", "%Y %B", "%Y%b", "%d-%b-%Y", "%d %B %Y", "%m/%Y", "%b. %Y", "%b, %Y"]
)
@pytest.mark.parametrize("name", ["time", "date"])
def test_months_by_their_names(form: str, name: str, tmp_path: Path) -> None:
    values = np.random.default_rng(0).standard_normal(120)
    for texts in (NAMED.strftime(form), NAMED.strftime(form).str.upper(), NAMED.strftime(form).str.lower()):
        pd.DataFrame({name: texts, "x": values}).to_csv(tmp_path / "a.csv", index=False)
        record = read_record(tmp_path / "a.csv")
        assert (record.names, record.dt, record.time_units) == (("x",), 1.0, "months")
        np.testing.assert_array_equal(
            np.asarray(record.dates, "datetime64[M]"), NAMED.to_numpy().astype("datetime64[M]")
        )


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize("name", ["time", "decimal_date", "date", "year", "yyyy.mm"])
def test_the_number_of_the_month_after_the_point(name: str, as_text: bool, tmp_path: Path) -> None:
    months = [f"{date.year}.{date.month:02d}" for date in NAMED]
    times = months if as_text else [float(month) for month in months]  # October is 1850.1
    pd.DataFrame({name: times, "x": np.random.default_rng(0).standard_normal(120)}).to_csv(
        tmp_path / "a.csv", index=False
    )
    record = read_record(tmp_path / "a.csv")
    assert (record.names, record.dt, record.time_units) == (("x",), 1.0, "months")
    np.testing.assert_array_equal(np.asarray(record.dates, "datetime64[M]"), NAMED.to_numpy().astype("datetime64[M]"))
    assert "the year and the month after the point" in record.notices[0]


def test_the_number_of_the_quarter_after_the_point(tmp_path: Path) -> None:
    times = [year + quarter / 10 for year in range(1950, 1980) for quarter in range(1, 5)]
    pd.DataFrame({"time": times, "x": np.random.default_rng(0).standard_normal(120)}).to_csv(
        tmp_path / "a.csv", index=False
    )
    record = read_record(tmp_path / "a.csv")
    assert (record.dt, record.time_units) == (3.0, "months")
    assert np.asarray(record.dates, "datetime64[M]")[5] == np.datetime64("1951-04")


def test_decimal_years_of_two_digits_are_no_numbers_of_months(tmp_path: Path) -> None:
    for shift in (0.0, 0.5):
        times = np.round(1950 + (np.arange(120) + shift) / 12, 2)
        pd.DataFrame({"time": times, "x": np.arange(120.0) % 7}).to_csv(tmp_path / "a.csv", index=False)
        record = read_record(tmp_path / "a.csv")
        assert (record.dt, record.time_units) == (1.0, "months")
        assert str(np.asarray(record.dates, "datetime64[M]")[119]) == "1959-12"
