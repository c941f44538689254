"""What noise laws and levels are asked with: refused where there is no answer."""

import math

import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike
from jaxtyping import Array, Float

from ..core import OptionError

_FLOATS = ("float32", "float64")


def check_parameter(name: str, value: float, bounds: tuple[float, float], remedy: str) -> None:
    """Refuse a parameter that is not positive and finite, or outside of its bounds."""
    lower, upper = bounds
    if not (0.0 < value < math.inf and lower <= value <= upper):
        bound = "a positive finite number" if upper == math.inf else f"a number from {lower:g} to {upper:g}"
        raise OptionError(f"the noise law was given {name} = {value:g}", f"{bound} is needed", remedy)


def check_range(smallest: float, largest: float) -> None:
    """Refuse levels that are not positive, finite and ordered."""
    if not (0.0 < smallest <= largest < math.inf):
        raise OptionError(
            f"the noise levels run from {smallest} to {largest}",
            "a positive smallest level and a finite largest level that is not below it are needed",
            "give, for example, smallest=0.1 and largest=3.0",
        )


def check_draw(shape: tuple[int, ...], dtype: DTypeLike) -> None:
    """Refuse to draw noise that has no dimension, or is of a type for which there are no tables."""
    if isinstance(shape, int) or len(shape) == 0:
        raise OptionError(
            f"noise of the shape {shape} was asked for",
            "a tuple is needed, whose last entry is the dimension of a noise vector",
            f"give {(shape, 1) if isinstance(shape, int) else (1,)} for vectors of one dimension",
        )
    if jnp.dtype(dtype).name not in _FLOATS:
        raise OptionError(
            f"noise of the type {jnp.dtype(dtype).name} was asked for",
            f"{' or '.join(_FLOATS)} is needed",
            "draw in float32 and convert the noise",
        )


def noise_vector(noise: ArrayLike, method: str) -> Float[Array, " d"]:
    """One noise vector in single or double precision; anything but one vector is refused."""
    vector = jnp.asarray(noise)
    if vector.ndim != 1:
        raise OptionError(
            f"an array of shape {vector.shape} was given to {method} of a noise law",
            "one noise vector of shape (d,) is needed",
            f"use jax.vmap(law.{method}) for many vectors" if vector.ndim > 1 else "give [n] for one component",
        )
    return vector if vector.dtype.name in _FLOATS else vector.astype(jnp.float64)
