"""Fit a network score to a record."""

import math
from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from ..core import AbstractProgress
from ..noise import noise_law_named
from ..scores import Whitening, hill, moments
from ..scores._gaussian_skip import GaussianSkip
from ..scores._network import NetworkResidual, NetworkScore
from ._config import TrainingConfig
from ._objectives import Denoising
from ._report import TrainingReport
from ._state_record import checked_pieces, run_identity
from ._state_run import train_on_states

_TAIL = 0.01
"""Share of the states, the outermost ones, that a tail index is estimated from."""


def fit_network_score(
    states: np.ndarray | jax.Array | Sequence[np.ndarray | jax.Array],
    *,
    key: PRNGKeyArray,
    config: TrainingConfig | None = None,
    progress: AbstractProgress | None = None,
    checkpoint: str | Path | None = None,
) -> tuple[NetworkScore, TrainingReport]:
    r"""Fit the score of a stationary density by denoising score matching, on top of the Gaussian score.

    Minimises $\frac12 \sum_\pm E\, (1 + \sigma^2 v) [ |r|^2 + 2 r \cdot (g - t) ]$ over networks $r$
    (``residual_denoising_loss``) on the whitened record, under noise of the law ``config.noise``. A few
    contiguous blocks of time are held out; the
    average of the parameters that does best on them at the smallest noise level is kept. If it does not beat
    the Gaussian score by two standard errors there, the network is set to zero and the score returned is the
    Gaussian one. With ``config.tail_index`` the score of a density with such tails takes the place of the Gaussian.

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
        OptionError: The noise law is not known, or its score has no second moment.
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
    pieces = checked_pieces(states)
    dimension = pieces[0].shape[1]
    law = noise_law_named(config.noise, dimension)
    record = np.concatenate(pieces)
    whitening = Whitening.of(*moments(record))
    whitened = (record - np.asarray(whitening.mean)) @ np.asarray(whitening.matrix).T
    tail_index = _tail_index(whitened, config)
    objective = Denoising(law, dimension, config.sigma_min, config.sigma_max, tail_index)
    network, report = train_on_states(
        pieces,
        whitened,
        objective,
        config,
        inputs=dimension,
        outputs=dimension,
        identity=run_identity(record, key, config),
        key=key,
        checkpoint=checkpoint,
        progress=progress,
    )
    # What power-law noise is built on is not what the record alone, without noise, is built on: a network that adds
    # nothing must leave the latter.
    skip = objective.skip if report.accepted else GaussianSkip(dimension=dimension, tail_index=tail_index)
    residual = NetworkResidual(network, config.sigma_min, config.sigma_max, skip)
    return NetworkScore(whitening, residual, extrapolate=config.extrapolate), report


def _tail_index(whitened: np.ndarray, config: TrainingConfig) -> float:
    """The index of the power-law tails of the record, infinite for none."""
    if config.tail_index is None:
        return math.inf
    if config.tail_index == "estimate":
        return hill(np.linalg.norm(whitened, axis=1), _TAIL)
    return float(config.tail_index)
