r"""Cross-fitted scores, and the choice among families of scores.

A record is cut into folds; the score of a fold is fitted to what may teach the fold, and its implicit
score-matching loss is measured on the fold itself. Families are compared by the loss on all folds together,
part by part, so that the difference of two families has a standard error that respects correlation in time.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from ..core import AbstractProgress, named_key
from ..scores import (
    AbstractScore,
    DictionaryScore,
    Whitening,
    has_nonlinear_functions,
    loss_by_part,
    mean_and_stderr,
    moments,
)
from ._methods import METHODS, Sample

CLOSED_FORM_FOLDS = 4
NETWORK_FOLDS = 2
_LOSS_STATES = 40_000  # states on which losses are compared
_MARGIN = 1.0  # standard errors by which a richer family must win


class Fold(NamedTuple):
    """One fold: what may teach it, and its own states in contiguous parts."""

    sample: Sample
    held_out: list[np.ndarray]


class CrossFit(NamedTuple):
    """Scores of all folds under one family.

    Attributes:
        method: Name of the family that was chosen.
        scores: One per fold, fitted without the fold.
        losses: Implicit loss on each held-out part, all folds in order.
        gaussian_losses: The same under the Gaussian score.
    """

    method: str
    scores: list[AbstractScore]
    losses: np.ndarray
    gaussian_losses: np.ndarray

    def loss(self) -> tuple[float, float]:
        """Held-out loss and its standard error."""
        return mean_and_stderr(self.losses)

    def gain(self) -> tuple[float, float]:
        """Gain in held-out loss over the Gaussian score and its standard error, from paired parts."""
        return mean_and_stderr(self.gaussian_losses - self.losses)


Folds = Callable[[int], list[Fold]]


def crossfit(folds: Folds, method: str, *, key: PRNGKeyArray, progress: AbstractProgress | None = None) -> CrossFit:
    """Fit the scores of all folds.

    Args:
        folds: Cuts the record into a number of folds.
        method: Name of a family, or ``"auto"``.
        key: Random key.
        progress: Where progress is shown.

    Returns:
        The scores; under ``"auto"`` those of the family with the smallest held-out loss, where a richer
        family must beat a simpler one by more than the standard error of the difference. The Gaussian family
        is always among them. A network is trained only where the closed-form dictionary failed or needed more
        than a cubic, which says that there may be structure left to learn, or where there are too many
        variables for a rich dictionary.
    """
    if method != "auto":
        count = NETWORK_FOLDS if method == "network" else CLOSED_FORM_FOLDS
        return _fit(folds(count), method, key, progress)
    cut = folds(CLOSED_FORM_FOLDS)
    best = gaussian = _fit(cut, "gaussian", key, progress)
    sample = cut[0].sample
    if not has_nonlinear_functions(sample.parts[0].shape[1], sample.effective_size):
        return best
    dictionary = _fit(cut, "dictionary", key, progress, gaussian.losses)
    if _wins(dictionary.losses, best.losses):
        best = dictionary
    if not _worth_a_network(cut, dictionary):
        return best
    cut = folds(NETWORK_FOLDS)
    network = _fit(cut, "network", key, progress)
    rival = _fit(cut, best.method, key, progress, network.gaussian_losses)
    return network if _wins(network.losses, rival.losses) else best


def _fit(
    folds: list[Fold],
    method: str,
    key: PRNGKeyArray,
    progress: AbstractProgress | None,
    gaussian_losses: np.ndarray | None = None,
) -> CrossFit:
    """Fit one family to all folds; the losses of the Gaussian score are taken as given or measured beside it."""
    scores = [
        METHODS[method](_sample(fold, index), named_key(key, f"fold {index}"), progress)
        for index, fold in enumerate(folds)
    ]
    losses = heldout_losses(folds, scores, key)
    if method == "gaussian":
        gaussian_losses = losses
    if gaussian_losses is None:
        gaussian_losses = _fit(folds, "gaussian", key, None).losses
    return CrossFit(method, scores, losses, gaussian_losses)


def _sample(fold: Fold, index: int) -> Sample:
    """The fold's sample; where its training is kept, every fold has a folder of its own."""
    folder = fold.sample.checkpoint
    return fold.sample if folder is None else replace(fold.sample, checkpoint=folder / f"fold-{index}")


def heldout_losses(folds: list[Fold], scores: list[AbstractScore], key: PRNGKeyArray) -> Float[np.ndarray, " parts"]:
    """Implicit loss of each score on the parts of its own fold, in whitened coordinates of the whole
    record."""
    everything = np.concatenate([part for fold in folds for part in fold.held_out])
    whitening = Whitening.of(*moments(everything))
    stride = max(1, len(everything) // _LOSS_STATES)
    return np.concatenate(
        [
            loss_by_part(score, [part[::stride] for part in fold.held_out], whitening, key=named_key(key, "probes"))
            for fold, score in zip(folds, scores, strict=True)
        ]
    )


def _wins(losses: np.ndarray, rival: np.ndarray) -> bool:
    gain, stderr = mean_and_stderr(rival - losses)
    return bool(np.isfinite(gain) and gain > _MARGIN * stderr)


def _worth_a_network(folds: list[Fold], dictionary: CrossFit) -> bool:
    sample = folds[0].sample
    dimension = sample.parts[0].shape[1]
    if sample.effective_size < 200 * np.sqrt(dimension):
        return False
    if dimension > 16:
        return True
    gain, stderr = dictionary.gain()
    if gain < -stderr:
        return True  # the dictionary failed on some fold: there is structure, but not of its kind
    rich = [
        isinstance(s, DictionaryScore) and (s.ridges is not None or s.polynomials.degree > 3) for s in dictionary.scores
    ]
    return sum(rich) * 2 >= len(rich)
