"""Pieces of unequal length, laid end to end, for what is asked of equal members alone."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Shaped

_COVERED = 2 / 3


def equal_members(values: Shaped[np.ndarray, "member time d"], borders: Sequence[int]) -> Shaped[np.ndarray, "_ _ d"]:
    """The longest equal runs without a border that hold two thirds of the record; without borders all of it.

    Diagnostics, times and the choice of functions do with these; the sums of an estimate are over all pairs.

    Example:
        >>> equal_members(np.zeros((1, 100, 2)), borders=(40, 60)).shape
        (2, 40, 2)
    """
    if not borders:
        return values
    pieces = [piece for member in values for piece in np.split(member, borders)]
    sizes = np.array([len(piece) for piece in pieces])
    covered = {size: size * int((sizes // size).sum()) / sizes.sum() for size in np.unique(sizes).tolist()}
    length = max(size for size, share in covered.items() if share >= min(_COVERED, max(covered.values())))
    return np.stack([p[s : s + length] for p in pieces for s in range(0, len(p) - length + 1, length)])
