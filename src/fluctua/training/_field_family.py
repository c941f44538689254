"""Scores of homogeneous fields: closed forms from sums over parts of a record, and networks on top of them."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import PRNGKeyArray

from ..core import AbstractProgress, SilentProgress, named_key
from ..features import (
    AbstractFieldFunctions,
    FunctionSums,
    field_functions,
    fit_filters,
    loss,
    multiplicity,
    sums_of_fields,
    total,
)
from ..scores import AbstractScore, fit_field_dictionary, implicit_loss, mean_and_stderr, score_of_filters
from ..statistics import timescales
from ._report import TrainingReport
from ._train import fit_field_network_score

FIELD_DEGREE = 3
"""Highest degree of the pointwise functions, unless another one is asked for."""

_PARTS = 8
_CELLS = 16
_COMPARED = 512  # held-out states that the loss of a network is taken from
_PIECES = 8  # contiguous pieces of them, for the standard error


class FieldFit(NamedTuple):
    """A score with its family and its held-out loss, per grid point in units of the inverse variance of the field."""

    score: AbstractScore
    method: str
    loss: float
    loss_stderr: float
    gaussian_loss: float


def fit_field_score(
    values: np.ndarray,
    grid: tuple[int, ...],
    method: str,
    *,
    key: PRNGKeyArray,
    degree: int | None = None,
    checkpoint: Path | None = None,
    progress: AbstractProgress | None = None,
) -> FieldFit:
    """Fit the score of a homogeneous field to a whole record.

    Closed forms are fitted to all of it, and their loss is that of fits to the other parts, part by part. A network is
    fitted to all parts but the last, on which its loss is taken.

    Args:
        values: The record, shape ``(member, time, channels, *grid)``.
        grid: Shape of the periodic grid.
        method: ``"gaussian"``, ``"dictionary"`` (or ``"auto"``: the degree is chosen scale by scale), ``"network"``.
        key: Random key.
        degree: Highest degree of the pointwise functions, 3 by default.
        checkpoint: Folder in which the training of a network is kept.
        progress: Where progress is shown.
    """
    progress = progress or SilentProgress()
    functions = field_functions(values, grid, 1 if method == "gaussian" else degree or FIELD_DEGREE)
    parts = _parts(values)
    sums = []
    with progress.task("summing", len(parts)) as task:
        for part in parts:
            sums.append(total([sums_of_fields(piece, functions) for piece in part]))
            task.advance()
    if method == "network":
        return _fit_network(parts, sums, functions, key, checkpoint, progress)
    fit = fit_filters(sums, functions, nested=functions.nested)
    mean, stderr = mean_and_stderr(_left_out(sums, functions, functions.nested))
    gaussian = mean if functions.nested == (1,) else float(_left_out(sums, functions, (1,)).mean())
    return FieldFit(score_of_filters(functions, fit.weights), family_of([fit.count]), mean, stderr, gaussian)


def family_of(counts: Sequence[np.ndarray]) -> str:
    """The family of closed forms with so many functions in each shell."""
    return "gaussian" if max(int(count.max()) for count in counts) == 1 else "dictionary"


def filter_losses(
    parts: Sequence[FunctionSums], weights: Sequence[np.ndarray], functions: AbstractFieldFunctions
) -> np.ndarray:
    """Loss of each part under its filters, per grid point and channel in units of the inverse variance."""
    many = multiplicity(functions.grid)
    variance = np.asarray(functions.polynomials.scale) ** 2
    unit = many[:, None] * variance / (many.sum() * functions.channels)
    return np.array([np.sum(unit * loss(part, own)) for part, own in zip(parts, weights, strict=True)], float)


def probed_losses(
    score: AbstractScore, states: np.ndarray, functions: AbstractFieldFunctions, key: PRNGKeyArray
) -> np.ndarray:
    """The same of any score at each of some flat states, by random probes."""
    unit = float(np.mean(np.asarray(functions.polynomials.scale) ** 2)) / states.shape[1]
    return unit * implicit_loss(score, states, key=key)


def _parts(values: np.ndarray) -> list[list[np.ndarray]]:
    """About eight parts of the record: whole members, or pieces of members with twice the memory left out between."""
    members, steps = values.shape[:2]
    if members >= _PARTS:
        return [[*group] for group in np.array_split(values, _PARTS)]
    each = -(-_PARTS // members)
    flat = values.reshape(members, steps, -1)
    cells = flat[..., :: max(1, flat.shape[2] // _CELLS)][..., :_CELLS].astype(np.float64)
    gap = math.ceil(2 * timescales(cells).decorrelation)
    # A gap never takes more than a fifth of a part: with a short record some leakage is the lesser evil.
    gap = min(gap, steps // each // 5)
    edges = np.linspace(0, steps, each + 1).astype(int)
    return [[member[edges[i] : edges[i + 1] - (gap if i + 1 < each else 0)]] for member in values for i in range(each)]


def _left_out(sums: list[FunctionSums], functions: AbstractFieldFunctions, nested: tuple[int, ...]) -> np.ndarray:
    """Loss of each part under filters fitted to the others."""
    others = [[*sums[:index], *sums[index + 1 :]] for index in range(len(sums))]
    return filter_losses(sums, [fit_filters(rest, functions, nested=nested).weights for rest in others], functions)


def _fit_network(
    parts: list[list[np.ndarray]],
    sums: list[FunctionSums],
    functions: AbstractFieldFunctions,
    key: PRNGKeyArray,
    checkpoint: Path | None,
    progress: AbstractProgress,
) -> FieldFit:
    base, gaussian = (fit_field_dictionary(sums[:-1], functions, nested) for nested in (functions.nested, (1,)))
    states = [piece.reshape(len(piece), -1) for part in parts[:-1] for piece in part]
    score, _ = fit_field_network_score(
        states, functions.grid, base=base, key=named_key(key, "network"), checkpoint=checkpoint, progress=progress
    )
    unseen = np.concatenate([piece.reshape(len(piece), -1) for piece in parts[-1]])
    compared = unseen[:: max(1, len(unseen) // _COMPARED)].astype(np.float64)
    ours, theirs = (probed_losses(s, compared, functions, named_key(key, "loss")) for s in (score, gaussian))
    pieces = np.array([piece.mean() for piece in np.array_split(ours, _PIECES)])
    return FieldFit(score, "network", float(ours.mean()), mean_and_stderr(pieces)[1], float(theirs.mean()))


Train = Callable[[np.ndarray, AbstractScore, PRNGKeyArray], AbstractScore]
"""Trains a network from flat states on top of a base score."""


def default_training(grid: tuple[int, ...], progress: AbstractProgress, reports: list[TrainingReport]) -> Train:
    """The default training of a field network; what happened is added to ``reports``."""

    def train(states: np.ndarray, base: AbstractScore, key: PRNGKeyArray) -> AbstractScore:
        score, report = fit_field_network_score([states], grid, base=base, key=key, progress=progress)
        reports.append(report)
        return score

    return train
