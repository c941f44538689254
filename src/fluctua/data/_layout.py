"""What a simulated field looks like on disk and in memory, known before its first value is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field as dataclass_field
from typing import Any, Literal

import numpy as np
import xarray as xr

from ._record import Record
from ._write import record_to_dataset

Precision = Literal["float32", "float64"]


@dataclass(frozen=True, eq=False)
class FieldLayout:
    """Names, sizes and labels of an ensemble of field records: one variable over ``(member, time, *dims)``.

    Args:
        variable: Name of the field.
        members: Number of members M.
        steps: Number of saved states N of each member.
        dt: Time between two saved states.
        coords: Coordinates of the grid by dimension, in the order of a state's axes.
        time_units: Unit of ``dt``.
        units: Unit of the field; ``"1"`` for a number without one.
        precision: Type of the stored numbers. ``float32`` takes half the space, and rounds by at most 6e-8 of
            a value: far below any sampling error of an average over a record.
        attrs: Attributes of the dataset.

    Example:
        >>> layout = FieldLayout("u", members=2, steps=50, dt=0.5, coords={"x": np.arange(8.0)})
        >>> layout.dims, layout.shape, layout.size_in_bytes
        (('member', 'time', 'x'), (2, 50, 8), 3200)
    """

    variable: str
    members: int
    steps: int
    dt: float
    coords: Mapping[str, np.ndarray]
    time_units: str = "time units"
    units: str = "1"
    precision: Precision = "float32"
    attrs: Mapping[str, Any] = dataclass_field(default_factory=dict)

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of all dimensions."""
        return ("member", "time", *self.coords)

    @property
    def grid(self) -> tuple[int, ...]:
        """Shape of one state."""
        return tuple(len(values) for values in self.coords.values())

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole ensemble."""
        return (self.members, self.steps, *self.grid)

    @property
    def size_in_bytes(self) -> int:
        """Size of the whole ensemble, not compressed."""
        return math.prod(self.shape) * np.dtype(self.precision).itemsize

    @property
    def variable_attrs(self) -> dict[str, Any]:
        """Attributes of the field itself."""
        return {"long_name": self.variable, "units": self.units}

    def labels(self) -> xr.Dataset:
        """The dataset without the field: coordinates and attributes."""
        # The times are those of any other record of ours, rounding included.
        times = record_to_dataset(
            Record(np.zeros((1, self.steps, 1)), dt=self.dt, time_units=self.time_units, names=(self.variable,))
        ).time
        coords: dict[str, Any] = {
            "member": xr.Variable("member", np.arange(self.members), {"standard_name": "realization"}),
            "time": times.variable,
        }
        coords |= {dim: xr.Variable(dim, values, {"long_name": dim}) for dim, values in self.coords.items()}
        return xr.Dataset(coords=coords, attrs={"Conventions": "CF-1.11", **self.attrs})

    def dataset(self, values: np.ndarray) -> xr.Dataset:
        """The dataset with the field's values, shape ``(member, time, *grid)``."""
        data = np.asarray(values, dtype=self.precision)
        return self.labels().assign({self.variable: xr.Variable(self.dims, data, self.variable_attrs)})

    def slab(self, most_bytes: int) -> tuple[int, int]:
        """How many members and steps go into one piece of at most ``most_bytes`` (at least one state).

        Every member goes in first, then as many steps as fit; the cuts are even.
        """
        state = math.prod(self.grid) * np.dtype(self.precision).itemsize
        return (
            _even(self.members, most_bytes // state),
            _even(self.steps, most_bytes // (state * self.members)),
        )


def _even(total: int, most: int) -> int:
    """The size of equal parts of at most ``most``, at least one, of which the last may be shorter."""
    return math.ceil(total / math.ceil(total / max(1, most)))
