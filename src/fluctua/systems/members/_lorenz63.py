r"""Three-variable convection with additive noise: a chaotic attractor with a smooth density."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import register
from .._base import as_parameter
from .._vector_system import AbstractDiagonalSystem


@register("system", "lorenz63", summary="three-variable chaotic convection with additive noise")
class Lorenz63(AbstractDiagonalSystem):
    r"""$\dot x = \sigma (y - x)$, $\dot y = x (\rho - z) - y$, $\dot z = x y - \beta z$, each with noise
    $\eta\,dW$.

    Defaults: sigma = 10, rho = 28, beta = 8/3, and eta = 5, without which the density would be singular on
    the attractor and have no score.

    References:
        Lorenz, *Deterministic nonperiodic flow*, 1963. Noise amplitude from the code released with Giorgini,
        Bischoff and Souza, 2026, arXiv 2503.18054.
    """

    sigma: Float[Array, ""] = eqx.field(converter=as_parameter, default=10.0)
    rho: Float[Array, ""] = eqx.field(converter=as_parameter, default=28.0)
    beta: Float[Array, ""] = eqx.field(converter=as_parameter, default=8.0 / 3.0)
    noise: Float[Array, ""] = eqx.field(converter=as_parameter, default=5.0)
    names: tuple[str, ...] = eqx.field(static=True, default=("x", "y", "z"))
    dt: float = eqx.field(static=True, default=0.005)
    save_every: int = eqx.field(static=True, default=20)
    spin_up: float = eqx.field(static=True, default=30.0)

    def drift(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        first, second, third = x
        return jnp.stack(
            [
                self.sigma * (second - first),
                first * (self.rho - third) - second,
                first * second - self.beta * third,
            ]
        )

    def amplitude(self, x: Float[Array, " d"]) -> Float[Array, "*d"]:
        return self.noise

    def initial_state(self, key: PRNGKeyArray | None = None) -> Float[Array, " d"]:
        return jnp.array([1.0, 1.0, 25.0])
