"""States that stay in their store, or in the chunks of dask, and are read from there piece by piece."""

import math
import os
import sys
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ...core import PIECE_NUMBERS, AbstractStored, DataError, most_in_memory
from ..files import readable
from ..record import declared_gaps, gaps_beyond_limits

_SHARE = 0.5  # of the memory of this machine that states may take


class StoredVariables(AbstractStored):
    """Variables over ``(*members, time, *state)`` as states: one field, or one column for each variable.

    Args:
        variables: The variables, over these dimensions in any order.
        members: Dimensions of members, in the order of runs.
        time: The dimension of time.
        state: Dimensions of a field; none of a list of variables.
        dtype: The type that states are read as.
        where: What messages call the dataset.
    """

    def __init__(
        self,
        variables: Sequence[xr.Variable],
        members: Sequence[Hashable],
        time: Hashable,
        state: Sequence[Hashable],
        dtype: Any,
        where: str,
    ):
        sizes = variables[0].sizes
        self.variables, self.dtype, self.title = tuple(variables), np.dtype(dtype), where
        self.members, self.time, self.state = tuple(members), time, tuple(state)
        self.runs = tuple(sizes[dim] for dim in members)
        self.shape = (math.prod(self.runs), sizes[time], *([sizes[dim] for dim in state] or [len(variables)]))

    @property
    def parallel(self) -> bool:
        return any(variable.chunks is not None for variable in self.variables)

    def read(self, member: int, start: int, stop: int) -> np.ndarray:
        run = tuple(int(index) for index in np.unravel_index(member, self.runs)) if self.runs else ()
        # In the order in which they are stored: of what is turned before it is read, every number is looked up.
        place = {self.time: slice(start, stop), **dict(zip(self.members, run, strict=True))}
        with readable(self.title):
            pieces = [variable.isel(place) for variable in self.variables]
            tables = [self._values(piece) for piece in _computed(pieces)]
            if self.state:
                return np.ascontiguousarray(tables[0], dtype=self.dtype)
            return np.stack(tables, axis=1).astype(self.dtype, copy=False)

    def _values(self, piece: xr.Variable) -> np.ndarray:
        values = gaps_beyond_limits(piece, declared_gaps(piece))[0]
        return values.transpose([piece.dims.index(dim) for dim in (self.time, *self.state)])


def _computed(pieces: list[xr.Variable]) -> list[xr.Variable]:
    """Pieces in memory. This thread reads them, for as many others read other pieces."""
    if all(piece.chunks is None for piece in pieces):
        return pieces
    import dask

    arrays = dask.compute(*[piece.data for piece in pieces], scheduler="synchronous")
    return [piece.copy(data=array) for piece, array in zip(pieces, arrays, strict=True)]


def is_stored(variables: Sequence[xr.Variable], among: int = 1) -> bool:
    """Whether variables are best left where they are: on disk and large (``most_in_memory``), or in chunks of dask.

    Of the latter those that are read in one piece anyway are computed once: what is behind them may be much.

    Args:
        variables: The variables of a record.
        among: How many records share the memory; none of them is stored if there are none.
    """
    if not among:
        return False
    size = among * _size(variables)
    if any(variable.chunks is not None for variable in variables):
        return not _on_workers(variables) and size > min(most_in_memory(), 8 * PIECE_NUMBERS)
    return not any(_in_memory(variable) for variable in variables) and size > most_in_memory()


def computed(arrays: Mapping[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """Variables of which none is in chunks of dask any more: what several are made of is computed once."""
    lazy = [name for name, array in arrays.items() if array.chunks is not None]
    if not lazy:
        return dict(arrays)
    import dask

    return {**arrays, **dict(zip(lazy, dask.compute(*[arrays[name] for name in lazy]), strict=True))}


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
            "a response is computed piece by piece, but what was asked for needs all states in memory",
            "take a part of it, such as data.isel(time=slice(None, None, 10))",
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
