"""A whole training run on states in standard coordinates: held-out blocks, network, checkpoint, loop and verdict."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from ..core import AbstractProgress, named_key
from ..networks import AbstractNetwork, MultilayerPerceptron
from ._checkpoint import Checkpoint
from ._config import TrainingConfig
from ._heldout import decorrelation_steps, split_blocks
from ._objectives import AbstractObjective
from ._report import TrainingReport
from ._run import judge, run_training
from ._state_record import heldout_points
from ._step import initial_state


def train_on_states(
    pieces: Sequence[Float[np.ndarray, "_ d"]],
    standard: Float[np.ndarray, "n d"],
    objective: AbstractObjective,
    config: TrainingConfig,
    *,
    inputs: int,
    outputs: int,
    identity: Mapping[str, Any],
    key: PRNGKeyArray,
    checkpoint: str | Path | None = None,
    progress: AbstractProgress | None = None,
) -> tuple[AbstractNetwork, TrainingReport]:
    """Train a perceptron on what an objective asks of states, and judge it on blocks that were held out.

    Args:
        pieces: Contiguous pieces of the record, whose memory says how far from a held-out block training may go.
        standard: All states, pieces joined, in the coordinates of the objective.
        objective: What is minimised.
        config: All other choices.
        inputs: Length of what the network reads.
        outputs: Length of what it gives.
        identity: What a checkpoint belongs to.
        key: Random key.
        checkpoint: Folder of the checkpoint, if there is one.
        progress: Where progress is shown.

    Returns:
        The network, zero where it did not win, and what happened.

    Raises:
        DataError: There are too few states.
        TrainingError: A step was not finite, or the checkpoint belongs to another run.
    """
    split = split_blocks(
        len(standard),
        fraction=config.heldout_fraction,
        blocks=config.heldout_blocks,
        gap=decorrelation_steps(pieces) if config.gap is None else config.gap,
        key=named_key(key, "held-out blocks"),
    )
    training = jnp.asarray(standard[split.training], jnp.float32)
    heldout, block = heldout_points(standard, split, objective.law, config, named_key(key, "held-out noise"))
    network = MultilayerPerceptron(
        inputs,
        outputs,
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        residual=config.residual,
        key=named_key(key, "network"),
    )
    state = initial_state(network, config.loop)
    saved = None if checkpoint is None else Checkpoint(checkpoint, dict(identity))
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
    return judge(state, heldout, block, split, objective, config.loop, rate)
