r"""What is taken out of a record as a function of time, fitted by least squares; in memory, or where it is stored.

From the states of member m at step t, in group g(t) of the steps (its month, its time of day, or one group of all),

$$ x'_m(t) = \frac{x_m(t) - c_{m g(t)} \cdot b(t)}{\sigma_{g(t)}}, \qquad
   c_{m g} = \Big( \sum_{t \in g} b\,b^\top \Big)^{-1} \sum_{t \in g} b(t)\, x_m(t), $$

is left, b a constant, a line or polynomials in time and waves of some phases. The sums are over pieces of the record,
the same whether it is in memory or not; of a stored record the fit is taken away when its states are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from ...core import AbstractStored, DerivedStored, States, engine_for, pieces_of
from ..record import Record


@dataclass(frozen=True, eq=False)
class FunctionsOfTime:
    """A constant, a trend, and waves, at every step of a record; and the group of each step.

    Args:
        trend: A line or polynomials of mean zero and standard deviation one, shape ``(time, degree)``, or None.
        waves: Phases in cycles, shape ``(time,)`` each, with the number of harmonics of each.
        groups: The group of each step from 0 on, shape ``(time,)``, or None for one group.
    """

    trend: np.ndarray | None = None
    waves: tuple[tuple[np.ndarray, int], ...] = ()
    groups: np.ndarray | None = None

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Number of groups, and of functions."""
        groups = 1 if self.groups is None else int(self.groups.max()) + 1
        return groups, 1 + (0 if self.trend is None else self.trend.shape[1]) + 2 * sum(
            count for _, count in self.waves
        )

    def values(self, start: int, stop: int) -> Float[np.ndarray, "n functions"]:
        """The functions from one step to before another."""
        columns = [np.ones((stop - start, 1))]
        if self.trend is not None:
            columns.append(self.trend[start:stop])
        for phase, count in self.waves:
            part = phase[start:stop]
            angle = 2 * np.pi * np.outer(part - np.floor(part), np.arange(1, count + 1))
            columns += [np.cos(angle), np.sin(angle)]
        return np.concatenate(columns, axis=1)

    def steps(self, start: int, stop: int) -> Iterator[tuple[int, Any]]:
        """Each group that occurs there, with the index of its steps, counted from ``start``."""
        if self.groups is None:
            yield 0, slice(None)
            return
        groups = self.groups[start:stop]
        order = np.argsort(groups, kind="stable")
        present, first = np.unique(groups[order], return_index=True)
        yield from zip(present.tolist(), np.split(order, first[1:]), strict=True)


class Fit(NamedTuple):
    """The functions of time with their coefficients, and what they leave.

    Attributes:
        functions: The functions of time.
        coefficients: Shape ``(member, group, functions, d)``, one member if the fit is common to all.
        variance: Variance of each variable about its mean, shape ``(d,)``; with a fit for each member, within members.
        left: What of it is left, likewise.
        left_by_group: Mean square of what is left in each group, shape ``(group, d)``.
        spread: What the rest is divided by, shape ``(group, d)``; nothing where that is one.
    """

    functions: FunctionsOfTime
    coefficients: np.ndarray
    variance: np.ndarray
    left: np.ndarray
    left_by_group: np.ndarray
    spread: np.ndarray | None = None

    def rest(self, states: Float[np.ndarray, "n d"], member: int, start: int) -> Float[np.ndarray, "n d"]:
        """What it leaves of the states of a member from a step on."""
        found = np.empty_like(states)
        stop = start + len(states)
        values = self.functions.values(start, stop)
        own = self.coefficients[member % len(self.coefficients)]
        for group, steps in self.functions.steps(start, stop):
            rest = states[steps] - values[steps] @ own[group]
            found[steps] = rest if self.spread is None else rest / self.spread[group]
        return found


def fitted(record: Record, functions: FunctionsOfTime, *, each_member: bool, means_stay: bool = False) -> Fit:
    """The least-squares fit of functions of time to a record.

    Args:
        record: The record.
        functions: The functions.
        each_member: Whether every member has coefficients of its own.
        means_stay: Whether what is taken away has mean zero; for one group.
    """
    flat = record.flat
    groups, count = functions.shape
    members, dimension = record.members if each_member else 1, record.dimension
    origin = np.asarray(flat[0, :1][0], np.float64)  # from the first state, so that a large mean costs no digits
    products = np.zeros((groups, count, count))
    moments = np.zeros((members, groups, count, dimension))
    squares = np.zeros((groups, dimension))
    pieces, engine = pieces_of(flat), engine_for(flat)
    values = engine.share(flat)
    given = engine.share((functions, origin))
    for piece, found in zip(pieces, engine.results((_sums, (values, piece, given)) for piece in pieces), strict=True):
        for group, own, with_states, square in found:
            products[group] += own
            moments[piece[0] % members, group] += with_states
            squares[group] += square
    if each_member:
        products /= record.members
    coefficients = np.linalg.pinv(products, 1e-10, True) @ moments
    states = products[:, 0, 0]  # in each group, of the members that share a fit
    explained = np.einsum("mgcd,mgcd->gd", coefficients, moments)
    left = np.maximum(squares - explained, 0.0)
    everything = states.sum() * members
    mean = moments[:, :, 0].sum(axis=1) / states.sum()
    variance = squares.sum(axis=0) / everything - np.mean(mean**2, axis=0)
    if means_stay:
        coefficients[:, 0, 0] = -(products[0, 0, 1:] / products[0, 0, 0]) @ coefficients[:, 0, 1:]
    else:
        coefficients[:, :, 0] += origin
    each = states[:, None] * members
    return Fit(functions, coefficients, variance, left.sum(axis=0) / everything, left / each)


def without(record: Record, fit: Fit) -> States:
    """The states less a fit: new ones in memory, or those of a stored record as they will be read."""
    if isinstance(record.values, AbstractStored):
        return _Without(record.values, fit)
    found = np.empty_like(record.values)
    flat, rest = record.flat, found.reshape(record.members, record.steps, -1)
    for member, start, stop in pieces_of(flat):
        rest[member, start:stop] = fit.rest(flat[member, start:stop], member, start)
    return found


class _Without(DerivedStored):
    """Stored states less a fit."""

    def __init__(self, source: AbstractStored, fit: Fit):
        super().__init__(source, source.shape)
        self.fit = fit

    def read(self, member: int, start: int, stop: int) -> np.ndarray:
        states = self.source.read(member, start, stop)
        return self.fit.rest(states.reshape(len(states), -1), member, start).reshape(states.shape)


def _sums(
    values: States, piece: tuple[int, int, int], given: tuple[FunctionsOfTime, np.ndarray]
) -> list[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Products of the functions among themselves and with the states, and squares of these, by group."""
    member, start, stop = piece
    functions, origin = given
    states = values[member, start:stop] - origin
    table = functions.values(start, stop)
    found = []
    for group, steps in functions.steps(start, stop):
        part, some = table[steps], states[steps]
        found.append((group, part.T @ part, part.T @ some, np.einsum("nd,nd->d", some, some)))
    return found
