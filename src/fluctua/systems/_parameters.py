"""How a system holds its parameters: float64 arrays, so that they can be traced, mapped over and
differentiated."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float


def as_parameter(value: ArrayLike) -> Float[Array, "..."]:
    """The value as a float64 array; a new value does not compile the same simulation again."""
    return jnp.asarray(value, jnp.float64)
