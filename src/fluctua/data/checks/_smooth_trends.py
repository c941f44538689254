"""Is there a smooth trend that no straight line describes, and what takes it out?"""

from typing import NamedTuple

import numpy as np

from ...statistics import normal_scores, ranks_of
from ..record import FEWEST_STEPS
from ._curves import curves
from ._stationary import JUMP_PROBABILITY, drift

_SHARE, _PROBABILITY = 0.03, 1e-6
_REFUSED_SHARE, _REFUSED_PROBABILITY = 0.25, 1e-12
_SCORED = 1e-2
_LEFT = 1e-3  # probability of what is left, above which nothing is
_FEWEST_MEMORIES = 40
_HIGHEST = 7
_MOST_LOOKED_AT = 16


class Trend(NamedTuple):
    """A smooth trend of one column.

    Attributes:
        column: Which one.
        share: Share of its variance.
        probability: Of as much in a stationary record, for all columns together.
        degree: Degree of the polynomial in time that takes it out.
        refused: Whether it is too clear and too large to be chance.
    """

    column: int
    share: float
    probability: float
    degree: int
    refused: bool

    @property
    def explained(self) -> str:
        """What it explains, in words."""
        kind = "straight line" if self.degree == 1 else f"smooth curve (a polynomial of degree {self.degree})"
        return f"a {kind} in time explains {self.share:.0%} of its variance"


def smooth_trend(series: np.ndarray) -> Trend | None:
    """The clearest smooth trend, or nothing where there is none, or where a jump explains more.

    Nothing is said where what it leaves spans too few of its memories: such a record is slow. As a line (``_mean``), it
    has to be there in normal scores as well.

    Args:
        series: Shape ``(member, time, d)``.
    """
    found = curves(series)
    probability = np.minimum(found.probability * found.probability.size, 1.0)
    clear = (found.share > _SHARE) & (probability < _PROBABILITY)
    order = np.argsort(np.where(clear, probability, 2.0), kind="stable")[: min(int(clear.sum()), _MOST_LOOKED_AT)]
    for column in order.tolist():
        one = series[..., column]
        if curves(normal_scores(ranks_of(one[..., None]))).probability[0] > _SCORED:
            continue
        degree = degree_that_takes_out(one)
        measured = drift(one[..., None])
        jumps = measured.jump_probability[0] < JUMP_PROBABILITY
        if degree is None or (jumps and measured.jump_share[0] > found.share[column]):
            continue
        share, chance = float(found.share[column]), float(probability[column])
        refused = share > _REFUSED_SHARE and chance < _REFUSED_PROBABILITY
        return Trend(column, share, chance, degree, refused)
    return None


def degree_that_takes_out(series: np.ndarray) -> int | None:
    """Degree of the polynomial that leaves nothing of a trend, or None where none is found.

    Args:
        series: Shape ``(member, time)``.
    """
    if series.shape[1] < FEWEST_STEPS:
        return None
    for degree in range(int(curves(series[..., None]).degree[0]), _HIGHEST + 1):
        basis = _polynomials(series.shape[1], degree)
        left = (series - (series @ basis) @ basis.T)[..., None]
        if curves(left).probability[0] < _LEFT:
            continue
        return degree if drift(left).span[0] >= _FEWEST_MEMORIES else None
    return None


def explained_by_polynomial(series: np.ndarray, degree: int) -> float:
    """Squares of a series about its mean, shape ``(time,)``, that a polynomial in time explains."""
    return float(np.sum((series @ _polynomials(len(series), degree)[:, 1:]) ** 2))


def _polynomials(steps: int, degree: int) -> np.ndarray:
    """Orthonormal polynomials from degree 0 on, shape ``(time, 1 + degree)``."""
    return np.linalg.qr(np.polynomial.legendre.legvander(np.linspace(-1, 1, steps), degree))[0]
