r"""The positive stable law, $E e^{-uS} = e^{-u^a}$ with $0 < a < 1$: its density over the whole range.

It mixes Gaussian laws into symmetric stable and generalised normal ones. Kanter's representation gives, with
$x = \ln s$, $X = s^{-a/(1-a)}$ and $A(u) = [\sin(au)^a \sin((1-a)u)^{1-a} / \sin u]^{1/(1-a)}$,

$$ P(S < s) = \frac1\pi \int_0^\pi e^{-A(u) X} du, \qquad
   p(x) = \frac{a}{1-a} \frac1\pi \int_0^\pi A(u) X e^{-A(u) X} du, $$

and beyond $s = 1.1$ the series $p(x) = \frac1\pi \sum_k (-1)^{k+1} \Gamma(ka+1) \sin(\pi k a) s^{-ka} / k!$ takes over.

References:
    Kanter, *Stable densities under change of scale and total variation inequalities*, Ann. Probab. 3, 697 (1975).
    Zolotarev, *One-dimensional stable distributions*, AMS (1986), theorems 2.4.2 and 2.5.1.
"""

import math

import numpy as np
import scipy.special as special
from jaxtyping import Float

# Where the series takes over from the integral, and how many of its terms are summed.
SERIES_START, SERIES_TERMS = math.log(1.1), 400
# Entries of the arrays that are worked on at once.
ENTRIES = 2_000_000


def log_kanter(index: float, angle: Float[np.ndarray, " n"], rest: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    r"""$\ln A(u)$, with $\pi - u$ given beside $u$."""
    return (
        index * np.log(np.sin(index * angle))
        + (1.0 - index) * np.log(np.sin((1.0 - index) * angle))
        - np.log(np.where(angle < 1.0, np.sin(angle), np.sin(rest)))
    ) / (1.0 - index)


def log_density(index: float, log_value: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    r"""The log-density of $x = \ln S$ of the positive stable law of that index."""
    result = np.empty_like(log_value)
    far = log_value > SERIES_START
    result[far] = _log_series(index, log_value[far])
    near = np.flatnonzero(~far)
    log_angle, log_measure = _nodes(index)
    for rows in np.array_split(near, max(1, math.ceil(len(near) * len(log_angle) / ENTRIES))):
        log_power = -index / (1.0 - index) * log_value[rows, None]
        exponent = log_angle + log_power
        with np.errstate(over="ignore"):
            terms = log_measure + exponent - np.exp(exponent)
        result[rows] = special.logsumexp(terms, axis=1)
    result[near] += math.log(index / (1.0 - index) / math.pi)
    return result


def _nodes(index: float) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    r"""$\ln A$ and $\ln du$ on the nodes of a trapezoid rule.

    $u = \pi \tau / (1 + \tau)$ with $\tau = \ln(1 + e^{p/2})$ in equal steps of $p$: to the left $u$ falls
    exponentially, to the right $\ln A$ grows at most linearly, so the integrand is resolved everywhere.
    """
    step = 0.2
    reach = 5.0 + SERIES_START * index / (1.0 - index)
    lowest, highest = -140.0, 20.0
    while log_kanter(index, *_angles(np.array([highest])))[0] < reach:
        highest *= 1.3
    position = np.arange(lowest, highest, step)
    angle, rest = _angles(position)
    # du/dp = pi / (1 + tau)^2 / (2 (1 + e^(-p/2)))
    measure = rest**2 / math.pi * 0.5 * special.expit(0.5 * position) * step
    return log_kanter(index, angle, rest), np.log(measure)


def _angles(position: Float[np.ndarray, " m"]) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    ratio = np.logaddexp(0.0, 0.5 * position)
    return math.pi * ratio / (1.0 + ratio), math.pi / (1.0 + ratio)


def _log_series(index: float, log_value: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    order = np.arange(1, SERIES_TERMS + 1)
    size = special.gammaln(order * index + 1.0) - special.gammaln(order + 1.0)
    sign = np.where(order % 2 == 1, 1.0, -1.0) * np.sin(math.pi * index * order)
    if len(log_value) == 0:
        return log_value
    # The first power is taken out, or the series would underflow where its logarithm is wanted.
    terms = sign * np.exp(size - index * (order - 1.0) * log_value[:, None])
    return np.log(np.sum(terms, axis=1) / math.pi) - index * log_value
