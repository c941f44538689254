"""Numbers to labels: the result dataset of the main verb for a list of variables; what every result shares."""

import numpy as np
import xarray as xr

from ..data import Record
from ..response import Responses
from ..statistics import Estimate, FoldPlan, Timescales


def response_tables(
    impulse: Estimate,
    gaussian: np.ndarray,
    plug_in: np.ndarray,
    dt: float,
    confidence: float,
) -> dict[str, np.ndarray]:
    """Impulse and step responses with their bands, each of the shape of ``impulse``, ``(push, lag, ...)``.

    The bands of the step response come from the covariance of the whole curve: its factor is integrated like the curve
    itself (the limit of infinitely many draws), never the quantiles.
    """
    step = impulse.integral(dt, axis=1)
    lower, upper = impulse.band(confidence)
    step_lower, step_upper = step.band(confidence)
    return {
        "impulse_response": impulse.value,
        "impulse_response_lower": lower,
        "impulse_response_upper": upper,
        "impulse_response_stderr": impulse.stderr(),
        "gaussian_response": gaussian,
        "plug_in_response": plug_in,
        "step_response": step.value,
        "step_response_lower": step_lower,
        "step_response_upper": step_upper,
    }


def lag_coordinate(record: Record, steps: int) -> xr.Variable:
    """Lags from zero to ``steps`` steps, in the units of the record."""
    attrs = {"units": record.time_units, "long_name": "time after the push; positive lags are later"}
    return xr.Variable("lag", np.arange(steps + 1) * record.dt, attrs)


def shared_attributes(
    record: Record, pushes: list[str], times: Timescales, plan: FoldPlan, impulse: Estimate
) -> dict[str, object]:
    """Attributes of every result."""
    return {
        "Conventions": "CF-1.11",
        "title": f"Response to a unit push on {', '.join(pushes[:5])}",
        "source": record.source,
        "effective_sample_size": float(times.effective_size),
        "decorrelation_time": float(times.decorrelation * record.dt),
        "folds": plan.folds,
        "blocks": len(plan.blocks),
        "band_degrees_of_freedom": impulse.freedom,
    }


def long_name(name: str) -> dict[str, str]:
    """The attribute that spells a variable's name."""
    return {"long_name": name.replace("_", " ")}


def result_dataset(
    found: Responses,
    record: Record,
    pushes: list[str],
    observables: list[str],
    steps: int,
    confidence: float,
    whole_state: bool,
) -> xr.Dataset:
    """The responses over (push, lag, observable), or over the dimensions of a field, with diagnostics."""
    tables = response_tables(found.impulse, found.gaussian, found.plug_in, record.dt, confidence)
    as_field = record.is_field and whole_state
    shape = record.state_shape if as_field else (len(observables),)
    dims = ("push", "lag", *(record.dims if as_field else ("observable",)))
    coords: dict[str, object] = {"push": pushes, "lag": lag_coordinate(record, steps)}
    if as_field:
        coords |= {name: (name, np.asarray(value)) for name, value in record.coords.items() if name in record.dims}
    else:
        coords["observable"] = observables
    variables: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]] = {
        name: (dims, table.reshape(len(pushes), steps + 1, *shape), long_name(name)) for name, table in tables.items()
    }
    check = found.details.check
    for name, table in (
        ("density_value", check.value),
        ("data_density", check.data_density),
        ("score_density", check.score_density),
    ):
        variables[name] = (("variable", "bin"), table, long_name(name))
    coords["variable"] = list(record.names[: len(check.value)])
    attrs = shared_attributes(record, pushes, found.times, found.plan, found.impulse) | {
        "score_method": found.score.method,
        "stein_defect_before": float(found.defect_before.max()),
        "stein_defect_after": float(found.defect_after.max()),
        "score_loss_heldout": found.score.loss,
        "score_loss_heldout_stderr": found.score.loss_stderr,
        "gaussian_loss_heldout": found.score.gaussian_loss,
        "calibration_functions": found.functions,
    }
    return xr.Dataset(variables, coords, attrs)
