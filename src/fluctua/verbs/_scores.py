"""Fitted scores as things to inspect, save and pass on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ..core import AbstractProgress, ScoreError, map_states, named, named_key, registered, version, versions
from ..data import Record, load_arrays, save_arrays, validate
from ..scores import AbstractScore, FunctionScore
from ..statistics import has_far_tails, plan_folds, timescales
from ..training import RecordFolds, crossfit, fit_field_score
from ._homogeneous import HomogeneousField, check_channels, check_field_degree
from ._inputs import Anomaly, Data, check_degree, to_record
from ._noise import check_noise, check_tail_index, noise_text


def score_methods() -> tuple[str, ...]:
    """Names that ``--score`` and ``fit_score(method=...)`` accept."""
    return ("auto", *registered("score family"))


def field_methods() -> tuple[str, ...]:
    """Those of them that fit a homogeneous field."""
    return ("auto", *(name for name, entry in registered("score family").items() if entry.facts.get("fields")))


@dataclass(frozen=True)
class FittedScore:
    """A score fitted to a record.

    Args:
        score: The score: maps one state to one vector, ``jax`` all through.
        names: Names of the state variables in the order of the score's states; of a homogeneous field, its other
            dimensions first and the homogeneous ones last.
        method: Family that was fitted; what ``auto`` chose.
        heldout_loss: Implicit score-matching loss on states the score was not fitted to; lower is better. Of a
            homogeneous field it is per grid point, in units of the inverse variance.
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
    homogeneous: Sequence[str] = (),
    anomaly: Anomaly = None,
    detrend: bool = False,
    noise: str | None = None,
    tail_index: float | str | None = None,
    checkpoint: "str | PathLike[str] | None" = None,
    progress: AbstractProgress | None = None,
) -> FittedScore:
    r"""Fit the score of a record, the gradient of the logarithm of its stationary density.

    Args:
        data: A Dataset, a DataArray, a record or the path of a CSV, NetCDF or Zarr.
        method: ``"gaussian"``, ``"dictionary"``, ``"mixture"``, ``"kgmm"``, ``"kernel"``, ``"network"``, or ``"auto"``:
            the one with the smallest loss on held-out parts of the record, never worse than Gaussian. A homogeneous
            field takes ``"gaussian"``, ``"dictionary"``, ``"network"`` or ``"auto"``.
        seed: Seed of every random choice.
        degree: Total degree of the polynomials of a dictionary score; by default chosen on held-out parts.
        variable: Name of the one gridded variable to use.
        homogeneous: Dimensions along which the system is statistically homogeneous and periodic: the score is fitted
            wavenumber by wavenumber.
        anomaly: Remove the mean seasonal cycle first, by month or day of the year.
        detrend: Remove a linear trend first.
        noise: The noise law that a network learns the score with (``method="network"`` alone), such as
            ``"generalised-normal:beta=1.5"`` or ``"student-t:df=4"``; Gaussian by default.
        tail_index: Index of the power-law tails of the record, or ``"estimate"``, for a network: what it is built on
            then falls off as the score of such tails does. Without power-law tails leave it out.
        checkpoint: Folder in which the training of a network is kept as it goes on: the same call after a kill
            resumes it, with the same result to the bit.
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
    check_noise(noise, method, homogeneous)
    index = check_tail_index(tail_index, method, homogeneous)
    record = to_record(data, variable, homogeneous, anomaly, detrend)
    kept = None if checkpoint is None else Path(checkpoint)
    if record.homogeneous:
        return _fit_homogeneous(record, method, seed, degree, kept, progress)
    validate(record)
    check_degree(degree, record.dimension)
    values, key = record.flat, named_key(jax.random.key(seed), "score")
    law = noise_text(noise, record.dimension)
    times = timescales(values)
    far = has_far_tails(values)

    def cut(folds: int) -> RecordFolds:
        plan = plan_folds(record.members, record.steps, max_lag=1, memory=2 * times.decorrelation, folds=folds)
        options = {"degree": degree, "noise": law, "tail_index": index, "checkpoint": kept}
        return RecordFolds(values, plan, times.effective_size, far_tails=far, **options)

    fit = crossfit(cut, method, key=key, nested=False, progress=progress)
    whole = cut(len(fit.scores)).training()
    whole = replace(whole, checkpoint=None if kept is None else kept / "whole")
    score = named("score family", fit.method).member(whole, key, progress)
    loss, stderr = fit.loss()
    return FittedScore(score, record.names, fit.method, loss, stderr, float(fit.gaussian_losses.mean()))


def _fit_homogeneous(
    record: Record,
    method: str,
    seed: int,
    degree: int | None,
    checkpoint: Path | None,
    progress: AbstractProgress | None,
) -> FittedScore:
    check_method(method, field_methods())
    field = HomogeneousField.of(record)
    validate(record)
    check_field_degree(degree)
    key = named_key(jax.random.key(seed), "score")
    check_channels(method, field)
    fit = fit_field_score(
        field.values, field.grid, method, key=key, degree=degree, checkpoint=checkpoint, progress=progress
    )
    return FittedScore(fit.score, field.names, fit.method, fit.loss, fit.loss_stderr, fit.gaussian_loss)


def check_method(method: str, methods: Sequence[str] | None = None) -> None:
    """Refuse a name that is no family of scores, or not one for homogeneous fields."""
    every = score_methods()
    methods = every if methods is None else methods
    if method in every and method not in methods:
        raise ScoreError(
            f"the score '{method}' was asked for a field with homogeneous dimensions",
            f"for such a field a score is one of {', '.join(methods)}, or the file of a fitted score",
            "choose one of these, or leave --homogeneous out to have the field treated cell by cell",
        )
    if method not in every:
        raise ScoreError(
            f"the score '{method}' was asked for",
            f"a score is one of {', '.join(score_methods())}, or the file of a fitted score",
            "choose one of these, or check the path",
        )


def save_score(fitted: FittedScore, path: "str | PathLike[str]", *, overwrite: bool = False) -> None:
    """Write a fitted score to one file: arrays and a JSON header, readable without running code."""
    if fitted.score.kind not in registered("score"):
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
        kinds = registered("score")
        score = kinds[header["kind"]].member.restore(arrays, header["config"])
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


def score_for(
    score: Any, names: tuple[str, ...], states: np.ndarray, methods: Sequence[str] | None = None
) -> "str | AbstractScore":
    """What the pipeline needs of whatever was given as score: a family name, or a score that fits the record.

    Args:
        score: What was given.
        names: Names of the state variables, in the order of the states.
        states: The first states of the record, shape ``(n, d)``, on which a given score is tried.
        methods: Names of the families that can be fitted to this record.
    """
    methods = score_methods() if methods is None else methods
    if isinstance(score, str) and score in methods:
        return score
    if isinstance(score, str | PathLike):
        if isinstance(score, str) and "." not in score and "/" not in score:
            check_method(score, methods)
        score = load_score(score)
    if isinstance(score, FittedScore):
        if score.names != names:
            raise ScoreError(
                f"the score was fitted on the variables {', '.join(score.names[:12])}",
                f"the record has {', '.join(names[:12])}, and both must be the same in the same order",
                "fit the score again on this record, or select the same variables",
            )
        score = score.score
    if not isinstance(score, AbstractScore):
        if not callable(score):
            raise ScoreError(
                f"the score is a {type(score).__name__}",
                f"a score is one of {', '.join(score_methods())}, a file, a fitted score or a function of one state",
                "give one of these",
            )
        score = FunctionScore(score, len(names))
    if score.dimension != len(names):
        raise ScoreError(
            f"the score is for {score.dimension} variables but the record has {len(names)}",
            "both must have the same state variables",
            "fit the score again on this record",
        )
    values = map_states(score, states, width=64)
    if values.shape != states.shape or not np.isfinite(values).all():
        raise ScoreError(
            f"the score of the first states has shape {values.shape[1:]} and finite values: "
            f"{np.isfinite(values).all()}",
            f"it must be a finite vector of shape ({len(names)},) at every state",
            "check the function on the states of the record",
        )
    return score
