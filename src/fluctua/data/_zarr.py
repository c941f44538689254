"""Records in Zarr stores."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import xarray as xr

from ..core import register
from ._opened import open_group
from ._record import Record
from ._selection import Selection
from ._write import record_to_dataset


@register(
    "reader",
    "zarr",
    suffixes=(".zarr", ".zip"),
    folder=True,
    groups=True,
    summary="a Zarr store, version 2 or 3: series over time, or a gridded variable",
)
def read_zarr(path: Path, selection: Selection = Selection()) -> xr.Dataset:
    """The dataset of a Zarr store, zipped or not, or of a group in it.

    Raises:
        DataError: It is none, or damaged.
    """
    options: dict[str, Any] = {"engine": "zarr", "backend_kwargs": {"consolidated": False}}
    group = selection.group
    if path.is_file() and zipfile.is_zipfile(path):
        from zarr.storage import ZipStore

        options["store"] = ZipStore(path, mode="r")
        group = "/".join(part for part in (_top(path), group) if part)
    dataset = open_group(path, group, "Zarr store", **options)
    return dataset[sorted(map(str, dataset.data_vars), key=_natural)]  # a folder lists its arrays in no order


@register("writer", "zarr", suffixes=(".zarr",), without="/", summary="a Zarr store with CF attributes")
def write_zarr(path: Path, record: Record, attrs: Mapping[str, Any]) -> None:
    """The record as a Zarr store."""
    record_to_dataset(record, attrs).to_zarr(path, mode="w", consolidated=False)


def _top(path: Path) -> str:
    """The folder inside a zipped store in which the store is, if it was zipped as a folder."""
    with zipfile.ZipFile(path) as packed:
        names = [PurePosixPath(name) for name in packed.namelist()]
    roots = [name.parent for name in names if name.name in ("zarr.json", ".zgroup")]
    top = min(roots, key=lambda folder: len(folder.parts), default=PurePosixPath())
    return "/".join(top.parts)


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts ``x2`` before ``x10``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
