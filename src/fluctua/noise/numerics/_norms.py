"""Quantiles of the norm of a noise vector where the law of the norm has no closed form."""

import functools
import math
from collections.abc import Callable

import numpy as np
import scipy  # its submodule is loaded when it is first used
import scipy.special as special
from jaxtyping import Complex, Float

from ...core import OptionError

# Probabilities closer to 0 or 1 drown in the rounding of the inversion.
RESOLVED = 1e-10


@functools.lru_cache(maxsize=4096)
def product_norm_quantile(beta: float, dimension: int, probability: float) -> float:
    r"""Quantile of the norm of a vector with independent generalised normal components of scale 1.

    With the transform $M(s) = E e^{-s n^2}$ of one component and $v = r^2$, Laplace inversion along two rays from
    the origin at the angles $\pm\psi$, $\psi = \pi/2 + \chi$, gives

    $$ P(|n|^2 < v) = \frac\psi\pi + \frac1\pi \int_0^\infty {\rm Im}\left[ e^{sv} M(s)^d \right] \frac{d\tau}{\tau},
       \qquad s = \tau e^{i\psi}. $$

    The rays lean to the left, so the integrand falls exponentially, and equal steps of $\ln\tau$ converge
    exponentially. What is left of rounding in the probability is about $10^{-12}$.

    Raises:
        OptionError: A probability so close to 0 or 1 that rounding decides.
    """
    if not RESOLVED <= probability <= 1.0 - RESOLVED:
        raise OptionError(
            f"the quantile of the norm of generalised normal noise was asked for at the probability {probability}",
            f"the law of the norm of its product form is known from {RESOLVED:g} to 1 - {RESOLVED:g}",
            "give a probability in between, or use form='spherical', whose norm has a closed law",
        )
    log_tau, tilt, log_transform = _ray(beta)
    direction = np.exp(1j * (0.5 * math.pi + tilt))
    step = log_tau[1] - log_tau[0]
    power = dimension * log_transform
    points = np.exp(log_tau) * direction

    def excess(log_square: float) -> float:
        exponent = points * math.exp(log_square) + power
        integral = step * np.sum(np.exp(np.minimum(exponent.real, 700.0)) * np.sin(exponent.imag))
        return (0.5 * math.pi + tilt + float(integral)) / math.pi - probability

    moments = [special.gammaln(order / beta) for order in (1.0, 3.0, 5.0)]
    mean = math.log(dimension) + moments[1] - moments[0]
    kurtosis = math.exp(moments[2] + moments[0] - 2.0 * moments[1])
    # Many deviations below the mean the integrand would grow before it falls, and its digits would cancel.
    return math.exp(0.5 * _root(excess, float(mean), min(0.5, math.sqrt((kurtosis - 1.0) / dimension))))


def _root(function: Callable[[float], float], start: float, step: float) -> float:
    """The zero of an increasing function, bracketed in equal steps."""
    low = high = start
    while function(low) > 0.0:
        low -= step
    while function(high) < 0.0:
        high += step
    return float(scipy.optimize.brentq(function, low, high, xtol=1e-13))  # pyright: ignore[reportArgumentType]


@functools.lru_cache(maxsize=64)
def _ray(beta: float) -> tuple[Float[np.ndarray, " m"], float, Complex[np.ndarray, " m"]]:
    r"""$\ln\tau$ in equal steps, the lean $\chi$ and $\ln M(\tau e^{i\psi})$.

    $M$ is an integral over $n > 0$. Turned to $n = \rho e^{-i\theta}$ both factors of the integrand fall along the
    path, and equal steps of $x$ in $\rho = \max(1, \tau)^{-1/2} \exp(x - e^{-x})$ converge exponentially for every
    $\tau$.
    """
    tilt = min(math.pi / 8.0, math.pi / (4.0 * beta))
    turn = min(math.pi / (4.0 * beta), 0.375 * math.pi)
    # From where the integrand is proportional to tau, up to exp(-tau v sin(tilt)) = 0 for the smallest v = r^2.
    largest = 2.0 / beta * math.log(120.0)
    smallest = 2.0 * math.lgamma(1.0 + 1.0 / beta) - 21.0
    log_tau = np.arange(-largest - 42.0, math.log(45.0 / math.sin(tilt)) - smallest, tilt / 5.0)
    falls = math.cos(turn * beta), math.cos(0.5 * math.pi + tilt - 2.0 * turn)
    # How far the path can be turned before one of the factors grows, over the slope of ln(rho) near rho = 1.
    room = min(0.5 * math.pi / beta - turn, 0.5 * (2.0 * turn - tilt if beta > 1.0 else tilt)) / 1.6
    step = room / 4.5
    position = np.arange(-3.7, max(math.log(60.0 / falls[0]) / beta, 0.5 * math.log(45.0 / falls[1])) + 1.0, step)
    log_path = position - np.exp(-position)
    log_measure = log_path + np.log1p(np.exp(-position))
    transform = np.empty(len(log_tau), complex)
    for rows in np.array_split(np.arange(len(log_tau)), max(1, len(log_tau) * len(position) // 1_000_000)):
        shrink = 0.5 * np.maximum(log_tau[rows, None], 0.0)
        log_radius = log_path - shrink
        energy = np.exp(np.minimum(beta * log_radius, 10.0)) * np.exp(-1j * beta * turn)
        square = np.exp(2.0 * log_radius + log_tau[rows, None]) * np.exp(1j * (0.5 * math.pi + tilt - 2.0 * turn))
        transform[rows] = np.sum(np.exp(log_measure - shrink - energy - square), axis=1)
    log_constant = math.log(beta * step) - math.lgamma(1.0 / beta) - 1j * turn
    return log_tau, tilt, log_constant + np.log(transform)
