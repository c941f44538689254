r"""Sums and differences of two estimates with their error.

Where both come from the same blocks of time, the rows of their factors that belong to the same cosine are added: noise
that they share adds up or cancels, as it does in the estimates. Rows of independent ones stay apart.
"""

import numpy as np

from ._estimate import Estimate


def combined(
    first: Estimate, second: Estimate, weights: tuple[float, float], *, cosines: int | None = None, alike: bool = False
) -> Estimate:
    r"""$a K_1 + b K_2$ with its error.

    Args:
        first: $K_1$.
        second: $K_2$, of the same shape.
        weights: a and b.
        cosines: Leading rows of both factors that belong to the same cosines over the same blocks of time, as many as
            there were at first (rows that ``with_flat_spectrum`` dropped are zero). None for independent estimates,
            whose degrees of freedom are those of Satterthwaite.
        alike: Whether the further rows are of the same kinds, each linear in the estimate, so that they add up as it
            does; else they are errors by themselves.

    Example:
        >>> one = Estimate(np.array([1.0]), np.array([[0.3], [0.4]]), 2)
        >>> float(combined(one, one, (1, -1), cosines=2).stderr()[0])
        0.0
        >>> float(combined(one, one, (1, -1)).stderr()[0].round(3))
        0.707

    References:
        Satterthwaite, *An approximate distribution of estimates of variance components*, Biometrics Bulletin 2, 110
        (1946), eq. 17.
    """
    a, b = weights
    value = a * first.value + b * second.value
    if cosines is None:
        factor = np.concatenate([a * first.factor, b * second.factor])
        variances = [(a * first.stderr()) ** 2, (b * second.stderr()) ** 2]
        each = sum(v**2 / f for v, f in zip(variances, (first.freedom, second.freedom), strict=True))
        all_of_it = sum(variances)
        fewest = np.minimum(first.freedom, second.freedom)
        freedom = np.where(each > 0, all_of_it**2 / np.where(each > 0, each, 1.0), fewest)
        return Estimate(value, factor, np.maximum(freedom, fewest))
    used = np.minimum(first.freedom, second.freedom)
    rows = np.arange(cosines).reshape(-1, *[1] * value.ndim)
    shared = a * first.factor[:cosines] * np.sqrt(first.freedom / used)
    shared = shared + b * second.factor[:cosines] * np.sqrt(second.freedom / used)
    own = [a * first.factor[cosines:], b * second.factor[cosines:]]
    own = [own[0] + own[1]] if alike else own
    return Estimate(value, np.concatenate([np.where(rows < used, shared, 0.0), *own]), used)
