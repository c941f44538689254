"""What the exact noised scores have in common: density, score and posterior mean come from one evaluation."""

import abc
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import OptionError
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


def mixed(log_weights: Float[Array, " k"], parts: Smoothed) -> Smoothed:
    r"""The mixture of smoothed densities: $q = \sum_k w_k q_k$, and the averages over what part $y$ may come from.

    The mean over the parts is taken with their responsibilities $w_k q_k(y) / q(y)$, which is right for the score as
    well as for the posterior mean.

    Args:
        log_weights: Logarithms of the weights, shape ``(k,)``.
        parts: The parts, with an axis of length ``k`` in front.
    """
    joint = log_weights + parts.log_density
    responsibilities = jax.nn.softmax(joint)
    return Smoothed(jax.nn.logsumexp(joint), responsibilities @ parts.score, responsibilities @ parts.mean)


def positive(name: str, value: float, example: str) -> Float[Array, ""]:
    """A parameter of the data as an array; refused unless positive and finite."""
    if not 0.0 < value < math.inf:
        raise OptionError(f"the {name} is {value}", "it must be positive", f"give, for example, {example}")
    return jnp.asarray(float(value))


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
