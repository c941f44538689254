r"""What a learned score is built on: the score of the noised record, were the record Gaussian.

Let $z$ be whitened (mean zero, covariance one), $\tilde z = z + \sigma n$ with $n$ of a law $q$ whose components have
the variance $v$, and $t = \nabla \ln q(n) / \sigma$ the target that the score of $\tilde z$ is the regression of.

**Best linear prediction.** Integration by parts gives $E[n\, \nabla \ln q(n)^T] = -1$ for every law, so that
$E[t\, \tilde z^T] = \sigma E[t\, n^T] = -1$, and with $E[\tilde z \tilde z^T] = (1 + \sigma^2 v)\, 1$ the linear
function of $\tilde z$ that is closest to $t$ is

$$ g(\tilde z, \sigma) = - \frac{\tilde z}{1 + \sigma^2 v}. $$

For Gaussian noise this is the exact score of a Gaussian record. For another law it differs from it by
$O(\sigma^4)$ at small levels, where a response needs the score, because both have the same blur $\sigma^2 v / 2$.

**Power laws.** Where moments of $n$ are missing, a linear function is far off: the score of the noised record falls
like $1 / |\tilde z|$ in the tail, and the mean square of $g$ would be infinite. Those laws are Gaussian with a random
variance, $n = \sqrt V \xi$ with one $V$ for each vector, and then the Gaussian record has the exact score

$$ g(\tilde z, \sigma) = - E\left[ \frac{1}{1 + \sigma^2 V} \,\middle|\, \tilde z \right] \tilde z, $$

which is bounded. It is a sum over a few values of $V$; since what a network adds is learned on top of exactly this
function, a coarse sum leaves no bias.

References:
    Stein, *Estimation of the mean of a multivariate normal distribution*, Annals of Statistics 9, 1135 (1981), lemma 1.
    Andrews and Mallows, *Scale mixtures of normal distributions*, J. R. Stat. Soc. B 36, 99 (1974).
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.stats
from jaxtyping import Array, Float

from ..noise import AbstractNoiseLaw, Gaussian, gaussian_mixture

_NODES = (1, 48, 15)
"""Values of the random variance in the sum: of those too small to be met, of those that matter, and of the far tail."""


def noise_spread(law: AbstractNoiseLaw, dimension: int) -> float:
    """How much a law of noise spreads each component, as a variance.

    The variance itself where all moments exist. For laws with power-law tails the squared ratio of the median of the
    norm to that of standard Gaussian noise, which exists always and is not decided by the far tail.

    Example:
        >>> from fluctua.noise import Gaussian
        >>> noise_spread(Gaussian(2.0), 3)
        4.0
    """
    if math.isinf(law.moment_order):
        return law.variance(dimension)
    return (law.norm_quantile(0.5, dimension) / float(scipy.stats.chi.median(dimension))) ** 2


class GaussianSkip(eqx.Module):
    r"""The score $g(\tilde z, \sigma)$ of a whitened record noised by a law, were the record Gaussian.

    Exact for Gaussian noise and for laws with power-law tails, the best linear function of $\tilde z$ for the others;
    the derivation is in the documentation of this module.

    Args:
        law: The noise law.
        dimension: Number of state variables.

    Attributes:
        spread: The variance $v$ of the components of the noise, or what stands for it (``noise_spread``).
        variances: Values of the random variance $V$ of a law with power-law tails, shape ``(m,)``; none for others.
        log_weights: Logarithms of their probabilities.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import Gaussian
        >>> GaussianSkip(Gaussian(), 2)(jnp.array([1.0, -4.0]), jnp.asarray(1.0)).tolist()
        [-0.5, 2.0]
    """

    law: AbstractNoiseLaw
    spread: float = eqx.field(static=True)
    variances: Float[Array, " m"] | None
    log_weights: Float[Array, " m"] | None

    def __init__(self, law: AbstractNoiseLaw | None = None, dimension: int = 1):
        self.law = Gaussian() if law is None else law
        self.spread = noise_spread(self.law, dimension)
        self.variances = self.log_weights = None
        mixture = None if math.isinf(self.law.moment_order) else gaussian_mixture(self.law, dimension)
        if mixture is not None:
            self.variances, self.log_weights = _thinned(mixture.variances, mixture.weights)

    @property
    def far(self) -> bool:
        """Whether noised states are met far outside the record, because the noise has power-law tails."""
        return self.variances is not None

    def __call__(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        if self.variances is None or self.log_weights is None:
            return -noised / (1.0 + self.spread * level**2)
        total = 1.0 + level**2 * self.variances.astype(noised.dtype)
        # Divided before it is squared, and bounded: a draw in the far tail must not overflow single precision.
        norm = jnp.sqrt(jnp.sum(noised**2) + 1e-30)
        ratio = jnp.minimum(norm / jnp.sqrt(total), 1e15)
        logits = self.log_weights.astype(noised.dtype) - 0.5 * (noised.size * jnp.log(total) + ratio**2)
        return -noised * jnp.sum(jax.nn.softmax(logits) / total)


def _thinned(
    variances: Float[np.ndarray, " nodes"], weights: Float[np.ndarray, " nodes"]
) -> tuple[Float[Array, " m"], Float[Array, " m"]]:
    """Neighbouring values of the variance taken together, at the mean of their logarithms."""
    # The far tail starts at a hundred times the noise's own spread; what lies beyond is small and needs no resolution.
    below = np.searchsorted(np.cumsum(weights), [1e-7, 0.5])
    edges = [below[0], np.searchsorted(variances, 1e4 * variances[below[1]])]
    parts = np.split(np.arange(len(variances)), edges)
    groups = [g for part, n in zip(parts, _NODES, strict=True) for g in np.array_split(part, n) if len(g)]
    joined = np.array([weights[group].sum() for group in groups])
    middle = [np.sum(weights[g] * np.log(variances[g])) / total for g, total in zip(groups, joined, strict=True)]
    return jnp.asarray(np.exp(middle)), jnp.asarray(np.log(joined))
