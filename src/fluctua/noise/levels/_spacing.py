r"""How far apart noise levels may lie, from the law of the norm of the noise.

In high dimension the norm $R$ of a noise vector keeps to a shell. Annealed sampling goes from one level to the next
smaller one only if the shells overlap: a vector noised at the smaller level must fall into the shell of the larger
level, from the quantile of $\Phi(-3)$ to that of $\Phi(3)$, with a given probability $C$. For a family in its scale
this fixes one ratio $g$ between all levels.

Deasy and others announce an "iterative noise scaling" of levels for generalised normal noise. The rules here are
**our reconstruction** of it, from technique 2 of Song and Ermon with the norm law of the noise in place of the
Gaussian one; the text of that paper was not at hand.
"""

import math

import numpy as np
import scipy  # its submodule is loaded when it is first used
import scipy.special as special
from jaxtyping import Float

from ...core import OptionError, register, unknown_choice
from .._checks import check_range
from ..laws import AbstractNoiseLaw, Gaussian, GeneralisedNormal
from ._schedules import geometric_levels

METHODS = ("exact", "normal")
# Half the width of a shell in standard deviations of a normal law, as Song and Ermon have it.
SHELL = 3.0


def norm_spacing(law: AbstractNoiseLaw, dimension: int, *, overlap: float = 0.5, method: str = "exact") -> float:
    r"""The ratio $g > 1$ of neighbouring noise levels at which their shells overlap with a given probability.

    ``"exact"`` uses the quantile function $Q$ of the norm, skew included, and the lower edge of the shell, the one
    that matters:

    $$ g = Q(1 - C) / Q(\Phi(-3)). $$

    ``"normal"`` takes the norm for normal with mean over standard deviation $a$, the root of

    $$ \Phi(a(g-1) + 3g) - \Phi(a(g-1) - 3g) = C, $$

    with $a = \sqrt{4d/(\kappa-1)}$ for the product form of the generalised normal law of kurtosis $\kappa$,
    $\sqrt{\beta d}$ for the spherical form and $\sqrt{2d}$ for Gaussian noise (the published rule). It has no root
    for $a \le 3$, so not below five dimensions of Gaussian noise.

    Args:
        law: The noise law; its scale does not matter.
        dimension: Dimension $d$ of the noise vectors.
        overlap: The probability $C$, between 0 and 0.99.
        method: ``"exact"`` or ``"normal"``.

    Returns:
        The ratio $g$. Levels from $\sigma_1$ to $\sigma_L$ number $1 + \ln(\sigma_1/\sigma_L)/\ln g$.

    Raises:
        OptionError: An unknown method, an overlap out of range, or a law and dimension for which the normal
            approximation does not hold.

    Example:
        >>> from fluctua.noise import Gaussian
        >>> round(norm_spacing(Gaussian(), 3072), 5)
        1.03953

    References:
        Song and Ermon, *Improved techniques for training score-based generative models*, NeurIPS (2020), technique 2.
        Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021), abstract.
    """
    if method not in METHODS:
        raise unknown_choice("method", method, METHODS)
    if not 0.0 < overlap <= 0.99:
        raise OptionError(
            f"the shells of neighbouring noise levels were to overlap with probability {overlap}",
            "a number above 0 and at most 0.99 is needed",
            "give 0.5",
        )
    if method == "exact":
        edge = float(special.ndtr(-SHELL))
        return law.norm_quantile(1.0 - overlap, dimension) / law.norm_quantile(edge, dimension)
    concentration = _concentration(law, dimension)

    def excess(ratio: float) -> float:
        centre = concentration * (ratio - 1.0)
        return float(special.ndtr(centre + SHELL * ratio) - special.ndtr(centre - SHELL * ratio)) - overlap

    if concentration <= SHELL:
        raise OptionError(
            f"the mean norm of {law.kind} noise in dimension {dimension} is about {concentration:.2g} times its"
            " standard deviation",
            f"the normal approximation has no solution unless that is above {SHELL:g}",
            "use method='exact'",
        )
    # The lower edge is met at the latest when centre - 3 g exceeds every quantile that matters.
    highest = 1.0 + 13.0 / (concentration - SHELL)
    return float(scipy.optimize.brentq(excess, 1.0, highest, xtol=1e-14))  # pyright: ignore[reportArgumentType]


@register(
    "noise schedule", "norm-spaced", summary="constant ratios, as large as the law of the norm of the noise allows"
)
def norm_spaced_levels(
    law: AbstractNoiseLaw,
    dimension: int,
    smallest: float,
    largest: float,
    *,
    overlap: float = 0.5,
    method: str = "exact",
) -> Float[np.ndarray, " count"]:
    r"""Levels in constant ratio whose shells overlap at least as ``norm_spacing`` asks, smallest first.

    Args:
        law: The noise law; its scale does not matter.
        dimension: Dimension of the noise vectors.
        smallest: Smallest level, positive.
        largest: Largest level, at least the smallest.
        overlap: The probability $C$ of ``norm_spacing``.
        method: ``"exact"`` or ``"normal"``.

    Returns:
        The fewest levels with a ratio of at most $g$, ascending, shape ``(count,)``; both ends are met exactly.

    Raises:
        OptionError: When the levels are not positive and ordered, and as for ``norm_spacing``.

    Example:
        >>> from fluctua.noise import Gaussian
        >>> len(norm_spaced_levels(Gaussian(), 784, 0.01, 1.0))
        61
    """
    check_range(smallest, largest)
    ratio = norm_spacing(law, dimension, overlap=overlap, method=method)
    # A whole number of steps is not made one more by rounding.
    steps = math.ceil(math.log(largest / smallest) / math.log(ratio) - 1e-9)
    return geometric_levels(smallest, largest, 1 + steps)


def _concentration(law: AbstractNoiseLaw, dimension: int) -> float:
    """Mean over standard deviation of the norm, to leading order in the dimension."""
    if isinstance(law, Gaussian):
        return math.sqrt(2.0 * dimension)
    if isinstance(law, GeneralisedNormal):
        if law.form == "spherical":
            return math.sqrt(law.beta * dimension)
        log_kurtosis = (
            special.gammaln(5.0 / law.beta) + special.gammaln(1.0 / law.beta) - 2.0 * special.gammaln(3.0 / law.beta)
        )
        return math.sqrt(4.0 * dimension / math.expm1(log_kurtosis))
    raise OptionError(
        f"the normal approximation was asked for with {law.kind} noise",
        "it needs a norm that concentrates in high dimension, which this noise has not",
        "use method='exact'",
    )
