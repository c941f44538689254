"""A mixture of Gaussians, noised."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import OptionError, named_key
from fluctua.noise import AbstractNoiseLaw
from fluctua.scores.noised import AbstractExactNoisedScore, Smoothed

from ._shared import mixed
from ._smoothed_normal import AbstractNormalSmoother, normal_smoother


class NoisedGaussianMixture(AbstractExactNoisedScore):
    r"""A mixture of Gaussians with independent coordinates, noised by almost any law, in any dimension.

    The data have the density $p(x) = \sum_k \pi_k \prod_j N(x_j; m_{kj}, s_{kj}^2)$. Each component is smoothed by
    itself, to $q_k$ with score $s_k$, and

    $$ s(y) = \sum_k r_k(y) s_k(y), \qquad D(y) = \sum_k r_k(y) [m_k - s_k^2 \odot s_k(y)], \qquad
       r_k \propto \pi_k q_k(y). $$

    Closed for Gaussian and Laplace noise. A quadrature with errors below $10^{-8}$ of the result for the others: over
    the variance of the noise where it is a mixture of Gaussians (generalised normal with $\beta < 2$, Student-t,
    stable), over the noise itself for product laws with $\beta > 2$.

    Args:
        law: Noise law; every one but the spherical generalised normal law with $\beta > 2$ in more than one dimension.
        weights: Weights of the components, shape ``(k,)``, positive; only their ratios count.
        means: Means, shape ``(k, d)``.
        deviations: Standard deviations, positive, shape ``(k, d)``, or one that broadcasts to it.

    Raises:
        OptionError: The law is not among these, the shapes do not fit, or a weight or deviation is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import Gaussian
        >>> one = NoisedGaussianMixture(Gaussian(), jnp.ones(1), jnp.zeros((1, 2)), jnp.ones((1, 2)))
        >>> one.score(jnp.array([1.0, -2.0]), jnp.asarray(1.0)).tolist()
        [-0.5, 1.0]
        >>> one.posterior_mean(jnp.array([1.0, -2.0]), jnp.asarray(1.0)).tolist()
        [0.5, -1.0]

    References:
        Efron, *Tweedie's formula and selection bias*, 2011, section 2, for the Gaussian law. For other laws the formula
        holds on the side of the data, whose components are normal.
    """

    law: AbstractNoiseLaw
    weights: Float[Array, " k"]
    means: Float[Array, "k d"]
    deviations: Float[Array, "k d"]
    smoother: AbstractNormalSmoother

    def __init__(
        self,
        law: AbstractNoiseLaw,
        weights: Float[Array, " _"],
        means: Float[Array, "k d"],
        deviations: Float[Array, "..."],
    ):
        weights, means, deviations = (jnp.asarray(array, float) for array in (weights, means, deviations))
        if weights.ndim != 1 or means.ndim != 2 or len(weights) != len(means) or not _fits(deviations, means):
            raise OptionError(
                f"weights of shape {weights.shape}, means of shape {means.shape} and standard deviations of shape "
                f"{deviations.shape} do not match",
                "k weights, means of shape (k, d) and as many standard deviations are needed",
                "give one weight, one mean and one vector of standard deviations for each component",
            )
        deviations = jnp.broadcast_to(deviations, means.shape)
        if not (jnp.all(weights > 0.0) and jnp.all(deviations > 0.0)):
            raise OptionError(
                f"the smallest weight is {float(weights.min()):g}, the smallest deviation {float(deviations.min()):g}",
                "a component needs a positive weight and positive standard deviations",
                "leave out components without weight; for points without width use NoisedEmpirical",
            )
        self.law = law
        self.weights = weights / weights.sum()
        self.means = means
        self.deviations = deviations
        self.smoother = normal_smoother(law, means.shape[1])

    @property
    def dimension(self) -> int:
        return self.means.shape[1]

    def smoothed(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Smoothed:
        parts = jax.vmap(self.smoother, in_axes=(None, 0, 0, None))(noised, self.means, self.deviations, level)
        return mixed(jnp.log(self.weights), parts)

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count d"]:
        component = jax.random.choice(named_key(key, "component"), len(self.weights), (count,), p=self.weights)
        normal = jax.random.normal(named_key(key, "normal"), (count, self.dimension))
        return self.means[component] + self.deviations[component] * normal


def _fits(array: Float[Array, "..."], into: Float[Array, "..."]) -> bool:
    """Whether an array broadcasts to the shape of another one."""
    pairs = zip(array.shape[::-1], into.shape[::-1], strict=False)
    return array.ndim <= into.ndim and all(size in (1, whole) for size, whole in pairs)
