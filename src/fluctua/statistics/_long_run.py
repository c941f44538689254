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
import scipy.special
from jaxtyping import Float, Inexact

from ._estimate import ROUNDING, Estimate

_FEWEST_COSINES = 6
_FLAT = 0.75  # quantile of the ratio of two halves of a flat spectrum beyond which it is not taken for flat
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
        self.total, self.centre = np.zeros(shape, dtype), np.zeros(shape, dtype)
        self.rows = np.zeros((len(self.weights), *shape), dtype)
        self.pairs = np.zeros(shape[:1])
        self.pair_rows = np.zeros((len(self.weights), *shape[:1]))

    def add(
        self,
        index: int,
        sums: Inexact[np.ndarray, "..."],
        pairs: Float[np.ndarray, " first"],
        influence: Inexact[np.ndarray, "..."] | None = None,
    ) -> None:
        """Add the sums over one block.

        Args:
            index: Number of the block in order of time.
            sums: Sum over the block of what is averaged, shape ``shape``.
            pairs: Number of summands, along the first axis.
            influence: Sums from which the variance is taken; those of the average by default.
        """
        influence = sums if influence is None else influence
        self.total += sums
        self.centre += influence
        self.pairs += pairs
        if sums.size <= _SMALL:
            self.rows += np.multiply.outer(self.weights[:, index], influence)
        else:
            for row, weight in enumerate(self.weights[:, index]):
                self.rows[row] += weight * influence
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
        centre = self.centre / pairs[across]
        rows = (self.rows - centre * self.pair_rows[(slice(None), *across)]) / pairs[across]
        return Estimate(value, rows / np.sqrt(1 - min(fitted / self.effective_size, 0.5)), len(self.weights))

    def offset(self) -> Inexact[np.ndarray, "..."]:
        """How far the average is from that of the influences it was given."""
        across = (slice(None), *[None] * (self.total.ndim - 1))
        return (self.total - self.centre) / np.where(self.pairs == 0.0, 1.0, self.pairs)[across]


def with_flat_spectrum(estimate: Estimate, along: tuple[int, ...]) -> Estimate:
    r"""The estimate with as many cosines for each curve as its own spectrum allows.

    The rows of a factor of ``LongRunMean`` are the influence's spectrum at the lowest frequencies, which has to be flat
    there. Where it falls, the mean square of the lower half of the rows is larger than that of the upper half by more
    than their F quantile, and the upper half is dropped, again and again. Rows that are dropped are zero, the others
    are scaled up. A half that is dropped by chance costs little (the quantile for 32 in place of 64 degrees of freedom
    is 2 % larger), one that is kept by chance makes the band too narrow: the test is at a level of a quarter.

    Args:
        estimate: Curves whose factor has one row per cosine, in order.
        along: Axes of the curve that share one number of cosines, such as its lags.

    Example:
        >>> import numpy as np
        >>> rows = np.random.default_rng(0).standard_normal((64, 5)) * np.where(np.arange(64) < 16, 3.0, 1.0)[:, None]
        >>> int(with_flat_spectrum(Estimate(np.zeros(5), rows, 64), (0,)).freedom)
        16
    """
    count = len(estimate.factor)
    shifted = tuple(1 + axis for axis in along)
    squares = np.sum(np.square(estimate.factor), axis=0)
    # Every point of a curve has one vote, whatever its size; what has next to none beside the others is rounding.
    told = squares > ROUNDING**2 * squares.max(axis=along, keepdims=True)
    shares = np.where(told, np.square(estimate.factor), 0.0) / np.where(told, squares, 1.0)
    power = np.mean(shares, axis=shifted, keepdims=True)
    used = np.full(power.shape[1:], count)
    size = count
    while size >= 2 * _FEWEST_COSINES:
        half = size // 2
        ratio = power[:half].mean(axis=0) / np.maximum(power[half:size].mean(axis=0), 1e-300)
        falls = (used == size) & (ratio > scipy.special.fdtri(half, size - half, _FLAT))
        used = np.where(falls, half, used)
        size = half
    rows = np.arange(count).reshape(-1, *[1] * estimate.value.ndim)
    factor = np.where(rows < used, estimate.factor * np.sqrt(count / used), 0.0)
    single = np.squeeze(used, axis=along) if len(along) == used.ndim else used
    return Estimate(estimate.value, factor, single)


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
