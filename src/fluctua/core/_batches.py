"""Apply a function of one state to many: compiled once per shape, in batches of a fixed size."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float

_NUMBERS = 1 << 21  # numbers that one batch may produce: 16 MB


@eqx.filter_jit
def _apply(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return jax.vmap(function)(*arguments)


def map_states(function: Callable[..., Any], *states: Float[np.ndarray, "n ..."], width: int = 1) -> Any:
    """Evaluate ``function`` at every state, in batches padded to one size, so that one compilation serves all.

    Args:
        function: Maps one state (one row of each array) to an array or a tuple of arrays. An Equinox module is
            compiled once per structure; a plain function once per function object.
        states: Arrays of equal length ``n``.
        width: About how many numbers the function produces per state; the batch shrinks accordingly.

    Returns:
        What the function returns, as NumPy arrays with a leading axis of length ``n``.
    """
    length = len(states[0])
    batch = int(2 ** np.floor(np.log2(np.clip(_NUMBERS // max(1, width), 64, 1 << 15))))
    if length < batch:
        batch = max(16, 1 << (length - 1).bit_length()) if length else 16
    outputs = []
    for start in range(0, max(length, 1), batch):
        pieces, kept = _padded(states, start, batch)
        value = _apply(function, pieces)
        outputs.append(jax.tree.map(lambda leaf, kept=kept: np.asarray(leaf)[:kept], value))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *outputs)


def _padded(states: tuple[np.ndarray, ...], start: int, batch: int) -> tuple[tuple[np.ndarray, ...], int]:
    """One batch of states, and how many they are before the last one is repeated.

    Padding is with a state: it must stay inside the domain of the function.
    """
    pieces = tuple(array[start : start + batch] for array in states)
    kept = len(pieces[0])
    if kept < batch:
        pieces = tuple(np.concatenate([piece, np.repeat(piece[-1:], batch - kept, axis=0)]) for piece in pieces)
    return pieces, kept
