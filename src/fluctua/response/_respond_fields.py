"""From a record of a homogeneous field to its response with bands, on plain arrays."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import PRNGKeyArray

from ..core import PIECE_NUMBERS, AbstractProgress, AbstractStored, SilentProgress, States, named_key
from ..features import (
    AbstractFieldFunctions,
    CarriedField,
    field_functions,
    fit_filters,
    shells,
    to_spectrum,
)
from ..scores import AbstractScore, fit_field_dictionary, mean_and_stderr, score_of_filters
from ..statistics import MOST_NUMBERS, FoldPlan, Timescales, plan_folds, stretch_places, stretches, timescales
from ..training import (
    FIELD_DEGREE,
    Train,
    TrainingReport,
    default_training,
    family_of,
    filter_losses,
    of_one_fold_each,
    probed_losses,
)
from ._advection import SelfAdvection, find_self_advection
from ._conjugates import Conjugates
from ._estimator import OWN_SHARE, Learned, calibration_sums, learn
from ._fields import FieldBlocks, FieldObservable, FieldValues, Reflections
from ._response import Responses, ScoreSummary, estimate_responses

_FOLDS = 4
_NETWORK_FOLDS = 3
_BLOCKS = 128  # of time, at least
_BLOCK_NUMBERS = 1e6  # in the functions of a block: several times as many take twice as long each, far from the cache
_REGRESSION_NUMBERS = 2e8  # numbers in the lagged tables of all groups: beyond, the regression is learned at fewer lags
_CALIBRATION_STATES = 20_000  # states that calibrate a score whose evaluation is dear
_LOSS_STATES = 512
_TRAINING_NUMBERS = 1 << 27  # of a stored record that a network is trained on
_SERIES_NUMBERS = 1 << 24  # in the series of all modes
_MODES = 24  # modes whose memory is looked at
_CHANNELS = 4
# Steps of the Markov estimate that are tried, in units of its memory: each has a factor of a covariance over the grid.
# What one point conjugates is mostly small scales that forget at once, while a push lives on in the large ones: many
# very short steps add up what the functions do not carry there.
_SHARES = (0.375, 0.75)
_SHORTEST = 4


class FieldDetails(NamedTuple):
    """What is known besides of a homogeneous field.

    Attributes:
        stein: Mean over each shell of the number $\\langle u B^* \\rangle / n$ of the pushed channels, one for a true
            score, before and after calibration, shape ``(2, shells)``.
        counts: Number of functions per channel in each shell, of the first fold: those that make the score, or that
            correct a given one.
        slowest_shell: Shell of the slowest mode.
        functions: The functions.
        advection: Whether the field carries itself along, where that was tested.
        reports: How trainings of networks went.
    """

    stein: np.ndarray
    counts: np.ndarray
    slowest_shell: int
    functions: AbstractFieldFunctions
    advection: SelfAdvection | None
    reports: list[TrainingReport]


def respond_to_field_pushes(
    values: States,
    *,
    grid: tuple[int, ...],
    pushed: Sequence[int] = (0,),
    max_lag: int,
    score: str | AbstractScore = "auto",
    observables: Sequence[FieldObservable] | None = None,
    key: PRNGKeyArray,
    degree: int | None = None,
    reflections: Reflections | None = None,
    transport: Sequence[float] | None = None,
    lengths: Sequence[float] | None = None,
    train: Train | None = None,
    progress: AbstractProgress | None = None,
) -> Responses:
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
        observables: Translation-covariant functions of the field, from ``(n, channels, *grid)`` to
            ``(n, observed, *grid)``; by default the field itself.
        key: Random key.
        degree: Highest degree of the pointwise functions, 3 by default.
        reflections: Axes along which the system is symmetric under reflection.
        transport: Times for which the field, taken as a vorticity, is carried along by its own flow to make further
            functions (``CarriedField``). By default a field of one channel in two dimensions is tested for whether it
            does carry itself (``_advection``), and the times are taken from the test; an empty sequence is for none.
        lengths: Lengths of the domain along the axes of the grid, for the transport; 2 pi each by default.
        train: Trains a network score from states, a base score and a key; the default training by default.
        progress: Where progress is shown.

    Returns:
        The estimate with its diagnostics.

    Example:
        >>> import jax, numpy as np
        >>> record = np.random.default_rng(0).standard_normal((4, 200, 1, 8))
        >>> found = respond_to_field_pushes(record, grid=(8,), max_lag=2, key=jax.random.key(0))
        >>> found.impulse.value.shape
        (1, 3, 1, 8)
    """
    progress = progress or SilentProgress()
    reflections = reflections or Reflections()
    members, steps, channels = values.shape[:3]
    times, slowest = field_timescales(values, grid)
    folds = _NETWORK_FOLDS if score == "network" else _FOLDS
    sides = (2 * math.pi,) * len(grid) if lengths is None else tuple(float(length) for length in lengths)
    highest = 1 if score == "gaussian" else (FIELD_DEGREE if degree is None else degree)
    part = stretches(values)
    functions: AbstractFieldFunctions = field_functions(part, grid, highest)
    record, some = FieldValues(values, grid), FieldValues(part, grid)
    advection = None
    if transport is None and len(grid) == 2 and channels == 1 and score != "gaussian":
        advection = find_self_advection(some, sides, max_lag)
        transport = advection.times
    if transport:
        functions = CarriedField(functions, transport, lengths=sides, key=named_key(key, "probes"))
    blocks = FieldBlocks(record, functions, pushed, reflections, observables, some)
    longest = max(2 * max_lag, int(_BLOCK_NUMBERS / (blocks.shape[0] * blocks.shape[3])))
    target = max(_BLOCKS, members * steps // longest)
    plan = plan_folds(members, steps, max_lag=max_lag, memory=2 * times.decorrelation, folds=folds, target=target)
    learned = learn(blocks, plan, _regression_lags(blocks, max_lag, folds), progress)
    reports: list[TrainingReport] = []
    train = train or default_training(grid, progress, reports)
    fit = _fit(blocks, plan, learned, score, key, train, progress)
    responses, found = estimate_responses(
        blocks,
        plan,
        max_lag,
        fit.conjugates,
        learned,
        fit.summary,
        times,
        progress,
        shares=_SHARES,
        longer=(),
        shortest=_SHORTEST,
    )
    stein = [blocks.by_shell(blocks.stein_numbers(table, found.slopes)) for table in found.linear]
    details = FieldDetails(np.array(stein), fit.counts, slowest, functions, advection, reports)
    return responses._replace(details=details)


def _regression_lags(blocks: FieldBlocks, max_lag: int, folds: int) -> np.ndarray:
    """All lags, or as many of them, evenly spread, as fit into memory."""
    wavenumbers, observed, _, size = blocks.shape
    most = int(_REGRESSION_NUMBERS / (wavenumbers * observed * size * folds))
    return np.unique(np.linspace(0, max_lag, int(np.clip(most, 2, max_lag + 1))).round().astype(int))


class _Fit(NamedTuple):
    summary: ScoreSummary
    conjugates: Conjugates
    counts: np.ndarray


def _fit(
    blocks: FieldBlocks,
    plan: FoldPlan,
    learned: Learned,
    score: str | AbstractScore,
    key: PRNGKeyArray,
    train: Train,
    progress: AbstractProgress,
) -> _Fit:
    """The conjugate observable of each fold: a dictionary in closed form, or a given score with what it lacks."""
    functions = blocks.field_functions
    folds = range(plan.folds)
    held_out = [learned.own_parts(fold) for fold in folds]
    parts = [learned.parts(blocks, fold) for fold in folds]

    def losses(weights: list[np.ndarray]) -> np.ndarray:
        own = [(part, weights[fold]) for fold in folds for part in held_out[fold]]
        return filter_losses([part for part, _ in own], [w for _, w in own], functions)

    gaussian_loss = float(losses([fit_filters(part, functions, nested=(1,)).weights for part in parts]).mean())
    if isinstance(score, str) and score != "network":
        closed = [fit_filters(part, functions, nested=functions.nested) for part in parts]
        weights, counts = [f.weights for f in closed], [f.count for f in closed]
        *shared, whole = [
            fit_filters(learned.parts(blocks, fold, OWN_SHARE), functions, nested=functions.nested).weights
            for fold in (*folds, None)
        ]
        scores: list[AbstractScore] = [score_of_filters(functions, w) for w in weights]
        summary = ScoreSummary(family_of(counts), scores, *mean_and_stderr(losses(weights)), gaussian_loss)
        apart, shared = ([table[:, :, blocks.pushed] for table in tables] for tables in (weights, shared))
        return _Fit(summary, Conjugates(None, shared, whole[:, :, blocks.pushed], apart=apart), counts[0])
    if isinstance(score, AbstractScore):
        method, scores, nested = score.kind, [score] * plan.folds, [dict.fromkeys(folds, score)] * plan.folds
    else:
        own = [_train_on(blocks, plan, learned, fold, train, named_key(key, f"fold {fold}")) for fold in folds]
        method, (scores, nested) = "network", of_one_fold_each(own)
    sums = calibration_sums(blocks, plan, nested, _CALIBRATION_STATES, progress, scores)
    corrections = [fit_filters(parts, functions, nested=functions.nested, given=True) for parts in sums]
    summary = ScoreSummary(method, scores, *_probed_loss(blocks, plan, scores, named_key(key, "loss")), gaussian_loss)
    *weights, whole = [correction.weights for correction in corrections]
    return _Fit(summary, Conjugates(scores, weights, whole), corrections[0].count)


def _train_on(
    blocks: FieldBlocks, plan: FoldPlan, learned: Learned, fold: int, train: Train, key: PRNGKeyArray
) -> AbstractScore:
    """A network trained on one fold alone, less what is near another, on top of the dictionary score of that fold."""
    base = fit_field_dictionary([blocks.symmetric(part) for part in learned.own_parts(fold)], blocks.field_functions)
    chosen = [block for block in plan.blocks if block.fold == fold and not block.near]
    values = blocks.record.values
    numbers = sum(block.length for block in chosen) * int(np.prod(values.shape[2:]))
    if isinstance(values, AbstractStored) and numbers > _TRAINING_NUMBERS:  # as many of them as fit, evenly spread
        kept = max(1, int(len(chosen) * _TRAINING_NUMBERS / numbers))
        chosen = [chosen[place] for place in np.linspace(0, len(chosen) - 1, kept).astype(int)]
    states = [np.asarray(values[b.member, b.start : b.stop]).reshape(b.length, -1) for b in chosen]
    return train(np.concatenate(states), base, key)


def _probed_loss(
    blocks: FieldBlocks, plan: FoldPlan, scores: list[AbstractScore], key: PRNGKeyArray
) -> tuple[float, float]:
    """Held-out loss of any score, by random probes on a sample of each fold, and its standard error."""
    losses = []
    for fold, score in enumerate(scores):
        own = [block for block in plan.blocks if block.fold == fold]
        for part in np.array_split(np.arange(len(own)), min(4, len(own))):
            chosen = [own[i] for i in part]
            stride = max(1, sum(b.length for b in chosen) * len(scores) * 4 // _LOSS_STATES)
            states = np.concatenate([blocks.record.block(b.member, b.start, b.stop, stride) for b in chosen])
            flat = states.reshape(len(states), -1)
            losses.append(probed_losses(score, flat, blocks.field_functions, key).mean())
    return mean_and_stderr(np.array(losses))


def field_timescales(values: States, grid: tuple[int, ...]) -> tuple[Timescales, int]:
    """Timescales of the slowest of a few dozen modes, and the shell it lies in.

    The modes are the largest scales, where slow ones are found, and a spread of smaller ones. Members are independent,
    so the record is worth at least as many states as it has members.

    Args:
        values: The record, shape ``(member, time, channels, *grid)``.
        grid: Shape of the homogeneous grid.
    """
    members, steps, channels = values.shape[:3]
    shell = shells(grid)
    order = np.argsort(shell, kind="stable")
    spread = np.unique(np.geomspace(1, len(order), _MODES // 2).astype(int) - 1)
    chosen = np.unique(np.concatenate([order[: _MODES // 2], order[spread]]))
    some = np.unique(np.linspace(0, channels - 1, min(channels, _CHANNELS)).astype(int))
    width = len(chosen) * len(some) * 2
    places, length = [(member, 0) for member in range(members)], steps
    if values.size > MOST_NUMBERS:
        places, length = stretch_places(members, steps, _SERIES_NUMBERS // width)
    series = np.empty((len(places), length, width))
    for number, (member, start) in enumerate(places):
        for first, stop in _pieces(length, int(np.prod(values.shape[2:])), isinstance(values, AbstractStored)):
            states = np.asarray(values[member, start + first : start + stop][:, some], dtype=np.float64)
            spectra = to_spectrum(states, grid)[..., chosen]
            parts = np.concatenate([np.real(spectra), np.imag(spectra)], axis=-1)
            series[number, first:stop] = parts.reshape(stop - first, -1)
    # Imaginary parts of the mean and the Nyquist modes are zero.
    spread_of = series.std(axis=(0, 1))
    moving = np.flatnonzero(spread_of > 1e-9 * spread_of.max())
    found = timescales(series[:, :, moving])
    mode = moving[found.slowest] % len(chosen)
    size = max(members * steps / (2 * found.decorrelation), float(members))
    return Timescales(found.decorrelation, size, found.slowest), int(shell[chosen[mode]])


def _pieces(steps: int, numbers: int, stored: bool) -> list[tuple[int, int]]:
    """Stretches of so many steps that are read at once: all of them from memory."""
    most = max(1, PIECE_NUMBERS // numbers) if stored else steps
    return [(first, min(first + most, steps)) for first in range(0, steps, most)]
