"""A record of a list of variables in one real block."""

import numpy as np
from jaxtyping import Float

from ..core import map_states
from ..features import (
    AbstractDictionary,
    FunctionSums,
    RidgePath,
    centred,
    choose,
    function_table,
    right_side,
    total,
)
from ..scores import AbstractScore, GaussianScore
from ._blocks import AbstractBlocks
from ._pushes import AbstractPush, PushValues

_RIDGES = 10.0 ** np.arange(-1, 9.0, 1.0)  # in units of one over the effective sample size
_CENTRED = 100_000  # states whose means centre the functions
_KEPT = 1 << 22  # numbers in the functions of a whole record that are kept from pass to pass: 32 MB


class VariableBlocks(AbstractBlocks):
    """A list of variables: one block, the constant and the functions, any pushes and observables.

    Args:
        values: The record, shape ``(member, time, d)``.
        observables: The observables along it, shape ``(member, time, p)``.
        pushes: The pushes.
        functions: Functions for calibration and regression; the linear ones lead.
        nested: Sizes of their leading sets among which the calibration chooses; the first is that of the linear ones.
        gaussian: The Gaussian score of the record.
        effective_size: Effective number of independent states. Directions with less variance than its inverse cannot be
            learned, so ridges are counted in units of it.
    """

    combined = True
    dtype = float
    points = 1.0

    def __init__(
        self,
        values: Float[np.ndarray, "member time d"],
        observables: Float[np.ndarray, "member time p"],
        pushes: tuple[AbstractPush, ...],
        functions: AbstractDictionary,
        nested: list[int],
        gaussian: GaussianScore,
        effective_size: float,
    ):
        self.values, self.observed = values, observables
        self.members, self.steps, dimension = values.shape
        self.pushes, self.dictionary, self.gaussian_score = pushes, functions, gaussian
        self.nested = [size + 1 for size in nested]
        self.linear = self.nested[0]
        self.shape = (1, observables.shape[2], len(pushes), functions.size + 1)
        self.effective_size = effective_size
        self.mean = observables.reshape(-1, observables.shape[2]).mean(0)
        constants = [push.constant(dimension) for push in pushes]
        self.constant = None if any(c is None for c in constants) else np.array(constants)
        flat = values.reshape(-1, dimension)
        spread = flat[:: max(1, len(flat) // _CENTRED)]
        self.centre = functions.tables(spread, np.empty((1, 0, dimension)))[0].mean(0)
        self._linear_weights = np.zeros((self.linear, len(pushes)))
        # A short record has as many blocks of time as a long one: what they cost is mostly the calls.
        self._kept: dict[tuple[int, int, int, int], tuple[np.ndarray, np.ndarray]] = {}
        self._keep = self.members * self.steps * functions.size <= _KEPT

    def observables(self, member: int, start: int, stop: int) -> Float[np.ndarray, "n 1 p"]:
        return (self.observed[member, start:stop] - self.mean)[:, None]

    def functions(
        self, member: int, start: int, stop: int, *, stride: int = 1, index: int = 0, every: bool = False
    ) -> tuple[Float[np.ndarray, "n 1 f"], Float[np.ndarray, "1 f q"]]:
        place = member, start, stop, stride
        if place in self._kept:
            return self._kept[place]
        states = self.values[member, start:stop:stride]
        found = function_table(states, self.dictionary, self.push_values(states)[0], self.centre)
        if self._keep:
            self._kept[place] = found
        return found

    def push_values(
        self, states: Float[np.ndarray, "n d"]
    ) -> tuple[Float[np.ndarray, "m q d"], Float[np.ndarray, "m q"]]:
        """The vectors of the pushes and their divergences, at every state, or once where they are constant."""
        if self.constant is not None:
            return self.constant[None], np.zeros((1, len(self.pushes)))
        return map_states(PushValues(self.pushes), states, width=len(self.pushes) * states.shape[1])

    def conjugate(
        self, score: AbstractScore, member: int, start: int, stop: int, *, stride: int = 1
    ) -> Float[np.ndarray, "n 1 q"]:
        states = self.values[member, start:stop:stride]
        vectors, divergence = self.push_values(states)
        slopes = score.values(states)
        if self.constant is not None:
            return -(slopes @ vectors[0].T)[:, None]
        return -(divergence + np.einsum("nqd,nd->nq", vectors, slopes))[:, None]

    def fit_gaussian(self, everything: FunctionSums) -> None:
        # For constant pushes the Gaussian conjugate observable obeys the Stein identity with every linear function; for
        # others it is made to: the classical response is then the doubly robust one with a linear regression.
        if self.constant is not None:
            return
        sums = []
        for member in range(self.members):
            values, slopes = self.functions(member, 0, self.steps)
            conjugate = self.conjugate(self.gaussian_score, member, 0, self.steps)
            sums.append(FunctionSums.of(values[:, :, : self.linear], slopes[:, : self.linear], conjugate))
        self._linear_weights = RidgePath(total(sums))(np.array([1e-12]))[0]

    def gaussian(
        self, functions: Float[np.ndarray, "n 1 f"], member: int, start: int, stop: int
    ) -> Float[np.ndarray, "n 1 q"]:
        given = self.conjugate(self.gaussian_score, member, start, stop)
        return given if self.constant is not None else given + functions[:, :, : self.linear] @ self._linear_weights

    def calibrate(self, parts: list[FunctionSums]) -> Float[np.ndarray, "1 f q"]:
        """Weights of the functions that are added to given conjugate observables, from sums of parts of a record."""
        ridges = _RIDGES / self.effective_size
        everything = total(parts)
        pushes, size = everything.slopes.shape[2], everything.slopes.shape[1]
        losses = []
        for part in parts:
            covariance, right = centred(part)
            found = []
            for used in self.nested:
                weights = RidgePath((everything - part).select(np.arange(used)))(ridges)[:, 1:]
                quadratic = np.einsum(
                    "rfq,fg,rgq->rq", weights, covariance[: used - 1, : used - 1], weights, optimize=True
                )
                found.append(0.5 * quadratic - np.einsum("rfq,fq->rq", weights, right[: used - 1]))
            losses.append(np.concatenate(found))
        weights = np.zeros((1, size, pushes))
        weights[0, 0] = right_side(everything)[0, 0]  # whatever else, the mean of B is taken off
        for push in range(pushes):
            best = choose(np.array(losses)[:, :, push].T, 0.0, given=True)
            if best >= 0:
                used, row = self.nested[best // len(ridges)], best % len(ridges)
                path = RidgePath(everything.select(np.arange(used)))
                weights[0, :used, push] = path(ridges[row : row + 1])[0, :, push]
        return weights

    def curves(self, table: Float[np.ndarray, "... lags 1 p q"]) -> Float[np.ndarray, "... q lags p"]:
        return np.ascontiguousarray(np.moveaxis(table[..., 0, :, :], -1, -3))

    def stein_defect(
        self, products: Float[np.ndarray, "1 linear q"], slopes: Float[np.ndarray, "1 linear q"]
    ) -> Float[np.ndarray, " q"]:
        # In whitened coordinates of the linear functions, taken back to variables in units of their standard deviation,
        # over the root mean square of the push in these.
        flat = self.values.reshape(-1, self.values.shape[2])
        flat = flat[:: max(1, len(flat) // _CENTRED)]
        deviation = flat.std(0)
        functions = self.dictionary.tables(flat, np.empty((1, 0, flat.shape[1])))[0][:, : self.linear - 1]
        back = np.linalg.lstsq(functions - functions.mean(0), flat - flat.mean(0), rcond=None)[0] / deviation
        errors = back.T @ (products - slopes)[0, 1:]
        sizes = np.sqrt(np.sum(np.mean((self.push_values(flat)[0] / deviation) ** 2, axis=0), axis=1))
        return np.linalg.norm(errors, axis=0) / (sizes + 1e-300)
