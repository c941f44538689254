r"""The linear stochastic partial differential equation of which everything is known in closed form."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Complex, Float, PRNGKeyArray

from ...core import register
from .._base import HasExactResponse, HasExactScore, as_parameter
from .._domain import PeriodicDomain
from .._field_system import AbstractFieldSystem
from .._white_noise import white_noise


@register(
    "system",
    "ou-field",
    summary="a linear field with advection; exact score and response",
    cites=("response",),
    published={"dt": 1.0 / 32.0, "save_every": 32},
)
class OrnsteinUhlenbeckField(AbstractFieldSystem, HasExactScore, HasExactResponse):
    r"""$\partial_t u = -\lambda \Sigma u + \kappa \nabla^2 u - A\,\partial_x u + \varepsilon\,\Sigma^{1/2} \xi$.

    $\Sigma = (1 - \nabla^2)^{-1}$; the white noise $\xi$ is a delta function with respect to the area divided by that
    of the domain, so that $q_k = \varepsilon \sqrt{n} / \sqrt{1 + |k|^2}$ with n grid points. Mode k decays at the
    rate $r_k = \lambda / (1 + |k|^2) + \kappa |k|^2$ and has the variance
    $\langle |u_k|^2 \rangle / n = C_k = q_k^2 / (2 r_k)$; the score is $-u_k / C_k$ whatever A.

    The published equation prints $+A\,\partial_x u$, its figure shows pulses that move to larger x, as here.

    Args:
        domain: The periodic grid, by default 32 x 32 on a square of side 2 pi; one dimension works too.
        damping: Lambda, inverse time.
        diffusivity: Kappa, squared length per time.
        advection: A, length per time, along x.
        noise_amplitude: Epsilon, field units per square root of time.
        dt: Default time step. The default integrator is exact, so that it is the time between saved states.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> system = OrnsteinUhlenbeckField()
        >>> print(f"{jnp.sqrt(jnp.sum(system.domain.weights() * system.variance()) / 1024):.4f}")  # standard deviation
        1.7218
        >>> response = system.response([0.0, 18.25])
        >>> print(f"{response[0, 0, 0]:.3f} {response[1, 0, 2]:.3f}")  # two grid points downstream
        1.000 0.492

    References:
        Giorgini, Deck, Bischoff and Souza, *Response theory via generative score modeling*, 2024, arXiv 2402.01029,
        equations 6-8.
    """

    domain: PeriodicDomain = eqx.field(default=PeriodicDomain((32, 32)))
    damping: Float[Array, ""] = eqx.field(converter=as_parameter, default=4e-2)
    diffusivity: Float[Array, ""] = eqx.field(converter=as_parameter, default=2.5e-4)
    advection: Float[Array, ""] = eqx.field(converter=as_parameter, default=2e-2)
    noise_amplitude: Float[Array, ""] = eqx.field(converter=as_parameter, default=4e-3**0.5)
    name: str = eqx.field(static=True, default="u")
    dt: float = eqx.field(static=True, default=1.0)
    save_every: int = eqx.field(static=True, default=1)
    # The starting state is drawn from the stationary law: nothing has to be forgotten.
    spin_up: float = eqx.field(static=True, default=0.0)

    @property
    def is_linear(self) -> bool:
        return True

    def decay_rate(self) -> Float[Array, "..."]:
        """The rate r at which each wavenumber decays, per time unit."""
        squared = self.domain.squared_wavenumber()
        return self.damping / (1.0 + squared) + self.diffusivity * squared

    def variance(self) -> Float[Array, "..."]:
        """Stationary variance C of each wavenumber: the eigenvalues of the covariance on the grid."""
        return self.noise() ** 2 / (2.0 * self.decay_rate())

    def linear(self) -> Complex[Array, "..."]:
        return -self.decay_rate() - self.advection * self.domain.derivative(-1)

    def nonlinear(self, spectrum: Complex[Array, "..."], hidden: Float[Array, " h"]) -> Complex[Array, "..."]:
        return jnp.zeros_like(spectrum)

    def noise(self) -> Float[Array, "..."]:
        return self.noise_amplitude * jnp.sqrt(self.domain.size / (1.0 + self.domain.squared_wavenumber()))

    def initial_state(self, key: PRNGKeyArray) -> Float[Array, "..."]:
        normal = jax.random.normal(key, (self.domain.size,), jnp.float64)
        return self.domain.backward(jnp.sqrt(self.variance()) * white_noise(self.domain, normal))

    def score(self, field: Float[Array, "..."]) -> Float[Array, "..."]:
        return self.domain.backward(-self.domain.forward(field) / self.variance())

    def response(self, lags: ArrayLike | Sequence[float]) -> Float[Array, "lag ..."]:
        times = jnp.asarray(lags, jnp.float64).reshape(-1, *(1,) * len(self.domain.shape))
        return self.domain.backward(jnp.exp(times * self.linear()))
