"""What the exact noised scores have in common: density, score and posterior mean come from one evaluation."""

import abc
from typing import NamedTuple

from jaxtyping import Array, Float

from ._base import AbstractNoisedScore, HasNoisedDensity


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
