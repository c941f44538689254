r"""A scalar system with cubic drift and, if wanted, multiplicative noise; by default the double well."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import register
from .._base import HasExactScore, as_parameter
from .._vector_system import AbstractDiagonalSystem


@register(
    "system",
    "quartic",
    summary="one variable in a double well, with multiplicative noise if wanted; exact score",
)
class QuarticWell(AbstractDiagonalSystem, HasExactScore):
    r"""$dx = (a_1 + a_2 x + a_3 x^2 + a_4 x^3)\,dt + \sqrt{(b_1 + b_2 x)^2 + b_3^2}\,dW$ (Itô).

    The default, $a = (0, 1, 0, -1)$, $b = (1, 0, 1)$, is $dx = (x - x^3)\,dt + \sqrt2\,dW$ with the density
    $\rho \propto e^{x^2/2 - x^4/4}$ and the score $x - x^3$. In general the score is
    $2 [a_1 + a_2 x + a_3 x^2 + a_4 x^3 - b_1 b_2 - b_2^2 x] / [(b_1 + b_2 x)^2 + b_3^2]$.

    Example:
        >>> import jax.numpy as jnp
        >>> QuarticWell().score(jnp.array([2.0])).tolist()
        [-6.0]

    References:
        Giorgini, Bischoff and Souza, *Statistical parameter calibration with the generalized
        fluctuation-dissipation theorem and generative modeling*, 2025, arXiv 2509.19660, section on the
        quartic potential and equation (50), where brackets are missing.
    """

    a1: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.0)
    a2: Float[Array, ""] = eqx.field(converter=as_parameter, default=1.0)
    a3: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.0)
    a4: Float[Array, ""] = eqx.field(converter=as_parameter, default=-1.0)
    b1: Float[Array, ""] = eqx.field(converter=as_parameter, default=1.0)
    b2: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.0)
    b3: Float[Array, ""] = eqx.field(converter=as_parameter, default=1.0)
    names: tuple[str, ...] = eqx.field(static=True, default=("x",))
    dt: float = eqx.field(static=True, default=0.01)
    save_every: int = eqx.field(static=True, default=10)
    spin_up: float = eqx.field(static=True, default=20.0)

    def drift(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        return self.a1 + x * (self.a2 + x * (self.a3 + x * self.a4))

    def _squared_noise(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        return (self.b1 + self.b2 * x) ** 2 + self.b3**2

    def amplitude(self, x: Float[Array, " d"]) -> Float[Array, "*d"]:
        return jnp.sqrt(self._squared_noise(x))

    def score(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        return 2.0 * (self.drift(x) - self.b2 * (self.b1 + self.b2 * x)) / self._squared_noise(x)
