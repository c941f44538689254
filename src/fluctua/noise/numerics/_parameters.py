"""Functions of the parameters of a law: floats outside of compiled code, traced numbers inside."""

import types
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special
from jax.core import Tracer
from jaxtyping import Array

# From here on Stirling's series to its third term is exact to rounding.
_LARGE = 60.0


def traced(value: Any) -> bool:
    """Whether a parameter stands for any number, as inside of compiled code."""
    return isinstance(value, Tracer)


def of(value: Any) -> types.ModuleType:
    """The module whose functions apply to a parameter: ``numpy``, or ``jax.numpy`` for traced ones."""
    return jnp if traced(value) else np


def plain(value: Any) -> Any:
    """A result as a Python float, unless it is traced: whoever keeps it as a static field asks for no array."""
    return value if traced(value) else float(value)


def gammaln(value: Any) -> Any:
    r"""$\ln\Gamma$ of a parameter."""
    return jax.scipy.special.gammaln(value) if traced(value) else scipy.special.gammaln(value)


def like(array: Array, value: Any) -> Array:
    """A parameter in the type of an array: numbers in double precision would make the array one of them."""
    return jnp.asarray(value, array.dtype)


def log_gamma_step(shape: Any, step: float) -> Array:
    r"""$\ln\Gamma(a + h) - \ln\Gamma(a)$ for $h > 0$, without the cancellation for $a \gg h$."""
    shape = jnp.asarray(shape, float)
    large, small = jnp.maximum(shape, _LARGE), jnp.minimum(shape, _LARGE)

    def rest(value: Array) -> Array:
        square = value**-2
        return (1.0 - square * (1.0 / 30.0 - square / 105.0)) / (12.0 * value)

    power = (large - 0.5) * jnp.log1p(step / large) + step * (jnp.log(large + step) - 1.0)
    plain = jax.scipy.special.gammaln(small + step) - jax.scipy.special.gammaln(small)
    return jnp.where(shape > _LARGE, power + rest(large + step) - rest(large), plain)
