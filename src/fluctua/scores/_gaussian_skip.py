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
below which the noise has moments. The same is true where the record itself has power-law tails of the index $\nu$,
whatever the noise; of two power laws the smaller index decides the tail of the sum. There

$$ g(\tilde z, \sigma) = - \frac{\tilde z}{(1 + \sigma^2 v)\, \rho^2}, \qquad
   \rho^2 = 1 + \frac{|\tilde z|^2}{(d + \nu)(1 + \sigma^2 v)}, $$

which is the linear function near the centre, the exact tail far out, and smooth in between: the score of a Student-t
density. (The exact score of a Gaussian record under such noise goes over from one to the other by a kink that sharpens
as $\sigma \to 0$ and moves with $\sigma$; nothing smooth could be extrapolated to level zero on top of it.) At level
zero it is the limit of itself, as for the other laws. Without power laws $\nu$ is infinite and the radius $\rho$ one.

References:
    Stein, *Estimation of the mean of a multivariate normal distribution*, Annals of Statistics 9, 1135 (1981), lemma 1.
"""

import math

import equinox as eqx
import jax.numpy as jnp
import scipy  # its submodule is loaded when it is first used
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
    tails for laws without, or for a record with power-law tails; the derivation is in the documentation of this module.

    Args:
        law: The noise law.
        dimension: Number of state variables.
        tail_index: Index $\nu$ of the power-law tails of the record, $P(|z| > u) \sim u^{-\nu}$; infinite for none.

    Attributes:
        spread: The variance $v$ of the components of the noise, or what stands for it (``noise_spread``).
        tail_index: That of the noised record: the smaller one of the record's and of the order below which the noise
            has moments; infinite without power laws.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import Gaussian
        >>> GaussianSkip(Gaussian(), 2)(jnp.array([1.0, -4.0]), jnp.asarray(1.0)).tolist()
        [-0.5, 2.0]
    """

    law: AbstractNoiseLaw
    spread: float = eqx.field(static=True)
    tail_index: float = eqx.field(static=True)

    def __init__(self, law: AbstractNoiseLaw | None = None, dimension: int = 1, tail_index: float = math.inf):
        self.law = Gaussian() if law is None else law
        self.spread = noise_spread(self.law, dimension)
        self.tail_index = min(self.law.moment_order, tail_index)

    @property
    def far(self) -> bool:
        """Whether noised states are met many deviations from the centre, because of power-law tails."""
        return math.isfinite(self.tail_index)

    def __call__(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        variance = 1.0 + self.spread * level**2
        return -noised / variance / self.radius(noised / jnp.sqrt(variance)) ** 2

    def radius(self, standard: Float[Array, " d"]) -> Float[Array, ""]:
        r"""The radius $\rho$ of a state in standardised coordinates $y = \tilde z / \sqrt{1 + \sigma^2 v}$.

        Quantities of the score are of the order $1 / \rho$ where there are power laws.
        """
        if not self.far:
            return jnp.ones((), standard.dtype)
        # Bounded before it is squared: a draw in the far tail must not overflow single precision.
        bounded = jnp.clip(standard, -1e15, 1e15)
        return jnp.sqrt(1.0 + jnp.sum(bounded**2) / (standard.size + self.tail_index))
