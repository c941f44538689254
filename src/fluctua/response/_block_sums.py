"""The sums behind the estimate: one pass over the record, block by block."""

from typing import NamedTuple

import numpy as np
import scipy.linalg

from ..core import AbstractProgress, map_states
from ..scores import AbstractScore, GaussianScore
from ..statistics import BlockPlan, Uncertainty, long_run_uncertainty
from ._conjugate import Calibration, ConjugateObservable, DictionaryAlong
from ._lagged import lagged_sums, pair_counts
from ._pushes import AbstractPush, PushValues


class ConjugateSums(NamedTuple):
    """Sums over each block for one kind of conjugate observable B.

    Attributes:
        products: Sum of $B A_t$, shape ``(blocks, pushes, lags, p)``.
        defects: Sum of $u \\cdot \\nabla \\varphi - B \\varphi$ for the constant and all functions, shape
            ``(blocks, pushes, F + 1)``.
    """

    products: np.ndarray
    defects: np.ndarray

    @classmethod
    def empty(cls, blocks: int, pushes: int, lags: int, p: int, size: int) -> "ConjugateSums":
        return cls(np.empty((blocks, pushes, lags, p)), np.empty((blocks, pushes, size + 1)))

    def put(
        self, index: int, lagged: np.ndarray, conjugate: np.ndarray, functions: np.ndarray, slopes: np.ndarray
    ) -> None:
        """Fill in one block.

        ``lagged`` is (lags, p, pushes), ``functions`` have the constant first, ``slopes`` are (pushes, F).
        """
        self.products[index] = lagged.transpose(2, 0, 1)
        self.defects[index] = -(conjugate.T @ functions)
        self.defects[index, :, 1:] += slopes


class BlockSums(NamedTuple):
    """Sums over blocks, and over groups of blocks (interior and margins of each fold) for the regressions.

    Attributes:
        robust: With the calibrated conjugate observable.
        linear: With that of the Gaussian score.
        raw: Sum of the uncalibrated $B A_t$ over the record, shape ``(pushes, lags, p)``.
        counts: Pairs of each block, shape ``(blocks, lags)``.
        lengths: Origins of each block.
        group_of: Group of each block.
        functions: Sum of $\\varphi A_t$ over each group, constant first, shape ``(groups, F + 1, lags, p)``.
        gram: Sum of $\\varphi \\varphi^T$ over each group.
        stein: Sum of $B x$ before and after calibration, shape ``(2, pushes, d)``.
        pushed: Sum of $u$, shape ``(pushes, d)``.
        pushed_squares: Sum of the squares of its components, same shape.
    """

    robust: ConjugateSums
    linear: ConjugateSums
    raw: np.ndarray
    counts: np.ndarray
    lengths: np.ndarray
    group_of: np.ndarray
    functions: np.ndarray
    gram: np.ndarray
    stein: np.ndarray
    pushed: np.ndarray
    pushed_squares: np.ndarray

    @classmethod
    def over(
        cls,
        values: np.ndarray,
        observables: np.ndarray,
        scores: list[AbstractScore],
        gaussian: GaussianScore,
        calibrations: list[Calibration],
        plan: BlockPlan,
        pushes: tuple[AbstractPush, ...],
        along: DictionaryAlong,
        max_lag: int,
        progress: AbstractProgress,
    ) -> "BlockSums":
        """Pass over the record; each block is seen by the score and calibration of its own fold."""
        _, steps, dimension = values.shape
        p, q, size, lags = observables.shape[2], len(pushes), along.dictionary.size, max_lag + 1
        blocks = plan.blocks
        mean, centre = observables.reshape(-1, p).mean(0), values.reshape(-1, dimension).mean(0)
        sums = cls(
            ConjugateSums.empty(len(blocks), q, lags, p, size),
            ConjugateSums.empty(len(blocks), q, lags, p, size),
            np.zeros((q, lags, p)),
            np.empty((len(blocks), lags)),
            np.array([block.length for block in blocks], dtype=float),
            np.array([3 * block.fold + block.margin + 1 for block in blocks]),
            np.zeros((3 * plan.folds, size + 1, lags, p)),
            np.zeros((3 * plan.folds, size + 1, size + 1)),
            np.zeros((2, q, dimension)),
            np.zeros((q, dimension)),
            np.zeros((q, dimension)),
        )
        fields = PushValues(pushes)
        with progress.task("correlating", len(blocks)) as task:
            for index, block in enumerate(blocks):
                states = values[block.member, block.start : block.start + block.length]
                window = observables[block.member, block.start : block.start + block.length + max_lag] - mean
                functions, derivatives = map_states(along, states, width=(q + 1) * (size + 1))
                calibration = calibrations[block.fold]
                raw = map_states(ConjugateObservable(scores[block.fold], pushes), states, width=64)
                robust = calibration.apply(raw, functions)
                linear = map_states(ConjugateObservable(gaussian, pushes), states, width=4 * dimension)
                raw = raw - calibration.constant
                # One centre for all folds: the sums of groups from different folds are added up.
                basis = np.column_stack([np.ones(len(states)), functions - calibrations[0].centre])
                lagged = lagged_sums(window, np.column_stack([robust, linear, raw, basis]), max_lag)
                slopes = derivatives.sum(0)
                sums.robust.put(index, lagged[:, :, :q], robust, basis, slopes)
                sums.linear.put(index, lagged[:, :, q : 2 * q], linear, basis, slopes)
                sums.raw[:] += lagged[:, :, 2 * q : 3 * q].transpose(2, 0, 1)
                group = sums.group_of[index]
                sums.functions[group] += lagged[:, :, 3 * q :].transpose(2, 0, 1)
                sums.gram[group] += basis.T @ basis
                sums.counts[index] = pair_counts(block.length, steps - block.start, max_lag)
                sums.stein[0] += raw.T @ (states - centre)
                sums.stein[1] += robust.T @ (states - centre)
                field = map_states(fields, states, width=q * dimension)
                sums.pushed[:] += field.sum(0)
                sums.pushed_squares[:] += (field**2).sum(0)
                task.advance()
        return sums

    def doubly_robust(self, plan: BlockPlan, effective_size: float, modes: int) -> tuple[np.ndarray, Uncertainty]:
        """The doubly robust impulse response, shape ``(pushes, lags, p)``, with its uncertainty."""
        return self._average(self.robust, plan, effective_size, modes, self.gram.shape[1])

    def classical(self, plan: BlockPlan, effective_size: float, modes: int) -> tuple[np.ndarray, Uncertainty]:
        """The same from the Gaussian score and a linear regression: the classical response."""
        return self._average(self.linear, plan, effective_size, modes, modes + 1)

    def plug_in(self) -> np.ndarray:
        """The response from the score as it is, shape ``(pushes, lags, p)``."""
        return self.raw / self.counts.sum(0)[None, :, None]

    def stein_defects(self, deviation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Stein defects before and after calibration, per push.

        The norm of $\\langle B x \\rangle - \\langle u \\rangle$ divided by the root mean square of $u$, every
        variable in units of its standard deviation.
        """
        total = self.lengths.sum()
        size = np.sqrt(np.sum(self.pushed_squares / total / deviation**2, axis=1)) + 1e-300
        errors = (self.stein - self.pushed) / total / deviation
        before, after = np.sqrt(np.sum(errors**2, axis=2)) / size
        return before, after

    def _average(
        self, sums: ConjugateSums, plan: BlockPlan, effective_size: float, modes: int, used: int
    ) -> tuple[np.ndarray, Uncertainty]:
        """Average of ``B (A_t - g_t) + u . grad g_t`` with the regression g on the first ``used`` functions.

        The sums of products are turned into influences in place: at large sizes they are the largest array there is.
        """
        influence = sums.products
        fractions = self.counts / self.lengths[:, None]
        for fold in range(plan.folds):
            regression = self._regression(plan, fold, effective_size, modes, used)
            for index in np.flatnonzero(plan.fold_of() == fold):
                correction = np.einsum("qf,flp->qlp", sums.defects[index, :, :used], regression, optimize=True)
                influence[index] += correction * fractions[index][None, :, None]
        pairs = self.counts.sum(0)
        average = influence.sum(0) / pairs[None, :, None]
        influence -= average[None] * self.counts[:, None, :, None]
        return average, long_run_uncertainty(influence, pairs[None, :, None], effective_size, used - 1)

    def _regression(self, plan: BlockPlan, fold: int, effective_size: float, modes: int, used: int) -> np.ndarray:
        """Coefficients of the regression of A_t on the first functions, learned without the fold: (used, lags, p)."""
        training = plan.training(fold)
        groups = np.unique(self.group_of[training])
        counts = self.counts[training].sum(0)
        gram = self.gram[groups].sum(0)[:used, :used] / self.lengths[training].sum()
        # At lags near the length of the record no pair may be left to learn from.
        right = self.functions[groups].sum(0)[:used] / np.maximum(counts, 1.0)[None, :, None]
        scale = np.sqrt(np.maximum(np.diag(gram), 1e-300))
        # Directions with less variance than one over the effective size cannot be told from noise. The linear functions
        # are left alone: with them the response of a state variable at lag zero is the identity to the last digit.
        ridge = np.full(used, 1 / effective_size)
        ridge[: modes + 1] = 1e-12
        matrix = gram / np.outer(scale, scale) + np.diag(ridge)
        solution = scipy.linalg.solve(matrix, (right / scale[:, None, None]).reshape(used, -1), assume_a="pos")
        return solution.reshape(right.shape) / scale[:, None, None]
