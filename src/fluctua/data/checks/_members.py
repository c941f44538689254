"""Checks of the members together: that each is a run of its own."""

import numpy as np

from ...core import DataError, listed_names
from ..record import Record, evenly_spread

_STATES = 64
_COMPARED, _MOST_MEMBERS = 512, 200
_NEARLY = 0.02  # of the spread, by which independent runs differ at no step
_WINDOW = 16  # steps in a row that independent runs do not share
_ROUNDING = 1e-6  # of the spread, of an archive in single precision
_OF_WINDOWS = 4e-6  # the same of sums over a window
_NEAREST = 4
_LONGEST_BY_CHANCE = 48  # steps of a run that comes twice
_OFTEN = 4  # times a part comes again, at most
_AROUND = 4096  # steps about a part that two members share, in which its ends are looked for
_SHIFTS = np.arange(1, 5) / 5  # parts of a member by which it is moved to see how often two agree by chance
_MOST_LOOKS = 64
_IMPROBABLE = 1e-4
_LONGER = 2  # times as long as the longest part that they share by chance; of spells that vary in length, too


def distinct_members(record: Record) -> list[str]:
    """Refuse members that are copies of one another, and warn of those that share a part of their steps.

    Each would be counted as further data. What agrees to single precision is the same.
    """
    if record.members > 1:
        _refuse_nearly_equal(record)
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


def _refuse_nearly_equal(record: Record) -> None:
    """Refuse two members that differ at every step by next to nothing: copies written otherwise, or not parted yet."""
    steps = np.unique(np.linspace(0, record.steps - 1, _COMPARED).astype(int))
    members = np.unique(np.linspace(0, record.members - 1, _MOST_MEMBERS).astype(int))
    columns = evenly_spread(record.dimension)
    some = np.stack([record.flat[member][steps][:, columns] for member in members])
    scale = some.std(axis=(0, 1))
    if not scale.all():
        return
    some = (some - some.mean(axis=(0, 1))) / scale
    for place, one in enumerate(some[:-1]):
        apart = np.abs(some[place + 1 :] - one).max(axis=(1, 2))
        other = int(np.argmin(apart))
        if _ROUNDING < apart[other] <= _NEARLY:
            alike = [place, *(place + 1 + np.flatnonzero(apart <= _NEARLY))]
            names = listed_names([record.member_names[members[each]] for each in alike], 6)
            raise DataError(
                f"the members {names} of {record.title} differ by no more than {apart[apart <= _NEARLY].max():.1g} "
                "standard deviations at any step",
                "every member must be a run of its own: what differs by next to nothing is one run, which is there "
                "twice",
                "keep one of them; if they begin alike and part later, take only what comes after that",
            )


def no_part_twice(record: Record) -> list[str]:
    """Warn of a part of a member that comes again later in it, as where a file was pasted twice."""
    for member, states in enumerate(record.flat):
        found = _again(states[:, evenly_spread(record.dimension)])
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
    columns = evenly_spread(record.dimension)
    some = record.flat[:, :, columns]
    scale = some.std(axis=(0, 1))
    weights = np.random.default_rng(20240229).standard_normal(len(columns)) / scale / np.sqrt(len(columns))
    states = (some - some.mean(axis=(0, 1))) @ weights
    # Whole windows are compared: a rounded state comes at many steps.
    starts = record.steps - _WINDOW + 1
    weights = np.random.default_rng(20240301).standard_normal(_WINDOW) / np.sqrt(_WINDOW)
    line = np.zeros((record.members, starts))
    for step, weight in enumerate(weights):
        line += weight * states[:, step : step + starts]
    line = line.ravel()
    order = np.argsort(line, kind="stable")
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    asked = np.unique(np.linspace(0, starts - 1, _STATES).astype(int)) + starts * np.arange(record.members)[:, None]
    looks = 0
    for shift in (shift for shift in range(-_NEAREST, _NEAREST + 1) if shift):
        other = order[np.clip(ranks[asked] + shift, 0, len(order) - 1)]
        near = (np.abs(line[other] - line[asked]) <= _OF_WINDOWS) & (other // starts != asked // starts)
        for one, two in zip(asked[near], other[near], strict=True):
            places = sorted(divmod(int(each), starts) for each in (one, two))
            first, second = (some[member, step : step + _WINDOW] for member, step in places)
            if not np.ptp(first, axis=0).any() or not _equal(first, second, scale).all():
                continue
            if _no_chance(some, places, scale):
                return places[0], places[1]
            looks += 1
            if looks == _MOST_LOOKS:  # where so many parts agree by chance nothing is told by one
                return None
    return None


def _no_chance(some: np.ndarray, places: list[tuple[int, ...]], scale: np.ndarray) -> bool:
    """Whether two members agree about two places for longer than they do by chance, as in spells without rain."""
    (one, first), (other, second) = places
    before = min(first, second, _AROUND)
    after = min(some.shape[1] - max(first, second), _AROUND)
    mine = some[one, first - before : first + after]

    def agree(shift: int) -> np.ndarray:
        there = (np.arange(len(mine)) + second - before + shift) % some.shape[1]
        return np.all(_equal(mine, some[other, there], scale), axis=1)

    same = agree(0)
    ends = np.flatnonzero(~np.r_[False, same, False])
    length = int(ends[ends > before].min() - ends[ends <= before].max() - 1)
    chance = np.concatenate([np.r_[agree(int(part * some.shape[1]) + 1), False] for part in _SHIFTS])
    kept = max(np.count_nonzero(chance[1:] & chance[:-1]) / max(np.count_nonzero(chance), 1), 1e-3)
    longest = int(np.diff(np.flatnonzero(~np.r_[False, chance, False])).max() - 1)
    # Agreement that lasts from step to step with this probability, begun anywhere that was looked at.
    trials = _STATES * some.shape[0] ** 2 * some.shape[1]
    return length > _LONGER * longest and (length - 1) * np.log(kept) < np.log(_IMPROBABLE / trials)


def _equal(one: np.ndarray, other: np.ndarray, scale: np.ndarray | None = None) -> np.ndarray:
    return np.abs(one - other) <= _ROUNDING * (one.std(axis=0) if scale is None else scale)
