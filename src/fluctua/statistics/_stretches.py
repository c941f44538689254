"""A bounded part of a long record, for what a part can tell: times, functions, scores and tests."""

import numpy as np
from jaxtyping import Shaped

from ..core import States, in_memory

MOST_NUMBERS = 1 << 23
"""Numbers of a part; a record of no more is taken as a whole."""

_COUNT = 24  # stretches: each of two, three or four folds has equally many


def stretches(
    values: States, numbers: int = MOST_NUMBERS, beside: States | None = None
) -> Shaped[np.ndarray, "stretch time ..."]:
    """Contiguous stretches of one length, each in the middle of its part of the record, or all of a short record.

    They come in the order of the record, members one after the other, so that as many lie in each of a few folds.

    Args:
        values: The record, in memory or stored, shape ``(member, time, *state)``.
        numbers: Largest number of numbers.
        beside: What is to be taken at the same states in place of the record itself.

    Example:
        >>> stretches(np.arange(1000.0).reshape(1, 1000, 1), numbers=240).shape
        (24, 10, 1)
    """
    taken = values if beside is None else beside
    if values.size <= numbers:
        return in_memory(taken)
    members, steps, *state = values.shape
    places, length = stretch_places(members, steps, max(1, numbers // int(np.prod(state))))
    return np.stack([taken[member, start : start + length] for member, start in places])


def stretch_places(members: int, steps: int, states: int, count: int = _COUNT) -> tuple[list[tuple[int, int]], int]:
    """Members and first steps of such stretches of so many states in all, and their length."""
    if members * steps <= states:
        return [(member, 0) for member in range(members)], steps
    length = min(steps, max(1, states // count))
    count = max(1, states // length)
    part = members * steps / count
    places = []
    for number in range(count):
        middle = (number + 0.5) * part
        member = int(middle // steps)
        start = int(np.clip(middle - member * steps - length / 2, 0, steps - length))
        places.append((member, start))
    return list(dict.fromkeys(places)), length
