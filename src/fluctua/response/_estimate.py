r"""The doubly robust response estimator, cross-fitted.

For the push $u$ with conjugate observable $B$ and the observable $A$ the response is $K(t) = E[A(x_t) B(x_0)]$. With a
regression $\hat g_t = \beta_t^T \varphi$ of $A(x_t)$ on a dictionary of $x_0$, and an approximate $\hat B$,

$$ \hat K(t) = \langle u \cdot \nabla \hat g_t(x_0) \rangle
   + \langle \hat B(x_0) ( A(x_t) - \hat g_t(x_0) ) \rangle, \qquad
   \text{bias} = E[(B - \hat B)(\hat g_t - g_t)], $$

a product of two errors. The record is cut into folds of contiguous time: the score, its calibration and the regression
are learned from the other folds, less a decorrelation time at the borders, and the averages are taken on the fold. The
sum over a block of $\hat\psi = \hat B (A_t - \hat g_t) + u \cdot \nabla \hat g_t - \hat K$ is the block's influence;
errors in $\hat B$ and $\hat g$ enter it in second order only, so its long-run variance is the variance of the estimate.

Everything is made of lagged sums per block (``_lagged``), one pass over the record.

References:
    Giorgini, Deck, Bischoff and Souza, PRL 133, 267302 (2024), eq. 4, for $K$; Chernozhukov, Newey and Singh,
    Econometrica 90, 967 (2022), for cross-fitted doubly robust averages of derivatives.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..core import AbstractProgress, SilentProgress, map_states
from ..scores import AbstractDictionary, AbstractScore, GaussianScore
from ..statistics import BlockPlan, Uncertainty
from ._block_sums import BlockSums
from ._combine import combine
from ._conjugate import Calibration, CalibrationSums, ConjugateObservable, DictionaryAlong, calibrate
from ._pushes import AbstractPush

_CALIBRATION_STATES = 400_000  # more states than this bring nothing to a calibration of at most a few hundred functions
_PARTS = 3  # parts of each fold among which ridges are chosen


class ResponseEstimate(NamedTuple):
    """Impulse responses with their uncertainty.

    Attributes:
        impulse: Shape ``(pushes, lags, observables)``: the doubly robust estimate, combined with the classical one as
            far as the two agree (``_combine``).
        uncertainty: Factor of the covariance, curve of the same shape.
        weight: Weight of the doubly robust estimate in the combination, shape ``(pushes, observables)``.
        robust: The doubly robust estimate alone, shape as ``impulse``.
        defect_before: Stein defect of the score as fitted, per push: the norm of
            $\\langle B x \\rangle - \\langle u \\rangle$ over the root mean square of $u$, every variable in
            units of its standard deviation. Zero for the true score and an endless record.
        defect_after: The same after calibration, on folds that the calibration has not seen.
        plug_in: The uncalibrated, undebiased response $\\langle A_t \\hat B \\rangle$, shape as ``impulse``.
    """

    impulse: np.ndarray
    uncertainty: Uncertainty
    weight: np.ndarray
    robust: np.ndarray
    defect_before: np.ndarray
    defect_after: np.ndarray
    plug_in: np.ndarray


def estimate_response(
    values: Float[np.ndarray, "member time d"],
    observables: Float[np.ndarray, "member time p"],
    *,
    pushes: tuple[AbstractPush, ...],
    max_lag: int,
    scores: list[AbstractScore],
    gaussian: GaussianScore,
    plan: BlockPlan,
    dictionary: AbstractDictionary,
    nested: list[int],
    effective_size: float,
    progress: AbstractProgress | None = None,
) -> ResponseEstimate:
    """Estimate the impulse response of observables to pushes, with its uncertainty.

    Args:
        values: The record, shape ``(member, time, d)``.
        observables: The observables along the record, shape ``(member, time, p)``.
        pushes: The pushes.
        max_lag: Largest lag in steps.
        scores: One score per fold, fitted without that fold.
        gaussian: The Gaussian score of the record, for the classical response in the combination.
        plan: Blocks and folds of the record.
        dictionary: Functions for calibration and regression.
        nested: Sizes of leading sub-dictionaries among which the calibration chooses; the last is the whole.
        effective_size: Effective number of independent states.
        progress: Where progress is shown.

    Returns:
        The estimate; lags 0 to ``max_lag`` in steps. Cost linear in the length of the record.
    """
    progress = progress or SilentProgress()
    along = DictionaryAlong(dictionary, pushes)
    calibrations = _calibrate_folds(values, scores, plan, pushes, along, nested, effective_size, progress)
    sums = BlockSums.over(values, observables, scores, gaussian, calibrations, plan, pushes, along, max_lag, progress)
    robust, uncertainty = sums.doubly_robust(plan, effective_size, nested[0])
    classical, classical_uncertainty = sums.classical(plan, effective_size, nested[0])
    combined = combine(robust, classical, uncertainty, classical_uncertainty)
    before, after = sums.stein_defects(values.reshape(-1, values.shape[2]).std(0))
    return ResponseEstimate(
        combined.estimate, combined.uncertainty, combined.weight, robust, before, after, sums.plug_in()
    )


def _calibrate_folds(
    values: np.ndarray,
    scores: list[AbstractScore],
    plan: BlockPlan,
    pushes: tuple[AbstractPush, ...],
    along: DictionaryAlong,
    nested: list[int],
    effective_size: float,
    progress: AbstractProgress,
) -> list[Calibration]:
    """Calibrate each fold's conjugate observable on the blocks that may teach it."""
    members, steps, _ = values.shape
    stride = max(1, (members * steps) // _CALIBRATION_STATES)
    width = (len(pushes) + 1) * along.dictionary.size
    masks = [plan.training(fold) for fold in range(plan.folds)]
    parts: list[dict[int, CalibrationSums]] = [{} for _ in range(plan.folds)]
    with progress.task("calibrating", len(plan.blocks)) as task:
        for index, block in enumerate(plan.blocks):
            states = values[block.member, block.start : block.start + block.length : stride]
            functions, derivatives = map_states(along, states, width=width)
            part = index * _PARTS * plan.folds // len(plan.blocks)
            for fold, score in enumerate(scores):
                if not masks[fold][index]:
                    continue
                conjugate = map_states(ConjugateObservable(score, pushes), states, width=64)
                sums = CalibrationSums.of(functions, derivatives, conjugate)
                parts[fold][part] = parts[fold][part] + sums if part in parts[fold] else sums
            task.advance()
    return [calibrate(list(part.values()), nested, effective_size) for part in parts]
