r"""Density and score of isotropic symmetric stable noise of scale 1 as functions of the radius, from tables.

With the mixing variance $A$ and $t = r^2$, $f(r) = E (2\pi A)^{-d/2} e^{-t/2A}$ and the score is $-n\, c(r)$ with $c
= E[1/A \mid r]$. Derivatives are exact: $d \ln f/dt = -c/2$ and $dc/dt = -{\rm Var}[1/A \mid r]/2$. Tables are
equally spaced in $u = \ln(1 + t/t_0)$ with $t_0$ the scale of the density near the origin; beyond them $c r^2 - (d +
\alpha)$ falls as $r^{-\alpha}$.
"""

import functools
import math
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import scipy.optimize
import scipy.special as special
from jaxtyping import Array, Float

from fluctua.noise.numerics import evaluate_equal, hermite_pieces

from ._mixing import StableBulk, stable_nodes


@dataclass(frozen=True)
class RadialTable:
    r"""Cubic pieces of $\ln f$ and of $\ln c$ in $u$, and what continues them."""

    smallest_square: float
    spacing: float
    log_density: Float[np.ndarray, "4 m"]
    log_rate: Float[np.ndarray, "4 m"]
    last_log_radius: float
    last_log_density: float
    last_defect: float


def radial_moments(
    alpha: float, dimension: int, square: Float[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    r"""$\ln f$, $c$ and ${\rm Var}[1/A \mid r]$ at ascending squared radii, by quadrature over the mixing variance."""
    log_variance, log_weights = stable_nodes(alpha, dimension)
    rate = np.exp(-log_variance)
    base = log_weights - 0.5 * dimension * (log_variance + math.log(2.0 * math.pi))
    log_density, mean, spread = (np.empty_like(square) for _ in range(3))
    # Exponents are linear in the squared radius: what is negligible at both ends of a short block is so in between.
    length = 16.0 / math.sqrt(dimension)
    block = np.floor(np.log1p(square / _smallest_square(alpha, dimension)) / length)
    for rows in np.split(np.arange(len(square)), np.flatnonzero(np.diff(block)) + 1):
        ends = base - 0.5 * square[rows[[0, -1]], None] * rate
        kept = np.any(ends > np.max(ends, axis=1, keepdims=True) - 100.0, axis=0)
        local = rate[kept]
        exponent = base[kept] - 0.5 * square[rows, None] * local
        top = np.max(exponent, axis=1)
        mass = np.exp(exponent - top[:, None])
        total = np.sum(mass, axis=1)
        log_density[rows] = top + np.log(total)
        mean[rows] = mass @ local / total
        spread[rows] = np.sum(mass * (local - mean[rows, None]) ** 2, axis=1) / total
    return log_density, mean, spread


def _smallest_square(alpha: float, dimension: int) -> float:
    """The squared norm typical of the vectors with the smallest mixing variances."""
    return 2.0 * dimension * math.exp(StableBulk.of(0.5 * alpha, dimension).centre)


@functools.lru_cache(maxsize=64)
def radial_table(alpha: float, dimension: int) -> RadialTable:
    """The table of one index and dimension."""
    spacing = min(1.0 / 128.0, 0.1 * math.sqrt(2.0 / dimension))
    # Where the relative corrections r^(-2 alpha) to the tail are below 1e-12 or so.
    last = dimension * math.exp(min(2.0 / alpha * math.log(1e7), 200.0))
    smallest = _smallest_square(alpha, dimension)
    knots = spacing * np.arange(math.ceil(math.log1p(last / smallest) / spacing) + 1)
    square = smallest * np.expm1(knots)
    log_density, mean, spread = radial_moments(alpha, dimension, square)
    rise = smallest * np.exp(knots)
    return RadialTable(
        smallest,
        spacing,
        hermite_pieces(knots, log_density, -0.5 * mean * rise),
        hermite_pieces(knots, np.log(mean), -0.5 * spread / mean * rise),
        0.5 * math.log(square[-1]),
        float(log_density[-1]),
        float(mean[-1] * square[-1] - dimension - alpha),
    )


def log_density_and_rate(
    alpha: float, dimension: int, square: Float[Array, ""]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    r"""$\ln f$ and $c$ at one squared radius in double precision."""
    table = radial_table(alpha, dimension)
    coordinate = jnp.log1p(square / table.smallest_square)
    log_density = evaluate_equal(table.log_density, 0.0, table.spacing, coordinate)
    rate = jnp.exp(evaluate_equal(table.log_rate, 0.0, table.spacing, coordinate))
    # Beyond the table; where it is not, the far branch is evaluated at its start and not taken.
    start = math.exp(2.0 * table.last_log_radius)
    far = square > start
    safe = jnp.where(far, square, start)
    log_ratio = 0.5 * jnp.log(safe) - table.last_log_radius
    remains = jnp.exp(-alpha * log_ratio)
    far_density = table.last_log_density - (dimension + alpha) * log_ratio - table.last_defect / alpha * (1.0 - remains)
    far_rate = (dimension + alpha + table.last_defect * remains) / safe
    return jnp.where(far, far_density, log_density), jnp.where(far, far_rate, rate)


@functools.lru_cache(maxsize=256)
def stable_fisher_information(alpha: float, dimension: int) -> float:
    r"""$E[c^2 r^2]/d$ by the trapezoid rule in $\ln r$."""
    step = min(0.05, 0.3 / math.sqrt(dimension))
    # From where there is hardly any mass to where there is hardly any score.
    start = 0.5 * math.log(_smallest_square(alpha, dimension)) - 40.0 / (dimension + 2.0)
    log_radius = np.arange(start - 1.0, 0.5 * math.log(dimension) + 2.0 + 40.0 / (alpha + 2.0), step)
    log_density, mean, _ = radial_moments(alpha, dimension, np.exp(2.0 * log_radius))
    log_shell = (
        math.log(2.0) + 0.5 * dimension * math.log(math.pi) - math.lgamma(0.5 * dimension) + dimension * log_radius
    )
    return float(np.sum(np.exp(log_density + log_shell + 2.0 * log_radius) * mean**2)) * step / dimension


def mixture_norm_quantile(
    log_variances: Float[np.ndarray, " m"], weights: Float[np.ndarray, " m"], dimension: int, probability: float
) -> float:
    """Quantile of the norm of a Gaussian scale mixture with one variance a vector."""
    half = 0.5 * dimension

    def excess(log_square: float) -> float:
        energy = 0.5 * np.exp(np.minimum(log_square - log_variances, 700.0))
        if probability < 0.5:
            return float(weights @ special.gammainc(half, energy)) - probability
        return 1.0 - probability - float(weights @ special.gammaincc(half, energy))

    low = high = math.log(dimension) + float(np.interp(0.5, np.cumsum(weights), log_variances))
    while excess(low) > 0.0:
        low -= 0.5
    while excess(high) < 0.0:
        high += 0.5
    root = scipy.optimize.brentq(excess, low, high, xtol=1e-13)
    return math.exp(0.5 * root)  # pyright: ignore[reportOperatorIssue]
