"""A network that adds a known function of the noised state to what a whitened score is built on."""

from collections.abc import Callable
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from fluctua.networks import AbstractNetwork
from fluctua.scores import WhitenedPreconditioning


class Residual(AbstractNetwork):
    """Makes ``function(noised, numbers)`` of the noised state at one level, whatever scales stand around it."""

    kind: ClassVar[str] = "residual"
    around: WhitenedPreconditioning
    level: float
    function: Callable[..., jax.Array] = eqx.field(static=True)
    numbers: Any = None

    def __call__(self, x: jax.Array, condition: jax.Array) -> jax.Array:
        x, level = x.astype(jnp.float64), jnp.asarray(self.level)
        # With power laws it reads y / rho, whose square is (d + nu) (1 - 1 / rho^2).
        shrunk = jnp.sum(x**2) / (x.size + self.around.tail_index)
        radius = jax.lax.rsqrt(1.0 - jnp.minimum(shrunk, 1.0 - 1e-12))
        noised = radius * x * jnp.sqrt(1.0 + self.around.spread * level**2)
        return self.function(noised, self.numbers) / self.around.parts(noised, level)[0].factor

    def config(self) -> dict[str, Any]:
        return {}
