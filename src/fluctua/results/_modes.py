"""Responses of modes as maps of the fields that they stand for."""

import json
from typing import Any

import numpy as np
import xarray as xr

from ..data import Grid, Record
from ..response import Responses, sums_of_observables
from ._response_curves import MEANINGS, response_curves
from ._units import step_unit

_TAKEN = ("push", "lag", "observable", "variable", "bin", "delays", "mode")  # dimensions of a response
_MOST_NUMBERS = 10_000_000  # of a factor that are worked on at once

Variables = dict[str, xr.Variable]


def map_variables(found: Responses, record: Record, confidence: float) -> tuple[Variables, dict[str, Any]]:
    """The maps of all curves and modes with their coordinates; nothing where the record is not one of modes.

    Args:
        found: The estimate, whose first observables are the modes.
        record: The record of the modes.
        confidence: Confidence of the bands.
    """
    modes = record.modes
    if modes is None:
        return {}, {}
    rest = found.impulse.value.shape[2] - len(modes.patterns)
    weights = np.pad(modes.patterns, [(0, rest), (0, 0)])
    rows = max(len(each.factor) for each in (found.impulse, found.robust, found.markov, found.gaussian))
    size = max(1, _MOST_NUMBERS // (rows * found.impulse.value.shape[0] * found.impulse.value.shape[1]))
    slabs = [slice(start, start + size) for start in range(0, modes.weights.size, size)]
    parts = [response_curves(sums_of_observables(found, weights[:, slab]), record.dt, confidence) for slab in slabs]
    shares = {"long_name": "share of the variance of all fields, weighted"}
    variables = {"mode_variance_share": xr.Variable("mode", modes.shares, shares)}
    coords: dict[str, Any] = {"mode": list(modes.names)}
    for grid in modes.grids:
        dims = tuple(_name(grid, dim, coords) for dim in grid.dims)
        for dim, name in zip(grid.dims, dims, strict=True):
            if dim in grid.coords:
                coords[name] = xr.Variable(name, np.asarray(grid.coords[dim]), _unit(grid, dim))
        units, cells = _unit(grid, grid.field), modes.of(grid.field)
        said = {"long_name": f"{grid.field} of one standard deviation of each mode", **units}
        maps = {"mode": xr.Variable(("mode", *dims), grid.maps(modes.patterns[:, cells]), said)}
        for name, meaning in MEANINGS.items():
            table = np.concatenate([part[name] for part in parts], axis=-1)[..., cells]
            said = {"long_name": meaning, **units}
            if units and name.startswith("step_response"):
                said["units"] = step_unit(units["units"], record.time_units)
            maps[name] = xr.Variable(("push", "lag", *dims), grid.maps(table), said)
        variables |= {f"{grid.field}_{name}": variable for name, variable in maps.items()}
    return variables, coords


def map_attributes(record: Record) -> dict[str, Any]:
    """What a file says of its modes."""
    modes = record.modes
    if modes is None:
        return {}
    return {
        "modes": len(modes.names),
        "modes_variance_share": float(modes.shares.sum()),
        "modes_of": json.dumps(modes.fields),
    }


def _name(grid: Grid, dim: str, coords: dict[str, Any]) -> str:
    """The name of a dimension, another one where it is taken by something else."""
    known = coords.get(dim)
    same = known is None or (dim in grid.coords and np.array_equal(known.values, grid.coords[dim]))
    return dim if dim not in _TAKEN and same else f"{dim}_{grid.field}"


def _unit(grid: Grid, name: str) -> dict[str, str]:
    return {"units": grid.units[name]} if name in grid.units else {}
