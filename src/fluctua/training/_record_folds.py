"""A record of states cut into folds, for fitting scores: thinned, with a gap between a fold and its training data."""

from typing import Any

import numpy as np
from jaxtyping import Float

from ..features import Whitening, moments
from ..scores import RecordParts
from ..statistics import FoldPlan

_STATES = 400_000  # states a score is fitted to at most; beyond it neighbours in time only repeat each other
_PARTS = 8  # parts of a fold, and of training data, among which closed-form fits choose


class RecordFolds:
    """The folds of a record. Fits that share pieces of it share the sums over them.

    Args:
        values: The record, shape ``(member, time, d)``.
        plan: Its blocks and folds.
        effective_size: Effective number of independent states.
        options: Further fields of ``RecordParts``.
    """

    def __init__(
        self, values: Float[np.ndarray, "member time d"], plan: FoldPlan, effective_size: float, **options: Any
    ):
        self.folds = plan.folds
        self._effective_size, self._options = effective_size, options
        self._total = values.shape[0] * values.shape[1]
        stride = max(1, self._total // _STATES)
        blocks: dict[tuple[int, int, tuple[int, ...]], list[np.ndarray]] = {}
        for block, part in zip(plan.blocks, plan.parts(_PARTS), strict=True):
            states = values[block.member, block.start : block.stop : stride]
            blocks.setdefault((block.fold, part, block.near), []).append(states)
        self._pieces = {key: np.concatenate(states) for key, states in blocks.items()}  # in order of time
        thinned = np.concatenate(list(self._pieces.values()))
        self._thinning = len(thinned) / self._total
        self._shared = {"whitening": Whitening.of(*moments(thinned)), "sums": {}}

    def training(self, *folds: int) -> RecordParts:
        """What a score may be fitted to that is used on these folds; without any, the whole record."""
        units: dict[tuple[int, int], list[np.ndarray]] = {}
        for (fold, part, near), piece in self._pieces.items():
            if fold not in folds and not set(folds) & set(near):
                units.setdefault((fold, part), []).append(piece)
        runs = np.array_split(np.arange(len(units)), min(_PARTS, len(units)) if folds else len(units))
        pieces = list(units.values())
        parts = [[piece for index in run for piece in pieces[index]] for run in runs]
        share = sum(len(piece) for part in parts for piece in part) / self._thinning / self._total
        return RecordParts(parts, self._effective_size * share, **self._shared, **self._options)

    def held_out(self, fold: int) -> list[Float[np.ndarray, "_ d"]]:
        """The states of one fold in contiguous parts."""
        return [
            np.concatenate([piece for (own, number, _), piece in self._pieces.items() if (own, number) == (fold, part)])
            for part in sorted({number for own, number, _ in self._pieces if own == fold})
        ]
