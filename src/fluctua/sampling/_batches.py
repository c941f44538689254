"""Apply a function of one state to all states inside compiled code, so many at a time that memory stays bounded."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array


def in_batches(function: Callable[..., Array], batch: int, *arrays: Array) -> Array:
    """What ``function`` gives for every row of the arrays, at most ``batch`` rows at a time."""
    count = len(arrays[0])
    if count <= batch:
        return jax.vmap(function)(*arrays)
    groups = -(-count // batch)
    # The rows that fill the last group repeat the last state: they stay inside the domain of the function.
    index = jnp.minimum(jnp.arange(groups * batch), count - 1).reshape(groups, batch)
    values = jax.lax.map(lambda rows: jax.vmap(function)(*(array[rows] for array in arrays)), index)
    return values.reshape(groups * batch, *values.shape[2:])[:count]
