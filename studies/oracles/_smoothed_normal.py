r"""A normal vector smoothed by a noise law: the building block of every mixture.

The vector $x$ has independent coordinates $N(0, s_j^2)$ and $y = x + \sigma n$. Since
$\partial_j \ln p(x) = -x_j / s_j^2$, the score $E[\nabla \ln p(x) \mid y]$ gives the posterior mean for *every* law:
$E[x_j \mid y] = -s_j^2\, \partial_j \ln q(y)$. So log-density and score are all that a smoother has to know.
"""

import abc
import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from fluctua.core import OptionError
from fluctua.noise import AbstractNoiseLaw
from fluctua.scores.noised import Smoothed

from ._mills import mills
from ._scale_mixtures import ScaleMixture, gaussian_mixture
from ._smoothed_quadrature import smoothed_by_quadrature

_LOG_ROOT = 0.5 * math.log(2.0 * math.pi)
# Ratios of lengths beyond this change nothing any more, and their squares must stay finite.
_MOST = 1e150


class AbstractNormalSmoother(eqx.Module):
    """A noise law as something that smooths normal vectors."""

    @abc.abstractmethod
    def log_density_and_score(
        self, offset: Float[Array, " d"], deviation: Float[Array, " d"], level: Float[Array, ""]
    ) -> tuple[Float[Array, ""], Float[Array, " d"]]:
        r"""$\ln q$ and $\nabla \ln q$ at one offset from the mean of the normal vector."""

    def __call__(
        self,
        noised: Float[Array, " d"],
        mean: Float[Array, " d"],
        deviation: Float[Array, " d"],
        level: Float[Array, ""],
    ) -> Smoothed:
        """The normal vector of that mean and those standard deviations, smoothed, at one noised state."""
        log_density, score = self.log_density_and_score(noised - mean, deviation, level)
        return Smoothed(log_density, score, mean - deviation**2 * score)


class GaussianSmoother(AbstractNormalSmoother):
    """Gaussian noise of standard deviation ``scale``: variances add."""

    scale: float = eqx.field(static=True)

    def log_density_and_score(
        self, offset: Float[Array, " d"], deviation: Float[Array, " d"], level: Float[Array, ""]
    ) -> tuple[Float[Array, ""], Float[Array, " d"]]:
        variance = deviation**2 + (self.scale * level) ** 2
        score = -offset / variance
        return jnp.sum(0.5 * offset * score - 0.5 * jnp.log(variance) - _LOG_ROOT), score


class LaplaceSmoother(AbstractNormalSmoother):
    r"""Independent Laplace noise with density $e^{-|n|/b} / 2b$, in closed form.

    With $t_\pm = s/b \pm z/s$ and the Mills ratio $R$,

    $$ q(z) = \frac{\varphi(z/s)}{2b}\, [R(t_+) + R(t_-)], \qquad
       \partial \ln q = \frac1b \frac{R(t_+) - R(t_-)}{R(t_+) + R(t_-)}; $$

    $R(t_-)$ is the part of the positive noise, $R(t_+)$ that of the negative one.
    """

    scale: float = eqx.field(static=True)

    def log_density_and_score(
        self, offset: Float[Array, " d"], deviation: Float[Array, " d"], level: Float[Array, ""]
    ) -> tuple[Float[Array, ""], Float[Array, " d"]]:
        width = self.scale * level
        ratio = jnp.minimum(deviation / width, _MOST)
        standard = jnp.clip(offset / deviation, -_MOST, _MOST)
        log_negative, excess_negative = mills(ratio + standard)
        log_positive, excess_positive = mills(ratio - standard)
        difference = 0.5 * (log_negative - log_positive)
        # Where the smaller t is negative its square cancels: there the density is that of the noise, an exponential,
        # and the other side adds little.
        least = ratio - jnp.abs(standard)
        bulk = jnp.logaddexp(log_negative, log_positive) - 0.5 * standard**2 - _LOG_ROOT
        larger = (
            0.5 * ratio**2 - jnp.abs(offset) / width + jax.scipy.special.log_ndtr(jnp.where(least > 0.0, 0.0, -least))
        )
        tail = larger + jax.nn.softplus(-2.0 * jnp.abs(difference))
        log_density = jnp.sum(jnp.where(least > 0.0, bulk, tail) - jnp.log(2.0 * width))
        wide = jnp.tanh(difference) / width
        # For noise narrow against the normal law the two sides are equal but for rounding; the mean of the noise is
        # small itself, and takes no digits from the state.
        noise = deviation * (
            jax.nn.sigmoid(-2.0 * difference) * excess_positive - jax.nn.sigmoid(2.0 * difference) * excess_negative
        )
        narrow = (noise - offset) / deviation**2
        inside = (ratio > 1.0) & (jnp.abs(standard) < ratio)
        return log_density, jnp.where(inside, narrow, wide)


class ScaleMixtureSmoother(AbstractNormalSmoother):
    r"""Noise that is a mixture of Gaussians, $n = \sqrt{V} z$: one $V$ for the vector, or one for each coordinate.

    $q(z) = \sum_i w_i \prod_j N(z_j; 0, s_j^2 + \sigma^2 V_i)$, with the sum inside the product for one $V$ each.
    """

    variances: Float[Array, " m"]
    log_weights: Float[Array, " m"]
    per_coordinate: bool = eqx.field(static=True)

    def log_density_and_score(
        self, offset: Float[Array, " d"], deviation: Float[Array, " d"], level: Float[Array, ""]
    ) -> tuple[Float[Array, ""], Float[Array, " d"]]:
        total = deviation[:, None] ** 2 + level**2 * self.variances
        log_normal = -0.5 * offset[:, None] ** 2 / total - 0.5 * jnp.log(total) - _LOG_ROOT
        joint = (log_normal if self.per_coordinate else jnp.sum(log_normal, axis=0)) + self.log_weights
        precision = jnp.sum(jax.nn.softmax(joint, axis=-1) / total, axis=-1)
        return jnp.sum(jax.nn.logsumexp(joint, axis=-1)), -offset * precision


class QuadratureSmoother(AbstractNormalSmoother):
    r"""Independent generalised normal noise with $\beta \ge 1$, by quadrature over it; needed for $\beta > 2$."""

    exponent: float = eqx.field(static=True)
    scale: float = eqx.field(static=True)

    def log_density_and_score(
        self, offset: Float[Array, " d"], deviation: Float[Array, " d"], level: Float[Array, ""]
    ) -> tuple[Float[Array, ""], Float[Array, " d"]]:
        log_density, score = jax.vmap(smoothed_by_quadrature, in_axes=(0, 0, None, None))(
            offset, deviation, self.scale * level, self.exponent
        )
        return jnp.sum(log_density), score


def normal_smoother(law: AbstractNoiseLaw, dimension: int) -> AbstractNormalSmoother:
    """The smoother of a law: closed where it can be, a mixture of Gaussians or a quadrature where not.

    Raises:
        OptionError: Nothing exact is known for the law in that dimension.
    """
    product = law.product_exponent(dimension)
    if product is not None:
        exponent, scale = product
        if exponent == 2.0:
            return GaussianSmoother(scale / math.sqrt(2.0))
        if exponent == 1.0:
            return LaplaceSmoother(scale)
        if exponent > 2.0:
            return QuadratureSmoother(exponent, scale)
    mixture = scale_mixture(law, dimension)
    return ScaleMixtureSmoother(
        jnp.asarray(mixture.variances), jnp.asarray(mixture.log_weights), mixture.per_coordinate
    )


def scale_mixture(law: AbstractNoiseLaw, dimension: int) -> ScaleMixture:
    """A law as a mixture of Gaussians, with all its nodes: those whose weight is below the smallest float too.

    Raises:
        OptionError: The law is no mixture of Gaussians.
    """
    mixture = gaussian_mixture(law, dimension)
    if mixture is None:
        raise OptionError(
            f"the noise law is {law.kind} with {law.config()}, in {dimension} dimensions",
            "an exact noised score needs a law of independent coordinates or a mixture of Gaussians, which this is not",
            "take the product form or an exponent beta of at most 2, or NoisedEmpirical, which takes every law",
        )
    return mixture
