"""Neal's funnel, noised: a density whose width changes by orders of magnitude."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import OptionError, named_key
from fluctua.noise import AbstractNoiseLaw, Gaussian
from fluctua.scores.noised import AbstractExactNoisedScore, Smoothed

from ._shared import mixed
from ._smoothed_normal import (
    AbstractNormalSmoother,
    GaussianSmoother,
    ScaleMixtureSmoother,
    normal_smoother,
)

_LOG_ROOT = 0.5 * math.log(2.0 * math.pi)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_REACH = 12.0  # standard deviations of the first variable
_PANELS = 64
# Panels are also cut at these distances from the noised value, in scales of the noise: it may have a kink or a cusp.
_HALF = 2.0 ** np.array([-25, -19, -14, -10, -7, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6])
_CUTS = np.concatenate([-_HALF[::-1], [0.0], _HALF])


class NoisedFunnel(AbstractExactNoisedScore):
    r"""Neal's funnel, noised: $x_1 \sim N(0, D^2)$ and, given it, $x_j \sim N(0, e^{x_1})$ for $j > 1$.

    Given $x_1$ everything is normal, which leaves one integral,

    $$ q(y) = \int N(x_1; 0, D^2)\, k_\sigma(y_1 - x_1) \prod_{j>1} q_\sigma(y_j \mid x_1)\, dx_1, $$

    by Gauss-Legendre panels that are fine where the noise is. One evaluation takes some 1500 nodes times the number of
    variables; for radial laws, another integral over the variance of the noise.

    Args:
        law: Noise law, as for ``NoisedGaussianMixture``.
        dimension: Number of state variables, at least 2.
        deviation: Standard deviation $D$ of the first variable; 3 in the reference.

    Raises:
        OptionError: There is no exact score for the law, there are fewer than two variables, or the deviation is not
            positive.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import Gaussian
        >>> funnel = NoisedFunnel(Gaussian(), 2)
        >>> score = funnel.score(jnp.array([0.0, 2.0]), jnp.asarray(0.001))
        >>> [round(float(value), 3) for value in score]  # without noise: (4 - 1) / 2 and -2
        [1.5, -2.0]

    References:
        Neal, *Slice sampling*, 2003, section 8.
    """

    law: AbstractNoiseLaw
    variables: int = eqx.field(static=True)
    deviation: float = eqx.field(static=True)
    smoother: AbstractNormalSmoother

    def __init__(self, law: AbstractNoiseLaw, dimension: int, deviation: float = 3.0):
        if dimension < 2 or not 0.0 < deviation < math.inf:
            raise OptionError(
                f"a funnel in {dimension} dimensions with the deviation {deviation} was asked for",
                "at least 2 dimensions and a positive deviation are needed",
                "give, for example, dimension=10 and deviation=3.0",
            )
        self.law = law
        self.variables = dimension
        self.deviation = float(deviation)
        self.smoother = normal_smoother(law, dimension)

    @property
    def dimension(self) -> int:
        return self.variables

    def smoothed(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Smoothed:
        smoother = self.smoother
        if not isinstance(smoother, ScaleMixtureSmoother) or smoother.per_coordinate:
            return self._with_product_noise(noised, level, self.law, smoother)

        # One variance of the noise after the other: Gaussian noise of that level each.
        def one(variance: Array) -> Smoothed:
            return self._with_product_noise(noised, level * jnp.sqrt(variance), Gaussian(), GaussianSmoother(1.0))

        return mixed(smoother.log_weights, jax.lax.map(one, smoother.variances))

    def _with_product_noise(
        self,
        noised: Float[Array, " d"],
        level: Float[Array, ""],
        law: AbstractNoiseLaw,
        smoother: AbstractNormalSmoother,
    ) -> Smoothed:
        first, rest = noised[0], noised[1:]

        def log_joint(value: Array) -> tuple[Array, Smoothed]:
            deviation = jnp.broadcast_to(jnp.exp(0.5 * value), rest.shape)
            others = smoother(rest, jnp.zeros_like(rest), deviation, level)
            return others.log_density - 0.5 * (value / self.deviation) ** 2, others

        def at(noise: Array, measure: Array) -> Smoothed:
            # The derivative is put on the funnel, which is smooth, and not on the noise.
            value = first - noise
            (log_prior, others), (slope, _) = jax.jvp(log_joint, (value,), (jnp.ones_like(value),))
            log_kernel = law.log_prob(noise[None] / level) - jnp.log(level * self.deviation) - _LOG_ROOT
            return Smoothed(
                log_prior + log_kernel + jnp.log(jnp.maximum(measure, 1e-300)),
                jnp.concatenate([slope[None], others.score]),
                jnp.concatenate([value[None], others.mean]),
            )

        noise, measure = jax.lax.stop_gradient(self._panels(noised, law.scale * level))
        # Panel after panel, for the memory: another quadrature may be inside of this one.
        parts = jax.lax.map(lambda panel: jax.vmap(at)(*panel), (noise, measure))
        together = Smoothed(*(values.reshape(-1, *values.shape[2:]) for values in parts))
        return mixed(jnp.zeros(noise.size), together)

    def _panels(
        self, noised: Float[Array, " d"], width: Float[Array, ""]
    ) -> tuple[Float[Array, "panels nodes"], Float[Array, "panels nodes"]]:
        """Nodes of the quadrature as noise of the first variable, and their measure."""
        first, rest = noised[0], noised[1:]
        # Far out the rest says how wide the funnel is there.
        widest = jnp.log(jnp.max(rest**2) + 1.0) + 5.0
        low = jnp.minimum(-_REACH * self.deviation, first - self.deviation)
        high = jnp.maximum(jnp.maximum(_REACH * self.deviation, first + self.deviation), widest)
        # Given the rest, the logarithm of their variance is known to about sqrt(2 / d).
        count = math.ceil(_PANELS * max(1.0, math.sqrt(self.variables / 100.0)))
        even = low + (high - low) * jnp.linspace(0.0, 1.0, count + 1)
        noise = jnp.sort(jnp.concatenate([first - even, jnp.clip(width * _CUTS, first - high, first - low)]))
        middle, half = 0.5 * (noise[1:] + noise[:-1]), 0.5 * (noise[1:] - noise[:-1])
        return middle[:, None] + half[:, None] * _NODES, half[:, None] * _WEIGHTS

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count d"]:
        first = self.deviation * jax.random.normal(named_key(key, "first"), (count, 1))
        rest = jnp.exp(0.5 * first) * jax.random.normal(named_key(key, "rest"), (count, self.variables - 1))
        return jnp.concatenate([first, rest], axis=1)
