r"""Cross-fitted scores, and the choice among families of scores.

A record is cut into folds; the score of a fold is fitted to its training data, and its implicit score-matching loss is
measured on the fold itself. Families are compared by the loss on all folds together, part by part, so that the
difference of two families has a standard error that respects correlation in time.

What the score of a fold lacks is measured on its training data, by scores that have not seen these either: the score
that is calibrated on fold g for use on fold f was fitted without both. Closed forms are fitted once more for each pair
of folds. Networks are trained on one of three folds each; a fold is given the mean of the two that have not seen it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from ..core import AbstractProgress, named, named_key
from ..features import Whitening, moments
from ..scores import (
    AbstractScore,
    DictionaryScore,
    MeanScore,
    RecordParts,
    has_nonlinear_functions,
    loss_by_part,
    mean_and_stderr,
)
from ._record_folds import RecordFolds

CLOSED_FORM_FOLDS = 4
NETWORK_FOLDS = 3
_LOSS_STATES = 40_000  # states on which losses are compared
_MARGIN = 1.0  # standard errors by which a richer family must win

Cut = Callable[[int], RecordFolds]


class CrossFit(NamedTuple):
    """Scores of all folds under one family.

    Attributes:
        method: Name of the family that was chosen.
        scores: One per fold, fitted without the fold.
        nested: For each fold f, by fold g, a score that was fitted without both.
        losses: Implicit loss on each held-out part, all folds in order.
        gaussian_losses: The same under the Gaussian score.
    """

    method: str
    scores: list[AbstractScore]
    nested: list[dict[int, AbstractScore]]
    losses: np.ndarray
    gaussian_losses: np.ndarray

    @classmethod
    def of_given(cls, score: AbstractScore, folds: RecordFolds, key: PRNGKeyArray) -> "CrossFit":
        """A score that is given, the same for all folds, beside the Gaussian ones."""
        many = folds.folds
        scores = [score] * many
        gaussian = [_fit_one("gaussian", folds, (fold,), key, None) for fold in range(many)]
        losses = [heldout_losses(folds, each, named_key(key, "losses")) for each in (scores, gaussian)]
        return cls(score.kind, scores, [dict.fromkeys(range(many), score)] * many, *losses)

    def loss(self) -> tuple[float, float]:
        """Held-out loss and its standard error."""
        return mean_and_stderr(self.losses)

    def gain(self) -> tuple[float, float]:
        """Gain in held-out loss over the Gaussian score and its standard error, from paired parts."""
        return mean_and_stderr(self.gaussian_losses - self.losses)


def crossfit(
    cut: Cut, method: str, *, key: PRNGKeyArray, nested: bool = True, progress: AbstractProgress | None = None
) -> CrossFit:
    """Fit the scores of all folds.

    Args:
        cut: Cuts the record into a number of folds.
        method: Name of a family, or ``"auto"``.
        key: Random key.
        nested: Whether scores without pairs of folds are wanted, for calibration.
        progress: Where progress is shown.

    Returns:
        The scores; under ``"auto"`` those of the family with the smallest held-out loss, where a richer
        family must beat a simpler one by more than the standard error of the difference. The Gaussian family
        is always among them. A network is trained only where the closed-form dictionary failed or needed more
        than a cubic, which says that there may be structure left to learn, or where there are too many
        variables for a rich dictionary.
    """
    folds = cut(NETWORK_FOLDS if method == "network" else CLOSED_FORM_FOLDS)
    fit = _fit(folds, method, key, progress) if method != "auto" else _best(cut, folds, key, progress)
    return _with_nested(cut, fit, key, progress) if nested else fit


def _best(cut: Cut, folds: RecordFolds, key: PRNGKeyArray, progress: AbstractProgress | None) -> CrossFit:
    best = gaussian = _fit(folds, "gaussian", key, progress)
    data = folds.training(0)
    if not has_nonlinear_functions(data.dimension, data.effective_size):
        return best
    dictionary = _fit(folds, "dictionary", key, progress, gaussian.losses)
    if _wins(dictionary.losses, best.losses):
        best = dictionary
    if not _worth_a_network(data, dictionary):
        return best
    folds = cut(NETWORK_FOLDS)
    network = _fit(folds, "network", key, progress)
    rival = _fit(folds, best.method, key, progress, network.gaussian_losses)
    return network if _wins(network.losses, rival.losses) else best


def _fit(
    folds: RecordFolds,
    method: str,
    key: PRNGKeyArray,
    progress: AbstractProgress | None,
    gaussian_losses: np.ndarray | None = None,
) -> CrossFit:
    """Fit one family to all folds; the losses of the Gaussian score are taken as given or measured beside it."""
    nested: list[dict[int, AbstractScore]] = []
    if method == "network":
        own = [_fit_one(method, folds, _others(folds.folds, fold), key, progress) for fold in range(folds.folds)]
        scores, nested = of_one_fold_each(own)
    else:
        scores = [_fit_one(method, folds, (fold,), key, progress) for fold in range(folds.folds)]
    losses = heldout_losses(folds, scores, named_key(key, "losses"))
    if method == "gaussian":
        gaussian_losses = losses
    if gaussian_losses is None:
        gaussian_losses = _fit(folds, "gaussian", key, None).losses
    return CrossFit(method, scores, nested, losses, gaussian_losses)


def of_one_fold_each(
    own: Sequence[AbstractScore],
) -> tuple[list[AbstractScore], list[dict[int, AbstractScore]]]:
    """From scores that have seen one fold each, those that have not seen fold f, and neither f nor another fold g."""
    count = len(own)
    nested = [{g: own[_others(count, f, g)[0]] for g in _others(count, f)} for f in range(count)]
    return [MeanScore(tuple(found.values())) for found in nested], nested


def _with_nested(cut: Cut, fit: CrossFit, key: PRNGKeyArray, progress: AbstractProgress | None) -> CrossFit:
    """The same with scores for each pair of folds, where it has none yet."""
    if fit.nested:
        return fit
    folds = cut(len(fit.scores))
    pairs = {
        (f, g): _fit_one(fit.method, folds, (f, g), key, progress)
        for f in range(folds.folds)
        for g in range(f + 1, folds.folds)
    }
    nested = [{g: pairs[min(f, g), max(f, g)] for g in range(folds.folds) if g != f} for f in range(folds.folds)]
    return fit._replace(nested=nested)


def _fit_one(
    method: str, folds: RecordFolds, without: tuple[int, ...], key: PRNGKeyArray, progress: AbstractProgress | None
) -> AbstractScore:
    """One score, fitted to the training data of some folds together."""
    data = folds.training(*without)
    if data.checkpoint is not None:
        name = "-".join(str(fold) for fold in without)
        data = replace(data, checkpoint=data.checkpoint / f"without-{name}")
    return named("score family", method).member(data, key, progress)


def _others(count: int, *folds: int) -> tuple[int, ...]:
    return tuple(fold for fold in range(count) if fold not in folds)


def heldout_losses(folds: RecordFolds, scores: list[AbstractScore], key: PRNGKeyArray) -> Float[np.ndarray, " parts"]:
    """Implicit loss of each score on the parts of its own fold, in whitened coordinates of the whole record."""
    held_out = [folds.held_out(fold) for fold in range(folds.folds)]
    everything = np.concatenate([part for parts in held_out for part in parts])
    whitening = Whitening.of(*moments(everything))
    stride = max(1, len(everything) // _LOSS_STATES)
    return np.concatenate(
        [
            loss_by_part(score, [part[::stride] for part in parts], whitening, key=named_key(key, "probes"))
            for parts, score in zip(held_out, scores, strict=True)
        ]
    )


def _wins(losses: np.ndarray, rival: np.ndarray) -> bool:
    gain, stderr = mean_and_stderr(rival - losses)
    return bool(np.isfinite(gain) and gain > _MARGIN * stderr)


def _worth_a_network(data: RecordParts, dictionary: CrossFit) -> bool:
    if data.effective_size < 200 * np.sqrt(data.dimension):
        return False
    if data.dimension > 16:
        return True
    gain, stderr = dictionary.gain()
    if gain < -stderr:
        return True  # the dictionary failed on some fold: there is structure, but not of its kind
    rich = [isinstance(score, DictionaryScore) and score.rich for score in dictionary.scores]
    return sum(rich) * 2 >= len(rich)
