"""Records in Zarr stores."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from ..core import register
from ._opened import open_dataset
from ._record import Record
from ._write import record_to_dataset


@register(
    "reader",
    "zarr",
    suffixes=(".zarr",),
    folder=True,
    summary="a Zarr store, version 2 or 3: series over time, or a gridded variable",
)
def read_zarr(path: Path, variable: str | None = None) -> xr.Dataset:
    """The dataset of a Zarr store.

    Raises:
        DataError: It is none, or damaged.
    """
    dataset = open_dataset(path, "Zarr store", engine="zarr", backend_kwargs={"consolidated": False})
    return dataset[sorted(map(str, dataset.data_vars), key=_natural)]  # a folder lists its arrays in no order


@register("writer", "zarr", suffixes=(".zarr",), without="/", summary="a Zarr store with CF attributes")
def write_zarr(path: Path, record: Record, attrs: Mapping[str, Any]) -> None:
    """The record as a Zarr store."""
    record_to_dataset(record, attrs).to_zarr(path, mode="w", consolidated=False)


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts ``x2`` before ``x10``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
