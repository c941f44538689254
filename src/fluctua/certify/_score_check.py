r"""How well a score fits its record: marginal densities and tails, on states that the fit has not seen.

The slope of a marginal density is a conditional mean of the score, $\partial_i \ln \rho_i(x_i) = E[s_i \mid x_i]$:
binned and integrated it gives the marginal density that the score believes in, to be laid beside the data's histogram.
For the tail beyond $q$ the Stein identity with a smooth step $f$ at $q$,
$\langle \partial_i f \rangle + \langle f s_i \rangle = 0$, says whether the score pulls the states beyond $q$ back as
strongly as the data do.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..scores import AbstractScore
from ..statistics import long_run_mean

_STATES = 200_000
_BINS = 48
_MOST_VARIABLES = 12
_TAIL = 0.03  # probability beyond the threshold of a tail test


class Tail(NamedTuple):
    """One tail of one variable.

    Attributes:
        variable: Index of the state variable.
        side: +1 for the upper tail, -1 for the lower one.
        threshold: Where the tail begins, in units of the record.
        defect: Relative error of the mean pull of the score beyond the threshold; zero for the true score.
        significance: The defect divided by its standard error.
    """

    variable: int
    side: int
    threshold: float
    defect: float
    significance: float


class ScoreCheck(NamedTuple):
    """Marginal densities, shape ``(variables, bins)``, and tails of the first variables of the record."""

    value: np.ndarray
    data_density: np.ndarray
    score_density: np.ndarray
    tails: list[Tail]


def check_score(
    pieces: Sequence[Float[np.ndarray, "_ d"]],
    scores: Sequence[AbstractScore],
    effective_size: float,
    most_variables: int = _MOST_VARIABLES,
) -> ScoreCheck:
    """Compare scores with a record, each on states that it has not seen.

    Args:
        pieces: Contiguous pieces of the record, in order of time, each ``(n, d)``.
        scores: The score to be checked on each piece.
        effective_size: Effective number of independent states in all pieces.
        most_variables: Only the first variables are checked, and never more than by default.
    """
    stride = max(1, sum(len(piece) for piece in pieces) // _STATES)
    pieces = [piece[::stride] for piece in pieces]
    pulls = [score.values(piece) for piece, score in zip(pieces, scores, strict=True)]
    dimension = pieces[0].shape[1]
    tails, densities = [], []
    everything, every_pull = np.concatenate(pieces), np.concatenate(pulls)
    for variable in range(min(dimension, most_variables, _MOST_VARIABLES)):
        column = everything[:, variable]
        densities.append(_marginal(column, every_pull[:, variable]))
        for side in (1, -1):
            quantile = float(np.quantile(column, 1 - _TAIL if side > 0 else _TAIL))
            width = 0.15 * column.std()
            sums = [
                _tail_sums(states[:, variable], pull[:, variable], side, quantile, width)
                for states, pull in zip(pieces, pulls, strict=True)
            ]
            tails.append(_tail(variable, side, quantile, np.array(sums), effective_size))
    value, data, score = (np.array([density[i] for density in densities]) for i in range(3))
    return ScoreCheck(value, data, score, tails)


def _tail_sums(x: np.ndarray, pull: np.ndarray, side: int, threshold: float, width: float) -> tuple[float, float]:
    argument = np.clip(side * (x - threshold) / width, -40, 40)
    step = 1 / (1 + np.exp(-argument))
    slope = step * (1 - step) / width
    return float(slope.sum()), float((side * step * pull).sum())


def _tail(variable: int, side: int, threshold: float, sums: np.ndarray, effective_size: float) -> Tail:
    slope, pull = sums.sum(0)
    defect = (slope + pull) / max(slope, 1e-300)
    # The mean of (slope + pull) per unit of slope: its influence is what is left over.
    stderr = long_run_mean(sums.sum(1), sums[:, 0], effective_size).stderr()
    return Tail(variable, side, threshold, float(defect), float(defect / max(float(stderr), 1e-300)))


def _marginal(x: np.ndarray, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bin centres, density of the data, density implied by the mean pull in each bin."""
    low, high = np.quantile(x, [0.0005, 0.9995])
    bins = int(np.clip(len(x) // 50, 8, _BINS))
    edges = np.linspace(low, high, bins + 1)
    index = np.clip(np.searchsorted(edges, x, side="right") - 1, -1, bins)
    inside = (index >= 0) & (index < bins)
    counts = np.bincount(index[inside], minlength=bins).astype(float)
    slopes = np.bincount(index[inside], weights=pull[inside], minlength=bins)
    width = edges[1] - edges[0]
    centres = 0.5 * (edges[1:] + edges[:-1])
    filled = counts > 0
    slope = np.interp(centres, centres[filled], slopes[filled] / counts[filled])
    logarithm = np.concatenate([[0.0], np.cumsum(0.5 * width * (slope[1:] + slope[:-1]))])
    density = np.exp(logarithm - logarithm.max())
    density *= counts.sum() / len(x) / (density.sum() * width)
    full = np.full(_BINS, np.nan), np.full(_BINS, np.nan), np.full(_BINS, np.nan)
    for target, source in zip(full, (centres, counts / len(x) / width, density), strict=True):
        target[:bins] = source
    return full
