r"""Where the density of a variable has mass at a point, or ends at once: what a push cannot shift smoothly.

A response by the score needs a density that can be pushed. **An atom**, a value that a share of all states has exactly
(no rain, a full reservoir), is not moved by a derivative. At **a wall** the density ends with a jump, and a push
against it is not a change of drift alone.

About 400 visits to the tail show a jump, 20 000 uncorrelated states; with fewer than 30 visits nothing is said.

Atoms are values with many more states than their neighbours among the values that occur: rounding gives every value of
its lattice a count, and these change slowly along it, while an atom has four times the count of nine tenths of the
forty values about it. A variable with few values is all atoms.

Walls are told by order statistics. Let q be the quantile of the outermost 2 % of the values and a the extreme one. With
a jump at a the values between are uniform to first order, and half of them lie in the outer half of [a, q]; where the
density vanishes as the power p of the distance the share is $2^{-(p+1)}$, a quarter for p = 1, and for Gaussian tails a
few per cent. A share of more than 0.35 by four standard errors is a wall. Values of neighbouring times
are one visit, and the standard error is that of a ratio of sums over visits to the tail.

References:
    Weissman, *Estimation of parameters and large quantiles based on the k largest observations*, JASA 73, 812 (1978),
    for the uniform order statistics at a finite end.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

_LEAST_SHARE = 1e-3
_LEAST_COUNT = 20
_TIMES = 4.0
_NEIGHBOURS = 20  # distinct values on either side
_FEW_VALUES = 12
_TAIL = 0.02
_WIDEST_TAIL = 0.15
_JUMP = 0.35
_ERRORS = 4.0
_FEWEST_VISITS = 30


class AtomsAndWalls(NamedTuple):
    """What is singular about the density of one variable.

    Attributes:
        atoms: Values with mass and their shares of all states, largest first, at most eight.
        lower_wall: The least value, if the density ends there at once, else None. An atom at the end is a wall too.
        upper_wall: The greatest value, likewise.
        rounding: Step of the lattice that all values lie on, in units of the variable; 0 where there is none.
        distinct: Number of different values.
    """

    atoms: tuple[tuple[float, float], ...]
    lower_wall: float | None
    upper_wall: float | None
    rounding: float
    distinct: int


def atoms_and_walls(values: Float[np.ndarray, "member time d"]) -> list[AtomsAndWalls]:
    r"""Atoms, walls and rounding of every variable.

    Args:
        values: The record in any units.

    Example:
        >>> import numpy as np
        >>> normal = np.random.default_rng(0).standard_normal((1, 20_000, 1))
        >>> free, rain = atoms_and_walls(np.concatenate([normal, np.maximum(normal, 0.0)], axis=2))
        >>> free.atoms, free.lower_wall, free.upper_wall, free.rounding
        ((), None, None, 0.0)
        >>> [(value, round(share, 1)) for value, share in rain.atoms], rain.lower_wall, rain.upper_wall
        ([(0.0, 0.5)], 0.0, None)
    """
    return [_of_one(values[:, :, index]) for index in range(values.shape[2])]


def _of_one(series: np.ndarray) -> AtomsAndWalls:
    different, counts = np.unique(series, return_counts=True)
    atoms = _atoms(different, counts)
    order = np.argsort(-counts[atoms], kind="stable")[:8]
    named = tuple((float(different[place]) + 0.0, float(counts[place] / series.size)) for place in atoms[order])
    lower = float(different[0]) if _ends(series, different, atoms) else None
    mirrored = len(different) - 1 - atoms
    upper = float(different[-1]) if _ends(-series, -different[::-1], mirrored) else None
    return AtomsAndWalls(named, lower, upper, _rounding(different), len(different))


def _atoms(different: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Places of the values that hold a mass of their own."""
    total = counts.sum()
    heavy = np.flatnonzero(counts >= max(_LEAST_COUNT, _LEAST_SHARE * total))
    if len(different) <= _FEW_VALUES:
        return heavy
    found = []
    # A value that holds a thousandth of all: there are at most a thousand of them.
    for place in heavy:
        around = np.concatenate(
            [counts[max(0, place - _NEIGHBOURS) : place], counts[place + 1 : place + 1 + _NEIGHBOURS]]
        )
        if counts[place] > _TIMES * np.quantile(around, 0.9):
            found.append(place)
    return np.array(found, int)


def _ends(series: np.ndarray, different: np.ndarray, atoms: np.ndarray) -> bool:
    """Whether the density ends at once at the least value."""
    if 0 in atoms:
        # The last value of a coarse lattice is less frequent than the one before.
        return bool(np.sum(series == different[0]) > 0.5 * np.sum(series == different[min(1, len(different) - 1)]))
    if len(different) <= _FEW_VALUES:
        return False
    # Rounding must leave enough values in the tail for its shape to be seen.
    least, threshold = different[0], max(np.quantile(series, _TAIL), different[_FEW_VALUES])
    if threshold > np.quantile(series, _WIDEST_TAIL):
        return False
    inside = series <= threshold
    outer = series <= 0.5 * (least + threshold)
    # A visit begins where the state before was outside, or the member begins.
    begins = inside & ~np.concatenate([np.zeros((len(series), 1), bool), inside[:, :-1]], axis=1)
    visit = np.cumsum(begins.ravel())[inside.ravel()] - 1
    lengths = np.bincount(visit).astype(float)
    hits = np.bincount(visit, weights=outer[inside])
    if len(lengths) < _FEWEST_VISITS:
        return False
    share = hits.sum() / lengths.sum()
    error = np.sqrt(np.sum((hits - share * lengths) ** 2)) / lengths.sum()
    return bool(share - _ERRORS * error > _JUMP)


def _rounding(different: np.ndarray) -> float:
    """Step of a lattice that holds all values."""
    if len(different) < 3:
        return 0.0
    gaps = np.diff(different)
    step = float(gaps.min())
    # Differences below the rounding of the numbers themselves say nothing.
    smallest = 64 * np.finfo(float).eps * np.abs(different[[0, -1]]).max()
    if step <= smallest:
        return 0.0
    # The least gap has the rounding of two values in it: the mean of the gaps that are one step is better.
    step = float(gaps[gaps < 1.5 * step].mean())
    multiples = gaps / step
    return step if np.all(np.abs(multiples - np.round(multiples)) < 0.02) else 0.0
