r"""Do gaps come at random, or where a variable moves by much?

Whoever takes out spikes, or states next to large moves, takes away the large increments: what is left moves less than
the system does. The states beside such gaps may look like all others (``_gaps``); three things do not:

- the increments *across* gaps, $x_{t+l} - x_t$ with the gap between, against those over as many steps l within pieces:
  a jump that lasts is still there when the record goes on;
- the increments of one step next to gaps, against the others, of variables that move smoothly;
- where only what lies off both neighbours was taken out, nothing that is left beside the gaps tells of it, yet the
  largest of what is left *end abruptly*: values of a law whose density falls to zero at its end, by the second power or
  faster, are rare near the largest one, those below a limit are as many as anywhere. Of the m largest of n increments,
  m the number of gaps, each less the (m+1)-th and divided by that of the largest, the mean is compared with its law
  where the density falls by the second power; and so is that of the larger half of them, for an end is one however
  closely it is looked at. Increments that come in several sizes, as those of a variable that jumps between levels or is
  kicked, have a density that rises again before its end, and those of a variable within limits, such as an angle, end
  at the width of these: neither was cut off.

The first two are contrasts of normal scores as in ``_gaps``.

References:
    Beirlant, Fraga Alves and Gomes, *Tail fitting for truncated and non-truncated Pareto-type distributions*, Extremes
    19, 429 (2016), for tests of truncation from the spacings of the largest values; Grenander, *On the theory of
    mortality measurement II*, Skandinavisk Aktuarietidskrift 39, 125 (1956), for the nearest density that only falls.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy.special
from jaxtyping import Float, Int

from ._autocorrelation import timescales
from ._gaps import FEWEST_GAPS, GapDependence, contrast, scores_of

_LONGEST = 32  # steps: a gap as long says little of a move in it
_MOST_LENGTHS = 6  # of gaps, the commonest ones
_MOST_COMPARED = 100_000  # increments of each length
_FEWEST_COMPARED, _FEWEST_IN_GROUP = 50, 20
_FEWEST_LARGEST, _MOST_LARGEST = 20, 200
_POWER = 2  # by which the density of a law without a limit falls to zero at its end, at least
_DRAWS = 4000
_SMOOTH = 0.5  # autocorrelation of increments, beyond which the largest come in runs and are no independent values
_ROUNDED = 8  # units of rounding that the largest have to span
_LIMITED = 0.7  # of the range of the variable itself, beyond which that is what ends its increments
_RISES = 1.3  # distance to the nearest falling density, times the root of m: beyond it in 1 of 10 where it is level
_HALF_CHANCE = 0.01


class IncrementDependence(NamedTuple):
    """What tells that gaps lie where a variable moves by much.

    Attributes:
        across: Increments across gaps against those within pieces; None where too few can be compared.
        beside: Increments of one step next to gaps against the others; None likewise.
        limit: Largest increment, for each variable, where increments end abruptly, shape ``(d,)``.
        limit_pvalue: Probability of so abrupt an end, 1 where it was not looked for.
        off_both: Whether what ends abruptly is the distance from the middle of both neighbours.
    """

    across: GapDependence | None
    beside: GapDependence | None
    limit: Float[np.ndarray, " d"]
    limit_pvalue: Float[np.ndarray, " d"]
    off_both: np.ndarray


def increment_dependence(
    values: Float[np.ndarray, "time d"],
    borders: Sequence[int],
    lengths: Int[np.ndarray, " gaps"],
    groups: Int[np.ndarray, " time"] | None = None,
) -> IncrementDependence | None:
    """Compare the increments across and beside gaps with the others, and look at the end of their law.

    Args:
        values: Pieces of a record, end to end, in any units.
        borders: Steps at which a new piece begins.
        lengths: Steps from the last state before each border to the first one after it; below 2 where pieces do not
            follow one another, as those of several runs.
        groups: As in ``gap_dependence``.

    Returns:
        What was found; nothing where there are fewer than a dozen gaps.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> x = np.zeros(20_000)
        >>> for k in range(1, len(x)):
        ...     x[k] = 0.8 * x[k - 1] + 0.6 * rng.standard_normal()
        >>> def seen(kept):
        ...     kept = np.flatnonzero(kept)
        ...     borders = np.flatnonzero(np.diff(kept) > 1) + 1
        ...     found = increment_dependence(x[kept, None], borders.tolist(), kept[borders] - kept[borders - 1])
        ...     return [bool(each < 1e-6) for each in (found.across.spread_pvalue[0], found.limit_pvalue[0])]
        >>> middle = np.r_[0, np.abs(x[1:-1] - (x[2:] + x[:-2]) / 2), 0]
        >>> seen(np.r_[True, np.abs(np.diff(x)) < 1.5]), seen(middle < 1.2), seen(rng.random(len(x)) < 0.97)
        ([True, True], [False, True], [False, False])
    """
    places = np.asarray(borders, int)
    inside = lengths >= 2
    if np.count_nonzero(inside) < FEWEST_GAPS:
        return None
    piece = np.searchsorted(places, np.arange(len(values)), side="right")
    limits = [_limits(column, piece, int(np.count_nonzero(inside))) for column in values.T]
    return IncrementDependence(
        _across(values, piece, places, np.where(inside, lengths, 0), groups),
        _beside(values, piece, places, groups),
        np.array([limit for limit, _, _ in limits]),
        np.array([pvalue for _, pvalue, _ in limits]),
        np.array([off for _, _, off in limits]),
    )


def _across(
    values: np.ndarray, piece: np.ndarray, borders: np.ndarray, lengths: np.ndarray, groups: np.ndarray | None
) -> GapDependence | None:
    """The contrast of increments across gaps."""
    common, count = np.unique(lengths[(lengths >= 2) & (lengths <= _LONGEST)], return_counts=True)
    times, scores, weights = [], [], []
    for length in common[np.argsort(-count)][:_MOST_LENGTHS]:
        at = borders[lengths == length] - 1
        others = _thinned(np.flatnonzero(piece[length:] == piece[:-length]))
        if others.size < max(_FEWEST_COMPARED, 5 * at.size):
            continue
        moves = np.concatenate([values[at + 1] - values[at], values[others + length] - values[others]])
        times.append(np.concatenate([at, others]))
        scores.append(scores_of(moves))
        weights.append(_weights(times[-1], at.size, groups))
    if not times or sum(each[0].sum() for each in weights) < FEWEST_GAPS:
        return None
    return _contrast(np.concatenate(times), np.concatenate(scores), np.concatenate(weights, axis=1), borders)


def _beside(
    values: np.ndarray, piece: np.ndarray, borders: np.ndarray, groups: np.ndarray | None
) -> GapDependence | None:
    """The contrast of increments of one step next to gaps."""
    near = np.concatenate([borders - 2, borders])
    near = near[(near >= 0) & (near < len(piece) - 1)]
    near = near[piece[near] == piece[near + 1]]
    others = _thinned(np.flatnonzero(piece[1:] == piece[:-1]))
    if near.size < FEWEST_GAPS or others.size < max(_FEWEST_COMPARED, near.size):
        return None
    times = np.concatenate([near, others])
    moves = values[times + 1] - values[times]
    weights = _weights(times, near.size, groups)
    if weights[0].sum() < FEWEST_GAPS:
        return None
    return _contrast(times, scores_of(moves), weights, borders)


def _thinned(steps: np.ndarray) -> np.ndarray:
    """No more than so many of them, at random: every tenth could be one hour of the day."""
    if steps.size <= _MOST_COMPARED:
        return steps
    return np.sort(np.random.default_rng(steps.size).choice(steps, _MOST_COMPARED, replace=False))


def _weights(times: np.ndarray, first: int, groups: np.ndarray | None) -> np.ndarray:
    """Weights of the first increments, those of gaps, and of the others, as many in each group as there are gaps."""
    own = np.arange(times.size) < first
    number = np.zeros(times.size, int) if groups is None else np.unique(groups[times], return_inverse=True)[1]
    gaps, others = (np.bincount(number, each, number.max() + 1) for each in (own, ~own))
    known = others >= _FEWEST_IN_GROUP
    share = np.where(known, gaps / np.maximum(others, 1), 0.0)
    return np.stack([own * known[number], ~own * share[number]])


def _contrast(times: np.ndarray, scores: np.ndarray, weights: np.ndarray, borders: np.ndarray) -> GapDependence:
    order = np.argsort(times, kind="stable")
    scores, squares = scores[order], scores[order] ** 2 - 1
    # How long large moves stay large: the squares of the increments, as they follow one another.
    effective = timescales(squares[weights[0, order] == 0][None]).effective_size
    return contrast(scores, squares, (weights[0, order], weights[1, order]), times[order], borders, effective)


def _limits(series: np.ndarray, piece: np.ndarray, gaps: int) -> tuple[float, float, bool]:
    """Where increments end abruptly, its p-value, and whether those from the middle of both neighbours do."""
    moves = np.diff(series)
    whole = piece[1:] == piece[:-1]
    both = whole[1:] & whole[:-1]
    if np.count_nonzero(both) < _FEWEST_COMPARED:
        return 0.0, 1.0, False
    follow = np.corrcoef(moves[1:][both], moves[:-1][both])[0, 1] if np.ptp(moves[1:][both]) else 1.0
    if not follow < _SMOOTH:
        return 0.0, 1.0, False
    off = np.abs(np.diff(moves)[both]) / 2
    moves = moves[whole]
    looked = [(moves, False), (-moves, False), (np.abs(moves), False), (off, True)]
    widest = _LIMITED * float(np.ptp(series))
    pvalues = [_abrupt_end(each, gaps) if each.max() < widest else 1.0 for each, _ in looked]
    first = int(np.argmin(pvalues))
    return float(looked[first][0].max()), min(1.0, len(looked) * pvalues[first]), looked[first][1]


def _abrupt_end(values: np.ndarray, gaps: int) -> float:
    """Probability of as many values near the largest one where the density falls to zero there."""
    count = min(gaps, _MOST_LARGEST)
    if count < _FEWEST_LARGEST or 10 * count > values.size:
        return 1.0
    largest = np.sort(np.partition(values, -count - 1)[-count - 1 :])
    above = largest - largest[0]
    distinct = np.diff(np.unique(largest))
    if distinct.size < _ROUNDED or above[-1] < _ROUNDED * distinct.min():
        return 1.0
    if np.count_nonzero(values > largest[0] - above[-1]) < 2 * count:  # a mode of its own, not the end of a tail
        return 1.0
    half = largest[-max(count // 2, _FEWEST_LARGEST) - 1 :]
    if _rise(above) > _RISES or _chance(half - half[0]) > _HALF_CHANCE:
        return 1.0
    return _chance(above)


def _chance(above: np.ndarray) -> float:
    """Probability of a mean as large, of values in order less the first one, which is not counted."""
    mean, deviation = _law_of_mean(len(above) - 1)
    return float(scipy.special.ndtr((mean - np.sqrt(above[1:-1].mean() / above[-1])) / deviation))


def _rise(above: np.ndarray) -> float:
    """How far the distribution of values in order lies below the least one of a density that only falls."""
    count = len(above) - 1
    share = np.arange(count + 1) / count
    hull = [0]
    for place in range(1, count + 1):
        while len(hull) > 1:
            first, last = hull[-2:]
            if (share[last] - share[first]) * (above[place] - above[last]) > (share[place] - share[last]) * (
                above[last] - above[first]
            ):
                break
            hull.pop()
        hull.append(place)
    return float(np.sqrt(count) * np.max(np.interp(above, above[hull], share[hull]) - share + 1 / count))


@lru_cache
def _law_of_mean(count: int) -> tuple[float, float]:
    """Mean and standard deviation of the root of the mean of all but the largest, over the largest.

    The root is normal as far as a probability of 1e-5, of which the mean itself has three times as much.
    """
    draws = 1 - np.random.default_rng(count).random((_DRAWS, count)) ** (1 / (1 + _POWER))
    largest = draws.max(axis=1)
    means = np.sqrt((draws.sum(axis=1) / largest - 1) / (count - 1))
    return float(means.mean()), float(means.std())
