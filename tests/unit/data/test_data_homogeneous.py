"""Records of homogeneous fields: kept in single precision, judged by a few series."""

import numpy as np
import pytest
import xarray as xr

from fluctua.core import DataError
from fluctua.data import Record, detrend, record_from_dataset, validate


def field(members: int = 3, steps: int = 300, *, seed: int = 0) -> np.ndarray:
    """White noise in time and space, shape ``(member, time, z, y, x)``."""
    return np.random.default_rng(seed).standard_normal((members, steps, 2, 4, 6), dtype=np.float32)


def record(values: np.ndarray, homogeneous: tuple[str, ...] = ("y", "x")) -> Record:
    return Record(values, dt=1.0, field="u", dims=("z", "y", "x"), homogeneous=homogeneous)


def test_single_precision_is_kept_where_the_field_is_homogeneous() -> None:
    values = field()
    assert record(values).values.dtype == np.float32
    assert np.shares_memory(record(values).values, values)
    assert record(values, ()).values.dtype == np.float64
    assert record(values.astype(np.float64)).values.dtype == np.float64
    assert record(values.astype(np.float16)).values.dtype == np.float64
    array = xr.DataArray(values, dims=("member", "time", "z", "y", "x"), name="u")
    assert record_from_dataset(array, homogeneous=("x",)).values.dtype == np.float32
    assert record_from_dataset(array).values.dtype == np.float64


def test_units_of_the_coordinates_are_read() -> None:
    coords = {"x": ("x", np.arange(6.0), {"units": "km"}), "y": np.arange(4.0)}
    array = xr.DataArray(field()[:, :, 0], dims=("member", "time", "y", "x"), coords=coords, name="u")
    assert record_from_dataset(array, homogeneous=("x",)).units == {"x": "km"}


def test_a_good_field_has_nothing_to_be_said() -> None:
    assert validate(record(field()), max_lag=20.0) == []


@pytest.mark.parametrize(("cell", "other"), [((0, 0, 0), (0, 0, 5)), ((0, 0, 0), (0, 3, 0)), ((0, 0, 0), (1, 0, 0))])
def test_copies_along_each_dimension_are_found(cell: tuple[int, ...], other: tuple[int, ...]) -> None:
    values = field()
    values[:, :, *other] = 2 * values[:, :, *cell]
    with pytest.raises(DataError, match=r"copies of one another.*'u\[z=0,y=0,x=0\]' and 'u\[z=\d,y=\d,x=\d\]'"):
        validate(record(values))


def test_a_drift_of_one_level_is_found_in_its_mean() -> None:
    """Hidden in every cell, where it explains a hundredth of the variance, but not in the mean over the plane."""
    values = field(steps=2000)
    values[:, :, 1] += np.linspace(-0.35, 0.35, 2000, dtype=np.float32)[:, None, None]
    with pytest.raises(DataError, match=r"'the mean of u at z=1' of the record drifts.*--detrend"):
        validate(record(values))
    assert validate(detrend(record(values))) == []


def test_a_conserved_mean_is_no_signal() -> None:
    values = field()
    values -= values.mean(axis=(3, 4), keepdims=True)
    assert validate(record(values)) == []


def test_a_missing_value_and_a_constant_cell_are_named() -> None:
    values = field()
    values[1, 7, 1, 2, 3] = np.nan
    with pytest.raises(DataError, match=r"1 missing.*'u\[z=1,y=2,x=3\]' at time step 8"):
        validate(record(values))
    values = field()
    values[:, :, 1, 2, 3] = 5.0
    with pytest.raises(DataError, match=r"'u\[z=1,y=2,x=3\]' of the record is constant"):
        validate(record(values))
