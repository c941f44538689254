r"""The doubly robust response estimator, cross-fitted: one estimator for lists of variables and homogeneous fields.

For the push $u$ with conjugate observable $B$ and the observable $A$ the response is $K(t) = E[A(x_t) B(x_0)]$. With a
regression $\hat g_t = \beta_t^T \varphi$ of $A(x_t)$ on functions of $x_0$, and an approximate $\hat B$,

$$ \hat K(t) = \langle u \cdot \nabla \hat g_t(x_0) \rangle
   + \langle \hat B(x_0) ( A(x_t) - \hat g_t(x_0) ) \rangle, \qquad
   \text{bias} = E[(B - \hat B)(\hat g_t - g_t)], \tag{1} $$

a product of two errors [2]. $\hat B = B^0 + w^T \varphi$ is a given one, of a learned score [1], plus what the
functions add to it (``calibration_sums``); other methods are corners of (1) (``_methods``).

The averages are taken with $w$ and $\beta$ learned from the whole record: (1) then obeys the Stein identity with every
function, and its noise does not have that of a smaller training set twice. What that hides from the residuals is put
back in the band. The sum over a block of time of $\hat\psi = \hat B (A_t - \hat g_t) + u \cdot \nabla \hat g_t -
\hat K$ is its influence, whose long-run variance is the variance of the estimate. Coefficients that have seen the block
leave too little of it: a residual that is $e$ with those of other folds is $(1 - h) e$ with those of the whole record,
h being the block's leverage, and its variance $\sigma^2 / (1 - h)$ or $(1 - h) \sigma^2$ instead of $\sigma^2$ [3].
Neither their mean nor the other folds alone will do where a single state decides about a function, as that farthest out
does about high powers: there h is nearly one, and what other folds foretell about it has no bound. So the states of the
own fold, and those near it, count by a share $\omega$ in the coefficients of its influence:

$$ e_\omega = \frac{1 - h}{1 - (1 - \omega) h}\, e, \qquad
   \mathrm{Var}\, e_\omega = \frac{1 - h}{(1 - (1 - \omega) h)^2}\, \sigma^2, $$

which is right to first order for $\omega = 1/2$, and for $\omega = 1/3$ between .92 and 1.125 of $\sigma^2$ up to a
leverage of .8. Nothing is larger than three times what is left of it. Only origins with a partner at the lag enter. All
sums are in blocks that do not mix (one, or one per wavenumber), and nothing is kept per block of time.

If the recorded state is Markov there is a quieter average of the same nuisances, (2) in ``_markov``.

References:
    [1] Giorgini, Deck, Bischoff and Souza, PRL 133, 267302 (2024), eq. 4. [2] Chernozhukov, Newey and Singh,
    Econometrica 90, 967 (2022), for doubly robust averages of derivatives. [3] MacKinnon and White, *Some
    heteroskedasticity-consistent covariance matrix estimators*, Journal of Econometrics 29, 305 (1985), eqs. 2 to 11.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Inexact

from ..core import AbstractProgress
from ..features import FunctionSums, block_products, right_side, solve, total
from ..scores import AbstractScore
from ..statistics import Block, Estimate, FoldPlan, LongRunMean, counted, integrated_time
from ._blocks import AbstractBlocks
from ._conjugates import Conjugates
from ._lagged import lagged_products, matched_products, pair_counts
from ._markov import Carried, markov_name, markov_summands
from ._methods import Method
from ._passes import Numbered, over_blocks

RIDGE = 1e-4  # of the mean square of a function: directions with less than that of the variance are held back
OWN_SHARE = 1 / 3  # by which states count in the coefficients of their own influence


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

    def parts(self, blocks: AbstractBlocks, fold: int | None, share: float = 0.0) -> list[FunctionSums]:
        """Sums over the parts that are training data of a fold and, by a share, over the others; or over all parts."""
        found = self._merged(lambda own, near: counted(own, near, fold, share))
        return [blocks.symmetric(sums) for sums in found]

    def own_parts(self, fold: int) -> list[FunctionSums]:
        """Sums over the parts of one fold."""
        return self._merged(lambda own, near: float(own == fold))

    def _merged(self, share: Callable[[int, tuple[int, ...]], float]) -> list[FunctionSums]:
        found: dict[tuple[int, int], FunctionSums] = {}
        for (own, part, near), sums in self.equal.items():
            if counts := share(own, near):
                _add(found, (own, part), sums if counts == 1 else sums.times(counts))
        return list(found.values())


def learn(blocks: AbstractBlocks, plan: FoldPlan, lags: np.ndarray, progress: AbstractProgress) -> Learned:
    """The first pass: equal-time sums of the functions, and their lagged sums with the observables."""
    learned = Learned({}, {}, {}, lags)
    work = functools.partial(_learn_some, lags=lags)
    for found in over_blocks(blocks, plan, "learning", progress, work, int(lags[-1])):
        for sums, more in zip(learned[:3], found[:3], strict=True):
            _add_all(sums, more)
    return learned


def _learn_some(blocks: AbstractBlocks, some: list[Numbered], given: None, lags: np.ndarray) -> Learned:
    learned, max_lag = Learned({}, {}, {}, lags), int(lags[-1])
    for index, part, block in some:
        values, slopes = blocks.functions(block.member, block.start, block.stop, index=index, every=True)
        instruments = blocks.instruments(values, block.member, block.start, block.stop)
        sums = FunctionSums.of(values, slopes, points=int(blocks.points), instruments=instruments)
        _add(learned.equal, (block.fold, part, block.near), sums)
        later = blocks.observables(block.member, block.start, min(block.stop + max_lag, block.end))
        _add(learned.lagged, (block.fold, block.near), lagged_products(later, instruments, max_lag)[lags])
        counts = pair_counts(block.length, block.end - block.start, max_lag)[lags]
        _add(learned.pairs, (block.fold, block.near), counts)
    return learned


def calibration_sums(
    blocks: AbstractBlocks,
    plan: FoldPlan,
    nested: Sequence[dict[int, AbstractScore]],
    states: int,
    progress: AbstractProgress,
    scores: Sequence[AbstractScore],
) -> list[list[FunctionSums]]:
    """For each fold, sums over the parts of its training data from which it is learned what its score lacks.

    Data that are none count by their share, with the score that has not seen them. The last list is of the sums over
    all parts with the score of each part's fold.

    Args:
        blocks: The record.
        plan: Its blocks of time and folds.
        nested: For each fold f, by fold g, the score that has seen neither and stands for the score of f on g.
        scores: The score that has not seen each fold.
        states: About how many states are enough.
        progress: Where progress is shown.
    """
    found: list[dict[tuple[int, int], FunctionSums]] = [{} for _ in (*nested, scores)]
    work = functools.partial(_calibrate_some, stride=max(1, blocks.members * blocks.steps // states))
    for more in over_blocks(blocks, plan, "calibrating", progress, work, 0, lambda fold: (nested, scores)):
        for sums, others in zip(found, more, strict=True):
            _add_all(sums, others)
    return [[blocks.symmetric(sums) for sums in parts.values()] for parts in found]


def _calibrate_some(
    blocks: AbstractBlocks,
    some: list[Numbered],
    given: tuple[Sequence[dict[int, AbstractScore]], Sequence[AbstractScore]],
    stride: int,
) -> list[dict[tuple[int, int], FunctionSums]]:
    nested, scores = given
    found: list[dict[tuple[int, int], FunctionSums]] = [{} for _ in (*nested, scores)]
    for index, part, block in some:
        place = block.member, block.start, block.stop
        values, slopes = blocks.functions(*place, stride=stride, index=index)
        known: dict[int, FunctionSums] = {}
        for fold, inner in enumerate([*nested, {}]):
            score = inner[block.fold] if fold < len(nested) and block.trains(fold) else scores[block.fold]
            if id(score) not in known:
                conjugate = blocks.conjugate(score, *place, stride=stride)
                known[id(score)] = FunctionSums.of(values, slopes, conjugate, int(blocks.points))
            sums, share = known[id(score)], counted(block.fold, block.near, fold, OWN_SHARE)
            _add(found[fold], (block.fold, part), sums if share == 1 else sums.times(share))
    return found


def regression(blocks: AbstractBlocks, learned: Learned, fold: int | None, used: int) -> np.ndarray:
    r"""Coefficients $\beta_t$ of the observables on the first ``used`` functions, of all or for a fold's influence.

    The linear functions have no ridge: with them the response of a state variable at lag zero is the identity.

    Returns:
        Shape ``(lags, k, p, used)``.
    """
    shares = {key: counted(*key, fold, OWN_SHARE) for key in learned.lagged}
    pairs = np.maximum(sum(share * learned.pairs[key] for key, share in shares.items()), 1.0)[:, None, None, None]
    lagged = sum(share * learned.lagged[key] for key, share in shares.items())
    right = blocks.symmetric_lagged(lagged / pairs)[..., :used]
    lags, wavenumbers, observed, _ = right.shape
    columns = right.transpose(1, 3, 0, 2).reshape(wavenumbers, used, -1)
    sums = total(learned.parts(blocks, fold, OWN_SHARE))
    solution = on_functions(blocks, sums._replace(products=sums.products.transpose(0, 2, 1).conj()), columns)
    solution = solution.reshape(wavenumbers, used, lags, observed)
    return np.ascontiguousarray(solution.transpose(2, 0, 3, 1))


def unreached(blocks: AbstractBlocks, learned: Learned) -> np.ndarray:
    r"""By how much the last functions moved the estimate (1) that is made of functions alone.

    Where $\hat B = w^T \varphi$ obeys the Stein identity with the functions of the regression, (1) is $\beta_t^T
    \langle u \cdot \nabla \varphi \rangle$. What functions that are not there would add is of the kind of what the
    last of those that are there have added to the coarser ones, and most often less.

    Returns:
        Shape ``(lags, k, p, q)``.
    """
    sums = total(learned.parts(blocks, None))
    slopes = sums.slopes / sums.count
    fine, coarse = (regression(blocks, learned, None, used) for used in (blocks.shape[3], blocks.coarser))
    return _at_every_lag(np.matmul(fine, slopes) - np.matmul(coarse, slopes[:, : blocks.coarser]), learned.lags)


def on_functions(
    blocks: AbstractBlocks, sums: FunctionSums, right: Inexact[np.ndarray, "k f c"]
) -> Inexact[np.ndarray, "k f c"]:
    r"""The coefficients $G^{-1} r$ of the leading functions, as many as r has, with a ridge but for the linear ones."""
    used = right.shape[1]
    gram = sums.products[:, :used, :used] / sums.count * blocks.points
    return solve(gram, right, np.where(np.arange(used) < blocks.linear, 1e-12, RIDGE))


def representer(blocks: AbstractBlocks, parts: Sequence[FunctionSums]) -> Inexact[np.ndarray, "k f q"]:
    r"""The weights w for which $B^0 + w^T \varphi$ obeys the Stein identity with every function."""
    sums = total(parts)
    return on_functions(blocks, sums, right_side(sums) * blocks.points)


def carry(
    blocks: AbstractBlocks, plan: FoldPlan, conjugates: Conjugates, max_lag: int, progress: AbstractProgress
) -> Carried:
    """The middle pass: lagged sums of the functions with the conjugate observables learned from the whole record."""
    carried = Carried({}, {}, np.zeros(0))
    work = functools.partial(_carry_some, max_lag=max_lag)
    for found in over_blocks(blocks, plan, "carrying", progress, work, max_lag, lambda fold: conjugates):
        _add_all(carried.sums, found.sums)
        _add_all(carried.pairs, found.pairs)
    # The memory of B = w phi, as far as the functions make it.
    every = sum(carried.sums.values()) / np.maximum(sum(carried.pairs.values()), 1.0)[:, None, None, None]
    covariance = np.einsum("kfq,lkfq->lq", conjugates.whole, every, optimize=True).real
    memory = [integrated_time(one / one[0]) if one[0] > 0 else 0.5 for one in covariance.T]
    return carried._replace(memory=np.array(memory))


def _carry_some(blocks: AbstractBlocks, some: list[Numbered], conjugates: Conjugates, max_lag: int) -> Carried:
    carried = Carried({}, {}, np.zeros(0))
    for index, _, block in some:
        values, _ = blocks.functions(block.member, block.start, block.stop, index=index)
        window = _followed(blocks, block, values, max_lag, index)
        score = conjugates.of_score(blocks, block) if conjugates.based else None
        instruments = blocks.instruments(values, block.member, block.start, block.stop)
        conjugate = conjugates.calibrated(instruments, score, None)
        key = block.fold, block.near
        _add(carried.sums, key, lagged_products(window, conjugate, max_lag))
        _add(carried.pairs, key, pair_counts(block.length, block.end - block.start, max_lag))
    return carried


class Nuisances(NamedTuple):
    """What is learned from the whole record, or for the influence of one fold, whose states count by their share.

    Attributes:
        fold: That fold.
        regressions: $\\beta$ on the linear functions and on all, shape ``(lags, k, p, f)`` each.
        every: The same on all functions at every lag, where (2) is asked for.
        carried: $\\gamma$ of (2) for each step, shape ``(k, f, j q)``.
    """

    fold: int | None
    regressions: dict[str, np.ndarray]
    every: np.ndarray
    carried: dict[int, np.ndarray]


def nuisances(
    blocks: AbstractBlocks,
    learned: Learned,
    wanted: set[str],
    carried: Carried | None,
    ladder: Sequence[int],
    fold: int | None,
) -> Nuisances:
    """Solve for all of them."""
    sizes = {"linear": blocks.linear, "all": blocks.shape[3]}
    found = {name: regression(blocks, learned, fold, sizes[name]) for name in wanted}
    if carried is None or not ladder:
        return Nuisances(fold, found, np.zeros(0), {})
    gram = total(learned.parts(blocks, fold, OWN_SHARE))
    gammas = {step: on_functions(blocks, gram, carried.right(step, fold, OWN_SHARE)) for step in ladder}
    return Nuisances(fold, found, _at_every_lag(found["all"], learned.lags), gammas)


class Averages(NamedTuple):
    """What the second pass found.

    Attributes:
        means: The response by each method over ``(lags, k, p, q)``, by its name.
        linear: $\\langle \\varphi B^* \\rangle$ of the linear functions with the conjugate observables of the score and
            the calibrated ones, shape ``(k, linear, q)`` each.
        slopes: Mean slopes of the linear functions, shape ``(k or 1, linear, q)``.
        chance: The same with the Gaussian conjugate observable, whose uncertainty says by how much identities of a list
            of variables are missed by chance; that of a field is not kept.
    """

    means: dict[str, LongRunMean]
    linear: tuple[np.ndarray, np.ndarray]
    slopes: np.ndarray
    chance: Estimate


def average(
    blocks: AbstractBlocks,
    plan: FoldPlan,
    max_lag: int,
    methods: tuple[Method, ...],
    conjugates: Conjugates,
    learned: Learned,
    progress: AbstractProgress,
    carried: Carried | None = None,
    ladder: Sequence[int] = (),
) -> Averages:
    """The last pass: (1) and its corners, and (2) for every step of a ladder, with the influence of each."""
    wavenumbers, observed, q, _ = blocks.shape
    shape = (max_lag + 1, wavenumbers, observed, q)
    count = len(plan.blocks)
    means = {m.name: LongRunMean(count, np.inf, shape, blocks.dtype, bands=m.bands) for m in methods}
    means |= {markov_name(step): LongRunMean(count, np.inf, shape, blocks.dtype) for step in ladder}
    linear: list[np.ndarray] = [np.zeros(1), np.zeros(1), np.zeros(1)]
    chance = LongRunMean(count, np.inf, (wavenumbers, blocks.linear, q), blocks.dtype, bands=wavenumbers == 1)
    wanted = {m.functions for m in methods} - {"none"}
    whole, states = nuisances(blocks, learned, wanted, carried, ladder, None), 0

    def given(fold: int) -> tuple[Conjugates, Nuisances, Nuisances]:
        return conjugates, whole, nuisances(blocks, learned, wanted, carried, ladder, fold)

    work = functools.partial(_average_some, max_lag=max_lag, methods=methods, lags=learned.lags)
    for group in over_blocks(blocks, plan, "correlating", progress, work, max_lag, given):
        for found in group:
            for name, (own, pairs, influence) in found.sums.items():
                means[name].add(found.number, own, pairs, influence)
            chance.add(found.number, found.linear[2], np.full(wavenumbers, float(found.states)))
            for place, more in enumerate((*found.linear[:2], found.slopes)):
                linear[place] = linear[place] + more
            states += found.states
    return Averages(means, (linear[0] / states, linear[1] / states), linear[2] / states, chance.estimate())


class _OfBlock(NamedTuple):
    """What the last pass found in one block of time: by the name of a method the sums, their pairs and influence; the
    products of the linear functions with the conjugates of the score, the calibrated and the Gaussian ones."""

    number: int
    states: int
    sums: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
    linear: tuple[np.ndarray, np.ndarray, np.ndarray]
    slopes: np.ndarray


def _average_some(
    blocks: AbstractBlocks,
    some: list[Numbered],
    given: tuple[Conjugates, Nuisances, Nuisances],
    max_lag: int,
    methods: tuple[Method, ...],
    lags: np.ndarray,
) -> list[_OfBlock]:
    return [_average_one(blocks, each, *given, max_lag=max_lag, methods=methods, lags=lags) for each in some]


def _average_one(
    blocks: AbstractBlocks,
    numbered: Numbered,
    conjugates: Conjugates,
    whole: Nuisances,
    shared: Nuisances,
    *,
    max_lag: int,
    methods: tuple[Method, ...],
    lags: np.ndarray,
) -> _OfBlock:
    index, _, block = numbered
    values, slopes = blocks.functions(block.member, block.start, block.stop, index=index)
    later = blocks.observables(block.member, block.start, min(block.stop + max_lag, block.end))
    available = block.end - block.start
    pairs = pair_counts(block.length, available, max_lag)
    score = conjugates.of_score(blocks, block)
    instruments = blocks.instruments(values, block.member, block.start, block.stop)
    calibrated = [conjugates.calibrated(instruments, score, learner.fold) for learner in (whole, shared)]
    gaussian = blocks.gaussian(instruments, block.member, block.start, block.stop)
    # One call for all kinds: the transforms of the observables are taken once.
    every = [gaussian, *calibrated, *([] if score is None else [score])]
    lagged = lagged_products(later, np.concatenate(every, axis=2), max_lag) / blocks.points
    products = np.split(lagged, len(every), axis=3)
    sums: dict[str, list[np.ndarray]] = {method.name: [] for method in methods}
    for place, learner in enumerate((whole, shared)):
        # Without a given part the functions make the score.
        kinds = {"gaussian": gaussian, "calibrated": calibrated[place]}
        found = {"gaussian": products[0], "calibrated": products[1 + place]}
        kinds["score"], found["score"] = (
            (calibrated[place], products[1 + place]) if score is None else (score, products[3])
        )
        for method in methods:
            summand = found[method.conjugate]
            if method.functions != "none":
                beta = learner.regressions[method.functions]
                used = beta.shape[3]
                matched = matched_products(values[:, :, :used], kinds[method.conjugate], available, lags)
                defect = pairs[lags, None, None, None] * slopes[:, :used] - matched / blocks.points
                summand = summand + _at_every_lag(np.matmul(beta, defect), lags)
            sums[method.name].append(summand)
    averaged = {name: (own, pairs, influence) for name, (own, influence) in sums.items()}
    ladder = tuple(whole.carried)
    if ladder:
        window = _followed(blocks, block, values, max(ladder), index)
        both = [
            markov_summands(
                blocks, block, window, instruments, slopes, later, learner.every, learner.carried, conjugate
            )
            for learner, conjugate in zip((whole, shared), calibrated, strict=True)
        ]
        for step in ladder:
            (own, many), (influence, _) = both[0][step], both[1][step]
            averaged[markov_name(step)] = own, np.full(max_lag + 1, many), influence
    own = values[:, :, : blocks.linear]
    fitted = conjugates.fitted(instruments, block.fold) if score is None else score
    kinds = fitted, calibrated[1], gaussian
    linear = [block_products(own, kind) / blocks.points for kind in kinds]
    mean = block.length * slopes[:, : blocks.linear]
    return _OfBlock(index, block.length, averaged, (linear[0], linear[1], linear[2]), mean)


def _followed(blocks: AbstractBlocks, block: Block, values: np.ndarray, count: int, index: int) -> np.ndarray:
    """The functions of a block of time and of so many steps after it, as far as its piece goes."""
    stop = min(block.stop + count, block.end)
    if stop == block.stop:
        return values
    return np.concatenate([values, blocks.functions_alone(block.member, block.stop, stop, index=index)])


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


def _add_all(sums: dict[Any, Any], more: dict[Any, Any]) -> None:
    for key, value in more.items():
        _add(sums, key, value)
