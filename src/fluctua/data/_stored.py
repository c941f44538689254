"""States that stay in their store, or in the chunks of dask, and are read from there piece by piece."""

import math
import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..core import AbstractStored, DataError, most_in_memory
from ._codes import declared_gaps, gaps_beyond_limits
from ._opened import readable

_SHARE = 0.5  # of the memory of this machine that states may take


class StoredVariables(AbstractStored):
    """Variables over ``(*members, time, *state)`` as states: one field, or one column for each variable.

    Args:
        names: Names of the variables.
        variables: The variables, in the order of these dimensions.
        members: How many dimensions of members lead.
        dtype: The type that states are read as.
        where: What messages call the dataset.
    """

    def __init__(self, names: Sequence[str], variables: Sequence[xr.Variable], members: int, dtype: Any, where: str):
        first = variables[0]
        self.names, self.variables, self.dtype, self.title = tuple(names), tuple(variables), np.dtype(dtype), where
        self.runs = first.shape[:members]
        self.is_field = first.ndim > members + 1
        state = first.shape[members + 1 :] if self.is_field else (len(variables),)
        self.shape = (math.prod(self.runs), first.shape[members], *state)

    @property
    def parallel(self) -> bool:
        return any(variable.chunks is not None for variable in self.variables)

    def read(self, member: int, start: int, stop: int) -> np.ndarray:
        run = tuple(int(index) for index in np.unravel_index(member, self.runs)) if self.runs else ()
        with readable(self.title):
            pieces = [variable[(*run, slice(start, stop))] for variable in self.variables]
            tables = [self._values(piece) for piece in _computed(pieces)]
            if self.is_field:
                return np.ascontiguousarray(tables[0], dtype=self.dtype)
            return np.stack(tables, axis=1).astype(self.dtype, copy=False)

    @staticmethod
    def _values(piece: xr.Variable) -> np.ndarray:
        return gaps_beyond_limits(piece, declared_gaps(piece))[0]


def _computed(pieces: list[xr.Variable]) -> list[xr.Variable]:
    """Pieces in memory. This thread reads them, for as many others read other pieces."""
    if all(piece.chunks is None for piece in pieces):
        return pieces
    import dask

    arrays = dask.compute(*[piece.data for piece in pieces], scheduler="synchronous")
    return [piece.copy(data=array) for piece, array in zip(pieces, arrays, strict=True)]


def is_stored(variables: Sequence[xr.Variable]) -> bool:
    """Whether variables are best left where they are: in chunks of dask, or on disk and large (``most_in_memory``)."""
    if any(variable.chunks is not None for variable in variables):
        return not _on_workers(variables)
    return not any(_in_memory(variable) for variable in variables) and _size(variables) > most_in_memory()


def _on_workers(variables: Sequence[xr.Variable]) -> bool:
    """Whether some chunks were put into the memory of a cluster: whoever reads them has to ask it."""
    if "distributed" not in sys.modules:
        return False
    return bool(sys.modules["distributed"].futures_of([variable.data for variable in variables if variable.chunks]))


def refuse_too_large(variables: Sequence[xr.Variable], where: str) -> None:
    """Refuse to read more into memory than half of what this machine has.

    Raises:
        DataError: The variables are larger, and not in memory yet.
    """
    there = memory_of_machine()
    if there and _size(variables) > _SHARE * there and not any(_in_memory(variable) for variable in variables):
        raise DataError(
            f"{where} has {_size(variables) / 2**30:.3g} GiB of states, this machine {there / 2**30:.3g} GiB of memory",
            "what was asked for needs all states in memory; a response does so only with --gaps or --missing",
            "leave these out, or prepare the record with xarray and write it to a Zarr store, or take a part of it, "
            "such as data.isel(time=slice(None, None, 10))",
        )


def memory_of_machine() -> int:
    """Bytes of memory of this machine; zero where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 0


def _in_memory(variable: xr.Variable) -> bool:
    return isinstance(variable._data, np.ndarray)


def _size(variables: Sequence[xr.Variable]) -> int:
    return 8 * sum(variable.size for variable in variables)
