r"""Bands: the long-run variance of the influence function, by cosine sums over blocks.

Let $\psi_b(t)$ be the sum of the influence function over block $b$ of $N_b$. The variance of the estimate is the
spectrum of $\psi$ at frequency zero, read off the lowest $J$ cosine frequencies,

$$ \Lambda_j(t) = \sqrt{2 / N_b} \sum_b \psi_b(t) \cos\!\big(\pi j (b + \tfrac12) / N_b\big), \qquad
   \widehat{\mathrm{Cov}}(K(t), K(t')) = \frac{N_b}{n(t)\, n(t')}\, \frac1J \sum_{j=1}^J \Lambda_j(t) \Lambda_j(t'), $$

$n(t)$ being the number of pairs. The $\Lambda_j$ are nearly independent and Gaussian, so a band is the estimate plus or
minus a Student quantile with $J$ degrees of freedom: honest for short records too. The rows
$E_j = \Lambda_j \sqrt{N_b/J}/n$ are a factor of the covariance over all lags: a draw of the whole curve is
$\sum_j \xi_j E_j$ with Gaussian $\xi$, and any linear function of the curve (a running integral) has the same function
of $E$ as its factor. Quantiles are never added.

References:
    Lazarus, Lewis, Stock and Watson, *HAR inference: recommendations for practice*, JBES 36, 541 (2018), eqs. 8 to 10.
"""

from typing import NamedTuple

import numpy as np
import scipy.stats
from jaxtyping import Float


class Uncertainty(NamedTuple):
    """A factor of the covariance of a curve.

    Attributes:
        factor: Shape ``(rows, *curve)``; the covariance is the sum over rows of outer products.
        freedom: Degrees of freedom of the variance.
    """

    factor: np.ndarray
    freedom: int

    def stderr(self) -> np.ndarray:
        """Pointwise standard error, the shape of the curve."""
        return np.asarray(np.sqrt(np.sum(self.factor**2, axis=0)))

    def half_width(self, confidence: float) -> np.ndarray:
        """Half width of the pointwise band, the shape of the curve."""
        quantile = scipy.stats.t.ppf(0.5 + confidence / 2, df=self.freedom)
        return np.asarray(float(quantile) * self.stderr())

    def integrated(self, dt: float, axis: int) -> "Uncertainty":
        """The uncertainty of the running integral along ``axis`` of the curve."""
        return Uncertainty(running_integral(self.factor, dt, axis + 1), self.freedom)


def long_run_uncertainty(
    influence: Float[np.ndarray, "blocks ..."],
    pairs: Float[np.ndarray, "..."],
    effective_size: float,
    fitted: int = 0,
) -> Uncertainty:
    """The uncertainty of an average, from the sums of its influence function over blocks.

    Args:
        influence: Sum over each block of the influence function, shape ``(blocks, *curve)``; blocks in order of time.
        pairs: Number of pairs behind each point of the curve, broadcastable to ``curve``.
        effective_size: Effective number of independent states; the cosines stay below the frequency at which the
            spectrum of the record begins to fall.
        fitted: Number of coefficients fitted on the same record to form the influence function. Their own noise enters
            the estimate in second order; as in any regression it is made up for by the factor
            ``effective_size / (effective_size - fitted)`` on the variance.
    """
    basis = cosine_weights(len(influence), effective_size)
    sums = (basis @ influence.reshape(len(influence), -1)).reshape(len(basis), *influence.shape[1:])
    freedom = 1 / np.sqrt(1 - min(fitted / effective_size, 0.5))
    return Uncertainty(sums * freedom / pairs, len(basis))


def cosine_weights(blocks: int, effective_size: float) -> Float[np.ndarray, "cosines blocks"]:
    r"""Weights of the blocks, one row per cosine: $\sqrt{2/J} \cos(\pi j (b + \tfrac12) / N_b)$.

    With them $\sum_b \psi_b$ weighted by each row are the rows of a factor of the covariance of $\sum_b \psi_b$; sums
    can be weighted as they come, so that no block has to be kept.

    Args:
        blocks: Number $N_b$ of blocks, in order of time.
        effective_size: Effective number of independent states: J is an eighth of it, from 6 to 64.
    """
    cosines = int(np.clip(effective_size / 8, 6, min(64, blocks // 3)))
    angles = np.pi * np.outer(np.arange(1, cosines + 1), (np.arange(blocks) + 0.5) / blocks)
    return np.sqrt(2.0 / cosines) * np.cos(angles)


def running_integral(curve: Float[np.ndarray, "..."], dt: float, axis: int) -> Float[np.ndarray, "..."]:
    """Integral from lag zero to each lag by the trapezoidal rule, zero at lag zero."""
    curve = np.moveaxis(curve, axis, 0)
    steps = 0.5 * dt * (curve[1:] + curve[:-1])
    integral = np.concatenate([np.zeros_like(curve[:1]), np.cumsum(steps, axis=0)])
    return np.moveaxis(integral, 0, axis)
