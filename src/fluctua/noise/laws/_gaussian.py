"""The standard Gaussian noise law."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import scipy  # its submodule is loaded when it is first used
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from .._checks import check_scale
from ..numerics._radii import times
from ._base import AbstractNoiseLaw


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
    scale: float = eqx.field(static=True, converter=float, default=1.0)

    def __check_init__(self):
        check_scale(self.scale)

    def _sample(self, key: PRNGKeyArray, shape: tuple[int, ...], dtype: DTypeLike) -> Float[Array, "*batch d"]:
        return self.scale * jax.random.normal(key, shape, dtype)

    def _log_prob(self, noise: Float[Array, " d"]) -> Float[Array, ""]:
        return -0.5 * jnp.sum((noise / self.scale) ** 2) - noise.size * math.log(math.sqrt(2.0 * math.pi) * self.scale)

    def _score(self, noise: Float[Array, " d"]) -> Float[Array, " d"]:
        return times(noise, -(self.scale**-2))

    @property
    def moment_order(self) -> float:
        return math.inf

    def variance(self, dimension: int = 1) -> float:
        return self.scale**2

    def fisher_information(self, dimension: int = 1) -> float:
        return self.scale**-2

    def _norm_quantile(self, probability: float, dimension: int) -> float:
        return self.scale * float(scipy.stats.chi.ppf(probability, dimension))

    def rescaled(self, scale: float) -> "Gaussian":
        return Gaussian(scale)

    def config(self) -> dict[str, Any]:
        return {"scale": self.scale}
