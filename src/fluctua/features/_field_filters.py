"""Filters per wavenumber of a homogeneous field, chosen shell by shell on held-out parts of the record.

Few modes have large scales, and their filters are noisy. Two things are chosen for each shell of wavenumbers by the
loss of ``_normal_equations`` on held-out parts: how many of the functions are used, and how far G is averaged over
neighbouring wavenumbers (its correlation functions are tapered). The simpler choice stands unless another one gains
more than two standard errors.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ._field_functions import AbstractFieldFunctions
from ._normal_equations import choose, loss, right_side, solve
from ._spectral import multiplicity, shells, tapered
from ._sums import FunctionSums, total

_TAPERS = (np.inf, 0.35, 0.17)  # lengths of the taper in units of the grid
_RIDGE = 1e-10  # of the mean square of each function: only what is exactly dependent is held back
_MARGIN = 2.0  # standard errors by which a richer choice must win


class Filters(NamedTuple):
    """Filters of the functions in B, and how they were chosen.

    Attributes:
        weights: Shape ``(wavenumbers, f, pushes)``, one push for each channel where a score is fitted.
        count: Number of functions per channel used in each shell; zero where B was left as given.
        taper: Length of the taper of each shell in units of the grid, infinite for none.
    """

    weights: np.ndarray
    count: np.ndarray
    taper: np.ndarray


def fit_filters(
    parts: Sequence[FunctionSums],
    functions: AbstractFieldFunctions,
    *,
    nested: Sequence[int],
    given: bool = False,
) -> Filters:
    """Fit the filters to several parts of a record.

    Args:
        parts: Sums of contiguous parts of the record, at least two.
        functions: The functions.
        nested: Numbers of leading functions per channel to choose from, increasing.
        given: Whether the sums hold a conjugate observable to start from; it may then be left as it is.
    """
    grid = functions.grid
    shell = shells(grid)
    candidates = [(count, taper) for count in nested for taper in _TAPERS]
    everything = total(parts)
    choice = np.zeros(int(shell.max()) + 1, int)
    if len(candidates) > 1 or given:
        losses = np.array([_heldout(parts, everything, functions, count, taper) for count, taper in candidates])
        weighted = losses * multiplicity(grid)
        for index in range(len(choice)):
            choice[index] = choose(weighted[..., shell == index].sum(-1), _MARGIN, given=given)
    weights = np.zeros((len(shell), functions.size, everything.slopes.shape[2]), complex)
    for index, (count, taper) in enumerate(candidates):
        chosen = choice[shell] == index
        if chosen.any():
            used = count * functions.channels
            weights[chosen, :used] = _solve(everything, functions, count, taper)[chosen]
    count_of = np.array([candidates[i][0] if i >= 0 else 0 for i in choice])
    taper_of = np.array([candidates[i][1] if i >= 0 else np.inf for i in choice])
    return Filters(weights, count_of, taper_of)


def _solve(sums: FunctionSums, functions: AbstractFieldFunctions, count: int, taper: float) -> np.ndarray:
    used = count * functions.channels
    products = sums.products[:, :used, :used] / sums.count
    if np.isfinite(taper):
        products = tapered(products, functions.grid, taper * min(functions.grid))
    return solve(products, right_side(sums, used), np.full(used, _RIDGE))


def _heldout(
    parts: Sequence[FunctionSums], everything: FunctionSums, functions: AbstractFieldFunctions, count: int, taper: float
) -> np.ndarray:
    """Loss of each part under filters fitted to the others, shape ``(parts, wavenumbers)``."""
    return np.array([loss(part, _solve(everything - part, functions, count, taper)).sum(1) for part in parts])
