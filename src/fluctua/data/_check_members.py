"""Checks of the members together: that each is a run of its own."""

import numpy as np

from ..core import DataError
from ._homogeneous import spread
from ._record import Record

_STATES = 64
_COLUMNS = 64
_WINDOW = 16  # steps in a row that independent runs do not share
_ROUNDING = 1e-6  # of the spread, of an archive in single precision
_NEAREST = 4
_LONGEST_BY_CHANCE = 48  # steps of a run that comes twice
_OFTEN = 4  # times a part comes again, at most


def distinct_members(record: Record) -> list[str]:
    """Refuse members that are copies of one another, and warn of those that share a part of their steps.

    Each would be counted as further data. What agrees to single precision is the same.
    """
    found = _shared(record) if record.members > 1 and record.steps > _WINDOW else None
    if found is None:
        return []
    (one, start), (other, same) = found
    names = f"'{record.member_names[one]}' and '{record.member_names[other]}'"
    if start == same and _equal(record.flat[one], record.flat[other]).all():
        raise DataError(
            f"the members {names} of {record.title} have the same values at every step",
            "every member must be a run of its own",
            "leave one of the two out",
        )
    return [
        f"the members {names} of {record.title} have the same values, from {record.place(one, start)} on and from "
        f"{record.place(other, same)} on: what is there twice is no further data, and bands come out too narrow. Give "
        "runs that do not overlap; of windows of one run, the run itself."
    ]


def no_part_twice(record: Record) -> list[str]:
    """Warn of a part of a member that comes again later in it, as where a file was pasted twice."""
    for member, states in enumerate(record.flat):
        found = _again(states[:, spread(record.dimension, _COLUMNS)])
        if found is None:
            continue
        first, second, length = found
        do = "leave one of the two out"
        if first == 0 and second + length == record.steps and record.members == 1 and not record.borders:
            do += f", as with --skip {record.prepared.skip + second}"
        return [
            f"{record.title} has the same values in {length} steps from {record.place(member, first)} on and from "
            f"{record.place(member, second)} on: was a part pasted twice? What is there twice is no further data, and "
            f"bands come out too narrow; {do}."
        ]
    return []


def _again(states: np.ndarray) -> tuple[int, int, int] | None:
    """Where a long part of states, shape ``(time, d)``, begins that comes again, where it does, and its length.

    A record that is there twice is found by its half, other parts by the states most like some.
    """
    steps = len(states)
    if steps < 2 * _LONGEST_BY_CHANCE:
        return None
    scale = states.std(axis=0)
    if not scale.all():
        return None
    line = (states - states.mean(axis=0)) @ (
        np.random.default_rng(20240229).standard_normal(len(scale)) / scale / np.sqrt(len(scale))
    )
    shifts = {steps // 2, (steps + 1) // 2}
    order = np.argsort(line, kind="stable")
    ranks = np.empty_like(order)
    ranks[order] = np.arange(steps)
    asked = np.unique(np.linspace(0, steps - 1, _STATES).astype(int))
    for beside in range(1, _NEAREST + 1):
        other = order[np.clip(ranks[asked] + beside, 0, steps - 1)]
        near = np.abs(line[other] - line[asked]) <= _ROUNDING
        shifts |= {abs(int(each)) for each in (other - asked)[near]}
    for shift in sorted(each for each in shifts if each >= _LONGEST_BY_CHANCE):
        same = np.abs(line[shift:] - line[:-shift]) <= _ROUNDING
        edges = np.flatnonzero(np.diff(np.r_[0, same.astype(np.int8), 0]))
        starts, ends = edges[::2], edges[1::2]
        if not starts.size:
            continue
        longest = int(np.argmax(ends - starts))
        start, length = int(starts[longest]), int(ends[longest] - starts[longest])
        part = states[start : start + length]
        if length > _OFTEN * shift:  # a cycle without noise, of which others speak
            return None
        if length >= _LONGEST_BY_CHANCE and np.unique(part, axis=0).shape[0] > _WINDOW:
            return start, start + shift, min(length, shift)
    return None


def _shared(record: Record) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Two places, as member and step, from which on two members are the same for a while."""
    columns = spread(record.dimension, _COLUMNS)
    some = record.flat[:, :, columns]
    scale = some.std(axis=(0, 1))
    weights = np.random.default_rng(20240229).standard_normal(len(columns)) / scale / np.sqrt(len(columns))
    line = ((some - some.mean(axis=(0, 1))) @ weights).ravel()
    order = np.argsort(line, kind="stable")
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    last = record.steps - _WINDOW
    asked = np.unique(np.linspace(0, last, _STATES).astype(int)) + record.steps * np.arange(record.members)[:, None]
    beside = [shift for shift in range(-_NEAREST, _NEAREST + 1) if shift]
    for shift in beside:
        other = order[np.clip(ranks[asked] + shift, 0, len(order) - 1)]
        near = (np.abs(line[other] - line[asked]) <= _ROUNDING) & (other % record.steps <= last)
        near &= other // record.steps != asked // record.steps
        for one, two in zip(asked[near], other[near], strict=True):
            places = sorted(divmod(int(each), record.steps) for each in (one, two))
            first, second = (some[member, step : step + _WINDOW] for member, step in places)
            if np.ptp(first, axis=0).any() and _equal(first, second, scale).all():
                return places[0], places[1]
    return None


def _equal(one: np.ndarray, other: np.ndarray, scale: np.ndarray | None = None) -> np.ndarray:
    return np.abs(one - other) <= _ROUNDING * (one.std(axis=0) if scale is None else scale)
