"""Fit a network score to a record of a homogeneous field."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import AbstractProgress, OptionError, array_hash, named_key
from ..features import SpectralWhitening, fit_spectral_whitening
from ..networks import AbstractFieldNetwork
from ..noise import Gaussian, geometric_levels
from ..scores import AbstractScore
from ..scores._field_network import FieldNetworkScore, FieldSkip, check_fit
from ._checkpoint import Checkpoint
from ._field_config import FIELD_NETWORKS, FieldTrainingConfig
from ._field_record import FieldRecord
from ._heldout import Split, split_blocks
from ._objectives import FieldDenoising
from ._report import TrainingReport
from ._run import judge, run_training
from ._step import HeldOut, initial_state

_GROUP = 64
"""Held-out states evaluated at once, at most."""


def fit_field_network_score(
    parts: Sequence[np.ndarray],
    grid: Sequence[int],
    *,
    key: PRNGKeyArray,
    base: AbstractScore | None = None,
    config: FieldTrainingConfig | None = None,
    progress: AbstractProgress | None = None,
    checkpoint: str | Path | None = None,
) -> tuple[FieldNetworkScore, TrainingReport]:
    r"""Fit the score of a homogeneous field on a periodic grid by denoising score matching, on top of a base score.

    The record is whitened wavenumber by wavenumber, noised there (so the noise has the spectrum of the record), and
    a network learns what the base score lacks; ``fluctua.scores.FieldNetworkScore`` has the mathematics. A few
    contiguous blocks of time are held out; the average of the parameters that does best on them at the smallest noise
    level is kept. If it does not beat the base by two standard errors there, the network is set to zero and the score
    is that of the base.

    The record is not copied: batches are gathered from the parts as they are needed, so that float32 parts, also
    mapped from files, stay as large as they are. On several devices every batch is shared among as many of them as
    divide it. The result depends on the states, the key and the configuration alone, to the bit on one kind and number
    of devices: not on whether the run was interrupted and resumed.

    Args:
        parts: Parts of the record in the order of time, such as members, each ``(n, d)`` flat fields in C order.
        grid: Shape of the grid, one or two periodic dimensions with ``d`` points.
        key: Random key.
        base: The score to build on, on flat fields; the Gaussian score per wavenumber by default.
        config: All other choices.
        progress: Where progress is shown, with the gain so far, throughput and the time that is left.
        checkpoint: Folder of the checkpoint. Where it holds one of the same run, the run goes on from there.

    Returns:
        The score, in the units of the record, and what happened.

    Raises:
        DataError: The states are too few, not finite, or do not fit the grid.
        ScoreError: The field has no variance at most wavenumbers, or the base does not fit the grid.
        TrainingError: A step was not finite, or the checkpoint cannot be written or belongs to another run.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> fields = np.random.default_rng(0).standard_normal((400, 8))
        >>> options = {"width": 2, "depth": 1}
        >>> config = FieldTrainingConfig(network_options=options, steps=4, evaluate_every=2, warm_up=1, batch_size=8)
        >>> score, report = fit_field_network_score([fields], (8,), key=jax.random.key(0), config=config)
        >>> score(fields[0]).shape, report.steps
        ((8,), 4)

    References:
        Vincent, *A connection between score matching and denoising autoencoders*, Neural Computation 23 (2011),
        eq. 4.3.
    """
    config = config or FieldTrainingConfig()
    grid = tuple(grid)
    record = FieldRecord(parts, grid)
    whitening = fit_spectral_whitening(record.parts, grid)
    network = _network(config, grid, named_key(key, "network"))
    check_fit(whitening, network, base)
    skip = FieldSkip(base, whitening)
    objective = FieldDenoising(
        law=Gaussian(), smallest=config.sigma_min, largest=config.sigma_max, skip=skip, scale=1.0 / math.prod(grid)
    )
    split = split_blocks(
        len(record),
        fraction=config.heldout_fraction,
        blocks=config.heldout_blocks,
        gap=record.decorrelation_steps() if config.gap is None else config.gap,
        key=named_key(key, "held-out blocks"),
    )
    mesh = _mesh(config.batch_size)
    heldout, block = _heldout(record, whitening, split, config, mesh, named_key(key, "held-out noise"))
    state = initial_state(network, config.loop)
    saved = None if checkpoint is None else Checkpoint(checkpoint, _identity(record, base, key, config))
    if saved is not None:
        state = saved.load(state) or state
    training = np.flatnonzero(split.training)
    shape = (config.evaluate_every, config.batch_size)

    def batches(index: int) -> Array:
        chosen = jax.random.randint(
            jax.random.fold_in(named_key(key, "states"), index), (math.prod(shape),), 0, len(training)
        )
        states = _whitened(whitening, record[training[np.asarray(chosen)]])
        return _placed(states.reshape(*shape, -1), mesh, PartitionSpec(None, "batch"))

    state, rate = run_training(
        _placed(state, mesh, PartitionSpec()),
        batches,
        heldout,
        key=named_key(key, "steps"),
        objective=_placed(objective, mesh, PartitionSpec()),
        options=config.loop,
        mesh=mesh,
        saved=saved,
        progress=progress,
    )
    kept, report = judge(state, heldout, block, split, objective, config.loop, rate, mesh)
    assert isinstance(kept, AbstractFieldNetwork)
    score = FieldNetworkScore(
        whitening, kept, config.sigma_min, config.sigma_max, base=base, extrapolate=config.extrapolate
    )
    return score, report


@eqx.filter_jit
def _whiten(whitening: SpectralWhitening, states: Float[Array, "n d"]) -> Float[Array, "n d"]:
    return jax.vmap(whitening)(states).astype(jnp.float32)


def _whitened(whitening: SpectralWhitening, states: Float[np.ndarray, "n d"]) -> Float[Array, "n d"]:
    """Whitened states in float32, whitened in float64: steep spectra and large means lose nothing."""
    return _whiten(whitening, jnp.asarray(states))


def _network(config: FieldTrainingConfig, grid: tuple[int, ...], key: PRNGKeyArray) -> AbstractFieldNetwork:
    make: Any = FIELD_NETWORKS[config.network]
    try:
        return make(**{"inputs": 2, "outputs": 2, **config.network_options, "grid": grid}, key=key)
    except TypeError as error:
        raise OptionError(
            f"the network {config.network!r} was given the options {', '.join(config.network_options)}",
            f"it takes none of these names or kinds ({error})",
            "see the arguments of the network",
        ) from error


def _mesh(batch: int) -> Mesh | None:
    """As many devices as divide a batch; nothing where that is one."""
    devices = jax.devices()
    count = max(number for number in range(1, len(devices) + 1) if batch % number == 0 and _GROUP % number == 0)
    return Mesh(np.array(devices[:count]), ("batch",)) if count > 1 else None


def _placed(tree: Any, mesh: Mesh | None, spec: PartitionSpec) -> Any:
    """A tree with its arrays laid out over the devices of a mesh."""
    if mesh is None:
        return tree
    arrays, rest = eqx.partition(tree, eqx.is_array)
    return eqx.combine(jax.device_put(arrays, NamedSharding(mesh, spec)), rest)


def _heldout(
    record: FieldRecord,
    whitening: SpectralWhitening,
    split: Split,
    config: FieldTrainingConfig,
    mesh: Mesh | None,
    key: PRNGKeyArray,
) -> tuple[HeldOut, np.ndarray]:
    """Held-out points in groups, with their noise, and the block each belongs to."""
    indices = np.flatnonzero(split.block >= 0)
    groups = -(-config.heldout_states // _GROUP)
    count = groups * _GROUP
    # Spread evenly; where there are fewer states, each is used with several noise fields.
    indices = indices[np.linspace(0, len(indices) - 1, count).round().astype(int)]
    states = _whitened(whitening, record[indices]).reshape(groups, _GROUP, -1)
    noise = Gaussian().sample(key, states.shape, "float32")
    levels = jnp.asarray(geometric_levels(config.sigma_min, config.sigma_max, config.levels), jnp.float32)
    spec = PartitionSpec(None, "batch")
    placed = HeldOut(_placed(states, mesh, spec), _placed(noise, mesh, spec), _placed(levels, mesh, PartitionSpec()))
    return placed, split.block[indices]


def _identity(
    record: FieldRecord, base: AbstractScore | None, key: PRNGKeyArray, config: FieldTrainingConfig
) -> dict[str, Any]:
    described = {"base": None}
    if base is not None:
        hashes = {name: array_hash(array) for name, array in sorted(base.arrays().items())}
        described = {
            "base": base.kind,
            **{f"base {name}": value for name, value in {**base.config(), **hashes}.items()},
        }
    return {
        **config.to_options(),
        **described,
        "grid": list(record.grid),
        "data": record.hash(),
        "key": np.asarray(jax.random.key_data(key)).tolist(),
    }
