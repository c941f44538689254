r"""Integrators: how one time step is made from one vector of standard normal numbers.

The normal numbers are given from outside, so that a perturbed and an unperturbed run can share them. All
integrators approximate the same *Itô* equation $dx = F\,dt + \Sigma\,dW$, with $w = \sqrt{dt}\,z$,
$z \sim N(0, I)$.

Orders: the strong order p means $E|x_{num} - x| = O(dt^p)$ along a path, the weak order q that averages
converge as $O(dt^q)$. What is claimed here holds for any scalar noise, and for several noises that commute;
in general the strong order of every scheme here is 1/2. Noise that does not depend on the state allows more,
see ``additive_weak_order``.

References:
    Kloeden and Platen, *Numerical Solution of Stochastic Differential Equations*, 1992, chapters 10, 14 and
    15. Rümelin, *Numerical treatment of stochastic differential equations*, 1982.
"""

import abc
import math
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from ..core import OptionError
from ._base import AbstractSystem, HasExactTransition

Stepper = Callable[[Float[Array, " d"], Float[Array, " m"]], Float[Array, " d"]]


class AbstractIntegrator(eqx.Module):
    """Makes one time step of a system from standard normal numbers; it states the orders that it reaches."""

    strong_order: eqx.AbstractClassVar[float]
    weak_order: eqx.AbstractClassVar[float]
    additive_weak_order: eqx.AbstractClassVar[float]

    @abc.abstractmethod
    def step(
        self, system: AbstractSystem, x: Float[Array, " d"], dt: ArrayLike, normal: Float[Array, " m"]
    ) -> Float[Array, " d"]:
        """The state one time step later, from ``normal`` ~ N(0, I) of length ``noise_size(system)``."""

    def noise_size(self, system: AbstractSystem) -> int:
        """How many normal numbers one step takes."""
        return system.noise_dimension

    def stepper(self, system: AbstractSystem, dt: ArrayLike) -> Stepper:
        """The step as a function of state and normal numbers; what depends on ``dt`` alone is done once."""
        return lambda x, normal: self.step(system, x, dt, normal)


class EulerMaruyama(AbstractIntegrator):
    r"""$x' = x + F(x)\,dt + \Sigma(x)\,w$: the cheapest step.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.systems import QuarticWell
        >>> EulerMaruyama().step(QuarticWell(), jnp.array([2.0]), 0.01, jnp.zeros(1)).tolist()
        [1.94]
    """

    strong_order: ClassVar[float] = 0.5
    weak_order: ClassVar[float] = 1.0
    additive_weak_order: ClassVar[float] = 1.0

    def step(
        self, system: AbstractSystem, x: Float[Array, " d"], dt: ArrayLike, normal: Float[Array, " m"]
    ) -> Float[Array, " d"]:
        return x + system.drift(x) * dt + system.diffuse(x, jnp.sqrt(dt) * normal)


class StochasticHeun(AbstractIntegrator):
    r"""The trapezoidal predictor-corrector step; the default, for its second weak order under additive noise.

    With $y = x + f(x)\,dt + \Sigma(x)\,w$,

    $$x' = x + \tfrac12 [f(x) + f(y)]\,dt + \tfrac12 [\Sigma(x) + \Sigma(y)]\,w .$$

    The scheme converges to the Stratonovich equation of drift f, so it is given
    $f_i = F_i - \tfrac12 \sum_{jk} \Sigma_{kj} \partial_k \Sigma_{ij}$, the same equation as Stratonovich.
    """

    strong_order: ClassVar[float] = 1.0
    weak_order: ClassVar[float] = 1.0
    additive_weak_order: ClassVar[float] = 2.0

    def step(
        self, system: AbstractSystem, x: Float[Array, " d"], dt: ArrayLike, normal: Float[Array, " m"]
    ) -> Float[Array, " d"]:
        increment = jnp.sqrt(dt) * normal
        slope, kick = stratonovich_drift(system, x), system.diffuse(x, increment)
        ahead = x + slope * dt + kick
        slope_ahead, kick_ahead = stratonovich_drift(system, ahead), system.diffuse(ahead, increment)
        return x + 0.5 * (slope + slope_ahead) * dt + 0.5 * (kick + kick_ahead)


class RungeKutta4Noise(AbstractIntegrator):
    r"""A fourth-order Runge-Kutta step of the drift, then one noise increment $\Sigma(x)\,w$.

    The scheme of many published simulations of forced-dissipative fields. Its statistics are first order in
    ``dt``, however accurate the drift is.
    """

    strong_order: ClassVar[float] = 0.5
    weak_order: ClassVar[float] = 1.0
    additive_weak_order: ClassVar[float] = 1.0

    def step(
        self, system: AbstractSystem, x: Float[Array, " d"], dt: ArrayLike, normal: Float[Array, " m"]
    ) -> Float[Array, " d"]:
        half = 0.5 * jnp.asarray(dt)
        first = system.drift(x)
        second = system.drift(x + half * first)
        third = system.drift(x + half * second)
        fourth = system.drift(x + dt * third)
        kick = system.diffuse(x, jnp.sqrt(dt) * normal)
        return x + dt * (first + 2.0 * second + 2.0 * third + fourth) / 6.0 + kick


class ExactTransition(AbstractIntegrator):
    """The exact Gaussian step of a system that has one: no time-step error at any ``dt``."""

    strong_order: ClassVar[float] = math.inf
    weak_order: ClassVar[float] = math.inf
    additive_weak_order: ClassVar[float] = math.inf

    def step(
        self, system: AbstractSystem, x: Float[Array, " d"], dt: ArrayLike, normal: Float[Array, " m"]
    ) -> Float[Array, " d"]:
        return self.stepper(system, dt)(x, normal)

    def noise_size(self, system: AbstractSystem) -> int:
        return system.dimension

    def stepper(self, system: AbstractSystem, dt: ArrayLike) -> Stepper:
        if not isinstance(system, HasExactTransition):
            raise OptionError(
                f"the integrator ExactTransition was asked for, for the system {type(system).__name__}",
                "a system whose transition law is known in closed form is needed (HasExactTransition)",
                "use StochasticHeun(), or leave the integrator out",
            )
        propagator, root = system.transition(dt)
        return lambda x, normal: propagator @ x + root @ normal


def stratonovich_drift(system: AbstractSystem, x: Float[Array, " d"]) -> Float[Array, " d"]:
    r"""The drift $F_i - \tfrac12 \sum_{jk} \Sigma_{kj} \partial_k \Sigma_{ij}$ of the Stratonovich form."""

    def carried(unit: Float[Array, " m"]) -> Float[Array, " d"]:
        return jax.jvp(lambda y: system.diffuse(y, unit), (x,), (system.diffuse(x, unit),))[1]

    units = jnp.eye(system.noise_dimension)
    return system.drift(x) - 0.5 * jnp.sum(jax.vmap(carried)(units), axis=0)


def default_integrator(system: AbstractSystem) -> AbstractIntegrator:
    """The exact step where the system has one, otherwise ``StochasticHeun``."""
    return ExactTransition() if isinstance(system, HasExactTransition) else StochasticHeun()
