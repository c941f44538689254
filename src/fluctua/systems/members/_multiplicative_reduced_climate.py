r"""A scalar reduced model of a slow climate variable, with correlated additive and multiplicative noise."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import register
from .._base import HasExactScore, as_parameter
from .._vector_system import AbstractVectorSystem


@register(
    "system",
    "scalar-multiplicative",
    summary="a slow climate variable with correlated additive and multiplicative noise; exact score",
)
class MultiplicativeReducedClimate(AbstractVectorSystem, HasExactScore):
    r"""$dx = (-\tilde F + a x + b x^2 - c x^3)\,dt + (A - B x)\,dW_1 + s\,dW_2$ (Itô).

    The slow variable of a triad whose two fast variables, with damping $g_2/e$, $g_3/e$ and noise $s_2$,
    $s_3$, have been averaged out, $e$ being the separation of time scales and $I$ the strength of the
    quadratic interaction:

    $a = L_{11} + e (I^2 s_2^2/(2 g_2^2) - L_{12}^2/g_2 - L_{13}^2/g_3)$, $b = -2 L_{12} I e/g_2$, $c = I^2
    e/g_2$, $B = -(I s_2/g_2)\sqrt e$, $A = -L_{12} B/I$, $\tilde F = A B/2$, $s = (L_{13} s_3/g_3)\sqrt e$.

    Defaults: L11 = -2, L12 = 0.2, L13 = 0.1, g2 = 0.6, g3 = 0.4, s2 = 1.2, s3 = 0.8, I = 1, e = 0.1, which
    give a = -1.80917, b = -0.06667, c = 0.16667, A = 0.12649, B = -0.63246, F = -0.04, s = 0.06325. The
    score is $2 [A B/2 + (a - B^2) x + b x^2 - c x^3] / [s^2 + (A - B x)^2]$: a sharp peak with long tails.

    Example:
        >>> system = MultiplicativeReducedClimate()
        >>> [round(float(value), 5) for value in system.coefficients]
        [-0.04, -1.80917, -0.06667, 0.16667, 0.12649, -0.63246, 0.06325]

    References:
        Majda, Franzke and Crommelin, *Normal forms for reduced stochastic climate models*, 2009. Parameter
        values from the code released with Giorgini, Falasca and Souza, 2025.
    """

    linear_11: Float[Array, ""] = eqx.field(converter=as_parameter, default=-2.0)
    linear_12: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.2)
    linear_13: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.1)
    damping_2: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.6)
    damping_3: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.4)
    noise_2: Float[Array, ""] = eqx.field(converter=as_parameter, default=1.2)
    noise_3: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.8)
    interaction: Float[Array, ""] = eqx.field(converter=as_parameter, default=1.0)
    separation: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.1)
    names: tuple[str, ...] = eqx.field(static=True, default=("x",))
    dt: float = eqx.field(static=True, default=0.01)
    save_every: int = eqx.field(static=True, default=10)
    spin_up: float = eqx.field(static=True, default=20.0)

    @property
    def coefficients(self) -> tuple[Array, Array, Array, Array, Array, Array, Array]:
        """(F, a, b, c, A, B, s) of the reduced equation."""
        strength, scale = self.interaction, self.separation
        slope = -strength * self.noise_2 / self.damping_2 * jnp.sqrt(scale)
        offset = -self.linear_12 * slope / strength
        heating = strength**2 * self.noise_2**2 / (2.0 * self.damping_2**2)
        cooling = self.linear_12**2 / self.damping_2 + self.linear_13**2 / self.damping_3
        return (
            offset * slope / 2.0,
            self.linear_11 + scale * (heating - cooling),
            -2.0 * self.linear_12 * strength * scale / self.damping_2,
            strength**2 * scale / self.damping_2,
            offset,
            slope,
            self.linear_13 * self.noise_3 / self.damping_3 * jnp.sqrt(scale),
        )

    def drift(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        forcing, a, b, c, *_ = self.coefficients
        return -forcing + x * (a + x * (b - x * c))

    def diffusion(self, x: Float[Array, " d"]) -> Float[Array, "d m"]:
        *_, offset, slope, additive = self.coefficients
        return jnp.stack([offset - slope * x, additive * jnp.ones_like(x)], axis=1)

    def score(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        *_, offset, slope, additive = self.coefficients
        noise = offset - slope * x
        return 2.0 * (self.drift(x) + slope * noise) / (additive**2 + noise**2)
