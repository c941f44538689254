"""The true response of a field system, by the most exact route that it has.

Where the response is known, it is taken. Where the exact score is, the doubly robust estimate with it has no bias to
first order, whatever its regression is worth: formula (1) of ``fluctua.response._estimator``, whose bias is the product
of the errors of score and regression. What remains of the first is the noise of its calibration. The mean of it over
records of their own is a truth whose noise falls with their number: the generalised fluctuation-dissipation theorem,
with the regression as its control variate. Pairs of pushed runs assume nothing at all, and have the noise of rare
changes of well that only one twin makes. They are the truth where there is nothing else, and its check where there is.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import PRNGKeyArray

from fluctua.core import AbstractProgress, named_key
from fluctua.response import Reflections, respond_to_field_pushes
from fluctua.scores import AbstractScore, FunctionScore
from fluctua.systems import HasExactResponse, HasExactScore, twin_response

from .kept import Arrays, Kept
from .plan import FieldPlan
from .record import SETTLE, record_of


class Truth(NamedTuple):
    """A true response.

    Attributes:
        response: Shape ``(lag, *grid)``, the pushed point first on each axis.
        stderr: Its standard error, same shape; zeros where it is exact.
        apart: How far the twins that check it are from it at each lag above zero, in the 2-norm over the grid.
        noise: What the noise of both makes of that.
        notes: How it was found, and what checked it.
    """

    response: np.ndarray
    stderr: np.ndarray
    apart: np.ndarray = np.zeros(0)
    noise: np.ndarray = np.zeros(0)
    notes: tuple[str, ...] = ()


def find_truth(
    plan: FieldPlan,
    starts: np.ndarray | None,
    lags: np.ndarray,
    key: PRNGKeyArray,
    kept: Kept,
    progress: AbstractProgress | None,
) -> Truth:
    """The true response and its standard error, averaged over the reflections of the system.

    Args:
        plan: What is run.
        starts: Fields after the coarse part of the spin-up, where there is one.
        lags: Times after the push, every one of the record's from zero on.
        key: Random key; that of no record whose answers are compared with the truth.
        kept: Where the twins and the answer of each record are kept once they are there.
        progress: Where progress is shown.
    """
    if isinstance(plan.system, HasExactResponse):
        exact = np.asarray(plan.system.response(lags))
        return Truth(exact, np.zeros_like(exact))
    twins = kept.arrays("twins", lambda: _twins(plan, starts, lags, named_key(key, "twins"), progress))
    # Neighbours of the axis of reflection are correlated with their mirror images: the standard error is left as it is.
    response, stderr = mirrored(twins["response"], plan.reflections), twins["stderr"]
    if not plan.truth_records or not isinstance(plan.system, HasExactScore):
        return Truth(response, stderr)

    def answer(number: int) -> Arrays:
        own = named_key(key, f"record {number}")
        record = record_of(plan, starts, named_key(own, "record"), progress)
        estimate = respond_to_field_pushes(
            record[:, :, None],
            grid=plan.system.domain.shape,
            max_lag=len(lags) - 1,
            score=exact_score(plan),
            key=named_key(own, "respond"),
            progress=progress,
        )
        return {"response": mirrored(estimate.robust.value[0, :, 0], plan.reflections)}

    found = [
        kept.arrays(f"truth-{number}", lambda number=number: answer(number))["response"]
        for number in range(plan.truth_records)
    ]
    mean = np.mean(found, axis=0)
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    apart, noise, own = (_norms(table) for table in (mean - response, np.hypot(error, stderr), error))
    note = (
        f"The truth is the mean of the doubly robust estimate with the exact score over {len(found)} other records. "
        f"{int(twins['realisations'])} twin pairs differ from it by {np.mean(apart):.4f} in the 2-norm over the grid, "
        f"averaged over lags, where the noise of both makes {np.mean(noise):.4f}; its own is {np.mean(own):.4f}."
    )
    return Truth(mean, error, apart, noise, (note,))


def exact_score(plan: FieldPlan) -> AbstractScore:
    """The exact score of a system that has one, of flat states."""
    system: Any = plan.system
    grid = system.domain.shape
    return FunctionScore(lambda state: system.score(state.reshape(grid)).ravel(), system.domain.size)


def mirrored(field: np.ndarray, reflections: Reflections) -> np.ndarray:
    """A response, shape ``(lag, *grid)``, averaged over the reflections of its system."""
    for axis in reflections.axes:
        field = 0.5 * (field + np.roll(np.flip(field, 1 + axis), 1, axis=1 + axis))
    return field


def _twins(
    plan: FieldPlan,
    starts: np.ndarray | None,
    lags: np.ndarray,
    key: PRNGKeyArray,
    progress: AbstractProgress | None,
) -> Arrays:
    found = twin_response(
        plan.system,
        key=key,
        members=plan.truth_members,
        resets=plan.resets,
        lags=lags,
        amplitude=plan.amplitude / 2,
        spin_up=plan.spin_up if starts is None else SETTLE,
        between=plan.between,
        dt=plan.dt,
        integrator=plan.integrator,
        initial_states=None if starts is None else starts[: plan.truth_members],
        progress=progress,
    )
    return {"response": found.response, "stderr": found.stderr, "realisations": np.array(found.realisations)}


def _norms(field: np.ndarray) -> np.ndarray:
    """The 2-norm over the grid at each lag above zero."""
    return np.linalg.norm(field.reshape(len(field), -1), axis=1)[1:]
