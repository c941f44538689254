"""Tables in memory: understood as text tables are, with the index as the time."""

import io
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fluctua.core import DataError
from fluctua.data import Record, Selection, dataset_from_table, record_from_array, record_from_dataset

STEPS = 240
VALUES = np.random.default_rng(2).standard_normal(STEPS)
MONTHS = pd.date_range("1980-01-01", periods=STEPS, freq="MS")
X = pd.DataFrame({"x": VALUES})


def record(table: pd.DataFrame, **chosen: str) -> Record:
    return record_from_dataset(dataset_from_table(table, Selection.of(**chosen)))


CALENDARS = {
    "year and month": X.assign(year=MONTHS.year, month=MONTHS.month),
    "year and month as nullable numbers": X.assign(YEAR=MONTHS.year, Mon=MONTHS.month).convert_dtypes(),
    "year and month as index": X.set_index([MONTHS.year.rename("year"), MONTHS.month.rename("month")]),
    "dates": X.assign(Date=MONTHS),
    "dates as text": X.assign(date=MONTHS.strftime("%m/%d/%Y")),
    "falling dates": X.assign(date=MONTHS)[::-1],
    "index of periods": X.set_index(MONTHS.to_period("M")),
    "column of periods": X.assign(date=MONTHS.to_period("M")),
    "decimal years": X.assign(decimal_date=1980 + (np.arange(STEPS) + 0.5) * 30.4375 / 365.25 + 0.003 * (VALUES > 0)),
    "a row counter beside them": X.assign(**{"Unnamed: 0": range(STEPS), "date": MONTHS}),
}


@pytest.mark.parametrize("case", CALENDARS)
def test_calendars_make_dates_and_no_states(case: str) -> None:
    found = record(CALENDARS[case])
    assert (found.names, found.dt, found.time_units) == (("x",), 1.0, "months")
    assert found.time_label(13).startswith("1981-02")
    np.testing.assert_array_equal(found.values[0, :, 0], VALUES)


def test_an_index_of_years_is_a_calendar() -> None:
    found = record(X.set_index(pd.Index(range(1700, 1700 + STEPS), name="year")))
    assert (found.dt, found.time_units, found.time_label(0)) == (1.0, "years", "1700-01-01")


def test_a_counter_of_months_is_refused_as_in_a_file() -> None:
    with pytest.raises(DataError, match=r"'month' of the table counts from 1 to 12.*Add a column 'year'"):
        record(X.assign(month=MONTHS.month))


def test_runs_in_an_index_of_two_levels() -> None:
    both = pd.concat({"a": X[:120].reset_index(drop=True), "b": X[120:].reset_index(drop=True)})
    for table in (both, both.rename_axis(["run", "time"]), both.rename_axis(["member", None])):
        found = record(table)
        np.testing.assert_array_equal(found.values, VALUES.reshape(2, -1, 1))
        assert found.member_names == ("a", "b")


def test_a_table_is_what_its_file_is() -> None:
    table = X.assign(time=MONTHS, flag="ok", y=VALUES**3 + 1)
    text = io.StringIO()
    table.to_csv(text, index=False)
    text.seek(0)
    for given in (table, pd.read_csv(text)):
        found = record(given, drop="y", rename="x=z")
        assert found.names == ("z",)
        np.testing.assert_allclose(found.values[0, :, 0], VALUES, rtol=1e-12)


def test_masked_values_are_gaps() -> None:
    masked = np.ma.masked_where(VALUES > 1, VALUES)
    np.testing.assert_array_equal(np.isnan(record_from_array(masked).values[0, :, 0]), VALUES > 1)


@pytest.mark.parametrize("index", [pd.RangeIndex(0, 600, 10), pd.Index(np.arange(60) * 10)])
def test_an_index_that_goes_up_by_tens_is_the_time_however_it_is_kept(index: pd.Index) -> None:
    table = pd.DataFrame({"x": np.sin(np.arange(60.0) ** 2)}, index=index)
    assert dataset_from_table(table)["time"].values[:3].tolist() == [0, 10, 20]
    assert "time" not in dataset_from_table(table.set_axis(pd.RangeIndex(60))).coords


@pytest.mark.parametrize("cell", [{"a": 1}, [1, 2], {1}], ids=str)
@pytest.mark.parametrize("first", [None, "0.5", 0.5], ids=str)
def test_cells_that_hold_several_things_are_text(cell: Any, first: Any) -> None:
    table = pd.DataFrame({"x": [first, *(cell if row % 4 == 2 else f"{row / 7}" for row in range(60))]})
    with pytest.raises(DataError, match=f"Column 'x' .* holds text: '{re.escape(str(cell))}' in row 4"):
        dataset_from_table(table)


@pytest.mark.parametrize("strange", ["x", ("a", "b"), pd.Timestamp("2000-01-01")], ids=["text", "pair", "date"])
def test_what_is_no_number_in_an_index_of_numbers_is_named(strange: object) -> None:
    values = np.random.default_rng(0).standard_normal((40, 2))
    index = pd.Index([*range(20), strange, *range(21, 40)], dtype=object, tupleize_cols=False)
    with pytest.raises(DataError, match=r"time of row 21 of the table is .*; .* delete the row"):
        record_from_dataset(dataset_from_table(pd.DataFrame(values, columns=["x", "y"], index=index)))
