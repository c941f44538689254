r"""Precision and recall of a distribution: are the drawn states where real ones are, and are they everywhere there?

With the shares $P_k$ of real and $Q_k$ of drawn states in a set of bins, a drawn sample has precision $a$ at recall
$b$ where both are mixtures with a common part, $a$ of the drawn and $b$ of the real one. The best pairs are a curve,

$$ a(\lambda) = \sum_k \min(\lambda P_k, Q_k), \qquad b(\lambda) = a(\lambda) / \lambda, \qquad 0 < \lambda < \infty, $$

whose point at $\lambda = 1$ is one minus the total variation distance. Its summary is the largest

$$ F_c = \frac{(1 + c^2)\, a b}{c^2 a + b} = \frac{(1 + c^2)\, a(\lambda)}{1 + c^2 \lambda} $$

over the curve: $F_8$, which is recall almost alone, and $F_{1/8}$, which is precision almost alone. Both are one where
the two distributions are equal, and zero where no bin holds states of both.

The maximum is known without a grid of $\lambda$. Between two neighbouring ratios $Q_k / P_k$ the numerator $a$ is
linear in $\lambda$, so that $F_c$ is a ratio of two linear functions there, which has no maximum within: the largest
value over the curve is the largest over the ratios.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from .metrics import nearest_mode

_WEIGHT = 8.0  # the published choice: recall counts 64 times as much as precision, or the other way round

_REACH = 4.0  # deviations from a mode; beyond it, exp(-8) of a Gaussian in the plane, a state belongs to no mode


class PrecisionRecall(NamedTuple):
    """The two summaries of the curve, between zero and one, one being the best."""

    recall: float
    precision: float


def precision_recall(real: Float[np.ndarray, " k"], drawn: Float[np.ndarray, " k"]) -> PrecisionRecall:
    r"""$F_8$ and $F_{1/8}$ of the shares of drawn states in bins, beside those of real ones.

    Args:
        real: Shares $P_k$ of real states, or the true probabilities; their sum is one.
        drawn: Shares $Q_k$ of drawn states in the same bins; their sum is one.

    Returns:
        Recall $F_8$, below one where real states are not drawn often enough, and precision $F_{1/8}$, below one where
        states are drawn that are not real often enough.

    Example:
        >>> import numpy as np
        >>> found = precision_recall(np.array([0.5, 0.5]), np.array([1.0, 0.0]))  # all that is drawn is real
        >>> round(found.recall, 3), round(found.precision, 3)
        (0.504, 0.985)

    References:
        Sajjadi, Bachem, Lucic, Bousquet and Gelly, *Assessing generative models via precision and recall*, NeurIPS
        2018, arXiv 1806.00035, for the curve and both summaries; the maximum over ratios is ours, theirs is over
        angles.
    """
    both = (real > 0.0) & (drawn > 0.0)
    if not both.any():
        return PrecisionRecall(0.0, 0.0)
    slopes = np.unique(drawn[both] / real[both])
    precision = np.sum(np.minimum(slopes[:, None] * real, drawn), axis=1)
    return PrecisionRecall(_largest(_WEIGHT, slopes, precision), _largest(1.0 / _WEIGHT, slopes, precision))


def _largest(weight: float, slopes: np.ndarray, precision: np.ndarray) -> float:
    """The largest F of a weight; sums of shares are one up to rounding, and so is it."""
    return min(float(np.max((1.0 + weight**2) * precision / (1.0 + weight**2 * slopes))), 1.0)


def mode_bins(
    states: Float[np.ndarray, "n d"], means: Float[np.ndarray, "k d"], deviation: float
) -> Float[np.ndarray, " bins"]:
    """The share of the states in each mode, and as the last of ``k + 1`` the share in none: four deviations from all.

    Bins of known modes are the same for every law, where the clusters of the paper, of real and drawn states
    together, move with what was drawn. States between modes count against the precision, which the total variation
    of the weights alone does not see.

    Args:
        states: The states.
        means: Means of the modes.
        deviation: Their standard deviation, the same for all modes and variables.

    Example:
        >>> import numpy as np
        >>> mode_bins(np.array([[0.1], [1.2], [0.5], [0.9]]), np.array([[0.0], [1.0]]), 0.1).tolist()
        [0.25, 0.5, 0.25]
    """
    mode = nearest_mode(states, means)
    far = np.linalg.norm(states - means[mode], axis=1) > _REACH * deviation
    return np.bincount(np.where(far, len(means), mode), minlength=len(means) + 1) / len(states)


def true_mode_bins(weights: Float[np.ndarray, " k"]) -> Float[np.ndarray, " bins"]:
    r"""The probabilities of the same bins under round Gaussian modes in the plane that lie far from one another.

    Beyond $r$ deviations lies $e^{-r^2/2}$ of a Gaussian in the plane.

    Example:
        >>> import numpy as np
        >>> [round(share, 5) for share in true_mode_bins(np.array([0.25, 0.75])).tolist()]
        [0.24992, 0.74975, 0.00034]
    """
    beyond = np.exp(-0.5 * _REACH**2)
    return np.append((1.0 - beyond) * weights, beyond)
