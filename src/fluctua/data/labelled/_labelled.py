"""Records from labelled datasets: which dimension is time, which the member, which the state."""

import itertools
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np
import xarray as xr

from ...core import PIECE_NUMBERS, AbstractStored, DataError, States, option, pieces_of
from ..files import readable, refuse_packed
from ..preparing import axis_in_pieces, in_pieces, without_first
from ..record import Grid, Preparation, Record, declared_gaps, gaps_beyond_limits, precision, with_gaps
from ..times import (
    calendar_columns,
    counter_columns,
    refuse_counters,
    refuse_holes,
    refuse_short,
    time_axis,
    with_time_coordinate,
)
from ._expver import without_expver
from ._limits import limits_beside
from ._passed_over import passed_over, why_no_state
from ._plain import NOTES, ORDER, SEPARATOR, plain_dataset
from ._roles import is_gridded, member_dimensions, refuse_leads, refuse_unclear, state_variables, time_dimension
from ._selection import NO_MEMBERS, Chosen, Selection
from ._stored import StoredVariables, computed, is_stored, refuse_too_large

_FIRST = 1 << 17  # steps of a stored record in which it is seen what its variables are; fewer of many members


def record_from_dataset(
    data: xr.Dataset | xr.DataArray,
    variable: str | Sequence[str] | None = None,
    homogeneous: Sequence[str] = (),
    *,
    source: str = "",
    **chosen: Unpack[Chosen],
) -> Record:
    """A record from an xarray Dataset or DataArray.

    Without ``variable``, every variable over (member,) time is a state variable; bounds, text, dates, counters and
    constants are passed over with a notice. With it, those variables are the state: several series, or one field over
    its other dimensions, of which a single one of text labels makes series again, called by the labels. Time is the
    dimension called ``time``, or the one whose coordinate says so by its CF attributes; members are told by
    the usual names of such a dimension (``member``, ``number``, ``realization``, ...), by ``axis="E"`` or
    ``standard_name="realization"``. A dimension that may be either is refused. Dimensions may come in any order; those
    of one place are left out; variables not over time are passed over.

    Args:
        data: The labelled data, in memory or on disk.
        variable: Names of the variables to use; a DataArray needs none.
        homogeneous: Dimensions along which the field is statistically homogeneous and periodic.
        source: Name of the file the data came from, if any.
        chosen: What of the data is the record, as in ``Chosen``.

    Raises:
        DataError: There is no time, no usable variable, uneven time, or a dimension of unknown meaning.
        OptionError: An argument names something that is not there.

    Example:
        >>> values = np.random.default_rng(0).standard_normal((4, 100))
        >>> record = record_from_dataset(xr.DataArray(values, dims=("x", "time"), name="u"))
        >>> record.field, record.dims, record.values.shape, record.names[3]
        ('u', ('x',), (1, 100, 4), 'u[x=3]')
    """
    selection = Selection.of(variable, **chosen)
    return labelled_record(data, selection, homogeneous, source)


@np.errstate(all="ignore")  # what is not finite is refused by name
def labelled_record(
    data: xr.Dataset | xr.DataArray,
    selection: Selection,
    homogeneous: Sequence[str],
    source: str,
) -> Record:
    """The record of a dataset.

    Args:
        data: The labelled data.
        selection: What of it is the record.
        homogeneous: Dimensions along which the field is homogeneous and periodic.
        source: Name of its file, if any.
    """
    if isinstance(data, xr.DataArray):
        name = str(data.name) if data.name is not None else "value"
        data = data.to_dataset(name=name)
        selection = replace(selection, variables=(selection.rename.get(name, name),))
    where, given = f"'{source}'" if source else "the dataset", data
    data = plain_dataset(given, selection, where)
    own = isinstance(data.attrs.get(ORDER), str)  # written by fluctua: everything in it is what it is called
    time = time_dimension(data, next(iter(selection.variables), None), where)
    refuse_short(data.sizes[time], where)
    refuse_packed({str(time): data.variables[time]} if time in data.variables else {}, where)
    read_as: list[str] = []
    try:
        data, read_as = with_time_coordinate(data, time, where)
    except DataError:
        if not selection.steps:
            raise
    if selection.steps:
        data = data.drop_vars([time], errors="ignore")
    if selection.skip and time in data.sizes:  # else no variable is over it, which is said below
        data = without_first(data, time, selection.skip, where)
    notices = []
    if source and time not in data.variables:  # whoever made a dataset by hand knows
        notices.append(f"{where} has no times along '{time}': lags are in steps.")
    members = [dim for dim in member_dimensions(data, selection, where, own) if dim not in homogeneous]
    kept = {time, *members, *homogeneous}
    over_time = {
        str(name): array if own else _squeezed(without_expver(array, where), kept)
        for name, array in data.data_vars.items()
        if time in array.dims and name != time
    }
    named = {name: over_time[name] for name in selection.variables if name in over_time}
    asked_for = [array.variable for array in (named if selection.variables else over_time).values()]
    stored = bool(asked_for) and is_stored(asked_for, selection.stored)
    if not stored:
        refuse_too_large(asked_for, where)
        wanted = named or {name: a for name, a in over_time.items() if own or not set(a.dims) - {time, *members}}
        with readable(where):
            over_time |= computed(wanted)
        named = {name: over_time[name] for name in named}
    if len(named) < len(selection.variables) or not (named or own):
        over_time = _usable(over_time, data, time, members, where, notices, stored)
        only = next(iter(over_time.values())) if len(over_time) == 1 else None
        if not selection.variables and only is not None and is_gridded(only, time, members):
            alone = labelled_record(given, replace(selection, variables=tuple(over_time)), homogeneous, source)
            return replace(alone, notices=tuple(dict.fromkeys([*notices, *alone.notices])))
    if not own:
        asked = named if selection.variables else over_time
        dims = list(dict.fromkeys(d for a in asked.values() for d in a.dims if d != time and d not in homogeneous))
        refuse_leads(data, dims, time, where)
        if selection.member != NO_MEMBERS:
            refuse_unclear(data, [dim for dim in dims if dim not in kept], where)
    chosen = _in_written_order(state_variables(over_time, selection, time, members, data, where), data)
    first = next(iter(chosen.values()))
    refuse_packed({name: array.variable for name, array in chosen.items()}, where)
    _refuse_unlike(chosen, first, where)
    leading = [dim for dim in members if dim in first.dims]
    split = selection.gaps is not None
    axis, breaks = axis_in_pieces(data, time, where) if split else (time_axis(data, time, where), [])
    state_dims = [dim for dim in first.dims if dim not in (time, *leading)]
    values = _gather(chosen, leading, time, state_dims, homogeneous, where, notices, selection.stored)
    notes = [*data.attrs.get(NOTES, ()), *read_as, *axis.notes]
    if notes:
        notices.insert(0, f"{where} was read so: {'; '.join(notes)}.")
    units = _units({**{str(dim): data[dim] for dim in state_dims if dim in data.coords}, **chosen})
    record = Record(
        values,
        dt=axis.dt,
        time_units=axis.units,
        names=() if state_dims else tuple(chosen),
        field=str(first.name) if state_dims else None,
        dims=tuple(str(dim) for dim in state_dims),
        coords={str(dim): data[dim].values for dim in state_dims if dim in data.coords},
        homogeneous=tuple(homogeneous),
        units=units,
        source=source,
        history=(f"first {selection.skip} steps left out",) if selection.skip else (),
        prepared=Preparation(skip=selection.skip),
        dates=axis.dates,
        start=axis.start,
        times=axis.times,
        member_names=_member_names(data, leading),
        notices=tuple(notices),
    )
    record = with_gaps(record, selection.missing) if selection.missing else record
    record = record if own else _as_series(record)
    return in_pieces(record, breaks) if split else record


def _squeezed(array: xr.DataArray, kept: set[Hashable]) -> xr.DataArray:
    """The variable without the dimensions of one place."""
    return array.squeeze([dim for dim in array.dims if array.sizes[dim] == 1 and dim not in kept], drop=True)


def _usable(
    over_time: dict[str, xr.DataArray],
    data: xr.Dataset,
    time: Hashable,
    members: list[Hashable],
    where: str,
    notices: list[str],
    stored: bool,
) -> dict[str, xr.DataArray]:
    """The variables that may be state variables; a notice lists the others, declared bounds excepted."""
    declared = {variable.attrs.get("bounds") for variable in data.variables.values()}
    over_time = {name: array for name, array in over_time.items() if name not in declared}
    with readable(where):
        some, few = over_time, data.sizes[time]
        if stored:  # what counts or stands still does so at once
            beside = {name: array for name, array in over_time.items() if not set(array.dims) - {time, *members}}
            runs = max((array.size // array.sizes[time] for array in beside.values()), default=1)
            few = max(2, min(few, _FIRST, PIECE_NUMBERS // (runs * max(1, len(beside)))))
            some = {name: array.isel({time: slice(few)}) for name, array in over_time.items()}
            some |= computed({name: some[name] for name in beside})
        reasons = {name: why_no_state(name, array, time, members, not stored) for name, array in some.items()}
        for name in [name for name, reason in reasons.items() if reason == "constant" and some is not over_time]:
            reasons[name] = "constant" if _stands_still(over_time[name], time, where) else ""
        series = {name: array.to_series() for name, array in some.items() if array.dims == (time,)}
        numbers = {name: array for name, array in some.items() if array.dtype.kind in "iuf" and not reasons[name]}
        reasons |= limits_beside(
            {name: numbers[name] for name in numbers if set(numbers[name].dims) <= {time, *members}}
        )
        counting = counter_columns(series, np.zeros(few))
        parts = calendar_columns(series) if time in data.variables else {}
        reasons |= dict.fromkeys(counting, "counter") | dict.fromkeys(parts.values(), "calendar")
    usable = {name: array for name, array in over_time.items() if not reasons[name]}
    if time not in data.variables:
        refuse_counters({name: series[name] for name in usable if name in series}, where)
        refuse_holes({name: series[name] for name in series if reasons[name] == "counter"}, where)
    if not usable:  # whoever looks at them next says what is wrong with them
        return over_time
    if len(usable) < len(over_time):
        notices.append(passed_over({name: reason for name, reason in reasons.items() if reason}, where))
    return usable


def _stands_still(array: xr.DataArray, time: Hashable, where: str) -> bool:
    """Whether a stored variable has one value throughout; it is read as far as it has."""
    others = [dim for dim in array.dims if dim != time]
    values = StoredVariables([array.variable], others, time, (), np.float64, where)
    first = values[0, 0:1][0, 0]
    return all(bool((values[member, start:stop] == first).all()) for member, start, stop in pieces_of(values))


def _member_names(data: xr.Dataset, members: list[Hashable]) -> tuple[str, ...]:
    """Labels of the members, one run after the other; none where no dimension of theirs has labels."""
    if not any(dim in data.coords for dim in members):
        return ()
    each = [[str(v) for v in (data[dim].values if dim in data.coords else range(data.sizes[dim]))] for dim in members]
    return tuple(", ".join(names) for names in itertools.product(*each))


def _as_series(record: Record) -> Record:
    """A field along one dimension of text labels as variables of these names, one with land as those cells it has."""
    if record.field is None or record.homogeneous:
        return record
    stored = isinstance(record.values, AbstractStored)
    never = np.flatnonzero(np.isnan(record.flat[0, :1][0]))
    if len(never):  # what ice covers at times is no land: a stored record is read once for it
        never = never[
            (record.survey.missing[:, never] == record.steps).all(axis=0)
            if stored
            else np.isnan(record.flat[..., never]).all(axis=(0, 1))
        ]
    names, notices = record.names, record.notices
    if len(record.dims) == 1 and np.asarray(record.coords.get(record.dims[0], 0.0)).dtype.kind in "OSUT":
        names = tuple(str(label) for label in record.coords[record.dims[0]])
    if len(never) == len(names) or (names == record.names and not len(never)):
        return record
    if len(never):
        notices = (
            *notices,
            f"{len(never)} of {len(names)} cells of {record.field} never have a value (land?): left out.",
        )
    kept = np.delete(np.arange(len(names)), never)
    units = dict.fromkeys(names, record.units[record.field]) if record.field in record.units else {}
    cells = replace(
        record,
        values=record.flat.columns(kept) if stored else record.flat[..., kept],
        names=tuple(names[column] for column in kept),
        field=None,
        dims=(),
        coords={},
        units=units,
        notices=notices,
        grid=Grid(record.field, record.dims, record.state_shape, record.coords, record.units, kept),
    )
    if stored and "survey" in vars(record):
        vars(cells)["survey"] = record.survey.of(kept)
    return cells


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
                f"leave one of them out, for instance with {option('drop', name)}",
            )
        if array.dtype.kind not in "iufb":
            complex_numbers = array.dtype.kind == "c"
            what = "complex numbers" if complex_numbers else "text or dates, not numbers"
            raise DataError(
                f"variable '{name}' of {where} holds {what}",
                "every state variable must hold real numbers",
                "store its real and its imaginary part as two variables"
                if complex_numbers
                else f"drop it with {option('drop', name)}, or convert it to numbers",
            )


def _units(arrays: dict[str, xr.DataArray]) -> dict[str, str]:
    return {name: str(array.attrs["units"]) for name, array in arrays.items() if "units" in array.attrs}


def _gather(
    chosen: dict[str, xr.DataArray],
    members: list[Hashable],
    time: Hashable,
    state_dims: list[Hashable],
    homogeneous: Sequence[str],
    where: str,
    notices: list[str],
    stored: int,
) -> States:
    """One array (member, time, *state), filled variable by variable; a notice says what is beyond declared limits."""
    arrays = [array.variable for array in chosen.values()]
    if is_stored(arrays, stored):
        return StoredVariables(arrays, members, time, state_dims, precision(arrays[0], homogeneous), where)
    order = (*members, time, *state_dims)
    sizes = [arrays[0].sizes[dim] for dim in order]

    def read(name: str, variable: xr.Variable) -> np.ndarray:
        values, said = gaps_beyond_limits(variable, declared_gaps(variable))
        if said:
            notices.append(f"of '{name}' of {where} {said}.")
        return values.transpose([variable.dims.index(dim) for dim in order])  # what is turned on disk is read slowly

    with readable(where):
        if state_dims:
            field = read(next(iter(chosen)), arrays[0])
            field = np.ascontiguousarray(field, dtype=precision(arrays[0], homogeneous))
            return field.reshape(-1, *sizes[len(members) :])
        values = np.empty((*sizes, len(arrays)))
        for column, (name, array) in enumerate(zip(chosen, arrays, strict=True)):
            values[..., column] = read(name, array)
    return values.reshape(-1, *sizes[len(members) :], len(arrays))
