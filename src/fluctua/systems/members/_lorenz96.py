r"""A ring of variables with quadratic advection, damping, forcing and additive noise."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import OptionError, register
from .._base import as_parameter
from .._vector_system import AbstractDiagonalSystem


@register("system", "lorenz96", summary="a chaotic ring of 20 variables with additive noise")
class Lorenz96(AbstractDiagonalSystem):
    r"""$dx_i = [(x_{i+1} - x_{i-2}) x_{i-1} - x_i + F]\,dt + \eta\,dW_i$ on a ring of N variables.

    Statistics are the same at every i, and the response depends on the offset alone. Defaults: N = 20, F = 8,
    eta = 1.5.

    Args:
        size: Number N of variables, at least 4.
        forcing: Forcing F.
        noise: Noise amplitude eta.
        dt, save_every, spin_up: As of ``AbstractSystem``.

    Raises:
        OptionError: A ring of fewer than 4 variables.

    Example:
        >>> Lorenz96(size=4).names
        ('x0', 'x1', 'x2', 'x3')

    References:
        Lorenz, *Predictability: a problem partly solved*, 1996. Noise as in Zagli, Colbrook, Lucarini, Mezić
        and Moroney, 2024, arXiv 2410.01622.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    dt: float = eqx.field(static=True)
    save_every: int = eqx.field(static=True)
    spin_up: float = eqx.field(static=True)
    forcing: Float[Array, ""]
    noise: Float[Array, ""]

    def __init__(
        self,
        size: int = 20,
        forcing: float = 8.0,
        noise: float = 1.5,
        *,
        dt: float = 0.005,
        save_every: int = 10,
        spin_up: float = 30.0,
    ):
        if size < 4:
            raise OptionError(
                f"a Lorenz-96 ring of {size} variables was asked for",
                "at least 4 are needed, since each is coupled to three different neighbours",
                "use size=4 or more",
            )
        self.names = tuple(f"x{index}" for index in range(size))
        self.dt, self.save_every, self.spin_up = dt, save_every, spin_up
        self.forcing, self.noise = as_parameter(forcing), as_parameter(noise)

    def drift(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        return (jnp.roll(x, -1) - jnp.roll(x, 2)) * jnp.roll(x, 1) - x + self.forcing

    def amplitude(self, x: Float[Array, " d"]) -> Float[Array, "*d"]:
        return self.noise

    def initial_state(self, key: PRNGKeyArray | None = None) -> Float[Array, " d"]:
        # The noise breaks the symmetry of the uniform state.
        return self.forcing * jnp.ones(self.dimension)
