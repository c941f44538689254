"""Symmetric stable noise: power-law tails without a variance, sums of which are of the same law."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy  # its submodule is loaded when it is first used
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import OptionError, named_key, register
from fluctua.noise import AbstractNoiseLaw
from fluctua.noise.numerics import like, plain, spread_limit, squared_norm, times

from ._mixing import stable_nodes
from ._stable_radial import log_density_and_rate, mixture_norm_quantile, stable_fisher_information


@register(
    "noise law",
    "symmetric-stable",
    summary="moments below alpha; power-law tails, sums are of the same law, 2 is Gaussian of twice the variance",
    text="symmetric-stable:alpha=1.7",
    examples=tuple({"alpha": alpha} for alpha in (1.7, 1.0, 1.2, 1.5, 1.9, 2.0)),
)
class SymmetricStable(AbstractNoiseLaw):
    r"""Isotropic symmetric $\alpha$-stable noise of scale $\gamma$.

    Its characteristic function is $e^{-\gamma^\alpha |\xi|^\alpha}$. $n = \gamma \sqrt A z$ with $z$ standard normal
    and one $A = 2S$ a vector, $S$ positive stable of index $a = \alpha/2$, drawn in closed form from a uniform angle
    $U$ on $(0, \pi)$ and an exponential $E$:

    $$ S = \frac{\sin(aU)}{\sin(U)^{1/a}} \left( \frac{\sin((1-a)U)}{E} \right)^{(1-a)/a}. $$

    $\alpha = 2$ is Gaussian of variance $2\gamma^2$ (not $\gamma^2$), $\alpha = 1$ Cauchy noise. Below 2 the tails
    are power laws, moments exist below the order $\alpha$ only, so there is no variance, and no mean for $\alpha \le
    1$. Density and score, $-n\, E[1/A \mid n]/\gamma^2$, are tables from a quadrature over $A$, of a relative
    accuracy of 1e-6 or better; they are closed for $\alpha = 1$ and $2$.

    The tables depend on the dimension, so the index is a static field: each index has a compilation of its own.

    The score is bounded for $\alpha < 2$. Draws in single precision reach tails of a probability near 1e-7; what
    exceeds the largest float is cut there.

    Args:
        alpha: Index of stability, $0 < \alpha \le 2$; density and score are known from 0.2 to 1.999, and at 2.
        scale: Scale $\gamma > 0$.

    Raises:
        OptionError: A parameter out of range; a density, score or quantile outside the range in which it is known.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> law = SymmetricStable(alpha=1.0)
        >>> round(float(law.score(jnp.array([3.0]))[0]), 12)
        -0.6
        >>> law.variance(), law.moment_order
        (inf, 1.0)
        >>> law.sample(jax.random.key(0), (5, 3)).shape
        (5, 3)

    References:
        Kanter, *Stable densities under change of scale and total variation inequalities*, Ann. Probab. 3, 697 (1975).
        Shariatian, Simsekli and Durmus, *Denoising Levy probabilistic models*, ICLR (2025), arXiv 2407.18609.
    """

    kind: ClassVar[str] = "symmetric-stable"
    alpha: float = eqx.field(static=True)
    scale: float

    def __init__(self, alpha: float, scale: float = 1.0):
        if not 0.0 < alpha <= 2.0:
            raise OptionError(
                f"the noise law was given alpha = {alpha:g}",
                "a positive number that is at most 2 is needed",
                "use 2 for Gaussian noise, 1.7 for heavy tails with a mean",
            )
        self.alpha, self.scale = float(alpha), np.float64(scale)

    def _sample(self, key: PRNGKeyArray, shape: tuple[int, ...], dtype: DTypeLike) -> Float[Array, "*batch d"]:
        normals = jax.random.normal(named_key(key, "vector"), shape, dtype)
        if self.alpha == 2.0:
            return like(normals, math.sqrt(2.0) * self.scale) * normals
        index = 0.5 * self.alpha
        # Multiples of half a step of the uniform draws: neither 0 nor 1, and 1 minus them is exact as well.
        half = 0.5 * float(jnp.finfo(dtype).eps)
        uniform = jax.random.uniform(named_key(key, "angle"), (*shape[:-1], 1), dtype) + half
        log_exponential = jnp.log(
            -jnp.log(jax.random.uniform(named_key(key, "exponential"), (*shape[:-1], 1), dtype) + half)
        )
        angle = math.pi * uniform
        sine = jnp.sin(math.pi * jnp.minimum(uniform, 1.0 - uniform))
        log_mixing = (
            jnp.log(jnp.sin(index * angle))
            - jnp.log(sine) / index
            + (1.0 - index) / index * (jnp.log(jnp.sin((1.0 - index) * angle)) - log_exponential)
        )
        spread = jnp.minimum(0.5 * (log_mixing + math.log(2.0)), spread_limit(dtype))
        return like(normals, self.scale) * jnp.exp(spread) * normals

    def _log_prob(self, noise: Float[Array, " d"]) -> Float[Array, ""]:
        size = noise.size
        square = squared_norm(noise, self.scale)
        if self.alpha == 2.0:
            value = -0.25 * square - 0.5 * size * math.log(4.0 * math.pi)
        elif self.alpha == 1.0:
            constant = math.lgamma(0.5 * (size + 1.0)) - 0.5 * (size + 1.0) * math.log(math.pi)
            value = constant - 0.5 * (size + 1.0) * jnp.log1p(square)
        else:
            value, _ = log_density_and_rate(self.alpha, size, square)
        return (value - size * jnp.log(self.scale)).astype(noise.dtype)

    def _score(self, noise: Float[Array, " d"]) -> Float[Array, " d"]:
        if self.alpha == 2.0:
            return times(noise, -0.5 / self.scale**2)
        square = squared_norm(noise, self.scale)
        if self.alpha == 1.0:
            rate = (noise.size + 1.0) / (1.0 + square)
        else:
            _, rate = log_density_and_rate(self.alpha, noise.size, square)
        return -times(noise, rate / self.scale**2)

    @property
    def moment_order(self) -> float:
        return math.inf if self.alpha == 2.0 else self.alpha

    def variance(self, dimension: int = 1) -> Any:
        return plain(2.0 * self.scale**2) if self.alpha == 2.0 else math.inf

    def fisher_information(self, dimension: int = 1) -> Any:
        if self.alpha == 2.0:
            return plain(0.5 / self.scale**2)
        if self.alpha == 1.0:
            return plain((1.0 + dimension) / ((3.0 + dimension) * self.scale**2))
        return plain(stable_fisher_information(self.alpha, dimension) / self.scale**2)

    def _norm_quantile(self, probability: float, dimension: int) -> float:
        if self.alpha == 2.0:
            return math.sqrt(2.0) * float(self.scale) * float(scipy.stats.chi.ppf(probability, dimension))
        log_variance, log_weights = stable_nodes(self.alpha, dimension)
        return float(self.scale) * mixture_norm_quantile(log_variance, np.exp(log_weights), dimension, probability)

    def product_exponent(self, dimension: int) -> tuple[float, float] | None:
        return (2.0, float(2.0 * self.scale)) if self.alpha == 2.0 else None
