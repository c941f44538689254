"""From a record to responses with bands: the whole estimate, on plain arrays."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from ..certify import ScoreCheck, check_score
from ..core import AbstractProgress, named_key
from ..scores import (
    AbstractDictionary,
    AbstractScore,
    Joined,
    Polynomials,
    Ridges,
    Whitening,
    fit_gaussian,
    hill,
    moments,
    polynomial_size,
)
from ..statistics import BlockPlan, Timescales, plan_blocks, timescales
from ..training import CrossFit, Fold, Sample, crossfit, heldout_losses
from ._classical import gaussian_response
from ._estimate import ResponseEstimate, estimate_response
from ._pushes import AbstractPush

_FIT_STATES = 400_000  # states a score is fitted to at most; beyond it neighbours in time only repeat each other
_PARTS = 8  # contiguous parts of a training set, among which closed-form fits choose
_NUMBERS = 3e7  # numbers in the largest table of sums
_MODES = 20  # leading modes that calibrate a state of many variables


class Pipeline(NamedTuple):
    """Everything that a report needs, on plain arrays."""

    estimate: ResponseEstimate
    gaussian: np.ndarray
    method: str
    heldout_loss: float
    heldout_stderr: float
    gaussian_loss: float
    times: Timescales
    heavy_tails: bool
    check: ScoreCheck
    plan: BlockPlan
    functions: int


def respond_to_pushes(
    values: Float[np.ndarray, "member time d"],
    observables: Float[np.ndarray, "member time p"],
    *,
    pushes: tuple[AbstractPush, ...],
    max_lag: int,
    score: str | AbstractScore = "auto",
    key: PRNGKeyArray,
    degree: int | None = None,
    progress: AbstractProgress | None = None,
) -> Pipeline:
    """Estimate the response of observables to pushes from a record of the system left alone.

    Args:
        values: The record, shape ``(member, time, d)``.
        observables: Observables along the record, shape ``(member, time, p)``.
        pushes: The pushes.
        max_lag: Largest lag in steps.
        score: Name of a family of scores, ``"auto"``, or a score.
        key: Random key; the same key and record give the same numbers.
        degree: Total degree of the calibration dictionary (and of a dictionary score); by default up to 3, as far as
            the effective sample size carries it.
        progress: Where progress is shown.

    Returns:
        The estimate with its diagnostics. Cost linear in the length of the record.
    """
    members, steps, dimension = values.shape
    times = timescales(values)
    heavy, far = has_heavy_tails(values, times), has_far_tails(values)

    def plan_for(folds: int) -> BlockPlan:
        numbers = len(pushes) * (max_lag + 1) * observables.shape[2]
        blocks = int(np.clip(_NUMBERS / numbers, 64, 256))
        return plan_blocks(members, steps, max_lag, int(np.ceil(2 * times.decorrelation)), folds, blocks)

    def cut(folds: int) -> list[Fold]:
        return cut_folds(values, plan_for(folds), times.effective_size, far, degree)

    if isinstance(score, AbstractScore):
        folds = cut(4)
        losses = heldout_losses(folds, [score] * 4, named_key(key, "score"))
        gaussian_fit = crossfit(cut, "gaussian", key=named_key(key, "score"))
        fit = CrossFit(score.kind, [score] * 4, losses, gaussian_fit.losses)
    else:
        fit = crossfit(cut, score, key=named_key(key, "score"), progress=progress)
    plan = plan_for(len(fit.scores))
    dictionary, nested = calibration_dictionary(
        values, times.effective_size, key=named_key(key, "calibration"), degree=degree, far_tails=far,
        most=_NUMBERS / (3 * plan.folds * (max_lag + 1) * observables.shape[2]),
    )  # fmt: skip
    gaussian = fit_gaussian(values.reshape(-1, dimension), times.effective_size)
    estimate = estimate_response(
        values,
        observables,
        pushes=pushes,
        max_lag=max_lag,
        scores=fit.scores,
        gaussian=gaussian,
        plan=plan,
        dictionary=dictionary,
        nested=nested,
        effective_size=times.effective_size,
        progress=progress,
    )
    classical = gaussian_response(
        values,
        observables,
        pushes=pushes,
        max_lag=max_lag,
        score=gaussian,
    )
    pieces = [values[b.member, b.start : b.start + b.length] for b in plan.blocks]
    check = check_score(pieces, [fit.scores[b.fold] for b in plan.blocks], times.effective_size)
    loss, stderr = fit.loss()
    return Pipeline(
        estimate,
        classical,
        fit.method,
        loss,
        stderr,
        float(fit.gaussian_losses.mean()),
        times,
        heavy,
        check,
        plan,
        dictionary.size,
    )


def has_heavy_tails(values: Float[np.ndarray, "member time d"], times: Timescales) -> bool:
    """Whether some variable has tails so heavy that moments up to the sixth are not to be trusted.

    The tail index by Hill's estimator on the outermost half per cent below 5 (a Gaussian shows about 7, a Student law
    with five degrees of freedom 5), or a kurtosis above 15.
    """
    flat = values.reshape(-1, values.shape[2])
    flat = flat[:: max(1, len(flat) // 200_000)]
    standard = (flat - flat.mean(0)) / flat.std(0)
    if np.any(np.mean(standard**4, axis=0) > 15):
        return True
    if times.effective_size < 2000 or len(flat) < 10_000:
        return False
    distances = np.abs(standard - np.median(standard, axis=0))
    return any(hill(distance, share=0.005) < 5 for distance in distances.T)


def has_far_tails(values: Float[np.ndarray, "member time d"]) -> bool:
    """Whether some state lies beyond 6 standard deviations (a Gaussian record of 1e7 states reaches about 5.3).

    A high power would be decided there by a handful of states, and a fold that lacks them would teach nothing about
    them: polynomials are then made of bounded coordinates.
    """
    flat = values.reshape(-1, values.shape[2])
    reach = np.maximum(flat.max(0) - flat.mean(0), flat.mean(0) - flat.min(0))
    return bool(np.any(reach > 6 * flat.std(0)))


def cut_folds(
    values: Float[np.ndarray, "member time d"],
    plan: BlockPlan,
    effective_size: float,
    far_tails: bool = False,
    degree: int | None = None,
) -> list[Fold]:
    """The folds of a record, for fitting scores: thinned, with a gap between a fold and what teaches it."""
    stride = max(1, values.shape[0] * values.shape[1] // _FIT_STATES)

    def states(indices: np.ndarray) -> list[np.ndarray]:
        runs = np.array_split(indices, min(_PARTS, len(indices)))
        return [
            np.concatenate(
                [values[b.member, b.start : b.start + b.length : stride] for b in (plan.blocks[i] for i in run)]
            )
            for run in runs
        ]

    folds = []
    for fold in range(plan.folds):
        training = np.flatnonzero(plan.training(fold))
        share = sum(plan.blocks[i].length for i in training) / (values.shape[0] * values.shape[1])
        sample = Sample(states(training), effective_size * share, far_tails, degree)
        folds.append(Fold(sample, states(np.flatnonzero(plan.fold_of() == fold))))
    return folds


def calibration_dictionary(
    values: Float[np.ndarray, "member time d"],
    effective_size: float,
    *,
    key: PRNGKeyArray,
    degree: int | None,
    far_tails: bool,
    most: float,
) -> tuple[AbstractDictionary, list[int]]:
    """The functions for calibration and regression, no more than the effective sample size carries.

    Polynomials of the highest total degree up to 3 (or the degree asked for) with at most one function for fifteen
    effective states, and ridges for the local detail of few variables. The linear functions are always there, as in
    the classical response; where there are too many variables even for that, those of the leading modes.

    Returns:
        The dictionary, and the sizes of its leading sub-dictionaries, one per degree and the whole.
    """
    dimension = values.shape[2]
    flat = values.reshape(-1, dimension)
    limit = min(effective_size / 15, most, 200)
    saturation = 3.0 if far_tails else float("inf")
    if dimension > min(effective_size / 3, most):
        modes = int(np.clip(effective_size / 15, 1, min(_MODES, dimension)))
        polynomials = Polynomials(Whitening.leading(*moments(flat), modes=modes), 1, saturation)
        return polynomials, [polynomials.size]
    whitening = Whitening.of(*moments(flat))
    if degree is None:
        degree = max([n for n in (1, 2, 3) if polynomial_size(dimension, n) <= limit], default=1)
    polynomials = Polynomials(whitening, degree, saturation)
    nested = [polynomial_size(dimension, n) for n in range(1, degree + 1)]
    ridges = int(min(32 + 8 * (dimension - 1), limit - polynomials.size)) if dimension <= 8 else 0
    if ridges < 8:
        return polynomials, nested
    joined = Joined(polynomials, Ridges.random(key, whitening, ridges))
    return joined, [*nested, joined.size]
