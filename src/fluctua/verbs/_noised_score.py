"""Noised scores for sampling: fitted to a record, or made of a score from a file."""

import math
from os import PathLike
from typing import NamedTuple

import numpy as np
from jaxtyping import PRNGKeyArray

from .. import training
from ..core import AbstractProgress, ScoreError
from ..data import Record
from ..features import Whitening
from ..noise import AbstractNoiseLaw, noise_law_text
from ..results import AbstractDiagnostic, FittedScore, LightNoise, UnlearnedNetwork, load_score
from ..scores import NetworkScore
from ..scores.noised import AbstractNoisedScore, noise_coordinates
from ..statistics import Timescales, has_far_tails
from ._scores import check_same_variables

# The last step blurs what is narrower than the smallest level, such as the edge of a positive variable. Of the states
# that belong below the 1 % quantile of a gamma variable of shape 0.7, a fourteenth was there at 0.07, the level that
# serves a score, a fourth at 0.03, and at 0.015 as many as sampling leaves open.
_SMALLEST = 0.015
_USUAL_RANGE = 10.0
_LONGEST_RANGE = 300.0
_MOST_STATES = 1_000_000
_REMEDY = (
    "leave --score out to have score and posterior mean fitted, or give a score of 'fluctua fit-score --score network' "
    "or of 'fluctua sample --save-score'"
)


class NoisedSource(NamedTuple):
    """What samplers need of a score, in whitened coordinates.

    Attributes:
        whitening: The coordinates.
        noised: Score and posterior mean in them.
        levels: Smallest and largest noise level that is known, in them.
        learned: Whether the network adds anything to what it is built on.
    """

    whitening: Whitening
    noised: AbstractNoisedScore
    levels: tuple[float, float]
    learned: bool

    def to_record(self, whitened: np.ndarray) -> np.ndarray:
        """Whitened states, shape ``(n, d)``, in the units of the record."""
        return np.linalg.solve(np.asarray(self.whitening.matrix), whitened.T).T + np.asarray(self.whitening.mean)


def fit_noised(
    record: Record, law: AbstractNoiseLaw, times: Timescales, key: PRNGKeyArray, progress: AbstractProgress | None
) -> FittedScore:
    """Score and posterior mean, learned from a record by one network.

    Args:
        record: The record.
        law: The noise law, in whitened coordinates.
        times: What the record is worth.
        key: Random key.
        progress: Where progress is shown.
    """
    flat = record.flat
    stride = -(-flat.shape[0] * flat.shape[1] // _MOST_STATES)
    heavy = has_far_tails(flat) or math.isfinite(law.moment_order)
    states = flat.reshape(-1, record.dimension)
    whitening = noise_coordinates(states, "heavy" if heavy else "light")
    matrix, mean = np.asarray(whitening.matrix), np.asarray(whitening.mean)
    pieces = [(member[::stride] - mean) @ matrix.T for member in flat]
    # A record worth few states supports few steps before the network learns its accidents, as for a network score.
    steps = int(np.clip(3 * times.effective_size, 1500, 6000) // 100) * 100
    config = training.TrainingConfig(
        steps=steps,
        sigma_min=_SMALLEST,
        sigma_max=_range(pieces) if heavy else _USUAL_RANGE,
    )
    tails = "heavy" if heavy else "light"
    noised, report = training.fit_noised_score(pieces, law, key=key, tails=tails, config=config, progress=progress)
    loss, stderr = float(report.heldout_loss.mean()), float(report.heldout_stderr.mean())
    score = NetworkScore(whitening, noised)
    return FittedScore(score, record.names, "noised", loss, stderr, 0.0, record.data_hash, str(record.prepared))


def _range(pieces: list[np.ndarray]) -> float:
    """The largest level for a record with far tails: three times as far as all but one in a thousand values."""
    reach = np.quantile(np.abs(np.concatenate(pieces)), 0.999, axis=0).max()
    return float(np.clip(3.0 * reach, _USUAL_RANGE, _LONGEST_RANGE))


def learning_diagnostics(source: NoisedSource) -> list[AbstractDiagnostic]:
    """What there is to say of a network that was set to zero, because it was no better than what it is built on."""
    law = source.noised.law
    return [] if source.learned else [UnlearnedNetwork(noise_law_text(law), law.kind == "gaussian")]


def tails_diagnostics(record: Record, law: AbstractNoiseLaw) -> list[AbstractDiagnostic]:
    """What there is to say of extremes that noise with all moments does not reach."""
    reached = math.isfinite(law.moment_order) or not has_far_tails(record.flat)
    return [] if reached else [LightNoise(law.kind)]


def noised_source(score: "FittedScore | str | PathLike[str]", record: Record) -> tuple[FittedScore, NoisedSource]:
    """What samplers need, of a fitted score or of its file.

    Args:
        score: A fitted score, or its file.
        record: The record.

    Raises:
        ScoreError: The file cannot be read, the score is for other variables, or not known at noise levels.
    """
    title = "the score" if isinstance(score, FittedScore) else f"the score in '{score}'"
    fitted = score if isinstance(score, FittedScore) else load_score(score)
    check_same_variables(fitted, record.names, record, title, "leave --score out to have one fitted to this record")
    if isinstance(fitted.score, NetworkScore) and isinstance(fitted.score.whitening, Whitening):
        denoiser = fitted.score.denoiser
        denoiser.check_posterior_mean()
        return fitted, NoisedSource(fitted.score.whitening, denoiser, denoiser.levels, denoiser.adds)
    raise ScoreError(
        f"{title} is a {fitted.method} score",
        "states are drawn through noise levels, so the score of the noised record is needed at every level, which "
        "networks alone have learned",
        _REMEDY,
    )
