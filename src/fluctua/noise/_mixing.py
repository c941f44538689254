r"""Laws of the mixing variance $V$ of Gaussian scale mixtures of scale 1, as quadrature nodes in $\ln V$.

A smooth density on a line is integrated by equal steps of any smooth increasing coordinate with an error that falls exponentially. Here
the coordinate follows the law: fine steps of one width where the bulk is, growing in proportion to the distance towards the power-law
side, and never longer than the width of the posterior of $\ln V$ given a vector of $d$ components, about $\sqrt{2/d}$.
"""

import functools
import math
from collections.abc import Callable

import numpy as np
import scipy.special as special
from jaxtyping import Float

from ._positive_stable import log_density

Nodes = tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]

# ln of what is left out at the ends of the nodes, and the largest ln V that is still a float with room for squares.
NEGLIGIBLE, LONGEST = -40.0, 300.0


def stretched_nodes(
    log_weight: Callable[[Float[np.ndarray, " m"]], Float[np.ndarray, " m"]],
    centre: float,
    width: float,
    longest_step: float,
    ends: tuple[float, float],
) -> Nodes:
    """Nodes and weights of a density on a line, in a coordinate that is linear left of the centre and logarithmic
    right of it."""
    step = 0.1

    def coordinate(value: Float[np.ndarray, " m"]) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
        distance = (value - centre) / width
        # q + exp(q) - 1 = distance, solved for exp(q)
        exponential = special.wrightomega(distance + 1.0)
        position = (distance + 1.0 - exponential) / step + (value - centre) / longest_step
        return position, 1.0 / (width * step * (1.0 + exponential)) + 1.0 / longest_step

    low, high = (float(coordinate(np.array([end]))[0][0]) for end in ends)
    wanted = np.arange(math.ceil(low), math.floor(high) + 1, dtype=float)
    nodes = np.interp(wanted, *_crude(coordinate, ends))
    for _ in range(60):
        position, slope = coordinate(nodes)
        change = (wanted - position) / slope
        nodes = np.clip(nodes + change, *ends)
        if np.max(np.abs(position - wanted)) < 1e-9:
            break
    weights = np.exp(log_weight(nodes)) / coordinate(nodes)[1]
    return nodes, weights


def _crude(coordinate: Callable, ends: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    value = np.linspace(*ends, 20001)
    return coordinate(value)[0], value


@functools.cache
def stable_nodes(alpha: float, dimension: int) -> Nodes:
    r"""$\ln V$ and weights of $V = 2S$, $S$ positive stable of index $\alpha/2$."""
    index = 0.5 * alpha
    width = (1.0 - index) / index
    # On the left the density falls as exp(-A(0) X), A(0) = (1 - a) a^(a/(1-a)).
    least = (1.0 - index) * index ** (1.0 / width)
    left = -width * math.log((-NEGLIGIBLE + 30.0 + 0.5 * dimension) / least)
    right = min(-NEGLIGIBLE / index + 10.0, LONGEST)
    local = width / math.sqrt(1.0 + 0.5 * width * dimension)
    nodes, weights = stretched_nodes(
        lambda value: log_density(index, value), 0.0, local, min(0.3, 0.6 * math.sqrt(2.0 / dimension)), (left, right)
    )
    return nodes + math.log(2.0), weights


@functools.cache
def size_biased_nodes(beta: float, dimension: int) -> Nodes:
    r"""$\ln V$ and weights of $V = 1/(2S)$, $S$ with a density proportional to $s^{-d/2} f_{\beta/2}(s)$."""
    index, half = 0.5 * beta, 0.5 * dimension
    width = (1.0 - index) / index
    log_total = special.gammaln(1.0 + half / index) - special.gammaln(1.0 + half)
    least = (1.0 - index) * index ** (1.0 / width)
    # X = S^(-1/width) is near a gamma variable of this shape, divided by A(0).
    shape = half * width + 0.5
    centre = -width * math.log(shape / least)
    left = -width * math.log((shape + 12.0 * math.sqrt(shape) + 120.0) / least)
    # At the origin the density of the noise weighs with s^(d/2), and leaves the tail of the stable density.
    right = min(-NEGLIGIBLE / index + 10.0, LONGEST)
    local = width / math.sqrt(1.0 + width * half)
    nodes, weights = stretched_nodes(
        lambda value: log_density(index, value) - half * value - log_total,
        centre,
        local,
        min(0.3, 0.6 / math.sqrt(half)),
        (left, right),
    )
    return (-nodes - math.log(2.0))[::-1].copy(), weights[::-1].copy()


@functools.cache
def inverse_chi_square_nodes(df: float, dimension: int) -> Nodes:
    r"""$\ln V$ and weights of $V = \nu/c$, $c$ chi-square of $\nu$ degrees."""
    half = 0.5 * df

    def log_weight(value: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
        return half * (math.log(half) - value) - half * np.exp(-value) - special.gammaln(half)

    width = 1.0 / math.sqrt(half)
    left = -math.log1p(12.0 * width + 120.0 / half)
    # Far enough for the mean of V where it exists.
    right = min(-NEGLIGIBLE / (half - 1.0 if half > 1.0 else half) + 12.0 * min(width, 1.0) + 2.0, LONGEST)
    step = 0.5 * math.sqrt(2.0 / (df + dimension))
    count = math.ceil((right - left) / min(step, 0.25))
    nodes = np.linspace(left, right, count + 1)
    return nodes, np.exp(log_weight(nodes)) * (nodes[1] - nodes[0])
