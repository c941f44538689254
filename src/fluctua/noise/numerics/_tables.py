r"""Smooth functions of one variable as tables: cubic pieces, equally spaced or a fixed number to each octave.

A piece holds the four coefficients of a cubic polynomial in the local coordinate $t \in [0, 1)$. They follow from
values and slopes at its two ends (Hermite), so the function and its slope are continuous and the error is of fourth
order in the spacing. Tables are built once in numpy; they enter compiled code as leaves of a law, or as constants.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

# Pieces to each doubling of the argument; the relative error of the tables is then below 1e-8.
PIECES_BITS = 6


def hermite_pieces(
    knots: Float[np.ndarray, " n"], values: Float[np.ndarray, " n"], slopes: Float[np.ndarray, " n"]
) -> Float[np.ndarray, "4 m"]:
    """Coefficients of the cubic pieces between knots, in the local coordinate, lowest power first."""
    width = np.diff(knots)
    rise = np.diff(values)
    left, right = width * slopes[:-1], width * slopes[1:]
    return np.stack([values[:-1], left, 3.0 * rise - 2.0 * left - right, left + right - 2.0 * rise])


def evaluate_pieces(
    pieces: Float[Array | np.ndarray, "4 m"], index: Array, local: Float[Array, "*shape"]
) -> Float[Array, "*shape"]:
    """The cubic piece of that index at the local coordinate, in the type of the latter."""
    columns = jnp.asarray(pieces, local.dtype)
    first, second, third, fourth = (column.at[index].get(mode="clip") for column in columns)
    return first + local * (second + local * (third + local * fourth))


def evaluate_equal(
    pieces: Float[Array | np.ndarray, "4 m"], start: float, spacing: float, argument: Float[Array, "*shape"]
) -> Float[Array, "*shape"]:
    """A table of equal spacing; outside it the function keeps its value at the end."""
    position = jnp.clip((argument - start) / spacing, 0.0, float(pieces.shape[1]))
    index = jnp.minimum(position.astype(jnp.int32), pieces.shape[1] - 1)
    return evaluate_pieces(pieces, index, position - index)


def octave_knots(lowest: int, highest: int) -> Float[np.ndarray, " n"]:
    r"""Ends of the pieces between $2^{\rm lowest}$ and $2^{\rm highest}$: equally spaced within each octave."""
    count = 2**PIECES_BITS
    octaves = 2.0 ** np.arange(lowest, highest)
    within = octaves[:, None] * (1.0 + np.arange(count) / count)
    return np.append(within.ravel(), 2.0**highest)


def evaluate_octaves(
    lowest: int, pieces: Float[Array | np.ndarray, "4 m"], argument: Float[Array, "*shape"]
) -> Float[Array, "*shape"]:
    """A table over ``octave_knots`` at positive arguments; outside it the function keeps its value at the end.

    The bits of a floating-point number are its octave and its place in it: no logarithm is needed to find the piece.
    """
    single = argument.dtype == jnp.float32
    mantissa, bias = (23, 127) if single else (52, 1023)
    kind = jnp.uint32 if single else jnp.uint64
    shift = mantissa - PIECES_BITS
    bits = jax.lax.bitcast_convert_type(argument, kind)
    index = (bits >> kind(shift)).astype(jnp.int32) - ((lowest + bias) << PIECES_BITS)
    local = (bits & kind((1 << shift) - 1)).astype(argument.dtype) * 2.0**-shift
    local = jnp.where(index < 0, 0.0, jnp.where(index >= pieces.shape[1], 1.0, local))
    return evaluate_pieces(pieces, jnp.clip(index, 0, pieces.shape[1] - 1), local)
