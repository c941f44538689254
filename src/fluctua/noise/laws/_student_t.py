"""Student-t noise: Gaussian vectors divided by one common chi variable."""

import math
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import scipy  # its submodule is loaded when it is first used
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import named_key, register
from .._checks import check_parameter
from ..numerics import (
    SPREAD_RANGE,
    SPREAD_SPACING,
    chi_square_spread,
    evaluate_equal,
    like,
    log_gamma_step,
    of,
    plain,
    spread_limit,
    squared_norm,
    times,
)
from ._base import AbstractNoiseLaw, Number


@register(
    "noise law",
    "student-t",
    summary="moments below df; power-law tails, one mixing variable a vector",
    cites=("network",),
    text="student-t:df=3",
    examples=tuple({"df": df} for df in (3.0, 1.0, 2.5, 5.0, 10.0)),
)
class StudentT(AbstractNoiseLaw):
    r"""Multivariate Student-t noise with $\nu$ degrees of freedom and scale $\sigma$.

    $$ n = \sigma z \sqrt{\nu / c}, \qquad
       q(n) = \frac{\Gamma((\nu+d)/2)}{\Gamma(\nu/2) (\nu\pi)^{d/2} \sigma^d}
              \left( 1 + \frac{|n|^2}{\nu \sigma^2} \right)^{-(\nu+d)/2}, $$

    with $z$ standard normal and *one* chi-square $c$ of $\nu$ degrees for the whole vector. The tails are power laws,
    moments exist below the order $\nu$, the score $-(\nu+d)\, n / (\nu\sigma^2 + |n|^2)$ is bounded. Because the
    vector shares one $c$, its norm does not concentrate in high dimension: $|n|^2/(d\sigma^2)$ follows the F law of
    $d$ and $\nu$ degrees. $\nu = 1$ is Cauchy noise.

    The chi-square is a monotone map of one extra normal per vector. Draws in single precision reach tails of a
    probability near 1e-7, in double precision 1e-16; what exceeds the largest float is cut there.

    The table of that map is a leaf of the module, of the same size for every law.

    Args:
        df: Degrees of freedom $\nu > 0$, not necessarily whole.
        scale: Scale $\sigma > 0$.

    Raises:
        OptionError: A parameter out of range.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> law = StudentT(df=3.0)
        >>> law.score(jnp.array([1.0, 0.0])).tolist()
        [-1.25, -0.0]
        >>> law.variance(), law.moment_order
        (3.0, 3.0)
        >>> law.sample(jax.random.key(0), (5, 3)).shape
        (5, 3)

    References:
        Pandey and others, *Heavy-tailed diffusion models*, ICLR (2025), arXiv 2410.14171.
        Xu and others, *PFGM++: unlocking the potential of physics-inspired generative models*, PMLR 202 (2023).
    """

    kind: ClassVar[str] = "student-t"
    df: float
    scale: float
    spread: Float[np.ndarray, "4 pieces"]

    def __init__(self, df: float, scale: float = 1.0):
        self.df, self.scale = np.float64(df), np.float64(scale)
        check_parameter(
            "df", self.df, (0.0, math.inf), "use 3 for heavy tails with a variance, or Gaussian noise for none"
        )
        self.spread = chi_square_spread(self.df)

    @property
    def moment_order(self) -> Number:
        return plain(self.df)

    def variance(self, dimension: int = 1) -> Number:
        where = of(self.df).where
        above = where(self.df > 2.0, self.df - 2.0, 1.0)
        return plain(where(self.df > 2.0, self.scale**2 * self.df / above, math.inf))

    def fisher_information(self, dimension: int = 1) -> Number:
        return plain((self.df + dimension) / ((self.df + dimension + 2.0) * self.scale**2))

    def _sample(self, key: PRNGKeyArray, shape: tuple[int, ...], dtype: DTypeLike) -> Float[Array, "*batch d"]:
        normals = jax.random.normal(named_key(key, "vector"), shape, dtype)
        common = jax.random.normal(named_key(key, "common"), (*shape[:-1], 1), dtype)
        spread = evaluate_equal(self.spread, -SPREAD_RANGE, SPREAD_SPACING, common)
        return like(normals, self.scale) * jnp.exp(jnp.minimum(spread, spread_limit(dtype))) * normals

    def _log_prob(self, noise: Float[Array, " d"]) -> Float[Array, ""]:
        half = 0.5 * noise.size
        constant = log_gamma_step(0.5 * self.df, half) - half * jnp.log(self.df * math.pi)
        power = jnp.log1p(squared_norm(noise, self.scale) / self.df)
        return (constant - noise.size * jnp.log(self.scale) - (0.5 * self.df + half) * power).astype(noise.dtype)

    def _score(self, noise: Float[Array, " d"]) -> Float[Array, " d"]:
        factor = (self.df + noise.size) / (self.df + squared_norm(noise, self.scale))
        return -times(noise, factor / self.scale**2)

    def _norm_quantile(self, probability: float, dimension: int) -> float:
        if probability < 0.5:
            square = scipy.stats.f.ppf(probability, dimension, self.df)
        else:
            square = scipy.stats.f.isf(1.0 - probability, dimension, self.df)
        return float(self.scale) * math.sqrt(dimension * float(square))
