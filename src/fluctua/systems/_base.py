r"""What a system is: a state of some shape, and how it moves.

A system is written either as an Itô equation for a vector (``AbstractVectorSystem``) or by its spectrum on a periodic
grid (``AbstractFieldSystem``). Integrators, simulations and twin runs see both through what is here: the *values* that
are carried from step to step (the vector itself, or a half spectrum), together with *hidden* variables that move by
themselves and are no part of the state, such as the phases of a forcing.

What else may be known about a system is said by marker classes that it also inherits: its exact score
(``HasExactScore``), the exact Gaussian law of one time step (``HasExactTransition``), its exact response
(``HasExactResponse``). Code that needs such knowledge asks with ``isinstance``.

A *push* is a vector field $u(x)$ on the states: the drift becomes $F + \varepsilon f(t)\,u$. Its impulse at
time zero shifts the state, $x \to x + \varepsilon\,u(x)$.
"""

import abc
import math
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Float, Inexact, PRNGKeyArray

Push = Callable[[Float[Array, "..."]], Float[Array, "..."]]
Observable = Callable[[Float[Array, "..."]], ArrayLike]
Tendency = Callable[[Inexact[Array, "..."], Float[Array, " h"]], Inexact[Array, "..."]]
Kick = Callable[[Inexact[Array, "..."], Float[Array, " m"]], ArrayLike]


def as_parameter(value: ArrayLike) -> Float[Array, "..."]:
    """A parameter of a system as a float64 array: traced, mapped over and differentiated, and not compiled anew when
    its value changes."""
    return jnp.asarray(value, jnp.float64)


class State(NamedTuple):
    """Values and hidden variables, as carried from step to step: of one member or, with a leading axis, of many."""

    values: Inexact[Array, "..."]
    hidden: Float[Array, "*member h"]


class AbstractSystem(eqx.Module):
    """A stochastic system: what integrators, simulations and twin runs need to know of it.

    Written for one state at a time; ensembles are made by ``jax.vmap``. Functions must be written with ``jax.numpy``.

    Attributes:
        dt: Default time step, small enough for the default integrator.
        save_every: Default number of steps from one saved state to the next.
        spin_up: Default time after which the starting state is forgotten.
    """

    dt: eqx.AbstractVar[float]
    save_every: eqx.AbstractVar[int]
    spin_up: eqx.AbstractVar[float]
    noise_precision: ClassVar[Literal["float32", "float64"]] = "float64"
    """Type of the normal numbers that are drawn; they act in float64."""

    @property
    @abc.abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one state."""

    @property
    @abc.abstractmethod
    def variables(self) -> tuple[str, ...]:
        """Names of the variables of a record: one for each entry of a vector, a single one for a field."""

    @property
    @abc.abstractmethod
    def noise_dimension(self) -> int:
        """How many independent Wiener processes act on the state."""

    @property
    def dimension(self) -> int:
        """Number d of values of one state."""
        return math.prod(self.shape)

    @property
    def interval(self) -> float:
        """Default time between two saved states."""
        return self.dt * self.save_every

    @abc.abstractmethod
    def initial_state(self, key: PRNGKeyArray) -> Float[Array, "..."]:
        """A reasonable state to start a spin-up from; the key is for systems that start at random."""

    @abc.abstractmethod
    def pack(self, state: Float[Array, "..."]) -> Inexact[Array, "..."]:
        """The values that are carried, of one state."""

    @abc.abstractmethod
    def unpack(self, values: Inexact[Array, "..."]) -> Float[Array, "..."]:
        """The state of the values that are carried."""

    @abc.abstractmethod
    def tendency(self) -> Tendency:
        """The Itô drift of the values, per time unit, as a function of values and hidden variables."""

    @abc.abstractmethod
    def kick(self, dt: ArrayLike) -> Kick:
        """The noise increment of the values in a time ``dt``, from the values before it and normal numbers."""

    def is_within(self, values: Inexact[Array, "..."]) -> Bool[Array, ""]:
        """Whether the system can have these values; a simulation that leaves them is refused."""
        return jnp.all(jnp.isfinite(values))

    @property
    def hidden_noise_size(self) -> int:
        """How many normal numbers one step of the hidden variables takes."""
        return 0

    def initial_hidden(self, key: PRNGKeyArray) -> Float[Array, " h"]:
        """Hidden variables to start from; none by default."""
        return jnp.zeros(0)

    def advance_hidden(
        self, hidden: Float[Array, " h"], dt: ArrayLike, normal: Float[Array, " m"]
    ) -> Float[Array, " h"]:
        """Hidden variables a time ``dt`` later, exact in law, from ``normal`` ~ N(0, I)."""
        return hidden


class HasExactScore(eqx.Module):
    """Marks a system whose stationary density has a known gradient of its logarithm."""

    @abc.abstractmethod
    def score(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        r"""The score $\nabla \ln \rho(x)$ of the stationary density, in inverse state units, of the shape of x."""


class HasExactTransition(eqx.Module):
    """Marks a system whose law after any time step is Gaussian and known."""

    @abc.abstractmethod
    def transition(self, dt: ArrayLike) -> tuple[Float[Array, "d d"], Float[Array, "d d"]]:
        r"""Matrices P, Q with $x_{t + dt} = P x_t + Q z$ in law, $z \sim N(0, I_d)$."""


class HasExactResponse(eqx.Module):
    """Marks a system whose mean response to an impulse is known in closed form."""

    @abc.abstractmethod
    def response(self, lags: ArrayLike | Sequence[float]) -> Float[Array, "lag ..."]:
        """The mean change of the state at each lag.

        For a vector, shape ``(lag, d, d)``: row i responds to an impulse of column j. For a field, shape
        ``(lag, *grid)``, after the value at grid point 0 was raised by one.
        """
