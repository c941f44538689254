r"""Check of the spread: that it does not jump, as it does where an instrument was changed.

Of each variable, and of its increments, the distance from the median is replaced by the square of its normal score, so
that far tails weigh no more than those of a Gaussian variable:

$$ y_t = \left[ \Phi^{-1}\!\left( \tfrac12 + \tfrac12 v_t \right) \right]^2, \qquad
   v_t = \left( \mathrm{rank}|x_t - \tilde x| - \tfrac12 \right) / N . $$

A jump of its mean is looked for as one of the mean of a variable (``_stationary``). A spread that varies slowly, as in
markets, has such jumps as well. It goes on varying before and after, which one jump does not: the jump has to explain
eight times as much as any stretch of what it leaves, from a twentieth of the record on. Measured: in none of 200
records with Student-t noise of 3 and 2.2 degrees of freedom; in 3 of 300 of a GARCH(1, 1) with memory of 50 steps and
in 1 of 300 whose logarithm of the spread forgets in 50 or 100 steps, of 800 to 10,000 steps; in 15 of 300 where it
forgets in 333 steps, which is a jump or two in the shorter of these. A spread twice as large from the middle on is
found in nine of ten records of 1000 steps that keep 0.5 or 0.9 at a step, and in all of 3000.
"""

from typing import NamedTuple

import numpy as np
import scipy.special

from ...statistics import ranks_of
from ..record import FEWEST_STEPS, Record, some_series
from ._stationary import JUMP_PROBABILITY, best_jump, drift

_CLEARER = 8.0
_RATIO = 1.25
_MOST_STATES, _ENOUGH_STEPS = 1 << 16, 1 << 11  # that are looked at, of all members and of each
_STRETCHES, _SHORTEST = 128, 20  # parts of the record, and stretches of so large a part
_FEWEST = 300


class _Jump(NamedTuple):
    clear: float
    column: int
    place: int
    before: float
    after: float
    increments: bool


def steady_spread(record: Record, *, levels: bool = True) -> list[str]:
    """Warn of the first variable whose spread, or that of its increments, jumps.

    Args:
        record: The record.
        levels: Whether deviations from the median are looked at; without, increments alone, whatever the mean does.
    """
    series, names = some_series(record)
    stride = max(1, min(-(-len(series) * record.steps // _MOST_STATES), record.steps // _ENOUGH_STEPS))
    found = _look(record, series, stride, levels)
    if found is None:
        return []
    what = "increments" if found.increments else "deviations from its median"
    near = f"time step {found.place} ({record.time_label(found.place)})"
    return [
        f"the spread of '{names[found.column]}' may jump near {near}: its {what} are {found.before:.3g} in the mean "
        f"before and {found.after:.3g} after. The state of a steady system has one spread, so what is answered is a "
        f"mixture of two: {_cure(record, series[..., found.column : found.column + 1], found.place, stride)}."
    ]


def _cure(record: Record, series: np.ndarray, place: int, stride: int) -> str:
    if record.borders:  # its steps are not those of the file
        return f"use what comes before or after {record.time_label(place)}"
    late = record.steps - place
    if late < FEWEST_STEPS or _look(record, series[:, place:], stride, True) is not None:
        return "use a part of the record in which it is steady"
    skip = f"--skip {record.prepared.skip + place} keeps what comes after"
    return (
        f"cut the record there ({skip})"
        if late > 0.45 * record.steps
        else (f"cut the record there ({skip}; what comes before, which is longer, may be used as a file of its own)")
    )


def _look(record: Record, series: np.ndarray, stride: int, levels: bool) -> _Jump | None:
    """The clearest jump of all columns."""
    found: list[_Jump] = []
    if series.shape[1] // stride < _FEWEST:
        return None
    whole = np.ones(record.steps, bool)
    whole[list(record.borders)] = False
    for increments in (False, True) if levels else (True,):
        if increments:
            steps = np.arange(1, series.shape[1], stride)
            steps = steps[whole[steps]]
            some = np.abs(series[:, steps] - series[:, steps - 1])
        else:
            steps = np.arange(0, series.shape[1], stride)
            some = series[:, steps]
            some = np.abs(some - np.median(some, axis=(0, 1)))
        found += _jumps(some, steps, increments)
    return max(found, key=lambda jump: jump.clear, default=None)


def _jumps(sizes: np.ndarray, steps: np.ndarray, increments: bool) -> list[_Jump]:
    """The jumps of sizes, shape ``(member, time, d)``."""
    if sizes.shape[1] < _FEWEST:
        return []
    scores = scipy.special.ndtri(0.5 + 0.5 * ranks_of(sizes)) ** 2
    measured = drift(scores)
    found = []
    for column in np.flatnonzero(measured.jump_probability * sizes.shape[2] < JUMP_PROBABILITY):
        mean = scores[..., column].mean(axis=0)
        place, _ = best_jump(mean)
        parts = np.split(sizes[..., column].mean(axis=0), [place])
        before, after = (float(part.mean()) for part in parts)
        clear = _clearness(mean)
        if clear > _CLEARER and max(before, after) > _RATIO * min(before, after):
            found.append(_Jump(clear, int(column), int(steps[place]), before, after, increments))
    return found


def _clearness(series: np.ndarray) -> float:
    """What the best jump explains, over what any stretch of what it leaves explains."""
    width = -(-series.size // _STRETCHES)
    count = series.size // width
    bins = series[: count * width].reshape(count, width).mean(axis=1)
    place, explained = best_jump(bins)
    left = np.concatenate([part - part.mean() for part in np.split(bins, [place])])
    total = np.r_[0.0, np.cumsum(left)]
    first, last = np.triu_indices(count + 1, max(2, count // _SHORTEST))
    length = last - first
    first, last, length = first[length < count], last[length < count], length[length < count]
    other = (total[last] - total[first]) ** 2 * (1 / length + 1 / (count - length))
    return float(explained / max(other.max(), np.finfo(float).tiny))
