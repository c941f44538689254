"""A record that is homogeneous along some dimensions, as the estimate wants it: channels first, then the grid."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from ..core import DataError, OptionError, ScoreError
from ..data import Record
from ..response import Reflections
from ._inputs import Observe, Push, listed, named_pushes, suggestion

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
    def values(self) -> np.ndarray:
        """The states, shape ``(member, time, channels, *grid)``; a view where the order of the dimensions allows it."""
        record = self.record
        order = [2 + record.dims.index(dim) for dim in (*self.channel_dims, *self.grid_dims)]
        moved = record.values.transpose(0, 1, *order)
        return moved.reshape(record.members, record.steps, self.channels, *self.grid)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the cells in the order of a flat state: channels, then the grid."""
        names = np.array(self.record.names, dtype=object).reshape(self.record.state_shape)
        order = [self.record.dims.index(dim) for dim in (*self.channel_dims, *self.grid_dims)]
        return tuple(names.transpose(order).ravel())

    def some_states(self, count: int = 16) -> np.ndarray:
        """The first flat states of the first member, float64."""
        states = self.values[0, :count]
        return states.reshape(len(states), -1).astype(np.float64)

    def as_field(self, table: np.ndarray) -> np.ndarray:
        """From ``(push, lag, channels, *grid)`` to ``(push, lag, *dims)``, dimensions in the variable's own order."""
        lead = table.shape[:2]
        split = table.reshape(*lead, *(self._size(dim) for dim in (*self.channel_dims, *self.grid_dims)))
        order = [2 + (*self.channel_dims, *self.grid_dims).index(dim) for dim in self.record.dims]
        return np.ascontiguousarray(split.transpose(0, 1, *order))

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

    def _size(self, dim: str) -> int:
        return self.record.state_shape[self.record.dims.index(dim)]


def to_channels(push: Push, field: HomogeneousField) -> tuple[list[str], list[int]]:
    """Names of the pushes, and the channel that each one pushes; where along the grid makes no difference."""
    found = {name: index // math.prod(field.grid) for index, name in enumerate(field.names)}
    named = named_pushes(push, field.record)
    channels = []
    for name, value in named.items():
        if callable(value):
            raise OptionError(
                f"the push '{name}' is a function",
                f"a field that is homogeneous along {', '.join(field.grid_dims)} is pushed at one cell, with unit "
                "amplitude",
                f"name a cell, such as '{field.names[0]}', or do not call the dimensions homogeneous",
            )
        cell = value if value in found else value.replace(" ", "")
        if cell not in found:
            raise OptionError(
                f"the push '{value}' is not a cell of the field of {field.record.title}",
                f"its {len(found)} cells are called {listed(field.record.names, 3)}",
                suggestion(value, field.record.names),
            )
        channels.append(found[cell])
    return list(named), channels


def check_observe(observe: Observe, field: HomogeneousField) -> None:
    """Refuse observables other than the field itself."""
    if observe is None:
        return
    given = [observe] if isinstance(observe, str) else [str(name) for name in observe]
    raise OptionError(
        f"the observables {listed(given)} were asked of a homogeneous field",
        "what is observed is the field itself, at every offset from the push",
        "leave --observe out, or leave --homogeneous out to have the field treated cell by cell",
    )


def check_field_degree(degree: int | None) -> None:
    """Refuse a degree of the pointwise functions that is out of range."""
    if degree is not None and not 1 <= degree <= 8:
        raise OptionError(
            f"the degree of the dictionary is {degree}",
            "it is a whole number from 1 to 8",
            "give --dictionary-degree 3, or leave it out",
        )


def check_channels(method: object, field: HomogeneousField) -> None:
    """Refuse a network for more than one channel, which none of them takes."""
    if method == "network" and field.channels > 1:
        raise ScoreError(
            f"a network was asked for a field with {field.channels} cells along {', '.join(field.channel_dims)} at "
            "each point of the homogeneous grid",
            "field networks take one",
            "give --score auto, or select one cell along the other dimensions",
        )


def to_reflections(reflect: Sequence[str], record: Record) -> Reflections:
    """From ``DIM`` or ``DIM:odd`` to axes of the homogeneous grid."""
    reflect = (reflect,) if isinstance(reflect, str) else tuple(reflect)
    grid = tuple(dim for dim in record.dims if dim in record.homogeneous)
    axes, odd = [], []
    for entry in reflect:
        dim, _, parity = entry.partition(":")
        if dim not in grid or entry not in (dim, f"{dim}:odd"):
            raise OptionError(
                f"the reflection '{entry}' was given",
                "a reflection is a homogeneous dimension, or one with ':odd' if the field changes sign; "
                + (f"homogeneous are {', '.join(grid)}" if grid else "no dimension was called homogeneous"),
                f"give --reflect {grid[0]} or --reflect {grid[0]}:odd" if grid else "leave --reflect out",
            )
        axes.append(grid.index(dim))
        odd.append(parity == "odd")
    if len(set(odd)) > 1:
        raise OptionError(
            f"the reflections {listed(reflect)} change the sign of the field along one dimension and not along another",
            "the reflections of one call are all odd or all even",
            "leave one of them out: it only makes the bands narrower",
        )
    return Reflections(tuple(sorted(set(axes))), any(odd))


def _spacing(record: Record, dim: str) -> float:
    size = record.state_shape[record.dims.index(dim)]
    if size < 2:
        raise DataError(
            f"the dimension '{dim}' of {record.title} has {size} point",
            "a homogeneous dimension is periodic and needs two points or more",
            f"leave --homogeneous {dim} out",
        )
    if dim not in record.coords:
        return 1.0
    values = np.asarray(record.coords[dim])
    if values.dtype.kind not in "iuf":
        raise DataError(
            f"the coordinate '{dim}' of {record.title} holds {values.dtype}, not numbers",
            "a homogeneous dimension is periodic and evenly spaced",
            f"give it a coordinate in numbers or none at all, or leave --homogeneous {dim} out",
        )
    steps = np.diff(values.astype(np.float64))
    mean = float(steps.mean())
    uneven = np.flatnonzero(~(np.abs(steps - mean) <= _EVEN * abs(mean))) if mean else np.array([0])
    if len(uneven):
        first = int(uneven[0])
        raise DataError(
            f"the coordinate '{dim}' of {record.title} is uneven: it goes from {values[first]:.6g} to "
            f"{values[first + 1]:.6g} at index {first}, where its mean step is {mean:.6g}",
            "a homogeneous dimension is periodic and evenly spaced",
            f"interpolate the record to an even grid, or leave --homogeneous {dim} out",
        )
    return float(f"{mean:.12g}")
