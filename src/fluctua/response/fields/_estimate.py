r"""The doubly robust response of a homogeneous field, wavenumber by wavenumber.

The push is a unit step of one grid point of one channel; the response is the mean change of the whole field, as a
function of the offset from that point. With the transform over offsets, the conjugate observable
$B = -s = \sum_f w_f \varphi_f$ (plus a given part) and the regression $\hat g_t = \sum_f \beta_t^f \varphi_f$ of the
field at lag t on the functions now,

$$ \hat K(k, t) = \sum_f \beta_t^f(k)\, \big( D_f(k) - \langle \varphi_f B^* \rangle / n \big)
   + \langle u_t B^* \rangle / n , $$

$D_f$ being the mean slope of the function (one number for a function of the own point alone). Filters and
regressions are learned on other folds of the record; averaging over translations is what the transform does.

References:
    Giorgini, Deck, Bischoff and Souza, PRL 133, 267302 (2024), eq. 4; the doubly robust form as in ``_estimate`` of
    the room above.
"""

from typing import NamedTuple

import numpy as np

from ...core import AbstractProgress
from ...scores import AbstractFieldFunctions, FieldSums, multiplicity, reflected, shells, solve_filters, to_grid, total
from ...statistics import BlockPlan, Uncertainty
from ._sums import Conjugate, FieldValues, LearnedSums, average, may_teach


class Reflections(NamedTuple):
    """Grid axes along which the system is also symmetric under reflection.

    Attributes:
        axes: The axes, counted within the grid.
        odd: Whether the field changes sign under the reflection, as vorticity does.
    """

    axes: tuple[int, ...] = ()
    odd: bool = False

    def parity(self, functions: AbstractFieldFunctions) -> np.ndarray:
        """The sign of each function under each reflection, shape ``(axes, f)``."""
        own = np.asarray(functions.parity if self.odd else (1,) * functions.count, float)
        signs = [own * np.asarray(functions.mirrored(axis)) for axis in self.axes]
        return np.repeat(np.reshape(signs, (len(self.axes), functions.count)), functions.channels, axis=1)


class FieldEstimate(NamedTuple):
    """The response of a homogeneous field relative to the pushed point.

    Attributes:
        impulse: Shape ``(pushed, lags, channels, *grid)``.
        uncertainty: Factor of its covariance, curve of the same shape.
        plug_in: From the score's own conjugate observable, same shape.
        classical: From that of the Gaussian score of the whole record, same shape.
        stein: Mean over each shell of the number $\\langle u B^* \\rangle / n$ of the pushed channels, one for a true
            score, before and after calibration, shape ``(2, shells)``.
        defect: Root mean square over wavenumbers of its distance from one, before and after.
    """

    impulse: np.ndarray
    uncertainty: Uncertainty
    plug_in: np.ndarray
    classical: np.ndarray
    stein: np.ndarray
    defect: tuple[float, float]


def estimate_field_response(
    values: FieldValues,
    plan: BlockPlan,
    functions: AbstractFieldFunctions,
    learned: LearnedSums,
    max_lag: int,
    progress: AbstractProgress,
    *,
    filters: list[np.ndarray],
    given: list[Conjugate] | None,
    pushed: list[int],
    effective_size: float,
    reflections: Reflections,
) -> FieldEstimate:
    """Estimate the response with its uncertainty; arguments as in ``_sums.average``."""
    grid = functions.grid
    regressions = None
    if learned.lagged:
        regressions = [regression(learned, functions, fold, effective_size, reflections) for fold in range(plan.folds)]
    sums = average(
        values,
        plan,
        functions,
        max_lag,
        progress,
        filters=filters,
        given=given,
        classical=classical_filters(learned, functions, reflections),
        regressions=regressions,
        pushed=pushed,
        effective_size=effective_size,
    )
    pairs = sums.pairs[:, None, None, None]
    mean = sums.robust / pairs
    rows = (sums.rows - mean * sums.counts[:, :, None, None, None]) / pairs
    impulse, factor, plug_in, classical = (
        _offsets(table, grid, reflections) for table in (mean, rows, sums.plug_in / pairs, sums.classical / pairs)
    )
    before = _stein(sums.plug_in[0] / sums.pairs[0], grid, pushed)
    after = _stein(sums.calibrated / sums.pairs[0], grid, pushed)
    return FieldEstimate(
        impulse,
        Uncertainty(factor, len(rows)),
        plug_in,
        classical,
        np.array([before[0], after[0]]),
        (before[1], after[1]),
    )


def classical_filters(
    learned: LearnedSums,
    functions: AbstractFieldFunctions,
    reflections: Reflections,
) -> np.ndarray:
    """Filters of the linear functions in the conjugate observable of the Gaussian score of the whole record.

    With them $\\langle u_t B^* \\rangle / n$ is $C(k, t) C(k, 0)^{-1}$, the classical response.

    Returns:
        Shape ``(wavenumbers, channels, channels)``.

    References:
        Leith, *Climate response and fluctuation dissipation*, J. Atmos. Sci. 32, 2022 (1975).
    """
    channels = functions.channels
    sums = total(list(learned.equal.values())).symmetric(
        functions.grid, reflections.axes, reflections.parity(functions)
    )
    products = sums.products[:, :channels, :channels] / sums.count
    slopes = sums.slopes[:, :channels].conj() / sums.count
    right = np.broadcast_to(slopes, (len(products), channels, channels))
    return np.linalg.solve(products.transpose(0, 2, 1), right)


def regression(
    learned: LearnedSums,
    functions: AbstractFieldFunctions,
    fold: int,
    effective_size: float,
    reflections: Reflections,
) -> np.ndarray:
    """Coefficients of the field at each lag on the functions, learned without the fold.

    Returns:
        Shape ``(lags, wavenumbers, channels, f)``.
    """
    grid, size = functions.grid, functions.size
    equal = total([s for (f, _, margin), s in learned.equal.items() if may_teach(fold, f, margin)])
    parity = reflections.parity(functions)
    equal = equal.symmetric(grid, reflections.axes, parity)
    groups = [key for key in learned.lagged if may_teach(fold, *key)]
    pairs = np.maximum(sum(learned.pairs[key] for key in groups), 1.0)
    right = sum(learned.lagged[key] for key in groups) / pairs[:, None, None, None]
    right = _symmetric(np.asarray(right), grid, reflections, parity, functions.channels)
    gram = equal.products / equal.count * float(np.prod(grid))
    # Directions with less variance than one over the effective size cannot be told from noise; the linear functions are
    # left alone, as in the classical response.
    ridge = np.where(np.arange(size) < functions.channels, 1e-12, 1 / effective_size)
    lags, wavenumbers, channels, _ = right.shape
    columns = right.transpose(1, 3, 0, 2).reshape(wavenumbers, size, -1)
    solution = solve_filters(gram, columns, ridge).reshape(wavenumbers, size, lags, channels)
    return np.ascontiguousarray(solution.transpose(2, 0, 3, 1))


def training_parts(
    learned: LearnedSums, functions: AbstractFieldFunctions, fold: int, reflections: Reflections
) -> list[FieldSums]:
    """The parts of the record that may teach the fold, symmetric as the system is."""
    found: dict[tuple[int, int], FieldSums] = {}
    for (other, part, margin), sums in learned.equal.items():
        if may_teach(fold, other, margin):
            found[other, part] = found[other, part] + sums if (other, part) in found else sums
    parity = reflections.parity(functions)
    return [sums.symmetric(functions.grid, reflections.axes, parity) for sums in found.values()]


def _symmetric(
    table: np.ndarray, grid: tuple[int, ...], reflections: Reflections, parity: np.ndarray, channels: int
) -> np.ndarray:
    """A lagged table ``(lags, wavenumbers, ...)`` averaged with its reflection."""
    if not reflections.axes:
        return table
    moved = np.moveaxis(table, 1, 0)
    for axis, signs in zip(reflections.axes, parity, strict=True):
        moved = 0.5 * (moved + signs[:channels, None] * signs * reflected(moved, grid, (axis,)))
    return np.moveaxis(moved, 0, 1)


def _offsets(table: np.ndarray, grid: tuple[int, ...], reflections: Reflections) -> np.ndarray:
    """From ``(..., lags, wavenumbers, channels, pushed)`` to ``(..., pushed, lags, channels, *grid)``."""
    lead = table.ndim - 4
    field = to_grid(np.moveaxis(table, -3, -1), grid)  # (..., lags, channels, pushed, *grid)
    for axis in reflections.axes:  # the field's sign enters twice, and cancels
        along = axis - len(grid)
        field = 0.5 * (field + np.roll(np.flip(field, along), 1, axis=along))
    return np.moveaxis(field, lead + 2, lead)


def _stein(table: np.ndarray, grid: tuple[int, ...], pushed: list[int]) -> tuple[np.ndarray, float]:
    """Stein number of each shell, and the root mean square defect, from ``(wavenumbers, channels, pushed)``."""
    numbers = np.mean([table[:, channel, i] for i, channel in enumerate(pushed)], axis=0)
    weights, shell = multiplicity(grid), shells(grid)
    means = np.bincount(shell, numbers.real * weights) / np.maximum(np.bincount(shell, weights), 1e-300)
    defect = np.sqrt(np.sum(weights * np.abs(numbers - 1) ** 2) / weights.sum())
    return means, float(defect)
