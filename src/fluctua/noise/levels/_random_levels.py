"""Random noise levels for training."""

import math

import jax
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import OptionError
from .._checks import check_range


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
    covers: every octave gets the same attention. With a larger emphasis $\epsilon$ the small levels get more of it.

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
    check_range(smallest, largest)
    if not emphasis >= 0.0:
        raise OptionError(
            f"the emphasis on small levels is {emphasis}",
            "a number that is not negative is needed",
            "give 0 for log-uniform levels, 1 for more of the small ones",
        )
    position = jax.random.uniform(key, shape, dtype) ** (1.0 + emphasis)
    levels = smallest * jax.numpy.exp(position * math.log(largest / smallest))
    return levels.clip(smallest, largest)
