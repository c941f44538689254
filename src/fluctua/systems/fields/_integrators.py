r"""Integrators of fields: one time step per wavenumber, from given normal numbers.

The exponential ones treat the linear part and the noise exactly:
$u_k(dt) = e^{L dt} u_k + \int_0^{dt} e^{L (dt - s)} (N_k\,ds + q_k\,dw_k)$. The last integral is Gaussian. For complex
$L = l + i m$ and the circular noise of a complex wavenumber it is circular too, since its mean square
$\int e^{2 L (dt - s)} \langle dw\,dw \rangle$ vanishes, so that only its mean squared modulus counts,
$q^2 (e^{2 l\,dt} - 1) / (2 l)$ per unit of noise; at wavenumbers that are their own mirror images L and the noise are
real, and the same formula is their variance. The phase that the integral has on the way does not matter in law.

Orders: as for the other integrators, for additive noise. They are reached for a fixed grid as $dt \to 0$; they say
nothing about wavenumbers with $|L|\,dt > 1$, where the exponential schemes stay accurate and the others do not.

References:
    Cox and Matthews, *Exponential time differencing for stiff systems*, J. Comput. Phys. 176, 2002, equations 4 and
    20-22; Lord and Tambue, *Stochastic exponential integrators for the finite element discretization of SPDEs for
    multiplicative and additive noise*, IMA J. Numer. Anal. 33, 2013.
"""

import abc
import math
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Complex, Float

from ...core import OptionError
from ._base import AbstractFieldSystem
from ._noise import white_noise
from ._phi import phi_1, phi_2

FieldStepper = Callable[
    [Complex[Array, "..."], Float[Array, " h"], Float[Array, " m"]],
    tuple[Complex[Array, "..."], Float[Array, " h"]],
]


class AbstractFieldIntegrator(eqx.Module):
    """Makes one time step of a field from standard normal numbers; it states the orders that it reaches."""

    strong_order: eqx.AbstractClassVar[float]
    weak_order: eqx.AbstractClassVar[float]

    @abc.abstractmethod
    def stepper(self, system: AbstractFieldSystem, dt: ArrayLike) -> FieldStepper:
        """The step: half spectrum, hidden variables and normal numbers to the first two, a time ``dt`` later.

        What depends on ``dt`` alone is computed here, once.
        """

    def normals(self, system: AbstractFieldSystem) -> int:
        """How many normal numbers one step takes: those of the field first, then those of the hidden variables."""
        return _field_normals(system) + system.hidden_noise_size


class ExactFieldTransition(AbstractFieldIntegrator):
    """The exact step of a linear system: no time-step error at any ``dt``.

    Example:
        >>> from fluctua.systems import OrnsteinUhlenbeckField
        >>> ExactFieldTransition().normals(OrnsteinUhlenbeckField())
        1024
    """

    strong_order: ClassVar[float] = math.inf
    weak_order: ClassVar[float] = math.inf

    def stepper(self, system: AbstractFieldSystem, dt: ArrayLike) -> FieldStepper:
        if not system.is_linear:
            raise OptionError(
                f"the integrator ExactFieldTransition was asked for, for the system {type(system).__name__}",
                "only a linear system can be advanced exactly",
                "use ExponentialHeun(), or leave the integrator out",
            )
        decay, kick = jnp.exp(system.linear() * dt), _exact_kick(system, dt)
        return lambda spectrum, hidden, normal: (decay * spectrum + kick(normal), hidden)


class ExponentialEuler(AbstractFieldIntegrator):
    r"""$u' = e^{L dt} u + dt\,\varphi_1(L dt)\,N(u) + \eta$: one evaluation of N, two transforms of a cubic system.

    $\eta$ is the exact noise of the linear part.

    Example:
        >>> from fluctua.systems import AllenCahn
        >>> ExponentialEuler().normals(AllenCahn())
        1024
    """

    strong_order: ClassVar[float] = 1.0
    weak_order: ClassVar[float] = 1.0

    def stepper(self, system: AbstractFieldSystem, dt: ArrayLike) -> FieldStepper:
        exponent = system.linear() * dt
        decay, once = jnp.exp(exponent), dt * phi_1(exponent)
        kick, split = _exact_kick(system, dt), _field_normals(system)

        def step(
            spectrum: Complex[Array, "..."], hidden: Float[Array, " h"], normal: Float[Array, " m"]
        ) -> tuple[Complex[Array, "..."], Float[Array, " h"]]:
            ahead = decay * spectrum + once * system.nonlinear(spectrum, hidden) + kick(normal[:split])
            return ahead, system.advance_hidden(hidden, dt, normal[split:])

        return step


class ExponentialHeun(AbstractFieldIntegrator):
    r"""Predictor and corrector: $a$ as in ``ExponentialEuler``, $u' = a + dt\,\varphi_2(L dt)\,[N(a) - N(u)]$.

    The default, for its second weak order. The hidden variables are at the step's start in N(u), at its end in N(a).

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.systems import AllenCahn
        >>> system = AllenCahn()
        >>> step = ExponentialHeun().stepper(system, 0.1)
        >>> spectrum, _ = step(system.domain.forward(jnp.ones((32, 32))), jnp.zeros(0), jnp.zeros(1024))
        >>> print(f"{spectrum[0, 0].real / 1024:.6f}")  # the bottom of a well stays where it is
        1.000000
    """

    strong_order: ClassVar[float] = 1.0
    weak_order: ClassVar[float] = 2.0

    def stepper(self, system: AbstractFieldSystem, dt: ArrayLike) -> FieldStepper:
        exponent = system.linear() * dt
        decay, once, twice = jnp.exp(exponent), dt * phi_1(exponent), dt * phi_2(exponent)
        kick, split = _exact_kick(system, dt), _field_normals(system)

        def step(
            spectrum: Complex[Array, "..."], hidden: Float[Array, " h"], normal: Float[Array, " m"]
        ) -> tuple[Complex[Array, "..."], Float[Array, " h"]]:
            slope = system.nonlinear(spectrum, hidden)
            ahead = decay * spectrum + once * slope + kick(normal[:split])
            later = system.advance_hidden(hidden, dt, normal[split:])
            return ahead + twice * (system.nonlinear(ahead, later) - slope), later

        return step


class FieldRungeKutta4Noise(AbstractFieldIntegrator):
    r"""A fourth-order Runge-Kutta step of the whole drift, then one noise increment $q\,w$: as published.

    Hidden variables move by half a step before the second stage, and again before the fourth. The statistics are
    first order in ``dt``, and wrong by $r\,dt$ at wavenumbers that relax at a rate r: by a factor of 2.3 at k = 0 of
    the Allen-Cahn system with its published step.

    Example:
        >>> from fluctua.systems import NavierStokes
        >>> FieldRungeKutta4Noise().normals(NavierStokes())  # two half steps of 349 phases
        698
    """

    strong_order: ClassVar[float] = 1.0
    weak_order: ClassVar[float] = 1.0

    def normals(self, system: AbstractFieldSystem) -> int:
        return _field_normals(system) + 2 * system.hidden_noise_size

    def stepper(self, system: AbstractFieldSystem, dt: ArrayLike) -> FieldStepper:
        symbol, amplitude = system.linear(), system.noise() * jnp.sqrt(dt)
        half, split, phases = 0.5 * jnp.asarray(dt), _field_normals(system), system.hidden_noise_size

        def drift(spectrum: Complex[Array, "..."], hidden: Float[Array, " h"]) -> Complex[Array, "..."]:
            return symbol * spectrum + system.nonlinear(spectrum, hidden)

        def step(
            spectrum: Complex[Array, "..."], hidden: Float[Array, " h"], normal: Float[Array, " m"]
        ) -> tuple[Complex[Array, "..."], Float[Array, " h"]]:
            middle = system.advance_hidden(hidden, half, normal[split : split + phases])
            later = system.advance_hidden(middle, half, normal[split + phases :])
            first = drift(spectrum, hidden)
            second = drift(spectrum + half * first, middle)
            third = drift(spectrum + half * second, middle)
            fourth = drift(spectrum + dt * third, later)
            ahead = spectrum + dt * (first + 2.0 * (second + third) + fourth) / 6.0
            if split:
                ahead = ahead + amplitude * white_noise(system.domain, normal[:split])
            return ahead, later

        return step


def default_field_integrator(system: AbstractFieldSystem) -> AbstractFieldIntegrator:
    """The exact step where the system is linear, otherwise ``ExponentialHeun``.

    Example:
        >>> from fluctua.systems import OrnsteinUhlenbeckField
        >>> type(default_field_integrator(OrnsteinUhlenbeckField())).__name__
        'ExactFieldTransition'
    """
    return ExactFieldTransition() if system.is_linear else ExponentialHeun()


def _field_normals(system: AbstractFieldSystem) -> int:
    return system.domain.size if system.has_noise else 0


def _exact_kick(system: AbstractFieldSystem, dt: ArrayLike) -> Callable[[Array], ArrayLike]:
    """The noise that a step collects, damped on its way: q sqrt((e^(2 l dt) - 1) / (2 l)), at l = 0 q sqrt(dt)."""
    if not system.has_noise:
        return lambda normal: 0.0
    amplitude = system.noise() * jnp.sqrt(dt * phi_1(2.0 * system.linear().real * dt))
    return lambda normal: amplitude * white_noise(system.domain, normal)
