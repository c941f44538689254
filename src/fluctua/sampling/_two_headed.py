"""A stochastic sampler by score and posterior mean: the flow by the latter, stirred by Langevin dynamics."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ..core import OptionError, register
from ..scores.noised import AbstractNoisedScore
from ._base import AbstractLevelSampler, Level, Vector
from ._registry import check_order, check_posterior_mean, check_score


@register(
    "sampler",
    "diffusion",
    summary="noise laws with a mean; states forget the errors of larger levels",
    cites=("network",),
    needs=("score", "posterior mean"),
    examples=({"settings": {}, "laws": None, "every": 2},),
)
class TwoHeadedDiffusion(AbstractLevelSampler):
    r"""A diffusion down the levels by posterior mean and score,

    $$ f(y, \sigma) = (D(y, \sigma) - y) / \sigma + \kappa\, \sigma\, s(y, \sigma) / I, \qquad
       y \leftarrow y + h\, f(y, \sigma) + \sqrt{\kappa\, (\sigma^2 - \sigma'^2) / I}\; \xi, $$

    with $h = \sigma - \sigma'$, standard Gaussian $\xi$ and $I$ the Fisher information per component of the noise law.
    The first part of $f$ alone is the probability flow, which takes the density of one level to that of the next; the
    other part and the noise are Langevin dynamics, which leave it as it is. So the sum has the right density at every
    level **for every law with a mean** and every strength $\kappa$, but it takes both. For Gaussian noise they
    say the same, and $\kappa = 1$ is the reverse diffusion of Anderson; that one is not valid for other laws.

    The noise makes states forget errors of larger levels, which the flow carries to the end. Order 1 is Euler's rule as
    written, with a bias of the first order in $1 - \sigma'/\sigma$; order 2 is Heun's, which averages $f$ over both
    ends and for noise like this has a bias of the second order. A last step to level 0 ends at the posterior mean.

    Attributes:
        strength: $\kappa$; 0 is the flow.
        order: 1 or 2; score and posterior mean are evaluated that many times a step.

    Raises:
        OptionError: A strength that is negative, or an unknown order.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian
        >>> from fluctua.scores.noised import NoisedEmpirical
        >>> noised = NoisedEmpirical(Gaussian(), np.zeros((1, 2)))
        >>> TwoHeadedDiffusion().step(noised, np.zeros(2), np.array(2.0), np.array(1.9), jax.random.key(0)).shape
        (2,)

    References:
        Song et al., *Score-based generative modeling through stochastic differential equations*, ICLR (2021), and
        Karras et al., *Elucidating the design space of diffusion-based generative models*, NeurIPS (2022), equation 6,
        for Gaussian noise; Albergo, Boffi and Vanden-Eijnden, *Stochastic interpolants*, arXiv 2303.08797 (2023), for
        a velocity and a score beside each other.
    """

    ends_at_zero: ClassVar[bool] = True

    strength: float = 1.0
    order: int = 2

    def __check_init__(self) -> None:
        if not 0.0 <= self.strength < float("inf"):
            raise OptionError(
                f"the strength {self.strength} was asked for", "it must not be negative", "use, for example, strength=1"
            )
        check_order(self.order)

    def check(self, noised: AbstractNoisedScore) -> None:
        check_posterior_mean(self, noised.law)
        check_score(self, noised.law, noised.dimension)

    def step(
        self, noised: AbstractNoisedScore, state: Vector, level: Level, following: Level, key: PRNGKeyArray
    ) -> Vector:
        stirring = self.strength / noised.law.fisher_information(noised.dimension)

        def drift(place: Array, sigma: Array) -> Array:
            return (noised.posterior_mean(place, sigma) - place) / sigma + stirring * sigma * noised.score(place, sigma)

        def stirred(_: None) -> Array:
            noise = jnp.sqrt(stirring * (level**2 - following**2)) * jax.random.normal(key, state.shape)
            first = drift(state, level)
            predicted = state + (level - following) * first + noise
            if self.order == 1:
                return predicted
            return state + (level - following) * (first + drift(predicted, following)) / 2 + noise

        # At level 0 there is no noise to stir.
        last = jnp.asarray(following) == 0.0
        return jax.lax.cond(last, lambda _: noised.posterior_mean(state, level), stirred, None)
