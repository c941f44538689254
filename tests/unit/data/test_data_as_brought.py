"""Tables whose columns count, name months or stand across: dates where they are ones, else a refusal with its cure."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fluctua.core import DataError
from fluctua.data import Record, read_record, record_from_dataset, validate
from fluctua.verbs import to_record

STEPS = 240
X, Y = np.random.default_rng(0).standard_normal((2, STEPS)).round(3)
NUMBERS = pd.DataFrame({"x": X, "y": Y})
YEAR, MONTH = 1990 + np.arange(STEPS) // 12, np.arange(STEPS) % 12 + 1
NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
RUNS = np.repeat([7, 8, 9], [100, 60, 80])
STEP = np.concatenate([np.arange(count) for count in (100, 60, 80)])


def of(**columns: Any) -> pd.DataFrame:
    return pd.concat([pd.DataFrame(columns), NUMBERS], axis=1)


def from_file(table: pd.DataFrame, folder: Path, **chosen: Any) -> Record:
    table.to_csv(folder / "a.csv", index=False)
    return read_record(folder / "a.csv", **chosen)


ACROSS: dict[str, tuple[Sequence[str], str]] = {
    "numbers of months": ([str(number) for number in range(1, 13)], "months"),
    "M01 to M12": ([f"M{number:02d}" for number in range(1, 13)], "months"),
    "names of months": (NAMES, "months"),
    "quarters": (["Q1", "Q2", "Q3", "Q4"], "quarters"),
    "quarters behind": (["1Q", "2Q", "3Q", "4Q"], "quarters"),
    "seasons": (["DJF", "MAM", "JJA", "SON"], "seasons"),
}


@pytest.mark.parametrize("case", ACROSS)
def test_a_table_of_years_by_their_parts_is_refused(case: str, tmp_path: Path) -> None:
    names, what = ACROSS[case]
    values = np.random.default_rng(1).standard_normal((60, len(names)))
    table = pd.DataFrame(values, columns=pd.Index(names), index=pd.Index(range(1900, 1960), name="Year"))
    says = rf"is a table of years by {what}: a row for each year.*; one row for each {what[:-1]} is needed"
    with pytest.raises(DataError, match=says):
        from_file(table.reset_index(), tmp_path)
    for each in (table, table.reset_index()):
        with pytest.raises(DataError, match=says):
            to_record(each)


@pytest.mark.parametrize(
    "names", [["1", "2", "3", "4"], [f"q{n}" for n in range(1, 6)], [f"T{n}" for n in range(1, 5)]]
)
def test_numbered_columns_beside_a_year_may_be_places(names: list[str]) -> None:
    table = pd.DataFrame(np.random.default_rng(1).standard_normal((60, len(names))), columns=pd.Index(names))
    assert to_record(table.assign(year=range(1900, 1960))).names == tuple(names)


CALENDARS = {
    "names of months": of(year=YEAR, month=[NAMES[k - 1] for k in MONTH]),
    "names with points": of(Year=YEAR, Mon=[f"{NAMES[k - 1]}." for k in MONTH]),
    "French": of(annee=YEAR, mois=MONTH),
    "Spanish": of(**{"a\u00f1o": YEAR}, mes=MONTH),
    "months as numbers of any name": of(period=100 * YEAR + MONTH),
}


@pytest.mark.parametrize("case", CALENDARS)
def test_calendars_in_words_and_other_languages_are_dates(case: str, tmp_path: Path) -> None:
    for record in (to_record(CALENDARS[case]), from_file(CALENDARS[case], tmp_path)):
        assert (record.names, record.dt, record.time_units) == (("x", "y"), 1.0, "months")
        assert str(record.time_label(13)).startswith("1991-02")


def test_a_column_of_dates_is_the_time_of_a_table_whose_rows_were_filtered() -> None:
    days = pd.date_range("2001-01-01", periods=STEPS)
    for dates in (days, days.strftime("%d.%m.%Y")):
        record = to_record(of(when=dates).set_axis(2 * np.arange(STEPS) + 5))
        assert (record.names, record.dt, record.time_units) == (("x", "y"), 1.0, "days")
    record = to_record(NUMBERS.set_axis(2 * np.arange(STEPS) + 5))  # of which nothing else says when
    assert record.dt == 2


def test_steps_counted_within_runs_are_no_state(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'step' of .* goes up in equal steps of 1;.*--rename step=time"):
        to_record(of(run=RUNS, step=STEP), gaps="split")
    with pytest.raises(DataError, match=r"counts from 0 to 99 and begins again at 2 places, first in row 101;") as told:
        from_file(of(box=RUNS, step=STEP), tmp_path)
    assert "give --member box, with --gaps split and --rename step=time" in str(told.value)
    record = from_file(of(box=RUNS, step=STEP), tmp_path, member="box", gaps="split", rename=["step=time"])
    assert (record.names, record.borders) == (("x", "y"), (100, 160))


def test_a_number_of_runs_is_told_from_a_variable(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'box' of .* is constant in .*; if it numbers the runs .* --member box"):
        validate(from_file(of(box=np.repeat([7, 8, 9, 10], 60)), tmp_path))


def test_parts_of_a_day_need_no_year() -> None:
    with pytest.raises(
        DataError, match=r"'h' of the table counts from 0 to 23.*Give a column 'time'.*--drop h"
    ) as told:
        to_record(of(h=np.arange(STEPS) % 24))
    assert "year' beside" not in str(told.value)


def test_depth_and_looking_back_run_backwards(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"what is deeper came first, give --rename 'Depth \(cm\)=age'"):
        from_file(of(**{"Depth (cm)": np.arange(STEPS) / 10}), tmp_path)
    core = from_file(of(**{"Depth (cm)": np.arange(STEPS) / 10}), tmp_path, rename=["Depth (cm)=age"])
    looking_back = from_file(of(lookback_time=np.arange(STEPS)), tmp_path)
    for record in (core, looking_back):
        np.testing.assert_array_equal(record.values[0, :, 0], X[::-1])


def test_a_row_of_codes_above_dates_is_named_by_its_line(tmp_path: Path) -> None:
    lines = [f"{month}/1/{year},{x},{y}" for month, year, x, y in zip(MONTH, YEAR, X, Y, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(["sasdate,x,y", "Transform:,5,2", *lines]))
    with pytest.raises(DataError, match=r"row 1 \(line 2 of the file\) of 'a.csv' is 'Transform:'.*delete the row"):
        read_record(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("\n".join(["sasdate,x,y", *lines]))
    assert read_record(tmp_path / "a.csv").time_units == "months"


def test_days_that_are_there_twice_are_no_local_clock() -> None:
    days = pd.date_range("2001-04-01", periods=STEPS)
    again = pd.concat([NUMBERS.set_axis(days), NUMBERS.set_axis(days).iloc[9:10]]).sort_index()
    with pytest.raises(DataError, match="drop repeated steps") as told:
        to_record(again)
    assert "local clock" not in str(told.value)


def test_lines_between_names_and_numbers_are_to_be_deleted(tmp_path: Path) -> None:
    lines = [f"2001-01-01 {k // 60:02d}:{k % 60:02d}:00,{k},{x},{y}" for k, (x, y) in enumerate(zip(X, Y, strict=True))]
    head = ["TIMESTAMP,RECORD,x,y", "TS,RN,Deg C,m/s", ",,Avg,Avg"]
    (tmp_path / "a.csv").write_text("\n".join([*head, *lines]))
    with pytest.raises(DataError, match="Keep the line that names the columns, and delete the others above"):
        read_record(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("\n".join([head[0], *lines]))
    assert read_record(tmp_path / "a.csv").names == ("x", "y")


def test_a_dimension_without_times_is_named_in_its_remedy() -> None:
    data = xr.Dataset({"x": ("obs", X), "y": ("obs", Y)})
    with pytest.raises(DataError, match="--rename obs=time"):
        record_from_dataset(data)


def test_variables_that_are_never_there_together_leave_no_pieces() -> None:
    table = NUMBERS.assign(y=np.where(np.arange(STEPS) % 2, Y, np.nan))
    with pytest.raises(DataError, match=r"no two steps in a row with values.*'y' is missing at 120 of 240.*--drop y"):
        to_record(table, gaps="split")
    assert to_record(table, gaps="split", drop=["y"]).names == ("x",)
