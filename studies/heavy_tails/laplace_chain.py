"""Laplace noise: the increments between two of its levels, and the way back when the clean state is known."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


def laplace_ancestral_step(
    key: PRNGKeyArray,
    clean: Float[Array, "*shape"],
    noised: Float[Array, "*shape"],
    level: Float[Array, ""] | float,
    following: Float[Array, ""] | float,
) -> Float[Array, "*shape"]:
    r"""One state of a lower level given the clean state and that of a higher level, for Laplace noise, exactly.

    Noise of scale $b_1$ becomes noise of scale $b_2 > b_1$ by an increment that is 0 with probability $r^2$,
    $r = b_1 / b_2$, and else Laplace of scale $b_2$: the ratio of the characteristic functions,
    $(1 + b_1^2 k^2) / (1 + b_2^2 k^2) = r^2 + (1 - r^2) / (1 + b_2^2 k^2)$, says so. With $v$ the noise at level $b_2$
    (taken positive, by symmetry) and $c_\pm = 1/b_1 \pm 1/b_2$, the noise $u$ at level $b_1$ is $v$ itself with
    probability $r\, e^{-v c_-}$; else it lies

    * below 0, with $-u$ exponential of rate $c_+$ and weight $1 / c_+$,
    * between 0 and $v$, exponential of rate $c_-$ cut there and weight $(1 - e^{-v c_-}) / c_-$,
    * above $v$, with $u - v$ exponential of rate $c_+$ and weight $e^{-v c_-} / c_+$.

    Args:
        key: Random key.
        clean: Clean states $x_0$, any shape.
        noised: States $x_0 + v$ at the higher level, the same shape.
        level: The higher level times the scale of the law, $b_2$.
        following: The lower level times the scale of the law, $0 < b_1 < b_2$.

    Returns:
        States $x_0 + u$ at the lower level, the same shape.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> laplace_ancestral_step(jax.random.key(0), np.zeros(3), np.array([-1.0, 0.5, 2.0]), 1.0, 0.9).shape
        (3,)

    References:
        Kotz, Kozubowski and Podgorski, *The Laplace distribution and generalizations* (2001), section 2.4, for the
        increments; the way back is our own calculation.
    """
    upper, lower = jnp.asarray(level, float), jnp.asarray(following, float)
    difference = jnp.asarray(noised) - jnp.asarray(clean)
    value, sign = jnp.abs(difference), jnp.where(difference < 0.0, -1.0, 1.0)
    fast, slow = 1.0 / lower + 1.0 / upper, 1.0 / lower - 1.0 / upper
    left = jnp.exp(-value * slow)
    still, choice, place = jax.random.uniform(key, (3, *value.shape))
    weights = jnp.stack([jnp.full_like(value, 1.0 / fast), -jnp.expm1(-value * slow) / slow, left / fast])
    edges = jnp.cumsum(weights, axis=0) / jnp.sum(weights, axis=0)
    outside = -jnp.log1p(-place) / fast
    between = -jnp.log1p(place * jnp.expm1(-value * slow)) / slow
    moved = jnp.where(choice < edges[0], -outside, jnp.where(choice < edges[1], between, value + outside))
    after = jnp.where(still < lower / upper * left, value, moved)
    return jnp.asarray(clean) + sign * after


def laplace_increment(key: PRNGKeyArray, shape: tuple[int, ...], ratio: Float[Array, ""]) -> Float[Array, "*shape"]:
    r"""What added to $\rho$ times a unit Laplace variable gives another: 0 with probability $\rho^2$, else Laplace."""
    first, second = jax.random.split(key)
    still = jax.random.uniform(first, shape) < ratio**2
    return jnp.where(still, 0.0, jax.random.laplace(second, shape, float))
