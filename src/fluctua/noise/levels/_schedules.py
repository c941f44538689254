r"""Schedules of noise levels: equal steps of some increasing function of the level.

$$ \sigma_k = f^{-1}\left( f(\sigma_0) + \frac{k}{n-1} [f(\sigma_{n-1}) - f(\sigma_0)] \right). $$
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from ...core import OptionError, register
from .._checks import check_range


@register("noise schedule", "geometric", summary="constant ratios; every octave gets the same number of levels")
def geometric_levels(smallest: float, largest: float, count: int) -> Float[np.ndarray, " count"]:
    r"""Levels in constant ratio, smallest first: $\sigma_k = \sigma_0 (\sigma_{n-1}/\sigma_0)^{k/(n-1)}$.

    Args:
        smallest: Smallest level $\sigma_0 > 0$.
        largest: Largest level, at least the smallest.
        count: Number of levels $n \ge 1$; a single level is the smallest.

    Returns:
        The levels, ascending, shape ``(count,)``; both ends are met exactly.

    Raises:
        OptionError: When the levels are not positive and ordered, or the count is not positive.

    Example:
        >>> [round(float(level), 6) for level in geometric_levels(0.1, 10.0, 3)]
        [0.1, 1.0, 10.0]
    """
    return _schedule(smallest, largest, count, np.log, np.exp)


@register(
    "noise schedule",
    "polynomial",
    summary="equal steps of a root of the level: relative steps shortest at the large levels",
)
def polynomial_levels(smallest: float, largest: float, count: int, *, rho: float = 7.0) -> Float[np.ndarray, " count"]:
    r"""Levels in equal steps of $\sigma^{1/\rho}$, smallest first.

    $$ \sigma_k = \left( \sigma_0^{1/\rho} + \frac{k}{n-1}
       (\sigma_{n-1}^{1/\rho} - \sigma_0^{1/\rho}) \right)^\rho. $$

    $\rho = 1$ is linear, large $\rho$ approaches constant ratios; in between the steps, relative to the level, are
    shortest at the large levels. Near 3 the steps of a sampler are about equally wrong; the default of 7 shortens those
    at small levels and made the better images (Karras and others).

    Args:
        smallest, largest, count: As of ``geometric_levels``, with the same result.
        rho: The power $\rho > 0$.

    Raises:
        OptionError: As there, or when the power is not positive.

    Example:
        >>> [round(float(level), 3) for level in polynomial_levels(0.002, 80.0, 4)]
        [0.002, 0.47, 9.723, 80.0]

    References:
        Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models*,
        NeurIPS (2022), eq. 5.
    """
    if not 0.0 < rho < np.inf:
        raise OptionError(
            f"the power of the noise levels is rho = {rho}",
            "a positive finite number is needed",
            "give 7 for levels as in EDM, 1 for equal steps",
        )
    return _schedule(smallest, largest, count, lambda level: level ** (1.0 / rho), lambda step: step**rho)


@register(
    "noise schedule",
    "cosine",
    summary="equal steps of the angle whose tangent is the level: most levels near the size of the record",
)
def cosine_levels(smallest: float, largest: float, count: int) -> Float[np.ndarray, " count"]:
    r"""Levels in equal steps of the angle $\arctan\sigma$, smallest first: $\sigma_k = \tan\theta_k$.

    In the cosine schedule the record keeps the share $\bar\alpha = \cos^2(\pi t/2)$ of the variance of a state of
    unit variance, and the noise gets the rest; the level relative to the record is then $\sigma =
    \sqrt{(1-\bar\alpha)/\bar\alpha} = \tan(\pi t/2)$. Its offset, which keeps the first level away from zero, is
    replaced by the smallest level. Most levels lie near the size of the record, $\sigma = 1$, for whitened states.

    Args:
        smallest, largest, count: As of ``geometric_levels``, with the same result and refusals; levels are in units of
            the deviation of the record.

    Example:
        >>> [round(float(level), 3) for level in cosine_levels(0.1, 10.0, 3)]
        [0.1, 1.0, 10.0]

    References:
        Nichol and Dhariwal, *Improved denoising diffusion probabilistic models*, ICML (2021), eq. 17.
    """
    return _schedule(smallest, largest, count, np.arctan, np.tan)


def _schedule(
    smallest: float,
    largest: float,
    count: int,
    forward: Callable[[float], float],
    backward: Callable[[Float[np.ndarray, " count"]], Float[np.ndarray, " count"]],
) -> Float[np.ndarray, " count"]:
    """Equal steps of a function of the level."""
    check_range(smallest, largest)
    if count < 1:
        raise OptionError(f"{count} noise levels were asked for", "at least 1 is needed", "ask for 1 or more levels")
    levels = backward(np.linspace(forward(smallest), forward(largest), count))
    # Rounding must not move the ends, or a level could leave the range that it was made for.
    levels[0], levels[-1] = smallest, (largest if count > 1 else smallest)
    return np.clip(levels, smallest, largest)
