"""Anomalies and detrending: what is left, what is kept, what is refused."""

import cftime
import numpy as np
import pytest

from fluctua.core import DataError, OptionError
from fluctua.data import Record, detrend, remove_seasonal_cycle

RNG = np.random.default_rng(0)


def dated(dates: np.ndarray, units: str, members: int = 2) -> Record:
    values = RNG.standard_normal((members, dates.size, 2))
    return Record(values, dt=1.0, time_units=units, names=("x", "y"), dates=dates)


def test_months_lose_their_means() -> None:
    record = dated(np.arange("2000-03", "2010-08", dtype="M8[M]").astype("M8[us]"), "months")
    months = (np.arange(record.steps) + 2) % 12
    cycle = 5 * np.cos(2 * np.pi * months / 12)[:, None]
    raised = Record(record.values + cycle, dt=1.0, time_units="months", names=("x", "y"), dates=record.dates)
    anomalies = remove_seasonal_cycle(raised, "month")
    for month in range(12):
        np.testing.assert_allclose(anomalies.values[:, months == month].mean(axis=(0, 1)), 0, atol=1e-13)
    np.testing.assert_allclose(anomalies.values, remove_seasonal_cycle(record, "month").values, atol=1e-12)
    assert anomalies.history == ("seasonal cycle removed (mean of each month)",)
    np.testing.assert_array_equal(raised.values, record.values + cycle)


def test_days_lose_their_means_in_leap_years_too() -> None:
    dates = np.arange("1999-01-01", "2009-01-01", dtype="M8[D]")
    day_of_cycle = np.array([min(int(str(date)[8:]), 28) + 100 * int(str(date)[5:7]) for date in dates])
    cycle = np.sin(day_of_cycle)[None, :, None]  # 29 February has the value of 28 February
    record = Record(np.broadcast_to(cycle, (2, dates.size, 1)), dt=1.0, time_units="days", dates=dates.astype("M8[us]"))
    assert np.abs(remove_seasonal_cycle(record, "dayofyear").values).max() < 1e-13


def test_other_calendars_have_seasons() -> None:
    dates = np.asarray(cftime.num2date(np.arange(3600), "days since 2000-01-01", calendar="360_day"))
    record = dated(dates, "days")
    anomalies = remove_seasonal_cycle(record, "dayofyear")
    folded = anomalies.values.reshape(2, 10, 360, 2)
    np.testing.assert_allclose(folded.mean(axis=(0, 1)), 0, atol=1e-13)


def test_seasons_that_cannot_be_known_are_refused() -> None:
    months = np.arange("2000-01", "2010-01", dtype="M8[M]").astype("M8[us]")
    with pytest.raises(DataError, match=r"time of the record is a number \(0 days .*date of every step\. Store"):
        remove_seasonal_cycle(Record(np.zeros((1, 60, 1)), dt=1.0, time_units="days"), "month")
    with pytest.raises(DataError, match=r"step of the record is 1 months; .*day of the year.*Use 'month'"):
        remove_seasonal_cycle(dated(months, "months"), "dayofyear")
    with pytest.raises(DataError, match=r"step of the record is 1 years; .*shorter step\. Leave"):
        remove_seasonal_cycle(dated(np.arange("1900", "2000", dtype="M8[Y]").astype("M8[us]"), "years"), "month")
    with pytest.raises(DataError, match=r"spans 1 calendar year, from 2000-01-01 to 2000-12-01; .*Give"):
        remove_seasonal_cycle(dated(months[:12], "months"), "month")
    with pytest.raises(OptionError, match=r"'week' was given .*'month' and 'dayofyear'\. Give"):
        remove_seasonal_cycle(dated(months, "months"), "week")  # pyright: ignore[reportArgumentType]


def test_detrending_is_least_squares_per_member_and_keeps_the_mean() -> None:
    values = 1e6 + RNG.standard_normal((3, 500, 2)) + RNG.standard_normal((3, 1, 2)) * np.linspace(0, 9, 500)[:, None]
    record = Record(values, dt=0.1, names=("x", "y"))
    result = detrend(record)
    time = np.arange(500.0)
    for member in range(3):
        for column in range(2):
            line = np.polynomial.Polynomial.fit(time, values[member, :, column], 1)
            expected = values[member, :, column] - line(time) + values[member, :, column].mean()
            np.testing.assert_allclose(result.values[member, :, column], expected, atol=1e-8)
    np.testing.assert_allclose(detrend(result).values, result.values, atol=1e-8)
    assert result.history == ("linear trend removed (each member and variable)",)


def test_detrending_works_on_fields() -> None:
    values = RNG.standard_normal((1, 200, 3, 4))
    field = Record(values, dt=1.0, field="u", dims=("y", "x"))
    line = np.linspace(-1, 1, 200)[:, None, None] * RNG.standard_normal((3, 4))
    raised = Record(values + line, dt=1.0, field="u", dims=("y", "x"))
    np.testing.assert_allclose(detrend(raised).values, detrend(field).values, atol=1e-12)
