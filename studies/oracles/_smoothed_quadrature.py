r"""One normal coordinate smoothed by generalised normal noise with $\beta \ge 1$, by quadrature.

The integrand over the noise $\nu$, $\exp(-|\nu/a|^\beta - (z - \nu)^2 / 2s^2)$, is log-concave: it has one peak, and is
negligible outside an interval that bisection finds. The interval is cut at the peak and at the kink of $|\nu|^\beta$.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

# What lies further below the peak than this, in logarithms, is left out: 2e-18 of it.
_DEPTH = 41.0
_BISECTIONS = 50
# Widths of the normal law over that of the noise: below, digits cancel on the normal side (1e-7 of the score at 1e-4);
# above, the power |nu|^(beta - 1) at its kink is not resolved (4e-8 at 1). Here both are right to 3e-13.
_NARROW = 0.1
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)
# Clustered at both ends, u = (3t - t^3) / 2: the power |nu|^beta of the end at zero is no smooth function.
_CLUSTERED = 0.5 * (3.0 * _NODES - _NODES**3)
_CLUSTERED_WEIGHTS = 1.5 * (1.0 - _NODES**2) * _WEIGHTS


def smoothed_by_quadrature(
    offset: Float[Array, ""], deviation: Float[Array, ""], width: Float[Array, ""], exponent: float
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    r"""$\ln q$ and its derivative at one offset, for noise with density proportional to $\exp(-|\nu/a|^\beta)$.

    The derivative is put on the normal density, which is smooth, unless that is narrower than a tenth of the noise:
    there a small difference would be divided by a small variance, and the derivative is put on the noise.

    Args:
        offset: Offset $z$ from the mean of the normal law.
        deviation: Its standard deviation $s > 0$.
        width: Width $a > 0$ of the noise.
        exponent: $\beta \ge 1$.
    """

    def exponent_at(noise: Array, position: Array) -> Array:
        floored = jnp.maximum(jnp.abs(noise / width), 1e-300)
        return -(floored**exponent) - 0.5 * ((position - noise) / deviation) ** 2

    edges = jax.lax.stop_gradient(_edges(*jax.lax.stop_gradient((offset, deviation, width)), exponent))
    middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * (edges[1:] - edges[:-1])
    noise = (middle[:, None] + half[:, None] * _CLUSTERED).ravel()
    measure = (jnp.abs(half)[:, None] * _CLUSTERED_WEIGHTS).ravel()
    joint = exponent_at(noise, offset) + jnp.log(jnp.maximum(measure, 1e-300))
    weights = jax.nn.softmax(joint)
    constant = math.log(exponent) - math.log(2.0) - math.lgamma(1.0 / exponent) - 0.5 * math.log(2.0 * math.pi)
    log_density = jax.nn.logsumexp(joint) + constant - jnp.log(width) - jnp.log(deviation)
    of_normal = jnp.sum(weights * (noise - offset)) / deviation**2
    reduced = noise / width
    slope = jnp.sign(reduced) * jnp.maximum(jnp.abs(reduced), 1e-300) ** (exponent - 1.0)
    of_noise = -exponent / width * jnp.sum(weights * slope)
    return log_density, jnp.where(deviation > _NARROW * width, of_normal, of_noise)


def _edges(
    offset: Float[Array, ""], deviation: Float[Array, ""], width: Float[Array, ""], exponent: float
) -> Float[Array, " edges"]:
    """Where the integrand starts, has its kink and its peak, and ends; panels without width where one is outside."""
    distance = jnp.abs(offset)

    def value(noise: Array) -> Array:
        return -(jnp.abs(noise / width) ** exponent) - 0.5 * ((distance - noise) / deviation) ** 2

    def slope(noise: Array) -> Array:
        return (distance - noise) / deviation**2 - exponent / width * jnp.abs(noise / width) ** (exponent - 1.0)

    peak = _crossing(slope, jnp.zeros_like(distance), distance)
    floor = value(peak) - _DEPTH
    reach = width * _DEPTH ** (1.0 / exponent)
    start = _crossing(lambda noise: floor - value(noise), -reach, peak)
    end = _crossing(lambda noise: value(noise) - floor, peak, distance + math.sqrt(2.0 * _DEPTH) * deviation)
    inner = jnp.stack([-width, jnp.zeros_like(width), width, peak])
    edges = jnp.sort(jnp.concatenate([start[None], jnp.clip(inner, start, end), end[None]]))
    return jnp.where(offset < 0.0, -edges, edges)


def _crossing(function, low: Float[Array, ""], high: Float[Array, ""]) -> Float[Array, ""]:
    """Where a function that is positive at ``low`` and negative at ``high`` changes its sign."""

    def halve(_: Array, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        middle = 0.5 * (ends[0] + ends[1])
        above = function(middle) > 0.0
        return jnp.where(above, middle, ends[0]), jnp.where(above, ends[1], middle)

    low, high = jax.lax.fori_loop(0, _BISECTIONS, halve, (low, high))
    return 0.5 * (low + high)
