"""Whether drawn states and a record can be distinguished, variable by variable and pair by pair."""

from typing import NamedTuple

import numpy as np
import scipy  # its submodule is loaded when it is first used
from jaxtyping import Float

from ..core import DataError
from ..statistics import timescales

QUANTILE_LEVELS = (0.01, 0.05, 0.5, 0.95, 0.99)
"""Levels of the quantiles that are compared."""

FALSE_ALARM = 0.01
"""Probability that anything at all is flagged although both are draws of one density."""

_LARGEST_CORRELATION = 1.0 - 1e-9


class Agreement(NamedTuple):
    """Statistics of a record and of drawn states, with what sampling alone leaves open.

    Attributes:
        effective_size: Effective number of independent states of the record, by variable.
        record_mean: Means, shape ``(d,)``.
        drawn_mean: The same of the drawn states.
        record_deviation: Standard deviations, shape ``(d,)``.
        drawn_deviation: The same of the drawn states.
        record_quantiles: Quantiles at ``QUANTILE_LEVELS``, shape ``(d, quantile)``.
        drawn_quantiles: The same of the drawn states.
        record_share: Share of the record up to its own quantile; the level, but for values that repeat.
        drawn_share: Share of the drawn states up to the quantile of the record.
        lowest_share: Smallest such share that sampling leaves open.
        highest_share: Largest one.
        distance: Kolmogorov-Smirnov distance, shape ``(d,)``.
        distance_limit: Largest one that sampling leaves open.
        record_correlation: Spearman's rank correlations, shape ``(d, d)``.
        drawn_correlation: The same of the drawn states.
        correlation_limit: Largest difference of their Fisher transforms that sampling leaves open.
    """

    effective_size: Float[np.ndarray, " d"]
    record_mean: Float[np.ndarray, " d"]
    drawn_mean: Float[np.ndarray, " d"]
    record_deviation: Float[np.ndarray, " d"]
    drawn_deviation: Float[np.ndarray, " d"]
    record_quantiles: Float[np.ndarray, "d q"]
    drawn_quantiles: Float[np.ndarray, "d q"]
    record_share: Float[np.ndarray, "d q"]
    drawn_share: Float[np.ndarray, "d q"]
    lowest_share: Float[np.ndarray, "d q"]
    highest_share: Float[np.ndarray, "d q"]
    distance: Float[np.ndarray, " d"]
    distance_limit: Float[np.ndarray, " d"]
    record_correlation: Float[np.ndarray, "d d"]
    drawn_correlation: Float[np.ndarray, "d d"]
    correlation_limit: Float[np.ndarray, "d d"]

    @property
    def distant(self) -> np.ndarray:
        """Variables whose Kolmogorov-Smirnov distance is too large, shape ``(d,)``."""
        return self.distance > self.distance_limit

    @property
    def misplaced(self) -> np.ndarray:
        """Quantiles with a wrong share of the drawn states below, shape ``(d, quantile)``."""
        return (self.drawn_share < self.lowest_share) | (self.drawn_share > self.highest_share)

    @property
    def uncorrelated(self) -> np.ndarray:
        """Pairs whose rank correlations differ too much, shape ``(d, d)``."""
        difference = fisher_transform(self.record_correlation) - fisher_transform(self.drawn_correlation)
        return np.abs(difference) > self.correlation_limit

    @property
    def agrees(self) -> bool:
        """Whether nothing differs by more than sampling explains."""
        return not (self.distant.any() or self.misplaced.any() or self.uncorrelated.any())


def compare_states(
    record: Float[np.ndarray, "member time d"], drawn: Float[np.ndarray, "n d"], false_alarm: float = FALSE_ALARM
) -> Agreement:
    r"""Compare drawn states, independent of one another, with a record whose states are not.

    A record of $N$ correlated states knows its density as well as $n$ independent ones do (``timescales``, variable by
    variable; indicators mostly forget sooner than the variable, so that $n$ is on the safe side). Two samples of $n$
    and $m$ differ like one of $n' = nm / (n + m)$ from its density:

    * the Kolmogorov-Smirnov distance is below $K^{-1}(1 - \alpha) / \sqrt{n'}$, with $K$ Kolmogorov's law;
    * the share below the record's quantile of level $p$ has the law $B(n' p, n' (1 - p))$ of an order statistic, also
      where $n' p$ is a handful and a normal law would be wrong;
    * Spearman's rank correlations, by Fisher's transform, differ like a normal variable of variance $1.06 / (n' - 3)$.

    Each is tested at $\alpha$, the probability of a false alarm divided by the number of tests. States drawn from a
    score that was learned from this record are closer to it than a new record would be: what is flagged is real, and
    what is not flagged was not necessarily learned.

    Args:
        record: The record.
        drawn: The drawn states.
        false_alarm: Probability that at least one test fails by chance.

    Raises:
        DataError: No drawn states, or other variables than in the record.

    Example:
        >>> import numpy as np
        >>> generator = np.random.default_rng(0)
        >>> record, drawn = generator.standard_normal((1, 2000, 2)), generator.standard_normal((5000, 2))
        >>> bool(compare_states(record, drawn).distant.any()), compare_states(record, 1.5 * drawn).distant.tolist()
        (False, [True, True])

    References:
        Fieller, Hartley and Pearson, *Tests for rank correlation coefficients*, Biometrika 44, 470 (1957), for the
        variance of Fisher's transform.
    """
    flat = record.reshape(-1, record.shape[2])
    dimension = flat.shape[1]
    if drawn.ndim != 2 or drawn.shape[1] != dimension or len(drawn) < 1:
        raise DataError(
            f"drawn states of shape {drawn.shape} were given",
            f"at least one state of {dimension} variables is needed for a comparison",
            "draw more states",
        )
    sizes = np.array([timescales(record[:, :, [index]]).effective_size for index in range(dimension)])
    common = sizes * len(drawn) / (sizes + len(drawn))
    tests = dimension * (1 + len(QUANTILE_LEVELS)) + dimension * (dimension - 1) // 2
    level = false_alarm / tests
    quantiles = np.quantile(flat, QUANTILE_LEVELS, axis=0).T
    own, others = _shares(flat, quantiles), _shares(drawn, quantiles)
    # A share of 0 or 1 would be certain: half a state stands in for none.
    certain = np.clip(own, 0.5 / common[:, None], 1.0 - 0.5 / common[:, None])
    order = scipy.stats.beta(common[:, None] * certain, common[:, None] * (1.0 - certain))
    pairs = np.minimum.outer(common, common)
    spread = np.sqrt(1.06 / np.maximum(pairs - 3.0, 1.0))
    return Agreement(
        effective_size=sizes,
        record_mean=flat.mean(axis=0),
        drawn_mean=drawn.mean(axis=0),
        record_deviation=flat.std(axis=0),
        drawn_deviation=drawn.std(axis=0),
        record_quantiles=quantiles,
        drawn_quantiles=np.quantile(drawn, QUANTILE_LEVELS, axis=0).T,
        record_share=own,
        drawn_share=others,
        # A share of m states is a multiple of 1 / m, which matters where they are few.
        lowest_share=np.where(own <= 0.0, 0.0, np.maximum(order.ppf(level / 2.0) - 1.0 / len(drawn), 0.0)),
        highest_share=np.where(own >= 1.0, 1.0, np.minimum(order.isf(level / 2.0) + 1.0 / len(drawn), 1.0)),
        distance=np.array([_distance(flat[:, index], drawn[:, index]) for index in range(dimension)]),
        distance_limit=scipy.stats.kstwobign.isf(level) / np.sqrt(common),
        record_correlation=_rank_correlation(flat),
        drawn_correlation=_rank_correlation(drawn),
        correlation_limit=scipy.stats.norm.isf(level / 2.0) * spread,
    )


def _shares(states: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Shares of the states up to each quantile, shape ``(d, quantile)``."""
    return np.stack([(states <= column).mean(axis=0) for column in quantiles.T], axis=1)


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference of two empirical distribution functions."""
    one, other = np.sort(one), np.sort(other)
    places = np.concatenate([one, other])
    heights = [np.searchsorted(values, places, side="right") / len(values) for values in (one, other)]
    return float(np.max(np.abs(heights[0] - heights[1])))


def _rank_correlation(states: np.ndarray) -> np.ndarray:
    ranks = scipy.stats.rankdata(states, axis=0)
    if (np.ptp(ranks, axis=0) == 0.0).any():  # a few states may all be the same
        return np.eye(states.shape[1])
    return np.atleast_2d(np.corrcoef(ranks, rowvar=False))


def fisher_transform(correlation: np.ndarray) -> np.ndarray:
    """The inverse hyperbolic tangent, by which the spread of a correlation does not depend on it."""
    return np.arctanh(np.clip(correlation, -_LARGEST_CORRELATION, _LARGEST_CORRELATION))
