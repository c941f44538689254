"""From a record of a homogeneous field to its response with bands: the whole estimate, on plain arrays."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import PRNGKeyArray

from ...core import AbstractProgress, SilentProgress, map_states, named_key
from ...scores import (
    AbstractFieldFunctions,
    AbstractScore,
    CarriedField,
    FieldSums,
    field_functions,
    filter_loss,
    fit_filters,
    implicit_loss,
    multiplicity,
    score_of_filters,
    to_spectrum,
)
from ...statistics import BlockPlan, Timescales, plan_blocks
from ._advection import SelfAdvection, find_self_advection
from ._estimate import (
    FieldEstimate,
    Reflections,
    estimate_field_response,
    training_parts,
)
from ._sums import Conjugate, FieldValues, LearnedSums, given_sums, learn
from ._timescales import field_timescales

FIELD_METHODS = ("auto", "gaussian", "dictionary", "network")
"""Families of scores for homogeneous fields."""

_DEGREE = 3
_FOLDS = 4
_NETWORK_FOLDS = 2
_BLOCKS = 128
_REGRESSION_NUMBERS = 2e8  # numbers in the lagged tables of all groups: beyond, no regression
_CALIBRATION_STATES = 20_000  # states that calibrate a score whose evaluation is dear
_LOSS_STATES = 512

Train = Callable[[np.ndarray, AbstractScore, PRNGKeyArray], AbstractScore]


class FieldPipeline(NamedTuple):
    """Everything that a report needs, on plain arrays.

    Attributes:
        estimate: The response, over the channels and the grid relative to the pushed point.
        method: Family of the score.
        scores: The score of each fold.
        counts: Number of functions per channel in each shell, of the first fold: those that make the score, or that
            correct a given one.
        loss: Held-out implicit loss per grid point, in units of the inverse variance of the field.
        loss_stderr: Its standard error.
        gaussian_loss: The same of the Gaussian score.
        times: Decorrelation time in steps, effective size.
        slowest_shell: Shell of the slowest mode.
        plan: Blocks and folds.
        functions: The functions.
        advection: Whether the field carries itself along, where that was tested.
    """

    estimate: FieldEstimate
    method: str
    scores: list[AbstractScore]
    counts: np.ndarray
    loss: float
    loss_stderr: float
    gaussian_loss: float
    times: Timescales
    slowest_shell: int
    plan: BlockPlan
    functions: AbstractFieldFunctions
    advection: SelfAdvection | None

    @property
    def gaussian(self) -> np.ndarray:
        """The classical response, same shape as the impulse of the estimate."""
        return self.estimate.classical


class ScoreConjugate:
    """The conjugate observables of a score as spectra: B = -s of every channel."""

    def __init__(self, score: AbstractScore, grid: tuple[int, ...]):
        self.score, self.grid = score, grid

    def __call__(self, fields: np.ndarray) -> np.ndarray:
        """Fields, ``(n, channels, *grid)``, to spectra, ``(n, wavenumbers, channels)``."""
        states = fields.reshape(len(fields), -1)
        values = -map_states(self.score, states, width=16 * self.score.dimension)
        return to_spectrum(values.reshape(fields.shape), self.grid).transpose(0, 2, 1)


def respond_to_field_pushes(
    values: np.ndarray,
    *,
    grid: tuple[int, ...],
    pushed: Sequence[int] = (0,),
    max_lag: int,
    score: str | AbstractScore = "auto",
    key: PRNGKeyArray,
    degree: int | None = None,
    reflections: Reflections | None = None,
    transport: Sequence[float] | None = None,
    lengths: Sequence[float] | None = None,
    train: Train | None = None,
    progress: AbstractProgress | None = None,
) -> FieldPipeline:
    """Estimate the response of a homogeneous field to a unit push of one grid point.

    Cost is linear in the length of the record (up to a logarithm) and in the number of grid points; nothing of size
    state times state is formed.

    Args:
        values: The record, shape ``(member, time, channels, *grid)``; channels are levels or variables along which
            the system is not homogeneous.
        grid: Shape of the periodic grid along which it is homogeneous.
        pushed: Channels to be pushed, each at one grid point.
        max_lag: Largest lag in steps.
        score: ``"gaussian"``, ``"dictionary"``, ``"network"``, ``"auto"`` (the dictionary, whose degree is chosen for
            every shell of wavenumbers, the Gaussian among them), or a score of flat states.
        key: Random key.
        degree: Highest degree of the pointwise functions, 3 by default.
        reflections: Axes along which the system is symmetric under reflection.
        transport: Times for which the field, taken as a vorticity, is carried along by its own flow to make further
            functions (``CarriedField``). By default a field of one channel in two dimensions is tested for whether it
            does carry itself (``_advection``), and the times are taken from the test; an empty sequence is for none.
        lengths: Lengths of the domain along the axes of the grid, for the transport; 2 pi each by default.
        train: Trains a network score from states, a base score and a key; needed for ``"network"``.
        progress: Where progress is shown.

    Returns:
        The estimate with its diagnostics.

    Example:
        >>> import jax, numpy as np
        >>> record = np.random.default_rng(0).standard_normal((4, 200, 1, 8))
        >>> found = respond_to_field_pushes(record, grid=(8,), max_lag=2, key=jax.random.key(0))
        >>> found.estimate.impulse.shape
        (1, 3, 1, 8)
    """
    progress = progress or SilentProgress()
    reflections = reflections or Reflections()
    members, steps, channels = values.shape[:3]
    times, slowest = field_timescales(values, grid)
    folds = _NETWORK_FOLDS if score == "network" else _FOLDS
    gap = math.ceil(2 * times.decorrelation)
    plan = plan_blocks(members, steps, max_lag, gap, folds, _BLOCKS)
    sides = (2 * math.pi,) * len(grid) if lengths is None else tuple(float(length) for length in lengths)
    highest = 1 if score == "gaussian" else (_DEGREE if degree is None else degree)
    inner = field_functions(values, grid, highest)
    record = FieldValues(values, grid, np.asarray(inner.polynomials.centre))
    advection = None
    if transport is None and len(grid) == 2 and channels == 1 and score != "gaussian":
        advection = find_self_advection(record, sides, max_lag)
        transport = advection.times
    functions: AbstractFieldFunctions = inner
    if transport:
        functions = CarriedField(inner, transport, lengths=sides, key=named_key(key, "probes"))
    tables = (max_lag + 1) * np.prod(grid) / 2 * channels * functions.size * folds
    learned = learn(record, plan, functions, max_lag, progress, regress=bool(tables < _REGRESSION_NUMBERS))
    fit = _fit(record, plan, functions, learned, score, reflections, key, train)
    estimate = estimate_field_response(
        record,
        plan,
        functions,
        learned,
        max_lag,
        progress,
        filters=fit.filters,
        given=fit.given,
        pushed=list(pushed),
        effective_size=times.effective_size,
        reflections=reflections,
    )
    return FieldPipeline(
        estimate,
        fit.method,
        fit.scores,
        fit.counts[0],
        fit.loss,
        fit.loss_stderr,
        fit.gaussian_loss,
        times,
        slowest,
        plan,
        functions,
        advection,
    )


class _Fit(NamedTuple):
    method: str
    scores: list[AbstractScore]
    filters: list[np.ndarray]
    counts: list[np.ndarray]
    given: list[Conjugate] | None
    loss: float
    loss_stderr: float
    gaussian_loss: float


def _fit(
    values: FieldValues,
    plan: BlockPlan,
    functions: AbstractFieldFunctions,
    learned: LearnedSums,
    score: str | AbstractScore,
    reflections: Reflections,
    key: PRNGKeyArray,
    train: Train | None,
) -> _Fit:
    """The conjugate observable of each fold: a dictionary in closed form, or a given score with what it lacks."""
    folds = range(plan.folds)
    parts = [training_parts(learned, functions, fold, reflections) for fold in folds]
    nested = functions.nested
    linear = [fit_filters(part, functions, nested=(1,)) for part in parts]
    gaussian_loss, _ = _loss(learned, functions, [f.weights for f in linear])
    if isinstance(score, str):
        closed = [fit_filters(part, functions, nested=nested) for part in parts]
        weights, counts = [f.weights for f in closed], [f.count for f in closed]
        scores: list[AbstractScore] = [score_of_filters(functions, w) for w in weights]
        if score != "network":
            method = "gaussian" if max(int(count.max()) for count in counts) == 1 else "dictionary"
            return _Fit(method, scores, weights, counts, None, *_loss(learned, functions, weights), gaussian_loss)
        assert train is not None
        scores = [
            train(_training_states(values, plan, fold), scores[fold], named_key(key, f"fold {fold}")) for fold in folds
        ]
        method = "network"
    else:
        scores, method = [score] * plan.folds, score.kind
    given: list[Conjugate] = [ScoreConjugate(s, functions.grid) for s in scores]
    stride = max(1, values.members * values.steps // _CALIBRATION_STATES)
    corrections = []
    for fold in folds:
        sums = given_sums(values, plan, functions, given, fold, stride)
        parity = reflections.parity(functions)
        sums = [part.symmetric(functions.grid, reflections.axes, parity) for part in sums]
        corrections.append(fit_filters(sums, functions, nested=nested, given=True))
    counts = [c.count for c in corrections]
    probed = _probed_loss(values, plan, scores, functions, named_key(key, "loss"))
    return _Fit(method, scores, [c.weights for c in corrections], counts, given, *probed, gaussian_loss)


def _loss(learned: LearnedSums, functions: AbstractFieldFunctions, weights: list[np.ndarray]) -> tuple[float, float]:
    """Held-out loss per grid point and channel in units of the inverse variance, and its standard error."""
    found: dict[tuple[int, int], FieldSums] = {}
    for (fold, part, _), sums in learned.equal.items():
        found[fold, part] = found[fold, part] + sums if (fold, part) in found else sums
    many = multiplicity(functions.grid)
    variance = _variance(functions)
    weighted = many[:, None] * variance / (many.sum() * functions.channels)
    losses = np.array(
        [np.sum(weighted * filter_loss(sums, weights[fold])) for (fold, _), sums in found.items()], dtype=float
    )
    return float(losses.mean()), float(losses.std(ddof=1) / np.sqrt(len(losses)))


def _probed_loss(
    values: FieldValues,
    plan: BlockPlan,
    scores: list[AbstractScore],
    functions: AbstractFieldFunctions,
    key: PRNGKeyArray,
) -> tuple[float, float]:
    """The same of any score, by random probes on a sample of each fold."""
    losses = []
    for fold, score in enumerate(scores):
        blocks = [block for block in plan.blocks if block.fold == fold]
        for part in np.array_split(np.arange(len(blocks)), min(4, len(blocks))):
            chosen = [blocks[i] for i in part]
            stride = max(1, sum(b.length for b in chosen) * len(scores) * 4 // _LOSS_STATES)
            states = np.concatenate([values.block(b.member, b.start, b.start + b.length, stride) for b in chosen])
            losses.append(implicit_loss(score, states.reshape(len(states), -1), key=key).mean())
    unit = float(np.mean(_variance(functions))) / scores[0].dimension
    scaled = np.array(losses) * unit
    return float(scaled.mean()), float(scaled.std(ddof=1) / np.sqrt(len(scaled)))


def _variance(functions: AbstractFieldFunctions) -> np.ndarray:
    """Variance of each channel."""
    return np.asarray(functions.polynomials.scale) ** 2


def _training_states(values: FieldValues, plan: BlockPlan, fold: int) -> np.ndarray:
    """Flat states that may teach a fold, in order of time."""
    mask = plan.training(fold)
    return np.concatenate(
        [
            np.asarray(values.values[b.member, b.start : b.start + b.length]).reshape(b.length, -1)
            for b, teaches in zip(plan.blocks, mask, strict=True)
            if teaches
        ]
    )
