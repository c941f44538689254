"""Opening labelled files by xarray without surprises: no time decoding yet, no library traceback."""

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from ...core import DataError, FluctuaError, listed
from ._packing import misread, read_again, refuse_packing


def open_dataset(
    path: Path, kind: str, *, store: Any = None, fills: Mapping[str, float | None] | None = None, **options: Any
) -> xr.Dataset:
    """Open with every time left as the number it is stored as; the axis of time is decoded later.

    Args:
        path: The file or store.
        kind: What to call it in messages.
        store: What the library opens, where it is not the path.
        fills: What stands for a missing value in each variable, None for nothing, where the library does not know.
        options: Options of ``xarray.open_dataset``.

    Raises:
        DataError: It cannot be opened.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # xarray warns about encodings that do not matter here
        try:
            if fills:
                raw = xr.open_dataset(store or path, decode_cf=False, **options)
                dataset, losses = read_again(raw, misread(raw), fills), {}
            else:
                dataset = xr.open_dataset(store or path, decode_times=False, decode_timedelta=False, **options)
                losses = misread(dataset)
            if losses:
                dataset.close()
                dataset = read_again(xr.open_dataset(store or path, decode_cf=False, **options), losses)
        except Exception as error:  # whatever the library stumbled on, the user has one thing to do
            _refuse_packing(store or path, path, options)
            raise unopened(path, kind, error) from error
    try:
        refuse_packing(dataset, f"'{path}'")
    except DataError:
        dataset.close()
        raise
    return dataset


def _refuse_packing(store: Any, path: Path, options: dict[str, Any]) -> None:
    """Refuse a file that cannot be opened for how its variables are packed."""
    try:
        raw = xr.open_dataset(store, decode_cf=False, **options)
    except Exception:  # there is more that is wrong with it
        return
    with raw:
        refuse_packing(raw, f"'{path}'")


def unopened(path: Path, kind: str, error: Exception) -> DataError:
    """What to say of a file that a library cannot open."""
    return DataError(
        f"'{path}' cannot be opened as a {kind} ({_reason(error)})",
        f"a complete {kind} is needed",
        "check that it was copied completely, or write it again",
    )


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


def open_group(path: Path, group: str, kind: str, **options: Any) -> xr.Dataset:
    """Open a file that may have groups, at one of them.

    Args:
        path: The file or store.
        group: The group; empty for the outermost one.
        kind: What to call it in messages.
        options: Options of ``xarray.open_dataset``.

    Raises:
        DataError: It cannot be opened, or the group is not there or has no variables while others have.
    """
    try:
        dataset = open_dataset(path, kind, **options, group=group or None)
    except DataError as error:
        names = _groups(path, **options) if group else []
        if not names or f"/{group}" in names:
            raise
        raise DataError(
            f"'{path}' has no group '{group}'",
            f"its groups are {listed(names, 12)}",
            f"give '{path}:{names[0]}'",
        ) from error
    if not dataset.data_vars and not group and (names := _groups(path, **options)):
        dataset.close()
        raise DataError(
            f"the variables of '{path}' are in groups",
            f"one of them must be named: {listed(names, 12)}",
            f"give '{path}:{names[0]}'",
        )
    return dataset


def _groups(path: Path, **options: Any) -> list[str]:
    """Paths of the groups that hold variables, the outermost one excepted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            groups = xr.open_groups(options.pop("store", None) or path, decode_times=False, **options)
        except Exception:  # what is wrong with it, opening it says
            return []
    found = [name for name, dataset in groups.items() if name != "/" and dataset.data_vars]
    for dataset in groups.values():
        dataset.close()
    return found


@contextlib.contextmanager
def readable(where: str) -> Iterator[None]:
    """Values are read here: of a truncated file it shows only now.

    Raises:
        DataError: They cannot be read.
    """
    try:
        yield
    except FluctuaError:
        raise
    except MemoryError as error:
        raise DataError(
            f"the values of {where} do not fit into memory ({_reason(error)})",
            "the record and its sums must fit into memory",
            "give a shorter or a coarser record, or copy the file again if it is not that large",
        ) from error
    except Exception as error:  # each library has its own for what it did not expect
        raise DataError(
            f"the values of {where} cannot be read ({_reason(error)})",
            "a complete file is needed",
            "check that it was copied completely, or write it again",
        ) from error
