r"""The long-run variance of an average, by cosine sums over blocks of time.

Let $\psi_b(t)$ be the sum over block $b$ of $N_b$ of the influence function of an average $K(t)$, with $n(t)$ pairs in
all. The variance of the average is the spectrum of $\psi$ at frequency zero, read off the lowest $J$ cosine
frequencies,

$$ \Lambda_j(t) = \sqrt{2 / N_b} \sum_b \psi_b(t) \cos\!\big(\pi j (b + \tfrac12) / N_b\big), \qquad
   \widehat{\mathrm{Cov}}(K(t), K(t')) = \frac{N_b}{n(t)\, n(t')}\, \frac1J \sum_{j=1}^J \Lambda_j(t) \Lambda_j(t') . $$

The $\Lambda_j$ are nearly independent and Gaussian, so a band is the estimate plus or minus a Student quantile with $J$
degrees of freedom: honest for short records too. Sums are weighted with each cosine as the blocks come; none is kept.

References:
    Lazarus, Lewis, Stock and Watson, *HAR inference: recommendations for practice*, JBES 36, 541 (2018), eqs. 8 to 10.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Inexact

from ._estimate import Estimate

_SMALL = 1 << 14  # numbers that are weighted with all cosines at once


class LongRunMean:
    """The average of something over a record with the long-run variance of that average, block by block.

    Args:
        blocks: Number of blocks, in order of time.
        effective_size: Effective number of independent states (``cosine_weights``).
        shape: Shape of the curve that is averaged; its first axis may have other numbers of pairs.
        dtype: Type of the sums.
        bands: Whether the variance is wanted; without it nothing but the average is kept.

    Example:
        >>> import numpy as np
        >>> mean = LongRunMean(60, 600.0, (1,))
        >>> for index, values in enumerate(np.random.default_rng(0).standard_normal((60, 10, 1))):
        ...     mean.add(index, values.sum(axis=0), np.array([10.0]))
        >>> found = mean.estimate()
        >>> bool(abs(found.stderr()[0] - 1 / np.sqrt(600)) < 0.02), found.freedom
        (True, 20)
    """

    def __init__(
        self, blocks: int, effective_size: float, shape: tuple[int, ...], dtype: Any = float, *, bands: bool = True
    ):
        self.effective_size = effective_size
        self.weights = cosine_weights(blocks, effective_size)[: None if bands else 0]
        self.total = np.zeros(shape, dtype)
        self.rows = np.zeros((len(self.weights), *shape), dtype)
        self.pairs = np.zeros(shape[:1])
        self.pair_rows = np.zeros((len(self.weights), *shape[:1]))

    def add(self, index: int, sums: Inexact[np.ndarray, "..."], pairs: Float[np.ndarray, " first"]) -> None:
        """Add the sums over one block.

        Args:
            index: Number of the block in order of time.
            sums: Sum over the block of what is averaged, shape ``shape``.
            pairs: Number of summands, along the first axis.
        """
        self.total += sums
        self.pairs += pairs
        if sums.size <= _SMALL:
            self.rows += np.multiply.outer(self.weights[:, index], sums)
        else:
            for row, weight in enumerate(self.weights[:, index]):
                self.rows[row] += weight * sums
        self.pair_rows += np.multiply.outer(self.weights[:, index], pairs)

    def estimate(self, fitted: int = 0) -> Estimate:
        """The average and its uncertainty.

        Args:
            fitted: Number of coefficients fitted on the same record to form the influence function. Their own noise
                enters in second order; as in any regression it is made up for by the factor
                ``effective_size / (effective_size - fitted)`` on the variance.
        """
        across = (slice(None), *[None] * (self.total.ndim - 1))
        pairs = np.where(self.pairs == 0.0, 1.0, self.pairs)  # a lag without a pair has the response zero
        value = self.total / pairs[across]
        rows = (self.rows - value * self.pair_rows[(slice(None), *across)]) / pairs[across]
        return Estimate(value, rows / np.sqrt(1 - min(fitted / self.effective_size, 0.5)), len(self.weights))


def long_run_mean(
    sums: Inexact[np.ndarray, "blocks ..."], pairs: Float[np.ndarray, " blocks"], effective_size: float, fitted: int = 0
) -> Estimate:
    """The average of sums over blocks, in order of time, with its long-run variance.

    Args:
        sums: Sum over each block, shape ``(blocks, *curve)``.
        pairs: Number of summands in each block.
        effective_size: Effective number of independent states.
        fitted: As in ``LongRunMean.estimate``.
    """
    mean = LongRunMean(len(sums), effective_size, (1, *sums.shape[1:]))
    for index, (block, count) in enumerate(zip(sums, pairs, strict=True)):
        mean.add(index, block[None], np.asarray([count], float))
    return mean.estimate(fitted).map(lambda curve: np.squeeze(curve, axis=curve.ndim - sums.ndim))


def cosine_weights(blocks: int, effective_size: float) -> Float[np.ndarray, "cosines blocks"]:
    r"""Weights of the blocks, one row per cosine: $\sqrt{2/J} \cos(\pi j (b + \tfrac12) / N_b)$.

    With them $\sum_b \psi_b$ weighted by each row are the rows of a factor of the covariance of $\sum_b \psi_b$.

    Args:
        blocks: Number $N_b$ of blocks, in order of time.
        effective_size: Effective number of independent states: J is an eighth of it, from 6 to 64, and no more than
            a third of the blocks; the cosines then stay below the frequency at which the spectrum begins to fall.
    """
    cosines = int(np.clip(effective_size / 8, 6, min(64, blocks // 3)))
    angles = np.pi * np.outer(np.arange(1, cosines + 1), (np.arange(blocks) + 0.5) / blocks)
    return np.sqrt(2.0 / cosines) * np.cos(angles)
