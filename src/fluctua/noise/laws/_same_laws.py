"""Laws that are the same under several names."""

import math

from ._base import AbstractNoiseLaw
from ._gaussian import Gaussian
from ._generalised_normal import GeneralisedNormal
from ._symmetric_stable import SymmetricStable


def product_exponent(law: AbstractNoiseLaw, dimension: int) -> tuple[float, float] | None:
    r"""Exponent and scale of a law whose coordinates are independent and generalised normal, under whatever name.

    Each coordinate has a density proportional to $\exp(-|n_j / \alpha|^\beta)$. Gaussian laws have $\beta = 2$,
    whatever they are called; in one dimension every form of the generalised normal law is meant.

    Args:
        law: The noise law.
        dimension: Length of the noise vectors.

    Returns:
        $\beta$ and $\alpha$; None for any other law.

    Example:
        >>> from fluctua.noise import SymmetricStable
        >>> product_exponent(SymmetricStable(2.0), 3)
        (2.0, 2.0)
    """
    if isinstance(law, Gaussian):
        return 2.0, math.sqrt(2.0) * law.scale
    if isinstance(law, SymmetricStable) and law.alpha == 2.0:
        return 2.0, 2.0 * law.scale
    if isinstance(law, GeneralisedNormal) and (law.form == "product" or dimension == 1 or law.beta == 2.0):
        return float(law.beta), law.scale
    return None
