"""The verb that fits a score to a record."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Annotated

import jax
import numpy as np

from ..core import (
    AbstractProgress,
    Choice,
    Flag,
    FluctuaWarning,
    Unrecorded,
    checked,
    named,
    named_key,
)
from ..data import validate
from ..results import FittedScore, HomogeneousField
from ..statistics import has_far_tails, plan_folds, timescales
from ..training import RecordFolds, crossfit, fit_field_score
from ._forms import Data
from ._homogeneous import check_channels
from ._inputs import Anomaly, Gaps, Names, Rename, Standardise, check_degree, check_seed, reading, to_record
from ._noise import check_noise, check_tail_index, noise_text
from ._scores import check_method


@checked
def fit_score(
    data: Data,
    method: Annotated[str, Choice("score family", also=("auto",)), Flag("score")] = "auto",
    *,
    seed: int = 0,
    degree: Annotated[int | None, Flag("dictionary-degree")] = None,
    variable: Names = None,
    member: str | None = None,
    drop: Sequence[str] = (),
    rename: Rename = (),
    gaps: Gaps | None = None,
    homogeneous: Sequence[str] = (),
    anomaly: Anomaly = None,
    harmonics: int | None = None,
    cycle: Sequence[float] = (),
    standardise: Standardise = None,
    detrend: bool = False,
    trend_degree: int | None = None,
    missing: Sequence[float] = (),
    keep_outliers: bool = False,
    steps: bool = False,
    skip: int = 0,
    noise: Annotated[str | None, Choice("noise law")] = None,
    tail_index: float | str | None = None,
    checkpoint: Annotated[str | PathLike[str] | None, Unrecorded()] = None,
    progress: Annotated[AbstractProgress | None, Unrecorded()] = None,
) -> FittedScore:
    r"""Fit the score of a record, the gradient of the logarithm of its stationary density.

    Args:
        data: The record: .csv, .nc or .zarr, file.nc:/group, or a pattern such as ``"run*.nc"`` for several, which are
            members, or pieces that follow one another. In Python also a Dataset or DataArray over (``member``,)
            ``time``, a DataFrame or Series, an array (time, variable), a list of these, or a record
            (``fluctua.data.record_from_array`` has names and a time step).
        method: Family of scores; ``"auto"`` is the one with the smallest loss on held-out parts of the record, never
            worse than Gaussian.
        seed: Seed of every random choice.
        degree: Total degree of the polynomials of a dictionary score; by default chosen on held-out parts.
        variable: Variable to use: several that are numbers at each step, or one on a grid.
        member: Dimension of separate runs (of a table, the column) where its name does not say so; none if no
            dimension is one.
        drop: Variable to pass over.
        rename: Another name for a variable or a dimension, as OLD=NEW; the other options use the new one. In Python
            also a mapping.
        gaps: Cut the record into pieces where times or values are missing, and take members of any length with their
            own times; no pair of times crosses a border.
        homogeneous: Periodic, evenly spaced dimension along which the system is statistically the same: the score is
            fitted wavenumber by wavenumber.
        anomaly: Remove the mean seasonal cycle first: month for monthly data, dayofyear (smooth) for shorter
            steps; or the mean daily cycle, hour; dayofyear and hour together let the daily cycle follow the seasons.
        harmonics: Number of harmonics of the smooth cycles that are removed; 4 by default.
        cycle: Period of another cycle to remove, in the time units of the record; no dates are needed, nor that it is a
            whole number of steps.
        standardise: Divide anomalies by the standard deviation of their month or of their time of day; pushes and
            answers are then in these standard deviations.
        detrend: Remove a linear trend first.
        trend_degree: Degree of the polynomial in time that ``detrend`` removes in place of a straight line.
        missing: Number that stands for a missing value, such as -99.9; it becomes a gap.
        steps: Take every row for one step, whatever its time.
        skip: Number of steps to leave out at the beginning.
        keep_outliers: Take values far from all others for measured ones, not for codes.
        noise: Noise law that a network learns the score with, such as ``student-t:df=4``; Gaussian by default.
        tail_index: Index of the power-law tails of the record, such as 4, or ``"estimate"``, for a network: what it is
            built on then falls off as the score of such tails does. Without power-law tails leave it out.
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
    given = dict(locals())
    check_method(method)
    check_seed(seed)
    check_noise(noise, method, homogeneous)
    index = check_tail_index(tail_index, method, homogeneous)
    record = to_record(data, **reading(given))
    for doubt in record.doubts:
        warnings.warn(doubt, FluctuaWarning, stacklevel=3)
    kept = None if checkpoint is None else Path(checkpoint)
    key = named_key(jax.random.key(seed), "score")
    known = {"data_hash": record.data_hash, "prepared": str(record.prepared)}
    if record.homogeneous:
        check_method(method, fields=True)
        field = HomogeneousField.of(record)
        validate(record, keep_outliers=keep_outliers)
        check_degree(degree)
        check_channels(method, field)
        score, chosen, loss, stderr, gaussian = fit_field_score(
            np.asarray(field.values), field.grid, method, key=key, degree=degree, checkpoint=kept, progress=progress
        )
        return FittedScore(score, field.names, chosen, loss, stderr, gaussian, **known)
    validate(record, keep_outliers=keep_outliers)
    check_degree(degree, record.dimension)
    values = record.flat
    times, far = timescales(values, record.borders), has_far_tails(values)
    options = {"degree": degree, "noise": noise_text(noise, record.dimension), "tail_index": index, "checkpoint": kept}

    def cut(folds: int) -> RecordFolds:
        memory, borders = 2 * times.decorrelation, record.borders
        plan = plan_folds(record.members, record.steps, max_lag=1, memory=memory, folds=folds, borders=borders)
        return RecordFolds(values, plan, times.effective_size, far_tails=far, **options)

    fit = crossfit(cut, method, key=key, nested=False, progress=progress)
    whole = cut(len(fit.scores)).training()
    whole = replace(whole, checkpoint=None if kept is None else kept / "whole")
    score = named("score family", fit.method).member(whole, key, progress)
    return FittedScore(score, record.names, fit.method, *fit.loss(), float(fit.gaussian_losses.mean()), **known)
