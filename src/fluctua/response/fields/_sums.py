r"""The two passes over a record of a homogeneous field.

The first pass takes what can be learned from: equal-time products of the functions, for scores and calibrations, and
their lagged sums with the field, for regressions. The second pass takes the doubly robust estimate of each block with
what was learned elsewhere. Nothing is kept per block: blocks are added up as they come, with the cosine weights that
the bands need. Everything is by wavenumber of the homogeneous grid, averaged over translations by construction.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ...core import AbstractProgress
from ...scores import AbstractFieldFunctions, FieldSums, function_spectra, to_spectrum
from ...statistics import Block, BlockPlan, cosine_weights
from .._lagged import pair_counts
from ._lagged_spectra import lagged_spectra, matched_products

PARTS = 3  # parts of each fold, among which filters are chosen
Key = tuple[int, int, int]  # fold, part, margin
Conjugate = Callable[[np.ndarray], np.ndarray]  # fields (n, channels, *grid) to spectra (n, wavenumbers, channels)


class FieldValues:
    """A record of shape ``(member, time, channels, *grid)``, read one block at a time: it is never copied whole."""

    def __init__(self, values: np.ndarray, grid: tuple[int, ...], centre: np.ndarray):
        self.values, self.grid = values, grid
        self.members, self.steps = values.shape[:2]
        self._centre = np.asarray(centre).reshape(-1, *[1] * len(grid))

    def block(self, member: int, start: int, stop: int, stride: int = 1) -> np.ndarray:
        """States of one member in float64, shape ``(n, channels, *grid)``."""
        return np.asarray(self.values[member, start:stop:stride], dtype=np.float64)

    def spectra(self, states: np.ndarray) -> np.ndarray:
        """Spectra of states less the mean of each channel, shape ``(n, wavenumbers, channels)``."""
        return to_spectrum(states - self._centre, self.grid).transpose(0, 2, 1)


class LearnedSums(NamedTuple):
    """What the first pass found.

    Attributes:
        equal: Equal-time sums by fold, part and margin.
        lagged: Lagged sums of the field with the functions by fold and margin, shape
            ``(lags, wavenumbers, channels, f)``; empty where no regression is wanted.
        pairs: Pairs behind them, shape ``(lags,)``.
    """

    equal: dict[Key, FieldSums]
    lagged: dict[tuple[int, int], np.ndarray]
    pairs: dict[tuple[int, int], np.ndarray]


def may_teach(fold: int, other: int, margin: int) -> bool:
    """Whether blocks of another fold, with that margin, may teach the fold."""
    return other != fold and not (margin == 1 and other == fold - 1) and not (margin == -1 and other == fold + 1)


def learn(
    values: FieldValues,
    plan: BlockPlan,
    functions: AbstractFieldFunctions,
    max_lag: int,
    progress: AbstractProgress,
    *,
    regress: bool,
) -> LearnedSums:
    """The first pass.

    Args:
        values: The record.
        plan: Blocks and folds.
        functions: The functions.
        max_lag: Largest lag in steps.
        progress: Where progress is shown.
        regress: Whether lagged sums are wanted.
    """
    equal: dict[Key, FieldSums] = {}
    lagged: dict[tuple[int, int], np.ndarray] = {}
    pairs: dict[tuple[int, int], np.ndarray] = {}
    with progress.task("learning", len(plan.blocks)) as task:
        for index, (block, part) in enumerate(_with_parts(plan)):
            states = values.block(block.member, block.start, block.start + block.length)
            key, group = (block.fold, part, block.margin), (block.fold, block.margin)
            spectra, slopes = function_spectra(states, functions, index)
            sums = FieldSums.of_spectra(spectra, slopes, functions.grid)
            equal[key] = equal[key] + sums if key in equal else sums
            if regress:
                window = values.block(block.member, block.start, block.start + block.length + max_lag)
                later = values.spectra(window)
                found = lagged_spectra(later, spectra, max_lag)
                if group in lagged:
                    lagged[group] += found
                else:
                    lagged[group] = found
                counts = pair_counts(block.length, values.steps - block.start, max_lag)
                pairs[group] = pairs.get(group, np.zeros(max_lag + 1)) + counts
            task.advance()
    return LearnedSums(equal, lagged, pairs)


def given_sums(
    values: FieldValues,
    plan: BlockPlan,
    functions: AbstractFieldFunctions,
    conjugates: list[Conjugate],
    fold: int,
    stride: int,
) -> list[FieldSums]:
    """Sums of the parts that may calibrate the given conjugate observable of one fold, every ``stride``-th state."""
    found: dict[tuple[int, int], FieldSums] = {}
    for index, (block, part) in enumerate(_with_parts(plan)):
        if not may_teach(fold, block.fold, block.margin):
            continue
        states = values.block(block.member, block.start, block.start + block.length, stride)
        spectra = conjugates[fold](states)
        given, slopes = function_spectra(states, functions, index)
        sums = FieldSums.of_spectra(given, slopes, functions.grid, spectra)
        key = (block.fold, part)
        found[key] = found[key] + sums if key in found else sums
    return list(found.values())


class Averages(NamedTuple):
    """What the second pass found, by wavenumber.

    Attributes:
        robust: Sum of the doubly robust influence, shape ``(lags, wavenumbers, channels, pushed)``.
        rows: The same weighted with each cosine, a leading axis more.
        counts: Sums of the pairs with each cosine, shape ``(cosines, lags)``.
        plug_in: Sum of the field times the score's own conjugate observable.
        classical: Sum of the field times the Gaussian one.
        calibrated: Sum at lag zero of the field times the calibrated one, shape ``(wavenumbers, channels, pushed)``.
        pairs: Pairs, shape ``(lags,)``.
    """

    robust: np.ndarray
    rows: np.ndarray
    counts: np.ndarray
    plug_in: np.ndarray
    classical: np.ndarray
    calibrated: np.ndarray
    pairs: np.ndarray


def average(
    values: FieldValues,
    plan: BlockPlan,
    functions: AbstractFieldFunctions,
    max_lag: int,
    progress: AbstractProgress,
    *,
    filters: list[np.ndarray],
    given: list[Conjugate] | None,
    classical: np.ndarray,
    regressions: list[np.ndarray] | None,
    pushed: list[int],
    effective_size: float,
) -> Averages:
    """The second pass.

    Args:
        values: The record.
        plan: Blocks and folds.
        functions: The functions.
        max_lag: Largest lag in steps.
        progress: Where progress is shown.
        filters: Filters of the functions in the conjugate observable of each fold, ``(wavenumbers, f, channels)``.
        given: A conjugate observable of each fold that the filters correct, if any.
        classical: Filters of the linear functions in the Gaussian conjugate observable of the whole record.
        regressions: Coefficients of the field at each lag on the functions, one table per fold,
            ``(lags, wavenumbers, channels, f)``, if any.
        pushed: Channels that are pushed.
        effective_size: Effective number of independent states.
    """
    grid, channels, q = functions.grid, functions.channels, len(pushed)
    wavenumbers = filters[0].shape[0]
    cosines = cosine_weights(len(plan.blocks), effective_size)
    shape = (max_lag + 1, wavenumbers, channels, q)
    sums = Averages(
        np.zeros(shape, complex),
        np.zeros((len(cosines), *shape), complex),
        np.zeros((len(cosines), max_lag + 1)),
        np.zeros(shape, complex),
        np.zeros(shape, complex),
        np.zeros(shape[1:], complex),
        np.zeros(max_lag + 1),
    )
    points = float(np.prod(grid))
    with progress.task("correlating", len(plan.blocks)) as task:
        for index, block in enumerate(plan.blocks):
            window = values.block(block.member, block.start, block.start + block.length + max_lag)
            states = window[: block.length]
            later = values.spectra(window)
            spectra, slopes = function_spectra(states, functions, index)
            conjugate = np.matmul(spectra.transpose(1, 0, 2), filters[block.fold][:, :, pushed]).transpose(1, 0, 2)
            gaussian = np.matmul(spectra[:, :, :channels].transpose(1, 0, 2), classical[:, :, pushed]).transpose(
                1, 0, 2
            )
            kinds = [conjugate, gaussian]
            if given is not None:
                raw = given[block.fold](states)[:, :, pushed]
                kinds = [conjugate + raw, gaussian, raw]
                conjugate = kinds[0]
            # One call for all: the transforms of the field are taken once.
            lagged = lagged_spectra(later, np.concatenate(kinds, axis=2), max_lag) / points
            influence, linear, plug_in = lagged[..., :q], lagged[..., q : 2 * q], lagged[..., -q:]
            sums.classical[...] += linear
            sums.plug_in[...] += influence if given is None else plug_in
            sums.calibrated[...] += influence[0]
            available = values.steps - block.start
            counts = pair_counts(block.length, available, max_lag)
            if regressions is not None:
                matched = matched_products(spectra, conjugate, available, max_lag) / points
                defect = counts[:, None, None, None] * slopes[:, :, pushed] - matched  # (lags, wavenumbers, f, pushed)
                influence += np.matmul(regressions[block.fold], defect)
            sums.robust[...] += influence
            sums.rows[...] += cosines[:, index, None, None, None, None] * influence
            sums.counts[...] += cosines[:, index, None] * counts
            sums.pairs[...] += counts
            task.advance()
    return sums


def _with_parts(plan: BlockPlan) -> Iterator[tuple[Block, int]]:
    """Each block with the part of its fold that it belongs to."""
    sizes = np.bincount(plan.fold_of(), minlength=plan.folds)
    seen = np.zeros(plan.folds, int)
    for block in plan.blocks:
        yield block, int(seen[block.fold] * PARTS // sizes[block.fold])
        seen[block.fold] += 1
