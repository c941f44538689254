"""What networks read: features of a conditioning number, and inputs that may be very large."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

FEATURE_COUNT = 5
"""Number of features made by ``condition_features``."""


def condition_features(condition: Float[Array, ""]) -> Float[Array, " features"]:
    r"""The number $c \in [-1, 1]$ and two slow waves of it.

    $$ \phi(c) = \left( c, \sin\tfrac{\pi c}{2}, \sin \pi c, \cos\tfrac{\pi c}{2}, \cos \pi c \right) $$

    Few and slow on purpose. What is learned at one noise level should serve its neighbours, and quick waves
    would let every level be fitted, and over-fitted, by itself.

    Example:
        >>> import jax.numpy as jnp
        >>> [round(float(value), 6) for value in condition_features(jnp.asarray(0.0))]
        [0.0, 0.0, 0.0, 1.0, 1.0]
    """
    angles = 0.5 * math.pi * condition * jnp.array([1.0, 2.0], condition.dtype)
    return jnp.concatenate([condition[None], jnp.sin(angles), jnp.cos(angles)])


def compressed(values: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""The inverse hyperbolic sine, linear near zero and a signed logarithm far out, at the cost of one logarithm.

    $\mathrm{arsinh}\, u = \pm \ln(|u| + \sqrt{1 + u^2})$, to rounding of order one rather than of $u$, which is what
    a network resolves; several times faster than the function of the library, and finite up to the largest numbers.

    Args:
        values: Dimensionless inputs of any shape.

    Example:
        >>> import jax.numpy as jnp
        >>> [round(float(value), 6) for value in compressed(jnp.array([0.0, -1.0]))]
        [0.0, -0.881374]
    """
    sign = jnp.where(values < 0.0, -1.0, 1.0).astype(values.dtype)
    bounded = jnp.clip(values, -1e15, 1e15)
    return sign * jnp.log(sign * bounded + jnp.sqrt(bounded**2 + 1.0))
