"""The host's side of a training run: chunks, notes, checkpoints, early stopping, and whether the network won."""

import time
import warnings
from collections.abc import Callable

import jax
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, PRNGKeyArray

from ..core import AbstractProgress, FluctuaWarning, TrainingError, run_chunks
from ..networks import AbstractNetwork, count_parameters
from ._checkpoint import Checkpoint
from ._config import TrainingConfig
from ._heldout import Split
from ._objective import Denoising
from ._report import TrainingReport
from ._step import ChunkOutput, HeldOut, TrainingState, advance, evaluate

_ACCEPTED_STANDARD_ERRORS = 2.0
"""How clearly the network has to beat what it is built on, on the held-out states, to be kept."""


def run_training(
    state: TrainingState,
    batches: Callable[[int], Array],
    heldout: HeldOut,
    *,
    key: PRNGKeyArray,
    objective: Denoising,
    config: TrainingConfig,
    mesh: Mesh | None = None,
    saved: Checkpoint | None = None,
    progress: AbstractProgress | None = None,
) -> tuple[TrainingState, float]:
    """Advance a run to its end, from where it stands.

    Args:
        state: Where the run stands.
        batches: The batches of the chunk of an index, as ``advance`` takes them.
        heldout: The held-out states.
        key: Key of the steps.
        objective: What is minimised.
        config: How.
        mesh: The devices that share every batch.
        saved: Where the run is saved after every chunk.
        progress: Where progress is shown.

    Returns:
        The last state, and how many states a second were trained on (not a number where one chunk or none was run).

    Raises:
        TrainingError: A step was not finite, or the checkpoint cannot be written.
    """
    # The first chunk compiles and says nothing about speed.
    clock: list[float] = []

    def chunk(state: TrainingState, index: int) -> tuple[TrainingState, ChunkOutput]:
        return advance(state, batches(index), heldout, key, objective, config.loop, mesh)

    def on_chunk(_: int, state: TrainingState, output: ChunkOutput) -> str:
        if int(output.nonfinite):
            raise _not_finite(output, config)
        if saved is not None:
            saved.save(state)
        clock.append(time.perf_counter())
        if int(state.stale) >= config.patience:
            raise StopIteration
        return _note(state, _rate(clock, config), config)

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
    return state, _rate(clock, config)


def assess(
    state: TrainingState,
    heldout: HeldOut,
    block: np.ndarray,
    split: Split,
    objective: Denoising,
    config: TrainingConfig,
    rate: float,
    mesh: Mesh | None = None,
) -> tuple[AbstractNetwork, TrainingReport]:
    """The best network, or one that is zero where it did not win by two standard errors over blocks, and what
    happened."""
    losses = np.asarray(evaluate(state.best, heldout, heldout.levels, objective, mesh), np.float64)
    means = np.stack([losses[:, block == index].mean(axis=1) for index in np.unique(block)])
    loss, stderr = means.mean(axis=0), _stderr(means)
    decisive = means[:, objective.decisive].mean(axis=1)
    accepted = bool(decisive.mean() + _ACCEPTED_STANDARD_ERRORS * _stderr(decisive) < 0.0)
    network = state.best if accepted else jax.tree.map(jax.numpy.zeros_like, state.best)
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
        best_ema_decay=config.ema_decays[int(state.best_average)],
        stopped_early=int(state.stale) >= config.patience,
        clipped_steps=int(state.clipped),
        training_loss=np.asarray(state.training_loss)[:evaluations],
        heldout_history=np.asarray(state.heldout_history)[:evaluations],
        training_states=int(split.training.sum()),
        heldout_states=int((split.block >= 0).sum()),
        gap=split.gap,
        parameters=count_parameters(network),
        states_per_second=rate,
    )
    return network, report


def _stderr(blocks: np.ndarray) -> np.ndarray:
    """Standard error of the mean over blocks, the first axis."""
    return np.asarray(blocks.std(axis=0, ddof=1) / np.sqrt(len(blocks)))


def _rate(clock: list[float], config: TrainingConfig) -> float:
    """States per second since the first chunk ended."""
    if len(clock) < 2:
        return float("nan")
    return (len(clock) - 1) * config.evaluate_every * config.batch_size / (clock[-1] - clock[0])


def _note(state: TrainingState, rate: float, config: TrainingConfig) -> str:
    note = f"gain {-float(state.best_loss):.4g}"
    if not np.isfinite(rate):
        return note
    left = (config.steps - int(state.step)) * config.batch_size / rate
    return f"{note}, {rate:.0f} states/s, {int(left) // 60}:{int(left) % 60:02d} left"


def _not_finite(output: ChunkOutput, config: TrainingConfig) -> TrainingError:
    return TrainingError(
        f"{int(output.nonfinite)} of {config.evaluate_every} training steps were not finite, the first "
        f"of them step {int(output.first_nonfinite)}, with learning_rate={config.learning_rate} and "
        f"sigma_min={config.sigma_min}",
        "every step must have a finite loss and a finite gradient",
        "lower learning_rate or raise sigma_min",
    )
