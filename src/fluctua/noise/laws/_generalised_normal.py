"""Generalised normal noise: exponential of a power of the distance, coordinate by coordinate or of the norm."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.special as special
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import unknown_choice
from .._checks import check_parameter, check_scale
from ..numerics._gamma import log_gamma_quantile
from ..numerics._norms import product_norm_quantile
from ..numerics._radii import positive_part, squared_norm, times
from ..numerics._tables import evaluate_octaves
from ..numerics._transports import product_transport, radial_transport
from ._base import AbstractNoiseLaw

FORMS = ("product", "spherical")
# Below, draws leave single precision. Above, the law is uniform to a few per cent: its score is zero almost everywhere,
# with a Fisher information that grows as beta, and the law of its norm is not resolved at a reasonable cost.
EXPONENTS = (0.05, 30.0)
# ln of the largest float, rounded down.
LARGEST = 709.0


class GeneralisedNormal(AbstractNoiseLaw):
    r"""Generalised normal noise of exponent $\beta$ and scale $\alpha$.

    The *product* form has independent coordinates, the *spherical* form depends on the norm alone:

    $$ q(n) = \prod_j \frac{\beta}{2 \alpha \Gamma(1/\beta)} e^{-(|n_j|/\alpha)^\beta}, \qquad
       q(n) = \frac{\beta\, \Gamma(d/2)}{2 \pi^{d/2} \alpha^d\, \Gamma(d/\beta)} e^{-(|n|/\alpha)^\beta}. $$

    $\beta = 2$ is Gaussian of variance $\alpha^2/2$ in both forms, $\beta = 1$ of the product form is Laplace noise,
    large $\beta$ approaches the uniform law on a cube or a ball. In one dimension the forms agree. Tails are never
    power laws: every moment is finite. The product form is not invariant under rotations, so a score learned with it
    depends on the choice of coordinates; its score is singular ($\beta < 1$) or jumps ($\beta = 1$) wherever a
    coordinate is zero, that of the spherical form at the origin only.

    The score is $-\beta \alpha^{-\beta}\, {\rm sgn}(n_j) |n_j|^{\beta-1}$ per coordinate, or $-\beta \alpha^{-\beta}
    |n|^{\beta-2} n$. Its second moment is infinite for $\beta \le 1/2$ in the product form (and for one dimension); a
    squared loss on it does not converge then, the spherical form in two dimensions or more has no such limit.

    Draws are a monotone map of standard normals (of each coordinate, or of the norm) and the identity times
    $\alpha/\sqrt2$ for $\beta = 2$. They reach as far into the tails as the normals do: in single precision to 5.4
    standard deviations (tails beyond a probability of 1e-7 are not drawn), in double precision to 8.

    Args:
        beta: Exponent $\beta$, from 0.05 to 30.
        scale: Scale $\alpha > 0$; see ``scaled`` for conventions that can be compared between exponents.
        form: ``"product"`` or ``"spherical"``.

    Raises:
        OptionError: A parameter out of range or an unknown form.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> law = GeneralisedNormal(beta=1.0, scale=2.0)
        >>> law.score(jnp.array([3.0, -0.1, 0.0])).tolist()
        [-0.5, 0.5, -0.0]
        >>> law.variance(), law.fisher_information()
        (8.0, 0.25)
        >>> law.sample(jax.random.key(0), (5, 3)).shape
        (5, 3)

    References:
        Subbotin, *On the law of frequency of error*, Mat. Sb. 31, 296 (1923).
        Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021).
    """

    kind: ClassVar[str] = "generalised-normal"
    beta: float = eqx.field(static=True, converter=float)
    scale: float = eqx.field(static=True, converter=float, default=1.0)
    form: str = eqx.field(static=True, default="product")

    def __check_init__(self):
        check_parameter("beta", self.beta, EXPONENTS, "use 1 for Laplace noise, 2 for Gaussian noise, 1.5 in between")
        check_scale(self.scale)
        if self.form not in FORMS:
            raise unknown_choice("form", self.form, FORMS)

    def _sample(self, key: PRNGKeyArray, shape: tuple[int, ...], dtype: DTypeLike) -> Float[Array, "*batch d"]:
        normals = jax.random.normal(key, shape, dtype)
        if self.beta == 2.0:
            return (self.scale * math.sqrt(0.5)) * normals
        if self.form == "product":
            (lowest, pieces), size = product_transport(self.beta), jnp.abs(normals)
        else:
            size = jnp.linalg.norm(normals, axis=-1, keepdims=True)
            lowest, pieces = radial_transport(self.beta, shape[-1])
        # The scale enters in double precision: noise of scale 1 may be no number of the type, noise of this scale is.
        return evaluate_octaves(lowest, self.scale * pieces, size) * normals

    def _log_prob(self, noise: Float[Array, " d"]) -> Float[Array, ""]:
        size, beta = noise.size, self.beta
        if self.form == "product":
            constant = size * (math.log(0.5 * beta / self.scale) - math.lgamma(1.0 / beta))
            return constant - jnp.sum(_power(jnp.abs(noise) / self.scale, beta))
        constant = (
            math.log(0.5 * beta)
            + math.lgamma(0.5 * size)
            - 0.5 * size * math.log(math.pi)
            - size * math.log(self.scale)
            - math.lgamma(size / beta)
        )
        energy = _power(squared_norm(noise, self.scale), 0.5 * beta)
        return (constant - energy).astype(noise.dtype)

    def _score(self, noise: Float[Array, " d"]) -> Float[Array, " d"]:
        if self.beta == 2.0:
            return times(noise, -2.0 / self.scale**2)
        steepness = self.beta / self.scale
        if self.form == "product":
            size = jnp.abs(noise) / self.scale
            return -steepness * jnp.sign(noise) * _power(size, self.beta - 1.0)
        norm = jnp.sqrt(positive_part(squared_norm(noise))[0])
        safe, zero = positive_part(norm.astype(noise.dtype))
        size = (steepness * _power(norm / self.scale, self.beta - 1.0)).astype(noise.dtype)
        origin = zero | (squared_norm(noise) == 0.0)
        return jnp.where(origin, 0.0, -size * (noise / safe))

    @property
    def moment_order(self) -> float:
        return math.inf

    def variance(self, dimension: int = 1) -> float:
        size = self._mixing_size(dimension)
        log_moment = special.gammaln((size + 2.0) / self.beta) - special.gammaln(size / self.beta)
        return self.scale**2 * _exp(log_moment) / size

    def fisher_information(self, dimension: int = 1) -> float:
        size = self._mixing_size(dimension)
        order = (size + 2.0 * self.beta - 2.0) / self.beta
        if order <= 0.0:
            return math.inf
        log_moment = special.gammaln(order) - special.gammaln(size / self.beta)
        return (self.beta / self.scale) ** 2 * math.exp(log_moment) / size

    def _norm_quantile(self, probability: float, dimension: int) -> float:
        if self.form == "product" and dimension > 1:
            return self.scale * product_norm_quantile(self.beta, dimension, probability)
        log_lower, upper = np.array([math.log(probability)]), np.array([1.0 - probability])
        log_energy = float(log_gamma_quantile(dimension / self.beta, log_lower, upper)[0])
        return self.scale * _exp(log_energy / self.beta)

    def rescaled(self, scale: float) -> "GeneralisedNormal":
        return GeneralisedNormal(self.beta, scale, self.form)

    def config(self) -> dict[str, Any]:
        return {"beta": self.beta, "scale": self.scale, "form": self.form}

    def _mixing_size(self, dimension: int) -> int:
        """Number of coordinates that share one norm."""
        return 1 if self.form == "product" else dimension


def _exp(exponent: float) -> float:
    """The exponential, infinite where it exceeds the largest float."""
    return math.exp(exponent) if exponent < LARGEST else math.inf


def _power(base: Float[Array, "*shape"], exponent: float) -> Float[Array, "*shape"]:
    r"""$u^p$ for $u \ge 0$, with 0 at 0 for every exponent but 0, and a finite gradient there."""
    if exponent == 0.0:
        return jnp.ones_like(base)
    if exponent in (2.0, 3.0, 4.0, 6.0, 8.0):
        return jax.lax.integer_pow(base, int(exponent))
    safe, zero = positive_part(base)
    if exponent == 1.0:
        power = safe
    elif exponent == 0.5:
        power = jnp.sqrt(safe)
    elif exponent == 1.5:
        power = safe * jnp.sqrt(safe)
    else:
        power = jnp.exp(exponent * jnp.log(safe))
    return jnp.where(zero, 0.0, power)
