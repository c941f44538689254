"""A record of a list of variables in one real block."""

import copy
import functools

import numpy as np
from jaxtyping import Float

from ..core import (
    PIECE_NUMBERS,
    AbstractProgress,
    AbstractStored,
    States,
    Window,
    engine_for,
    in_memory,
    read_together,
)
from ..features import (
    FunctionSums,
    RidgePath,
    function_table,
    right_side,
    solve,
    total,
)
from ..scores import AbstractScore, GaussianScore
from ..statistics import Block, FoldPlan, stretches
from ._blocks import AbstractBlocks
from ._functions import ResponseFunctions
from ._passes import PIECES, Numbered, over_blocks
from .expressions import PushVectors

_CENTRED = 100_000  # states whose means centre the functions
_KEPT = 1 << 22  # numbers in the functions of a whole record that are kept from pass to pass: 32 MB


class VariableBlocks(AbstractBlocks):
    """A list of variables: one block, the constant and the functions, any pushes and observables.

    Args:
        values: The record, shape ``(member, time, d)``.
        observables: The observables along it, shape ``(member, time, p)``.
        pushes: The vectors of the pushes.
        functions: Functions for calibration and regression, and how many of them are linear and coarser ones.
        gaussian: The Gaussian score of the record.
        delay: Steps by which the instruments are earlier than the states that they stand for (``_instruments``), zero
            for the states themselves. Times count from the first instrument.
        mean: Means of the observables, where they are known.
    """

    constant_leads = True
    dtype = float
    points = 1.0
    _stays = ("_some", "_in_deviations")

    def __init__(
        self,
        values: States,
        observables: States,
        pushes: PushVectors,
        functions: ResponseFunctions,
        gaussian: GaussianScore,
        delay: int = 0,
        mean: Float[np.ndarray, " p"] | None = None,
    ):
        self.values, self.observed, self.delay = values, observables, delay
        self.members, steps, dimension = values.shape
        self.steps = steps - delay
        self.engine = engine_for(values)
        self.pushes, self.dictionary, self.gaussian_score = pushes, functions.dictionary, gaussian
        self.linear = functions.linear + 1
        self.coarser = functions.coarser + 1 if functions.coarser < self.dictionary.size else 0
        self.shape = (1, observables.shape[2], len(pushes), self.dictionary.size + 1)
        self.mean = in_memory(observables).reshape(-1, observables.shape[2]).mean(0) if mean is None else mean
        flat = stretches(values).reshape(-1, dimension)
        self._some = flat[:: max(1, len(flat) // _CENTRED)]
        self.centre = self.dictionary.tables(self._some, np.empty((1, 0, dimension)))[0].mean(0)
        self._linear_weights = np.zeros((self.linear, len(pushes)))
        # A short record has as many blocks of time as a long one: what they cost is mostly the calls.
        self._kept: dict[tuple[int, int, int, int], tuple[np.ndarray, np.ndarray]] = {}
        self._whole: dict[int, np.ndarray] = {}
        self._keep = isinstance(values, np.ndarray) and self.members * self.steps * self.dictionary.size <= _KEPT

    def within(self, first: Block, last: Block, reach: int) -> "VariableBlocks":
        tables = [table for table in (self.values, self.observed) if isinstance(table, AbstractStored)]
        if not tables:
            return self
        part, stop = copy.copy(self), min(last.stop + reach, last.end) + self.delay
        read = read_together(tables, first.member, first.start, stop)
        part.values, part.observed = (
            Window(states, table.shape, first.start) for states, table in zip(read, tables, strict=True)
        )
        return part

    def most_blocks(self, plan: FoldPlan) -> int:
        if isinstance(self.values, np.ndarray):
            return 1
        each = max(block.length for block in plan.blocks) * (self.values.shape[2] + self.shape[1])
        return max(1, min(PIECE_NUMBERS // each, len(plan.blocks) // PIECES))

    def observables(self, member: int, start: int, stop: int) -> Float[np.ndarray, "n 1 p"]:
        return (self.observed[member, self.delay + start : self.delay + stop] - self.mean)[:, None]

    def functions(
        self, member: int, start: int, stop: int, *, stride: int = 1, index: int = 0, every: bool = False
    ) -> tuple[Float[np.ndarray, "n 1 f"], Float[np.ndarray, "1 f q"]]:
        return self._functions(member, self.delay + start, self.delay + stop, stride)

    def instruments(
        self, values: Float[np.ndarray, "n 1 f"], member: int, start: int, stop: int
    ) -> Float[np.ndarray, "n 1 f"]:
        return self._functions_alone(member, start, stop) if self.delay else values

    def functions_alone(self, member: int, start: int, stop: int, *, index: int = 0) -> Float[np.ndarray, "n 1 f"]:
        return self._functions_alone(member, self.delay + start, self.delay + stop)

    def _functions_alone(self, member: int, start: int, stop: int) -> Float[np.ndarray, "n 1 f"]:
        def table(states: np.ndarray) -> np.ndarray:
            return function_table(states, self.dictionary, np.empty((1, 0, states.shape[1])), self.centre)[0]

        if not self._keep:
            return table(self.values[member, start:stop])
        if member not in self._whole:
            self._whole[member] = table(np.asarray(self.values)[member])
        return self._whole[member][start:stop]

    def _functions(
        self, member: int, start: int, stop: int, stride: int
    ) -> tuple[Float[np.ndarray, "n 1 f"], Float[np.ndarray, "1 f q"]]:
        place = member, start, stop, stride
        if place in self._kept:
            return self._kept[place]
        states = self.values[member, start:stop:stride]
        found = function_table(states, self.dictionary, self.pushes(states)[0], self.centre)
        if self._keep:
            self._kept[place] = found
        return found

    def conjugate(
        self, score: AbstractScore, member: int, start: int, stop: int, *, stride: int = 1
    ) -> Float[np.ndarray, "n 1 q"]:
        states = self.values[member, self.delay + start : self.delay + stop : stride]
        vectors, divergence = self.pushes(states)
        slopes = score.values(states)
        if self.pushes.constant is not None:
            return -(slopes @ vectors[0].T)[:, None]
        return -(divergence + np.einsum("nqd,nd->nq", vectors, slopes))[:, None]

    def fit_gaussian(self, everything: FunctionSums, plan: FoldPlan, progress: AbstractProgress) -> None:
        if self.delay:
            first = slice(self.linear)
            products = everything.products[:, first, first] / everything.count
            self._linear_weights = solve(products, right_side(everything, self.linear), np.full(self.linear, 1e-12))[0]
            return
        # For constant pushes the Gaussian conjugate observable obeys the Stein identity with every linear function; for
        # others it is made to: the classical response is then the doubly robust one with a linear regression.
        if self.pushes.constant is not None:
            return
        sums = list(over_blocks(self, plan, "fitting the linear score", progress, _gaussian_sums, 0))
        self._linear_weights = RidgePath(total(sums))(np.array([1e-12]))[0]

    def gaussian(
        self, functions: Float[np.ndarray, "n 1 f"], member: int, start: int, stop: int
    ) -> Float[np.ndarray, "n 1 q"]:
        added = functions[:, :, : self.linear] @ self._linear_weights
        if self.delay:
            return added
        given = self.conjugate(self.gaussian_score, member, start, stop)
        return given if self.pushes.constant is not None else given + added

    def curves(self, table: Float[np.ndarray, "... lags 1 p q"]) -> Float[np.ndarray, "... q lags p"]:
        return np.ascontiguousarray(np.moveaxis(table[..., 0, :, :], -1, -3))

    def stein_defect(
        self, products: Float[np.ndarray, "1 linear q"], slopes: Float[np.ndarray, "1 linear q"]
    ) -> Float[np.ndarray, " q"]:
        back, sizes = self._in_deviations
        return np.linalg.norm(back.T @ (products - slopes)[0, 1:], axis=0) / (sizes + 1e-300)

    @functools.cached_property
    def _in_deviations(self) -> tuple[np.ndarray, np.ndarray]:
        """From whitened coordinates of the linear functions to variables in units of their standard deviation, and the
        root mean square of the pushes in these: looked at once, for they are asked for often."""
        flat = self._some
        deviation = flat.std(0)
        functions = self.dictionary.tables(flat, np.empty((1, 0, flat.shape[1])))[0][:, : self.linear - 1]
        back = np.linalg.lstsq(functions - functions.mean(0), flat - flat.mean(0), rcond=None)[0] / deviation
        sizes = np.sqrt(np.sum(np.mean((self.pushes(flat)[0] / deviation) ** 2, axis=0), axis=1))
        return back, sizes


def _gaussian_sums(blocks: AbstractBlocks, some: list[Numbered], given: None) -> FunctionSums:
    """Sums of the linear functions with the conjugate observables of the Gaussian score."""
    assert isinstance(blocks, VariableBlocks)
    found = []
    for each in some:
        place = each.block.member, each.block.start, each.block.stop
        values, slopes = blocks.functions(*place)
        conjugate = blocks.conjugate(blocks.gaussian_score, *place)
        linear = slice(blocks.linear)
        found.append(FunctionSums.of(values[:, :, linear], slopes[:, linear], conjugate))
    return total(found)
