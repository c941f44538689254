"""Values as a file packs them: unpacked to the last digit, or refused by the attribute that is wrong."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings, strategies as st
from odd_labelled import Odd, write_classic, write_netcdf4, write_zarr

from fluctua.core import DataError
from fluctua.data import read_record, record_from_dataset

TIMES = np.arange(60.0)
NOISE = np.random.default_rng(0).standard_normal(60)


def packed(attrs: dict[str, Any], values: np.ndarray = NOISE, times: np.ndarray = TIMES) -> Odd:
    return Odd({"time": (("time",), times, {}), "x": (("time",), values, attrs)})


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    kind=st.sampled_from(["float64", "float32", "int16", "int32"]),
    factor=st.sampled_from([1, -1, np.int32(3), np.float32(0.5), 0.1, 2.0, None]),
    offset=st.sampled_from([0, np.int32(7), np.float32(0.1), 273.15, None]),
)
@pytest.mark.parametrize("name", ["netcdf4.nc", "three.zarr"])
def test_values_are_unpacked_to_the_last_digit(
    name: str, kind: str, factor: Any, offset: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("packed") / name
    stored = (NOISE if kind.startswith("f") else 1000 * NOISE).astype(kind)
    attrs = {"scale_factor": factor, "add_offset": offset}
    made = packed({name: value for name, value in attrs.items() if value is not None}, stored)
    write_netcdf4(path, made) if path.suffix == ".nc" else write_zarr(path, made, 3)
    truth = stored * float(1 if factor is None else factor) + float(offset or 0)
    tolerance = 2e-7 if kind == "float32" or getattr(factor, "dtype", None) == np.float32 else 1e-14
    np.testing.assert_allclose(read_record(path).flat[0, :, 0], truth, rtol=0, atol=tolerance * np.abs(truth).max())


@pytest.mark.parametrize("attribute", ["scale_factor", "add_offset"])
@pytest.mark.parametrize("value", ["text", "0.1", b"x", np.array([1.0, 2.0]), np.array([])])
def test_what_is_no_number_is_named(attribute: str, value: Any, tmp_path: Path) -> None:
    write_netcdf4(tmp_path / "run.nc", packed({attribute: value}))
    with pytest.raises(
        DataError, match=rf"Variable 'x' of '.*run\.nc' has the attribute {attribute} .*Correct or delete"
    ):
        read_record(tmp_path / "run.nc")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_factor_that_is_not_finite_is_named(value: float, tmp_path: Path) -> None:
    write_classic(tmp_path / "run.nc", packed({"scale_factor": value}))
    with pytest.raises(DataError, match=rf"Variable 'x' of 'run\.nc' has the attribute scale_factor {value}"):
        read_record(tmp_path / "run.nc")


def test_codes_written_as_text_are_gaps(tmp_path: Path) -> None:
    values = np.where(np.arange(60) == 7, -999.0, NOISE)
    write_netcdf4(tmp_path / "run.nc", packed({"missing_value": "-999."}, values))
    assert np.flatnonzero(np.isnan(read_record(tmp_path / "run.nc").flat[0, :, 0])).tolist() == [7]


def test_the_time_zero_of_a_zarr_store_is_a_time(tmp_path: Path) -> None:
    """Zarr 2 takes zero for the fill where none is named."""
    write_zarr(tmp_path / "run.zarr", packed({}), 2)
    record = read_record(tmp_path / "run.zarr")
    assert (record.start, record.dt) == (0.0, 1.0)


def test_data_in_memory_may_still_be_packed() -> None:
    data = packed({"scale_factor": 0.1}).dataset()
    with pytest.raises(DataError, match=r"scale_factor 0\.1, and may still be packed; .*decode_cf"):
        record_from_dataset(data)
    decoded = record_from_dataset(xr.decode_cf(data))
    np.testing.assert_allclose(decoded.flat[0, :, 0], 0.1 * NOISE, rtol=1e-15)
    del data.x.attrs["scale_factor"]
    np.testing.assert_array_equal(record_from_dataset(data).flat[0, :, 0], NOISE)


def test_decimals_that_were_cut_off_are_noticed(tmp_path: Path) -> None:
    write_netcdf4(tmp_path / "run.nc", packed({"scale_factor": 1}))
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as data:
        if data.x.dtype.kind == "i":  # a later xarray may read it rightly
            with pytest.raises(DataError, match=r"decimals of 'x' .* cut off when it was opened"):
                record_from_dataset(data)
    np.testing.assert_array_equal(read_record(tmp_path / "run.nc").flat[0, :, 0], NOISE)


@pytest.mark.parametrize("damage", [False, True], ids=["packed in whole numbers", "damaged"])
def test_a_refused_file_can_be_written_anew_while_the_error_is_kept(tmp_path: Path, damage: bool) -> None:
    path = tmp_path / "run.nc"
    write_netcdf4(path, packed({"scale_factor": np.int32(3)}, NOISE[:1], TIMES[:1]))
    if damage:
        content = bytearray(path.read_bytes())
        content[185:193] = bytes(8)  # within what HDF5 keeps of its groups
        path.write_bytes(content)
    with pytest.raises(DataError) as kept:
        read_record(path)
    write_netcdf4(path, packed({}))  # HDF5 refuses to truncate a file that is open
    np.testing.assert_array_equal(read_record(path).flat[0, :, 0], NOISE)
    assert ("cannot be opened" in str(kept.value)) == damage
