r"""Filters per wavenumber by implicit score matching, chosen shell by shell on held-out parts.

Let $B = B^0 + \sum_f w_f \varphi_f$ be minus the score, with a filter $w_f(k)$ for each function and $B^0$ given (or
zero). With $G_{fg}(k) = \langle \varphi_f \varphi_g^* \rangle / n$, $n$ grid points, the implicit loss of a channel
per wavenumber is

$$ \ell(k) = \tfrac12\, w^T G w^* - \mathrm{Re}\, \big(d_g - \langle B^0 \varphi_g^* \rangle / n \big) w_g^*
   + \text{const}, $$

where $d_g$ is the conjugate of the mean slope of $\varphi_g$ (for a pointwise function the same number at every
wavenumber). Its minimum $G^T w = d - \langle B^0 \varphi^* \rangle / n$ says that $B$ obeys the Stein identity with
every function, so fitting a score and calibrating a given one are one linear solve.

Few modes have large scales, and their filters are noisy. Two things are chosen per shell of wavenumbers by the loss on
held-out parts: how many of the functions are used, and how far $G$ is averaged over neighbouring wavenumbers (its
correlation functions are tapered). The simpler choice stands unless another one gains more than two standard errors.

References:
    Hyvärinen, *Estimation of non-normalized statistical models by score matching*, JMLR 6, 695 (2005), eq. 4.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ._field_functions import AbstractFieldFunctions
from ._field_sums import FieldSums, total
from ._spectral import multiplicity, shells, tapered

_TAPERS = (np.inf, 0.35, 0.17)  # lengths of the taper in units of the grid
_ROUNDING = 1e-20  # of the mean square of a function over wavenumbers
_RIDGE = 1e-10  # of the mean square of each function: only what is exactly dependent is held back


class Filters(NamedTuple):
    """Filters of the functions in B, and how they were chosen.

    Attributes:
        weights: Shape ``(wavenumbers, f, channels)``.
        count: Number of functions per channel used in each shell; zero where B was left as given.
        taper: Length of the taper of each shell in units of the grid, infinite for none.
    """

    weights: np.ndarray
    count: np.ndarray
    taper: np.ndarray


def fit_filters(
    parts: Sequence[FieldSums],
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
    if len(candidates) > 1 or given:
        losses = np.array([_heldout(parts, everything, functions, count, taper) for count, taper in candidates])
        losses = _by_shell(losses, shell, multiplicity(grid))  # (candidates, parts, shells)
        choice = _choose(losses, given)
    else:
        choice = np.zeros(int(shell.max()) + 1, int)
    weights = np.zeros((len(shell), functions.size, functions.channels), complex)
    for index, (count, taper) in enumerate(candidates):
        chosen = choice[shell] == index
        if chosen.any():
            used = count * functions.channels
            weights[chosen, :used] = _solve(everything, functions, count, taper)[chosen]
    count_of = np.array([candidates[i][0] if i >= 0 else 0 for i in choice])
    taper_of = np.array([candidates[i][1] if i >= 0 else np.inf for i in choice])
    return Filters(weights, count_of, taper_of)


def filter_loss(sums: FieldSums, weights: np.ndarray) -> np.ndarray:
    """The implicit loss of each wavenumber and channel, less what does not depend on the filters.

    Returns:
        Shape ``(wavenumbers, channels)``; negative where the filters help.
    """
    used = weights.shape[1]
    products = sums.products[:, :used, :used] / sums.count
    right = _right(sums, used)
    conjugate = weights.conj()
    quadratic = np.einsum("kfc,kfg,kgc->kc", weights, products, conjugate, optimize=True).real
    return 0.5 * quadratic - np.einsum("kgc,kgc->kc", right, conjugate).real


def function_scale(products: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The root mean square of each function at each wavenumber, and where a function is nothing but rounding.

    There, as at wavenumber zero for the product of a field with its derivative, the scale is infinite: the function
    gets no weight once one is added to its place on the diagonal.

    Returns:
        Shapes ``(wavenumbers, f)`` each.
    """
    squares = np.maximum(np.real(np.einsum("kff->kf", products)), 0.0)
    absent = squares <= _ROUNDING * squares.mean(axis=0)
    return np.where(absent, np.inf, np.sqrt(np.where(absent, 1.0, squares))), absent


def solve_filters(products: np.ndarray, right: np.ndarray, ridge: np.ndarray) -> np.ndarray:
    """The filters w of $G^T w = r$ at each wavenumber, with a ridge on the diagonal of G.

    Args:
        products: G, shape ``(wavenumbers, f, f)``.
        right: r, shape ``(wavenumbers, f, columns)``.
        ridge: In units of the mean square of each function, shape ``(f,)``; a function that is nothing but rounding
            (``function_scale``) gets no weight.

    Example:
        >>> solve_filters(np.array([[[4.0]]]), np.array([[[2.0]]]), np.zeros(1)).tolist()
        [[[0.5]]]
    """
    scale, absent = function_scale(products)
    matrix = products.transpose(0, 2, 1) / (scale[:, :, None] * scale[:, None, :])
    matrix = matrix + (ridge + absent)[:, :, None] * np.eye(len(ridge))
    return np.linalg.solve(matrix, right / scale[:, :, None]) / scale[:, :, None]


def _right(sums: FieldSums, used: int) -> np.ndarray:
    """Slopes less the products with the given conjugate observable, shape ``(wavenumbers, f, channels)``."""
    slopes = sums.slopes[:, :used].conj()
    slopes = np.broadcast_to(slopes, (len(sums.products), *slopes.shape[1:]))
    return (slopes - sums.base[:, :, :used].transpose(0, 2, 1)) / sums.count


def _solve(sums: FieldSums, functions: AbstractFieldFunctions, count: int, taper: float) -> np.ndarray:
    used = count * functions.channels
    products = sums.products[:, :used, :used] / sums.count
    if np.isfinite(taper):
        products = tapered(products, functions.grid, taper * min(functions.grid))
    return solve_filters(products, _right(sums, used), np.full(used, _RIDGE))


def _heldout(
    parts: Sequence[FieldSums], everything: FieldSums, functions: AbstractFieldFunctions, count: int, taper: float
) -> np.ndarray:
    """Loss of each part under filters fitted to the others, shape ``(parts, wavenumbers)``."""
    rows = [filter_loss(part, _solve(everything - part, functions, count, taper)).sum(1) for part in parts]
    return np.array(rows)


def _by_shell(losses: np.ndarray, shell: np.ndarray, weights: np.ndarray) -> np.ndarray:
    count = int(shell.max()) + 1
    return np.stack([(losses * weights)[..., shell == index].sum(-1) for index in range(count)], axis=-1)


def _choose(losses: np.ndarray, given: bool) -> np.ndarray:
    """The candidate of each shell; -1 leaves what is given."""
    parts, count = losses.shape[1:]
    choice = np.full(count, -1 if given else 0)
    for index in range(count):
        current = np.zeros(parts) if given else losses[0, :, index]
        for candidate in range(0 if given else 1, len(losses)):
            gain = current - losses[candidate, :, index]
            stderr = gain.std(ddof=1) / np.sqrt(parts)
            if np.isfinite(gain).all() and gain.mean() > 2 * stderr:
                current, choice[index] = losses[candidate, :, index], candidate
    return choice
