"""Numbers to labels: the result dataset of a homogeneous field, over offsets from the push."""

import json

import numpy as np
import xarray as xr

from ..features import shells
from ..response import Reflections, Responses
from ..statistics import Estimate
from ._homogeneous import HomogeneousField
from ._result import lag_coordinate, long_name, response_tables, shared_attributes


def field_result_dataset(
    found: Responses,
    field: HomogeneousField,
    pushes: list[str],
    picks: list[int],
    steps: int,
    confidence: float,
    reflections: Reflections,
) -> xr.Dataset:
    """The responses over (push, lag) and the dimensions of the field in its own order, with diagnostics.

    Args:
        found: The estimate, for every channel that is pushed once.
        field: The record.
        pushes: Names of the pushes.
        picks: Which of the estimate's pushes each of them is.
        steps: Largest lag in steps.
        confidence: Of the bands.
        reflections: Reflections that were averaged over.
    """
    record = field.record
    impulse = Estimate(found.impulse.value[picks], found.impulse.factor[:, picks], found.impulse.freedom)
    tables = response_tables(
        impulse,
        found.gaussian[picks],
        found.plug_in[picks],
        record.dt,
        confidence,
    )
    dims = ("push", "lag", *record.dims)
    variables = {name: xr.Variable(dims, field.as_field(table), long_name(name)) for name, table in tables.items()}
    present = np.unique(shells(field.grid))
    before, after = found.details.stein[:, present]
    for name, numbers, text in (
        (
            "stein_wavenumber",
            present.astype(np.float64),
            "waves across the homogeneous dimension with the fewest points",
        ),
        ("stein_before", before, "Stein number of the score, one for a true score"),
        ("stein_after", after, "Stein number after calibration"),
    ):
        variables[name] = xr.Variable("shell", numbers, {"long_name": text})
    attrs = shared_attributes(record, pushes, found.times, found.plan, impulse) | {
        "score_method": found.score.method,
        "stein_defect_before": float(found.defect_before.max()),
        "stein_defect_after": float(found.defect_after.max()),
        "score_loss_heldout": found.score.loss,
        "score_loss_heldout_stderr": found.score.loss_stderr,
        "gaussian_loss_heldout": found.score.gaussian_loss,
        "calibration_functions": found.functions,
        "homogeneous": json.dumps(field.grid_dims),
        "reflections": json.dumps([field.grid_dims[axis] for axis in reflections.axes]),
    }
    coords = {"push": pushes, "lag": lag_coordinate(record, steps), **field.coordinates()}
    return xr.Dataset(variables, coords, attrs)
