r"""Systems on a periodic grid: stochastic partial differential equations, by their spectra.

Written per wavenumber of the half spectrum,

$$du_k = (L_k u_k + N_k(u, h))\,dt + q_k\,dw_k ,$$

where w is white noise of unit variance per grid point and time ($w_k$ is the transform of independent N(0, dt)
increments), so that an increment's covariance on the grid has the eigenvalues $q_k^2\,dt$. How a drift is divided into
a linear part L and the rest N changes nothing in the equation, but exponential integrators are the more accurate, the
less N varies. h are hidden variables.
"""

import abc
from typing import ClassVar, Literal

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Complex, Float

from ._base import AbstractSystem, Kick, Tendency
from ._domain import PeriodicDomain
from ._white_noise import white_noise


class AbstractFieldSystem(AbstractSystem):
    r"""A stochastic partial differential equation $du_k = (L_k u_k + N_k)\,dt + q_k\,dw_k$, for one real field.

    A new system is a domain, ``linear``, ``nonlinear``, ``noise`` and a state to start from. That it has the linear
    symbol L is what exponential integrators need.

    Attributes:
        domain: The periodic grid.
        name: Name of the field.
    """

    domain: eqx.AbstractVar[PeriodicDomain]
    name: eqx.AbstractVar[str]
    noise_precision: ClassVar[Literal["float32", "float64"]] = "float32"

    @abc.abstractmethod
    def linear(self) -> Complex[Array, "..."]:
        """Symbol L of the linear part over the half spectrum, per time unit."""

    @abc.abstractmethod
    def nonlinear(self, spectrum: Complex[Array, "..."], hidden: Float[Array, " h"]) -> Complex[Array, "..."]:
        """Half spectrum of the rest N of the drift, field units per time unit.

        N must see the spectrum through the real field on the grid, or be a damping. The entries of a half spectrum at
        zero and Nyquist wavenumber along x come in conjugate pairs; rounding breaks the pairs a little, the transform
        to the grid does not see it, and a growth applied to the spectrum itself would amplify it.
        """

    @abc.abstractmethod
    def noise(self) -> Float[Array, "..."]:
        """Noise amplitude q over the half spectrum, field units per square root of the time unit."""

    @property
    def is_linear(self) -> bool:
        """Whether N is zero, so that any time step can be made exactly."""
        return False

    @property
    def has_noise(self) -> bool:
        """Whether white noise acts on the field itself."""
        return True

    @property
    def noise_dimension(self) -> int:
        return self.domain.size if self.has_noise else 0

    @property
    def shape(self) -> tuple[int, ...]:
        return self.domain.shape

    @property
    def variables(self) -> tuple[str, ...]:
        return (self.name,)

    def pack(self, state: Float[Array, "..."]) -> Complex[Array, "..."]:
        return self.domain.forward(state)

    def unpack(self, values: Complex[Array, "..."]) -> Float[Array, "..."]:
        return self.domain.backward(values)

    def tendency(self) -> Tendency:
        symbol = self.linear()
        return lambda spectrum, hidden: symbol * spectrum + self.nonlinear(spectrum, hidden)

    def kick(self, dt: ArrayLike) -> Kick:
        if not self.has_noise:
            return lambda spectrum, normal: 0.0
        amplitude = self.noise() * jnp.sqrt(dt)
        return lambda spectrum, normal: amplitude * white_noise(self.domain, normal)
