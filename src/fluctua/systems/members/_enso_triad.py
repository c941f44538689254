r"""A three-variable model of the El Niño-Southern Oscillation with state-dependent wind bursts."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import register
from .._base import as_parameter
from .._vector_system import AbstractDiagonalSystem


@register("system", "enso-triad", summary="El Niño in three variables, with state-dependent wind bursts")
class EnsoTriad(AbstractDiagonalSystem):
    r"""Sea-surface temperature $u_1$, thermocline depth $u_2$ and wind bursts $\tau$:

    $$du_1 = (-d_u u_1 - w u_2 + \tau)\,dt + s_1\,dW_1, \quad du_2 = (-d_u u_2 + w u_1)\,dt + s_2\,dW_2,$$
    $$d\tau = -d_\tau \tau\,dt + s_3 (1 + \tanh u_1)\,dW_3 .$$

    Defaults: damping $d_u$ = 0.2, frequency $w$ = 0.4, wind damping $d_\tau$ = 2, $s_1 = s_2$ = 0.3, $s_3$ =
    1.5. The noise of the wind grows with temperature, which makes warm events stronger and rarer than cold
    ones. The stationary density is not known in closed form.

    References:
        Thual, Majda, Chen and Stechmann, *Simple stochastic model for El Niño with westerly wind bursts*,
        PNAS 113, 10245, 2016. Giorgini, Bischoff and Souza, 2025, arXiv 2509.19660, equation (63), for this
        form.
    """

    damping: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.2)
    frequency: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.4)
    wind_damping: Float[Array, ""] = eqx.field(converter=as_parameter, default=2.0)
    noise_1: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.3)
    noise_2: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.3)
    wind_noise: Float[Array, ""] = eqx.field(converter=as_parameter, default=1.5)
    names: tuple[str, ...] = eqx.field(static=True, default=("u1", "u2", "tau"))
    dt: float = eqx.field(static=True, default=0.01)
    save_every: int = eqx.field(static=True, default=10)
    spin_up: float = eqx.field(static=True, default=60.0)

    def drift(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        temperature, depth, wind = x
        return jnp.stack(
            [
                wind - self.damping * temperature - self.frequency * depth,
                self.frequency * temperature - self.damping * depth,
                -self.wind_damping * wind,
            ]
        )

    def amplitude(self, x: Float[Array, " d"]) -> Float[Array, "*d"]:
        return jnp.stack([self.noise_1, self.noise_2, self.wind_noise * (jnp.tanh(x[0]) + 1.0)])
