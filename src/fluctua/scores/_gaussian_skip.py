r"""What a learned score is built on: the score of the noised record, were the record Gaussian.

Let $z$ be whitened (mean zero, covariance one), $\tilde z = z + \sigma n$ with $n$ of a law $q$ whose components have
the variance $v$, and $t = \nabla \ln q(n) / \sigma$ the target that the score of $\tilde z$ is the regression of.

**Best linear prediction.** Integration by parts gives $E[n\, \nabla \ln q(n)^T] = -1$ for every law, so that
$E[t\, \tilde z^T] = \sigma E[t\, n^T] = -1$, and with $E[\tilde z \tilde z^T] = (1 + \sigma^2 v)\, 1$ the linear
function of $\tilde z$ that is closest to $t$ is

$$ g(\tilde z, \sigma) = - \frac{\tilde z}{1 + \sigma^2 v}. $$

For Gaussian noise this is the exact score of a Gaussian record. For another law it differs from it by
$O(\sigma^4)$ at small levels, where a response needs the score, because both have the same blur $\sigma^2 v / 2$.

**Power laws.** Where moments of $n$ are missing, the mean square of a linear function would be infinite, and it is far
off: the score of the noised record falls like $-(d + \nu)\, \tilde z / |\tilde z|^2$ in the tail, $\nu$ being the order
below which the noise has moments. There

$$ g(\tilde z, \sigma) = - \frac{\tilde z}{1 + \sigma^2 v} \left( 1 + \frac{|\tilde z|^2}{(d + \nu)(1 + \sigma^2 v)}
   \right)^{-1}, $$

which is the linear function near the centre, the exact tail far out, and smooth in between: the score of a Student-t
density. (The exact score of a Gaussian record under such noise goes over from one to the other by a kink that sharpens
as $\sigma \to 0$ and moves with $\sigma$; nothing smooth could be extrapolated to level zero on top of it.) At level
zero it is the limit of itself, as for the other laws.

References:
    Stein, *Estimation of the mean of a multivariate normal distribution*, Annals of Statistics 9, 1135 (1981), lemma 1.
"""

import math

import equinox as eqx
import jax.numpy as jnp
import scipy.stats
from jaxtyping import Array, Float

from ..noise import AbstractNoiseLaw, Gaussian


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

    Exact for Gaussian noise, the best linear function of $\tilde z$ for other laws with all moments, and with the right
    tails for laws without; the derivation is in the documentation of this module.

    Args:
        law: The noise law.
        dimension: Number of state variables.

    Attributes:
        spread: The variance $v$ of the components of the noise, or what stands for it (``noise_spread``).

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import Gaussian
        >>> GaussianSkip(Gaussian(), 2)(jnp.array([1.0, -4.0]), jnp.asarray(1.0)).tolist()
        [-0.5, 2.0]
    """

    law: AbstractNoiseLaw
    spread: float = eqx.field(static=True)

    def __init__(self, law: AbstractNoiseLaw | None = None, dimension: int = 1):
        self.law = Gaussian() if law is None else law
        self.spread = noise_spread(self.law, dimension)

    @property
    def far(self) -> bool:
        """Whether noised states are met far outside the record, because the noise has power-law tails."""
        return math.isfinite(self.law.moment_order)

    def __call__(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        variance = 1.0 + self.spread * level**2
        if not self.far:
            return -noised / variance
        # Bounded before it is squared: a draw in the far tail must not overflow single precision.
        bounded = jnp.clip(noised / jnp.sqrt(variance), -1e15, 1e15)
        return -noised / variance / (1.0 + jnp.sum(bounded**2) / (noised.size + self.law.moment_order))
