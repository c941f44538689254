"""One training run: held-out blocks, batches, network, checkpoint, loop and what came of it."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import AbstractProgress, named_key
from ..features import AbstractCoordinates
from ..networks import make_network
from ..noise import AbstractNoiseLaw, geometric_levels
from ..scores.noised import Denoiser
from ._checkpoint import Checkpoint
from ._config import TrainingConfig
from ._heldout import Split, split_blocks
from ._objective import Denoising
from ._record import TrainingData
from ._report import TrainingReport
from ._run import assess, run_training
from ._step import HeldOut, initial_state

_SMALLEST_GROUP = 64  # held-out states evaluated at once
_GROUP_NUMBERS = 1 << 16  # their numbers, at most, where that is more


def fit_denoiser(
    data: TrainingData,
    coordinates: AbstractCoordinates,
    objective: Denoising,
    config: TrainingConfig,
    *,
    key: PRNGKeyArray,
    homogeneous: bool = False,
    identity: Mapping[str, Any] | None = None,
    checkpoint: str | Path | None = None,
    progress: AbstractProgress | None = None,
) -> tuple[Denoiser, TrainingReport]:
    """Train a network on an objective, on batches gathered from the record as they are needed.

    On several devices every batch is shared among as many of them as divide it.

    Args:
        data: The record.
        coordinates: From its states to those of the objective.
        objective: What is minimised, with what is around the network.
        config: All other choices.
        key: Random key.
        homogeneous: Whether the states are homogeneous fields.
        identity: What a checkpoint belongs to, besides the options, the data and the key.
        checkpoint: Folder of the checkpoint, if there is one.
        progress: Where progress is shown.

    Returns:
        The denoiser, whose network is zero where it did not win on the held-out states, and what happened.

    Raises:
        DataError: There are too few states.
        OptionError: The network does not take the options it was given.
        TrainingError: A step was not finite, or the checkpoint cannot be written or belongs to another run.
    """
    network = make_network(
        config.network, {**objective.preconditioning.sizes(), **config.network_arguments}, named_key(key, "network")
    )
    objective.denoiser(network)  # refuses a network of other sizes
    split = split_blocks(
        len(data),
        fraction=config.heldout_fraction,
        blocks=config.heldout_blocks,
        gap=data.memory(homogeneous=homogeneous) if config.gap is None else config.gap,
        key=named_key(key, "held-out blocks"),
    )
    group = _group(data.dimension, config.heldout_states)
    mesh = _mesh(config.batch_size, group)
    heldout, block = _heldout(
        data, coordinates, split, objective.law, config, group, mesh, named_key(key, "held-out noise")
    )
    state = initial_state(network, config.loop)
    saved = None
    if checkpoint is not None:
        run = {"data": data.hash(), "key": np.asarray(jax.random.key_data(key)).tolist()}
        saved = Checkpoint(checkpoint, {**config.to_options(), **(identity or {}), **run})
        state = saved.load(state) or state
    training, steps = np.flatnonzero(split.training), named_key(key, "steps")

    def batches(chunk: int) -> Array:
        first = jnp.asarray(chunk * config.evaluate_every)
        chosen = _chosen(steps, first, config.evaluate_every, config.batch_size, len(training))
        states = _in_coordinates(coordinates, data[training[np.asarray(chosen).ravel()]])
        return _placed(states.reshape(*chosen.shape, -1), mesh, PartitionSpec(None, "batch"))

    state, rate = run_training(
        _placed(state, mesh, PartitionSpec()),
        batches,
        heldout,
        key=steps,
        objective=_placed(objective, mesh, PartitionSpec()),
        config=config,
        mesh=mesh,
        saved=saved,
        progress=progress,
    )
    kept, report = assess(state, heldout, block, split, objective, config, rate, mesh)
    return objective.denoiser(kept), report


@eqx.filter_jit
def _chosen(key: PRNGKeyArray, first: Array, steps: int, batch: int, count: int) -> Array:
    """Which of the training states every step of a chunk takes; it depends on the number of the step alone."""

    def at(step: Array) -> Array:
        return jax.random.randint(named_key(jax.random.fold_in(key, step), "states"), (batch,), 0, count)

    return jax.vmap(at)(first + jnp.arange(steps))


@eqx.filter_jit
def _transformed(coordinates: AbstractCoordinates, states: Float[Array, "n d"]) -> Float[Array, "n d"]:
    return jax.vmap(coordinates)(states).astype(jnp.float32)


def _in_coordinates(coordinates: AbstractCoordinates, states: Float[np.ndarray, "n d"]) -> Float[Array, "n d"]:
    """States for the network in float32, transformed in float64: steep spectra and large means lose nothing."""
    return _transformed(coordinates, jnp.asarray(states))


def _group(dimension: int, states: int) -> int:
    """How many held-out states are evaluated at once: a power of two of them, which devices divide."""
    largest = min(max(_GROUP_NUMBERS // dimension, _SMALLEST_GROUP), max(states, 1))
    return 1 << (largest.bit_length() - 1)


def _mesh(batch: int, group: int) -> Mesh | None:
    """As many devices as divide a batch; nothing where that is one."""
    devices = jax.devices()
    count = max(number for number in range(1, len(devices) + 1) if batch % number == 0 and group % number == 0)
    return Mesh(np.array(devices[:count]), ("batch",)) if count > 1 else None


def _placed(tree: Any, mesh: Mesh | None, spec: PartitionSpec) -> Any:
    """A tree with its arrays laid out over the devices of a mesh."""
    if mesh is None:
        return tree
    arrays, rest = eqx.partition(tree, eqx.is_array)
    return eqx.combine(jax.device_put(arrays, NamedSharding(mesh, spec)), rest)


def _heldout(
    data: TrainingData,
    coordinates: AbstractCoordinates,
    split: Split,
    law: AbstractNoiseLaw,
    config: TrainingConfig,
    group: int,
    mesh: Mesh | None,
    key: PRNGKeyArray,
) -> tuple[HeldOut, np.ndarray]:
    """Held-out points in groups, with their noise, and the block each belongs to."""
    indices = np.flatnonzero(split.block >= 0)
    groups = math.ceil(config.heldout_states / group)
    if len(indices) > groups * group:
        indices = indices[np.linspace(0, len(indices) - 1, groups * group).round().astype(int)]
    else:
        # Every state as often as every other, where one group holds them all.
        indices = np.tile(indices, math.ceil(groups * group / len(indices)))
        group = len(indices) if groups == 1 and mesh is None else group
        indices = indices[: len(indices) // group * group]
    states = _in_coordinates(coordinates, data[indices]).reshape(-1, group, data.dimension)
    noise = law.sample(key, states.shape, "float32")
    levels = jnp.asarray(geometric_levels(config.sigma_min, config.sigma_max, config.levels), jnp.float32)
    spec = PartitionSpec(None, "batch")
    placed = HeldOut(_placed(states, mesh, spec), _placed(noise, mesh, spec), _placed(levels, mesh, PartitionSpec()))
    return placed, split.block[indices]
