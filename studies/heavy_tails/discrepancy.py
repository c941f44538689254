r"""The maximum mean discrepancy of two samples, unbiased, with a Gaussian kernel.

$$ \mathrm{MMD}^2 = E\, k(x, x') + E\, k(y, y') - 2 E\, k(x, y), \qquad k(x, y) = e^{-|x - y|^2 / (2 \ell^2)}, $$

for independent $x, x'$ of one distribution and $y, y'$ of the other. The kernel lies between zero and one: all three
means exist whatever the tails, also where the states have no variance, and one state far out changes little. It is
zero for equal distributions only. What it cannot say is how far out a far state lies.
"""

import numpy as np
from jaxtyping import Float

_BLOCK = 512  # rows of the matrix of kernel values held at a time


def median_distance(states: Float[np.ndarray, "n d"], most: int = 1000) -> float:
    r"""The median distance between two of the states: the scale $\ell$ of the kernel, in the units of the states.

    A median, so that it exists whatever the tails. It is that of the real states, the same for all that is compared
    with them.

    Args:
        states: Independent states, at least two.
        most: So many of them, the first ones, are looked at.

    Example:
        >>> import numpy as np
        >>> median_distance(np.array([[0.0], [1.0], [3.0]]))
        2.0

    References:
        Gretton, Borgwardt, Rasch, Schölkopf and Smola, *A kernel two-sample test*, Journal of Machine Learning
        Research 13 (2012), section 8, for the median of distances.
    """
    few = states[:most]
    squared = _squared_distances(few, few)[np.triu_indices(len(few), 1)]
    return float(np.median(np.sqrt(squared)))


def squared_discrepancy(real: Float[np.ndarray, "n d"], drawn: Float[np.ndarray, "m d"], scale: float) -> float:
    r"""The unbiased estimate of $\mathrm{MMD}^2$.

    $$ \frac{1}{n(n-1)} \sum_{i \ne j} k(x_i, x_j) + \frac{1}{m(m-1)} \sum_{i \ne j} k(y_i, y_j)
       - \frac{2}{nm} \sum_{ij} k(x_i, y_j). $$

    Its mean over two samples of one distribution is zero, so that it is negative for half of them. Memory grows with
    the number of states, time with its square.

    Args:
        real: Independent states, at least two.
        drawn: States to compare, at least two; the two numbers may differ.
        scale: The length $\ell$ of the kernel, positive.

    Example:
        >>> import numpy as np
        >>> states = np.random.default_rng(0).standard_normal((500, 2))
        >>> round(squared_discrepancy(states, 99.0 + states, scale=1.0), 1)  # 2 E k(x, x') = 2 / 3
        0.7

    References:
        Gretton et al., *A kernel two-sample test*, Journal of Machine Learning Research 13 (2012), equation 3.
    """
    within = sum(_sum_of_pairs(states / scale) / (len(states) * (len(states) - 1)) for states in (real, drawn))
    between = _sum_between(real / scale, drawn / scale) / (len(real) * len(drawn))
    return within - 2.0 * between


def _sum_of_pairs(states: np.ndarray) -> float:
    """The sum of the kernel over all ordered pairs of different states."""
    total = 0.0
    for start in range(0, len(states), _BLOCK):
        block, later = states[start : start + _BLOCK], states[start + _BLOCK :]
        # What the diagonal comes out as is taken off again: the pairs are of different states.
        square = _kernel(block, block)
        total += float(square.sum() - np.trace(square)) + 2.0 * float(_kernel(block, later).sum())
    return total


def _sum_between(states: np.ndarray, others: np.ndarray) -> float:
    return sum(float(_kernel(states[start : start + _BLOCK], others).sum()) for start in range(0, len(states), _BLOCK))


def _kernel(states: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The kernel between states in units of its length, shape ``(n, m)``."""
    values = _squared_distances(states, others)
    values *= -0.5
    return np.exp(values, out=values)


def _squared_distances(states: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Squared distances; infinite where a state is so far out that its square is no number."""
    with np.errstate(over="ignore", invalid="ignore"):
        squared = -2.0 * (states @ others.T)
        squared += np.sum(states**2, axis=1)[:, None]
        squared += np.sum(others**2, axis=1)
    np.nan_to_num(squared, copy=False, nan=np.inf, posinf=np.inf)
    return np.maximum(squared, 0.0, out=squared)
