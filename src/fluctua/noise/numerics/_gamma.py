r"""The gamma law for shapes of any size, density and quantiles: their plain formulas cancel, underflow or overflow."""

import math

import numpy as np
import scipy.special as special
from jaxtyping import Float

# From here on Stirling's series to its third term is exact to rounding.
_LARGE = 1e3


def log_gamma_density(shape: float, log_ratio: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    r"""The log-density of $\ln g$ for a gamma variable $g$, at $x = \ln(g / a)$ with $a$ its shape.

    It is $a \ln g - g - \ln\Gamma(a) = -a (e^x - 1 - x) + [a \ln a - a - \ln\Gamma(a)]$, no part of which cancels.
    """
    small = np.abs(log_ratio) < 1e-3
    power = np.where(small, log_ratio, 0.0)
    excess = np.where(
        small,
        0.5 * power**2 * (1.0 + power / 3.0 * (1.0 + power / 4.0 * (1.0 + power / 5.0))),
        np.expm1(log_ratio) - log_ratio,
    )
    return -shape * excess + _log_peak(shape)


def _log_peak(shape: float) -> float:
    if shape < _LARGE:
        return shape * math.log(shape) - shape - math.lgamma(shape)
    correction = (1.0 - 1.0 / (30.0 * shape**2)) / (12.0 * shape)
    return 0.5 * math.log(shape / (2.0 * math.pi)) - correction


def log_gamma_quantile(
    order: float, log_lower: Float[np.ndarray, " n"], upper: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    r"""$\ln g$ for the quantile $g$ of the gamma law of that shape, from both tails of the probability."""
    lower = np.exp(log_lower)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        central = np.where(
            lower < 0.5, special.gammaincinv(order, lower), special.gammainccinv(order, np.maximum(upper, 0.0))
        )
        # P(order, g) = g^order / Gamma(order + 1) (1 - ...): all digits, and no underflow, for small g.
        small = (log_lower + special.gammaln(order + 1.0)) / order
        return np.where(small < math.log(1e-17), small, np.log(central))
