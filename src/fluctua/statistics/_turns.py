r"""Is a variable an angle that jumps where its circle was cut: from 360 to 0, or from $\pi$ to $-\pi$?

As a number such a variable moves by a whole turn where the direction hardly moves: neither its mean nor a small push on
it means what it says. Four things together tell it from a variable that happens to have these limits:

- all values lie within one turn, from 0 on or about 0, and come within a twentieth of it to both ends;
- three neighbours or more differ by over three quarters of a turn, and over twice as many as by about half a turn: what
  is merely widely spread makes the shorter moves more often;
- the short way round the circle these moves are as small as all others, up to a factor of two in the median. Of
  independent normal moves with deviation s those across a place have the mean $\langle \Delta^2 \rangle /
  \langle |\Delta| \rangle = 1.25\, s$; two states with the cut between them are farther apart.

An angle that was unwrapped leaves the turn, and one that never crosses its cut does not jump.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

_SIZES = (360.0, 2 * np.pi)
_NEAR = 0.05  # of a turn, from its ends
_LARGE, _MIDDLE = 0.75, (0.4, 0.6)  # of a turn
_FEWEST, _OFTENER = 3, 2.0
_AS_SMALL = 2.0
_SECTORS = 36
_FREE = 2  # sectors without a value in which a circle may be cut


class Turn(NamedTuple):
    """The circle of an angle.

    Attributes:
        low: Where it is cut, in units of the variable.
        high: The same place one turn on.
        jumps: How often neighbours lie on its two sides.
        cut: Another place, between ``low`` and ``high``, about which there is no value; None where there is none.
    """

    low: float
    high: float
    jumps: int
    cut: float | None


def angle_turn(series: Float[np.ndarray, "member time"], among: np.ndarray | None = None) -> Turn | None:
    """The circle of a variable that is an angle and jumps where that was cut; None for all others.

    Args:
        series: The variable in its own units, which are degrees or radians if it is an angle.
        among: Values of others on the same circle, which has to be cut at one place for all; none by default.

    Example:
        >>> import numpy as np
        >>> x = np.zeros((1, 2000))
        >>> for k in range(1, 2000):
        ...     x[0, k] = 0.9 * x[0, k - 1] + 10 * np.random.default_rng(k).standard_normal()
        >>> turn = angle_turn((350 + x) % 360)
        >>> turn.low, turn.high, turn.jumps > 100, 120 < turn.cut < 220, angle_turn(350 + x)
        (0.0, 360.0, True, True, None)
    """
    for size in _SIZES:
        for low in (0.0, -size / 2):
            if _fills(float(series.min()), float(series.max()), low, size):
                jumps = _jumps(series, size)
                held = series.ravel() if among is None else np.concatenate([series.ravel(), among.ravel()])
                return Turn(low, low + size, jumps, _free((held - low) % size, size, low)) if jumps else None
    return None


def may_turn(least: Float[np.ndarray, " d"], most: Float[np.ndarray, " d"]) -> np.ndarray:
    """Which variables have the limits of an angle, ``(d,)``, from the smallest and the largest value of each."""
    found = [_fills(least, most, low, size) for size in _SIZES for low in (0.0, -size / 2)]
    return np.any(found, axis=0)


def _fills(least: Any, most: Any, low: float, size: float) -> Any:
    edge = 1e-6 * size
    begins = (low - edge <= least) & (least <= low + _NEAR * size)
    return begins & (low + (1 - _NEAR) * size <= most) & (most <= low + size + edge)


def _jumps(series: np.ndarray, size: float) -> int:
    moves = np.abs(np.diff(series, axis=1)) / size
    across = moves > _LARGE
    count = int(np.count_nonzero(across))
    if count < _FEWEST or count == moves.size:
        return 0
    middle = np.count_nonzero((moves > _MIDDLE[0]) & (moves < _MIDDLE[1]))
    short = np.median(np.abs(1 - moves[across]))
    return count if count > _OFTENER * middle and short <= _AS_SMALL * np.sqrt(np.mean(moves[~across] ** 2)) else 0


def _free(above: np.ndarray, size: float, low: float) -> float | None:
    """The middle of the widest part of the circle without a value."""
    counts = np.bincount((above * (_SECTORS / size)).astype(int).ravel() % _SECTORS, minlength=_SECTORS)
    held = np.flatnonzero(counts)
    widths = np.diff(np.r_[held, held[0] + _SECTORS]) - 1
    widest = int(np.argmax(widths))
    if widths[widest] < _FREE:
        return None
    middle = (held[widest] + 1 + widths[widest] / 2) % _SECTORS
    return float(low + middle * size / _SECTORS)
