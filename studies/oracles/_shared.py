"""What the exact noised scores share: mixtures of smoothed densities, and parameters of data."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from fluctua.core import OptionError
from fluctua.scores.noised import Smoothed


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
