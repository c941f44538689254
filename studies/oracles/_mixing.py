r"""Laws of the mixing variance $V$ of Gaussian scale mixtures of scale 1, as quadrature nodes in $\ln V$.

A smooth density on a line is integrated by equal steps of any smooth increasing coordinate with an error that falls
exponentially. Here the coordinate follows the law: fine steps of one width where the bulk is, growing in proportion
to the distance towards the power-law side, and never longer than the width of the posterior of $\ln V$ given a vector
of $d$ components, about $\sqrt{2/d}$.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.special as special
from jaxtyping import Float

from fluctua.core import OptionError
from fluctua.noise.numerics import log_gamma_density

from ._positive_stable import log_density

Nodes = tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]

# ln of what is left out at the ends of the nodes, and the largest ln V that is still a float with room for squares.
NEGLIGIBLE, LONGEST = -40.0, 300.0
# Indices of stable laws whose mixing law is resolved: below, its tail leaves the floats; above, its bulk is too narrow.
TABULATED = (0.2, 1.999)


def stretched_nodes(
    log_weight: Callable[[Float[np.ndarray, " m"]], Float[np.ndarray, " m"]],
    centre: float,
    width: float,
    longest_step: float,
    ends: tuple[float, float],
) -> Nodes:
    """Nodes and log-weights of a density on a line, in a coordinate that is linear left of the centre and logarithmic
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
    return nodes, log_weight(nodes) - np.log(coordinate(nodes)[1])


def _crude(coordinate: Callable, ends: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    value = np.linspace(*ends, 20001)
    return coordinate(value)[0], value


@dataclass(frozen=True)
class StableBulk:
    r"""Where a positive stable law of index $a$ has its bulk in $x = \ln S$ when its density is weighted with
    $s^{-d/2}$.

    $X = e^{-x/w}$ with $w = (1-a)/a$ is then close to a gamma variable of shape $dw/2 + 1/2$, divided by $A(0)$.
    """

    index: float
    width: float
    shape: float
    least: float

    @classmethod
    def of(cls, index: float, dimension: int) -> "StableBulk":
        width = (1.0 - index) / index
        return cls(index, width, 0.5 * dimension * width + 0.5, (1.0 - index) * index ** (1.0 / width))

    @property
    def centre(self) -> float:
        return -self.width * math.log(self.shape / self.least)

    @property
    def ends(self) -> tuple[float, float]:
        """From where the density falls as exp(-A(0) X) to the end of its tail, which falls as exp(-a x)."""
        # Far beyond the bulk: vectors of several times the median norm need their own mixing variances.
        reach = 40.0 * self.shape + 150.0
        return -self.width * math.log(reach / self.least), min(-NEGLIGIBLE / self.index + 10.0, LONGEST)

    @property
    def local_width(self) -> float:
        return self.width / math.sqrt(2.0 * self.shape)


@functools.cache
def stable_nodes(alpha: float, dimension: int) -> Nodes:
    r"""$\ln V$ and log-weights of $V = 2S$, $S$ positive stable of index $\alpha/2$."""
    if not TABULATED[0] <= alpha <= TABULATED[1]:
        raise OptionError(
            f"the density of symmetric stable noise was asked for at alpha = {alpha:g}",
            f"it is tabulated for alpha from {TABULATED[0]:g} to {TABULATED[1]:g}, and closed at 2",
            f"use alpha = {2 if alpha > 1.0 else TABULATED[0]:g}",
        )
    bulk = StableBulk.of(0.5 * alpha, dimension)
    nodes, log_weights = stretched_nodes(
        lambda value: log_density(bulk.index, value), 0.0, bulk.local_width, _posterior_step(dimension), bulk.ends
    )
    return nodes + math.log(2.0), log_weights


@functools.cache
def size_biased_nodes(beta: float, dimension: int) -> Nodes:
    r"""$\ln V$ and log-weights of $V = 1/(2S)$, $S$ with a density proportional to $s^{-d/2} f_{\beta/2}(s)$."""
    bulk, half = StableBulk.of(0.5 * beta, dimension), 0.5 * dimension
    log_total = special.gammaln(1.0 + half / bulk.index) - special.gammaln(1.0 + half)
    # At the origin the density of the noise weighs with s^(d/2) again, so the nodes run to the end of the stable tail.
    nodes, log_weights = stretched_nodes(
        lambda value: log_density(bulk.index, value) - half * value - log_total,
        bulk.centre,
        bulk.local_width,
        _posterior_step(dimension),
        bulk.ends,
    )
    return (-nodes - math.log(2.0))[::-1].copy(), log_weights[::-1].copy()


@functools.cache
def inverse_chi_square_nodes(df: float, dimension: int) -> Nodes:
    r"""$\ln V$ and log-weights of $V = \nu/c$, $c$ chi-square of $\nu$ degrees."""
    half, both = 0.5 * df, 0.5 * (df + dimension)
    # At the origin the density of the noise weighs with V^(-d/2), which makes the shape (nu + d)/2.
    left = -math.log((both + 12.0 * math.sqrt(both) + 120.0) / half)
    # Far enough for the mean of V where it exists.
    tail = -NEGLIGIBLE / (half - 1.0 if half > 1.0 else half)
    # V follows a vector far out, as 1 + r^2 / nu.
    far = math.log1p(900.0 * dimension / df)
    right = min(max(tail, far) + 12.0 / math.sqrt(half) + min(2.0, tail), LONGEST)
    count = math.ceil((right - left) / min(0.5 / math.sqrt(both), 0.25))
    nodes = np.linspace(left, right, count + 1)
    return nodes, log_gamma_density(half, -nodes) + math.log(nodes[1] - nodes[0])


def _posterior_step(dimension: int) -> float:
    return min(0.3, 0.6 * math.sqrt(2.0 / dimension))
