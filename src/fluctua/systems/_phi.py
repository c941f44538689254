r"""The functions $\varphi_1(z) = (e^z - 1)/z$ and $\varphi_2(z) = (e^z - 1 - z)/z^2$ of exponential integrators."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Inexact

# Below this modulus the power series is summed, above it the formula loses at most two digits.
_SMALL = 0.5
_TERMS = 16


def phi_1(z: Inexact[Array, "..."]) -> Inexact[Array, "..."]:
    """(e^z - 1) / z, and 1 at zero; z real or complex."""
    small, safe = _guard(z)
    return jnp.where(small, _series(z, 1), (jnp.exp(safe) - 1.0) / safe)


def phi_2(z: Inexact[Array, "..."]) -> Inexact[Array, "..."]:
    """(e^z - 1 - z) / z^2, and 1/2 at zero; z real or complex."""
    small, safe = _guard(z)
    return jnp.where(small, _series(z, 2), (jnp.exp(safe) - 1.0 - safe) / safe**2)


def _guard(z: Array) -> tuple[Array, Array]:
    small = jnp.abs(z) < _SMALL
    return small, jnp.where(small, 1.0, z)


def _series(z: Array, order: int) -> Array:
    total = jnp.zeros_like(z)
    for power in reversed(range(_TERMS)):
        total = total * z + 1.0 / math.factorial(power + order)
    return total
