"""Norms of noise vectors and products with them, in double precision where single precision would overflow."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float


def squared_norm(noise: Float[Array, " d"], scale: Any = 1.0) -> Float[Array, ""]:
    """The squared norm of one vector over a scale, in double precision whatever the type of the vector."""
    return jnp.sum((noise.astype(jnp.float64) / scale) ** 2)


def times(noise: Float[Array, " d"], factor: Any) -> Float[Array, " d"]:
    r"""A vector times a number, in the type of the vector, also where the number itself exceeds that type.

    Scores are $n / a^2$ times something: for $a = 10^{30}$ the square is no single-precision number, the score is.
    Dividing by $a$ twice does not help, for a compiler joins the two divisions.
    """
    return (noise.astype(jnp.float64) * factor).astype(noise.dtype)


def positive_part(value: Float[Array, "*shape"]) -> tuple[Float[Array, "*shape"], Array]:
    """The value with 1 in place of what is zero (or subnormal), and where that was done.

    A branch of ``jnp.where`` that is not taken still sends its gradient: what it computes must be finite too.
    """
    zero = value < jnp.finfo(value.dtype).tiny
    return jnp.where(zero, 1.0, value), zero
