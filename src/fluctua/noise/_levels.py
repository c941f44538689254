"""Noise levels: the standard deviations of the noise a score is learned at."""

import math

import jax
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import OptionError


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
    _check_range(smallest, largest)
    if count < 1:
        raise OptionError(f"{count} noise levels were asked for", "at least 1 is needed", "ask for 1 or more levels")
    levels = np.geomspace(smallest, largest, count)
    # Rounding must not move the ends, or a level could leave the range that it was made for.
    levels[0], levels[-1] = smallest, (largest if count > 1 else smallest)
    return levels


def draw_log_uniform_levels(
    key: PRNGKeyArray,
    shape: tuple[int, ...],
    smallest: float,
    largest: float,
    *,
    emphasis: float = 0.0,
    dtype: DTypeLike = "float64",
) -> Float[Array, "*shape"]:
    r"""Random levels, log-uniform or with more of the small ones.

    $$ \ln \sigma = \ln \sigma_0 + U^{1+\epsilon} \ln(\sigma_1 / \sigma_0), \qquad U \text{ uniform on } (0,
    1). $$

    Log-uniform for $\epsilon = 0$, because the score changes with the ratio of the noise to the structure it
    covers: every octave gets the same attention. With a larger emphasis $\epsilon$ the small levels get more
        of it.

    Args:
        key: Random key.
        shape: Shape of the draw.
        smallest: Smallest level $\sigma_0$, positive.
        largest: Largest level $\sigma_1$, at least the smallest.
        emphasis: $\epsilon \ge 0$; half of the levels lie below the fraction $2^{-(1+\epsilon)}$ of the
            logarithmic range.
        dtype: Type of the levels.

    Raises:
        OptionError: When the levels are not positive and ordered, or the emphasis is negative.

    Example:
        >>> import jax
        >>> levels = draw_log_uniform_levels(jax.random.key(0), (100,), 0.1, 10.0)
        >>> bool((levels >= 0.1).all() and (levels <= 10.0).all())
        True
    """
    _check_range(smallest, largest)
    if not emphasis >= 0.0:
        raise OptionError(
            f"the emphasis on small levels is {emphasis}",
            "a number that is not negative is needed",
            "give 0 for log-uniform levels, 1 for more of the small ones",
        )
    position = jax.random.uniform(key, shape, dtype) ** (1.0 + emphasis)
    levels = smallest * jax.numpy.exp(position * math.log(largest / smallest))
    return levels.clip(smallest, largest)


def _check_range(smallest: float, largest: float) -> None:
    if not (0.0 < smallest <= largest < math.inf):
        raise OptionError(
            f"the noise levels run from {smallest} to {largest}",
            "a positive smallest level and a finite largest level that is not below it are needed",
            "give, for example, smallest=0.1 and largest=3.0",
        )
