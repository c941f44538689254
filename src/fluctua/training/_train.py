"""Fit a network score to a record: of a few variables, of a homogeneous field, or with the posterior mean beside it."""

import math
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from ..core import AbstractProgress, OptionError, array_hash
from ..features import Tails, Whitening, fit_spectral_whitening, fit_whitening
from ..noise import AbstractNoiseLaw, noise_law_named, noise_law_text
from ..scores import AbstractScore, FieldPreconditioning, NetworkScore, WhitenedPreconditioning
from ..scores.noised import Denoiser, Preconditioning
from ..statistics import hill
from ._config import TrainingConfig
from ._fit import fit_denoiser
from ._objective import Denoising
from ._record import TrainingData
from ._report import TrainingReport

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
    (``fluctua.training.Denoising``) on the whitened record, under noise of the law ``config.noise``. A few
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
    data = TrainingData(states, constant=False)
    law = noise_law_named(config.noise, data.dimension)
    whitening = fit_whitening(data.parts)
    tail_index = _tail_index(data, whitening, config)
    around = WhitenedPreconditioning(law, data.dimension, tail_index)
    objective = Denoising(around, config.sigma_min, config.sigma_max)
    denoiser, report = fit_denoiser(
        data, whitening, objective, config, key=key, checkpoint=checkpoint, progress=progress
    )
    if not report.accepted:
        # What power-law noise is built on is not what the record alone, without noise, is built on: a network that adds
        # nothing must leave the latter.
        around = WhitenedPreconditioning(None, data.dimension, tail_index)
        denoiser = Denoiser(denoiser.network, around, config.sigma_min, config.sigma_max)
    return NetworkScore(whitening, denoiser, extrapolate=config.extrapolate), report


def fit_field_network_score(
    parts: Sequence[np.ndarray],
    grid: Sequence[int],
    *,
    key: PRNGKeyArray,
    base: AbstractScore | None = None,
    config: TrainingConfig | None = None,
    progress: AbstractProgress | None = None,
    checkpoint: str | Path | None = None,
) -> tuple[NetworkScore, TrainingReport]:
    r"""Fit the score of a homogeneous field on a periodic grid by denoising score matching, on top of a base score.

    The record is whitened wavenumber by wavenumber, noised there (so the noise has the spectrum of the record), and
    a network learns what the base score lacks; ``fluctua.scores.FieldPreconditioning`` has the mathematics. What is
    held out and what is kept is as in ``fit_network_score``, with the base in the place of the Gaussian score.

    The record is not copied: batches are gathered from the parts as they are needed, so that float32 parts, also
    mapped from files, stay as large as they are. On several devices every batch is shared among as many of them as
    divide it; to the bit the result is the same on one kind and number of devices.

    Args:
        parts: Parts of the record in the order of time, such as members, each ``(n, d)`` flat fields in C order.
        grid: Shape of the grid, one or two periodic dimensions with ``d`` points.
        key: Random key.
        base: The score to build on, on flat fields; the Gaussian score per wavenumber by default.
        config: All other choices; ``TrainingConfig.for_fields`` by default.
        progress: Where progress is shown, with the gain so far, throughput and the time that is left.
        checkpoint: Folder of the checkpoint. Where it holds one of the same run, the run goes on from there.

    Returns:
        The score, in the units of the record, and what happened.

    Raises:
        DataError: The states are too few, not finite, or do not fit the grid.
        OptionError: The configuration names a noise or tails, which are for few variables, or options that the network
            does not take.
        ScoreError: The field has no variance at most wavenumbers, or the base does not fit the grid.
        TrainingError: A step was not finite, or the checkpoint cannot be written or belongs to another run.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> fields = np.random.default_rng(0).standard_normal((400, 8))
        >>> options = {"width": 2, "depth": 1, "steps": 4, "evaluate_every": 2, "warm_up": 1, "batch_size": 8}
        >>> config = TrainingConfig.for_fields(**options)
        >>> score, report = fit_field_network_score([fields], (8,), key=jax.random.key(0), config=config)
        >>> score(fields[0]).shape, report.steps
        ((8,), 4)

    References:
        Vincent, *A connection between score matching and denoising autoencoders*, Neural Computation 23 (2011),
        eq. 4.3.
    """
    config = config or TrainingConfig.for_fields()
    if config.noise != "gaussian" or config.tail_index is not None:
        raise OptionError(
            f"the configuration names the noise '{config.noise}' and the tail index {config.tail_index}",
            "the noise of a field is Gaussian, with the spectrum of the record",
            "leave noise and tail_index out of the configuration",
        )
    grid = tuple(grid)
    data = TrainingData(list(parts), dimension=math.prod(grid))
    whitening = fit_spectral_whitening(data.parts, grid)
    objective = Denoising(
        FieldPreconditioning(whitening, base), config.sigma_min, config.sigma_max, scale=1.0 / data.dimension
    )
    denoiser, report = fit_denoiser(
        data,
        whitening,
        objective,
        config,
        key=key,
        homogeneous=True,
        identity={} if checkpoint is None else {"grid": list(grid), **_base_identity(base)},
        checkpoint=checkpoint,
        progress=progress,
    )
    return NetworkScore(whitening, denoiser, extrapolate=config.extrapolate), report


def fit_noised_score(
    states: np.ndarray | jax.Array | Sequence[np.ndarray | jax.Array],
    law: AbstractNoiseLaw | str,
    *,
    key: PRNGKeyArray,
    tails: Tails | None = None,
    config: TrainingConfig | None = None,
    progress: AbstractProgress | None = None,
    checkpoint: str | Path | None = None,
) -> tuple[Denoiser, TrainingReport]:
    r"""Fit score and posterior mean of $y = x + \sigma n$ at all noise levels, for samplers.

    One network with two outputs is trained on ``fluctua.training.Denoising``, in which directions and outputs have the
    same weight, and so have levels with ``emphasis=0`` in the configuration; its default draws small levels more often.
    The average of the parameters that does best on held-out blocks, by the mean over the levels, is kept. If it does
    not beat the linear predictions by two standard errors, the network is set to zero and these are what is returned.

    Weights of modes far apart are hard for ``AnnealedLangevin``, which takes them from the score between the modes,
    where few states are. Levels drawn evenly (``emphasis=0``), a deeper residual network (``depth=4, residual=True``)
    and many steps serve it.

    For the score of the record itself, without noise, ``fit_network_score`` is more accurate: its weight is for small
    levels.

    Args:
        states: The states, float64, shape ``(n, d)`` in the order of time, or a list of contiguous pieces. Independent
            states can come in any order; ``gap=0`` in the configuration then holds more of them in training.
        law: The noise law, in the units of the record, or its text as on the command line
            (``fluctua.noise.noise_law_named``). Its scale and the level only matter as a product.
        key: Random key.
        tails: How far out states and noise are met: ``"heavy"`` for a record or noise with power-law tails, where
            variances are infinite or say little; ``"light"`` for all others. By default heavy for noise whose moments
            are not all finite, light otherwise.
        config: All other choices. Its ``sigma_min`` and ``sigma_max`` are in units of the root mean variance of the
            record (for heavy tails, of its median absolute deviations). Its ``noise`` is not used, ``law`` is.
        progress: Where progress is shown; nowhere by default.
        checkpoint: Folder of the checkpoint. Where it holds one of the same run, the run goes on from there.

    Returns:
        Score and posterior mean, in the units of the record, and what happened. The losses of the report are the sum
        of both outputs.

    Raises:
        DataError: The states are too few, not finite, or not of one shape.
        OptionError: The score of the law has no second moment, the tails are light and the law has no variance, or
            another noise is named in the configuration.
        TrainingError: A step was not finite, or the checkpoint belongs to another run.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from fluctua.noise import GeneralisedNormal
        >>> states = np.random.default_rng(0).exponential(size=(2000, 1))
        >>> config = TrainingConfig(width=16, depth=1, steps=200)
        >>> noised, report = fit_noised_score(states, GeneralisedNormal(1.5), key=jax.random.key(0), config=config)
        >>> noised.posterior_mean(states[0], jnp.asarray(0.5)).shape, report.steps
        ((1,), 200)

    References:
        Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021), for the score.
        Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models* (2022),
        equation 2, for the posterior mean.
    """
    config = config or TrainingConfig()
    data = TrainingData(states)
    if isinstance(law, str):
        law = noise_law_named(law, data.dimension)
    if config.noise != "gaussian":
        raise OptionError(
            f"the configuration names the noise '{config.noise}' beside the law {noise_law_text(law)}",
            "the noise of a noised score is its law",
            "leave noise out of the configuration",
        )
    if tails is None:
        tails = "light" if math.isinf(law.moment_order) else "heavy"
    if tails not in typing.get_args(Tails):
        raise OptionError(
            f"the tails '{tails}' were asked for",
            "tails are 'heavy', for a record or noise with power laws, or 'light'",
            "use one of them, or leave tails out to have the noise law decide",
        )
    around = Preconditioning.fit(np.concatenate(data.parts).astype(np.float64), law, tails)
    objective = Denoising(around, config.sigma_min, config.sigma_max, scale=1.0 / data.dimension)
    return fit_denoiser(
        data,
        around.frame,
        objective,
        config,
        key=key,
        identity={"noise": noise_law_text(law), "outputs": 2, "tails": tails},
        checkpoint=checkpoint,
        progress=progress,
    )


def _tail_index(data: TrainingData, whitening: Whitening, config: TrainingConfig) -> float:
    """The index of the power-law tails of the record, infinite for none."""
    if config.tail_index is None:
        return math.inf
    if config.tail_index == "estimate":
        return hill(np.concatenate([np.linalg.norm(whitening.table(part), axis=1) for part in data.parts]), _TAIL)
    return float(config.tail_index)


def _base_identity(base: AbstractScore | None) -> dict[str, Any]:
    """What a checkpoint keeps of a base score: its kind and options, and hashes of its arrays."""
    if base is None:
        return {"base": None}
    hashes = {name: array_hash(array) for name, array in sorted(base.arrays().items())}
    return {"base": base.kind, **{f"base {name}": value for name, value in {**base.config(), **hashes}.items()}}
