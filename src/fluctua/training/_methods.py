"""The families of scores by name, each fitted to contiguous parts of a record in the same way."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from ..core import AbstractProgress, FluctuaWarning, named_key
from ..scores import (
    AbstractScore,
    fit_dictionary,
    fit_gaussian,
    fit_kernel,
    fit_kgmm,
    fit_mixture,
)
from ._config import TrainingConfig
from ._train import fit_network_score

Parts = Sequence[Float[np.ndarray, "_ d"]]


@dataclass(frozen=True)
class Sample:
    """What every family is fitted to.

    Args:
        parts: Contiguous parts of the record, in order of time, each ``(n, d)``.
        effective_size: Effective number of independent states in all of them.
        far_tails: Whether the record visits far tails, where high powers are decided by a handful of states.
        degree: Total degree of the polynomials of a dictionary score, or None to choose.
        noise: The noise law a network is trained with, as ``TrainingConfig.noise``; the other families have none.
        tail_index: Index of the power-law tails of the record for a network, as ``TrainingConfig.tail_index``.
        checkpoint: Folder in which the training of a network is kept, so that it can be resumed; none by default.
    """

    parts: Parts
    effective_size: float
    far_tails: bool = False
    degree: int | None = None
    checkpoint: Path | None = None
    noise: str = "gaussian"
    tail_index: float | Literal["estimate"] | None = None


def _gaussian(sample: Sample, key: PRNGKeyArray, progress: AbstractProgress | None) -> AbstractScore:
    return fit_gaussian(np.concatenate(list(sample.parts)), sample.effective_size)


def _dictionary(sample: Sample, key: PRNGKeyArray, progress: AbstractProgress | None) -> AbstractScore:
    return fit_dictionary(
        sample.parts,
        key=named_key(key, "dictionary"),
        degree=sample.degree,
        effective_size=sample.effective_size,
        far_tails=sample.far_tails,
    )


def _mixture(sample: Sample, key: PRNGKeyArray, progress: AbstractProgress | None) -> AbstractScore:
    return fit_mixture(sample.parts, key=named_key(key, "mixture"), effective_size=sample.effective_size)


def _kgmm(sample: Sample, key: PRNGKeyArray, progress: AbstractProgress | None) -> AbstractScore:
    return fit_kgmm(sample.parts, key=named_key(key, "kgmm"), effective_size=sample.effective_size)


def _kernel(sample: Sample, key: PRNGKeyArray, progress: AbstractProgress | None) -> AbstractScore:
    return fit_kernel(sample.parts, effective_size=sample.effective_size)


def _network(sample: Sample, key: PRNGKeyArray, progress: AbstractProgress | None) -> AbstractScore:
    # A record worth few states supports few steps before the network learns its accidents; from 2000 on, the default.
    steps = int(np.clip(3 * sample.effective_size, 1500, 6000) // 100) * 100
    config = TrainingConfig(steps=steps, noise=sample.noise, tail_index=sample.tail_index)
    with warnings.catch_warnings():
        # Whoever compares families judges a network by its held-out loss, not by how its training went.
        warnings.simplefilter("ignore", FluctuaWarning)
        score, _ = fit_network_score(
            list(sample.parts),
            key=named_key(key, "network"),
            config=config,
            progress=progress,
            checkpoint=sample.checkpoint,
        )
        return score


METHODS: dict[str, Callable[[Sample, PRNGKeyArray, AbstractProgress | None], AbstractScore]] = {
    "gaussian": _gaussian,
    "dictionary": _dictionary,
    "mixture": _mixture,
    "kgmm": _kgmm,
    "kernel": _kernel,
    "network": _network,
}
"""Fits a score by the name of its family: ``METHODS[name](sample, key, progress)``."""
