"""Records in Zarr stores."""

import base64
import contextlib
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import ZarrStore

from ...core import register
from ..files import open_dataset, open_group
from ..labelled import Selection
from ..record import Record
from ._write import record_to_dataset

_KIND = "Zarr store"


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
    store = options.get("store", path)
    fills = _declared_fills(store, group)
    if fills:  # opened so that xarray does not try to read the attribute
        opened = ZarrStore.open_group(
            store, group=group or None, mode="r", consolidated=False, use_zarr_fill_value_as_mask=True
        )
        dataset = open_dataset(path, _KIND, store=opened, fills=fills)
    else:
        dataset = open_group(path, group, _KIND, **options)
    return dataset[sorted(map(str, dataset.data_vars), key=_natural)]  # a folder lists its arrays in no order


@register("writer", "zarr", suffixes=(".zarr",), without="/", summary="a Zarr store with CF attributes")
def write_zarr(path: Path, record: Record, attrs: Mapping[str, Any]) -> None:
    """The record as a Zarr store."""
    record_to_dataset(record, attrs).to_zarr(path, mode="w", consolidated=False)


def _declared_fills(store: Any, group: str) -> dict[str, float | None]:
    """What stands for a missing value in each array, where xarray takes another value for it or none.

    In version 2 it takes the value of chunks that were never written, most often zero, which is a measured value unless
    an attribute says otherwise. In version 3 it reads the attribute ``_FillValue`` of real numbers in its own
    notation alone, and other programs write a number.

    Returns:
        The number, or None where there is none, for every array; empty where xarray is right about all.
    """
    import zarr

    try:
        arrays = dict(zarr.open_group(store, mode="r", path=group or None).arrays())
    except Exception:  # what is wrong with it, opening it says
        return {}
    fills: dict[str, float | None] = {}
    odd = False
    for name, array in arrays.items():
        declared = array.attrs.get("_FillValue")
        third = array.metadata.zarr_format == 3
        if isinstance(declared, str):
            with contextlib.suppress(ValueError, struct.error):
                declared = struct.unpack("<d", base64.b64decode(declared))[0]
        elif third:
            odd = odd or (declared is not None and array.dtype.kind == "f")
        elif declared is None and array.dtype.kind in "iuf":
            zero = bool(array.fill_value == 0)
            odd = odd or zero
            declared = None if zero else array.fill_value
        fills[name] = float(declared) if isinstance(declared, int | float | np.number) else None
    return fills if odd else {}


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
