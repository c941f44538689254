r"""The doubly robust response estimator, cross-fitted.

For the push $u$ with conjugate observable $B$ and the observable $A$ the response is $K(t) = E[A(x_t) B(x_0)]$. With a
regression $\hat g_t = \beta_t^T \varphi$ of $A(x_t)$ on a dictionary of $x_0$, and an approximate $\hat B$,

$$ \hat K(t) = \langle u \cdot \nabla \hat g_t(x_0) \rangle + \langle \hat B(x_0) ( A(x_t) - \hat g_t(x_0) ) \rangle, \qquad
   \text{bias} = E[(B - \hat B)(\hat g_t - g_t)], $$

a product of two errors. The record is cut into folds of contiguous time: the score, its calibration and the regression
are learned from the other folds, less a decorrelation time at the borders, and the averages are taken on the fold. The
sum over a block of $\hat\psi = \hat B (A_t - \hat g_t) + u \cdot \nabla \hat g_t - \hat K$ is the block's influence; errors in
$\hat B$ and $\hat g$ enter it in second order only, so its long-run variance is the variance of the estimate.

Everything is made of lagged sums per block (``_lagged``), one pass over the record.

References:
    Giorgini, Deck, Bischoff and Souza, PRL 133, 267302 (2024), eq. 4, for $K$; Chernozhukov, Newey and Singh, Econometrica
    90, 967 (2022), for cross-fitted doubly robust averages of derivatives.
"""

from typing import NamedTuple

import numpy as np
import scipy.linalg
from jaxtyping import Float

from ..certify import Uncertainty, long_run_uncertainty
from ..core import AbstractProgress, SilentProgress, map_states
from ..scores import AbstractDictionary, AbstractScore
from ._blocks import BlockPlan
from ._conjugate import Calibration, CalibrationSums, ConjugateObservable, DictionaryAlong, calibrate
from ._lagged import lagged_sums, pair_counts
from ._pushes import AbstractPush, PushValues

_CALIBRATION_STATES = 400_000  # more states than this bring nothing to a calibration of at most a few hundred functions
_PARTS = 3  # parts of each fold among which ridges are chosen


class ResponseEstimate(NamedTuple):
    """Impulse responses with their uncertainty.

    Attributes:
        impulse: Shape ``(pushes, lags, observables)``.
        uncertainty: Factor of the covariance, curve of the same shape.
        defect_before: Stein defect of the score as fitted, per push: root mean square over state variables of
            $(\\langle B x_i \\rangle - \\langle u_i \\rangle)$, each in units of standard deviations.
        defect_after: The same after calibration, on folds that the calibration has not seen.
        plug_in: The uncalibrated, undebiased response $\\langle A_t \\hat B \\rangle$, shape as ``impulse``.
    """

    impulse: np.ndarray
    uncertainty: Uncertainty
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
    calibrations = _calibrate_folds(values, scores, plan, pushes, along, nested, progress)
    sums = _BlockSums.over(values, observables, scores, calibrations, plan, pushes, along, max_lag, progress)
    impulse, influence, pairs = sums.doubly_robust(plan)
    uncertainty = long_run_uncertainty(influence, pairs[None, :, None], effective_size)
    deviation = values.reshape(-1, values.shape[2]).std(0)
    before, after = sums.stein_defects(deviation)
    return ResponseEstimate(impulse, uncertainty, before, after, sums.plug_in(pairs))


def _calibrate_folds(
    values: np.ndarray,
    scores: list[AbstractScore],
    plan: BlockPlan,
    pushes: tuple[AbstractPush, ...],
    along: DictionaryAlong,
    nested: list[int],
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
    return [calibrate(list(part.values()), nested) for part in parts]


class _BlockSums(NamedTuple):
    """Sums over blocks (conjugate times observable) and over groups of blocks (dictionary times observable)."""

    conjugate: np.ndarray  # (blocks, pushes, lags, p): sum of B_c A_t
    raw: np.ndarray  # (pushes, lags, p): sum of the uncalibrated B A_t
    counts: np.ndarray  # (blocks, lags): pairs
    lengths: np.ndarray  # (blocks,): origins
    defects: np.ndarray  # (blocks, pushes, F + 1): sum of u.grad phi - B_c phi
    group_of: np.ndarray  # (blocks,): group of each block
    functions: np.ndarray  # (groups, F + 1, lags, p): sum of phi A_t
    products: np.ndarray  # (groups, F + 1, F + 1): sum of phi phi^T
    stein: np.ndarray  # (2, pushes, d): sum of B x, before and after calibration
    pushed: np.ndarray  # (pushes, d): sum of u

    @classmethod
    def over(
        cls,
        values: np.ndarray,
        observables: np.ndarray,
        scores: list[AbstractScore],
        calibrations: list[Calibration],
        plan: BlockPlan,
        pushes: tuple[AbstractPush, ...],
        along: DictionaryAlong,
        max_lag: int,
        progress: AbstractProgress,
    ) -> "_BlockSums":
        _, steps, dimension = values.shape
        p, q, size, lags = observables.shape[2], len(pushes), along.dictionary.size, max_lag + 1
        blocks = plan.blocks
        mean = observables.reshape(-1, p).mean(0)
        centre = values.reshape(-1, dimension).mean(0)
        group_of = np.array([3 * block.fold + block.margin + 1 for block in blocks])
        sums = cls(
            np.empty((len(blocks), q, lags, p)),
            np.zeros((q, lags, p)),
            np.empty((len(blocks), lags)),
            np.array([block.length for block in blocks], dtype=float),
            np.empty((len(blocks), q, size + 1)),
            group_of,
            np.zeros((3 * plan.folds, size + 1, lags, p)),
            np.zeros((3 * plan.folds, size + 1, size + 1)),
            np.zeros((2, q, dimension)),
            np.zeros((q, dimension)),
        )
        fields = PushValues(pushes)
        with progress.task("correlating", len(blocks)) as task:
            for index, block in enumerate(blocks):
                states = values[block.member, block.start : block.start + block.length]
                window = observables[block.member, block.start : block.start + block.length + max_lag] - mean
                functions, derivatives = map_states(along, states, width=(q + 1) * (size + 1))
                raw = map_states(ConjugateObservable(scores[block.fold], pushes), states, width=64)
                calibration = calibrations[block.fold]
                conjugate = calibration.apply(raw, functions)
                # One centre for all folds: the group sums of different folds are added up.
                augmented = np.column_stack([np.ones(len(states)), functions - calibrations[0].centre])
                factors = np.column_stack([conjugate, raw - calibration.constant, augmented])
                lagged = lagged_sums(window, factors, max_lag)
                sums.conjugate[index] = lagged[:, :, :q].transpose(2, 0, 1)
                sums.raw[:] += lagged[:, :, q : 2 * q].transpose(2, 0, 1)
                sums.functions[group_of[index]] += lagged[:, :, 2 * q :].transpose(2, 0, 1)
                sums.products[group_of[index]] += augmented.T @ augmented
                sums.counts[index] = pair_counts(block.length, steps - block.start, max_lag)
                sums.defects[index] = -(conjugate.T @ augmented)
                sums.defects[index, :, 1:] += derivatives.sum(0)
                sums.stein[0] += (raw - calibration.constant).T @ (states - centre)
                sums.stein[1] += conjugate.T @ (states - centre)
                sums.pushed[:] += map_states(fields, states, width=q * dimension).sum(0)
                task.advance()
        return sums

    def doubly_robust(self, plan: BlockPlan) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Impulse response (pushes, lags, p), influence per block, and pairs per lag."""
        contributions = self.conjugate
        fractions = self.counts / self.lengths[:, None]
        for fold in range(plan.folds):
            regression = self._regression(plan, fold)
            for index in np.flatnonzero(plan.fold_of() == fold):
                correction = np.einsum("qf,flp->qlp", self.defects[index], regression, optimize=True)
                contributions[index] += correction * fractions[index][None, :, None]
        pairs = self.counts.sum(0)
        impulse = contributions.sum(0) / pairs[None, :, None]
        contributions -= impulse[None] * self.counts[:, None, :, None]
        return impulse, contributions, pairs

    def _regression(self, plan: BlockPlan, fold: int) -> np.ndarray:
        """Coefficients of the regression of A_t on the functions, learned without the fold; shape (F + 1, lags, p)."""
        training = plan.training(fold)
        groups = np.unique(self.group_of[training])
        counts = self.counts[training].sum(0)
        products = self.products[groups].sum(0) / self.lengths[training].sum()
        right = self.functions[groups].sum(0) / counts[None, :, None]
        scale = np.sqrt(np.maximum(np.diag(products), 1e-300))
        matrix = products / np.outer(scale, scale) + 1e-9 * np.eye(len(scale))
        shape = right.shape
        solution = scipy.linalg.solve(matrix, (right / scale[:, None, None]).reshape(len(scale), -1), assume_a="pos")
        return solution.reshape(shape) / scale[:, None, None]

    def stein_defects(self, deviation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Stein defects before and after calibration, per push, in units of standard deviations."""
        total = self.lengths.sum()
        size = np.sqrt(np.sum((self.pushed / total / deviation) ** 2, axis=1)) + 1e-300
        errors = (self.stein - self.pushed) / total / deviation
        before, after = np.sqrt(np.sum(errors**2, axis=2)) / size
        return before, after

    def plug_in(self, pairs: np.ndarray) -> np.ndarray:
        """The response from the score as it is, shape ``(pushes, lags, p)``."""
        return self.raw / pairs[None, :, None]
