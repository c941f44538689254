"""From an estimate on plain arrays to a labelled result: the only place that reads what the estimator returns.

A list of variables and a homogeneous field differ in what is known besides (`_variable_details`, `_field_details`);
everything else is the same for both.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from ..data import Record
from ..features import shells
from ..response import FieldDetails, Reflections, Responses, VariableDetails
from ._base import provenance
from ._delays import delay_movement, delay_variables
from ._diagnostics import (
    AbstractDiagnostic,
    Calibration,
    EffectiveSize,
    FollowedTails,
    HeavyTails,
    LeadingModesOnly,
    LongLags,
    MissedTail,
    NetworkGain,
    Remark,
    Said,
    ScoreChoice,
    ScoreOrigin,
    SelfTransport,
    ThinnedRegression,
    as_attributes,
    warned,
)
from ._errors import Origin, error_variables
from ._labels import HomogeneousField, Labels
from ._leading import leader, leading_diagnostics, leading_tables
from ._modes import map_attributes, map_variables
from ._response_curves import MEANINGS, of_curves, response_curves, smallest_freedom
from ._response_result import ResponseResult
from ._signs import PeriodicForcing, sign_attributes, sign_diagnostics
from ._units import unit_coordinates, with_units


class _Details(NamedTuple):
    """What is known besides.

    Attributes:
        slowest: What decorrelates most slowly.
        variables: Further variables.
        coords: Coordinates of those.
        attrs: Further attributes.
        found: What was found.
    """

    slowest: str
    variables: dict[str, xr.Variable]
    coords: dict[str, Any]
    attrs: dict[str, Any]
    found: tuple[AbstractDiagnostic, ...]


def response_result(
    found: Responses,
    record: Record,
    field: HomogeneousField | None,
    *,
    pushes: list[str],
    picks: Sequence[int] | None = None,
    observables: list[str] | None,
    options: Mapping[str, Any],
    notes: Sequence[str] = (),
    reflections: Reflections | None = None,
    origin: ScoreOrigin = "held out",
) -> ResponseResult:
    """The labelled result of an estimate, with its diagnostics.

    Args:
        found: The estimate.
        record: The record.
        field: The record as a homogeneous field, if it is one.
        pushes: Names of the pushes.
        picks: Which of the estimate's pushes each of them is; in order by default.
        observables: Names of the observables; none where the state itself is observed.
        options: What was asked, as JSON holds it.
        notes: What the validation of the record had to say.
        reflections: Reflections of a homogeneous field that were averaged over.
        origin: Whether the score has seen the record.
    """
    labels = Labels.of(record, observables, field)
    if field is None:
        details = _variable_details(found, record, labels, pushes, observables or record.names)
    else:
        details = _field_details(found, field, reflections)
    chosen = list(range(len(pushes)) if picks is None else picks)
    dims = ("push", "lag", *labels.dims)
    curves = response_curves(found, record.dt, options["confidence"])
    variables = {
        name: xr.Variable(dims, labels.arrange(table[chosen]), {"long_name": MEANINGS[name]})
        for name, table in curves.items()
    }

    def placed(table: np.ndarray, attributes: Mapping[str, str]) -> xr.Variable:
        """One number for each push and observable; for a whole field it is the same at all offsets from the push."""
        spread = xr.Variable(dims, labels.arrange(of_curves(table, found.impulse.value.shape)[chosen]), attributes)
        return spread.isel(dict.fromkeys(("lag", *(field.grid_dims if field is not None else ())), 0))

    variables |= error_variables(found, labels, chosen, placed)
    led = leading_tables(found.headline, record.dt, record.time_units)
    variables |= {name: placed(*table) for name, table in led.items()}
    pulled = placed(found.headline.pulled, {})
    named = {dim: [str(label) for label in np.atleast_1d(at.values)] for dim, at in labels.coords.items()}
    named = {str(dim): [str(index) for index in range(size)] for dim, size in pulled.sizes.items()} | named
    leading = leading_diagnostics(found.headline, pulled, variables, named | {"push": pushes})
    variables |= details.variables
    maps, grids = map_variables(found, record, options["confidence"])
    variables |= maps
    steps = found.impulse.value.shape[1] - 1
    said = {"units": record.time_units, "long_name": "time after the push; positive lags are later"}
    lag = xr.Variable("lag", np.arange(steps + 1) * record.dt, said)
    diagnostics = (
        *(Remark(Said("good", notice)) for notice in record.notices),
        *warned(notes),
        *leading,
        *_diagnose(found, record, details.slowest, origin, field is not None, options.get("score") == "gaussian"),
        *(
            each
            for each in details.found
            if not (isinstance(each, PeriodicForcing) and any(f"({each.remedy})" in note for note in notes))
        ),
    )
    topics = (found.score.method, *(() if record.modes is None else ("modes",)))
    attrs = {
        "Conventions": "CF-1.11",
        "title": f"Response to a unit push on {', '.join(pushes[:5])}",
        **_numbers(found, record, origin),
        **details.attrs,
        **map_attributes(record),
        **provenance(record, options["seed"], "response", "gaussian", "doubly-robust", "bands", *topics),
        "config": json.dumps(options),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **as_attributes(diagnostics),
    }
    coords = {"push": pushes, "lag": lag, **labels.coords, **details.coords, **grids}
    if "impulse_response_errors" in variables or record.is_field:
        made_of = Origin.of(record, attrs["data_hash"], len(found.plan.blocks), steps + 1)
        coords["errors_of"] = ("push", [json.dumps([list(made_of)])] * len(pushes))
    coords |= unit_coordinates(record, pushes, observables or (list(record.names) if field is None else None))
    return ResponseResult(with_units(xr.Dataset(variables, coords, attrs)), diagnostics, dict(options))


def _numbers(found: Responses, record: Record, origin: ScoreOrigin) -> dict[str, Any]:
    """The numerical diagnostics, each by its name in the file."""
    score, lags = found.score, found.regression_lags
    held_out = {"score_loss_heldout": score.loss, "score_loss_heldout_stderr": score.loss_stderr}
    note = {
        "seen": "the score given was fitted to this record: nothing was held out",
        "not known": "the score given does not say which record it was fitted to: it may have seen this one",
    }
    every = len(lags) == found.impulse.value.shape[1]
    return {
        "effective_sample_size": float(found.times.effective_size),
        "decorrelation_time": float(found.times.decorrelation * record.dt),
        "folds": found.plan.folds,
        "blocks": len(found.plan.blocks),
        "headline": leader(found.headline.leads),
        "markov_p_value": found.headline.p_value,
        "band_degrees_of_freedom": smallest_freedom(found.impulse),
        "score_method": score.method,
        "stein_defect_before": float(found.defect_before.max()),
        "stein_defect_after": float(found.defect_after.max()),
        **({"score_loss_note": note[origin]} if origin in note else held_out),
        "gaussian_loss_heldout": score.gaussian_loss,
        "calibration_functions": found.functions,
        **({} if every else {"regression_lags": len(lags)}),
    }


def _diagnose(
    found: Responses, record: Record, slowest: str, origin: ScoreOrigin, by_scale: bool, asked: bool
) -> list[AbstractDiagnostic]:
    times, score, lags = found.times, found.score, found.impulse.value.shape[1]
    decorrelation = f"{times.decorrelation * record.dt:.3g} {record.time_units}"
    choice = ScoreChoice(score.method, score.loss, score.loss_stderr, score.gaussian_loss, by_scale, origin, asked)
    thinned = [ThinnedRegression(len(found.regression_lags), lags)] if len(found.regression_lags) < lags else []
    size = float(times.effective_size)
    lost = not by_scale and record.modes is None and found.functions < record.dimension
    few = [LeadingModesOnly(found.functions, record.dimension, size, record.is_field or record.grid is not None)]
    worst = int(np.argmax(found.defect_after))
    defects = float(found.defect_before.max()), float(found.defect_after[worst])
    # That of a Gaussian record bounds it: where a few states decide, chance explains everything.
    chance = min(float(found.defect_chance[worst]), float(np.sqrt((1 + record.dimension) / size)))
    calibration = Calibration(*defects, by_scale, size, chance)
    return [
        choice,
        *(few if lost else []),
        EffectiveSize(size, slowest, decorrelation, by_scale),
        LongLags((lags - 1) / record.steps),
        calibration,
        *thinned,
    ]


def _variable_details(
    found: Responses, record: Record, labels: Labels, pushes: Sequence[str], observables: Sequence[str]
) -> _Details:
    details = found.details
    assert isinstance(details, VariableDetails)
    check = details.check
    missed = [tail for tail in check.tails if abs(tail.significance) > 4 and abs(tail.defect) > 0.1]
    tails = [MissedTail(record.names[tail.variable], tail.side > 0, tail.threshold, tail.defect) for tail in missed]
    signs = [each for said in sign_diagnostics(details.signs, found.headline, record).values() for each in said]
    tables = {"density_value": check.value, "data_density": check.data_density, "score_density": check.score_density}
    densities = {
        name: xr.Variable(("variable", "bin"), table, {"long_name": name.replace("_", " ")})
        for name, table in tables.items()
    }
    delays, moved = {}, []
    if details.delays is not None:
        delays = delay_variables(details.delays, record.dt, record.time_units, labels)
        moved = [delay_movement(details.delays, record.dt, record.time_units, pushes, observables)]
    return _Details(
        slowest=record.names[found.times.slowest],
        variables=densities | delays,
        coords={"variable": list(record.names[: len(check.value)])},
        attrs=sign_attributes(details.signs, found.headline, record),
        found=(*signs, *moved, *([HeavyTails()] if details.heavy_tails else []), *(tails or [FollowedTails()])),
    )


def _field_details(found: Responses, field: HomogeneousField, reflections: Reflections | None) -> _Details:
    details = found.details
    assert isinstance(details, FieldDetails)
    shell, flow, reports = details.slowest_shell, details.advection, details.reports
    present = np.unique(shells(field.grid))
    before, after = details.stein[:, present]
    transport = []
    if flow is not None and flow.times:
        transport = [SelfTransport(flow.share, flow.strength / flow.stderr, tuple(flow.times))]
    gain = [NetworkGain(sum(report.accepted for report in reports), len(reports))] if reports else []
    waves = "waves across the homogeneous dimension with the fewest points"
    axes = () if reflections is None else reflections.axes
    return _Details(
        slowest="the mean over the grid" if shell == 0 else f"wavenumber {shell}",
        variables={
            name: xr.Variable("shell", numbers, {"long_name": meaning})
            for name, numbers, meaning in (
                ("stein_wavenumber", present.astype(np.float64), waves),
                ("stein_before", before, "Stein number of the score, one for a true score"),
                ("stein_after", after, "Stein number after calibration"),
            )
        },
        coords={},
        attrs={
            "homogeneous": json.dumps(field.grid_dims),
            "reflections": json.dumps([field.grid_dims[axis] for axis in axes]),
        },
        found=(*transport, *gain),
    )
