"""The probability flow: states move along curves that keep their density right at every level, without noise."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ..core import register
from ..scores.noised import AbstractNoisedScore
from ._base import AbstractLevelSampler, Level, Vector
from ._registry import check_order, check_posterior_mean


@register(
    "sampler",
    "flow",
    summary="noise laws with a mean",
    cites=("network",),
    needs=("posterior mean",),
    examples=({"settings": {}, "laws": None, "every": 2},),
)
class ProbabilityFlow(AbstractLevelSampler):
    r"""The probability flow by the posterior mean, $dx / d\sigma = (x - D(x, \sigma)) / \sigma$.

    Along $y_\sigma = x + \sigma n$ the velocity is $n$, and a density moves with the mean velocity at each place,
    $E[n \mid y] = (y - D(y, \sigma)) / \sigma$. So the flow keeps the density of $y_\sigma$ at every level, **for every
    noise law with a mean**, symmetric or not, and it asks for the posterior mean, not for the score. (For Gaussian
    noise of unit variance $E[n \mid y] = -\sigma s$, the form mostly written; put in for another law it is wrong.)
    Laws without a mean, such as Cauchy, are refused.

    Order 1 is Euler's rule, order 2 Heun's; a last step to level 0 is by Euler's rule, and ends at the posterior mean.

    Attributes:
        order: 1 or 2; the posterior mean is evaluated that many times a step.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian
        >>> from fluctua.scores.noised import NoisedEmpirical
        >>> noised = NoisedEmpirical(Gaussian(), np.zeros((1, 1)))
        >>> state = ProbabilityFlow(1).step(noised, np.array([2.0]), np.array(2.0), np.array(1.0), jax.random.key(0))
        >>> state.round(6).tolist()
        [1.0]

    References:
        Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models*, NeurIPS
        (2022), algorithm 1, for Gaussian noise; Pandey et al., *Heavy-tailed diffusion models*, ICLR (2025), for
        Student-t noise; Lipman et al., *Flow matching for generative modeling*, ICLR (2023), theorem 1, for the mean
        velocity.
    """

    ends_at_zero: ClassVar[bool] = True

    order: int = 2

    def __check_init__(self) -> None:
        check_order(self.order)

    def check(self, noised: AbstractNoisedScore) -> None:
        check_posterior_mean(self, noised.law)

    def step(
        self, noised: AbstractNoisedScore, state: Vector, level: Level, following: Level, key: PRNGKeyArray
    ) -> Vector:
        velocity = (state - noised.posterior_mean(state, level)) / level
        euler = state + (following - level) * velocity
        if self.order == 1:
            return euler

        def heun(predicted: Array) -> Array:
            end = (predicted - noised.posterior_mean(predicted, following)) / following
            return state + (following - level) * (velocity + end) / 2

        return jax.lax.cond(jnp.asarray(following) > 0.0, heun, lambda predicted: predicted, euler)
