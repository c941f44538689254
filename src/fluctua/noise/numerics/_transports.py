r"""Noise by exact transport of standard normals: $n = T(z)$ with $T$ monotone, from tables.

Rejection draws of gamma variables loop until the last entry is accepted; a monotone map of normals costs a table
look-up instead, needs no second key, is smooth in nothing but the normals, and is the identity where the law is
Gaussian. The map is exact up to the interpolation error of the tables, a relative error below 1e-7 for exponents from
0.3. Both tails of the distribution functions are inverted on their own side, so no digits are lost in the tails.
"""

import functools
import math

import numpy as np
import scipy.special as special
from jax.typing import DTypeLike
from jaxtyping import Float

from ._gamma import log_gamma_density, log_gamma_quantile
from ._tables import PIECES_BITS, hermite_pieces, octave_knots

# Where the tail of a probability is too small to be inverted; nothing is ever drawn there.
TINY = 1e-280
# Normals of double precision are multiples of about 2^-53.
LOWEST = -56


@functools.cache
def product_transport(beta: float) -> Float[np.ndarray, "4 m"]:
    r"""Octave table of $n(z)/z$ from ``LOWEST`` on, for one coordinate of the generalised normal law of scale 1.

    $P(1/\beta, n^\beta) = {\rm erf}(z / \sqrt2)$.
    """
    knots = octave_knots(LOWEST, 4)
    log_lower = np.log(special.erf(knots / math.sqrt(2.0)))
    log_gamma = log_gamma_quantile(1.0 / beta, log_lower, special.erfc(knots / math.sqrt(2.0)))
    noise = np.exp(log_gamma / beta)
    log_slope = math.log(2.0 / beta / math.sqrt(2.0 * math.pi)) + special.gammaln(1.0 / beta)
    slope = np.exp(log_slope - 0.5 * knots**2 + np.exp(log_gamma))
    ratio = noise / knots
    return hermite_pieces(knots, ratio, (slope - ratio) / knots)


@functools.cache
def radial_transport(beta: float, dimension: int) -> tuple[int, Float[np.ndarray, "4 m"]]:
    r"""Octave table of $r/|z|$ for the spherical law of scale 1, with its lowest exponent.

    $P(d/\beta, r^\beta) = P(d/2, |z|^2/2)$.
    """
    half, order = 0.5 * dimension, dimension / beta
    highest = math.ceil(math.log2(math.sqrt(dimension) + 40.0))
    knots = octave_knots(LOWEST, highest)
    energy = 0.5 * knots**2
    with np.errstate(divide="ignore"):
        log_lower = np.where(
            energy < 1e-17,
            half * np.log(energy) - special.gammaln(half + 1.0),
            np.log(special.gammainc(half, energy)),
        )
    upper = special.gammaincc(half, energy)
    drawn = (log_lower > math.log(TINY)) & (upper > TINY)
    first, last = np.flatnonzero(drawn)[[0, -1]]
    log_gamma = log_gamma_quantile(order, log_lower[first : last + 1], upper[first : last + 1])
    inside = knots[first : last + 1]
    # d ln r / d ln |z|: the ratio of the densities of the two logarithms.
    log_slope = (
        math.log(2.0 / beta)
        + special.gammaln(order)
        - special.gammaln(half)
        + half * np.log(energy[first : last + 1])
        - energy[first : last + 1]
        - order * log_gamma
        + np.exp(log_gamma)
    )
    ratio = np.exp(log_gamma / beta) / inside
    pieces = hermite_pieces(inside, ratio, ratio * np.expm1(log_slope) / inside)
    # Beyond the range in which anything is drawn the ratio is kept.
    whole = np.zeros((4, len(knots) - 1))
    whole[0, :first], whole[:, first:last], whole[0, last:] = ratio[0], pieces, ratio[-1]
    skipped = int(first) >> PIECES_BITS
    return LOWEST + skipped, whole[:, skipped << PIECES_BITS :]


SPREAD_RANGE, SPREAD_SPACING = 9.5, 1.0 / 64.0


@functools.cache
def chi_square_spread(df: float) -> Float[np.ndarray, "4 m"]:
    r"""Equally spaced table of $\ln \sqrt{\nu / c}$ against a normal $w$, where $c$ is the chi-square of $\nu$ degrees
    with probability $P(c' > c) = \Phi(w)$."""
    count = round(2.0 * SPREAD_RANGE / SPREAD_SPACING)
    knots = np.linspace(-SPREAD_RANGE, SPREAD_RANGE, count + 1)
    half = 0.5 * df
    log_gamma = log_gamma_quantile(half, special.log_ndtr(-knots), special.ndtr(knots))
    log_density = log_gamma_density(half, log_gamma - math.log(half))
    log_normal = -0.5 * knots**2 - 0.5 * math.log(2.0 * math.pi)
    # ln c falls as w grows, so its spread grows.
    slope = 0.5 * np.exp(log_normal - log_density)
    return hermite_pieces(knots, 0.5 * (math.log(half) - log_gamma), slope)


def spread_limit(dtype: DTypeLike) -> float:
    """The logarithm of the largest factor that a drawn normal can be given in that type of float."""
    return math.log(float(np.finfo(np.dtype(dtype)).max)) - 10.0
