"""Numbers to labels: the result dataset of a homogeneous field, over offsets from the push."""

import json

import numpy as np
import xarray as xr

from ..response.fields import FieldPipeline, Reflections
from ..scores import shells
from ..statistics import Uncertainty
from ._homogeneous import HomogeneousField
from ._result import lag_coordinate, long_name, response_tables, shared_attributes


def field_result_dataset(
    pipeline: FieldPipeline,
    field: HomogeneousField,
    pushes: list[str],
    picks: list[int],
    steps: int,
    confidence: float,
    reflections: Reflections,
) -> xr.Dataset:
    """The responses over (push, lag) and the dimensions of the field in its own order, with diagnostics.

    Args:
        pipeline: The estimate, for every channel that is pushed once.
        field: The record.
        pushes: Names of the pushes.
        picks: Which of the estimate's pushes each of them is.
        steps: Largest lag in steps.
        confidence: Of the bands.
        reflections: Reflections that were averaged over.
    """
    estimate, record = pipeline.estimate, field.record
    uncertainty = Uncertainty(estimate.uncertainty.factor[:, picks], estimate.uncertainty.freedom)
    tables = response_tables(
        estimate.impulse[picks],
        uncertainty,
        pipeline.gaussian[picks],
        estimate.plug_in[picks],
        record.dt,
        confidence,
    )
    dims = ("push", "lag", *record.dims)
    variables = {name: xr.Variable(dims, field.as_field(table), long_name(name)) for name, table in tables.items()}
    present = np.unique(shells(field.grid))
    before, after = estimate.stein[:, present]
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
    defect_before, defect_after = estimate.defect
    attrs = shared_attributes(record, pushes, pipeline.times, pipeline.plan, uncertainty) | {
        "score_method": pipeline.method,
        "stein_defect_before": float(defect_before),
        "stein_defect_after": float(defect_after),
        "score_loss_heldout": pipeline.loss,
        "score_loss_heldout_stderr": pipeline.loss_stderr,
        "gaussian_loss_heldout": pipeline.gaussian_loss,
        "calibration_functions": pipeline.functions.size,
        "homogeneous": json.dumps(field.grid_dims),
        "reflections": json.dumps([field.grid_dims[axis] for axis in reflections.axes]),
    }
    coords = {"push": pushes, "lag": lag_coordinate(record, steps), **field.coordinates()}
    return xr.Dataset(variables, coords, attrs)
