"""The main verb: a record in, responses with bands out."""

import json
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import jax
import xarray as xr

from ..core import (
    AbstractProgress,
    FluctuaWarning,
    OptionError,
    array_hash,
    citations,
    named_key,
    version,
    versions,
)
from ..data import Record, validate
from ..response import respond_to_pushes
from ._answer import Answer, Request, check_size
from ._homogeneous import HomogeneousField, to_reflections
from ._inputs import Anomaly, Data, Observe, Push, check_degree, to_lags, to_observables, to_pushes, to_record
from ._respond_field import answer_for_field
from ._result import result_dataset
from ._scores import score_for
from ._words import cautions, diagnose


def respond(
    data: Data,
    push: Push,
    observe: Observe = None,
    *,
    max_lag: float,
    score: Any = "auto",
    seed: int = 0,
    confidence: float = 0.95,
    dictionary_degree: int | None = None,
    variable: str | None = None,
    homogeneous: Sequence[str] = (),
    reflect: Sequence[str] = (),
    transport: Sequence[float] | None = None,
    anomaly: Anomaly = None,
    detrend: bool = False,
    progress: AbstractProgress | None = None,
) -> xr.Dataset:
    r"""How a system responds to a push, from nothing but a record of the system left alone.

    The impulse response $K(t)$ of an observable $A$ to the push $u$ is the change of $E[A(x_t)]$ per unit
    displacement of the state by $u(x_0)$ at time zero; the response to a push $\varepsilon f(t) u(x)$ added to the
    drift is $\varepsilon \int_0^t K(t - t') f(t') dt'$. It is estimated by the cross-fitted doubly robust form of the
    generalised fluctuation-dissipation theorem (``fluctua.response``), with pointwise error bands.

    A field that is statistically homogeneous along periodic dimensions is pushed at one cell, and its response is that
    of the whole field as a function of the offset from the push, averaged over translations, wavenumber by wavenumber
    (``fluctua.response.fields``).

    Args:
        data: A Dataset or DataArray over (``member``,) ``time``, or the path of a CSV, NetCDF or Zarr.
        push: Name of a state variable (unit amplitude), several of them, or a mapping from names of your choice to
            vector fields: functions of one state, shape ``(d,)``, written with ``jax.numpy``.
        observe: Expressions such as ``"u1**2"`` or ``"x > 2.5"``, or a mapping to functions of states ``(..., d)``;
            by default every state variable. Of a homogeneous field the field itself is observed, and nothing else.
        max_lag: Largest lag, in the time units of the record.
        score: ``"auto"``, ``"gaussian"``, ``"dictionary"``, ``"mixture"``, ``"kgmm"``, ``"kernel"``, ``"network"``; a
            score from ``fit_score`` or its file; or a function of one state. A homogeneous field takes the first
            three, ``"network"``, or a score of flat states: its other dimensions first, the homogeneous ones last.
        seed: Seed of every random choice; the same seed and data give the same numbers.
        confidence: Of the pointwise bands.
        dictionary_degree: Total degree of the calibration dictionary, or of the pointwise functions of a homogeneous
            field; by default up to 3.
        variable: Name of the one gridded variable to use.
        homogeneous: Dimensions along which the system is statistically homogeneous and periodic; evenly spaced.
        reflect: Those of them along which it is also symmetric under reflection, which halves the noise; with
            ``":odd"`` appended if the field changes sign, as vorticity does.
        transport: Of a field in two dimensions that is the vorticity of a flow (or is carried along as if it were):
            times for which its own flow carries it, to make further functions of the present, in units in which the
            field is an inverse time. By default the record is tested for it; an empty sequence switches it off.
        anomaly: Remove the mean seasonal cycle first, by ``"month"`` or ``"dayofyear"``.
        detrend: Remove a linear trend first.
        progress: Where progress is shown.

    Returns:
        ``impulse_response`` and ``step_response`` with ``_lower`` and ``_upper``, ``impulse_response_stderr`` and
        ``gaussian_response`` over (push, lag, observable), with diagnostics in the attributes. Of a field, its own
        dimensions stand in for ``observable``; along homogeneous ones the coordinate is the offset from the push, from
        0 on, periodic.

    Raises:
        FluctuaError: The record or an option cannot be used; the message says what to do.

    Example:
        >>> import fluctua
        >>> record = fluctua.simulate("ornstein-uhlenbeck", duration=2000.0, seed=1)
        >>> result = fluctua.respond(record, push="x1", observe=["x1", "x2**2"], max_lag=3.0, score="gaussian")
        >>> sorted(result.sizes.items())[0], float(result.impulse_response.sel(observable="x1")[0, 0].round(6))
        (('bin', 48), 1.0)

    References:
        Giorgini, Deck, Bischoff and Souza, *Response theory via generative score modeling*, PRL 133, 267302 (2024).
    """
    _check_options(seed, confidence)
    record = to_record(data, variable, homogeneous, anomaly, detrend)
    steps = to_lags(max_lag, record)
    reflections = to_reflections(reflect, record)
    field = HomogeneousField.of(record) if record.homogeneous else None
    notes = validate(record, max_lag)
    request = Request(push, observe, steps, score, named_key(jax.random.key(seed), "respond"), confidence)
    request = request._replace(degree=dictionary_degree, progress=progress)
    request = request._replace(transport=None if transport is None else tuple(transport))
    if transport and field is None:
        raise OptionError(
            f"a transport for {', '.join(f'{time:g}' for time in transport)} {record.time_units} was asked for",
            "only a field that is homogeneous along two dimensions carries itself along",
            "leave --transport out, or name the homogeneous dimensions with --homogeneous",
        )
    answer = _answer(request, record) if field is None else answer_for_field(request, field, reflections)
    notes = [*notes, *answer.cautions]
    result = answer.result
    config = {
        "data": record.source,
        "push": [str(name) for name in result.push.values],
        "observe": answer.observed,
        "max_lag": max_lag,
        "score": score if isinstance(score, str) else type(score).__name__,
        "dictionary_degree": dictionary_degree,
        "confidence": confidence,
        "variable": variable,
        "homogeneous": [dim for dim in record.dims if dim in record.homogeneous],
        "reflect": [reflect] if isinstance(reflect, str) else list(reflect),
        "transport": None if transport is None else list(transport),
        "anomaly": anomaly,
        "detrend": detrend,
        "seed": seed,
    }
    topics = ("response", "gaussian", "doubly-robust", "bands", answer.method)
    result.attrs |= {
        "fluctua_version": version(),
        "seed": seed,
        "config": json.dumps(config),
        "versions": json.dumps(versions()),
        "warnings": json.dumps(notes),
        "diagnostics": json.dumps(answer.diagnoses),
        "citations": citations(*topics),
        "data_hash": array_hash(record.values),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "history": "; ".join(record.history),
    }
    for note in notes:
        warnings.warn(note, FluctuaWarning, stacklevel=2)
    return result


def _answer(request: Request, record: Record) -> Answer:
    """The response of a list of variables, or of a field cell by cell."""
    pushes = to_pushes(request.push, record)
    names, observables = to_observables(request.observe, record)
    check_size(len(pushes), request.steps, len(names))
    check_degree(request.degree, record.dimension)
    found = respond_to_pushes(
        record.flat,
        observables,
        pushes=pushes,
        max_lag=request.steps,
        score=score_for(request.score, record.names, record.flat[0, :16]),
        key=request.key,
        degree=request.degree,
        progress=request.progress,
    )
    result = result_dataset(
        found,
        record,
        [push.name for push in pushes],
        names,
        request.steps,
        request.confidence,
        request.observe is None,
    )
    return Answer(
        result,
        names if len(names) <= 100 else f"{len(names)} cells",
        found.score.method,
        cautions(found, record, request.steps),
        diagnose(found, record),
    )


def _check_options(seed: int, confidence: float) -> None:
    if not 0 < confidence < 1:
        raise OptionError(
            f"the confidence is {confidence:g}",
            "it lies between 0 and 1",
            "give --confidence 0.95 for 95 % bands",
        )
    if seed < 0:
        raise OptionError(f"the seed is {seed}", "a seed is zero or a positive whole number", "give --seed 0")
