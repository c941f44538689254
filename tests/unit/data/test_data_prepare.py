"""Anomalies and detrending: what is left, what is kept, what is refused."""

import re
from typing import Any

import cftime
import numpy as np
import pytest
from scipy.signal import lfilter

from fluctua.core import DataError, OptionError
from fluctua.data import Record, detrend, remove_cycles, remove_seasonal_cycle, standardise

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
    assert re.fullmatch(
        r"seasonal cycle removed \(mean of each month; 9\d\.\d% of the variance of '[xy]'\)", "".join(anomalies.history)
    )
    assert str(anomalies.prepared) == "--anomaly month"
    np.testing.assert_array_equal(raised.values, record.values + cycle)


CALENDARS = ["standard", "noleap", "360_day", "julian"]


@pytest.mark.parametrize("calendar", CALENDARS)
def test_a_smooth_cycle_of_days_is_taken_out_whole_in_every_calendar(calendar: str) -> None:
    """In leap years too, whose phase is that of their own length."""
    dates = np.asarray(cftime.num2date(np.arange(3653), "days since 1999-03-01", calendar=calendar))
    lengths = [date.replace(month=12, day=30).dayofyr + (calendar != "360_day") for date in dates]
    phase = np.array([date.dayofyr - 1 for date in dates]) / lengths
    cycle = 1e4 + 3 * np.cos(2 * np.pi * phase) + np.sin(6 * np.pi * phase - 1)
    record = Record(np.broadcast_to(cycle[:, None], (2, 3653, 1)), dt=1.0, time_units="days", dates=dates)
    assert np.abs(remove_seasonal_cycle(record, "dayofyear").values).max() < 1e-9
    assert np.abs(remove_seasonal_cycle(record, "dayofyear", 2).values).max() > 0.5
    assert np.abs(remove_seasonal_cycle(record, "month").values).max() > 0.1


def test_a_smooth_cycle_costs_little_of_what_it_is_taken_from() -> None:
    """Nine numbers of 3652 days have 0.0025 of the variance on average, and 0.012 but for 1e-6 of records."""
    dates = np.arange("2001-01-01", "2011-01-01", dtype="M8[D]").astype("M8[us]")
    record = dated(dates, "days", members=1)
    left = remove_seasonal_cycle(record, "dayofyear").values.var(axis=1) / record.values.var(axis=1)
    assert (left > 1 - 0.012).all()


def hourly(days: int, cycle: np.ndarray | float = 0.0) -> Record:
    dates = np.arange(np.datetime64("2001-01-01T01", "h"), np.datetime64("2001-01-01T01", "h") + 24 * days)
    values = RNG.standard_normal((2, dates.size, 1)) + np.asarray(cycle)[..., None]
    return Record(values, dt=1.0, time_units="hours", names=("load",), dates=dates.astype("M8[us]"))


def test_hours_lose_their_means() -> None:
    clock = np.arange(1, 24 * 60 + 1) % 24
    anomalies = remove_seasonal_cycle(hourly(60, 9.0 * (clock == 7)), "hour")
    folded = anomalies.values.reshape(2, 60, 24)
    np.testing.assert_allclose(folded.mean(axis=(0, 1)), 0, atol=1e-12)
    assert anomalies.history[0].startswith("daily cycle removed (mean of each time of day; ")


@pytest.mark.parametrize("season", ["month", "dayofyear"])
def test_a_daily_cycle_that_follows_the_seasons_is_taken_out_with_them(season: Any) -> None:
    steps = np.arange(24 * 730)
    summer = 1 - np.cos(2 * np.pi * steps / 8760)
    record = hourly(730, 20 * summer * np.cos(2 * np.pi * (steps + 1) / 24))
    alone = remove_seasonal_cycle(record, "hour").values.std()
    both = remove_seasonal_cycle(record, ["hour", season])
    assert both.prepared.anomaly == (season, "hour")
    assert alone > 5
    assert both.values.std() == pytest.approx(1.0, abs=0.04 if season == "dayofyear" else 1.0)


def test_cycles_of_any_period_go_and_means_and_other_things_stay() -> None:
    steps = np.arange(5000)
    own = RNG.standard_normal((3, 5000, 2))
    phases = np.array([0.0, 1.0, 2.5])[:, None]
    cycle = 4 * np.cos(2 * np.pi * steps / 37.3 + phases) + 2 * np.cos(2 * np.pi * steps / 11 - phases) ** 3
    record = Record(100 + own + cycle[..., None], dt=0.5, time_units="days", names=("x", "y"))
    result = remove_cycles(record, [37.3 / 2, 5.5])
    np.testing.assert_allclose(result.values.mean(axis=1), record.values.mean(axis=1), rtol=1e-12)
    # 17 numbers of 5000: that share of the variance, six times which nothing comes near to
    assert np.var(result.values - 100 - own) < 6 * 17 / 5000
    assert result.history[0].startswith("cycles removed (18.65 days, 4 harmonics; 5.5 days, 4 harmonics; 9")
    assert str(result.prepared) == "--cycle 5.5 --cycle 18.65"
    field = Record(record.values.reshape(3, 5000, 2, 1), dt=0.5, field="u", dims=("y", "x"))
    np.testing.assert_array_equal(remove_cycles(field, [18.65, 5.5]).flat, result.flat)


def test_cycles_that_cannot_be_known_are_refused() -> None:
    record = Record(np.arange(100.0)[None, :, None], dt=0.5, time_units="days")
    for period in (0.6, 30.0, float("nan")):
        with pytest.raises(OptionError, match=r"cycle of .* days .*two steps or more \(1\).*\(24\.75\)\. Give"):
            remove_cycles(record, [period])
    with pytest.raises(OptionError, match=r"0 harmonics were asked for; .* Give --harmonics 4"):
        remove_cycles(record, [5.0], 0)
    assert remove_cycles(record, [1.0], 9).history[0].startswith("cycle removed (1 days, 1 harmonic; ")
    with pytest.raises(DataError, match=r"step of the record is 1 days; times of day need .*Leave 'hour' out"):
        remove_seasonal_cycle(dated(np.arange("2000", "2002", dtype="M8[D]").astype("M8[us]"), "days"), "hour")
    with pytest.raises(DataError, match=r"216 steps at 24 different times of day; .*10 days .*--cycle 24"):
        remove_seasonal_cycle(hourly(9), "hour")
    with pytest.raises(
        OptionError, match=r"6 harmonics were asked for beside --anomaly month; .*Leave --harmonics out"
    ):
        remove_seasonal_cycle(dated(np.arange("2000", "2010", dtype="M8[M]"), "months"), "month", 6)


def test_every_month_is_given_the_same_spread() -> None:
    dates = np.arange("1900-01", "2000-01", dtype="M8[M]").astype("M8[us]")
    months = np.arange(1200) % 12
    plain = dated(dates, "months")
    scaled = Record(plain.values * (1 + months)[:, None] - 3 * months[:, None], dt=1.0, time_units="months",
                    names=("x", "y"), dates=dates)  # fmt: skip
    result = standardise(scaled, "month")
    np.testing.assert_allclose(result.values, standardise(plain, "month").values, atol=1e-12)
    for month in range(12):
        np.testing.assert_allclose(result.values[:, months == month].std(axis=(0, 1)), 1, rtol=1e-12)
    assert result.units == {"x": "standard deviations", "y": "standard deviations"}
    said = "standardised by month: pushes and answers are in standard deviations of the month"
    assert (result.history, result.notices) == ((said,), (f"the record is {said}.",))
    with pytest.raises(DataError, match=r"'x' of the record is constant at all steps like that of 1900-03-01.*Leave"):
        standardise(Record(plain.values * (months != 2)[:, None], dt=1.0, time_units="months", names=("x", "y"),
                           dates=dates), "month")  # fmt: skip
    with pytest.raises(DataError, match=r"needs the date of every step\. Store"):
        standardise(Record(plain.values, dt=1.0), "month")
    with pytest.raises(OptionError, match=r"'week' was given.*'month', 'hour', or both\. Give"):
        standardise(plain, "week")  # pyright: ignore[reportArgumentType]


def test_a_homogeneous_field_stays_homogeneous() -> None:
    dates = np.arange("1900-01", "2000-01", dtype="M8[M]").astype("M8[us]")
    values = RNG.standard_normal((1, 1200, 2, 4)).astype(np.float32)
    field = Record(values, dt=1.0, time_units="months", field="u", dims=("z", "x"), homogeneous=("x",), dates=dates)
    result = standardise(field, "month")
    assert result.values.dtype == np.float32
    left = remove_seasonal_cycle(field, "month").values
    ratio = result.values[:, ::12] / left[:, ::12]
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[:, :1, :, :1], ratio.shape), rtol=1e-3)


def test_seasons_that_cannot_be_known_are_refused() -> None:
    months = np.arange("2000-01", "2010-01", dtype="M8[M]").astype("M8[us]")
    with pytest.raises(DataError, match=r"time of the record is a number \(0 days .*date of every step\. Store"):
        remove_seasonal_cycle(Record(np.zeros((1, 60, 1)), dt=1.0, time_units="days"), "month")
    with pytest.raises(DataError, match=r"step of the record is 1 months; the days of a year .*Use 'month'"):
        remove_seasonal_cycle(dated(months, "months"), "dayofyear")
    with pytest.raises(DataError, match=r"step of the record is 1 years; .*shorter step\. Leave"):
        remove_seasonal_cycle(dated(np.arange("1900", "2000", dtype="M8[Y]").astype("M8[us]"), "years"), "month")
    with pytest.raises(DataError, match=r"spans 1 calendar year, from 2000-01-01 to 2000-12-01; .*Give"):
        remove_seasonal_cycle(dated(months[:12], "months"), "month")
    with pytest.raises(OptionError, match=r"--anomaly week was given; .*'month' or 'dayofyear', and 'hour'.*\. Give"):
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


def test_a_polynomial_is_taken_out_and_the_mean_stays() -> None:
    time = np.linspace(0, 1, 300)[:, None]
    values = RNG.standard_normal((2, 300, 2))
    bent = Record(values + 1e4 + 5 * time - 9 * time**2 + 30 * time**3, dt=1.0)
    result = detrend(bent, 3)
    np.testing.assert_allclose(result.values.mean(axis=1), bent.values.mean(axis=1))
    plain = detrend(Record(values, dt=1.0), 3)
    apart = [each.values - each.values.mean(axis=1, keepdims=True) for each in (result, plain)]
    np.testing.assert_allclose(*apart, atol=1e-7)
    assert str(result.prepared) == "--detrend --trend-degree 3"
    assert result.history == ("polynomial trend of degree 3 removed (each member and variable)",)
    with pytest.raises(OptionError, match=r"polynomial of degree 9; .*from 1.*to 8.*--trend-degree 2"):
        detrend(bent, 9)


def test_short_members_have_one_trend_together() -> None:
    """Of its own, each of 200 members of 60 steps would lose a fifth of its variance."""
    noise = np.random.default_rng(0).standard_normal((200, 160, 1))
    states = lfilter([1.0], [1.0, -0.6], noise, axis=1)[:, 100:]
    wave = 3 * np.sin(np.linspace(0, 2 * np.pi, 60))[:, None]
    result = detrend(Record(states + wave, dt=1.0), 5)
    assert result.history == ("polynomial trend of degree 5 removed (each variable, all members together)",)
    kept = np.asarray(result.values)
    assert kept.var() == pytest.approx(states.var(), rel=0.02)
    correlation = np.mean(kept[:, 1:] * kept[:, :-1]) / np.mean(kept**2)
    assert correlation == pytest.approx(0.6, abs=0.05)  # six standard errors


def test_detrending_works_on_fields() -> None:
    values = RNG.standard_normal((1, 200, 3, 4))
    field = Record(values, dt=1.0, field="u", dims=("y", "x"))
    line = np.linspace(-1, 1, 200)[:, None, None] * RNG.standard_normal((3, 4))
    raised = Record(values + line, dt=1.0, field="u", dims=("y", "x"))
    np.testing.assert_allclose(detrend(raised).values, detrend(field).values, atol=1e-12)
