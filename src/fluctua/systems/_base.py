r"""What a system is: an Itô stochastic differential equation $dx = F(x)\,dt + \Sigma(x)\,dW$ on $R^d$.

What else may be known about a system is said by marker classes that it also inherits: its exact score
(``HasExactScore``), the exact Gaussian law of one time step (``HasExactTransition``). Code that needs such
knowledge asks with ``isinstance``.

A *push* is a vector field $u(x)$ on the states: the drift becomes $F + \varepsilon f(t)\,u$. Its impulse at
time zero shifts the state, $x \to x + \varepsilon\,u(x)$.
"""

import abc
from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Float

Push = Callable[[Float[Array, " d"]], Float[Array, " d"]]
Observable = Callable[[Float[Array, " d"]], ArrayLike]


class AbstractSystem(eqx.Module):
    r"""An Itô stochastic differential equation $dx = F(x)\,dt + \Sigma(x)\,dW$, $x \in R^d$, $W \in R^m$.

    A new system is its names, ``drift``, ``diffusion`` and a state to start from, for one state at a time;
    ensembles are made by ``jax.vmap``. Functions must be written with ``jax.numpy``.

    Attributes:
        names: Names of the d state variables.
        dt: Default time step, small enough for the default integrator.
        save_every: Default number of steps from one saved state to the next.
        spin_up: Default time after which the starting state is forgotten.
    """

    names: eqx.AbstractVar[tuple[str, ...]]
    dt: eqx.AbstractVar[float]
    save_every: eqx.AbstractVar[int]
    spin_up: eqx.AbstractVar[float]

    @property
    def dimension(self) -> int:
        """Number d of state variables."""
        return len(self.names)

    @property
    @abc.abstractmethod
    def noise_dimension(self) -> int:
        """Number m of independent Wiener processes."""

    @property
    def interval(self) -> float:
        """Default time between two saved states."""
        return self.dt * self.save_every

    @abc.abstractmethod
    def drift(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        """The Itô drift F(x), in state units per time unit."""

    @abc.abstractmethod
    def diffusion(self, x: Float[Array, " d"]) -> Float[Array, "d m"]:
        r"""The noise matrix $\Sigma(x)$, in state units per square root of the time unit."""

    @abc.abstractmethod
    def initial_state(self) -> Float[Array, " d"]:
        """A reasonable state to start a spin-up from."""

    def diffuse(self, x: Float[Array, " d"], increment: Float[Array, " m"]) -> Float[Array, " d"]:
        r"""$\Sigma(x)\,w$ for a noise increment w; overridden where it is cheaper than the product."""
        return self.diffusion(x) @ increment

    def is_within(self, x: Float[Array, " d"]) -> Bool[Array, ""]:
        """Whether the state is one the system can be in; a simulation that leaves this set is refused."""
        return jnp.all(jnp.isfinite(x))


class HasExactScore(eqx.Module):
    """Marks a system whose stationary density has a known gradient of its logarithm."""

    @abc.abstractmethod
    def score(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        r"""The score $\nabla \ln \rho(x)$ of the stationary density, in inverse state units."""


class HasExactTransition(eqx.Module):
    """Marks a system whose law after any time step is Gaussian and known."""

    @abc.abstractmethod
    def transition(self, dt: ArrayLike) -> tuple[Float[Array, "d d"], Float[Array, "d d"]]:
        r"""Matrices P, Q with $x_{t + dt} = P x_t + Q z$ in law, $z \sim N(0, I_d)$."""
