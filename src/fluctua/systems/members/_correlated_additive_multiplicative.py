r"""A scalar linear system whose noise is partly proportional to its state: power-law tails with every formula known.

Write $w(x) = E x + g$. Without a flux the score is $2 (F - D')/(2D)$ with $D = (w^2 + b^2)/2$, and its integral is a
Pearson density of type IV,

$$s(x) = -\frac{2 (\lambda x + E w)}{w^2 + b^2}, \qquad
\rho(x) = C\,(w^2 + b^2)^{-(1 + \lambda/E^2)}\,\exp\Bigl(\frac{2 \lambda g}{E^2 b} \arctan\frac{w}{b}\Bigr),$$

with $\rho \sim |x|^{-(\nu + 1)}$ on both sides, $\nu = 1 + 2\lambda/E^2$: moments of order below $\nu$ exist. For
g = 0 it is a Student-t density with $\nu$ degrees of freedom. With $w = b \sinh r$,

$$C^{-1} = \frac{b^{-\nu}}{E} \int \cosh(r)^{-\nu}\,\exp\Bigl(\frac{2 \lambda g}{E^2 b} \arctan \sinh r\Bigr)\,dr,$$

which the trapezoid rule gives to rounding error, as the integrand is analytic in $|\mathrm{Im}\,r| < \pi/2$.

Drift and squared noise are polynomials of degree one and two, so that averages of powers obey closed equations:
$\langle x \rangle = 0$, $\langle x^2 \rangle = (g^2 + b^2)/(2\lambda - E^2)$,
$\langle x^3 \rangle = 2 E g \langle x^2 \rangle / (\lambda - E^2)$ and
$\langle x^4 \rangle = 3 [2 E g \langle x^3 \rangle + (g^2 + b^2) \langle x^2 \rangle] / (2\lambda - 3E^2)$.
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float
from scipy.optimize import brentq

from ...core import OptionError, register
from .._base import HasExactScore, as_parameter
from .._vector_system import AbstractVectorSystem

_NODES = 801  # of the trapezoid rule; its error is far below rounding
_CELLS = 256  # of the Gauss rule for a part of the line
_GAUSS_NODES, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(8)


@register(
    "system",
    "power-law",
    summary="one variable with noise partly proportional to it: power-law tails; exact score",
)
class CorrelatedAdditiveMultiplicative(AbstractVectorSystem, HasExactScore):
    r"""$dx = -\lambda x\,dt + (E x + g)\,dW_1 + b\,dW_2$ (Itô): the least system with skewed power-law tails.

    The noise $W_1$ is both added (g) and multiplied (E), which skews the density; both tails fall as
    $|x|^{-(\nu + 1)}$, $\nu = 1 + 2\lambda/E^2$. The drift is linear, so that the mean is zero and the response of x
    itself to an impulse is $e^{-\lambda t}$ exactly, whatever the noise. The same equation in the Stratonovich sense
    has the drift $-(\lambda + E^2/2) x - E g/2$: with $A = -(\lambda + E^2/2)$ it is the published form
    $\dot x = A x - E g/2 + (E x + g) \eta_1 + b \eta_2$, whose constant takes away the drift that the noise makes.

    Defaults: lambda = 1, E^2 = 1/2, g = 1/2, b^2 = 5/4, hence $\nu = 5$: the heaviest whole tail index for which the
    fourth moment exists, and with it the standard error of a variance; no moment beyond. Mean 0, variance 1,
    skewness $\sqrt2$ and kurtosis 15. ``with_tail_index`` makes others of variance one.

    Args:
        damping: lambda > 0, in inverse time units.
        multiplicative: E > 0, in inverse square roots of the time unit.
        shared: g of either sign, in state units per square root of the time unit.
        additive: b > 0, likewise.
        names: Name of the variable.
        dt: Default time step. With ``StochasticHeun`` at 0.01 the variance is low by 0.14 % and $\nu$ is 5.009; both
            errors are proportional to the step.
        save_every, spin_up: As of ``AbstractSystem``.

    Raises:
        OptionError: lambda, E or b is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> system = CorrelatedAdditiveMultiplicative()
        >>> [round(float(value), 6) for value in (system.tail_index, system.variance, system.skewness)]
        [5.0, 1.0, 1.414214]
        >>> round(float(system.score(jnp.array([2.0]))[0]), 4)
        -1.3648

    References:
        Sardeshmukh and Sura, *Reconciling non-Gaussian climate statistics with linear dynamics*, Journal of Climate
        22, 1193 (2009). Pearson, 1895, for the density.
    """

    damping: Float[Array, ""] = eqx.field(converter=as_parameter, default=1.0)
    multiplicative: Float[Array, ""] = eqx.field(converter=as_parameter, default=math.sqrt(0.5))
    shared: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.5)
    additive: Float[Array, ""] = eqx.field(converter=as_parameter, default=math.sqrt(1.25))
    names: tuple[str, ...] = eqx.field(static=True, default=("x",))
    dt: float = eqx.field(static=True, default=0.01)
    save_every: int = eqx.field(static=True, default=10)
    spin_up: float = eqx.field(static=True, default=20.0)

    def __check_init__(self) -> None:
        values = (self.damping, self.multiplicative, self.additive)
        if not any(isinstance(value, Tracer) for value in values) and not all(float(v) > 0 for v in values):
            given = [f"{float(value):g}" for value in values]
            raise OptionError(
                f"damping = {given[0]}, multiplicative = {given[1]} and additive = {given[2]} were given",
                "all three must be positive, otherwise there is no smooth density with power-law tails",
                "use OrnsteinUhlenbeck where no noise is multiplied, and a negative shared for the other skewness",
            )

    @classmethod
    def with_tail_index(
        cls, index: float, shared: float = 0.5, damping: float = 1.0
    ) -> "CorrelatedAdditiveMultiplicative":
        r"""The member with tail index $\nu > 2$ and variance one: $E^2 = 2\lambda/(\nu - 1)$.

        The shared noise is limited to $g^2 < 2\lambda - E^2$, which leaves some for b.

        Raises:
            OptionError: An index without a variance, or too much shared noise for a variance of one.

        Example:
            >>> system = CorrelatedAdditiveMultiplicative.with_tail_index(3.5)
            >>> round(float(system.tail_index), 6), round(float(system.variance), 6), float(system.skewness) > 1
            (3.5, 1.0, True)
        """
        if not (index > 2.0 and damping > 0.0):
            raise OptionError(
                f"the tail index {index:g} and the damping {damping:g} were given",
                "a variance of one needs an index above 2, and a positive damping",
                "use an index such as 5, or give the parameters of a heavier tail themselves",
            )
        squared = 2.0 * damping / (index - 1.0)
        rest = 2.0 * damping - squared - shared**2
        if not rest > 0.0:
            raise OptionError(
                f"shared = {shared:g} was given, for the tail index {index:g} and the damping {damping:g}",
                f"for a variance of one its size must be below {math.sqrt(2.0 * damping - squared):.4g}",
                "use less shared noise",
            )
        return cls(damping=damping, multiplicative=math.sqrt(squared), shared=shared, additive=math.sqrt(rest))

    def drift(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        return -self.damping * x

    def diffusion(self, x: Float[Array, " d"]) -> Float[Array, "d m"]:
        return jnp.stack([self.multiplicative * x + self.shared, self.additive * jnp.ones_like(x)], axis=1)

    def score(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        noise = self.multiplicative * x + self.shared
        return -2.0 * (self.damping * x + self.multiplicative * noise) / (noise**2 + self.additive**2)

    @property
    def tail_index(self) -> Float[Array, ""]:
        r"""$\nu = 1 + 2\lambda/E^2$: moments of order below it exist."""
        return 1.0 + 2.0 * self.damping / self.multiplicative**2

    @property
    def variance(self) -> Float[Array, ""]:
        r"""$\langle x^2 \rangle$; infinite for $\nu \le 2$."""
        return self._moments()[0]

    @property
    def skewness(self) -> Float[Array, ""]:
        r"""$\langle x^3 \rangle / \langle x^2 \rangle^{3/2}$; not a number for $\nu \le 3$."""
        second, third, _ = self._moments()
        return third / second**1.5

    @property
    def kurtosis(self) -> Float[Array, ""]:
        r"""$\langle x^4 \rangle / \langle x^2 \rangle^2$, 3 for a Gaussian; not finite for $\nu \le 4$."""
        second, _, fourth = self._moments()
        return fourth / second**2

    def _moments(self) -> tuple[Array, Array, Array]:
        squared = self.multiplicative**2
        constant, cross = self.shared**2 + self.additive**2, self.multiplicative * self.shared
        second = jnp.where(self.tail_index > 2, constant / (2 * self.damping - squared), jnp.inf)
        third = jnp.where(self.tail_index > 3, 2 * cross * second / (self.damping - squared), jnp.nan)
        fourth = 3 * (2 * cross * third + constant * second) / (2 * self.damping - 3 * squared)
        return second, third, jnp.where(self.tail_index > 4, fourth, jnp.inf)

    def log_density(self, x: Float[Array, " d"]) -> Float[Array, ""]:
        r"""$\ln \rho(x)$, normalised, in the logarithm of inverse state units."""
        index, tilt = self.tail_index, self._tilt
        reach = self._reach()
        r = reach * jnp.linspace(-1.0, 1.0, _NODES)
        # ln cosh and arctan sinh, without overflow.
        logs = -index * (jnp.logaddexp(r, -r) - math.log(2.0)) + tilt * 2.0 * jnp.arctan(jnp.tanh(0.5 * r))
        total = jax.scipy.special.logsumexp(logs) + jnp.log(2.0 * reach / (_NODES - 1))
        total = total - index * jnp.log(self.additive) - jnp.log(self.multiplicative)
        noise = self.multiplicative * x[0] + self.shared
        shape = -0.5 * (index + 1.0) * jnp.log(noise**2 + self.additive**2)
        return shape + tilt * jnp.arctan(noise / self.additive) - total

    def _reach(self) -> Float[Array, ""]:
        """Where the integrand is negligible: it falls as e^(-index |r|), its tilt adds at most |tilt| pi / 2."""
        return (40.0 + jnp.pi * jnp.abs(self._tilt)) / self.tail_index + 2.0

    @property
    def _tilt(self) -> Float[Array, ""]:
        return 2.0 * self.damping * self.shared / (self.multiplicative**2 * self.additive)

    def quantile(self, share: float) -> float:
        """The state below which the system is for this share of the time.

        Args:
            share: Between 0 and 1, both excluded.

        Raises:
            OptionError: A share that is not between 0 and 1.

        Example:
            >>> system = CorrelatedAdditiveMultiplicative()
            >>> [round(system.quantile(share), 4) for share in (0.01, 0.5, 0.99)]
            [-2.0201, -0.1052, 3.1168]
        """
        if not 0.0 < share < 1.0:
            raise OptionError(f"the share {share:g} was given", "it lies between 0 and 1", "use 0.99 for the 99th")
        index, tilt, reach = float(self.tail_index), float(self._tilt), float(self._reach())

        def between(low: float, high: float) -> float:
            cells = np.linspace(low, high, _CELLS + 1)
            r = cells[:-1, None] + (high - low) / _CELLS * 0.5 * (_GAUSS_NODES + 1.0)
            values = np.exp(tilt * np.arctan(np.sinh(r))) / np.cosh(r) ** index
            return float(np.sum(values @ _GAUSS_WEIGHTS)) * (high - low) / (2 * _CELLS)

        whole = between(-reach, reach)

        def excess(r: float) -> float:
            # From the nearer end, so that no digits are lost in the tails.
            return between(-reach, r) - share * whole if share <= 0.5 else (1.0 - share) * whole - between(r, reach)

        place: float = brentq(excess, -reach, reach, xtol=1e-13)  # pyright: ignore[reportAssignmentType]
        return (float(self.additive) * math.sinh(place) - float(self.shared)) / float(self.multiplicative)
