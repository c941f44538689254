"""Pushes as maps: a pattern over the dimensions of a field, from a file or a labelled array."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..core import OptionError, listed, named, option
from ..data import Record

_LOG = logging.getLogger("fluctua")
_SAME = 1e-5  # of the spacing: coordinates that were written with single precision are the same


def patterns_of_file(path: Path, record: Record) -> dict[str, Any]:
    """The pushes of a file: each of its maps over the record's own dimensions, or numbers by state variable.

    Raises:
        OptionError: The file cannot be read, or holds nothing of this kind.
    """
    path = path.expanduser()
    if not path.exists():
        raise OptionError(
            f"the file of patterns '{path}' does not exist",
            "a NetCDF file or Zarr store with a pattern over the dimensions of the record is needed",
            "check the path",
        )
    suffix = path.suffix.lower()
    if suffix not in (".nc", ".zarr"):
        raise OptionError(
            f"the file of patterns '{path.name}' has the suffix '{suffix}'",
            "patterns are read from .nc and .zarr",
            "convert it, as with xarray's to_netcdf" if record.is_field or record.modes is not None else _sum(record),
        )
    with named("reader", {".nc": "netcdf", ".zarr": "zarr"}[suffix]).member(path) as data:
        return patterns_of_dataset(data.load(), record, path.stem)


def patterns_of_dataset(data: xr.Dataset, record: Record, title: str) -> dict[str, Any]:
    """The pushes in a dataset by name: its maps, or one push of numbers by state variable.

    Args:
        data: The dataset.
        record: The record.
        title: What to call a push that is called as the field is.
    """
    held = {str(name): array for name, array in data.data_vars.items() if array.dtype.kind in "iufb"}
    if record.modes is not None and any(array.ndim for array in held.values()):
        return maps_of_fields(held, record, title)
    if held and not record.is_field and all(array.size == 1 for array in held.values()):
        return {title: {name: float(array.values.ravel()[0]) for name, array in held.items()}}
    maps = {name: array for name, array in held.items() if set(record.dims) <= {str(dim) for dim in array.dims}}
    if not record.is_field or not maps:
        raise OptionError(
            f"'{title}' holds {_shown(held)}",
            f"a pattern for a field is a map over its dimensions {', '.join(record.dims)}"
            if record.is_field
            else f"{record.title} is a list of variables and no field: a pattern has one number for some of "
            f"{', '.join(record.names[:12])}, each in a variable of its name",
            "write the pattern over these, named as in the record" if record.is_field else _sum(record),
        )
    return {title if name == record.field else name: array for name, array in maps.items()}


def _sum(record: Record) -> str:
    """What to give in place of a file of patterns where the state is a list of variables."""
    plain = [name for name in record.names if name.isidentifier()][:2]
    if not plain:
        return "give the weights of the variables as a push, with the names of variables in backquotes"
    weights = plain[0] if len(plain) == 1 else f"{plain[0]} + 2*{plain[1]}"
    return f"give the weights of the variables as a push in place of the file, as with {option('push', weights)}"


def maps_of_fields(held: Mapping[str, xr.DataArray], record: Record, title: str) -> dict[str, Any]:
    """Those that are maps over a field that was reduced to modes; one alone that is called as its field has the title.

    Raises:
        OptionError: None of them is.
    """
    assert record.modes is not None
    grids = record.modes.grids
    maps = {name: array for name, array in held.items() if any(set(g.dims) <= set(array.dims) for g in grids)}
    if not maps:
        raise OptionError(
            f"'{title}' holds {_shown(held)}",
            f"a pattern is a map over {' or '.join(f'({listed(grid.dims)}) of {grid.field}' for grid in grids)}",
            "write the pattern over these, named as in the record",
        )
    alone = len(maps) == 1
    return {title if alone and name in record.modes.fields else name: array for name, array in maps.items()}


def pattern_vector(name: str, pattern: Any, record: Record, needed: Any = slice(None)) -> np.ndarray:
    """The weights of all state variables, shape ``(d,)``, from a labelled map or an array; of ``needed`` ones alone.

    Raises:
        OptionError: Its dimensions, coordinates or values do not fit the record.
    """
    try:
        values = _on_grid(name, pattern, record) if isinstance(pattern, xr.DataArray) else np.asarray(pattern)
    except ValueError:  # lists of unequal lengths
        values = np.asarray(None)
    expected = record.state_shape
    if values.dtype.kind not in "iufb" or (values.shape != expected and values.shape != (record.dimension,)):
        raise OptionError(
            f"the push '{name}' is an array of shape {values.shape} of {values.dtype}",
            f"a pattern has one number for each state variable, the shape {expected}",
            "give such an array, or a mapping of weights such as {'" + record.names[0] + "': 1.0}",
        )
    vector = values.astype(np.float64).ravel()[needed]
    missing = int((~np.isfinite(vector)).sum())
    if missing:
        raise OptionError(
            f"the push '{name}' has no finite value at {missing} of {vector.size} places",
            "a pattern has a number everywhere, zero where nothing is pushed",
            "fill it, as with pattern.fillna(0)",
        )
    return vector


def _shown(held: Mapping[str, xr.DataArray]) -> str:
    return ", ".join(f"{name} ({', '.join(map(str, array.dims))})" for name, array in held.items()) or "nothing"


def _on_grid(name: str, pattern: xr.DataArray, record: Record) -> np.ndarray:
    """The values of a map in the order of the record's dimensions and coordinates."""
    pattern = pattern.squeeze([dim for dim in pattern.dims if dim not in record.dims and pattern.sizes[dim] == 1])
    if {str(dim) for dim in pattern.dims} != set(record.dims) or not record.is_field:
        raise OptionError(
            f"the push '{name}' is a map over ({', '.join(map(str, pattern.dims))})",
            f"the field of {record.title} is over ({', '.join(record.dims)})"
            if record.is_field
            else f"{record.title} is a list of variables, not a field",
            "rename its dimensions, or take a mean over those that are too many"
            if record.is_field
            else "give a mapping of weights, such as {'" + record.names[0] + "': 1.0}",
        )
    pattern = pattern.transpose(*record.dims)
    for dim, size in zip(record.dims, record.state_shape, strict=True):
        order = _order(name, pattern, dim, size, record.coords)
        pattern = pattern.isel({dim: order})
    return np.asarray(pattern.values)


def _order(
    name: str, pattern: xr.DataArray, dim: str, size: int, coords: Mapping[str, np.ndarray]
) -> slice | np.ndarray:
    """Where along a dimension of the pattern the places of the record are; by their order if it does not say where."""
    by_place = dim not in coords or dim not in pattern.coords
    if by_place:
        found, wanted = np.arange(pattern.sizes[dim]), np.arange(size)
    else:
        found, wanted = np.asarray(pattern[dim].values), np.asarray(coords[dim])
    if found.shape == wanted.shape:
        orders = [(slice(None), found, wanted), (np.argsort(found)[np.argsort(np.argsort(wanted))], found, wanted)]
        if not by_place and _is_longitude(dim, found, wanted):
            around = [np.round(each.astype(np.float64), 6) % 360 for each in (found, wanted)]
            orders.append((np.argsort(around[0])[np.argsort(np.argsort(around[1]))], around[0], around[1]))
        for order, of_pattern, of_record in orders:
            if _same(of_pattern[order], of_record):
                if of_record is not wanted:
                    _LOG.info(
                        f"the push '{name}' has {dim} from {found.min():g} to {found.max():g}, the record from "
                        f"{wanted.min():g} to {wanted.max():g}: they are matched around the globe."
                    )
                if by_place and dim in coords:
                    _LOG.info(
                        f"the push '{name}' has no coordinate along {dim}: its {size} places are taken for those of "
                        f"the record in their order, from {coords[dim][0]} to {coords[dim][-1]}."
                    )
                return order
    raise OptionError(
        f"the push '{name}' has {_span(found, wanted)} along {dim}",
        f"the record has {_span(wanted, found)}",
        _at_places(dim, found, wanted),
    )


def _is_longitude(dim: str, found: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether places are longitudes, which may be counted from 0 or from -180 degrees."""
    numbers = found.dtype.kind in "iuf" and wanted.dtype.kind in "iuf" and found.size > 0
    degrees = numbers and all(each.min() >= -360 and each.max() <= 360 for each in (found, wanted))
    return bool(degrees and "lon" in dim.lower())


def _at_places(dim: str, found: np.ndarray, wanted: np.ndarray) -> str:
    """What to do about a pattern at other places than those of the record."""
    if found.dtype.kind not in "iuf" or wanted.dtype.kind not in "iuf" or not (found.size and wanted.size):
        return "write the pattern over the labels of the record, zero where nothing is pushed"
    inside = (wanted >= found.min()) & (wanted <= found.max())
    if not inside.any():
        return f"they have no place in common: give the pattern the record's own places along {dim}"
    taken = f"pattern.interp({dim}=record['{dim}'])"
    if not inside.all():
        return f"take the pattern at the places of the record, zero where it has none, as with {taken}.fillna(0)"
    return f"take the pattern at the places of the record, as with {taken}"


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    if one.dtype.kind not in "iuf" or other.dtype.kind not in "iuf":
        return bool(np.all(one == other))
    spacing = np.abs(np.diff(other.astype(float))).min() if len(other) > 1 else 1.0
    return bool(np.all(np.abs(one.astype(float) - other.astype(float)) <= _SAME * spacing))


def _span(values: np.ndarray, others: np.ndarray) -> str:
    """How many places there are, from where to where, and which is the first that is not one of others."""
    if not len(values):
        return "no place"
    told = f"{len(values)} places from {values[0]} to {values[-1]}"
    ends = (values[0], values[-1]) == (others[0], others[-1]) if len(others) else False
    unlike = np.flatnonzero(~np.isin(values, others)) if ends else []
    return told + (f", one of them at {values[unlike[0]]}" if len(unlike) else "")
