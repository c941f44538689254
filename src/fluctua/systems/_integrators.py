r"""Integrators: how one time step is made from given standard normal numbers.

The normal numbers are given from outside, so that a perturbed and an unperturbed run can share them. All
integrators approximate the same *Itô* equation $dx = F\,dt + \Sigma\,dW$, with $w = \sqrt{dt}\,z$,
$z \sim N(0, I)$.

The exponential ones need the linear symbol of a field, and treat the linear part and the noise exactly:
$u_k(dt) = e^{L dt} u_k + \int_0^{dt} e^{L (dt - s)} (N_k\,ds + q_k\,dw_k)$. The last integral is Gaussian. For complex
$L = l + i m$ and the circular noise of a complex wavenumber it is circular too, since its mean square
$\int e^{2 L (dt - s)} \langle dw\,dw \rangle$ vanishes, so that only its mean squared modulus counts,
$q^2 (e^{2 l\,dt} - 1) / (2 l)$ per unit of noise; at wavenumbers that are their own mirror images L and the noise are
real, and the same formula is their variance. The phase that the integral has on the way does not matter in law.

Orders: the strong order p means $E|x_{num} - x| = O(dt^p)$ along a path, the weak order q that averages
converge as $O(dt^q)$. What is claimed here holds for any scalar noise, and for several noises that commute;
in general the strong order of every scheme here is 1/2. Noise that does not depend on the state, as that of fields,
allows more: the strong order is 1, the weak order ``additive_weak_order``. Orders are reached for a fixed grid as
$dt \to 0$; they say nothing about wavenumbers with $|L|\,dt > 1$, where the exponential schemes stay accurate and the
others do not.

References:
    Kloeden and Platen, *Numerical Solution of Stochastic Differential Equations*, 1992, chapters 10, 14 and
    15. Rümelin, *Numerical treatment of stochastic differential equations*, 1982. Cox and Matthews, *Exponential time
    differencing for stiff systems*, J. Comput. Phys. 176, 2002, equations 4 and 20-22; Lord and Tambue, *Stochastic
    exponential integrators for the finite element discretization of SPDEs for multiplicative and additive noise*, IMA
    J. Numer. Anal. 33, 2013.
"""

import abc
import math
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from ..core import OptionError, register
from ._base import AbstractSystem, HasExactTransition, Kick, State
from ._field_system import AbstractFieldSystem
from ._phi import phi_1, phi_2
from ._vector_system import AbstractVectorSystem, stratonovich_drift
from ._white_noise import white_noise

Stepper = Callable[[State, Float[Array, " m"]], State]


class AbstractIntegrator(eqx.Module):
    """Makes one time step of a system from standard normal numbers; it states the orders that it reaches."""

    strong_order: eqx.AbstractClassVar[float]
    weak_order: eqx.AbstractClassVar[float]
    additive_weak_order: eqx.AbstractClassVar[float]

    @abc.abstractmethod
    def stepper(self, system: AbstractSystem, dt: ArrayLike) -> Stepper:
        """The step: from the state and ``noise_size(system)`` numbers ~ N(0, I) to the state a time ``dt`` later.

        What depends on the system and ``dt`` alone is computed here, once.

        Raises:
            OptionError: The system lacks what this integrator needs.
        """

    def noise_size(self, system: AbstractSystem) -> int:
        """How many normal numbers one step takes: those of the state first, then those of the hidden variables."""
        return system.noise_dimension + system.hidden_noise_size

    def step(
        self, system: AbstractSystem, x: Float[Array, "..."], dt: ArrayLike, normal: Float[Array, " m"]
    ) -> Float[Array, "..."]:
        """One step of a state by itself, for a system without hidden variables."""
        return system.unpack(self.stepper(system, dt)(State(system.pack(x), jnp.zeros(0)), normal).values)


@register("integrator", "euler-maruyama", summary="the cheapest step")
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

    def stepper(self, system: AbstractSystem, dt: ArrayLike) -> Stepper:
        drift, kick, split = system.tendency(), system.kick(dt), system.noise_dimension

        def step(state: State, normal: Float[Array, " m"]) -> State:
            x, hidden = state
            later = system.advance_hidden(hidden, dt, normal[split:])
            return State(x + drift(x, hidden) * dt + kick(x, normal[:split]), later)

        return step


@register("integrator", "stochastic-heun", summary="predictor and corrector; the default of vectors")
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

    def stepper(self, system: AbstractSystem, dt: ArrayLike) -> Stepper:
        if not isinstance(system, AbstractVectorSystem):
            raise _lacks(self, system, "a drift and a noise matrix of a vector are needed", "ExponentialHeun()")
        root = jnp.sqrt(dt)

        def step(state: State, normal: Float[Array, " m"]) -> State:
            x, increment = state.values, root * normal
            slope, kick = stratonovich_drift(system, x), system.diffuse(x, increment)
            ahead = x + slope * dt + kick
            slope_ahead, kick_ahead = stratonovich_drift(system, ahead), system.diffuse(ahead, increment)
            return State(x + 0.5 * (slope + slope_ahead) * dt + 0.5 * (kick + kick_ahead), state.hidden)

        return step


@register(
    "integrator",
    "runge-kutta-4-noise",
    summary="fourth order in the drift, noise after it; as published for fields",
)
class RungeKutta4Noise(AbstractIntegrator):
    r"""A fourth-order Runge-Kutta step of the drift, then one noise increment $\Sigma(x)\,w$: as published.

    The scheme of many published simulations of forced-dissipative fields. Hidden variables move by half a step before
    the second stage, and again before the fourth. The statistics are first order in ``dt``, however accurate the drift
    is, and wrong by $r\,dt$ at wavenumbers that relax at a rate r: by a factor of 2.3 at k = 0 of the Allen-Cahn
    system with its published step.

    Example:
        >>> from fluctua.systems import NavierStokes
        >>> RungeKutta4Noise().noise_size(NavierStokes())  # two half steps of 349 phases
        698
    """

    strong_order: ClassVar[float] = 0.5
    weak_order: ClassVar[float] = 1.0
    additive_weak_order: ClassVar[float] = 1.0

    def noise_size(self, system: AbstractSystem) -> int:
        return system.noise_dimension + 2 * system.hidden_noise_size

    def stepper(self, system: AbstractSystem, dt: ArrayLike) -> Stepper:
        drift, kick, half = system.tendency(), system.kick(dt), 0.5 * jnp.asarray(dt)
        split, hidden_size = system.noise_dimension, system.hidden_noise_size

        def step(state: State, normal: Float[Array, " m"]) -> State:
            x, hidden = state
            middle = system.advance_hidden(hidden, half, normal[split : split + hidden_size])
            later = system.advance_hidden(middle, half, normal[split + hidden_size :])
            first = drift(x, hidden)
            second = drift(x + half * first, middle)
            third = drift(x + half * second, middle)
            fourth = drift(x + dt * third, later)
            ahead = x + dt * (first + 2.0 * (second + third) + fourth) / 6.0
            return State(ahead + kick(x, normal[:split]), later)

        return step


@register(
    "integrator",
    "exponential-euler",
    summary="linear part and noise of a field exact, one evaluation of the rest",
    cites=("exponential-integrator",),
)
class ExponentialEuler(AbstractIntegrator):
    r"""$u' = e^{L dt} u + dt\,\varphi_1(L dt)\,N(u) + \eta$: one evaluation of N, two transforms of a cubic system.

    $\eta$ is the exact noise of the linear part.

    Example:
        >>> from fluctua.systems import AllenCahn
        >>> ExponentialEuler().noise_size(AllenCahn())
        1024
    """

    strong_order: ClassVar[float] = 1.0
    weak_order: ClassVar[float] = 1.0
    additive_weak_order: ClassVar[float] = 1.0

    def stepper(self, system: AbstractSystem, dt: ArrayLike) -> Stepper:
        return _exponential(self, system, dt, corrected=False)


@register(
    "integrator",
    "exponential-heun",
    summary="linear part and noise of a field exact, second weak order; the default of fields",
    cites=("exponential-integrator",),
)
class ExponentialHeun(AbstractIntegrator):
    r"""Predictor and corrector: $a$ as in ``ExponentialEuler``, $u' = a + dt\,\varphi_2(L dt)\,[N(a) - N(u)]$.

    The default of fields, for its second weak order. The hidden variables are at the step's start in N(u), at its end
    in N(a).

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.systems import AllenCahn
        >>> field = ExponentialHeun().step(AllenCahn(), jnp.ones((32, 32)), 0.1, jnp.zeros(1024))
        >>> print(f"{field[3, 5]:.6f}")  # the bottom of a well stays where it is
        1.000000
    """

    strong_order: ClassVar[float] = 1.0
    weak_order: ClassVar[float] = 2.0
    additive_weak_order: ClassVar[float] = 2.0

    def stepper(self, system: AbstractSystem, dt: ArrayLike) -> Stepper:
        return _exponential(self, system, dt, corrected=True)


@register("integrator", "exact-transition", summary="no time-step error, for linear systems")
class ExactTransition(AbstractIntegrator):
    """The exact Gaussian step of a system that has one, or of a linear field: no time-step error at any ``dt``.

    Example:
        >>> from fluctua.systems import OrnsteinUhlenbeckField
        >>> ExactTransition().noise_size(OrnsteinUhlenbeckField())
        1024
    """

    strong_order: ClassVar[float] = math.inf
    weak_order: ClassVar[float] = math.inf
    additive_weak_order: ClassVar[float] = math.inf

    def noise_size(self, system: AbstractSystem) -> int:
        return system.dimension

    def stepper(self, system: AbstractSystem, dt: ArrayLike) -> Stepper:
        if isinstance(system, AbstractFieldSystem) and system.is_linear:
            decay, kick = jnp.exp(system.linear() * dt), _exact_kick(system, dt)
            return lambda state, normal: State(decay * state.values + kick(state.values, normal), state.hidden)
        if isinstance(system, HasExactTransition):
            propagator, root = system.transition(dt)
            return lambda state, normal: State(propagator @ state.values + root @ normal, state.hidden)
        raise _lacks(self, system, "a linear system whose transition law is known in closed form is needed", "another")


def default_integrator(system: AbstractSystem) -> AbstractIntegrator:
    """The exact step where the system has one, otherwise ``StochasticHeun``, and for fields ``ExponentialHeun``.

    Example:
        >>> from fluctua.systems import OrnsteinUhlenbeckField
        >>> type(default_integrator(OrnsteinUhlenbeckField())).__name__
        'ExactTransition'
    """
    if isinstance(system, AbstractFieldSystem):
        return ExactTransition() if system.is_linear else ExponentialHeun()
    return ExactTransition() if isinstance(system, HasExactTransition) else StochasticHeun()


def _exponential(integrator: AbstractIntegrator, system: AbstractSystem, dt: ArrayLike, corrected: bool) -> Stepper:
    if not isinstance(system, AbstractFieldSystem):
        raise _lacks(
            integrator, system, "the linear symbol of a field on a periodic grid is needed", "StochasticHeun()"
        )
    exponent = system.linear() * dt
    decay, once, twice = jnp.exp(exponent), dt * phi_1(exponent), dt * phi_2(exponent)
    kick, split = _exact_kick(system, dt), system.noise_dimension

    def step(state: State, normal: Float[Array, " m"]) -> State:
        spectrum, hidden = state
        slope = system.nonlinear(spectrum, hidden)
        ahead = decay * spectrum + once * slope + kick(spectrum, normal[:split])
        later = system.advance_hidden(hidden, dt, normal[split:])
        if corrected:
            ahead = ahead + twice * (system.nonlinear(ahead, later) - slope)
        return State(ahead, later)

    return step


def _lacks(integrator: AbstractIntegrator, system: AbstractSystem, needed: str, other: str) -> OptionError:
    given = f"the integrator {type(integrator).__name__} was asked for, for the system {type(system).__name__}"
    return OptionError(given, needed, f"use {other}, or leave the integrator out")


def _exact_kick(system: AbstractFieldSystem, dt: ArrayLike) -> Kick:
    """The noise that a step collects, damped on its way: q sqrt((e^(2 l dt) - 1) / (2 l)), at l = 0 q sqrt(dt)."""
    if not system.has_noise:
        return lambda spectrum, normal: 0.0
    amplitude = system.noise() * jnp.sqrt(dt * phi_1(2.0 * system.linear().real * dt))
    return lambda spectrum, normal: amplitude * white_noise(system.domain, normal)
