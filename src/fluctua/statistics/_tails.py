"""How heavy the tails of a record are."""

import numpy as np
from jaxtyping import Float

FAR = 6.0
"""Standard deviations from the mean beyond which powers are decided by a handful of states."""

_SMALLEST = np.finfo(np.float64).tiny


def hill(values: Float[np.ndarray, " n"], share: float = 0.02) -> float:
    r"""Hill's estimate of the tail index $\alpha$ of $P(X > x) \sim x^{-\alpha}$ from the largest values.

    $1 / \alpha$ is the mean of $\ln X_{(i)} - \ln X_{(k)}$ over the values above the $k$-th largest. Its relative
    standard error is $1/\sqrt k$ for independent values. A density without a power law has an index that grows with the
    values looked at: the norm of Gaussian states shows 7 or more in the outermost per cent.

    Args:
        values: Positive values.
        share: The share of the values that is looked at, at least two of them.

    Example:
        >>> import numpy as np
        >>> pareto = (1.0 - (np.arange(100_000) + 0.5) / 100_000) ** (-1.0 / 3.0)
        >>> round(hill(pareto), 2)
        3.0

    References:
        Hill, *A simple general approach to inference about the tail of a distribution*, Annals of Statistics 3, 1163
        (1975).
    """
    count = max(round(share * len(values)), 2)
    largest = np.sort(np.maximum(values, _SMALLEST))[-(count + 1) :]
    excess = float(np.mean(np.log(largest[1:]) - np.log(largest[0])))
    return np.inf if excess <= 0 else 1.0 / excess


def has_heavy_tails(values: Float[np.ndarray, "member time d"], effective_size: float) -> bool:
    """Whether some variable has tails so heavy that moments up to the sixth are not to be trusted.

    The tail index by Hill's estimator on the outermost half per cent below 5 (a Gaussian shows about 7, a Student law
    with five degrees of freedom 5), or a kurtosis above 15.
    """
    flat = values.reshape(-1, values.shape[2])
    flat = flat[:: max(1, len(flat) // 200_000)]
    standard = (flat - flat.mean(0)) / flat.std(0)
    if np.any(np.mean(standard**4, axis=0) > 15):
        return True
    if effective_size < 2000 or len(flat) < 10_000:
        return False
    distances = np.abs(standard - np.median(standard, axis=0))
    return any(hill(distance, share=0.005) < 5 for distance in distances.T)


def reach(values: Float[np.ndarray, "member time d"]) -> Float[np.ndarray, " d"]:
    """How far the state farthest out is from the mean of each variable, in standard deviations."""
    flat = values.reshape(-1, values.shape[2])
    mean = flat.mean(0)
    return np.maximum(flat.max(0) - mean, mean - flat.min(0)) / flat.std(0)


def has_far_tails(values: Float[np.ndarray, "member time d"]) -> bool:
    """Whether some state lies beyond 6 standard deviations (a Gaussian record of 1e7 states reaches about 5.3).

    A high power would be decided there by a handful of states, and a fold that lacks them would say nothing about
    them: such polynomials are then made of bounded coordinates.
    """
    return bool(np.any(reach(values) > FAR))
