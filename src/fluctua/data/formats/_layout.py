"""What a simulated record looks like on disk and in memory, known before its first value is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field as dataclass_field
from typing import Any, Literal

import numpy as np
import xarray as xr

from ...core import OutputError
from ..labelled import ORDER, SEPARATOR
from ..record import Record
from ._write import record_to_dataset

Precision = Literal["float32", "float64"]


@dataclass(frozen=True, eq=False)
class RecordLayout:
    """Names, sizes and labels of an ensemble of records: some variables over time, or one field over its grid.

    A field is one variable over ``(member, time, *dims)``; a vector is one variable for each of its entries, over
    ``(member, time)``, or over ``time`` alone where there is a single member.

    Args:
        variables: Names of the variables.
        members: Number of members M.
        steps: Number of saved states N of each member.
        dt: Time between two saved states.
        coords: Coordinates of the grid by dimension, in the order of a state's axes; none for a vector.
        time_units: Unit of ``dt``.
        units: Unit of the variables, if they have one; ``"1"`` for a number without one.
        precision: Type of the stored numbers. ``float32`` takes half the space, and rounds by at most 6e-8 of
            a value: far below any sampling error of an average over a record.
        attrs: Attributes of the dataset.

    Raises:
        OutputError: A variable has the name of a dimension, or one that a store cannot have.

    Example:
        >>> layout = RecordLayout(("u",), members=2, steps=50, dt=0.5, coords={"x": np.arange(8.0)})
        >>> layout.dims, layout.shape, layout.size_in_bytes
        (('member', 'time', 'x'), (2, 50, 8), 3200)
        >>> RecordLayout(("x", "y"), members=1, steps=50, dt=0.5, precision="float64").dims
        ('time',)
    """

    variables: tuple[str, ...]
    members: int
    steps: int
    dt: float
    coords: Mapping[str, np.ndarray] = dataclass_field(default_factory=dict)
    time_units: str = "time units"
    units: str = ""
    precision: Precision = "float32"
    attrs: Mapping[str, Any] = dataclass_field(default_factory=dict)

    def __post_init__(self) -> None:
        reserved = {"time", "member", *self.coords}
        bad = next((name for name in self.variables if name.lower() in reserved or "/" in name), None)
        if bad is not None:
            raise OutputError(
                f"the record has a variable called '{bad}'",
                f"it needs another name than {', '.join(sorted(reserved))}, without '/'",
                f"rename '{bad}'",
            )

    @property
    def is_field(self) -> bool:
        """Whether a state is one variable on a grid."""
        return bool(self.coords)

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the dimensions of a variable."""
        return ("member", "time", *self.coords) if self.is_field or self.members > 1 else ("time",)

    @property
    def grid(self) -> tuple[int, ...]:
        """Shape of the grid; empty for a vector."""
        return tuple(len(values) for values in self.coords.values())

    @property
    def state_shape(self) -> tuple[int, ...]:
        """Shape of one state."""
        return self.grid or (len(self.variables),)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one variable."""
        return ((self.members,) if "member" in self.dims else ()) + (self.steps, *self.grid)

    @property
    def size_in_bytes(self) -> int:
        """Size of the whole ensemble, not compressed."""
        return self.members * self.steps * self._state_bytes

    @property
    def _state_bytes(self) -> int:
        return math.prod(self.state_shape) * np.dtype(self.precision).itemsize

    def variable_attrs(self, name: str) -> dict[str, Any]:
        """Attributes of a variable."""
        return {"long_name": name, **({"units": self.units} if self.units else {})}

    def split(self, states: np.ndarray) -> dict[str, np.ndarray]:
        """States of shape ``(member, time, *state)`` as the arrays of the variables, with the dimensions they have."""
        kept = states if "member" in self.dims else states[0]
        if self.is_field:
            return {self.variables[0]: kept}
        return {name: kept[..., column] for column, name in enumerate(self.variables)}

    def labels(self) -> xr.Dataset:
        """The dataset without the variables: coordinates and attributes."""
        # The times are those of any other record of ours, rounding included.
        times = record_to_dataset(
            Record(np.zeros((1, self.steps, 1)), dt=self.dt, time_units=self.time_units, names=("x",))
        ).time
        coords: dict[str, Any] = {"time": times.variable}
        if "member" in self.dims:
            coords["member"] = xr.Variable("member", np.arange(self.members), {"standard_name": "realization"})
        coords |= {dim: xr.Variable(dim, values, {"long_name": dim}) for dim, values in self.coords.items()}
        order = {} if self.is_field else {ORDER: SEPARATOR.join(self.variables)}
        return xr.Dataset(coords=coords, attrs={"Conventions": "CF-1.11", **order, **self.attrs})

    def dataset(self, states: np.ndarray) -> xr.Dataset:
        """The dataset with the values of states, shape ``(member, time, *state)``."""
        arrays = self.split(np.asarray(states, dtype=self.precision))
        variables = {name: xr.Variable(self.dims, values, self.variable_attrs(name)) for name, values in arrays.items()}
        return self.labels().assign(variables)

    def slab(self, most_bytes: int) -> tuple[int, int]:
        """How many members and steps go into one piece of at most ``most_bytes`` (at least one state).

        Every member goes in first, then as many steps as fit; the cuts are even.
        """
        return (
            _even(self.members, most_bytes // self._state_bytes),
            _even(self.steps, most_bytes // (self._state_bytes * self.members)),
        )


def _even(total: int, most: int) -> int:
    """The size of equal parts of at most ``most``, at least one, of which the last may be shorter."""
    return math.ceil(total / math.ceil(total / max(1, most)))
