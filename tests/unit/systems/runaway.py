"""A system whose states become infinite."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from fluctua.systems import AbstractSystem


class Runaway(AbstractSystem):
    """dx = x^3 dt + small noise: infinite after a time of 1 / (2 x0^2)."""

    names: tuple[str, ...] = eqx.field(static=True, default=("height",))
    dt: float = 0.01
    save_every: int = 5
    spin_up: float = 0.0
    ceiling: float = jnp.inf

    @property
    def noise_dimension(self) -> int:
        return 1

    def drift(self, x: Array) -> Array:
        return x**3

    def diffusion(self, x: Array) -> Array:
        return jnp.full((1, 1), 1e-6)

    def initial_state(self) -> Array:
        return jnp.array([0.1])

    def is_within(self, x: Array) -> Array:
        return jnp.all(jnp.isfinite(x)) & (x[0] < self.ceiling)
