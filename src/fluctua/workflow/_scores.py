"""Fitted scores as things to inspect, save and pass on."""

from dataclasses import dataclass
from os import PathLike
from typing import Any

import jax
import numpy as np

from ..certify import timescales
from ..core import AbstractProgress, ScoreError, map_states, named_key, version, versions
from ..data import Record, load_arrays, save_arrays, validate
from ..response import cut_folds, has_far_tails, plan_blocks
from ..scores import (
    AbstractScore,
    DictionaryScore,
    FunctionScore,
    GaussianScore,
    KernelScore,
    MixtureScore,
    NetworkScore,
)
from ..training import METHODS, CrossFit, Sample, crossfit
from ._inputs import Anomaly, Data, check_degree, to_record

_KINDS: dict[str, type[AbstractScore]] = {
    kind.kind: kind for kind in (GaussianScore, DictionaryScore, MixtureScore, KernelScore, NetworkScore)
}
SCORE_METHODS = ("auto", *METHODS)
"""Names that ``--score`` and ``fit_score(method=...)`` accept."""


@dataclass(frozen=True)
class FittedScore:
    """A score fitted to a record.

    Args:
        score: The score: maps one state to one vector, ``jax`` all through.
        names: Names of the state variables.
        method: Family that was fitted; what ``auto`` chose.
        heldout_loss: Implicit score-matching loss on states the score was not fitted to; lower is better.
        heldout_stderr: Its standard error.
        gaussian_loss: The loss of the Gaussian score on the same states.
    """

    score: AbstractScore
    names: tuple[str, ...]
    method: str
    heldout_loss: float
    heldout_stderr: float
    gaussian_loss: float

    def __call__(self, states: Any) -> np.ndarray:
        """The score at states, shape ``(..., d)`` to ``(..., d)``."""
        array = np.asarray(states, dtype=np.float64)
        if array.ndim == 0 or array.shape[-1] != len(self.names):
            raise ScoreError(
                f"the states have shape {array.shape}",
                f"the score was fitted on {len(self.names)} variables ({', '.join(self.names[:8])})",
                f"give an array whose last axis has length {len(self.names)}",
            )
        return map_states(self.score, array.reshape(-1, array.shape[-1]), width=64).reshape(array.shape)

    def save(self, path: "str | PathLike[str]", overwrite: bool = False) -> None:
        """Write the score to one file that ``load_score`` reads, without any code in it."""
        save_score(self, path, overwrite=overwrite)


def fit_score(
    data: Data,
    method: str = "auto",
    *,
    seed: int = 0,
    degree: int | None = None,
    variable: str | None = None,
    anomaly: Anomaly = None,
    detrend: bool = False,
    progress: AbstractProgress | None = None,
) -> FittedScore:
    r"""Fit the score of a record, the gradient of the logarithm of its stationary density.

    Args:
        data: A Dataset, a DataArray, a record or the path of a CSV, NetCDF or Zarr.
        method: ``"gaussian"``, ``"dictionary"``, ``"mixture"``, ``"kgmm"``, ``"kernel"``, ``"network"``, or ``"auto"``:
            the one with the smallest loss on held-out parts of the record, never worse than Gaussian.
        seed: Seed of every random choice.
        degree: Total degree of the polynomials of a dictionary score; by default chosen on held-out parts.
        variable: Name of the one gridded variable to use.
        anomaly: Remove the mean seasonal cycle first, by month or day of the year.
        detrend: Remove a linear trend first.
        progress: Where progress is shown.

    Returns:
        The score with its held-out loss.

    Raises:
        FluctuaError: The record or an option cannot be used.

    Example:
        >>> import fluctua
        >>> record = fluctua.simulate("quartic", duration=500.0, members=4, seed=1)
        >>> score = fluctua.fit_score(record, method="dictionary", degree=3)
        >>> bool(abs(score([[1.0]])[0, 0]) < 0.3)  # the true score x - x**3 vanishes at the bottom of the well
        True
    """
    check_method(method)
    record = to_record(data, variable, (), anomaly, detrend)
    validate(record)
    check_degree(degree, record.dimension)
    values, key = record.flat, named_key(jax.random.key(seed), "score")
    times = timescales(values)
    far = has_far_tails(values)
    gap = int(np.ceil(2 * times.decorrelation))

    def cut(folds: int):  # type: ignore[no-untyped-def]
        plan = plan_blocks(record.members, record.steps, 1, gap, folds)
        return cut_folds(values, plan, times.effective_size, far, degree)

    fit: CrossFit = crossfit(cut, method, key=key, progress=progress)
    parts = [part for fold in cut(4) for part in fold.held_out]
    score = METHODS[fit.method](Sample(parts, times.effective_size, far, degree), key, progress)
    loss, stderr = fit.loss()
    return FittedScore(score, record.names, fit.method, loss, stderr, float(fit.gaussian_losses.mean()))


def check_method(method: str) -> None:
    """Refuse a name that is no family of scores."""
    if method not in SCORE_METHODS:
        raise ScoreError(
            f"the score '{method}' was asked for",
            f"a score is one of {', '.join(SCORE_METHODS)}, or the file of a fitted score",
            "choose one of these, or check the path",
        )


def save_score(fitted: FittedScore, path: "str | PathLike[str]", *, overwrite: bool = False) -> None:
    """Write a fitted score to one file: arrays and a JSON header, readable without running code."""
    if type(fitted.score) not in _KINDS.values():
        raise ScoreError(
            "the score is a Python function",
            "only fitted scores have numbers to save",
            "keep the function in your own code",
        )
    header = {
        "kind": fitted.score.kind,
        "names": list(fitted.names),
        "config": fitted.score.config(),
        "method": fitted.method,
        "heldout_loss": fitted.heldout_loss,
        "heldout_stderr": fitted.heldout_stderr,
        "gaussian_loss": fitted.gaussian_loss,
        "versions": versions(),
        "fluctua_version": version(),
    }
    save_arrays(str(path), fitted.score.arrays(), header, overwrite=overwrite)


def load_score(path: "str | PathLike[str]") -> FittedScore:
    """Read a score that ``save_score`` wrote.

    Raises:
        ScoreError: The file is missing, damaged, or not a score.
    """
    arrays, header = load_arrays(str(path))
    try:
        kind = _KINDS[header["kind"]]
        score = kind.restore(arrays, header["config"])
        return FittedScore(
            score,
            tuple(header["names"]),
            header["method"],
            float(header["heldout_loss"]),
            float(header["heldout_stderr"]),
            float(header["gaussian_loss"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ScoreError(
            f"'{path}' lacks or misstates a part of a score ({error})",
            "a complete file written by fluctua is needed",
            "fit the score again with 'fluctua fit-score'",
        ) from error


def score_for(score: Any, record: Record) -> "str | AbstractScore":
    """What the pipeline needs of whatever was given as score: a family name, or a score that fits the record."""
    if isinstance(score, str) and score in SCORE_METHODS:
        return score
    if isinstance(score, str | PathLike):
        if isinstance(score, str) and "." not in score and "/" not in score:
            check_method(score)
        score = load_score(score)
    if isinstance(score, FittedScore):
        if score.names != record.names:
            raise ScoreError(
                f"the score was fitted on the variables {', '.join(score.names[:12])}",
                f"the record has {', '.join(record.names[:12])}, and both must be the same in the same order",
                "fit the score again on this record, or select the same variables",
            )
        score = score.score
    if not isinstance(score, AbstractScore):
        if not callable(score):
            raise ScoreError(
                f"the score is a {type(score).__name__}",
                f"a score is one of {', '.join(SCORE_METHODS)}, a file, a fitted score or a function of one state",
                "give one of these",
            )
        score = FunctionScore(score, record.dimension)
    if score.dimension != record.dimension:
        raise ScoreError(
            f"the score is for {score.dimension} variables but the record has {record.dimension}",
            "both must have the same state variables",
            "fit the score again on this record",
        )
    values = map_states(score, record.flat[0, :16], width=64)
    if values.shape != (min(16, record.steps), record.dimension) or not np.isfinite(values).all():
        raise ScoreError(
            f"the score of the first states has shape {values.shape[1:]} and finite values: "
            f"{np.isfinite(values).all()}",
            f"it must be a finite vector of shape ({record.dimension},) at every state",
            "check the function on the states of the record",
        )
    return score
