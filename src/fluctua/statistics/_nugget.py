r"""How much of a variable is noise of its measurement: the part of its variance that is gone at once.

A variable that is read with white noise, $y_t = x_t + e_t$, has the half mean square of increments

$$ S(k) = \tfrac12 \langle (y_{t+k} - y_t)^2 \rangle = \nu + C(0) - C(k), \qquad k \ge 1, $$

with $\nu = \langle e^2 \rangle$ and $C$ the covariance of $x$ over $k$ steps. Geostatistics calls the limit
$\nu = \lim_{k \to 0} S(k)$ the *nugget*. What the record has is $S(1), S(2), \dots$, and the limit depends on how they
are continued: $C$ begins linearly for a diffusion and quadratically for a smooth motion, and a part that forgets within
a step looks like noise whatever is done.

**The share** continues $S$ by the polynomial through its first four lags,
$\hat\nu = 4 S(1) - 6 S(2) + 4 S(3) - S(4)$. A part of the motion that keeps $r$ of itself from step to step adds
$(1 - r)^4$ of its variance to that: 0.0001 at r = 0.9, but 0.06 at r = 0.5.

**What is at least noise** needs no continuation. Let a *resolved* motion be any mixture with positive weights of
$e^{-\gamma k} \cos \omega k$ with $e^{-\gamma} \ge 0.2$ and $\omega \le 1$ (six steps a period): diffusions in detailed
balance are mixtures with $\omega = 0$, smooth motions of limited band have $\gamma = 0$. Take weights $p$ with

$$ \sum_k p_k = 1, \qquad \sum_k p_k (1 - e^{-\gamma k} \cos \omega k) \le 0 \quad \text{for every resolved motion}. $$

Then $\sum_k p_k S(k) \le \nu$, without bias in its favour. The best such weights are the residual of the nearest
resolved motion (non-negative least squares; its optimality conditions are the inequality above), and so that the choice
does not flatter itself they are learned on three quarters of the blocks of the record and applied to the last, in turn.

What it costs: a part that keeps a fifth of itself from step to step is hard to tell from one that keeps nothing. Noise
of a third of the spread (a tenth of the variance) on a diffusion with r = 0.95 is found at the 5 % level in 17 % of
records of 2000 states, 68 % of 10 000 and 97 % of 40 000; of half the spread in 50, 97 and 100 %. False alarms at that
level were at most 5 % of records for diffusions (r from 0.1 to 0.99), wells, noisy oscillators, smooth chaos and
mixtures with a fast part, coarse or fine.

References:
    Matheron, *Principles of geostatistics*, Economic Geology 58, 1246 (1963), for the nugget.
    Lawson and Hanson, *Solving least squares problems*, 1974, chapter 23, for the optimality conditions.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import scipy.special
from jaxtyping import Float

_LAGS = 8
_BLOCKS = 256
_PARTS = 4
_POLYNOMIAL = np.array([4.0, -6.0, 4.0, -1.0])
_LEAST_KEPT = 0.2  # what keeps less of itself than that over one step counts as noise
_FASTEST = 1.0  # radians a step
_LEAST_SLOWNESS = 0.6  # C(2) / C(1) below which nothing is said
_SHRINK = 0.02


class Nugget(NamedTuple):
    """Measurement noise of each variable, as shares of its variance; shapes ``(d,)``.

    Attributes:
        share: Share of the variance that is noise, continued from four lags; a little below zero where there is none.
        stderr: Its standard error.
        least: The share that is at least noise, from weights that are negative on every resolved motion; zero where
            that is less than two standard errors from nothing.
        pvalue: Probability of that much by chance where there is no noise, for each variable.
        resolved: Whether the record is fine enough to tell: what is correlated at all keeps six tenths of its
            correlation from the first lag to the second. Elsewhere ``least`` is 0 and ``pvalue`` 1.
    """

    share: np.ndarray
    stderr: np.ndarray
    least: np.ndarray
    pvalue: np.ndarray
    resolved: np.ndarray

    def overall(self) -> float:
        """Probability of the most striking variable by chance, for the number of variables (Bonferroni)."""
        return float(min(1.0, len(self.pvalue) * self.pvalue.min()))


def nugget(values: Float[np.ndarray, "member time d"]) -> Nugget:
    r"""Share of each variable's variance that is noise of its measurement.

    What decorrelates within a step and noise cannot be told apart by covariances: a bistable variable whose motion
    within the wells is faster than the step shows a nugget as well. Such a record is Markov all the same and passes
    ``previous_state_test``; noise does not. Both together speak of measurement noise.

    Args:
        values: The record in any units, at least 40 steps a member; increments are taken within members.

    Example:
        >>> import numpy as np, scipy.signal
        >>> noise = np.random.default_rng(0).standard_normal((2, 4, 10_000))
        >>> slow = scipy.signal.lfilter([np.sqrt(1 - 0.95**2)], [1, -0.95], noise[0])
        >>> found = nugget(np.stack([slow, slow + noise[1] / 2], axis=2))
        >>> found.share.round(2).tolist(), (found.pvalue < 1e-6).tolist()
        ([0.0, 0.2], [False, True])
    """
    steps, dimension = values.shape[1:]
    if steps < 5 * _LAGS:
        raise ValueError(f"members of {5 * _LAGS} steps are needed, these have {steps}")
    halves, variance = _half_squares(values), values.var(axis=(0, 1))
    blocks = len(halves)
    scaled = halves / np.where(variance > 0, variance, 1.0)
    mean = scaled.mean(axis=0)
    polynomial = np.einsum("k,bki->bi", _POLYNOMIAL, scaled[:, : len(_POLYNOMIAL)])
    stderr = polynomial.std(axis=0, ddof=1) / np.sqrt(blocks)
    # What is left of the correlation at lags one and two, noise apart: the plateau of S is the variance.
    resolved = (variance > 0) & (1 - mean[1] >= _LEAST_SLOWNESS * np.maximum(1 - mean[0], 3 * stderr))
    least, pvalue = np.zeros(dimension), np.ones(dimension)
    for index in np.flatnonzero(resolved):
        least[index], pvalue[index] = _at_least(scaled[:, :, index])
    return Nugget(polynomial.mean(axis=0), stderr, least, pvalue, resolved)


def _half_squares(values: np.ndarray) -> np.ndarray:
    """Half the mean square of increments over 1 to 8 steps in each block, shape ``(block, lag, d)``."""
    members, steps, dimension = values.shape
    origins = steps - _LAGS
    # At least sixteen steps a block, so that neighbouring blocks share little.
    each = int(np.clip(-(-_BLOCKS // members), 1, max(1, origins // 16)))
    each = max(each, -(-16 // members))
    edges = np.linspace(0, origins, each + 1).astype(int)
    found = np.empty((members, each, _LAGS, dimension))
    for lag in range(1, _LAGS + 1):
        squares = values[:, lag : lag + origins] - values[:, :origins]
        squares **= 2
        found[:, :, lag - 1] = np.add.reduceat(squares, edges[:-1], axis=1) / (2 * np.diff(edges)[:, None])
    found = found.reshape(members * each, _LAGS, dimension)
    if len(found) <= 2 * _BLOCKS:
        return found
    # Many short members: as many groups of them.
    return np.stack([group.mean(axis=0) for group in np.array_split(found, _BLOCKS)])


def _at_least(blocks: np.ndarray) -> tuple[float, float]:
    """Lower bound of the nugget and the probability of it by chance, from one variable's ``(block, lag)``."""
    # Parts of the estimate share most of what their weights were learned from, but hardly any noise of their own.
    estimates, errors = [], []
    parts = np.arange(len(blocks)) % _PARTS
    for part in range(_PARTS):
        judge = blocks[parts == part]
        weights = _weights(blocks[parts != part])
        if weights is None:
            return 0.0, 1.0
        along = judge @ weights
        estimates.append(along.mean())
        errors.append(along.var(ddof=1) / len(along))
    estimate, error = np.mean(estimates), np.sqrt(np.sum(errors)) / _PARTS
    freedom = len(blocks) // _PARTS - 1
    pvalue = float(scipy.special.stdtr(freedom, -estimate / max(error, 1e-300)))
    return (float(estimate) if estimate > 2 * error else 0.0), pvalue


def _weights(blocks: np.ndarray) -> np.ndarray | None:
    """The weights of lags that tell noise from the nearest resolved motion; none where that leaves nothing."""
    from scipy.optimize import nnls  # heavy, and not needed to import the package

    mean = blocks.mean(axis=0)
    covariance = np.atleast_2d(np.cov(blocks.T)) / len(blocks)
    covariance += np.diag(_SHRINK * np.diag(covariance) + 1e-20 * mean**2)
    whiten = np.linalg.inv(np.linalg.cholesky(covariance))
    motions = whiten @ _motions()
    sizes = np.linalg.norm(motions, axis=0)
    fitted, _ = nnls(motions / sizes, whiten @ mean, maxiter=100 * motions.shape[1])
    residual = whiten.T @ (whiten @ mean - motions @ (fitted / sizes))
    total = residual.sum()
    if total <= 1e-9 * np.abs(residual).sum():
        return None
    return residual / total


@cache
def _motions() -> np.ndarray:
    r"""The increments $1 - e^{-\gamma k} \cos \omega k$ of resolved motions, one a column, of largest value one."""
    lags = np.arange(1, _LAGS + 1)[:, None]
    rates = np.concatenate([[0.0], np.geomspace(0.002, -np.log(_LEAST_KEPT), 24)])
    frequencies = np.concatenate([[0.0], np.geomspace(0.02, _FASTEST, 14)])
    rate, frequency = (grid.ravel()[1:] for grid in np.meshgrid(rates, frequencies, indexing="ij"))
    motions = 1 - np.exp(-rate * lags) * np.cos(frequency * lags)
    return motions / motions.max(axis=0)
