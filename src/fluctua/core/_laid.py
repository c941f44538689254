"""Stretches of one or several tables of states laid end to end: pieces between gaps, files that follow one another."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ._stored import AbstractStored, States

_APART = 4  # times as many states as are wanted are read at once, rather than each stretch by itself


class Stretch(NamedTuple):
    """Some neighbouring steps of one member of one of several tables.

    Attributes:
        table: The number of the table.
        member: The member of it.
        start: First step.
        stop: The step after the last one.
    """

    table: int
    member: int
    start: int
    stop: int


def laid(tables: Sequence[States], members: Sequence[Sequence[Stretch]]) -> States:
    """States whose members are made of stretches laid end to end, each as long as the others.

    They are in memory where the tables are; else they are read when they are asked for.

    Args:
        tables: States of one shape and type, shape ``(member, time, *state)`` each.
        members: What each member is made of, in order.

    Example:
        >>> table = np.arange(6.0).reshape(1, 6, 1)
        >>> laid([table], [[Stretch(0, 0, 4, 6), Stretch(0, 0, 1, 3)]]).ravel().tolist()
        [4.0, 5.0, 1.0, 2.0]
    """
    if any(isinstance(table, AbstractStored) for table in tables):
        return _Laid(tables, members)
    return np.stack([np.concatenate([tables[t][m, start:stop] for t, m, start, stop in each]) for each in members])


class _Laid(AbstractStored):
    """Stretches of tables of which some are stored."""

    def __init__(self, tables: Sequence[States], members: Sequence[Sequence[Stretch]]):
        self.tables = tuple(tables)
        self.stretches = [np.array(each, np.int64).reshape(-1, 4) for each in members]
        self.ends = [np.cumsum(each[:, 3] - each[:, 2]) for each in self.stretches]
        first = next(table for table in self.tables if isinstance(table, AbstractStored))
        self.shape = (len(self.ends), int(self.ends[0][-1]), *first.shape[2:])
        self.dtype, self.title = first.dtype, first.title

    @property
    def parallel(self) -> bool:
        return any(table.parallel for table in self.tables if isinstance(table, AbstractStored))

    def read(self, member: int, start: int, stop: int) -> np.ndarray:
        found = [
            self.tables[table][source, first:last][steps]
            for table, source, first, last, steps in _together(self._wanted(member, start, stop))
        ]
        return np.concatenate(found) if found else np.empty((0, *self.shape[2:]), self.dtype)

    def _wanted(self, member: int, start: int, stop: int) -> Iterator[Stretch]:
        """What of the stretches lies between two steps."""
        ends = self.ends[member]
        here = slice(*np.searchsorted(ends, [start, stop], side="right"))
        here = slice(here.start, min(here.stop + 1, len(ends)))
        for (table, source, first, last), end in zip(
            self.stretches[member][here].tolist(), ends[here].tolist(), strict=True
        ):
            one, other = max(first, last - (end - start)), min(last, last - (end - stop))
            if one < other:
                yield Stretch(table, source, one, other)


def _together(wanted: Iterator[Stretch]) -> Iterator[tuple[int, int, int, int, slice | np.ndarray]]:
    """Reads of neighbouring stretches at once: table, member, first step, step after the last, and which are wanted.

    A chunk of a store is unpacked as a whole, however few of its steps are wanted.
    """
    group: list[Stretch] = []
    count = 0
    for stretch in wanted:
        if group:
            first = group[0]
            near = stretch[:2] == first[:2] and stretch.start >= group[-1].stop
            if not near or stretch.stop - first.start > _APART * (count + stretch.stop - stretch.start):
                yield _read(group)
                group, count = [], 0
        group.append(stretch)
        count += stretch.stop - stretch.start
    if group:
        yield _read(group)


def _read(group: list[Stretch]) -> tuple[int, int, int, int, slice | np.ndarray]:
    table, member, first, _ = group[0]
    last = group[-1].stop
    if len(group) == 1:
        return table, member, first, last, slice(None)
    return table, member, first, last, np.concatenate([np.arange(each.start, each.stop) for each in group]) - first
