"""The score of a homogeneous field, fitted to a whole record and judged on parts of it that it has not seen."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import PRNGKeyArray

from ..core import AbstractProgress, OptionError, ScoreError, SilentProgress, named_key
from ..scores import (
    AbstractFieldFunctions,
    AbstractScore,
    FieldSums,
    field_functions,
    filter_loss,
    fit_filters,
    implicit_loss,
    mean_and_stderr,
    multiplicity,
    score_of_filters,
    total,
)
from ..statistics import timescales
from ..training import TrainingReport, fit_field_network_score
from ._homogeneous import HomogeneousField

_PARTS = 8
_CELLS = 16
_DEGREE = 3
_JUDGED = 512  # held-out states on which a network is judged
_PIECES = 8  # contiguous pieces of them, for the standard error

Segment = tuple[int, int, int]  # member, start, stop


class FieldFit(NamedTuple):
    """A score with its family and its held-out loss, per grid point in units of the inverse variance of the field."""

    score: AbstractScore
    method: str
    loss: float
    stderr: float
    gaussian_loss: float


def fit_field(
    field: HomogeneousField,
    method: str,
    *,
    key: PRNGKeyArray,
    degree: int | None,
    checkpoint: Path | None = None,
    progress: AbstractProgress | None,
) -> FieldFit:
    """Fit ``gaussian``, ``dictionary`` (or ``auto``: the degree is chosen scale by scale), or ``network``.

    Closed forms are fitted to the whole record, and judged part by part by fits to the other parts. A network is
    fitted to all parts but the last, which judges it.
    """
    check_channels(method, field)
    progress = progress or SilentProgress()
    values, grid = field.values, field.grid
    functions = field_functions(values, grid, 1 if method == "gaussian" else degree or _DEGREE)
    parts = _parts(values)
    sums = []
    with progress.task("summing", len(parts)) as task:
        for part in parts:
            sums.append(_sums(values, part, functions))
            task.advance()
    if method == "network":
        return _network(values, field, parts, sums, functions, key, checkpoint, progress)
    fit = fit_filters(sums, functions, nested=functions.nested)
    loss, stderr = mean_and_stderr(_losses(sums, functions, functions.nested))
    gaussian = loss if functions.nested == (1,) else float(_losses(sums, functions, (1,)).mean())
    chosen = "gaussian" if int(fit.count.max()) == 1 else "dictionary"
    return FieldFit(score_of_filters(functions, fit.weights), chosen, loss, stderr, gaussian)


def train_field_network(
    states: list[np.ndarray],
    grid: tuple[int, ...],
    base: AbstractScore,
    key: PRNGKeyArray,
    progress: AbstractProgress | None,
    checkpoint: Path | None = None,
) -> tuple[AbstractScore, TrainingReport]:
    """A network on top of a base score, with the default training."""
    return fit_field_network_score(states, grid, base=base, key=key, checkpoint=checkpoint, progress=progress)


def check_field_degree(degree: int | None) -> None:
    """Refuse a degree of the pointwise functions that is out of range."""
    if degree is not None and not 1 <= degree <= 8:
        raise OptionError(
            f"the degree of the dictionary is {degree}",
            "it is a whole number from 1 to 8",
            "give --dictionary-degree 3, or leave it out",
        )


def check_channels(method: object, field: HomogeneousField) -> None:
    """Refuse a network for more than one channel, which none of them takes."""
    if method == "network" and field.channels > 1:
        raise ScoreError(
            f"a network was asked for a field with {field.channels} cells along {', '.join(field.channel_dims)} at "
            "each point of the homogeneous grid",
            "field networks take one",
            "give --score auto, or select one cell along the other dimensions",
        )


def _parts(values: np.ndarray) -> list[list[Segment]]:
    """About eight parts of the record: whole members, or pieces of members with twice the memory left out between."""
    members, steps = values.shape[:2]
    if members >= _PARTS:
        return [[(int(m), 0, steps) for m in group] for group in np.array_split(np.arange(members), _PARTS)]
    each = -(-_PARTS // members)
    flat = values.reshape(members, steps, -1)
    cells = flat[..., :: max(1, flat.shape[2] // _CELLS)][..., :_CELLS].astype(np.float64)
    gap = math.ceil(2 * timescales(cells).decorrelation)
    # A gap never takes more than a fifth of a part: with a short record some leakage is the lesser evil.
    gap = min(gap, steps // each // 5)
    edges = np.linspace(0, steps, each + 1).astype(int)
    return [
        [(member, int(edges[i]), int(edges[i + 1]) - (gap if i + 1 < each else 0))]
        for member in range(members)
        for i in range(each)
    ]


def _sums(values: np.ndarray, part: list[Segment], functions: AbstractFieldFunctions) -> FieldSums:
    pieces = [FieldSums.of(values[member, start:stop], functions) for member, start, stop in part]
    return total(pieces)


def _losses(sums: list[FieldSums], functions: AbstractFieldFunctions, nested: tuple[int, ...]) -> np.ndarray:
    """Loss of each part under filters fitted to the others, shape ``(parts,)``."""
    many = multiplicity(functions.grid)
    variance = np.asarray(functions.polynomials.scale) ** 2
    losses = []
    for index, part in enumerate(sums):
        others = [*sums[:index], *sums[index + 1 :]]
        weights = fit_filters(others, functions, nested=nested).weights
        losses.append(float(np.sum(many[:, None] * filter_loss(part, weights) * variance)))
    return np.array(losses) / (many.sum() * functions.channels)


def _network(
    values: np.ndarray,
    field: HomogeneousField,
    parts: list[list[Segment]],
    sums: list[FieldSums],
    functions: AbstractFieldFunctions,
    key: PRNGKeyArray,
    checkpoint: Path | None,
    progress: AbstractProgress,
) -> FieldFit:
    base, gaussian = (
        score_of_filters(functions, fit_filters(sums[:-1], functions, nested=nested).weights)
        for nested in (functions.nested, (1,))
    )
    states = [values[m, start:stop].reshape(stop - start, -1) for part in parts[:-1] for m, start, stop in part]
    score, _ = train_field_network(states, field.grid, base, named_key(key, "network"), progress, checkpoint)
    unseen = np.concatenate([values[m, start:stop].reshape(stop - start, -1) for m, start, stop in parts[-1]])
    judged = unseen[:: max(1, len(unseen) // _JUDGED)].astype(np.float64)
    unit = float(np.mean(np.asarray(functions.polynomials.scale) ** 2)) / judged.shape[1]
    ours, theirs = (unit * implicit_loss(each, judged, key=named_key(key, "loss")) for each in (score, gaussian))
    pieces = np.array([piece.mean() for piece in np.array_split(ours, _PIECES)])
    return FieldFit(score, "network", float(ours.mean()), mean_and_stderr(pieces)[1], float(theirs.mean()))
