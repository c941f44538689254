"""Fit a network score to a record."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import (
    AbstractProgress,
    DataError,
    array_hash,
    named_key,
)
from ..networks import MultilayerPerceptron
from ..noise import AbstractNoiseLaw, Gaussian, geometric_levels
from ..scores import Whitening, moments
from ..scores._network import NetworkResidual, NetworkScore
from ._checkpoint import Checkpoint
from ._config import TrainingConfig
from ._heldout import Split, decorrelation_steps, split_blocks
from ._objectives import Denoising
from ._report import TrainingReport
from ._run import judge, run_training
from ._step import HeldOut, initial_state

_HELDOUT_POINTS = 4096
"""Held-out points per level: more states are thinned out evenly, fewer get several noise vectors each."""


def fit_network_score(
    states: np.ndarray | jax.Array | Sequence[np.ndarray | jax.Array],
    *,
    key: PRNGKeyArray,
    config: TrainingConfig | None = None,
    progress: AbstractProgress | None = None,
    checkpoint: str | Path | None = None,
) -> tuple[NetworkScore, TrainingReport]:
    r"""Fit the score of a stationary density by denoising score matching, on top of the Gaussian score.

    Minimises $\frac12 \sum_\pm E\, (1 + \sigma^2) [ |r|^2 + 2 r \cdot (g - t) ]$ over networks $r$
    (``residual_denoising_loss``) on the whitened record. A few contiguous blocks of time are held out; the
    average of the parameters that does best on them at the smallest noise level is kept. If it does not beat
    the Gaussian score by two standard errors there, the network is set to zero and the score returned is the
    Gaussian one.

    The result depends on the states, the key and the configuration alone: not on the time it took, nor on
    whether the run was interrupted and resumed.

    Args:
        states: The record, float64, shape ``(n, d)`` in the order of time, or a list of contiguous pieces of
            it.
        key: Random key.
        config: All other choices; the defaults serve 1 to 10 variables.
        progress: Where progress is shown; nowhere by default.
        checkpoint: Folder of the checkpoint. Where it holds one of the same run, the run goes on from there.

    Returns:
        The score, in the units of the record, and what happened.

    Raises:
        DataError: The states are too few, not finite, or not of one shape.
        ScoreError: The states do not fill every direction of state space.
        TrainingError: A step was not finite, or the checkpoint belongs to another run.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> states = np.random.default_rng(0).exponential(size=(2000, 1))
        >>> config = TrainingConfig(width=16, depth=1, steps=200)
        >>> score, report = fit_network_score(states, key=jax.random.key(0), config=config)
        >>> score(states[0]).shape, report.steps
        ((1,), 200)

    References:
        Vincent, *A connection between score matching and denoising autoencoders*, Neural Computation 23
        (2011), eq. 4.3.
    """
    config = config or TrainingConfig()
    objective = Denoising(Gaussian(), config.sigma_min, config.sigma_max)
    pieces = _checked(states)
    record = np.concatenate(pieces)
    whitening = Whitening.of(*moments(record))
    whitened = (record - np.asarray(whitening.mean)) @ np.asarray(whitening.matrix).T
    split = split_blocks(
        len(record),
        fraction=config.heldout_fraction,
        blocks=config.heldout_blocks,
        gap=decorrelation_steps(pieces) if config.gap is None else config.gap,
        key=named_key(key, "held-out blocks"),
    )
    training = jnp.asarray(whitened[split.training], jnp.float32)
    heldout, block = _heldout(whitened, split, objective.law, config, named_key(key, "held-out noise"))

    dimension = record.shape[1]
    network = MultilayerPerceptron(
        dimension,
        dimension,
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        residual=config.residual,
        key=named_key(key, "network"),
    )
    state = initial_state(network, config.loop)
    saved = None if checkpoint is None else Checkpoint(checkpoint, _identity(record, key, config))
    if saved is not None:
        state = saved.load(state) or state

    state, rate = run_training(
        state,
        lambda _: training,
        heldout,
        key=named_key(key, "steps"),
        objective=objective,
        options=config.loop,
        saved=saved,
        progress=progress,
    )
    network, report = judge(state, heldout, block, split, objective, config.loop, rate)
    residual = NetworkResidual(network, config.sigma_min, config.sigma_max)
    return NetworkScore(whitening, residual, extrapolate=config.extrapolate), report


def _checked(states: Any) -> list[Float[np.ndarray, "_ d"]]:
    """The pieces of the record, float64, after a look at their shapes and values."""
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
    if not varies.all():
        raise DataError(
            f"variable {int(np.argmin(varies))} has the same value in all {length} states",
            "a score exists only where every variable varies",
            "leave this variable out",
        )
    return pieces


def _heldout(
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


def _identity(record: np.ndarray, key: PRNGKeyArray, config: TrainingConfig) -> dict[str, Any]:
    return {
        **config.to_options(),
        "data": array_hash(record),
        "key": np.asarray(jax.random.key_data(key)).tolist(),
    }
