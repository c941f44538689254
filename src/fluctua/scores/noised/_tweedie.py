"""The noised score that a score learned at every level of Gaussian noise is already."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import ScoreError
from ...noise import AbstractNoiseLaw, noise_law_text
from .._network import NetworkScore
from ._base import AbstractNoisedScore


class TweedieScore(AbstractNoisedScore):
    r"""Score and posterior mean of a whitened record under Gaussian noise, both from a ``NetworkScore``.

    A network score knows the score $s(\tilde z, \sigma)$ of the whitened record at every level it was trained at. For
    Gaussian noise of variance $v$ that is also the posterior mean (Tweedie's formula),

    $$ D(\tilde z, \sigma) = \tilde z + \sigma^2 v\, s(\tilde z, \sigma), $$

    so that every sampler can use it. For no other law does the score say the posterior mean; what is needed there is a
    network of two heads (``fluctua.training.fit_noised_score``). States and levels are in whitened coordinates; what
    comes out is brought back by the whitening of the network score.

    An error $\delta$ of the network's output is one of about $\sigma \delta$ in the posterior mean at a large level,
    and the flow shrinks it by as much on its way down: no level spoils the others.

    Args:
        network_score: The score, trained with Gaussian noise.

    Raises:
        ScoreError: It was trained with noise of another law.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from fluctua.networks import MultilayerPerceptron
        >>> from fluctua.scores import NetworkScore, Whitening
        >>> from fluctua.scores._network import NetworkResidual
        >>> residual = NetworkResidual(MultilayerPerceptron(2, 2, key=jax.random.key(0)), 0.1, 10.0)
        >>> noised = TweedieScore(NetworkScore(Whitening.of(np.zeros(2), np.eye(2)), residual))
        >>> noised.posterior_mean(jnp.array([5.0, -10.0]), jnp.asarray(2.0)).tolist()
        [1.0, -2.0]

    References:
        Efron, *Tweedie's formula and selection bias*, JASA 106, 1602 (2011), equation 1.4.
    """

    law: AbstractNoiseLaw
    network_score: NetworkScore

    def __init__(self, network_score: NetworkScore):
        law, dimension = network_score.law, network_score.dimension
        product = law.product_exponent(dimension)
        if product is None or product[0] != 2.0:
            raise ScoreError(
                f"the score was learned with {noise_law_text(law)} noise",
                "a score says the mean of the clean state for Gaussian noise only (Tweedie's formula), and samplers "
                "need that mean",
                "fit score and mean together under this law: fit_noised_score, or 'fluctua sample --noise'",
            )
        self.law = law
        self.network_score = network_score

    @property
    def dimension(self) -> int:
        return self.network_score.dimension

    @property
    def levels(self) -> tuple[float, float]:
        return self.network_score.levels

    def score(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        residual = self.network_score.residual
        whitened, sigma = jnp.asarray(noised, jnp.float64), jnp.asarray(level, jnp.float64)
        return residual.skip(whitened, sigma) + residual(whitened, sigma).astype(jnp.float64)

    def posterior_mean(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        return noised + level**2 * self.law.variance(self.dimension) * self.score(noised, level)
