r"""What a field system is: a stochastic partial differential equation on a periodic grid.

Written per wavenumber of the half spectrum,

$$du_k = (L_k u_k + N_k(u, h))\,dt + q_k\,dw_k ,$$

where w is white noise of unit variance per grid point and time ($w_k$ is the transform of independent N(0, dt)
increments), so that an increment's covariance on the grid has the eigenvalues $q_k^2\,dt$. How a drift is divided into
a linear part L and the rest N changes nothing in the equation, but exponential integrators are the more accurate, the
less N varies. h are hidden variables, such as the phases of a forcing, which are no part of the field.
"""

import abc
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Complex, Float, PRNGKeyArray

from ._domain import PeriodicDomain


class AbstractFieldSystem(eqx.Module):
    r"""A stochastic partial differential equation $du_k = (L_k u_k + N_k)\,dt + q_k\,dw_k$, for one real field.

    A new system is a domain, ``linear``, ``nonlinear``, ``noise`` and a state to start from, for one field at a time;
    ensembles are made by ``jax.vmap``.

    Attributes:
        domain: The periodic grid.
        name: Name of the field.
        dt: Default time step, for the default integrator.
        save_every: Default number of steps from one saved state to the next.
        spin_up: Default time after which the starting state is forgotten.
    """

    domain: eqx.AbstractVar[PeriodicDomain]
    name: eqx.AbstractVar[str]
    dt: eqx.AbstractVar[float]
    save_every: eqx.AbstractVar[int]
    spin_up: eqx.AbstractVar[float]

    @property
    def interval(self) -> float:
        """Default time between two saved states."""
        return self.dt * self.save_every

    @property
    def is_linear(self) -> bool:
        """Whether N is zero, so that any time step can be made exactly."""
        return False

    @property
    def has_noise(self) -> bool:
        """Whether white noise acts on the field itself."""
        return True

    @property
    def hidden_noise_size(self) -> int:
        """How many normal numbers one step of the hidden variables takes."""
        return 0

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

    @abc.abstractmethod
    def initial_state(self, key: PRNGKeyArray) -> Float[Array, "..."]:
        """A field on the grid to start a spin-up from."""

    def initial_hidden(self, key: PRNGKeyArray) -> Float[Array, " h"]:
        """Hidden variables to start from; none by default."""
        return jnp.zeros(0)

    def advance_hidden(
        self, hidden: Float[Array, " h"], dt: ArrayLike, normal: Float[Array, " m"]
    ) -> Float[Array, " h"]:
        """Hidden variables a time ``dt`` later, exact in law, from ``normal`` ~ N(0, I)."""
        return hidden


class HasExactFieldScore(eqx.Module):
    """Marks a field system whose stationary density has a known score."""

    @abc.abstractmethod
    def score(self, field: Float[Array, "..."]) -> Float[Array, "..."]:
        r"""The score $\nabla \ln \rho$ with respect to the values at the grid points, for one field on the grid."""


class HasExactFieldResponse(eqx.Module):
    """Marks a field system whose mean response is known in closed form."""

    @abc.abstractmethod
    def response(self, lags: ArrayLike | Sequence[float]) -> Float[Array, "lag ..."]:
        """The mean change of the field, at each lag, after the value at grid point 0 was raised by one."""
