r"""Do gaps come at random, or when the state is a certain one?

Pieces between gaps are a fair sample of a system only if the gaps do not depend on its state. Where they do (a sensor
that saturates, a range of values that is taken for valid), the states beside them differ from the others: they are on
their way to, or from, what is missing. With the normal scores $s_t = \Phi^{-1}(\mathrm{rank}(x_t))$ of a variable, and
with their squares, which see gaps on both sides, the contrast

$$ \theta = \frac{1}{n_B} \sum_{t \in B} s_t - \frac1n \sum_t s_t , \qquad
   \psi_b = \sum_{t \in B \cap b} \frac{s_t - \bar s_B}{n_B} - \sum_{t \in b} \frac{s_t - \bar s}{n} $$

of the states B next to gaps has the mean zero wherever gaps are put without regard to the state. Its long-run variance
is that of the sums over blocks b, each with as many gaps as the others (``_long_run``), so that neither slow variables
nor gaps that come in clusters are taken for dependence: the ratio follows Student's law.

References:
    Lazarus, Lewis, Stock and Watson, *HAR inference: recommendations for practice*, JBES 36, 541 (2018); Rubin,
    *Inference and missing data*, Biometrika 63, 581 (1976), for what is missing at random.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.special
from jaxtyping import Float, Int

from ._autocorrelation import timescales
from ._long_run import cosine_weights
from ._rank_functions import normal_scores, ranks_of

FEWEST_GAPS = 12
_MOST_BLOCKS = 192
_FEWEST_IN_GROUP = 20


class GapDependence(NamedTuple):
    """How what lies beside gaps differs from all, for each variable, shape ``(d,)``.

    Attributes:
        shift: Mean of its normal scores: in standard deviations of a variable made Gaussian.
        spread: Mean of the squares of these, less one: positive for gaps that lie beyond both ends.
        shift_pvalue: Probability of as large a shift where gaps do not depend on the state.
        spread_pvalue: The same of the spread.
        gaps: Number of gaps.
    """

    shift: Float[np.ndarray, " d"]
    spread: Float[np.ndarray, " d"]
    shift_pvalue: Float[np.ndarray, " d"]
    spread_pvalue: Float[np.ndarray, " d"]
    gaps: int


def gap_dependence(
    values: Float[np.ndarray, "time d"], borders: Sequence[int], groups: Int[np.ndarray, " time"] | None = None
) -> GapDependence | None:
    """Compare the states before and after gaps with all states.

    Args:
        values: Pieces of a record, end to end, in any units.
        borders: Steps at which a new piece begins.
        groups: A number for each step, such as its hour, within which alone states are compared: gaps of a clock, as
            nights, lie beside states of certain hours.

    Returns:
        What was found; nothing where there are fewer than a dozen gaps.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> x = np.zeros(20_000)
        >>> for k in range(1, len(x)):
        ...     x[k] = 0.8 * x[k - 1] + 0.6 * rng.standard_normal()
        >>> def shift(seen):
        ...     kept = np.flatnonzero(seen)
        ...     found = gap_dependence(x[kept, None], (np.flatnonzero(np.diff(kept) > 1) + 1).tolist())
        ...     return bool(found.shift[0] > 0.5), bool(found.shift_pvalue[0] < 1e-9)
        >>> shift(x < 1.6), shift(rng.random(len(x)) < 0.97)
        ((True, True), (False, False))
    """
    if len(borders) < FEWEST_GAPS:
        return None
    steps, places = len(values), np.asarray(borders, int)
    scores = scores_of(values)
    beside = np.zeros(steps)
    np.add.at(beside, np.concatenate([places - 1, places]), 1.0)
    return contrast(
        _within(scores, groups),
        _within(scores**2 - 1, groups),
        (beside, np.ones(steps)),
        np.arange(steps),
        places,
        timescales(scores[None], tuple(borders)).effective_size,
    )


def scores_of(values: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """Normal quantiles of the ranks of each variable, of equal values of their mean rank."""
    return normal_scores(ranks_of(values[None])[0])


def contrast(
    scores: Float[np.ndarray, "n d"],
    squares: Float[np.ndarray, "n d"],
    weights: tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]],
    times: Int[np.ndarray, " n"],
    borders: Int[np.ndarray, " gaps"],
    effective_size: float,
) -> GapDependence:
    """Means of scores and of their squares beside gaps against those of all.

    Args:
        scores: Normal scores, in order of time.
        squares: Their squares, less one.
        weights: Weights of the scores beside gaps, and of those they are compared with.
        times: Steps to which scores belong.
        borders: Steps at which a new piece begins.
        effective_size: Effective number of independent states.
    """
    beside, others = (each / each.sum() for each in weights)
    blocks = min(_MOST_BLOCKS, len(borders))
    # A block begins in the midst of a piece, so that both sides of a gap are in one.
    middles = (np.r_[0, borders[:-1]] + borders) // 2
    starts = middles[np.linspace(0, len(borders), blocks, endpoint=False).astype(int)]
    starts[0] = 0
    block = np.searchsorted(starts, times, side="right") - 1
    cosines = cosine_weights(len(starts), min(effective_size, len(borders)))
    found = []
    for values in (scores, squares):
        mean, usual = beside @ values, others @ values
        influence = beside[:, None] * (values - mean) - others[:, None] * (values - usual)
        sums = np.zeros((len(starts), values.shape[1]))
        np.add.at(sums, block, influence)
        error = np.sqrt(np.maximum(np.sum((cosines @ sums) ** 2, axis=0), np.finfo(float).tiny))
        found.append((mean - usual, 2 * scipy.special.stdtr(len(cosines), -np.abs(mean - usual) / error)))
    (shift, shift_pvalue), (spread, spread_pvalue) = found
    return GapDependence(shift, spread, shift_pvalue, spread_pvalue, len(borders))


def _within(scores: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """The scores less the mean of their group; those of small groups say nothing."""
    if groups is None:
        return scores - scores.mean(axis=0)
    _, number, count = np.unique(groups, return_inverse=True, return_counts=True)
    mean = np.zeros((len(count), scores.shape[1]))
    np.add.at(mean, number, scores)
    left = scores - (mean / count[:, None])[number]
    return np.where((count >= _FEWEST_IN_GROUP)[number, None], left, 0.0)
