"""The standard Gaussian noise law."""

import math
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import scipy  # its submodule is loaded when it is first used
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import register
from ..numerics import like, plain, times
from ._base import AbstractNoiseLaw, Number


@register(
    "noise law",
    "gaussian",
    summary="all moments; exact for a linear system, the default",
    cites=("network",),
    text="gaussian",
    examples=({}, {"scale": 0.5}),
)
class Gaussian(AbstractNoiseLaw):
    r"""Standard Gaussian noise, $q(n) = (2\pi)^{-d/2} \exp(-|n|^2/2)$, with score $-n$.

    The law of choice whenever the record has finite moments: the score of Gaussian data noised by it is again
    linear, so a Gaussian record is treated exactly.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> law = Gaussian()
        >>> law.sample(jax.random.key(0), (5, 3)).shape
        (5, 3)
        >>> law.score(jnp.array([1.0, -2.0])).tolist()
        [-1.0, 2.0]

    References:
        Vincent, "A connection between score matching and denoising autoencoders", 2011, section 4.2.
    """

    kind: ClassVar[str] = "gaussian"
    scale: float

    def __init__(self, scale: float = 1.0):
        self.scale = np.float64(scale)

    @property
    def moment_order(self) -> Number:
        return math.inf

    def variance(self, dimension: int = 1) -> Number:
        return plain(self.scale**2)

    def fisher_information(self, dimension: int = 1) -> Number:
        return plain(self.scale**-2)

    def product_exponent(self, dimension: int) -> tuple[float, float]:
        return 2.0, plain(math.sqrt(2.0) * self.scale)

    def _sample(self, key: PRNGKeyArray, shape: tuple[int, ...], dtype: DTypeLike) -> Float[Array, "*batch d"]:
        normals = jax.random.normal(key, shape, dtype)
        return like(normals, self.scale) * normals

    def _log_prob(self, noise: Float[Array, " d"]) -> Float[Array, ""]:
        square = -0.5 * jnp.sum((noise / like(noise, self.scale)) ** 2)
        return square - like(noise, noise.size * jnp.log(math.sqrt(2.0 * math.pi) * self.scale))

    def _score(self, noise: Float[Array, " d"]) -> Float[Array, " d"]:
        return times(noise, -(self.scale**-2))

    def _norm_quantile(self, probability: float, dimension: int) -> float:
        return float(self.scale) * float(scipy.stats.chi.ppf(probability, dimension))
