"""A record of states on its way into training: checked, held out, identified."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import DataError, array_hash
from ..noise import AbstractNoiseLaw, geometric_levels
from ._config import TrainingConfig
from ._heldout import Split
from ._step import HeldOut

_HELDOUT_POINTS = 4096
"""Held-out points per level: more states are thinned out evenly, fewer get several noise vectors each."""


def checked_pieces(states: Any, *, constant: bool = False) -> list[Float[np.ndarray, "_ d"]]:
    """The pieces of the record, float64, after a look at their shapes and values.

    Args:
        states: One array ``(n, d)`` or a list of them.
        constant: Whether variables may have one value throughout.

    Raises:
        DataError: Another shape, a value that is not finite, or a constant variable where there may be none.
    """
    single = isinstance(states, np.ndarray | jax.Array)
    pieces = [np.asarray(piece, np.float64) for piece in ([states] if single else states)]
    shapes = [piece.shape for piece in pieces]
    if not pieces or any(len(shape) != 2 or shape[1] == 0 or shape[1] != shapes[0][-1] for shape in shapes):
        raise DataError(
            f"the states have the shapes {shapes}",
            "arrays of the shape (states, variables) are needed, with the same variables",
            "give one array of this shape, or a list of them",
        )
    for index, piece in enumerate(pieces):
        bad = np.argwhere(~np.isfinite(piece))
        if len(bad):
            raise DataError(
                f"state {bad[0][0]} of piece {index} has the value {piece[tuple(bad[0])]} in variable {bad[0][1]}",
                "finite values are needed",
                "cut the record into pieces at its gaps",
            )
    length = sum(map(len, pieces))
    varies = np.ptp(np.concatenate(pieces), axis=0) > 0.0 if length else np.zeros(1, bool)
    if not constant and not varies.all():
        raise DataError(
            f"variable {int(np.argmin(varies))} has the same value in all {length} states",
            "a score exists only where every variable varies",
            "leave this variable out",
        )
    return pieces


def heldout_points(
    whitened: np.ndarray, split: Split, law: AbstractNoiseLaw, config: TrainingConfig, key: PRNGKeyArray
) -> tuple[HeldOut, np.ndarray]:
    """Held-out points with their noise, and the block each belongs to."""
    indices = np.flatnonzero(split.block >= 0)
    if len(indices) > _HELDOUT_POINTS:
        indices = indices[np.linspace(0, len(indices) - 1, _HELDOUT_POINTS).round().astype(int)]
    indices = np.tile(indices, -(-_HELDOUT_POINTS // len(indices)))
    chosen = jnp.asarray(whitened[indices], jnp.float32)
    noise: Array = law.sample(key, chosen.shape, "float32")
    levels = jnp.asarray(geometric_levels(config.sigma_min, config.sigma_max, config.levels), jnp.float32)
    return HeldOut(chosen[None], noise[None], levels), split.block[indices]


def run_identity(record: np.ndarray, key: PRNGKeyArray, config: TrainingConfig) -> dict[str, Any]:
    """What a checkpoint belongs to: the options, the data and the key."""
    return {
        **config.to_options(),
        "data": array_hash(record),
        "key": np.asarray(jax.random.key_data(key)).tolist(),
    }
