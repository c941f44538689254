"""The upper incomplete gamma function in logarithms, where it is too small for a number."""

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaincc, gammaln
from jaxtyping import Array, Float

_FAR = 10.0  # beyond this and the shape the continued fraction takes over
_TERMS = 40


def log_scaled_upper_gamma(shape: float, x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""$\ln Q(a, x) + x$ with $Q$ the regularised upper incomplete gamma function, for $x \ge 0$.

    The exponential is taken out, so that the result stays of order $(a - 1) \ln x$ in the tail.

    References:
        Olver et al., *NIST Handbook of Mathematical Functions*, 2010, equation 8.9.2 (continued fraction).
    """
    far = x > _FAR + shape
    large, near = jnp.where(far, x, _FAR + shape + 1.0), jnp.where(far, 1.0, x)

    def convergent(tail: Array, k: Array) -> tuple[Array, None]:
        return k * (k - shape) / (large + 2.0 * k + 1.0 - shape - tail), None

    tail, _ = jax.lax.scan(convergent, jnp.zeros_like(large), jnp.arange(float(_TERMS), 0.0, -1.0))
    log_far = shape * jnp.log(large) - gammaln(shape) - jnp.log(large + 1.0 - shape - tail)
    return jnp.where(far, log_far, jnp.log(gammaincc(shape, near)) + near)
