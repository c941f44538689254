"""What is known of a record noised by a law at any level: its score and the mean of the record given what is seen."""

import abc
import math
from typing import NamedTuple

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ...noise import AbstractNoiseLaw


class AbstractNoisedScore(eqx.Module):
    r"""Score and posterior mean of $y = x + \sigma n$, with $x$ from a density $p$ and $n$ from a noise law.

    What is known are score and posterior mean,

    $$ s(y, \sigma) = \nabla \ln q_\sigma(y), \qquad D(y, \sigma) = E[x \mid y]. $$

    They say the same, $D = y + \sigma^2 s$, for the standard Gaussian law alone (Tweedie's formula). A sampler asks
    for the one that it needs.

    Attributes:
        law: The noise law, its scale included.
    """

    law: eqx.AbstractVar[AbstractNoiseLaw]

    @property
    @abc.abstractmethod
    def dimension(self) -> int:
        """Number of state variables."""

    @property
    def levels(self) -> tuple[float, float]:
        """Smallest and largest noise level at which it is known: all positive ones, but for what was learned."""
        return 0.0, math.inf

    @abc.abstractmethod
    def score(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        r"""The score $s(y, \sigma)$ of the noised density at one noised state; the level is positive."""

    @abc.abstractmethod
    def posterior_mean(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        r"""The mean $D(y, \sigma) = E[x \mid y]$ of the state given one noised state; the level is positive."""


class HasNoisedDensity:
    """What is also known where the density is known: its noised log-density and its states."""

    @abc.abstractmethod
    def log_density(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, ""]:
        r"""The normalised log-density $\ln q_\sigma(y)$ of one noised state."""

    @abc.abstractmethod
    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count d"]:
        """Independent states of the density without noise."""


class Smoothed(NamedTuple):
    r"""A density smoothed by noise, at one noised state.

    Attributes:
        log_density: The normalised log-density $\ln q_\sigma(y)$.
        score: Its gradient.
        mean: $E[x \mid y]$, the mean of the state given the noised one.
    """

    log_density: Float[Array, ""]
    score: Float[Array, " d"]
    mean: Float[Array, " d"]


class AbstractExactNoisedScore(AbstractNoisedScore, HasNoisedDensity):
    """A noised score whose density is known, so that everything else can be measured against it."""

    @abc.abstractmethod
    def smoothed(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Smoothed:
        """Log-density, score and posterior mean at one noised state."""

    def score(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        return self.smoothed(noised, level).score

    def posterior_mean(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        return self.smoothed(noised, level).mean

    def log_density(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, ""]:
        return self.smoothed(noised, level).log_density
