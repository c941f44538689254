"""A stochastic sampler that uses both heads: the flow by the posterior mean, stirred by Langevin dynamics."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import OptionError
from ..scores.noised import AbstractNoisedScore
from ._base import AbstractLevelSampler
from ._flow import check_mean
from ._units import check_langevin_unit, langevin_unit


class TwoHeadedDiffusion(AbstractLevelSampler):
    r"""A diffusion down the levels by both heads; from level $\sigma$ to $\sigma - h$

    $$ y \leftarrow y - \frac{y - D(y, \sigma)}{\sigma}\, h + \lambda\, s(y, \sigma)\, h + \sqrt{2 \lambda h}\; \xi,
       \qquad \lambda = \kappa\, \sigma / I, $$

    with standard Gaussian $\xi$ and $I$ the Fisher information per component of the noise law. The first term alone is
    the probability flow, which takes the density of one level to that of the next; the other two are Langevin dynamics,
    which leave it as it is. So their sum has the right density at every level **for every law with a mean** and every
    strength $\kappa$, but it takes both heads: only for Gaussian noise do they say the same, and $\kappa = 1$ is then
    the reverse diffusion of Anderson. That one is not valid for other laws.

    The noise makes states forget errors of larger levels, which the flow carries to the end. The bias is of the first
    order in the ratio of levels, in proportion to $\kappa$. A last step to level 0 ends at the posterior mean.

    Attributes:
        strength: $\kappa$; 0 is the flow by Euler's rule.

    Raises:
        OptionError: A strength that is negative.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian
        >>> from fluctua.scores.noised import NoisedGaussianMixture
        >>> noised = NoisedGaussianMixture(Gaussian(), np.ones(1), np.zeros((1, 2)), np.ones((1, 2)))
        >>> TwoHeadedDiffusion().step(noised, np.zeros(2), 2.0, 1.9, jax.random.key(0)).shape
        (2,)

    References:
        Song et al., *Score-based generative modeling through stochastic differential equations*, ICLR (2021), and
        Karras et al., *Elucidating the design space of diffusion-based generative models*, NeurIPS (2022), equation 6,
        for Gaussian noise; Albergo, Boffi and Vanden-Eijnden, *Stochastic interpolants*, arXiv 2303.08797 (2023), for
        a velocity and a score beside each other.
    """

    ends_at_zero: ClassVar[bool] = True

    strength: float = 1.0

    def __check_init__(self) -> None:
        if not 0.0 <= self.strength < float("inf"):
            raise OptionError(
                f"the strength {self.strength} was asked for", "it must not be negative", "use, for example, strength=1"
            )

    def check(self, noised: AbstractNoisedScore) -> None:
        check_mean(type(self).__name__, noised.law)
        check_langevin_unit(type(self).__name__, noised.law, noised.dimension)

    def step(
        self,
        noised: AbstractNoisedScore,
        state: Float[Array, " d"],
        level: Float[Array, ""],
        following: Float[Array, ""],
        key: PRNGKeyArray,
    ) -> Float[Array, " d"]:
        mean = noised.posterior_mean(state, level)
        flowed = mean + (following / level) * (state - mean)
        size = self.strength * level * (level - following) * langevin_unit(noised.law, noised.dimension)
        # At level 0 there is no noise left to stir.
        size = jnp.where(jnp.asarray(following) > 0.0, size, 0.0)
        noise = jax.random.normal(key, state.shape)
        return flowed + size * noised.score(state, level) + jnp.sqrt(2 * size) * noise
