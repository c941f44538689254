"""CSV: what a table means, and what is refused by name."""

from pathlib import Path

import numpy as np
import pytest

from fluctua.core import DataError, OptionError
from fluctua.data import Record, read_record


def read(folder: Path, text: str, **options: str) -> Record:
    path = folder / "run.csv"
    path.write_text(text, encoding="utf-8")
    return read_record(path, **options)


def test_columns_without_time_have_step_one(tmp_path: Path) -> None:
    record = read(tmp_path, "x,y\n1,2\n3,4.5\n5,6\n")
    assert (record.names, record.dt, record.time_units) == (("x", "y"), 1.0, "steps")
    np.testing.assert_array_equal(record.values, [[[1, 2], [3, 4.5], [5, 6]]])
    assert record.values.dtype == np.float64
    assert record.source == "run.csv"


def test_time_may_stand_anywhere_and_in_capitals(tmp_path: Path) -> None:
    record = read(tmp_path, "\ufeffx, Time\n1,2.5\n3,3.0\n5,3.5\n")
    assert (record.names, record.dt, record.start) == (("x",), 0.5, 2.5)


def test_dates_with_zones_are_read(tmp_path: Path) -> None:
    record = read(tmp_path, "time,x\n2001-01-01T00:00Z,1\n2001-01-01T06:00Z,2\n2001-01-01T14:00+02:00,3\n")
    assert (record.dt, record.time_units) == (6.0, "hours")
    assert record.time_label(1) == "2001-01-01T06:00:00"


BLOCKS = "member,time,x\nb,0,1\nb,1,2\na,0,3\na,1,4\n"
INTERLEAVED = "member,time,x\nb,0,1\na,0,3\nb,1,2\na,1,4\n"


@pytest.mark.parametrize("text", [BLOCKS, INTERLEAVED])
def test_members_keep_their_order_of_appearance(tmp_path: Path, text: str) -> None:
    record = read(tmp_path, text)
    np.testing.assert_array_equal(record.values, [[[1], [2]], [[3], [4]]])
    assert record.member_names == ("b", "a")


def test_one_column_can_be_chosen(tmp_path: Path) -> None:
    assert read(tmp_path, "x,y,note\n1,2,a\n3,4,b\n", variable="y").names == ("y",)
    with pytest.raises(OptionError, match=r"'z' was asked for .*variables are x, y.*Name one of these"):
        read(tmp_path, "x,y\n1,2\n3,4\n", variable="z")


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        (
            "1,2\n3,4\n",
            r"first line of 'run\.csv' holds numbers \(1, 2\); .*must name the col.*Add a",
        ),
        ("x,x\n1,2\n", r"two columns called 'x'; .*of its own\. Rename"),
        ("x,,y\n1,2,3\n", r"Column 2 of 'run\.csv' has no name; .*Name or drop"),
        ("time\n1\n2\n", r"no column beside time; at least one state variable.*Add"),
        ("x,y\n", r"has a header and no rows; a record needs many rows.*complete"),
        ("\n\n", r"does not start with a header; .*Add a header"),
        (
            "x,y\n1,2\n2,abc\n",
            r"Column 'y' of 'run\.csv' holds text: 'abc' in row 2 \(line 3 of the file\); .*hold numbers\. Correct",
        ),
        ("x,y\n1,2,3\n4,5\n", r"first row .* has 3 values under 2 names; .*as many values.*Name or drop"),
        ("x,y\n1,2\n3,4,5\n", r"cannot be read as a table .*line 3.*; every row needs.*Correct"),
        (
            "time,x\n2001-01-01,2\n2001-13-01,3\n",
            r"time of row 2 .* is '2001-13-01'; .*ISO dates.*Correct",
        ),
        ("time,x\n0,1\n0,2\n", r"Time is repeated in 'run\.csv'.*must increase.*'member' column"),
        (
            "member,x\na,1\na,2\nb,3\n",
            r"Member 'b' .* has 1 rows, where member 'a' has 2; .*same.*Give --gaps split",
        ),
        (
            "member,time,x\na,0,1\na,1,2\nb,0,3\nb,2,4\n",
            r"Member 'b' .*time 2 at its step 2, .*'a' has 1; ",
        ),
        (
            "member,x\na,1\n,2\n",
            r"row 2 \(line 3 .*\) of 'run\.csv' has no member; .*every row needs one\. Fill",
        ),
        ("x\n1\n", r"'run\.csv' has 1 time step; .*many steps.*Give a longer record"),
    ],
)
def test_tables_that_are_no_records_are_refused(tmp_path: Path, text: str, pattern: str) -> None:
    with pytest.raises(DataError, match=f"(?is){pattern}"):
        read(tmp_path, text)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_bytes(b"\xff\xfe\x00\x01" * 50)
    with pytest.raises(DataError, match=r"not a text file in UTF-8.*is needed\. Export"):
        read_record(tmp_path / "run.csv")


def test_a_table_has_no_homogeneous_dimension(tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_text("x\n1\n2\n3\n")
    with pytest.raises(OptionError, match=r"'lon' .* 'run\.csv'; only a gridded.*Leave the option out"):
        read_record(tmp_path / "run.csv", homogeneous=("lon",))
