"""Names of the cells of a field, and what a user may write for one: a position or a label along each dimension."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core import OptionError, listed

if TYPE_CHECKING:
    from ._record import Record


@dataclass(frozen=True, eq=False)
class Grid:
    """The grid of a gridded variable, of which a state may hold some cells only: those that are no land.

    Args:
        field: Name of the variable.
        dims: Its dimensions of space.
        shape: Their sizes.
        coords: Coordinates along them, where the file has them.
        units: Units by the name of the variable or a dimension, where the file has them.
        kept: The cells that a state holds, as positions in a flat map, shape ``(cells,)``.

    Example:
        >>> grid = Grid("sst", ("lat", "lon"), (2, 2), {}, {}, np.array([0, 2, 3]))
        >>> grid.maps(np.array([1.0, 2.0, 3.0])).tolist(), grid.along("lat").tolist()
        ([[1.0, nan], [2.0, 3.0]], [0, 1, 1])
    """

    field: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    coords: Mapping[str, np.ndarray]
    units: Mapping[str, str]
    kept: np.ndarray

    def maps(self, table: np.ndarray) -> np.ndarray:
        """From ``(..., cells)`` to ``(..., *shape)``, without a value where there is no cell."""
        spread = np.full((*table.shape[:-1], int(np.prod(self.shape))), np.nan)
        spread[..., self.kept] = table
        return spread.reshape(*table.shape[:-1], *self.shape)

    def along(self, dim: str) -> np.ndarray:
        """The place of every cell along a dimension, shape ``(cells,)``."""
        return np.unravel_index(self.kept, self.shape)[self.dims.index(dim)]


def goes_by_labels(coordinate: Any) -> bool:
    """Whether places along a dimension are named by its labels: text, or whole numbers other than 0, 1, 2, ...

    Example:
        >>> goes_by_labels([1, 2, 3]), goes_by_labels([0, 1, 2]), goes_by_labels([0.5, 1.5])
        (True, False, False)
    """
    labels = np.asarray(coordinate)
    if len(np.unique(labels)) < labels.size:
        return False
    return labels.dtype.kind in "OSUT" or (labels.dtype.kind in "iu" and not np.array_equal(labels, range(labels.size)))


def cell_names(field: str, shape: Sequence[int], coords: Mapping[str, Any], labelled: Sequence[str]) -> tuple[str, ...]:
    """Names such as ``u[y=3,x=5]``, in C order.

    Args:
        field: Name of the field.
        shape: Shape of a state.
        coords: Coordinates, or None, of each dimension, in the order of ``shape``.
        labelled: Those of the dimensions that go by their labels; the others go by positions from 0.
    """
    places = [
        [f"{dim}={label}" for label in (coords[dim] if dim in labelled else range(size))]
        for dim, size in zip(coords, shape, strict=True)
    ]
    return tuple(
        f"{field}[{','.join(one[place] for one, place in zip(places, index, strict=True))}]"
        for index in np.ndindex(*shape)
    )


def with_cell_names(text: str, record: "Record") -> str:
    """A text in which every cell of the record's field has the name that the record gives it.

    A place is written as a label of the coordinate (``mode=1``, ``lat=2.5``), as a position from 0, or as a position
    that cannot be mistaken (``lat=@4``). Where a dimension goes by positions, a whole number may be both.

    Raises:
        OptionError: A place is no label, or is both a label and another label's position.

    Example:
        >>> from fluctua.data import Record
        >>> record = Record(np.zeros((1, 50, 3)), dt=1.0, field="u", dims=("lat",), coords={"lat": [0.0, 2.5, 5.0]})
        >>> with_cell_names("u[lat=2.5] ** 2", record)
        'u[lat=1] ** 2'
    """
    grid = _grid(record)
    if grid is None:
        return text

    def renamed(cell: re.Match[str]) -> str:
        written = dict(re.findall(r"\s*([^,=\s]+)\s*=\s*([^,]*[^,\s])", cell[1]))
        if set(written) != set(grid.dims):
            return cell[0]
        index = [place for dim in grid.dims if (place := _place(cell[0], dim, written[dim], grid, record)) is not None]
        if len(index) < len(grid.dims):  # a position beyond the last: whoever knows what the text is for says so
            return cell[0]
        column = np.flatnonzero(grid.kept == np.ravel_multi_index(index, grid.shape))
        if not column.size:
            raise OptionError(
                f"'{cell[0]}' was asked for of {record.title}",
                f"this cell of {grid.field} never has a value (land?) and is no part of the state",
                "name a cell that has values",
            )
        return record.names[int(column[0])]

    return re.sub(re.escape(grid.field) + r"\s*\[([^\]]*)\]", renamed, text)


def _grid(record: "Record") -> Grid | None:
    """The grid of a field, or the one whose cells without land are the variables of a list."""
    if record.field is not None:
        every = np.arange(int(np.prod(record.state_shape)))
        return Grid(record.field, record.dims, record.state_shape, record.coords, record.units, every)
    return record.grid if record.grid is not None and len(record.grid.kept) == len(record.names) else None


def _place(cell: str, dim: str, written: str, grid: Grid, record: "Record") -> int | None:
    """The position along one dimension that is meant; None for a whole number that is neither label nor position."""
    size = grid.shape[grid.dims.index(dim)]
    labels = np.asarray(grid.coords[dim]) if dim in grid.coords else np.arange(size)
    named = dim in grid.coords and dim not in record.homogeneous and goes_by_labels(grid.coords[dim])
    by_label = _labelled(labels, written)
    by_position = int(written) if written.isdecimal() and int(written) < size else None
    if written.startswith("@") and written[1:].isdecimal() and int(written[1:]) < size:
        return int(written[1:])
    if named:
        by_position = None
    elif dim in record.homogeneous and by_position is not None:
        by_label = None
    meant = by_label if by_position is None else by_position
    if meant is None and (named or not written.isdecimal()):
        shown = listed([f"{label}" for label in labels.tolist()], 12)
        raise OptionError(
            f"'{cell}' was asked for of {record.title}",
            f"along {dim} it has {shown}" + ("" if named else f", at positions 0 to {size - 1}"),
            f"give one of these, or a position from 0 as {dim}=@0",
        )
    if by_label is not None and by_position is not None and by_label != by_position:
        raise OptionError(
            f"'{cell}' of {record.title} has two readings: {dim} = {labels[by_label]}, or position {by_position}, "
            f"where {dim} = {labels[by_position]} (the first is position 0)",
            "a name must have one reading",
            f"write {dim}={float(written)} for the first or {dim}=@{by_position} for the second",
        )
    return meant


def _labelled(labels: np.ndarray, written: str) -> int | None:
    """The position of a label, as text or as a number."""
    if labels.dtype.kind in "iuf":
        try:
            found = np.flatnonzero(np.isclose(labels.astype(float), float(written), rtol=1e-6, atol=0.0))
        except ValueError:
            return None
    else:
        found = np.flatnonzero(labels.astype(str) == written)
    return int(found[0]) if len(found) else None
