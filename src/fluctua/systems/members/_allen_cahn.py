r"""A bistable field with advection, whose stationary density is known."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from ...core import register
from .._base import HasExactScore, as_parameter
from .._domain import PeriodicDomain
from .._field_system import AbstractFieldSystem


@register(
    "system",
    "allen-cahn",
    summary="a field in two wells with advection; exact score",
    cites=("response", "exponential-integrator"),
    published={"dt": 1.0 / 32.0, "save_every": 32},
)
class AllenCahn(AbstractFieldSystem, HasExactScore):
    r"""A field in two wells: $\partial_t u = \kappa \nabla^2 u - A\,\partial_x u + \alpha \Sigma [u (1 - u^2)] + \eta$.

    $\Sigma = (1 - \nabla^2)^{-1}$ and the noise $\eta = \varepsilon\,\Sigma^{1/2} \xi$ as in
    ``OrnsteinUhlenbeckField``. The stationary density, and with it the score, does not depend on A:

    $$s = \frac{2}{n \varepsilon^2} \left[ \alpha\,u (1 - u^2) + \kappa\,(\nabla^2 u - \nabla^4 u) \right] .$$

    Near $u = \pm 1$ the drift has the slope $-2 \alpha \Sigma$, 32 per time unit at k = 0 with the default values.
    That slope is part of the linear symbol, and the rest, $\alpha \Sigma [3 u - u^3]$, has none there.

    Args:
        domain: The periodic grid, by default 32 x 32 on a square of side 2 pi; one dimension works too.
        diffusivity: Kappa, squared length per time.
        advection: A, length per time, along x.
        reaction: Alpha, inverse time.
        noise_amplitude: Epsilon, field units per square root of time.
        dealias: Share of the wavenumbers on which the reaction acts: 1 is all, as published; 1/2 frees it of aliasing.

    Example:
        >>> import jax.numpy as jnp
        >>> system = AllenCahn()
        >>> print(f"{system.score(jnp.full((32, 32), 2.0))[0, 0]:.3f}")
        -46.875

    References:
        Giorgini, Deck, Bischoff and Souza, *Response theory via generative score modeling*, 2024, arXiv 2402.01029,
        equations 9-10.
    """

    domain: PeriodicDomain = eqx.field(default=PeriodicDomain((32, 32)))
    diffusivity: Float[Array, ""] = eqx.field(converter=as_parameter, default=2.5e-4)
    advection: Float[Array, ""] = eqx.field(converter=as_parameter, default=2e-2)
    reaction: Float[Array, ""] = eqx.field(converter=as_parameter, default=16.0)
    noise_amplitude: Float[Array, ""] = eqx.field(converter=as_parameter, default=4e-3**0.5)
    dealias: float = eqx.field(static=True, default=1.0)
    name: str = eqx.field(static=True, default="u")
    # Twice the published step, at which the default integrator samples the density above to within a few percent of
    # the variance of every wavenumber but k = 0, where wells are switched too seldom to tell.
    dt: float = eqx.field(static=True, default=1.0 / 16.0)
    save_every: int = eqx.field(static=True, default=16)
    spin_up: float = eqx.field(static=True, default=1000.0)

    def _smoothing(self) -> Float[Array, "..."]:
        return 1.0 / (1.0 + jnp.asarray(self.domain.squared_wavenumber()))

    def _kept(self) -> np.ndarray:
        return self.domain.dealiased(self.dealias)

    def linear(self) -> Complex[Array, "..."]:
        squared = self.domain.squared_wavenumber()
        decay = self.diffusivity * squared + 2.0 * self.reaction * self._smoothing() * self._kept()
        return -decay - self.advection * self.domain.derivative(-1)

    def nonlinear(self, spectrum: Complex[Array, "..."], hidden: Float[Array, " h"]) -> Complex[Array, "..."]:
        # 3u is taken from the grid too: added as a spectrum, it would let the part of a half spectrum that no real
        # field has, and that rounding excites, grow without the cube to stop it.
        kept = self._kept()
        u = self.domain.backward(_cut(spectrum, kept))
        return _cut(self.reaction * self._smoothing() * self.domain.forward(u * (3.0 - u**2)), kept)

    def noise(self) -> Float[Array, "..."]:
        return self.noise_amplitude * jnp.sqrt(self.domain.size * self._smoothing())

    def initial_state(self, key: PRNGKeyArray) -> Float[Array, "..."]:
        rough = self.domain.forward(jax.random.normal(key, self.domain.shape, jnp.float64))
        smooth = self.domain.backward(self._smoothing() * rough)
        return smooth / jnp.max(jnp.abs(smooth))

    def score(self, field: Float[Array, "..."]) -> Float[Array, "..."]:
        spectrum, squared, kept = self.domain.forward(field), self.domain.squared_wavenumber(), self._kept()
        u = self.domain.backward(_cut(spectrum, kept))
        force = self.reaction * _cut(self.domain.forward(u * (1.0 - u**2)), kept)
        force = force - self.diffusivity * squared * (1.0 + squared) * spectrum
        return 2.0 / (self.domain.size * self.noise_amplitude**2) * self.domain.backward(force)


def _cut(spectrum: Complex[Array, "..."], kept: np.ndarray) -> Complex[Array, "..."]:
    return spectrum if kept.all() else jnp.asarray(kept) * spectrum
