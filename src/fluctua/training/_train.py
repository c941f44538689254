"""Fit a network score to a record."""

import warnings
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
    FluctuaWarning,
    TrainingError,
    array_hash,
    named_key,
    run_chunks,
)
from ..networks import MultilayerPerceptron, count_parameters
from ..noise import AbstractNoiseLaw, Gaussian, geometric_levels
from ..scores import Whitening, moments
from ..scores._network import NetworkResidual, NetworkScore
from ._checkpoint import Checkpoint
from ._config import TrainingConfig
from ._heldout import Split, decorrelation_steps, split_blocks
from ._report import TrainingReport
from ._step import ChunkOutput, HeldOut, TrainingState, advance, evaluate, initial_state

_HELDOUT_POINTS = 4096
"""Held-out points per level: more states are thinned out evenly, fewer get several noise vectors each."""

_ACCEPTED_STANDARD_ERRORS = 2.0
"""How clearly the network has to beat the Gaussian score on the held-out states to be kept."""


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
    law = Gaussian()
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
    heldout, block = _heldout(whitened, split, law, config, named_key(key, "held-out noise"))

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
    state = initial_state(network, config)
    saved = None if checkpoint is None else Checkpoint(checkpoint, _identity(record, key, config))
    if saved is not None:
        state = saved.load(state) or state

    def chunk(state: TrainingState, _: int) -> tuple[TrainingState, ChunkOutput]:
        return advance(state, training, heldout, named_key(key, "steps"), law, config)

    def on_chunk(_: int, state: TrainingState, output: ChunkOutput) -> str:
        if int(output.nonfinite):
            raise _not_finite(output, config)
        if saved is not None:
            saved.save(state)
        if int(state.stale) >= config.patience:
            raise StopIteration
        return f"gain over Gaussian {-float(state.best_loss):.4g}"

    # A run that had stopped early before it was interrupted has nothing left to do.
    if int(state.stale) < config.patience:
        state = run_chunks(
            chunk,
            state,
            config.steps // config.evaluate_every,
            first=int(state.step) // config.evaluate_every,
            description="training the score",
            progress=progress,
            on_chunk=on_chunk,
        )
    return _finish(state, whitening, heldout, block, split, law, config)


def _finish(
    state: TrainingState,
    whitening: Whitening,
    heldout: HeldOut,
    block: np.ndarray,
    split: Split,
    law: AbstractNoiseLaw,
    config: TrainingConfig,
) -> tuple[NetworkScore, TrainingReport]:
    """Judge the best network by block standard errors, and keep it or the Gaussian score."""
    losses = np.asarray(evaluate(state.best, heldout, law, config), np.float64)
    means = np.stack([losses[:, block == index].mean(axis=1) for index in np.unique(block)])
    loss, stderr = means.mean(axis=0), means.std(axis=0, ddof=1) / np.sqrt(len(means))
    accepted = bool(loss[0] + _ACCEPTED_STANDARD_ERRORS * stderr[0] < 0.0)
    network = state.best if accepted else jax.tree.map(jnp.zeros_like, state.best)
    residual = NetworkResidual(network, config.sigma_min, config.sigma_max)
    evaluations = int(state.step) // config.evaluate_every
    if int(state.clipped) > 0.5 * int(state.step):
        warnings.warn(
            f"{int(state.clipped)} of {int(state.step)} gradients were longer than gradient_clip="
            f"{config.gradient_clip} and were shortened; the score may be far from converged. Raise "
            "gradient_clip, or sigma_min.",
            FluctuaWarning,
            stacklevel=3,
        )
    report = TrainingReport(
        accepted=accepted,
        heldout_levels=np.asarray(heldout.levels, np.float64),
        heldout_loss=loss,
        heldout_stderr=stderr,
        steps=int(state.step),
        best_step=int(state.best_step),
        stopped_early=int(state.stale) >= config.patience,
        clipped_steps=int(state.clipped),
        training_loss=np.asarray(state.training_loss)[:evaluations],
        heldout_history=np.asarray(state.heldout_history)[:evaluations],
        training_states=int(split.training.sum()),
        heldout_states=int((split.block >= 0).sum()),
        gap=split.gap,
        parameters=count_parameters(network),
    )
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
    return HeldOut(chosen, noise, levels), split.block[indices]


def _identity(record: np.ndarray, key: PRNGKeyArray, config: TrainingConfig) -> dict[str, Any]:
    return {
        **config.to_options(),
        "data": array_hash(record),
        "key": np.asarray(jax.random.key_data(key)).tolist(),
    }


def _not_finite(output: ChunkOutput, config: TrainingConfig) -> TrainingError:
    return TrainingError(
        f"{int(output.nonfinite)} of {config.evaluate_every} training steps were not finite, the first "
        f"of them step {int(output.first_nonfinite)}, with learning_rate={config.learning_rate} and "
        f"sigma_min={config.sigma_min}",
        "every step must have a finite loss and a finite gradient",
        "lower learning_rate or raise sigma_min",
    )
