"""What a network is: a conditional map from vectors to vectors that knows its own configuration."""

import abc
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float


class AbstractNetwork(eqx.Module):
    """A map ``(x, condition) -> y`` from one float32 vector and one number to one float32 vector.

    The condition is dimensionless and lies between -1 and 1. Batches are made by ``jax.vmap``, which turns
    the layers into matrix products. ``kind`` names the family in files.
    """

    kind: eqx.AbstractClassVar[str]

    @abc.abstractmethod
    def __call__(self, x: Float[Array, " inputs"], condition: Float[Array, ""]) -> Float[Array, " outputs"]:
        """The output at one input."""

    @abc.abstractmethod
    def config(self) -> dict[str, Any]:
        """The keyword arguments, but the key, that build a network of the same shape; values that JSON can
        hold."""
