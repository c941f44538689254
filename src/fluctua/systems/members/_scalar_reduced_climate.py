r"""A scalar reduced model of a slow climate variable, with additive noise."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import register
from .._base import HasExactScore, as_parameter
from .._vector_system import AbstractDiagonalSystem


@register("system", "scalar-additive", summary="a skewed slow climate variable with additive noise; exact score")
class ScalarReducedClimate(AbstractDiagonalSystem, HasExactScore):
    r"""$dx = (F + a x + b x^2 - c x^3)\,dt + \sigma\,dW$, skewed and far from Gaussian.

    Defaults: F = 0.6, a = -0.0222, b = -0.2, c = 0.0494, sigma = 0.7071. The score is
    $(2/\sigma^2)(F + a x + b x^2 - c x^3)$.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(ScalarReducedClimate().score(jnp.array([0.0]))[0]), 3)
        2.4

    References:
        Majda, Timofeyev and Vanden-Eijnden, *A mathematical framework for stochastic climate models*, 2001,
        for the normal form. Giorgini, Bischoff and Souza, 2025, arXiv 2509.19660, for the parameter values.
    """

    forcing: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.6)
    a: Float[Array, ""] = eqx.field(converter=as_parameter, default=-0.0222)
    b: Float[Array, ""] = eqx.field(converter=as_parameter, default=-0.2)
    c: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.0494)
    noise: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.7071)
    names: tuple[str, ...] = eqx.field(static=True, default=("x",))
    dt: float = eqx.field(static=True, default=0.01)
    save_every: int = eqx.field(static=True, default=10)
    spin_up: float = eqx.field(static=True, default=50.0)

    def drift(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        return self.forcing + x * (self.a + x * (self.b - x * self.c))

    def amplitude(self, x: Float[Array, " d"]) -> Float[Array, "*d"]:
        return self.noise

    def initial_state(self, key: PRNGKeyArray | None = None) -> Float[Array, " d"]:
        return jnp.ones(1)

    def score(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        return 2.0 * self.drift(x) / self.noise**2
