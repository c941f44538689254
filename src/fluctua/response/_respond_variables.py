"""From a record of a list of variables to responses with bands, on plain arrays."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from ..certify import ScoreCheck, check_score
from ..core import AbstractProgress, SilentProgress, named_key
from ..features import (
    AbstractDictionary,
    Joined,
    Polynomials,
    Ridges,
    Whitening,
    moments,
    polynomial_size,
)
from ..scores import AbstractScore, fit_gaussian
from ..statistics import FoldPlan, has_far_tails, has_heavy_tails, plan_folds, timescales
from ..training import CrossFit, RecordFolds, crossfit
from ._estimator import Conjugates, calibration_sums, learn
from ._pushes import AbstractPush
from ._response import Responses, ScoreSummary, estimate_responses
from ._variables import VariableBlocks

_NUMBERS = 3e7  # numbers in the largest table of sums
_MODES = 20  # leading modes that calibrate a state of many variables
_CALIBRATION_STATES = 400_000  # more states than this bring nothing to a calibration of at most a few hundred functions
_FOLDS_OF_A_GIVEN_SCORE = 4


class VariableDetails(NamedTuple):
    """What is known besides of a list of variables.

    Attributes:
        heavy_tails: Whether moments up to the sixth are not to be trusted.
        check: Marginal densities and tails under the score.
    """

    heavy_tails: bool
    check: ScoreCheck


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
) -> Responses:
    """Estimate the response of observables to pushes from a record of the unperturbed system.

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
    progress = progress or SilentProgress()
    members, steps, dimension = values.shape
    times = timescales(values)
    far = has_far_tails(values)
    numbers = (max_lag + 1) * observables.shape[2]
    target = int(np.clip(_NUMBERS / (len(pushes) * numbers), 64, 256))

    def plan_for(folds: int) -> FoldPlan:
        memory = 2 * times.decorrelation
        return plan_folds(members, steps, max_lag=max_lag, memory=memory, folds=folds, target=target)

    def cut(folds: int) -> RecordFolds:
        return RecordFolds(values, plan_for(folds), times.effective_size, far_tails=far, degree=degree)

    fit_key = named_key(key, "score")
    if isinstance(score, AbstractScore):
        fit = CrossFit.of_given(score, cut(_FOLDS_OF_A_GIVEN_SCORE), fit_key)
    else:
        fit = crossfit(cut, score, key=fit_key, progress=progress)
    plan = plan_for(len(fit.scores))
    functions, nested = calibration_functions(
        values, times.effective_size, key=named_key(key, "calibration"), degree=degree, far_tails=far,
        most=_NUMBERS / (3 * plan.folds * numbers),
    )  # fmt: skip
    gaussian = fit_gaussian(values.reshape(-1, dimension), times.effective_size)
    blocks = VariableBlocks(values, observables, pushes, functions, nested, gaussian, times.effective_size)
    learned = learn(blocks, plan, np.arange(max_lag + 1), progress)
    sums = calibration_sums(blocks, plan, fit.nested, _CALIBRATION_STATES, progress)
    conjugates = Conjugates(fit.scores, [blocks.calibrate(parts) for parts in sums])
    loss, stderr = fit.loss()
    summary = ScoreSummary(fit.method, fit.scores, loss, stderr, float(fit.gaussian_losses.mean()))
    responses, _ = estimate_responses(blocks, plan, max_lag, conjugates, learned, summary, times, progress)
    pieces = [values[block.member, block.start : block.stop] for block in plan.blocks]
    check = check_score(pieces, [fit.scores[block.fold] for block in plan.blocks], times.effective_size)
    return responses._replace(details=VariableDetails(has_heavy_tails(values, times.effective_size), check))


def calibration_functions(
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
