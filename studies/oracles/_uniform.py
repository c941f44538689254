"""Uniform data, noised: the score at an edge, for every exponent of the noise."""

import functools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import gammainc
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import OptionError, named_key
from fluctua.noise import AbstractNoiseLaw
from fluctua.scores.noised import AbstractExactNoisedScore, Smoothed

from ._shared import positive
from ._upper_gamma import log_scaled_upper_gamma

_LEAST = -290.0  # of the powers at the edges, decimal logarithm; a zero would have no derivative


class NoisedUniform(AbstractExactNoisedScore):
    r"""Independent coordinates, uniform on $[-A, A]$, with independent generalised normal noise of any exponent.

    With $k$ the density of the noise at the level, $F$ its distribution function and
    $M(u) = \int_{-\infty}^u n k(n) dn$,

    $$ q(y) = \frac{F(y + A) - F(y - A)}{2A}, \qquad s(y) = \frac{k(y + A) - k(y - A)}{F(y + A) - F(y - A)}, \qquad
       D(y) = y - \frac{M(y + A) - M(y - A)}{F(y + A) - F(y - A)}. $$

    Both are incomplete gamma functions, $1 - F(u) = \frac12 Q(1/\beta, (u/\alpha)^\beta)$ for $u > 0$. Outside of the
    data they are differences of tails, taken in logarithms: the score is right however far one goes.

    Args:
        law: Gaussian or generalised normal law of independent coordinates.
        half_width: Half width $A > 0$.
        dimension: Number of state variables.

    Raises:
        OptionError: The law has no independent generalised normal coordinates, or the half width is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import GeneralisedNormal
        >>> data = NoisedUniform(GeneralisedNormal(1.0), 1.0, 1)
        >>> round(float(data.score(jnp.array([3.0]), jnp.asarray(0.5))[0]), 6)  # the tail is that of the noise
        -2.0
    """

    law: AbstractNoiseLaw
    half_width: Float[Array, ""]
    variables: int = eqx.field(static=True)
    exponent: float = eqx.field(static=True)
    noise_scale: float = eqx.field(static=True)

    def __init__(self, law: AbstractNoiseLaw, half_width: float, dimension: int):
        product = law.product_exponent(dimension)
        if product is None:
            raise OptionError(
                f"the noise law is {law.kind} with {law.config()}",
                "uniform data are noised exactly by generalised normal noise, independent in each coordinate",
                "take GeneralisedNormal in its product form, or NoisedEmpirical for other laws",
            )
        self.law = law
        self.half_width = positive("half width", half_width, "1.0")
        self.variables = dimension
        self.exponent, self.noise_scale = product

    @property
    def dimension(self) -> int:
        return self.variables

    def smoothed(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Smoothed:
        width, beta = self.noise_scale * level, self.exponent
        edges = ((noised + self.half_width) / width, (noised - self.half_width) / width)
        upper, lower = (_off_zero(edge, 10.0 ** (_LEAST / max(beta, 1.0))) for edge in edges)
        at_upper, at_lower = (jnp.abs(edge) ** beta for edge in (upper, lower))
        # Beyond the nearer edge an exponential is taken out of everything; elsewhere nothing is small.
        beyond = (upper * lower > 0.0) & (jnp.minimum(at_upper, at_lower) > 1.0)
        taken = jnp.where(beyond, jnp.minimum(at_upper, at_lower), 0.0)

        def between(shape: float, signs: tuple[Array, Array]) -> Array:
            """Twice the integral from the lower to the upper edge, of a function whose sign on each side is given."""
            tails = [jnp.exp(log_scaled_upper_gamma(shape, p) - (p - taken)) for p in (at_lower, at_upper)]
            heads = signs[0] * gammainc(shape, at_upper) - signs[1] * gammainc(shape, at_lower)
            return jnp.where(beyond, signs[1] * (tails[0] - tails[1]), heads)

        mass = 0.5 * between(1.0 / beta, (jnp.sign(upper), jnp.sign(lower)))
        constant = math.log(beta) - math.log(2.0) - math.lgamma(1.0 / beta)
        steps = jnp.exp(constant - (at_upper - taken)) - jnp.exp(constant - (at_lower - taken))
        half_moment = 0.5 * math.exp(math.lgamma(2.0 / beta) - math.lgamma(1.0 / beta))
        noise = width * half_moment * between(2.0 / beta, (jnp.ones_like(upper), jnp.ones_like(lower))) / mass
        log_density = jnp.sum(jnp.log(mass) - taken - jnp.log(2.0 * self.half_width))
        return Smoothed(log_density, steps / mass / width, noised - noise)

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count d"]:
        drawn = jax.random.uniform(named_key(key, "uniform"), (count, self.variables), minval=-1.0, maxval=1.0)
        return self.half_width * drawn


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _off_zero(edge: Float[Array, "*shape"], floor: float) -> Float[Array, "*shape"]:
    """The distance from an edge, or a tiny one in place of zero, with the derivative of the distance in both cases.

    The tiny one replaces the zero: a compiler joins it to the constants of a sum, where it is lost.
    """
    return jnp.where(edge == 0.0, floor, edge)


@_off_zero.defjvp
def _off_zero_jvp(floor: float, edges: tuple[Array], slopes: tuple[Array]) -> tuple[Array, Array]:
    return _off_zero(edges[0], floor), slopes[0]
