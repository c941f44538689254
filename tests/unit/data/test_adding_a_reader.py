"""A format of one's own: one reader and one writer, registered from outside, are found wherever formats are."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from fluctua.core import DataError, OutputError, forget, members_table, register
from fluctua.data import Record, read_record, record_to_dataset, write_record


def read_toy(path: Path, variable: str | None = None) -> xr.Dataset:
    """JSON lines: one object a time step."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return xr.Dataset.from_dict({name: {"dims": "time", "data": [row[name] for row in rows]} for name in rows[0]})


def write_toy(path: Path, record: Record, attrs: Mapping[str, Any]) -> None:
    dataset = record_to_dataset(record, attrs)
    names = ("time", *record.names)
    path.write_text(
        "\n".join(
            json.dumps({name: value.item() for name, value in zip(names, row, strict=True)})
            for row in zip(*(dataset[name].values for name in names), strict=True)
        )
    )


@pytest.fixture
def toy() -> Iterator[None]:
    register("reader", "toy", suffixes=(".toy", ".jsonl"), summary="one object a line")(read_toy)
    register("writer", "toy", suffixes=(".toy",), without="#", summary="one object a line")(write_toy)
    yield
    forget("reader", "toy")
    forget("writer", "toy")


@pytest.fixture
def record() -> Record:
    values = np.random.default_rng(0).standard_normal((1, 60, 2))
    return Record(values, dt=0.1, names=("x", "y"), start=0.3)


@pytest.mark.usefixtures("toy")
def test_a_record_makes_the_round_trip(tmp_path: Path, record: Record) -> None:
    write_record(tmp_path / "run.toy", record)
    again = read_record(tmp_path / "run.toy")
    np.testing.assert_array_equal(again.values, record.values)
    assert (again.names, again.dt, again.start, again.source) == (("x", "y"), 0.1, 0.3, "run.toy")
    assert read_record(tmp_path / "run.toy", variable="y").names == ("y",)
    (tmp_path / "run.toy").rename(tmp_path / "run.JSONL")
    np.testing.assert_array_equal(read_record(tmp_path / "run.JSONL").values, record.values)
    assert [path.name for path in tmp_path.iterdir()] == ["run.JSONL"]


@pytest.mark.usefixtures("toy")
def test_what_holds_for_every_format_holds_for_it(tmp_path: Path, record: Record) -> None:
    with pytest.raises(DataError, match=r"run\.toy' does not exist; .*Check the path"):
        read_record(tmp_path / "run.toy")
    (tmp_path / "run.toy").touch()
    with pytest.raises(DataError, match=r"run\.toy' is empty; .*Write"):
        read_record(tmp_path / "run.toy")
    with pytest.raises(OutputError, match=r"run\.toy' exists already; .*Choose"):
        write_record(tmp_path / "run.toy", record)
    with pytest.raises(OutputError, match=r"called 'a#'; a \.toy file needs other names .*, without '#'\. Rename"):
        write_record(tmp_path / "new.toy", Record(record.values, dt=1.0, names=("a#", "b")))


@pytest.mark.usefixtures("toy")
def test_it_is_in_messages_and_tables(tmp_path: Path, record: Record) -> None:
    with pytest.raises(DataError, match=r"suffix '\.mat'; a record is read from \.csv, \.nc, \.zarr or \.toy\. Conv"):
        read_record(tmp_path / "run.mat")
    with pytest.raises(OutputError, match=r"suffix '\.mat'; a record is written to \.csv, \.nc, \.zarr or \.toy\. G"):
        write_record(tmp_path / "run.mat", record)
    assert "| `toy` | one object a line |" in members_table("reader")
    assert "| `toy` | one object a line |" in members_table("writer")


def test_without_it_the_suffix_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "run.toy").write_text("{}")
    with pytest.raises(DataError, match=r"'\.toy'; a record is read from \.csv, \.nc or \.zarr\. Convert"):
        read_record(tmp_path / "run.toy")
    assert [line.split("`")[1] for line in members_table("reader").splitlines()[2:]] == ["csv", "netcdf", "zarr"]
