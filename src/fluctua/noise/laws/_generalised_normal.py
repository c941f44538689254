"""Generalised normal noise: exponential of a power of the distance, coordinate by coordinate or of the norm."""

import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import register, unknown_choice
from .._checks import check_parameter
from ..numerics import (
    LOWEST,
    evaluate_octaves,
    gammaln,
    like,
    log_gamma_quantile,
    of,
    plain,
    positive_part,
    product_norm_quantile,
    product_transport,
    radial_transport,
    squared_norm,
)
from ._base import AbstractNoiseLaw, Number

FORMS = ("product", "spherical")
# Below, draws leave single precision. Above, the law is uniform to a few per cent: its score is zero almost everywhere,
# with a Fisher information that grows as beta, and the law of its norm is not resolved at a reasonable cost.
EXPONENTS = (0.05, 30.0)
# ln of the largest float, rounded down.
LARGEST = 709.0


@register(
    "noise law",
    "generalised-normal",
    summary="all moments; independent components with tails exp(-|n|^beta): 1 is Laplace, 2 Gaussian; "
    "form=spherical for one that is invariant under rotations",
    cites=("heavy-tails",),
    text="generalised-normal:beta=1.5",
    examples=(
        *({"beta": beta} for beta in (1.5, 0.3, 0.5, 0.75, 1.0, 1.25, 1.75, 2.0, 3.0, 4.0, 8.0)),
        *({"beta": beta, "scale": 1.5, "form": "spherical"} for beta in (1.5, 0.3, 0.5, 1.0, 4.0)),
    ),
)
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

    The table of that map is a leaf of the module and has the same size for every exponent. For the spherical form it
    depends on the dimension, which the law does not know: there the exponent is a static field besides, and each has a
    compilation of its own.

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
    beta: float
    scale: float
    form: str = eqx.field(static=True)
    transport: Float[np.ndarray, "4 pieces"] | None
    static_beta: float | None = eqx.field(static=True)

    def __init__(self, beta: float, scale: float = 1.0, form: str = "product"):
        self.beta, self.scale, self.form = np.float64(beta), np.float64(scale), form
        check_parameter("beta", self.beta, EXPONENTS, "use 1 for Laplace noise, 2 for Gaussian noise, 1.5 in between")
        if form not in FORMS:
            raise unknown_choice("form", form, FORMS)
        product = form == "product"
        # The scale enters in double precision: noise of scale 1 may be no number of the type, noise of this scale is.
        self.transport = self.scale * product_transport(self.beta) if product else None
        self.static_beta = None if product else float(beta)

    @property
    def moment_order(self) -> Number:
        return math.inf

    def variance(self, dimension: int = 1) -> Number:
        size = self._mixing_size(dimension)
        log_moment = gammaln((size + 2.0) / self.beta) - gammaln(size / self.beta)
        return plain(self.scale**2 * _exp(log_moment) / size)

    def fisher_information(self, dimension: int = 1) -> Number:
        size, where = self._mixing_size(dimension), of(self.beta).where
        order = (size + 2.0 * self.beta - 2.0) / self.beta
        log_moment = gammaln(where(order > 0.0, order, 1.0)) - gammaln(size / self.beta)
        return plain(where(order > 0.0, (self.beta / self.scale) ** 2 * _exp(log_moment) / size, math.inf))

    def product_exponent(self, dimension: int) -> tuple[float, float] | None:
        alone = self.form == "product" or dimension == 1 or self.beta == 2.0
        return (plain(self.beta), plain(self.scale)) if alone else None

    def _sample(self, key: PRNGKeyArray, shape: tuple[int, ...], dtype: DTypeLike) -> Float[Array, "*batch d"]:
        normals = jax.random.normal(key, shape, dtype)
        if self.transport is not None:
            return evaluate_octaves(LOWEST, self.transport, jnp.abs(normals)) * normals
        lowest, pieces = radial_transport(self.static_beta or 0.0, shape[-1])
        size = jnp.linalg.norm(normals, axis=-1, keepdims=True)
        return evaluate_octaves(lowest, self.scale * pieces, size) * normals

    def _log_prob(self, noise: Float[Array, " d"]) -> Float[Array, ""]:
        size, beta = noise.size, self.beta
        if self.form == "product":
            constant = size * (jnp.log(0.5 * beta / self.scale) - gammaln(1.0 / beta))
            return like(noise, constant) - jnp.sum(_power(jnp.abs(noise) / like(noise, self.scale), beta))
        constant = (
            jnp.log(0.5 * beta)
            + math.lgamma(0.5 * size)
            - 0.5 * size * math.log(math.pi)
            - size * jnp.log(self.scale)
            - gammaln(size / beta)
        )
        energy = _power(squared_norm(noise, self.scale), 0.5 * beta)
        return (constant - energy).astype(noise.dtype)

    def _score(self, noise: Float[Array, " d"]) -> Float[Array, " d"]:
        steepness = self.beta / self.scale
        if self.form == "product":
            size = jnp.abs(noise) / like(noise, self.scale)
            return -like(noise, steepness) * jnp.sign(noise) * _power(size, self.beta - 1.0)
        norm = jnp.sqrt(positive_part(squared_norm(noise))[0])
        safe, zero = positive_part(norm.astype(noise.dtype))
        size = (steepness * _power(norm / self.scale, self.beta - 1.0)).astype(noise.dtype)
        origin = zero | (squared_norm(noise) == 0.0)
        return jnp.where(origin, 0.0, -size * (noise / safe))

    def _norm_quantile(self, probability: float, dimension: int) -> float:
        if self.form == "product" and dimension > 1:
            return float(self.scale) * product_norm_quantile(self.beta, dimension, probability)
        log_lower, upper = np.array([math.log(probability)]), np.array([1.0 - probability])
        log_energy = float(log_gamma_quantile(dimension / self.beta, log_lower, upper)[0])
        return float(self.scale * _exp(log_energy / self.beta))

    def _mixing_size(self, dimension: int) -> int:
        """Number of coordinates that share one norm."""
        return 1 if self.form == "product" else dimension


def _exp(exponent: Number) -> Number:
    """The exponential, infinite where it exceeds the largest float."""
    numpy = of(exponent)
    return numpy.where(exponent < LARGEST, numpy.exp(numpy.minimum(exponent, LARGEST)), math.inf)[()]


def _power(base: Float[Array, "*shape"], exponent: Number) -> Float[Array, "*shape"]:
    r"""$u^p$ for $u \ge 0$, with 0 at 0 for every exponent, and a finite gradient there."""
    safe, zero = positive_part(base)
    return jnp.where(zero, 0.0, jnp.exp(like(base, exponent) * jnp.log(safe)))
