"""Opening NetCDF and Zarr without surprises: no time decoding yet, no library traceback."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xarray as xr

from ..core import DataError

_HDF5 = b"\x89HDF\r\n\x1a\n"
_NETCDF3 = (b"CDF\x01", b"CDF\x02")


@contextmanager
def open_netcdf(path: Path) -> Iterator[xr.Dataset]:
    """The dataset of a NetCDF file, version 4 (HDF5) or 3 (classic), told apart by their first bytes."""
    with path.open("rb") as file:
        start = file.read(8)
    if start == _HDF5:
        engine = "h5netcdf"
    elif start[:4] in _NETCDF3:
        engine = "scipy"
    else:
        raise DataError(
            f"'{path}' does not start like a NetCDF file",
            "NetCDF version 4 or version 3 (classic, 64-bit offset) is needed",
            "check that it was copied completely, or convert it with 'nccopy -k nc4'",
        )
    with _opened(path, "NetCDF file", engine=engine) as dataset:
        yield dataset


@contextmanager
def open_zarr(path: Path) -> Iterator[xr.Dataset]:
    """The dataset of a Zarr store, version 2 or 3."""
    with _opened(path, "Zarr store", engine="zarr", backend_kwargs={"consolidated": False}) as dataset:
        yield dataset[sorted(map(str, dataset.data_vars), key=_natural)]  # a folder lists its arrays in no order


@contextmanager
def _opened(path: Path, kind: str, **options: Any) -> Iterator[xr.Dataset]:
    """Open with every time left as the number it is stored as; the axis of time is decoded later."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # xarray warns about encodings that do not matter here
        try:
            dataset = xr.open_dataset(path, decode_times=False, decode_timedelta=False, **options)
        except Exception as error:  # whatever the library stumbled on, the user has one thing to do
            raise DataError(
                f"'{path}' cannot be opened as a {kind} ({_short(error)})",
                f"a complete {kind} is needed",
                "check that it was copied completely, or write it again",
            ) from error
        with dataset:
            yield dataset


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts ``x2`` before ``x10``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _short(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
