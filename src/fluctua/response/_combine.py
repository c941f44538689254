r"""The combination of an unbiased estimate with an efficient one.

The doubly robust estimate $\hat K$ needs the conjugate observable of the whole density, which is large where the
density is narrow: unbiased, but noisy. The classical estimate $\hat K_0$ is the least noisy one where the conditional
mean is linear, and biased elsewhere. Their difference $\Delta = \hat K - \hat K_0$ has the mean of that bias and a
known variance, so the pair is combined, for each push and observable, over all lags together, by

$$ \hat K_w = \hat K - (1 - w) \Delta, \qquad
   1 - w = \min\Big(1,\; \big(1 - \tfrac{2}{\nu}\big)
   \frac{\sum_t \mathrm{Cov}(\hat K(t), \Delta(t))}{\sum_t \Delta(t)^2}\Big), $$

the James-Stein rule with $\nu = (\mathrm{tr}\, C)^2 / \mathrm{tr}\, C^2$ effective dimensions of the curve $\Delta$
with covariance $C$. A visible nonlinearity ($\Delta$ far beyond its noise) switches the combination off; without one
most of the extra noise goes. With $\nu \le 2$ nothing is combined.

The bias that remains, $(1 - w)\, E[\Delta]$, is unknown in shape and sign; its size enters the band as one more row of
the covariance factor, $(1 - w)\, \tau\, \sqrt{C(t, t)}$ with
$\tau^2 = (\sum \Delta^2 / \mathrm{tr}\, C - 1 + \sqrt{2 / \nu})_+$: the estimate of the mean square bias in units of
$C$ plus one standard error of that estimate, because a bias too small to be seen would otherwise be called zero.

References:
    Green and Strawderman, *A James-Stein type estimator for combining unbiased and possibly biased estimators*, JASA
    86, 1001 (1991).
"""

import numpy as np

from ..statistics import Estimate


def combine(robust: Estimate, efficient: Estimate) -> tuple[Estimate, np.ndarray]:
    """Combine the doubly robust estimate with the classical one; see the formulas above.

    Args:
        robust: The unbiased estimate of curves ``(pushes, lags, observables)``.
        efficient: The estimate with less noise and perhaps a bias; rows of both factors belong together.

    Returns:
        The combined estimate, and the weight of the robust one, shape ``(pushes, observables)``.
    """
    difference = robust.value - efficient.value
    rows = robust.factor - efficient.factor
    squares = np.sum(difference**2, axis=1)
    shared = np.einsum("jqlp,jqlp->qp", robust.factor, rows, optimize=True)
    variance = np.einsum("jqlp,jqlp->qp", rows, rows, optimize=True)
    overlaps = np.einsum("jqlp,kqlp->qpjk", rows, rows, optimize=True)
    dimensions = variance**2 / np.maximum(np.sum(overlaps**2, axis=(2, 3)), 1e-300)
    pull = np.maximum(0.0, 1 - 2 / np.maximum(dimensions, 2.0))
    share = np.clip(pull * shared / np.maximum(squares, 1e-300), 0.0, 1.0)[:, None, :]
    # The mean square bias in units of the variance, one standard error up.
    size = squares / np.maximum(variance, 1e-300) - 1 + np.sqrt(2 / np.maximum(dimensions, 1.0))
    spread = np.sqrt(np.sum(rows**2, axis=0))
    bias = share * np.sqrt(np.maximum(0.0, size))[:, None, :] * spread
    factor = np.concatenate([robust.factor - share * rows, bias[None]])
    return Estimate(robust.value - share * difference, factor, robust.freedom), 1 - share[:, 0, :]
