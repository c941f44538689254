"""Where numbers go: a homogeneous record as the estimate wants it, and a response under the names of its record."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from ..core import AbstractStored, DataError, States, option
from ..data import Record

_EVEN = 1e-3  # of a step: coordinates in single precision are even to about 1e-4


class HomogeneousField(NamedTuple):
    """A record with its dimensions in two groups, each in the order of the variable.

    Attributes:
        record: The record.
        grid_dims: Homogeneous dimensions.
        channel_dims: The others.
        spacing: Signed distance of two neighbours along each homogeneous dimension; 1 without a coordinate.
    """

    record: Record
    grid_dims: tuple[str, ...]
    channel_dims: tuple[str, ...]
    spacing: tuple[float, ...]

    @classmethod
    def of(cls, record: Record) -> "HomogeneousField":
        """The groups of a record that names homogeneous dimensions; uneven ones are refused."""
        grid = tuple(dim for dim in record.dims if dim in record.homogeneous)
        others = tuple(dim for dim in record.dims if dim not in record.homogeneous)
        return cls(record, grid, others, tuple(_spacing(record, dim) for dim in grid))

    @property
    def grid(self) -> tuple[int, ...]:
        """Shape of the homogeneous grid."""
        return tuple(self._size(dim) for dim in self.grid_dims)

    @property
    def channels(self) -> int:
        """Number of cells at one point of the grid."""
        return math.prod(self._size(dim) for dim in self.channel_dims)

    @property
    def values(self) -> States:
        """The states, shape ``(member, time, channels, *grid)``; a view where the order of the dimensions allows it."""
        record = self.record
        if isinstance(record.values, AbstractStored):
            shape = self.channels, *self.grid
            return record.values.mapped(functools.partial(_in_order, order=tuple(self._order), shape=shape), shape)
        moved = record.values.transpose(0, 1, *(2 + place for place in self._order))
        return moved.reshape(record.members, record.steps, self.channels, *self.grid)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the cells in the order of a flat state: channels, then the grid."""
        names = np.array(self.record.names, dtype=object).reshape(self.record.state_shape)
        return tuple(names.transpose(self._order).ravel())

    def some_states(self, count: int = 16) -> np.ndarray:
        """The first flat states of the first member, float64."""
        states = np.asarray(self.values[0, :count])
        return states.reshape(len(states), -1).astype(np.float64)

    def as_field(self, table: np.ndarray) -> np.ndarray:
        """From ``(push, lag, channels, *grid)`` to ``(push, lag, *dims)``, dimensions in the variable's own order."""
        return self.as_fields(table, 1)[:, :, 0]

    def as_fields(self, table: np.ndarray, count: int) -> np.ndarray:
        """The same of several fields, one after the other: to ``(push, lag, count, *dims)``."""
        split = table.reshape(*table.shape[:2], count, *(self.record.state_shape[place] for place in self._order))
        return np.ascontiguousarray(split.transpose(0, 1, 2, *(3 + np.argsort(self._order))))

    def coordinates(self) -> dict[str, xr.Variable]:
        """Offsets from the push along homogeneous dimensions, the record's own coordinates along the others."""
        found = {}
        for dim in self.record.dims:
            attrs = {"units": self.record.units[dim]} if dim in self.record.units else {}
            if dim in self.grid_dims:
                offsets = self.spacing[self.grid_dims.index(dim)] * np.arange(self._size(dim))
                attrs |= {"long_name": "offset from the push", "periodic": 1}
                found[dim] = xr.Variable(dim, offsets, attrs)
            elif dim in self.record.coords:
                found[dim] = xr.Variable(dim, np.asarray(self.record.coords[dim]), attrs)
        return found

    @property
    def _order(self) -> list[int]:
        """Places of the record's dimensions: channels first, then the grid."""
        return [self.record.dims.index(dim) for dim in (*self.channel_dims, *self.grid_dims)]

    def _size(self, dim: str) -> int:
        return self.record.state_shape[self.record.dims.index(dim)]


class Labels(NamedTuple):
    """Names for a table of responses.

    Attributes:
        dims: Dimensions after push and lag.
        coords: Coordinates along them.
        arrange: From the shape of the estimate, push and lag first, to these dimensions.
    """

    dims: tuple[str, ...]
    coords: dict[str, xr.Variable]
    arrange: Callable[[np.ndarray], np.ndarray]

    @classmethod
    def of(cls, record: Record, observables: Sequence[str] | None, field: HomogeneousField | None) -> "Labels":
        """Of a list of observables, or without them of the whole state: a field keeps its own dimensions.

        Args:
            record: The record.
            observables: Names of the observables; none for the state itself.
            field: The record as a homogeneous field, if it is one.
        """
        if field is not None:
            if observables is None:
                return cls(record.dims, field.coordinates(), field.as_field)
            coords = {"observable": xr.Variable("observable", list(observables)), **field.coordinates()}
            return cls(("observable", *record.dims), coords, functools.partial(field.as_fields, count=len(observables)))
        if observables is None and record.is_field:
            known = [dim for dim in record.dims if dim in record.coords]
            coords = {dim: xr.Variable(dim, np.asarray(record.coords[dim])) for dim in known}
            return cls(record.dims, coords, lambda table: table.reshape(*table.shape[:2], *record.state_shape))
        names = list(record.names if observables is None else observables)
        return cls(("observable",), {"observable": xr.Variable("observable", names)}, lambda table: table)


def _spacing(record: Record, dim: str) -> float:
    size = record.state_shape[record.dims.index(dim)]
    if size < 2:
        raise DataError(
            f"the dimension '{dim}' of {record.title} has {size} point",
            "a homogeneous dimension is periodic and needs two points or more",
            f"leave {option('homogeneous', dim)} out",
        )
    if dim not in record.coords:
        return 1.0
    values = np.asarray(record.coords[dim])
    if values.dtype.kind not in "iuf":
        raise DataError(
            f"the coordinate '{dim}' of {record.title} holds {values.dtype}, not numbers",
            "a homogeneous dimension is periodic and evenly spaced",
            f"give it a coordinate in numbers or none at all, or leave {option('homogeneous', dim)} out",
        )
    places = values.astype(np.float64)
    if record.units.get(dim, "").startswith("degree") or dim.lower() in ("lon", "longitude"):
        places = np.unwrap(places, period=360)  # from 180 to -179, say
    steps = np.diff(places)
    mean = float(steps.mean())
    uneven = np.flatnonzero(~(np.abs(steps - mean) <= _EVEN * abs(mean))) if mean else np.array([0])
    if len(uneven):
        first = int(uneven[0])
        raise DataError(
            f"the coordinate '{dim}' of {record.title} is uneven: it goes from {values[first]:.6g} to "
            f"{values[first + 1]:.6g} at index {first}, where its mean step is {mean:.6g}",
            "a homogeneous dimension is periodic and evenly spaced",
            f"interpolate the record to an even grid, or leave {option('homogeneous', dim)} out",
        )
    return float(f"{mean:.12g}")


def _in_order(states: np.ndarray, order: tuple[int, ...], shape: tuple[int, ...]) -> np.ndarray:
    """States of a field as channels over the homogeneous grid."""
    return states.transpose(0, *(1 + place for place in order)).reshape(len(states), *shape)
