"""Validation: what is refused, by name; what is warned about; and how rarely it errs on good records."""

import contextlib
import re

import numpy as np
import pytest
import scipy.stats
from scipy.signal import lfilter

from fluctua.core import DataError, OptionError
from fluctua.data import Record, detrend, record_from_dataset, record_to_dataset, remove_seasonal_cycle, validate


def autoregression(memory: float, steps: int, seed: int, members: int = 1, dimension: int = 1) -> np.ndarray:
    """Stationary x_{k+1} = memory x_k + noise with unit variance, shape (member, time, d)."""
    rng = np.random.default_rng(seed)
    noise = np.sqrt(1 - memory**2) * rng.standard_normal((members, steps, dimension))
    noise[:, 0] = rng.standard_normal((members, dimension))
    return np.asarray(lfilter([1.0], [1.0, -memory], noise, axis=1))


def record(values: np.ndarray, **options: object) -> Record:
    names = tuple("xyzuvw"[: values.shape[-1]])
    return Record(values, **{"dt": 0.5, "time_units": "days", "names": names, "source": "run.nc", **options})


def test_a_good_record_has_nothing_to_be_said() -> None:
    assert validate(record(autoregression(0.9, 20_000, seed=0, dimension=3)), max_lag=50.0) == []


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_missing_values_are_counted_and_placed(value: float) -> None:
    values = autoregression(0.5, 200, seed=0, members=2, dimension=2)
    values[1, 7, 1] = values[1, 9, 0] = value
    pattern = rf"has 2 missing .*, the first is 'y' at time step 8 \(3\.5 days\) of member '1' \({value}\)"
    with pytest.raises(DataError, match=pattern + r"; every value must be a finite number\. Fill"):
        validate(record(values))


def test_cells_without_any_value_are_told_apart() -> None:
    values = autoregression(0.5, 200, seed=0, dimension=4)
    values[..., 2] = np.nan
    field = Record(values, dt=1.0, field="t", dims=("lat",))
    with pytest.raises(DataError, match=r"'t\[lat=2\]'.*Leave out the 1 cells of the field that never have a value"):
        validate(field)


def test_twenty_rows_are_refused() -> None:
    with pytest.raises(DataError, match=r"'run\.nc' has 20 time steps; at least 50 are needed.*longer record"):
        validate(record(autoregression(0.5, 20, seed=0)))
    assert isinstance(validate(record(autoregression(0.0, 50, seed=0))), list)


@pytest.mark.parametrize("offset", [0.0, 1013.25, -2e9])
def test_constant_columns_are_named_even_with_rounding(offset: float) -> None:
    values = autoregression(0.5, 200, seed=0, dimension=3)
    values[..., 1] = offset + np.spacing(offset) * np.round(values[..., 1]) * (offset != 0)
    with pytest.raises(DataError, match=r"'y' of 'run\.nc' is constant \(value .*; .*must vary in time\. Leave out"):
        validate(record(values))


def test_small_but_real_variations_are_no_constants() -> None:
    assert validate(record(1e-30 * autoregression(0.5, 2000, seed=0))) == []
    assert validate(record(1e5 + 1e-4 * autoregression(0.5, 2000, seed=0))) == []


def test_a_member_that_does_not_vary_is_named() -> None:
    values = autoregression(0.5, 200, seed=0, members=3)
    values[1] = 4.0
    with pytest.raises(DataError, match=r"'x' of 'run\.nc' is constant in member '1' \(value 4"):
        validate(record(values))


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (-3.0, 100.0), (1e-6, 1.0)])
def test_copies_are_named_pairwise(scale: float, offset: float) -> None:
    values = autoregression(0.5, 500, seed=0, dimension=4)
    values[..., 3] = offset + scale * values[..., 1]
    with pytest.raises(DataError, match=r"copies of one another.*: 'y' and 'u'; .*determine one another\. Leave one"):
        validate(record(values))


def test_nearly_equal_columns_are_no_copies() -> None:
    """|correlation| = 1 - 5e-9, fifty times further from one than the threshold."""
    values = autoregression(0.5, 500, seed=0, dimension=3)
    values[..., 2] = values[..., 1] + 1e-4 * autoregression(0.5, 500, seed=1)[..., 0]
    validate(record(values))


def test_a_hidden_combination_is_refused() -> None:
    values = autoregression(0.5, 2000, seed=0, dimension=4)
    values[..., 3] = values[..., 0] - 2 * values[..., 2]
    with pytest.raises(DataError, match=r"'x', 'z', 'u' of 'run\.nc' is constant.*Leave one of them out with --drop u"):
        validate(record(values))


def test_values_whose_squares_overflow_or_vanish_are_refused() -> None:
    with pytest.raises(DataError, match=r"'x' of 'run\.nc' varies by .*e-200; .*needed.*Change the units"):
        validate(record(1e-200 * autoregression(0.5, 200, seed=0)))
    with pytest.raises(DataError, match=r"values up to .*e\+160; .*needed.*Change the units"):
        validate(record(1e160 * autoregression(0.5, 200, seed=0)))


@pytest.mark.parametrize("max_lag", [0.0, -1.0, 0.4, 99.5, 2e5, np.nan, np.inf])
def test_lags_that_do_not_fit_are_refused(max_lag: float) -> None:
    with pytest.raises(OptionError, match=rf"lag is {max_lag:g} days; .*lasts 99\.5 days, with a step of 0\.5.*Give"):
        validate(record(autoregression(0.5, 200, seed=0)), max_lag=max_lag)


def test_a_lag_over_half_the_record_is_warned_about() -> None:
    good = record(autoregression(0.5, 20_000, seed=0))
    assert validate(good, max_lag=4000.0) == []
    assert "over half of the record" in validate(good, max_lag=6000.0)[0]


@pytest.mark.parametrize("memory", [0.0, 0.9, 0.99])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_trend_of_three_standard_deviations_is_refused(memory: float, sign: int) -> None:
    """At least 100 decorrelation times: the slope is at least 12 of its standard errors in expectation."""
    steps = 20_000
    values = autoregression(memory, steps, seed=1)
    values += sign * 3 * np.linspace(0, 1, steps)[:, None]
    sense = r"\+" if sign > 0 else "-"
    pattern = rf"'x' of 'run\.nc' drifts: .* explains [345]\d% .* by {sense}2.*; .*stationary.*--detrend"
    with pytest.raises(DataError, match=pattern):
        validate(record(values))


def test_a_trend_common_to_short_members_is_refused() -> None:
    values = autoregression(0.9, 200, seed=2, members=40) + 3 * np.linspace(0, 1, 200)[:, None]
    values += 10 * np.arange(40)[:, None, None]  # the members' own means do not hide it
    with pytest.raises(DataError, match=r"drifts.*--detrend"):
        validate(record(values))


def test_a_drift_hidden_in_the_cells_shows_in_their_mean() -> None:
    """Each cell moves by half a standard deviation (2 % of its variance), their mean by four of its own."""
    values = autoregression(0.5, 2000, seed=3, dimension=64) + 0.5 * np.linspace(0, 1, 2000)[:, None]
    with pytest.raises(DataError, match=r"'the mean of t' of the record drifts"):
        validate(Record(values, dt=1.0, field="t", dims=("lat",)))


def test_a_weak_trend_is_warned_about() -> None:
    values = autoregression(0.5, 20_000, seed=4) + np.linspace(0, 1, 20_000)[:, None]
    assert any("'x' may drift" in warning for warning in validate(record(values)))


@pytest.mark.parametrize("span", [100, *(pytest.param(span, marks=pytest.mark.slow) for span in (30, 1000))])
def test_slow_stationary_records_are_not_refused(span: int) -> None:
    """Of 200 records of ``span`` decorrelation times, practically none is refused.

    Up to three are let pass: at any rate of refusal below 3.5e-4 (measured: 1e-4 or less) four or more have a
    probability below (200 * 3.5e-4)^4 / 24 = 1e-6.
    """
    refused = 0
    values = autoregression(np.exp(-span / 3000), 3000, seed=5, members=200)
    for member in values:
        try:
            validate(record(member[None]))
        except DataError:
            refused += 1
    assert refused <= 3


@pytest.mark.slow
def test_the_drift_of_fifty_states_is_judged_by_the_longer_memory() -> None:
    """Of five decorrelation times 0.4 % are refused, and 1.4 % by the likeliest memory alone, which is too short.

    At a rate of 0.5 % more than 59 of 6000 have a probability below 1e-6.
    """
    refused = 0
    for member in autoregression(0.9, 50, seed=7, members=6000):
        try:
            validate(record(member[None]))
        except DataError as error:
            refused += "drifts" in str(error)
    assert refused <= int(scipy.stats.binom.isf(1e-6, 6000, 0.005))


@pytest.mark.parametrize(("noise", "steps"), [(0.5, 500), (1.0, 1000)])
def test_a_slow_variable_behind_noise_does_not_drift(noise: float, steps: int) -> None:
    """Neighbouring states hardly tell how slow it is; by them seven in ten of these were said to drift or refused.

    Up to twelve of 60 are let pass: at a rate of 3.5 % (measured: 2.6 %) more have a probability of 6e-7.
    """
    slow = autoregression(0.99, steps, seed=6, members=60)
    drifting = 0
    for values in slow + noise * np.random.default_rng(7).standard_normal(slow.shape):
        try:
            drifting += any("may drift" in warning for warning in validate(record(values[None])))
        except DataError:
            drifting += 1
    assert drifting <= 12


def test_random_walks_are_warned_about_or_refused() -> None:
    """Of 4000 walks one stayed silent; at a rate of 0.3 %, six or more of 50 have a probability of 1e-8."""
    walks = np.cumsum(np.random.default_rng(6).standard_normal((50, 2000, 1)), axis=1)
    silent = 0
    for walk in walks:
        with contextlib.suppress(DataError):
            silent += not validate(record(walk[None]))
    assert silent <= 5


def test_a_seasonal_cycle_is_warned_about() -> None:
    dates = np.arange("2000-01", "2040-01", dtype="M8[M]").astype("M8[us]")
    values = autoregression(0.5, dates.size, seed=7)
    dated = record(values, dt=1.0, time_units="months", dates=dates)
    assert not any("seasonal" in warning for warning in validate(dated))
    cycle = np.sin(2 * np.pi * np.arange(dates.size) / 12)[:, None]
    dated = record(values + cycle, dt=1.0, time_units="months", dates=dates)
    assert any("'x' has a seasonal cycle" in warning for warning in validate(dated))


def test_more_variables_than_the_record_can_carry_are_warned_about() -> None:
    values = autoregression(0.0, 100, seed=8, dimension=20)
    wide = Record(values, dt=1.0)
    assert any("100 states of 20 variables" in warning for warning in validate(wide))


def test_a_jump_is_no_trend_and_is_cut_at_its_place() -> None:
    """At five standard deviations the place is that of the jump to a few steps, and what comes after is steady."""
    values = autoregression(0.5, 3000, seed=9)
    values[:, 1500:] += 5
    with pytest.raises(DataError, match=r"'x' of 'run\.nc' drifts.*mean jumps.*between time step (1\d+) and") as found:
        validate(record(values))
    skip = int(re.search(r"--skip (\d+)", str(found.value))[1])  # pyright: ignore[reportOptionalSubscript]
    assert abs(skip - 1500) < 5
    assert "--detrend" not in str(found.value)
    cut = record_from_dataset(record_to_dataset(record(values)), skip=skip)
    assert validate(cut) == []
    np.testing.assert_array_equal(cut.values, values[:, skip:])
    assert cut.time_label(0) == f"{skip / 2:g} days"


def test_a_system_that_flips_by_itself_needs_more_of_its_flips() -> None:
    """Between two levels, three times up or down: cutting leaves one of them, and the message says what else to do."""
    level = np.repeat([1.0, -1.0, 1.0, -1.0], [1900, 600, 100, 400])
    values = level + 0.5 * autoregression(0.5, 3000, seed=9)[0, :, 0]
    assert re.search(
        "mean jumps.*--skip 19.*take a record with many more of its flips", told(record(values[None, :, None]))
    )


def test_a_trend_that_bends_is_not_said_to_be_straight() -> None:
    values = autoregression(0.5, 3000, seed=10) + 8 * np.exp(-np.arange(3000) / 600)[:, None]
    with pytest.raises(DataError, match=r"No straight line describes it.*--detrend --trend-degree (\d)") as found:
        validate(record(values))
    degree = int(re.search(r"--trend-degree (\d)", str(found.value))[1])  # pyright: ignore[reportOptionalSubscript]
    assert validate(detrend(record(values), degree)) == []


def told(values: Record) -> str:
    """What is said of a record, warned or refused."""
    try:
        return " ".join(validate(values))
    except DataError as error:
        return str(error)


@pytest.mark.parametrize("size", [3, 10])
@pytest.mark.parametrize("shape", ["quadratic", "exponential", "arch", "approach"])
def test_a_smooth_trend_is_no_memory_and_is_taken_out(shape: str, size: float) -> None:
    """Once a trend of the degree that is named is taken out, 0.8 is kept at a step, as before (error 0.011)."""
    time = np.linspace(0, 1, 3000)
    curve = {
        "quadratic": time**2,
        "exponential": np.exp(2.5 * (time - 1)),
        "arch": np.sin(np.pi * time),
        "approach": 1 - np.exp(-3 * time),
    }[shape]
    values = autoregression(0.8, 3000, seed=14) + size * curve[:, None]
    said = re.search(r"drifts?: .*the trend with --detrend(?: --trend-degree (\d))?", told(record(values)))
    assert said
    assert said[1] or size == 3
    without = detrend(record(values), int(said[1] or 1))
    assert not told(without)
    left = without.values[0, :, 0] - without.values.mean()
    assert abs(left[1:] @ left[:-1] / (left @ left) - 0.8) < 4 * 0.011


@pytest.mark.slow
def test_records_without_a_trend_have_no_smooth_one() -> None:
    """At most 1 in 200 of each kind is said to have one; at that rate seven of 160 have a probability of 2e-5."""
    for seed, (memory, steps) in enumerate(((1, 300), (5, 300), (20, 1000), (60, 3000))):
        values = autoregression(np.exp(-1 / memory), steps, seed=20 + seed, members=80)
        said = ["smooth curve" in told(record(member[None])) for member in (*values, *np.exp(values))]
        assert sum(said) <= 6


def test_a_straight_trend_is_taken_out_and_nothing_is_left() -> None:
    values = autoregression(0.5, 3000, seed=11) + np.linspace(0, 5, 3000)[:, None]
    with pytest.raises(DataError, match=r"drifts.*Remove the trend with --detrend"):
        validate(record(values))
    assert validate(detrend(record(values))) == []


@pytest.mark.parametrize("years", [20, 40])
def test_a_cycle_of_days_is_taken_out_by_the_day(years: int) -> None:
    """Means of months leave a saw-tooth, which is seen; those of days leave nothing."""
    dates = np.arange("1980-01-01", f"{1980 + years}-01-01", dtype="M8[D]").astype("M8[us]")
    values = (
        autoregression(0.9, dates.size, seed=12) + 12 * np.cos(2 * np.pi * np.arange(dates.size) / 365.2425)[:, None]
    )
    daily = record(values, dt=1.0, dates=dates)
    assert any("(--anomaly dayofyear)" in warning for warning in validate(daily))
    (still,) = validate(remove_seasonal_cycle(daily, "month"))
    assert "still has a seasonal cycle" in still
    assert "--anomaly dayofyear" in still
    assert validate(remove_seasonal_cycle(daily, "dayofyear")) == []


def test_what_stands_still_in_half_of_the_record_is_named() -> None:
    values = autoregression(0.5, 200, seed=0, dimension=3)
    values[:, 40:160, 2] = 0.0
    with pytest.raises(DataError, match=r"'z' of .* is constant in 2 of its 4 quarters.*--drop z.*--state x --state y"):
        validate(record(values))
    values[:, 60, 2] = values[:, 120, 2] = 1.0
    validate(record(values))


def test_a_total_is_found_behind_its_rounding_and_a_variable_of_its_own_is_not() -> None:
    """Shares of 100 and other units to one decimal; an independent part of twice the decimals' size is let stand."""
    x, y, noise = np.asarray(lfilter([1.0], [1.0, -0.8], np.random.default_rng(0).standard_normal((3, 4000))))
    for third in (x + y, 1.8 * x + 32.0, 100.0 - x - y):
        record = Record(np.stack([x, y, third], axis=1).round(1)[None], dt=1.0, names=("x", "y", "third"))
        with pytest.raises(DataError, match=r"'third' is a combination of .* up to rounding; .*--drop third"):
            validate(record)
    assert (
        validate(Record(np.stack([x, y, x + y + 0.1 * noise], axis=1).round(1)[None], dt=1.0, names=("x", "y", "z")))
        == []
    )


@pytest.mark.slow
def test_a_short_skewed_variable_does_not_drift() -> None:
    """By their values alone 6 % of such records were said to drift; in normal scores as well 3 of these 400 do.

    Up to twelve are let pass: at 6 % so few have a probability of 0.006.
    """
    drifting = 0
    for values in np.exp(1.5 * autoregression(0.9, 60, seed=8, members=400)):
        drifting += any("may drift" in warning for warning in validate(record(values[None]), keep_outliers=True))
    assert drifting <= 12


def test_a_skewed_variable_that_jumps_is_told_of() -> None:
    values = np.exp(autoregression(0.5, 400, seed=9))
    values[:, 200:] += values.std()
    assert any("may drift: a jump" in warning for warning in validate(record(values)))
