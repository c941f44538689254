"""Norms of noise vectors, in double precision: squares of single precision overflow in far tails."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def squared_norm(noise: Float[Array, " d"]) -> Float[Array, ""]:
    """The squared norm of one vector, in double precision whatever the type of the vector."""
    return jnp.sum(noise.astype(jnp.float64) ** 2)


def positive_part(value: Float[Array, "*shape"]) -> tuple[Float[Array, "*shape"], Array]:
    """The value with 1 in place of what is zero (or subnormal), and where that was done.

    A branch of ``jnp.where`` that is not taken still sends its gradient: what it computes must be finite too.
    """
    zero = value < jnp.finfo(value.dtype).tiny
    return jnp.where(zero, 1.0, value), zero
