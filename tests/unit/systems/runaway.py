"""Systems whose states become infinite."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from fluctua.systems import AbstractFieldSystem, AbstractVectorSystem, PeriodicDomain


class Runaway(AbstractVectorSystem):
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

    def initial_state(self, key: Array | None = None) -> Array:
        return jnp.array([0.1])

    def is_within(self, values: Array) -> Array:
        return jnp.all(jnp.isfinite(values)) & (values[0] < self.ceiling)


class RunawayField(AbstractFieldSystem):
    """du = u^3 dt on a line: infinite after a time of 1 / (2 u^2)."""

    domain: PeriodicDomain = eqx.field(default=PeriodicDomain((8,)))
    name: str = eqx.field(static=True, default="u")
    dt: float = eqx.field(static=True, default=0.01)
    save_every: int = eqx.field(static=True, default=5)
    spin_up: float = eqx.field(static=True, default=0.0)

    @property
    def has_noise(self) -> bool:
        return False

    def linear(self) -> Array:
        return jnp.zeros(5, complex)

    def nonlinear(self, spectrum: Array, hidden: Array) -> Array:
        return self.domain.forward(self.domain.backward(spectrum) ** 3)

    def noise(self) -> Array:
        return jnp.zeros(5)

    def initial_state(self, key: Array | None = None) -> Array:
        return jnp.full(8, 0.1)
