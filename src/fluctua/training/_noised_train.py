"""Fit score and posterior mean of noised states."""

import math
from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from ..core import AbstractProgress, OptionError
from ..noise import AbstractNoiseLaw, noise_law_named, noise_law_text
from ..scores.noised._network import NoisedNetworkScore
from ..scores.noised._preconditioning import Preconditioning, Tails
from ._config import TrainingConfig
from ._report import TrainingReport
from ._state_record import checked_pieces, run_identity
from ._state_run import train_on_states
from ._two_heads import DenoisingTwoHeads

_TAILS = ("light", "heavy")


def fit_noised_score(
    states: np.ndarray | jax.Array | Sequence[np.ndarray | jax.Array],
    law: AbstractNoiseLaw | str,
    *,
    key: PRNGKeyArray,
    tails: Tails | None = None,
    config: TrainingConfig | None = None,
    progress: AbstractProgress | None = None,
    checkpoint: str | Path | None = None,
) -> tuple[NoisedNetworkScore, TrainingReport]:
    r"""Fit score and posterior mean of $y = x + \sigma n$ at all noise levels, for samplers.

    One network with two heads is trained on the loss of ``DenoisingTwoHeads``, in which directions and heads have the
    same weight, and so have levels with ``emphasis=0`` in the configuration; its default draws small levels more often.
    The average of the parameters that does best on held-out blocks, by the mean over the levels, is kept. If it does
    not beat the linear predictions by two standard errors, the network is set to zero and these are what is returned.

    Weights of modes far apart are hard for ``AnnealedLangevin``, which takes them from the score between the modes,
    where few states are. Levels drawn evenly (``emphasis=0``), a deeper residual network (``depth=4, residual=True``)
    and many steps serve it, as in ``python -m studies.heavy_tails --task T2``.

    For the score of the record itself, without noise, ``fit_network_score`` is more accurate: its weight is for small
    levels.

    The result depends on the states, the law, the key and the options alone: not on the time it took, nor on
    whether the run was interrupted and resumed.

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
        of both heads.

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
    pieces = checked_pieces(states, constant=True)
    record = np.concatenate(pieces)
    if isinstance(law, str):
        law = noise_law_named(law, record.shape[1])
    if config.noise != "gaussian":
        raise OptionError(
            f"the configuration names the noise '{config.noise}' beside the law {noise_law_text(law)}",
            "the noise of a noised score is its law",
            "leave noise out of the configuration",
        )
    if tails is None:
        tails = "light" if math.isinf(law.moment_order) else "heavy"
    if tails not in _TAILS:
        raise OptionError(
            f"the tails '{tails}' were asked for",
            "tails are 'heavy', for a record or noise with power laws, or 'light'",
            "use one of them, or leave tails out to have the noise law decide",
        )
    around = Preconditioning.fit(record, law, tails)
    objective = DenoisingTwoHeads(around, config.sigma_min, config.sigma_max)
    standard = (record - np.asarray(around.centre)) @ np.asarray(around.basis) / float(around.unit)
    network, report = train_on_states(
        pieces,
        standard,
        objective,
        config,
        inputs=around.inputs,
        outputs=2 * record.shape[1],
        identity={**run_identity(record, key, config), "noise": noise_law_text(law), "heads": "two", "tails": tails},
        key=key,
        checkpoint=checkpoint,
        progress=progress,
    )
    return NoisedNetworkScore(around, network, config.sigma_min, config.sigma_max), report
