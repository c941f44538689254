r"""The doubly robust response estimator, cross-fitted: one estimator for lists of variables and homogeneous fields.

For the push $u$ with conjugate observable $B$ and the observable $A$ the response is $K(t) = E[A(x_t) B(x_0)]$. With a
regression $\hat g_t = \beta_t^T \varphi$ of $A(x_t)$ on functions of $x_0$, and an approximate $\hat B$,

$$ \hat K(t) = \langle u \cdot \nabla \hat g_t(x_0) \rangle
   + \langle \hat B(x_0) ( A(x_t) - \hat g_t(x_0) ) \rangle, \qquad
   \text{bias} = E[(B - \hat B)(\hat g_t - g_t)], \tag{1} $$

a product of two errors [2]. $\hat B = B^0 + w^T \varphi$ is a given one, of a learned score [1], plus what the
functions add to it (``calibration_sums``); other methods are corners of (1) (``_methods``).

The record is cut into folds of contiguous time: $w$ and $\beta$ are learned from other folds, with a gap, and the
averages are taken on the fold. Only origins with a partner at the lag enter. The sum over a block of time of
$\hat\psi = \hat B (A_t - \hat g_t) + u \cdot \nabla \hat g_t - \hat K$ is its influence; errors in $\hat B$ and
$\hat g$ enter it in second order only, so its long-run variance is the variance of the estimate. Two passes over the
record, all sums in blocks that do not mix (one, or one per wavenumber), nothing kept per block of time.

References:
    [1] Giorgini, Deck, Bischoff and Souza, PRL 133, 267302 (2024), eq. 4. [2] Chernozhukov, Newey and Singh,
    Econometrica 90, 967 (2022), for cross-fitted doubly robust averages of derivatives.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core import AbstractProgress
from ..features import FunctionSums, block_products, solve, total
from ..scores import AbstractScore
from ..statistics import Block, FoldPlan, LongRunMean
from ._blocks import AbstractBlocks
from ._lagged import lagged_products, matched_products, pair_counts
from ._methods import Method

PARTS = 3  # parts of each fold, among which what is learned in closed form is chosen


class Learned(NamedTuple):
    """What the first pass found, for every group of blocks of time that are training data of the same folds.

    Attributes:
        equal: Sums at equal times, by a block's fold, its part of the fold, and the folds near it.
        lagged: $\\sum A_t \\varphi^*$ at the lags of the regression, shape ``(lags, k, p, f)``, by fold and folds near.
        pairs: Pairs behind them, shape ``(lags,)``.
        lags: Those lags, in steps.
    """

    equal: dict[tuple[int, int, tuple[int, ...]], FunctionSums]
    lagged: dict[tuple[int, tuple[int, ...]], np.ndarray]
    pairs: dict[tuple[int, tuple[int, ...]], np.ndarray]
    lags: np.ndarray

    def parts(self, blocks: AbstractBlocks, fold: int | None) -> list[FunctionSums]:
        """Sums over the parts that are training data of a fold, or over all parts."""
        return [blocks.symmetric(sums) for sums in self._merged(lambda own, near: fold not in (own, *near))]

    def own_parts(self, fold: int) -> list[FunctionSums]:
        """Sums over the parts of one fold."""
        return self._merged(lambda own, near: own == fold)

    def _merged(self, used: Callable[[int, tuple[int, ...]], bool]) -> list[FunctionSums]:
        found: dict[tuple[int, int], FunctionSums] = {}
        for (own, part, near), sums in self.equal.items():
            if used(own, near):
                _add(found, (own, part), sums)
        return list(found.values())


def learn(blocks: AbstractBlocks, plan: FoldPlan, lags: np.ndarray, progress: AbstractProgress) -> Learned:
    """The first pass: equal-time sums of the functions, and their lagged sums with the observables."""
    learned = Learned({}, {}, {}, lags)
    max_lag = int(lags[-1])
    with progress.task("learning", len(plan.blocks)) as task:
        for index, (block, part) in enumerate(zip(plan.blocks, plan.parts(PARTS), strict=True)):
            values, slopes = blocks.functions(block.member, block.start, block.stop, index=index, every=True)
            sums = FunctionSums.of(values, slopes, points=int(blocks.points))
            _add(learned.equal, (block.fold, part, block.near), sums)
            later = blocks.observables(block.member, block.start, block.stop + max_lag)
            _add(learned.lagged, (block.fold, block.near), lagged_products(later, values, max_lag)[lags])
            counts = pair_counts(block.length, blocks.steps - block.start, max_lag)[lags]
            _add(learned.pairs, (block.fold, block.near), counts)
            task.advance()
    return learned


def calibration_sums(
    blocks: AbstractBlocks,
    plan: FoldPlan,
    nested: Sequence[dict[int, AbstractScore]],
    states: int,
    progress: AbstractProgress,
) -> list[list[FunctionSums]]:
    """For each fold, sums over the parts of its training data from which it is learned what its score lacks.

    Args:
        blocks: The record.
        plan: Its blocks of time and folds.
        nested: For each fold f, by fold g, the score that has seen neither and stands for the score of f on g.
        states: About how many states are enough.
        progress: Where progress is shown.
    """
    stride = max(1, blocks.members * blocks.steps // states)
    found: list[dict[tuple[int, int], FunctionSums]] = [{} for _ in nested]
    with progress.task("calibrating", len(plan.blocks)) as task:
        for index, (block, part) in enumerate(zip(plan.blocks, plan.parts(PARTS), strict=True)):
            place = block.member, block.start, block.stop
            values, slopes = blocks.functions(*place, stride=stride, index=index)
            known: dict[int, np.ndarray] = {}
            for fold in filter(block.trains, range(plan.folds)):
                score = nested[fold][block.fold]
                if id(score) not in known:
                    known[id(score)] = blocks.conjugate(score, *place, stride=stride)
                sums = FunctionSums.of(values, slopes, known[id(score)], int(blocks.points))
                _add(found[fold], (block.fold, part), sums)
            task.advance()
    return [[blocks.symmetric(sums) for sums in parts.values()] for parts in found]


def regression(blocks: AbstractBlocks, learned: Learned, fold: int, used: int, effective_size: float) -> np.ndarray:
    r"""Coefficients $\beta_t$ of the observables on the first ``used`` functions, learned without the fold.

    Directions with less variance than one over the effective size cannot be told from noise and have a ridge; the
    linear functions have none: with them the response of a state variable at lag zero is the identity.

    Returns:
        Shape ``(lags, k, p, used)``.
    """
    groups = [key for key in learned.lagged if key[0] != fold and fold not in key[1]]
    pairs = np.maximum(sum(learned.pairs[key] for key in groups), 1.0)[:, None, None, None]
    right = blocks.symmetric_lagged(sum(learned.lagged[key] for key in groups) / pairs)[..., :used]
    equal = total(learned.parts(blocks, fold))
    gram = equal.products[:, :used, :used] / equal.count * blocks.points
    lags, wavenumbers, observed, _ = right.shape
    columns = right.transpose(1, 3, 0, 2).reshape(wavenumbers, used, -1)
    ridge = np.where(np.arange(used) < blocks.linear, 1e-12, 1 / effective_size)
    solution = solve(gram, columns, ridge).reshape(wavenumbers, used, lags, observed)
    return np.ascontiguousarray(solution.transpose(2, 0, 3, 1))


class Conjugates(NamedTuple):
    """The conjugate observable of each fold: what is given of it, and the weights of the functions.

    Attributes:
        given: Scores fitted without the fold; none where the functions alone make the conjugate observable.
        weights: Shape ``(k, f, q)`` each.
    """

    given: list[AbstractScore] | None
    weights: list[np.ndarray]


class Averages(NamedTuple):
    """What the second pass found.

    Attributes:
        means: The response by each method over ``(lags, k, p, q)``, by its name.
        linear: $\\langle \\varphi B^* \\rangle$ of the linear functions with the conjugate observables of the score and
            the calibrated ones, shape ``(k, linear, q)`` each.
        slopes: Mean slopes of the linear functions, shape ``(k or 1, linear, q)``.
    """

    means: dict[str, LongRunMean]
    linear: tuple[np.ndarray, np.ndarray]
    slopes: np.ndarray


def average(
    blocks: AbstractBlocks,
    plan: FoldPlan,
    max_lag: int,
    methods: tuple[Method, ...],
    conjugates: Conjugates,
    learned: Learned,
    effective_size: float,
    progress: AbstractProgress,
) -> Averages:
    """The second pass: (1) and its corners, each block of time with what was learned without its fold."""
    wavenumbers, observed, q, size = blocks.shape
    shape = (max_lag + 1, wavenumbers, observed, q)
    count = len(plan.blocks)
    means = {m.name: LongRunMean(count, effective_size, shape, blocks.dtype, bands=m.bands) for m in methods}
    linear: list[np.ndarray] = [np.zeros(1), np.zeros(1), np.zeros(1)]
    states, current, coefficients = 0, -1, {}
    with progress.task("correlating", count) as task:
        for index, block in enumerate(plan.blocks):
            if block.fold != current:
                current = block.fold
                sizes = {"linear": blocks.linear, "all": size}
                wanted = {m.functions for m in methods} - {"none"}
                coefficients = {n: regression(blocks, learned, current, sizes[n], effective_size) for n in wanted}
            values, slopes = blocks.functions(block.member, block.start, block.stop, index=index)
            kinds = _conjugates(blocks, block, values, conjugates)
            later = blocks.observables(block.member, block.start, block.stop + max_lag)
            # One call for all kinds: the transforms of the observables are taken once.
            lagged = lagged_products(later, np.concatenate(list(kinds.values()), axis=2), max_lag) / blocks.points
            found = dict(zip(kinds, np.split(lagged, len(kinds), axis=3), strict=True))
            for table in (kinds, found):  # without a given part the functions make the score
                table.setdefault("score", table["calibrated"])
            available = blocks.steps - block.start
            pairs = pair_counts(block.length, available, max_lag)
            for method in methods:
                influence = found.get(method.conjugate, 0.0)
                if method.functions != "none":
                    beta = coefficients[method.functions]
                    used = beta.shape[3]
                    defect = pairs[learned.lags, None, None, None] * slopes[:, :used]
                    if method.conjugate != "none":
                        kind = kinds[method.conjugate]
                        matched = matched_products(values[:, :, :used], kind, available, learned.lags)
                        defect = defect - matched / blocks.points
                    influence = influence + _at_every_lag(np.matmul(beta, defect), learned.lags)
                means[method.name].add(index, np.asarray(influence), pairs)
            own = values[:, :, : blocks.linear]
            for place, kind in enumerate(("score", "calibrated")):
                linear[place] = linear[place] + block_products(own, kinds[kind]) / blocks.points
            linear[2] = linear[2] + block.length * slopes[:, : blocks.linear]
            states += block.length
            task.advance()
    return Averages(means, (linear[0] / states, linear[1] / states), linear[2] / states)


def _conjugates(
    blocks: AbstractBlocks, block: Block, values: np.ndarray, conjugates: Conjugates
) -> dict[str, np.ndarray]:
    """The conjugate observables of one block of time, by kind."""
    place = block.member, block.start, block.stop
    weights = conjugates.weights[block.fold]
    added = np.matmul(values.transpose(1, 0, 2), weights).transpose(1, 0, 2)
    kinds = {"calibrated": added, "gaussian": blocks.gaussian(values, *place)}
    if conjugates.given is None:
        return kinds
    score = blocks.conjugate(conjugates.given[block.fold], *place)
    return kinds | {"calibrated": score + added, "score": score}


def _at_every_lag(table: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """A table at some lags, linear between them; the first lag is zero."""
    every = np.arange(lags[-1] + 1)
    if len(every) == len(lags):
        return table
    left = np.clip(np.searchsorted(lags, every, side="right") - 1, 0, len(lags) - 2)
    share = ((every - lags[left]) / (lags[left + 1] - lags[left]))[:, None, None, None]
    return (1 - share) * table[left] + share * table[left + 1]


def _add(sums: dict[Any, Any], key: Any, value: Any) -> None:
    sums[key] = sums[key] + value if key in sums else value
