"""Records from labelled datasets: which dimension is time, which the member, which the state."""

from collections.abc import Hashable, Sequence

import numpy as np
import xarray as xr

from ..core import DataError
from ._codes import declared_gaps
from ._decode import time_axis
from ._record import Record, precision
from ._roles import member_dimensions, state_variables, time_dimension

ORDER, SEPARATOR = "state_variables", ", "
"""Attribute of a dataset that lists its state variables in order."""

NOTES = "read_as"
"""Attribute of a dataset with what its reader understood beyond the plain form of its format."""


def record_from_dataset(
    data: xr.Dataset | xr.DataArray,
    variable: str | None = None,
    homogeneous: Sequence[str] = (),
    *,
    source: str = "",
    steps: bool = False,
) -> Record:
    """A record from an xarray Dataset or DataArray.

    Without ``variable``, every variable over (member,) time is a state variable. With it, that one variable
    is the state: a field over its other dimensions, or a single state variable where it has none. Time is
    the dimension called ``time``, or the one whose coordinate says so by its CF attributes; ``member`` may
    also be called ``realization`` or ``ensemble``. Dimensions may come in any order; variables not over time
    are passed over.

    Args:
        data: The labelled data, in memory or on disk.
        variable: Name of the one variable to use; a DataArray needs none.
        homogeneous: Dimensions along which the field is statistically homogeneous and periodic.
        source: Name of the file the data came from, if any.
        steps: Whether every row is one step, whatever its time.

    Raises:
        DataError: There is no time, no usable variable, or uneven time.
        OptionError: ``variable`` or ``homogeneous`` names something that is not there.

    Example:
        >>> values = np.random.default_rng(0).standard_normal((4, 100))
        >>> record = record_from_dataset(xr.DataArray(values, dims=("x", "time"), name="u"))
        >>> record.field, record.dims, record.values.shape, record.names[3]
        ('u', ('x',), (1, 100, 4), 'u[x=3]')
    """
    if isinstance(data, xr.DataArray):
        variable = str(data.name) if data.name is not None else "value"
        data = data.to_dataset(name=variable)
    where = f"'{source}'" if source else "the dataset"
    time = time_dimension(data, variable, where)
    members = member_dimensions(data)
    bounds = {coordinate.attrs.get("bounds") for coordinate in data.variables.values()}
    over_time = {
        str(name): array
        for name, array in data.data_vars.items()
        if time in array.dims and name not in bounds and name != time
    }
    chosen = _in_written_order(state_variables(data, over_time, variable, time, members, where), data)
    field = variable if variable is not None and set(chosen[variable].dims) - {time, *members} else None
    first = next(iter(chosen.values()))
    member = next((dim for dim in first.dims if dim in members), None)
    _refuse_unlike(chosen, first, where)
    axis = time_axis(data, time, where, steps)
    state_dims = [dim for dim in first.dims if dim not in (time, member)]
    values = _gather(chosen, member, time, state_dims, field is not None, homogeneous, where)
    if axis.reverse:
        values = values[:, ::-1]
    notes = [*data.attrs.get(NOTES, ()), *axis.notes]
    return Record(
        values,
        dt=axis.dt,
        time_units=axis.units,
        names=() if field else tuple(chosen),
        field=field,
        dims=tuple(str(dim) for dim in state_dims),
        coords={str(dim): data[dim].values for dim in state_dims if dim in data.coords},
        homogeneous=tuple(homogeneous),
        units=_units({**{str(dim): data[dim] for dim in state_dims if dim in data.coords}, **chosen}),
        source=source,
        dates=axis.dates,
        start=axis.start,
        member_names=tuple(str(name) for name in data[member].values) if member in data.coords else (),
        notices=(f"{where} was read so: {'; '.join(notes)}.",) if notes else (),
    )


def _in_written_order(chosen: dict[str, xr.DataArray], data: xr.Dataset) -> dict[str, xr.DataArray]:
    """The order of the state variables in a file by fluctua, which not every format keeps by itself."""
    written = data.attrs.get(ORDER)
    if not isinstance(written, str):
        return chosen
    order = {name: position for position, name in enumerate(written.split(SEPARATOR))}
    return dict(sorted(chosen.items(), key=lambda item: order.get(item[0], len(order))))


def _refuse_unlike(chosen: dict[str, xr.DataArray], first: xr.DataArray, where: str) -> None:
    for name, array in chosen.items():
        if set(array.dims) != set(first.dims):
            raise DataError(
                f"variable '{name}' of {where} is over ({', '.join(str(dim) for dim in array.dims)}) and "
                f"'{first.name}' over ({', '.join(str(dim) for dim in first.dims)})",
                "all state variables must be over the same dimensions",
                "drop one of them, or choose a single variable by its name",
            )
        if array.dtype.kind not in "iufb":
            raise DataError(
                f"variable '{name}' of {where} holds {array.dtype}, not numbers",
                "every state variable must hold real numbers",
                f"drop or convert '{name}' (open with decode_timedelta=False if it is a duration)",
            )


def _units(arrays: dict[str, xr.DataArray]) -> dict[str, str]:
    return {name: str(array.attrs["units"]) for name, array in arrays.items() if "units" in array.attrs}


def _gather(
    chosen: dict[str, xr.DataArray],
    member: Hashable | None,
    time: Hashable,
    state_dims: list[Hashable],
    is_field: bool,
    homogeneous: Sequence[str],
    where: str,
) -> np.ndarray:
    """One array (member, time, *state), filled variable by variable."""
    leading = [time] if member is None else [member, time]
    arrays = {name: array.variable.transpose(*leading, *state_dims) for name, array in chosen.items()}
    try:
        if is_field:
            (array,) = arrays.values()
            values = np.ascontiguousarray(declared_gaps(array), dtype=precision(array, homogeneous))
        else:
            shape = next(iter(arrays.values())).shape
            values = np.empty((*shape, len(arrays)))
            for column, array in enumerate(arrays.values()):
                values[..., column] = declared_gaps(array)
    except (OSError, ValueError, RuntimeError, KeyError) as error:  # a truncated file shows only now
        raise DataError(
            f"the values of {where} cannot be read ({str(error).strip() or type(error).__name__})",
            "a complete file is needed",
            "check that it was copied completely, or write it again",
        ) from error
    return values if member is not None else values[None]
