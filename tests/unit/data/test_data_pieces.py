"""Records in pieces of any length: cut where times or values are missing, with every advice followed to its end."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fluctua.core import DataError, OptionError, OutputError
from fluctua.data import (
    FEWEST_STEPS,
    Record,
    detrend,
    in_equal_members,
    read_record,
    record_from_dataset,
    validate,
    write_record,
)

RNG = np.random.default_rng(1)
ROWS = RNG.standard_normal((300, 2))
HOURS = np.datetime64("2003-02-27T05", "h") + np.arange(300)


def frame() -> pd.DataFrame:
    """Two variables by the hour."""
    return pd.DataFrame({"time": np.datetime_as_string(HOURS, unit="s"), "x": ROWS[:, 0], "y": ROWS[:, 1]})


def written(tmp_path: Path, table: pd.DataFrame) -> Path:
    path = tmp_path / "run.csv"
    table.to_csv(path, index=False)
    return path


LOST = [*range(40, 45), 150, 299]
KEPT = np.setdiff1d(np.arange(300), LOST)


@pytest.mark.parametrize("how", ["rows", "values", "both"])
def test_gaps_are_refused_and_the_advice_cuts_there(how: str, tmp_path: Path) -> None:
    table = frame()
    if how == "values":
        table.loc[LOST[:-1], "x"] = np.nan
        table.loc[LOST[-1:], "y"] = np.nan
    else:
        table = table.drop(index=LOST if how == "rows" else LOST[:-1])
    if how == "both":
        table.loc[299, "x"] = np.nan
    path = written(tmp_path, table)
    with pytest.raises(DataError, match=r"(--gaps split|Gaps split)"):
        validate(read_record(path))
    record = read_record(path, gaps="split")
    np.testing.assert_array_equal(record.values[0], ROWS[KEPT])
    assert (record.borders, record.lengths) == ((40, 145), (40, 105, 148))
    assert (record.dt, record.time_units, record.duration) == (1.0, "hours", 147.0)
    assert record.dates is not None
    np.testing.assert_array_equal(record.dates.astype("datetime64[h]"), HOURS[KEPT])
    assert validate(record) == []
    (notice,) = record.notices
    assert "is cut into 3 pieces of 40 to 148 steps, and no pair of times crosses a gap" in notice


@pytest.mark.parametrize("clock", ["own dates", "from zero", "none"])
def test_members_of_any_length_keep_their_own_times(clock: str, tmp_path: Path) -> None:
    table = frame().drop(index=LOST)
    table["member"] = np.repeat(["a", "b", "c"], [40, 105, 148])
    if clock == "from zero":
        table["time"] = np.concatenate([np.arange(40), np.arange(105), np.arange(148)])
    elif clock == "none":
        del table["time"]
    path = written(tmp_path, table)
    with pytest.raises(DataError, match=r"Give --gaps split"):
        read_record(path)
    record = read_record(path, gaps="split")
    np.testing.assert_array_equal(record.values[0], ROWS[KEPT])
    assert record.borders == (40, 145)
    assert record.dt == 1.0
    shuffled = read_record(written(tmp_path, table.sort_values("member", ascending=False, kind="stable")), gaps="split")
    assert shuffled.lengths == (148, 105, 40)


def test_members_of_one_length_with_times_of_their_own(tmp_path: Path) -> None:
    table = frame().assign(member=np.repeat([0, 1, 2], 100))
    with pytest.raises(DataError, match=r"Give --gaps split"):
        read_record(written(tmp_path, table))
    assert read_record(written(tmp_path, table), gaps="split").lengths == (100, 100, 100)


def test_missing_tails_are_ends() -> None:
    values = np.stack([ROWS[:100, 0], ROWS[100:200, 0]])
    values[1, 60:] = np.nan
    data = xr.Dataset({"x": (("member", "time"), values)}, {"time": np.arange(100.0)})
    record = record_from_dataset(data, gaps="split")
    np.testing.assert_array_equal(record.values[0, :, 0], np.r_[ROWS[:100, 0], ROWS[100:160, 0]])
    assert record.borders == (100,)
    assert record.time_label(100) == "0 time units"


def test_what_has_no_gaps_stays_what_it_is(good_months: xr.Dataset) -> None:
    whole, split = record_from_dataset(good_months), record_from_dataset(good_months, gaps="split")
    assert (split.borders, split.notices, split.time_units) == ((), (), "months")
    np.testing.assert_array_equal(split.values, whole.values)


@pytest.fixture
def good_months() -> xr.Dataset:
    months = np.arange("1990-01", "2015-01", dtype="datetime64[M]").astype("datetime64[ns]")
    return xr.Dataset({"x": ("time", ROWS[:, 0])}, {"time": months})


def test_months_and_dates_of_other_calendars(good_months: xr.Dataset) -> None:
    gone = good_months.drop_isel(time=[30, 31, 100])
    for data in (gone, gone.convert_calendar("noleap", use_cftime=True)):
        record = record_from_dataset(data, gaps="split")
        assert (record.lengths, record.dt, record.time_units) == ((30, 68, 199), 1.0, "months")


def test_what_is_no_gap_is_not_cut(tmp_path: Path) -> None:
    uneven = frame().assign(time=np.arange(300) + np.where(np.arange(300) % 7 == 3, 0.2, 0.0))
    with pytest.raises(DataError, match=r"Interpolate the record to equal steps"):
        read_record(written(tmp_path, uneven))
    with pytest.raises(DataError, match=r"Interpolate the record to equal steps"):
        read_record(written(tmp_path, uneven), gaps="split")
    steps = np.r_[np.arange(150), 149.0 + 1.5 * np.arange(1, 150), 500.0]
    with pytest.raises(DataError, match=r"uneven|step of 1\.5"):
        read_record(written(tmp_path, frame().assign(time=steps)), gaps="split")
    with pytest.raises(OptionError, match=r"--gaps fill was given"):
        read_record(written(tmp_path, uneven), gaps="fill")  # type: ignore[arg-type]
    nothing = frame().assign(x=np.nan)
    with pytest.raises(
        DataError, match=r"300 missing.*Leave out what never has a value with --drop x, or name the others alone; else"
    ):
        validate(read_record(written(tmp_path, nothing), gaps="split", variable=list("xy")))
    assert validate(read_record(written(tmp_path, nothing), drop="x")) == []
    assert read_record(written(tmp_path, nothing)).notices == ("of 'run.csv' x (without a value) is passed over.",)


@pytest.mark.parametrize("how", ["dates", "numbers", "values"])
def test_a_trend_is_one_line_in_time_across_the_gaps(how: str) -> None:
    """The line is that of the whole record, whose times a gap does not close up."""
    kept = np.setdiff1d(np.arange(300), [*range(60, 160), 250])
    line = 0.3 * np.arange(300)[:, None]
    data = xr.Dataset({"x": ("time", (5.0 + line)[:, 0])}, {"time": HOURS if how == "dates" else np.arange(300.0)})
    if how == "values":
        data["x"][np.setdiff1d(np.arange(300), kept)] = np.nan
    else:
        data = data.isel(time=kept)
    straight = record_from_dataset(data, gaps="split")
    assert straight.borders == (60, 150)
    np.testing.assert_allclose(detrend(straight).values, straight.values.mean(), rtol=1e-12)


def test_only_days_that_are_missing_part_trading_days() -> None:
    days = np.arange("1998-01-01", "2003-01-01", dtype="M8[D]")
    days = days[np.is_busday(days)]
    kept = days[~np.isin(days, np.arange("2001-09-11", "2001-09-17", dtype="M8[D]"))]
    values = RNG.standard_normal(kept.size)
    for times in (kept.astype("M8[ns]"), ("time", (kept - kept[0]).astype(int), {"units": "days since 1998-01-01"})):
        data = xr.Dataset({"x": ("time", values)}, {"time": times})
        with pytest.raises(DataError, match=r"uneven.*--gaps split"):
            record_from_dataset(data)
        record = record_from_dataset(data, gaps="split")
        assert (record.time_units, record.borders) == (
            "trading days",
            (int(np.sum(kept < np.datetime64("2001-09-12"))),),
        )


def test_the_beginning_of_every_run_is_left_out(tmp_path: Path) -> None:
    table = frame().drop(index=LOST)
    table["member"] = np.repeat(["a", "b", "c"], [40, 105, 148])
    record = read_record(written(tmp_path, table), gaps="split", skip=30)
    assert record.lengths == (10, 75, 118)
    np.testing.assert_array_equal(record.values[0, 10:85], ROWS[KEPT][70:145])
    with pytest.raises(OptionError, match=r"--skip 40 was given; .*from 0 to below 40"):
        read_record(written(tmp_path, table), gaps="split", skip=40)


def test_pieces_are_not_taken_for_one_run(tmp_path: Path) -> None:
    record = Record(ROWS[None], dt=1.0, names=("x", "y"), borders=(100,))
    with pytest.raises(OutputError, match=r"2 pieces; .*file of its own"):
        write_record(tmp_path / "run.nc", record)
    for borders in ((0,), (300,), (200, 100)):
        with pytest.raises(DataError, match=r"rising steps"):
            Record(ROWS[None], dt=1.0, names=("x", "y"), borders=borders)


def test_pieces_become_members_of_equal_length() -> None:
    """Nine tenths of the record or more, none across a border, each row where it was."""
    record = Record(ROWS[None], dt=1.0, names=("x", "y"), borders=(120, 125))
    members = in_equal_members(record)
    assert (members.borders, members.dates, members.times) == ((), None, None)
    assert members.members * members.steps >= 0.9 * record.steps
    starts = [int(np.flatnonzero((member[0] == ROWS).all(axis=1))[0]) for member in members.values]
    for start, member in zip(starts, members.values, strict=True):
        np.testing.assert_array_equal(member, ROWS[start : start + members.steps])
        assert not any(start < border < start + members.steps for border in record.borders)
    assert "taken as members" in members.notices[-1]


def test_members_are_as_long_as_a_record_has_to_be() -> None:
    """Shorter parts of pieces hold more of this one, and would be refused."""
    borders = tuple(np.cumsum([90, 60, 60, 40]).tolist())
    members = in_equal_members(Record(ROWS[None], dt=1.0, names=("x", "y"), borders=borders))
    assert members.steps >= FEWEST_STEPS
