r"""How well drawn values agree with real ones, in the tails and in the weights of modes.

Everything is computed from the two samples alone. A sample is never equal to another one: each of these numbers is
also measured between two real samples, and that is the floor below which a difference says nothing.
"""

from typing import NamedTuple

import numpy as np
import scipy.stats
from jaxtyping import Float

TAIL_START = 0.95
"""Where the tail starts: the level of the quantile above which values are extreme."""

_SMALLEST = np.finfo(float).tiny


class QuantileError(NamedTuple):
    """Squared logarithmic error of the upper quantiles: integrated over the tail, and averaged over it."""

    integral: float
    averaged: float


def quantile_error(
    real: Float[np.ndarray, " n"], drawn: Float[np.ndarray, " m"], start: float = TAIL_START
) -> QuantileError:
    r"""The mean squared logarithmic error of quantiles beyond a level $\xi$.

    $$ \int_\xi^1 \left( \ln Q_{real}(p) - \ln Q_{drawn}(p) \right)^2 dp, $$

    and the same divided by $1 - \xi$. The quantile functions are those of the samples, steps at $i / n$, and the
    integral is exact. One tail event decides most of it: it is a fragile number for heavy tails, whose spread over
    seeds must stand beside it.

    Args:
        real: Positive values, such as absolute values of one variable.
        drawn: Positive values to compare; the two lengths may differ.
        start: The level $\xi$.

    Example:
        >>> import numpy as np
        >>> values = np.arange(1.0, 101.0)
        >>> [round(error, 6) for error in quantile_error(values, np.e * values)]
        [0.05, 1.0]

    References:
        Allouche, Girard and Gobet, *EV-GAN: simulation of extreme events with ReLU neural networks*, Journal of
        Machine Learning Research 23 (2022), section 5.
    """
    ends = np.unique(np.concatenate([[start], _levels(real, start), _levels(drawn, start)]))
    middles, widths = 0.5 * (ends[1:] + ends[:-1]), np.diff(ends)
    difference = np.log(_quantiles(real, middles)) - np.log(_quantiles(drawn, middles))
    integral = float(np.sum(widths * difference**2))
    return QuantileError(integral, integral / (1.0 - start))


def tail_distance(real: Float[np.ndarray, " n"], drawn: Float[np.ndarray, " m"], start: float = TAIL_START) -> float:
    r"""The largest difference of the two exceedance probabilities in the tail, in units of the tail's probability.

    $$ \sup_{x \ge Q_{real}(\xi)} | P_{real}(X > x) - P_{drawn}(X > x) | / (1 - \xi), $$

    a Kolmogorov-Smirnov distance that sees how much lies in the tail as well as how it falls off: one where nothing
    is drawn there. Two real samples of $n$ differ by about $1 / \sqrt{n (1 - \xi)}$.

    Example:
        >>> import numpy as np
        >>> values = np.arange(1.0, 101.0)
        >>> tail_distance(values, values), round(tail_distance(values, 0.5 * values), 6)
        (0.0, 1.0)
    """
    real, drawn = np.sort(real), np.sort(drawn)
    threshold = np.quantile(real, start, method="inverted_cdf")
    points = np.concatenate([[threshold], real[real > threshold], drawn[drawn > threshold]])
    above = [1.0 - np.searchsorted(values, points, side="right") / len(values) for values in (real, drawn)]
    return float(np.max(np.abs(above[0] - above[1]))) / (1.0 - start)


def kurtosis_ratio(real: Float[np.ndarray, "n d"], drawn: Float[np.ndarray, "m d"]) -> float:
    r"""$|1 - k_{drawn} / k_{real}|$, with the kurtosis $k$ (3 for a Gaussian) of the values of all variables together.

    Where the fourth moment does not exist, as for a Student-t variable with 3 degrees of freedom, this compares the
    few largest values of two samples: read it beside the number for two real samples.

    Example:
        >>> import numpy as np
        >>> states = np.random.default_rng(0).standard_normal((100, 2))
        >>> round(kurtosis_ratio(states, 3.0 * states), 6)
        0.0

    References:
        Pandey et al., *Heavy-tailed diffusion models*, ICLR 2025, arXiv 2410.14171.
    """
    ratio = scipy.stats.kurtosis(drawn.ravel(), fisher=False) / scipy.stats.kurtosis(real.ravel(), fisher=False)
    return abs(1.0 - float(ratio))


def skewness_ratio(real: Float[np.ndarray, "n d"], drawn: Float[np.ndarray, "m d"]) -> float:
    r"""$|1 - g_{drawn} / g_{real}|$, with the skewness $g$ of the *absolute* values of all variables together.

    Of absolute values, because the skewness of a symmetric density is zero and divides nothing.

    Example:
        >>> import numpy as np
        >>> states = np.random.default_rng(0).standard_normal((100, 2))
        >>> round(skewness_ratio(states, -3.0 * states), 6)
        0.0

    References:
        Pandey et al., *Heavy-tailed diffusion models*, ICLR 2025, arXiv 2410.14171, for the ratio.
    """
    ratio = scipy.stats.skew(np.abs(drawn).ravel()) / scipy.stats.skew(np.abs(real).ravel())
    return abs(1.0 - float(ratio))


def marginal_wasserstein(real: Float[np.ndarray, "n d"], drawn: Float[np.ndarray, "m d"]) -> float:
    """The 1-Wasserstein distance of each variable's values, averaged over the variables; in their units.

    Example:
        >>> import numpy as np
        >>> states = np.random.default_rng(0).standard_normal((100, 2))
        >>> round(marginal_wasserstein(states, states + [1.0, 3.0]), 6)
        2.0
    """
    pairs = zip(real.T, drawn.T, strict=True)
    return float(np.mean([scipy.stats.wasserstein_distance(a, b) for a, b in pairs]))


def sliced_wasserstein(
    real: Float[np.ndarray, "n d"], drawn: Float[np.ndarray, "m d"], directions: int = 128, seed: int = 0
) -> float:
    """The 1-Wasserstein distance along random directions of unit length, averaged; in the units of the states.

    Args:
        real: Real states.
        drawn: Drawn states.
        directions: Number of directions; the same ones for the same seed.
        seed: Seed of the directions.

    Example:
        >>> import numpy as np
        >>> states = np.random.default_rng(0).standard_normal((100, 2))
        >>> shift = sliced_wasserstein(states, states + [1.0, 0.0], directions=500)
        >>> bool(abs(shift - 2 / np.pi) < 0.05)  # the mean length of a unit vector's shadow in the plane
        True

    References:
        Bonneel, Rabin, Peyré and Pfister, *Sliced and Radon Wasserstein barycenters of measures*, Journal of
        Mathematical Imaging and Vision 51 (2015).
    """
    vectors = np.random.default_rng(seed).standard_normal((real.shape[1], directions))
    vectors /= np.linalg.norm(vectors, axis=0)
    return marginal_wasserstein(real @ vectors, drawn @ vectors)


def tail_coverage_error(
    real: Float[np.ndarray, " n"], drawn: Float[np.ndarray, " m"], levels: tuple[float, ...] = (0.95, 0.99)
) -> float:
    r"""How far the share of drawn values beyond a real quantile is from what it should be, relative, on average.

    The mean over the levels $p$ of $|P_{drawn}(X > Q_{real}(p)) - (1 - p)| / (1 - p)$.

    Example:
        >>> import numpy as np
        >>> values = np.arange(1.0, 101.0)
        >>> round(tail_coverage_error(values, values), 6), round(tail_coverage_error(values, 0.5 * values), 6)
        (0.0, 1.0)
    """
    errors = []
    for level in levels:
        beyond = float(np.mean(drawn > np.quantile(real, level, method="inverted_cdf")))
        errors.append(abs(beyond - (1.0 - level)) / (1.0 - level))
    return float(np.mean(errors))


def total_variation(shares: Float[np.ndarray, " k"], truth: Float[np.ndarray, " k"]) -> float:
    r"""$\frac12 \sum_k |p_k - q_k|$ of two sets of weights.

    Example:
        >>> import numpy as np
        >>> total_variation(np.array([0.5, 0.5]), np.array([0.9, 0.1]))
        0.4
    """
    return float(0.5 * np.sum(np.abs(shares - truth)))


def mode_shares(states: Float[np.ndarray, "n d"], means: Float[np.ndarray, "k d"]) -> Float[np.ndarray, " k"]:
    """The share of the states that is nearest to each of the modes.

    Example:
        >>> import numpy as np
        >>> mode_shares(np.array([[0.1], [0.9], [1.2], [0.8]]), np.array([[0.0], [1.0]])).tolist()
        [0.25, 0.75]
    """
    return np.bincount(nearest_mode(states, means), minlength=len(means)) / len(states)


def nearest_mode(states: Float[np.ndarray, "n d"], means: Float[np.ndarray, "k d"]) -> np.ndarray:
    """The index of the mode that each state is nearest to, shape ``(n,)``."""
    distance = np.sum(means**2, axis=1) - 2.0 * states @ means.T
    return np.argmin(distance, axis=1)


def _levels(values: np.ndarray, start: float) -> np.ndarray:
    """Where the quantile function of a sample steps, beyond ``start``."""
    levels = np.arange(1, len(values) + 1) / len(values)
    return levels[levels > start]


def _quantiles(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    ordered = np.sort(np.maximum(values, _SMALLEST))
    index = np.ceil(levels * len(values)).astype(int) - 1
    return ordered[np.clip(index, 0, len(values) - 1)]
