"""Observables along a record: named expressions and functions of states, checked at every state."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..core import AbstractStored, OptionError, States, engine_for, pieces_of
from ..data import Record
from ..response import Observable
from ._inputs import LARGEST, Observe, check_finite, check_varies, named_observables
from ._user_functions import given_function, real


def to_observables(observe: Observe, record: Record) -> tuple[list[str], States]:
    """Names of the observables, and their values along the record, shape ``(member, time, p)``.

    Of a stored record they are computed when they are read, piece by piece.
    """
    flat = record.flat
    if observe is None:
        return list(record.names), flat
    named = named_observables(observe, record)
    columns = [_Column(name, value, record.names) for name, value in named.items()]
    if isinstance(flat, AbstractStored):
        table = flat.mapped(_Table(columns), (len(columns),))
        _check_stored(columns, table, flat, record)
        return list(named), table
    found = []
    for column in columns:
        values = column(flat)
        _check_column(column.name, values, record)
        found.append(values)
    return list(named), np.stack(found, axis=2)


class _Column(NamedTuple):
    """An observable as a function of states ``(..., d)``."""

    name: str
    value: str | Callable[[Any], Any]
    names: tuple[str, ...]

    def __call__(self, states: np.ndarray) -> np.ndarray:
        if isinstance(self.value, str):
            return Observable(self.value, self.names).along(states)
        dimension = len(self.names)
        takes = f"a function of states, the last axis being the {dimension} variables, to a number each"
        attempt = f"some states, as in f(np.zeros((5, {dimension})))"
        with given_function(f"the observable '{self.name}'", takes, attempt):
            column = np.asarray(real(self.value(states)), dtype=np.float64)
        if column.shape != states.shape[:-1]:
            raise OptionError(
                f"the observable '{self.name}' has shape {column.shape}",
                f"along states of shape {states.shape} it must have shape {states.shape[:-1]}",
                "write it as a function of the last axis, such as lambda states: states[..., 0] ** 2",
            )
        return column


class _Table(NamedTuple):
    """Observables of a stretch of states ``(n, d)``, shape ``(n, p)``."""

    columns: list[_Column]

    def __call__(self, states: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):  # what is not finite is refused by name
            return np.stack([column(states) for column in self.columns], axis=1)


def _check_column(name: str, column: np.ndarray, record: Record) -> None:
    def state(place: tuple[int, ...]) -> str:
        return _state(record, (place[0], place[1]), record.flat[place])

    check_finite(name, column, state)
    _check_range(name, float(column.min()), float(column.max()))


def _check_range(name: str, lowest: float, highest: float) -> None:
    check_varies(name, lowest, highest)
    largest = max(abs(lowest), abs(highest))
    if largest > LARGEST:
        raise OptionError(
            f"the observable '{name}' has values up to {largest:.3g}",
            f"values below {LARGEST:.0e} are needed, whose products can be added",
            "divide its variables by their usual sizes first",
        )


def _state(record: Record, place: tuple[int, int], values: np.ndarray) -> str:
    """A state in words, with its place."""
    shown = ", ".join(f"{n} = {v:g}" for n, v in zip(record.names[:4], values, strict=False))
    member = f" of member {record.member_names[place[0]]}" if record.members > 1 else ""
    return f"time step {place[1] + 1}{member} ({record.time_label(place[1])}), where {shown}"


def _check_stored(columns: list[_Column], table: AbstractStored, flat: AbstractStored, record: Record) -> None:
    """The same for observables of a stored record, in one reading; variables themselves were looked at before."""
    if all(isinstance(column.value, str) and column.value in record.names for column in columns):
        return
    engine, pieces = engine_for(table), pieces_of(flat)
    shared = engine.share(table)
    found = list(engine.results((_extremes, (shared, piece)) for piece in pieces))
    for (member, start, stop), (finite, _, _) in zip(pieces, found, strict=True):
        for place, column in enumerate(columns):
            if not finite[place]:
                states = flat[member, start:stop]

                def state(where: tuple[int, ...], member: int = member, start: int = start, s: Any = states) -> str:
                    return _state(record, (member, start + where[0]), s[where[0]])

                check_finite(column.name, table[member, start:stop][:, place], state)
    low, high = (np.stack([each[which] for each in found]) for which in (1, 2))
    for place, column in enumerate(columns):
        _check_range(column.name, float(low[:, place].min()), float(high[:, place].max()))


def _extremes(table: States, piece: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether each observable is finite in a piece, and its smallest and largest value."""
    member, start, stop = piece
    values = table[member, start:stop]
    return np.atleast_1d(np.isfinite(values).all(axis=0)), values.min(axis=0), values.max(axis=0)
