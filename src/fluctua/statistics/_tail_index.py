"""How heavy the tails of a record are."""

import numpy as np
from jaxtyping import Float

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
