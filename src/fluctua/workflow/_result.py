"""Numbers to labels: the result dataset of the main verb."""

import numpy as np
import xarray as xr

from ..certify import running_integral
from ..data import Record
from ..response import Pipeline


def result_dataset(
    pipeline: Pipeline,
    record: Record,
    pushes: list[str],
    observables: list[str],
    steps: int,
    confidence: float,
    whole_state: bool,
) -> xr.Dataset:
    """The responses over (push, lag, observable), or over the dimensions of a field, with diagnostics.

    The bands of the step response come from the covariance of the whole curve: its factor is integrated like the curve
    itself (the limit of infinitely many draws), never the quantiles.
    """
    estimate, dt = pipeline.estimate, record.dt
    impulse, uncertainty = estimate.impulse, estimate.uncertainty
    width = uncertainty.half_width(confidence)
    step = running_integral(impulse, dt, axis=1)
    step_uncertainty = uncertainty.integrated(dt, axis=1)
    step_width = step_uncertainty.half_width(confidence)
    tables = {
        "impulse_response": impulse,
        "impulse_response_lower": impulse - width,
        "impulse_response_upper": impulse + width,
        "impulse_response_stderr": uncertainty.stderr(),
        "gaussian_response": pipeline.gaussian,
        "plug_in_response": estimate.plug_in,
        "step_response": step,
        "step_response_lower": step - step_width,
        "step_response_upper": step + step_width,
    }
    as_field = record.is_field and whole_state
    shape = record.state_shape if as_field else (len(observables),)
    dims = ("push", "lag", *(record.dims if as_field else ("observable",)))
    lag = xr.Variable(
        "lag",
        np.arange(steps + 1) * dt,
        {"units": record.time_units, "long_name": "time after the push; positive lags are later"},
    )
    coords: dict[str, object] = {"push": pushes, "lag": lag}
    if as_field:
        coords |= {name: (name, np.asarray(value)) for name, value in record.coords.items() if name in record.dims}
    else:
        coords["observable"] = observables
    variables: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]] = {
        name: (dims, table.reshape(len(pushes), steps + 1, *shape), {"long_name": name.replace("_", " ")})
        for name, table in tables.items()
    }
    check = pipeline.check
    checked = list(record.names[: len(check.value)])
    for name, table in (
        ("density_value", check.value),
        ("data_density", check.data_density),
        ("score_density", check.score_density),
    ):
        variables[name] = (("variable", "bin"), table, {"long_name": name.replace("_", " ")})
    coords["variable"] = checked
    loss, stderr = pipeline.heldout_loss, pipeline.heldout_stderr
    attrs = {
        "Conventions": "CF-1.11",
        "title": f"Response to a unit push on {', '.join(pushes[:5])}",
        "source": record.source,
        "score_method": pipeline.method,
        "stein_defect_before": float(estimate.defect_before.max()),
        "stein_defect_after": float(estimate.defect_after.max()),
        "effective_sample_size": float(pipeline.times.effective_size),
        "decorrelation_time": float(pipeline.times.decorrelation * dt),
        "score_loss_heldout": loss,
        "score_loss_heldout_stderr": stderr,
        "gaussian_loss_heldout": pipeline.gaussian_loss,
        "calibration_functions": pipeline.functions,
        "folds": pipeline.plan.folds,
        "blocks": len(pipeline.plan.blocks),
        "band_degrees_of_freedom": uncertainty.freedom,
    }
    return xr.Dataset(variables, coords, attrs)
