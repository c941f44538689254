r"""A record of a homogeneous field, one block per wavenumber.

The push is a unit step of one grid point of one channel; the response is the mean change of the observed fields as a
function of the offset from that point. Averages over translations are what the transform over offsets does, so with
sums divided by the number $n$ of grid points every formula is that of a list of variables, wavenumber by wavenumber,
and nothing of size state times state is formed.
"""

import copy
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float, Inexact

from ..core import PIECE_NUMBERS, AbstractProgress, AbstractStored, Engine, States, Window, engine_for
from ..features import (
    AbstractFieldFunctions,
    FunctionSums,
    function_spectra,
    multiplicity,
    reflected,
    shells,
    to_grid,
    to_spectrum,
)
from ..scores import AbstractScore
from ..statistics import Block, Estimate, FoldPlan
from ._blocks import AbstractBlocks
from ._passes import PIECES

_CONSERVED = 1e-10  # of the mean variance over wavenumbers: a mean with less does not move, but for rounding

FieldObservable = Callable[[np.ndarray], np.ndarray]
"""A translation-covariant function of fields, ``(n, channels, *grid)`` to ``(n, observed, *grid)``."""


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


class FieldValues:
    """A record of shape ``(member, time, channels, *grid)``, read one block at a time: it is never copied whole.

    Args:
        values: The record, in memory, stored, or a stretch of it.
        grid: Shape of the homogeneous grid.
    """

    def __init__(self, values: States | Window, grid: tuple[int, ...]):
        self.values, self.grid = values, grid
        self.members, self.steps, self.channels = values.shape[:3]

    def block(self, member: int, start: int, stop: int, stride: int = 1) -> np.ndarray:
        """States of one member in float64, shape ``(n, channels, *grid)``."""
        return np.asarray(self.values[member, start:stop:stride], dtype=np.float64)


class FieldBlocks(AbstractBlocks):
    """A homogeneous field: one block per wavenumber.

    Args:
        record: The record.
        functions: Functions of the field.
        pushed: Channels that are pushed, each at one grid point.
        reflections: Reflections under which the system is the same; the observed fields are even under them, or of the
            parity of the field.
        observables: What is observed; by default the field itself.
        some: A part of the record, from which means of what is observed are taken; by default all of it.
    """

    constant_leads = False
    dtype = complex

    def __init__(
        self,
        record: FieldValues,
        functions: AbstractFieldFunctions,
        pushed: Sequence[int],
        reflections: Reflections | None = None,
        observables: Sequence[FieldObservable] | None = None,
        some: FieldValues | None = None,
    ):
        self.record, self.field_functions = record, functions
        self.engine = Engine() if isinstance(record.values, Window) else engine_for(record.values)
        self.pushed, self.reflections = list(pushed), reflections or Reflections()
        self.members, self.steps, self.grid = record.members, record.steps, functions.grid
        self.points = float(np.prod(self.grid))
        self.linear = functions.channels
        self.own = observables is None
        self.observed: Sequence[FieldObservable] = (lambda fields: fields,) if observables is None else observables
        self.centre = self._centre(record if some is None else some)
        count = len(multiplicity(self.grid))
        self.shape = (count, len(self.centre), len(self.pushed), functions.size)
        self.parity = self.reflections.parity(functions)
        self._gaussian = np.zeros((count, self.linear, len(self.pushed)), complex)

    def within(self, first: Block, last: Block, reach: int) -> "FieldBlocks":
        if not isinstance(self.record.values, AbstractStored):
            return self
        steps = slice(first.start, min(last.stop + reach, last.end))
        values = Window(self.record.values[first.member, steps], self.record.values.shape, first.start)
        part = copy.copy(self)
        part.record = FieldValues(values, self.grid)
        return part

    def most_blocks(self, plan: FoldPlan) -> int:
        if not isinstance(self.record.values, AbstractStored):
            return 1
        each = max(block.length for block in plan.blocks) * self.record.channels * int(self.points)
        return max(1, min(PIECE_NUMBERS // each, len(plan.blocks) // PIECES))

    def observables(self, member: int, start: int, stop: int) -> Complex[np.ndarray, "n k p"]:
        fields = self._observed(self.record.block(member, start, stop))
        centred = fields - self.centre.reshape(-1, *[1] * len(self.grid))
        return to_spectrum(centred, self.grid).transpose(0, 2, 1)

    def functions(
        self, member: int, start: int, stop: int, *, stride: int = 1, index: int = 0, every: bool = False
    ) -> tuple[Complex[np.ndarray, "n k f"], Inexact[np.ndarray, "_ f q"]]:
        fields = self.record.block(member, start, stop, stride)
        values, slopes = function_spectra(fields, self.field_functions, index)
        return values, slopes if every else slopes[:, :, self.pushed]

    def conjugate(
        self, score: AbstractScore, member: int, start: int, stop: int, *, stride: int = 1
    ) -> Complex[np.ndarray, "n k q"]:
        fields = self.record.block(member, start, stop, stride)
        values = -score.values(fields.reshape(len(fields), -1)).reshape(fields.shape)
        return to_spectrum(values[:, self.pushed], self.grid).transpose(0, 2, 1)

    def fit_gaussian(self, everything: FunctionSums, plan: FoldPlan, progress: AbstractProgress) -> None:
        # With these filters <u_t B*> / n is C(k, t) C(k, 0)^-1, Leith's response (J. Atmos. Sci. 32, 2022, 1975).
        products = everything.products[:, : self.linear, : self.linear] / everything.count
        slopes = everything.slopes[:, : self.linear][:, :, self.pushed].conj() / everything.count
        right = np.broadcast_to(slopes, (len(products), *slopes.shape[1:]))
        self._gaussian = np.linalg.solve(products.transpose(0, 2, 1), right)
        squares = np.real(np.einsum("kcc->kc", products))
        self.conserved = squares[0] < _CONSERVED * squares.mean(axis=0)

    def with_known(self, estimate: Estimate) -> Estimate:
        # A mean over the grid that never moves keeps what a push adds to it: its response is one at every lag.
        value, factor = estimate.value.copy(), estimate.factor.copy()
        for place, channel in enumerate(self.pushed):
            if self.own and self.conserved[channel]:
                value[:, 0, :, place], factor[:, :, 0, :, place] = 0.0, 0.0
                value[:, 0, channel, place] = 1.0
        return estimate._replace(value=value, factor=factor)

    def gaussian(
        self, functions: Complex[np.ndarray, "n k f"], member: int, start: int, stop: int
    ) -> Complex[np.ndarray, "n k q"]:
        linear = functions[:, :, : self.linear]
        return np.matmul(linear.transpose(1, 0, 2), self._gaussian).transpose(1, 0, 2)

    def symmetric(self, sums: FunctionSums) -> FunctionSums:
        every = sums.slopes.shape[2] == self.linear
        return sums.symmetric(self.grid, self.reflections.axes, self.parity, None if every else self.pushed)

    def symmetric_lagged(self, table: Complex[np.ndarray, "lags k p f"]) -> Complex[np.ndarray, "lags k p f"]:
        if not self.reflections.axes:
            return table
        # Of what is observed beside the field itself nothing but evenness is known.
        moved = np.moveaxis(table, 1, 0)
        for axis, signs in zip(self.reflections.axes, self.parity, strict=True):
            own = signs[: self.linear] if self.own else np.ones(self.shape[1])
            moved = 0.5 * (moved + own[:, None] * signs * reflected(moved, self.grid, (axis,)))
        return np.moveaxis(moved, 0, 1)

    def curves(self, table: Complex[np.ndarray, "... lags k p q"]) -> Float[np.ndarray, "..."]:
        field = to_grid(np.moveaxis(table, -3, -1), self.grid)  # (..., lags, p, q, *grid)
        for axis in self.reflections.axes if self.own else ():  # the field's sign enters twice, and cancels
            along = axis - len(self.grid)
            field = 0.5 * (field + np.roll(np.flip(field, along), 1, axis=along))
        lead = field.ndim - len(self.grid) - 3
        return np.moveaxis(field, lead + 2, lead)

    def stein_defect(
        self, products: Complex[np.ndarray, "k linear q"], slopes: Inexact[np.ndarray, "_ linear q"]
    ) -> Float[np.ndarray, " q"]:
        numbers = self.stein_numbers(products, slopes)
        weights = multiplicity(self.grid).astype(float)
        weights[0] *= not self.conserved[self.pushed].any()  # a mean that never moves has no score
        mean = numbers.mean(axis=1, keepdims=True)
        defect = np.sqrt(np.sum(weights[:, None] * np.abs(mean - 1) ** 2, axis=0) / weights.sum())
        return np.broadcast_to(defect, (len(self.pushed),))

    def stein_numbers(
        self, products: Complex[np.ndarray, "k linear q"], slopes: Inexact[np.ndarray, "_ linear q"]
    ) -> Complex[np.ndarray, "k q"]:
        r"""$\langle u B^* \rangle / n$ of each pushed channel by wavenumber: one for the true score."""
        return np.stack([products[:, c, i] / slopes[:, c, i] for i, c in enumerate(self.pushed)], axis=1)

    def by_shell(self, numbers: Complex[np.ndarray, "k q"]) -> Float[np.ndarray, " shells"]:
        """Means of such numbers over the pushes and each shell of wavenumbers."""
        weights, shell = multiplicity(self.grid), shells(self.grid)
        means = np.bincount(shell, numbers.mean(axis=1).real * weights)
        return means / np.maximum(np.bincount(shell, weights), 1e-300)

    def _observed(self, fields: np.ndarray) -> np.ndarray:
        return np.concatenate([observable(fields) for observable in self.observed], axis=1)

    def _centre(self, record: FieldValues) -> np.ndarray:
        """Mean of each observed field; that of the field itself is known to its functions."""
        if self.own:
            return np.asarray(self.field_functions.polynomials.centre)
        stride = max(1, record.members * record.steps // 4000)
        some = [self._observed(record.block(m, 0, record.steps, stride)) for m in range(record.members)]
        fields = np.concatenate(some)
        return fields.mean(axis=(0, *range(2, fields.ndim)))
