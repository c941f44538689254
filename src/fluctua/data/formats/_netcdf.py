"""Records in NetCDF files."""

import traceback
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from ...core import DataError, register
from ..files import open_dataset, open_group, unopened
from ..labelled import Selection
from ..record import Record
from ._write import record_to_dataset

_KIND = "NetCDF file"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_NETCDF3 = (b"CDF\x01", b"CDF\x02")


@register(
    "reader",
    "netcdf",
    suffixes=(".nc", ".nc4", ".cdf", ".netcdf"),
    groups=True,
    summary="a NetCDF file, version 4 or 3: series over time, or a gridded variable",
)
def read_netcdf(path: Path, selection: Selection = Selection()) -> xr.Dataset:
    """The dataset of a NetCDF file or of a group in it, version 4 (HDF5) or 3 (classic), told by its first bytes.

    Raises:
        DataError: It is neither, or damaged.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start == _HDF5:
        _refuse_damaged_hdf5(path)
        try:
            return open_group(path, selection.group, _KIND, engine="h5netcdf")
        except DataError as error:
            _let_go(error)
            raise
    if start[:4] in _NETCDF3:
        _refuse_damaged_classic(path)
        return open_dataset(path, _KIND, engine="scipy")
    raise DataError(
        f"'{path}' does not start like a NetCDF file",
        "NetCDF version 4 or version 3 (classic, 64-bit offset) is needed",
        "check that it was copied completely, or convert it with 'nccopy -k nc4'",
    )


def _let_go(error: BaseException | None) -> None:
    """Let go of what the functions held that an error came through: h5netcdf does not close what it stumbles on.

    As long as the error is kept, as a notebook keeps the last one, the file could not be written anew.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def _refuse_damaged_hdf5(path: Path) -> None:
    """Refuse a file of which nothing can be read: h5netcdf would leave the traceback of a half-opened one behind."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            file.attrs.get("_nc3_strict")
    except Exception as error:  # h5py has several for what is damaged
        raise unopened(path, _KIND, error) from error


def _refuse_damaged_classic(path: Path) -> None:
    """Refuse a file whose header cannot be read: SciPy would leave it open, and warn about that later."""
    from scipy.io import netcdf_file

    file = netcdf_file.__new__(netcdf_file)  # at hand to be closed even where it fails
    failure: Exception | None = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            file.__init__(str(path), mmap=True)
        except Exception as error:  # SciPy does not check what it reads
            failure = error
        finally:
            file.close()
    if failure is not None:
        raise unopened(path, _KIND, failure) from failure


@register("writer", "netcdf", suffixes=(".nc",), without="/", summary="a NetCDF file with CF attributes, version 4")
def write_netcdf(path: Path, record: Record, attrs: Mapping[str, Any]) -> None:
    """The record as a NetCDF file."""
    record_to_dataset(record, attrs).to_netcdf(path, engine="h5netcdf")
