r"""Which of two estimates leads: the Markov one where the record lets it stand, the robust one elsewhere.

The doubly robust estimate $K_{DR}$ (1) assumes stationarity alone. The Markov one $K_M$ (2) is quieter, and wrong where
the recorded state is not Markov or its functions are not carried over by a step s. Both are averages over the same
record, so the covariance of their difference $\Delta = K_M - K_{DR}$ comes from the same sums: a Chapman-Kolmogorov
test, Hotelling's on the leading $m \le 3$ directions $v_i$ of that covariance with $\nu$ degrees of freedom,

$$ T^2 = \sum_{i \le m} \frac{(v_i \cdot \Delta)^2}{\lambda_i}, \qquad
   \frac{\nu - m + 1}{\nu m}\, T^2 \sim F(m, \nu - m + 1). \tag{3} $$

Of several steps the one with the smallest estimated mean square error is taken: the variance and the square of the bias,
which is what the squared difference from an estimate with a longer step exceeds its expected noise by, and that by more
than two of its standard errors.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.special
from jaxtyping import Bool, Float, Int

from ..statistics import Estimate, with_flat_spectrum

LEVEL = 0.05  # of the test for one push and observable, below which the robust estimate leads
_DIRECTIONS = 3
_SHARE = 0.05  # of the variance that a direction has to carry


class Headline(NamedTuple):
    """What leads, and why.

    Attributes:
        impulse: The estimate that leads, for each push and observable.
        markov: The Markov estimate with the step that was taken.
        steps: That step, shape ``(pushes, observables)``; zero where there is none.
        leads: Whether the Markov estimate leads, shape ``(pushes, observables)``.
        p_values: Of the Chapman-Kolmogorov test, shape ``(pushes, observables)``.
    """

    impulse: Estimate
    markov: Estimate
    steps: Int[np.ndarray, "q p"]
    leads: Bool[np.ndarray, "q p"]
    p_values: Float[np.ndarray, "q p"]

    @property
    def p_value(self) -> float:
        """Of all pushes and observables together, by Bonferroni's inequality."""
        return float(min(1.0, self.p_values.size * self.p_values.min()))


def choose_headline(robust: Estimate, candidates: Sequence[Estimate], ladder: Sequence[int], horizon: int) -> Headline:
    """Choose a step for each push and observable, test it, and let the better estimate lead.

    Args:
        robust: $K_{DR}$, curves ``(pushes, lags, observables, *grid)``.
        candidates: $K_M$ for each step of the ladder.
        ladder: The steps, rising.
        horizon: The largest lag that decides about a step.
    """
    q, p = robust.value.shape[0], robust.value.shape[2]
    if not candidates:
        ones = np.ones((q, p))
        same = settled(robust)
        return Headline(same, same, np.zeros((q, p), int), np.zeros((q, p), bool), ones)
    everyone = [*candidates, robust]
    early = [(_values(e.value[:, : horizon + 1]), _rows(e.factor[:, :, : horizon + 1])) for e in everyone]
    errors = np.array([_error(early, place) for place in range(len(candidates))])
    chosen = errors.argmin(axis=0)
    markov = _pick(candidates, chosen)
    p_values = chapman_kolmogorov(robust, markov)
    leads = p_values > LEVEL
    impulse = _pick([robust, markov], leads.astype(int))
    return Headline(settled(impulse), settled(markov), np.asarray(ladder)[chosen], leads, p_values)


def chapman_kolmogorov(robust: Estimate, markov: Estimate) -> Float[np.ndarray, "q p"]:
    """The p-value of (3) for each push and observable."""
    found = settled(Estimate(markov.value - robust.value, markov.factor - robust.factor, len(robust.factor)))
    difference, rows = _values(found.value), _rows(found.factor)
    freedom = np.asarray(found.freedom).reshape(difference.shape[:2])
    # The Gram matrix of the rows has the eigenvalues of the covariance, and no more rows than there are cosines.
    values, vectors = np.linalg.eigh(np.einsum("jqpt,kqpt->qpjk", rows, rows, optimize=True))
    shadows = np.einsum("qpji,jqpt,qpt->qpi", vectors, rows, difference, optimize=True)
    values, shadows = values[..., ::-1][..., :_DIRECTIONS], shadows[..., ::-1][..., :_DIRECTIONS]
    used = values > np.maximum(_SHARE * values[..., :1], 1e-280)
    squares = np.sum(np.where(used, np.square(shadows / np.where(used, values, 1.0)), 0.0), axis=-1)
    m = np.maximum(used.sum(axis=-1), 1)
    statistic = (freedom - m + 1) / (freedom * m) * squares
    return np.where(used.any(axis=-1), scipy.special.fdtrc(m, freedom - m + 1, statistic), 1.0)


def settled(estimate: Estimate) -> Estimate:
    """Curves ``(q, lags, p, *grid)`` with the number of cosines that the spectrum of each push and observable allows."""
    return with_flat_spectrum(estimate, (1, *range(3, estimate.value.ndim)))


def _error(
    early: list[tuple[Float[np.ndarray, "q p t"], Float[np.ndarray, "rows q p t"]]], place: int
) -> Float[np.ndarray, "q p"]:
    """The estimated mean square error of one candidate, over the lags that decide."""
    value, rows = early[place]
    bias = np.zeros(value.shape[:2])
    for other, other_rows in early[place + 1 :]:
        between = rows - other_rows
        noise = np.sum(between**2, axis=(0, 3))
        overlaps = np.einsum("jqpt,kqpt->qpjk", between, between, optimize=True)
        dimensions = noise**2 / np.maximum(np.sum(overlaps**2, axis=(2, 3)), 1e-300)
        limit = noise * (1 + np.sqrt(2 / np.maximum(dimensions, 1.0)))
        bias = np.maximum(bias, np.sum((value - other) ** 2, axis=2) - limit)
    return np.sum(rows**2, axis=(0, 3)) + bias


def _pick(estimates: Sequence[Estimate], choice: Int[np.ndarray, "q p"]) -> Estimate:
    """One of several estimates for each push and observable."""
    first = estimates[0]
    place = choice[:, None, :, *[None] * (first.value.ndim - 3)]
    value, factor = first.value, first.factor
    for number, other in enumerate(estimates[1:], 1):
        value = np.where(place == number, other.value, value)
        factor = np.where(place == number, other.factor, factor)
    return Estimate(value, factor, first.freedom)


def _values(curves: Float[np.ndarray, "q lags p ..."]) -> Float[np.ndarray, "q p t"]:
    return np.moveaxis(curves, 1, -1).reshape(curves.shape[0], curves.shape[2], -1)


def _rows(factor: Float[np.ndarray, "rows q lags p ..."]) -> Float[np.ndarray, "rows q p t"]:
    return np.moveaxis(factor, 2, -1).reshape(len(factor), factor.shape[1], factor.shape[3], -1)
