"""Values of a record that stay where they are stored: they are read piece by piece, and never all at once."""

import abc
import math
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from ._errors import DataError, OptionError

LIMIT = "FLUCTUA_IN_MEMORY_GIB"
"""The variable of the environment that says how many GiB of states are taken into memory at once, in place of one."""

PIECE_NUMBERS = 1 << 23
"""Numbers that are read at once: 64 MB."""


class AbstractStored(abc.ABC):
    """States of shape ``(member, time, *state)`` of which a stretch of one member is read at a time.

    ``stored[member, start:stop:stride]`` is such a stretch in memory; whatever takes these from an array takes them
    from stored values as well. They can be sent to another process, which then reads by itself.

    Attributes:
        shape: The shape.
        dtype: The type of what is read.
        title: What messages call the record.
    """

    shape: tuple[int, ...]
    dtype: Any
    title: str = "the record"

    @abc.abstractmethod
    def read(self, member: int, start: int, stop: int) -> np.ndarray:
        """The states of one member from step ``start`` to before ``stop``, shape ``(stop - start, *state)``."""

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """Bytes that the states would take in memory."""
        return self.size * np.dtype(self.dtype).itemsize

    @property
    def parallel(self) -> bool:
        """Whether pieces may be read by several workers at once."""
        return False

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, place: tuple[int, slice]) -> np.ndarray:
        member, steps = place
        start, stop, stride = steps.indices(self.shape[1])
        return self.read(int(member), start, max(start, stop))[::stride]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.nbytes > most_in_memory():
            raise DataError(
                f"{self.title} has {self.nbytes / 2**30:.3g} GiB of states, and all of them were asked for at once",
                f"so much is read piece by piece, and only up to {most_in_memory() / 2**30:g} GiB are held in memory",
                "take a part of it with xarray, such as data.isel(time=slice(None, None, 10)); or data.load() it first "
                "if there is memory enough",
            )
        return self.loaded().astype(self.dtype if dtype is None else dtype, copy=False)

    def loaded(self) -> np.ndarray:
        """All states in memory, for whoever knows that they are few."""
        return np.stack([self.read(member, 0, self.shape[1]) for member in range(self.shape[0])])

    def mapped(self, function: Callable[[np.ndarray], np.ndarray], state: tuple[int, ...]) -> "AbstractStored":
        """What a function makes of every state: from ``(n, *state)`` to ``(n, *other state)``, when it is read."""
        return _Mapped(self, function, state)

    def flat(self) -> "AbstractStored":
        """The states as vectors."""
        size = int(np.prod(self.shape[2:]))
        return self if self.shape[2:] == (size,) else self.mapped(_flattened, (size,))

    def later(self, start: int) -> "AbstractStored":
        """The states of every member from a step on."""
        return _Later(self, start) if start else self

    def columns(self, chosen: np.ndarray | list[int]) -> "AbstractStored":
        """Some of the variables of flat states."""
        return self.mapped(partial(_columns, chosen=np.asarray(chosen, int)), (len(chosen),))


class DerivedStored(AbstractStored):
    """What is made of other stored states, member by member, when it is read.

    Args:
        source: The other states.
        shape: Shape of what is made of them.
    """

    def __init__(self, source: AbstractStored, shape: tuple[int, ...]):
        self.source, self.shape, self.dtype, self.title = source, shape, source.dtype, source.title

    @property
    def parallel(self) -> bool:
        return self.source.parallel


class _Mapped(DerivedStored):
    """What a function makes of stored states."""

    def __init__(self, source: AbstractStored, function: Callable[[np.ndarray], np.ndarray], state: tuple[int, ...]):
        super().__init__(source, (*source.shape[:2], *state))
        self.function = function

    def read(self, member: int, start: int, stop: int) -> np.ndarray:
        return self.function(self.source.read(member, start, stop))


class _Later(DerivedStored):
    """Stored states from a step on."""

    def __init__(self, source: AbstractStored, start: int):
        members, steps, *state = source.shape
        super().__init__(source, (members, steps - start, *state))
        self.start = start

    def read(self, member: int, start: int, stop: int) -> np.ndarray:
        return self.source.read(member, self.start + start, self.start + stop)


class _Beside(AbstractStored):
    """The states of several tables side by side."""

    def __init__(self, tables: Sequence[AbstractStored]):
        self.tables = tuple(tables)
        first = self.tables[0]
        self.shape = (*first.shape[:2], sum(table.shape[2] for table in self.tables))
        self.dtype, self.title = first.dtype, first.title

    @property
    def parallel(self) -> bool:
        return any(table.parallel for table in self.tables)

    def read(self, member: int, start: int, stop: int) -> np.ndarray:
        return np.concatenate([table.read(member, start, stop) for table in self.tables], axis=1)


def read_together(tables: Sequence[AbstractStored], member: int, start: int, stop: int) -> list[np.ndarray]:
    """The same stretch of several tables; what they are made of is read once."""
    known: dict[int, np.ndarray] = {}
    return [_read_once(table, member, start, stop, known) for table in tables]


def _read_once(table: AbstractStored, member: int, start: int, stop: int, known: dict[int, np.ndarray]) -> np.ndarray:
    # Not within the function above: one that calls itself there keeps all that was read until cycles are collected.
    if id(table) not in known:
        known[id(table)] = (
            table.function(_read_once(table.source, member, start, stop, known))
            if isinstance(table, _Mapped)
            else table.read(member, start, stop)
        )
    return known[id(table)]


def _flattened(states: np.ndarray) -> np.ndarray:
    return states.reshape(len(states), -1)


def _columns(states: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    return states[:, chosen]


class Window:
    """A stretch of one member in memory, whose steps keep the numbers that they have in the record."""

    def __init__(self, values: np.ndarray, shape: tuple[int, ...], start: int):
        self.values, self.shape, self.start = values, shape, start

    def __getitem__(self, place: tuple[int, slice]) -> np.ndarray:
        steps = place[1]
        return self.values[steps.start - self.start : steps.stop - self.start : steps.step]


def most_in_memory() -> float:
    """Bytes of states beyond which a record is left where it is stored: 1 GiB, or what the environment says.

    Raises:
        OptionError: That is no number.
    """
    given = os.environ.get(LIMIT, "1")
    try:
        if math.isnan(limit := float(given)):
            raise ValueError(given)
        return limit * 2**30
    except ValueError as error:
        raise OptionError(
            f"{LIMIT} is '{given}'", "a number of GiB is needed", f"set it to a number, such as {LIMIT}=4, or unset it"
        ) from error


States: TypeAlias = np.ndarray | AbstractStored
"""The states of a record, in memory or stored."""


def in_memory(values: States) -> np.ndarray:
    """All states in memory, for whoever knows that they are few."""
    return values.loaded() if isinstance(values, AbstractStored) else values


def side_by_side(tables: Sequence[States]) -> States:
    """Flat states of the same members and times side by side."""
    if len(tables) == 1:
        return tables[0]
    stored = [table for table in tables if isinstance(table, AbstractStored)]
    if len(stored) == len(tables):
        return _Beside(stored)
    return np.concatenate([np.asarray(table) for table in tables], axis=2)


def pieces_of(values: Any, numbers: int = PIECE_NUMBERS) -> list[tuple[int, int, int]]:
    """Pieces of a record in order, of at most so many numbers each: member, first step, and the step after the last.

    They are the same for values in memory and for stored ones, and so are sums over them.

    Example:
        >>> pieces_of(np.zeros((2, 5, 1)), numbers=3)
        [(0, 0, 3), (0, 3, 5), (1, 0, 3), (1, 3, 5)]
    """
    members, steps, *state = values.shape
    most = max(1, numbers // max(1, int(np.prod(state))))
    return [(m, start, min(start + most, steps)) for m in range(members) for start in range(0, steps, most)]
