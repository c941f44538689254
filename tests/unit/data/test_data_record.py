"""The record itself: shapes, names, views, and records from plain arrays."""

from typing import Any

import numpy as np
import pytest

from fluctua.core import DataError, OptionError
from fluctua.data import Record, record_from_array


def test_a_contiguous_array_is_not_copied_and_stays_writeable() -> None:
    values = np.zeros((2, 60, 3))
    record = Record(values, dt=0.5, names=("x", "y", "z"))
    assert np.shares_memory(record.values, values)
    assert np.shares_memory(record.flat, values)
    assert values.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        record.values[0, 0, 0] = 1.0


def test_other_layouts_become_contiguous_float64() -> None:
    values = np.arange(120, dtype=np.int32).reshape(2, 60, 1).transpose(2, 1, 0)
    record = Record(values, dt=1.0)
    assert record.values.flags.c_contiguous
    assert record.values.dtype == np.float64
    np.testing.assert_array_equal(record.values, values)


def test_cells_are_named_in_the_order_of_flat() -> None:
    values = np.arange(2 * 60 * 3 * 4, dtype=float).reshape(2, 60, 3, 4)
    record = Record(values, dt=0.1, field="u", dims=("y", "x"))
    column = record.names.index("u[y=2,x=1]")
    np.testing.assert_array_equal(record.flat[..., column], values[:, :, 2, 1])
    assert (record.dimension, record.state_shape, record.is_field) == (12, (3, 4), True)


def test_times_are_shown_as_numbers_or_dates() -> None:
    values = np.zeros((1, 60, 1))
    assert Record(values, dt=0.1, time_units="days", start=5.0).time_label(3) == "5.3 days"
    dates = np.arange("2000-01-01", 60, dtype="M8[D]").astype("M8[us]")
    assert Record(values, dt=1.0, time_units="days", dates=dates).time_label(31) == "2000-02-01"


@pytest.mark.parametrize("shape", [(60,), (60, 2), (2, 60, 2)])
def test_arrays_become_records(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).standard_normal(shape)
    record = record_from_array(values, dt=0.25, time_units="s")
    assert record.flat.reshape(shape).tolist() == values.tolist()
    assert record.names == (("x",) if len(shape) == 1 else ("x0", "x1"))
    assert (record.dt, record.time_units, record.title) == (0.25, "s", "the record")


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (np.zeros((2, 3, 4, 5)), r"the array has the shape \(2, 3, 4, 5\); the shape .* is needed.*Reshape"),
        (np.zeros((0, 3)), r"the array has the shape \(0, 3\); .*not empty\. Reshape"),
        ([["a", "b"]], r"not an array of numbers .*; an array of shape .*Convert"),
        ([[1.0], [1.0, 2.0]], r"not an array of numbers .*; an array of shape .*Convert"),
    ],
)
def test_arrays_that_are_no_records_are_refused(values: Any, pattern: str) -> None:
    with pytest.raises(DataError, match=f"(?i){pattern}"):
        record_from_array(values)


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        ({"names": ("x",)}, r"has 1 names for the state shape \(2,\); .*one name per state variable\. Give"),
        ({"names": ("x", "x")}, r"two variables called 'x'; names must differ\. Rename"),
        ({"dt": 0.0}, r"time step of the record is 0\.0; a positive time step is needed\. Give"),
        ({"dt": np.nan}, r"time step of the record is nan; a positive"),
        (
            {"field": "u", "dims": ("y", "x")},
            r"'u' has the dimensions \('y', 'x'\).*one name per.*Name every",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(options: dict[str, Any], pattern: str) -> None:
    with pytest.raises(DataError, match=pattern):
        Record(np.zeros((1, 60, 2)), **{"dt": 1.0, **options})


def test_a_vector_has_no_homogeneous_dimension() -> None:
    with pytest.raises(OptionError, match=r"'x' was given .*; only a gridded variable.*Leave the option out"):
        Record(np.zeros((1, 60, 2)), dt=1.0, homogeneous=("x",))
