"""The conjugate observables of an estimate: what is given of them, and what the functions of the state make of them."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Inexact

from ..scores import AbstractScore
from ..statistics import Block
from ._blocks import AbstractBlocks


class Conjugates(NamedTuple):
    """The conjugate observables: what is given of them, and the weights of the functions.

    Attributes:
        given: Scores fitted without each fold; none where the functions alone make the conjugate observable.
        weights: Those behind the influence of each fold, in which its own states count by their share, shape ``(k, f,
            q)`` each.
        whole: Those learned from the whole record.
        based: Whether the functions are added to the given score, and do not stand for themselves.
        apart: Where no scores are given, the weights learned without each fold.
    """

    given: list[AbstractScore] | None
    weights: list[np.ndarray]
    whole: np.ndarray
    based: bool = True
    apart: list[np.ndarray] | None = None

    def of_score(self, blocks: AbstractBlocks, block: Block) -> np.ndarray | None:
        """Those of the held-out score in one block of time, ``(n, k, q)``; a network's are dear, so call it once."""
        if self.given is None:
            return None
        return blocks.conjugate(self.given[block.fold], block.member, block.start, block.stop)

    def fitted(self, functions: Inexact[np.ndarray, "n k f"], fold: int) -> Inexact[np.ndarray, "n k q"]:
        """Where no scores are given: those of functions, with weights that have not seen a fold."""
        return _weighed(functions, (self.apart or self.weights)[fold])

    def calibrated(
        self, functions: Inexact[np.ndarray, "n k f"], score: np.ndarray | None, fold: int | None
    ) -> Inexact[np.ndarray, "n k q"]:
        """The calibrated ones, with weights for the influence of a fold, or those of all."""
        added = _weighed(functions, self.whole if fold is None else self.weights[fold])
        return added if score is None or not self.based else score + added


def _weighed(functions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.matmul(functions.transpose(1, 0, 2), weights).transpose(1, 0, 2)
