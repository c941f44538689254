r"""Does the state before help to forecast the state after, given the state between? On a Markov record it does not.

With a step of s time steps let $Y$ be functions of $x_{t+s}$, $Z$ functions of $x_{t-s}$ and $X = x_t$. If the record
is Markov then

$$ E\big[ (Y - E[Y | X]) \, (Z - E[Z | X]) \big] = 0 $$

for all functions. The residuals are those of regressions on functions $\phi$ of $X$ that were learned on other parts of
the record. A regression that is wrong by $\delta_Y$ or $\delta_Z$ moves the mean by $E[\delta_Y \delta_Z]$ alone, a
product of two errors: a nonlinear conditional mean that $\phi$ misses by three parts in a hundred on both sides moves
it by one in a thousand. Partialling out $Y$ alone, as tests of linear memory do, would leave the first power. The noise
of the fits has no such product: under the hypothesis the noises of both are uncorrelated.

Past averages of $x$ are functions of the past as well, and gather what a slow hidden variable leaves in it: so beside
the state before, $Z$ holds the means over the 4 s and 16 s time steps that end with it, where members are long enough.

Each mean $m$ of a pair of functions has the statistic $m / \mathrm{stderr}(m)$ with the standard error from blocks of
time, and the probability of the largest one is multiplied by the number of pairs (Bonferroni), so that it holds for
any dependence among them. Variables enter by their normal scores, the normal quantiles of their ranks: a bijection of
each variable, which leaves a Markov process Markov and gives every product finite moments. Where a few variables nearly
determine one another, the functions $\phi$ are those of their principal components, and Gaussian variables stay as they
are (``places_of``): of 200 records of a chain of six with a growth of hundreds 13 % were said to
remember by the steps of ranks, 4 % are now.

No test of conditional independence has both size and power against everything (Shah and Peters 2020, theorem 2): size
rests on functions $\phi$ that reach the conditional means. So each mean is taken with all functions, $m$, and with the
coarser half of them, $m_c$, and only

$$ |m| - \max(|m - m_c| - \sigma, 0) - 0.05 \sqrt{\Delta_Y \Delta_Z} $$

counts, where $\sigma$ is the standard error of $m - m_c$ (zero for more than eight variables) and $\Delta$ the
variance that the finer half explains: what the finer half has moved beyond chance, functions finer than all may move
again, and what they explain may be a twentieth of what it explained. Memory stays as functions are added; what a
regression misses falls.

Of more than eight variables there are hundreds of functions, and the noises of both fits have a product after all: what
comes after one state overlaps with what comes before another one, later on. Their share f / n, of f functions and n
states, is taken off as well: with 355 functions and 8900 states a ring of 36 bistable sites gave correlations of .1 and
15 % false alarms, and gives none now; Lorenz-96 with one of twenty variables left out is found at 1e-37.

Measured at the 5 % level. False alarms: 2.5 and 4.5 % of 200 records of a well and a linear variable; none or one in
6 to 24 records of irreversible and noisy chaotic systems of 2 and 3 variables, fine and coarse (16 000 to 160 000
states), of rings of 20 bistable sites and of Lorenz-96 with 20 and 36 variables and noise 4 and 2; but two of six with
20 variables, noise 1.5 and steps of 0.2, where third products, which no dictionary of this size has, are as large as
the noise. Found in 95 % or more: noise of a tenth of the spread (16 000 states), a hidden periodic push that makes
a fifth of the variance (10 000), one variable of Lorenz-96 left out, its hidden fast level; a hidden slow variable with
a sixth of the variance in 58 % at 8000 and in all at 32 000 states; noise with a tenth of the variance of an
autoregression of .7 in 81 % at 3000.

References:
    Shah and Peters, *The hardness of conditional independence testing and the generalised covariance measure*, Annals
    of Statistics 48, 1514 (2020), section 3.
"""

from typing import NamedTuple

import numpy as np
import scipy.special
from jaxtyping import Float

from ._delays import Delays
from ._folds import Block, FoldPlan, plan_folds
from ._rank_functions import hermite, normal_scores, places_of, rank_functions, ranks_of

_STATES = 200_000
_SAMPLE = 5000
_FOLDS = 4
_BLOCKS = 128
_POWERS_UP_TO = 8  # variables; with more of them only linear functions of the states before and after are looked at
_WINDOWS = (4, 16)  # of past means, in steps s
_FEWEST = 50
_KEPT = 1 << 23  # numbers in the tables of a record that are kept for the second pass: 64 MB
_CONDITION = 100.0  # of the correlations of few variables, from which on principal components stand for them
_RIDGE = 1e-6
_NARROW_RIDGE = 1e-10  # on principal components, of which none nearly determines another
_UNREACHED = 0.05  # of the variance that the finer half explains, which functions beyond may explain


class PreviousState(NamedTuple):
    """What the past adds to the forecast of the state after.

    Attributes:
        pvalue: Probability of anything as striking on a Markov record, multiplicity included.
        correlation: Partial correlation, given the state between, of the most striking pair of functions.
        after: Variable that is forecast in that pair, and the power of its normal score (1, 2).
        before: Variable that helps, and the power of its normal score in the state before (1, 2, 3), or 0 for a mean
            over the past.
        gain: For each variable the share of the forecast error of its normal score that a linear function of the
            state before explains; shape ``(d,)``, about zero on a Markov record.
        pairs: Number of pairs of functions that were looked at.
    """

    pvalue: float
    correlation: float
    after: tuple[int, int]
    before: tuple[int, int]
    gain: np.ndarray
    pairs: int


def previous_state_test(
    values: Float[np.ndarray, "member time d"],
    step: int = 1,
    *,
    delays: Delays = Delays(),
    functions: Float[np.ndarray, "member time p"] | None = None,
) -> PreviousState:
    r"""Test on one record whether the recorded state is Markov over a step.

    Args:
        values: The record in any units.
        step: Time steps s between the states before, between and after. About a quarter of the fastest relaxation time
            that matters shows most; with much smaller ones little of the hidden part has come to light.
        delays: Earlier states that the state between holds besides. What it holds is not asked about: pasts that lie
            within it are left out.
        functions: Functions $\phi$ of the state at each time, coarse ones first, in place of the test's own
            (``rank_functions``: at most 400, and one for 25 states).

    Example:
        >>> import numpy as np, scipy.signal
        >>> noise = np.random.default_rng(0).standard_normal((2, 4, 5000))
        >>> slow = scipy.signal.lfilter([1.0], [1, -0.9], noise[0])[..., None]
        >>> clean, noisy = previous_state_test(slow), previous_state_test(slow + noise[1][..., None])
        >>> clean.pvalue > 0.05, noisy.pvalue < 1e-6, noisy.after
        (True, True, (0, 1))
    """
    members, steps, dimension = values.shape
    windows = [window * step for window in _WINDOWS if (window + 1) * step <= steps // 8]
    held = set(range(0, delays.span + 1, delays.step))
    pasts = [window for window in (1, *windows) if not held.issuperset(range(step, step + window))]
    if not pasts:
        raise ValueError(f"the state holds all that is looked at: {delays.count} states {delays.step} steps apart")
    lead = max(step + max(pasts) - 1, delays.span)
    origins = steps - lead - step
    if origins < _FEWEST:
        needed = step + max(step, delays.span) + _FEWEST
        raise ValueError(f"members of {needed} steps are needed for a step of {step}, these have {steps}")
    narrow = _uncorrelated(values) if 1 < dimension <= _POWERS_UP_TO else None
    ranks = ranks_of(values) if narrow is None else places_of(values)
    between = ranks if narrow is None else places_of(narrow)
    plan = plan_folds(members, origins, max_lag=lead + step, memory=0.0, folds=_FOLDS, target=_BLOCKS)
    reader = _Reader(ranks, between, functions, delays, step, lead, pasts, max(1, members * origins // _STATES))
    solutions, coarse_solutions = _fits(plan, reader, _RIDGE if narrow is None else _NARROW_RIDGE)
    sizes = reader.sizes
    sums, squares, moved, moved_squares = (np.zeros(sizes) for _ in range(4))
    inner, count = np.zeros((dimension, dimension)), 0
    spread, coarse_spread = np.zeros(sum(sizes)), np.zeros(sum(sizes))
    for block in plan.blocks:
        table, ends = reader.read(block)
        left = ends - table @ solutions[block.fold]
        after, before = np.split(left, sizes[:1], axis=1)
        product = after.T @ before
        sums, squares, count = sums + product, squares + product**2, count + len(table)
        inner += before[:, :dimension].T @ before[:, :dimension]
        spread += np.sum(left**2, axis=0)
        left = ends - table[:, reader.coarse] @ coarse_solutions[block.fold]
        after, before = np.split(left, sizes[:1], axis=1)
        difference = product - after.T @ before
        moved, moved_squares = moved + difference, moved_squares + difference**2
        coarse_spread += np.sum(left**2, axis=0)
    blocks = len(plan.blocks)
    deviation = _deviation(sums, squares, blocks)
    explained = np.sqrt(np.maximum(coarse_spread - spread, 0.0))
    # In many variables no functions reach all that there is, and what the finer half moves is all that is known of it.
    by_chance = _deviation(moved, moved_squares, blocks) if dimension <= _POWERS_UP_TO else 0.0
    allowance = np.maximum(np.abs(moved) - by_chance, 0.0)
    allowance = allowance + _UNREACHED * np.outer(explained[: sizes[0]], explained[sizes[0] :])
    if dimension > _POWERS_UP_TO:  # functions are many for the states
        size = np.sqrt(spread)
        allowance = allowance + table.shape[1] / count * np.outer(size[: sizes[0]], size[sizes[0] :])
    ratio = np.maximum(np.abs(sums) - allowance, 0.0) / deviation
    row, column = (int(place) for place in np.unravel_index(int(np.argmax(ratio)), ratio.shape))
    chance = 2 * float(scipy.special.stdtr(blocks - 1, -ratio[row, column]))
    scale = np.sqrt(max(spread[row] * spread[sizes[0] + column], 1e-300))
    linear = sums[:dimension, :dimension].T
    gain = np.sum(linear * np.linalg.lstsq(inner, linear, rcond=1e-10)[0], axis=0)
    power = column // dimension + 1
    return PreviousState(
        min(1.0, chance * ratio.size),
        float(sums[row, column] / scale),
        (row % dimension, row // dimension + 1),
        (column % dimension, power if power <= reader.degrees[1] else 0),
        np.clip(gain / np.maximum(spread[:dimension], 1e-300) - dimension / count, 0.0, 1.0),
        ratio.size,
    )


def _deviation(sums: np.ndarray, squares: np.ndarray, blocks: int) -> np.ndarray:
    """The standard error of sums over blocks of time, from the sums of the squares of each block's."""
    return np.sqrt(np.maximum(squares - sums**2 / blocks, 1e-300) * blocks / (blocks - 1))


def _uncorrelated(values: np.ndarray) -> np.ndarray | None:
    """The principal components of variables that nearly determine one another; nothing for others.

    Functions of one such variable each are nearly the same, and what is asked of them lies in their small differences.
    """
    flat = values.reshape(-1, values.shape[2])
    standard = (flat - flat.mean(axis=0)) / np.maximum(flat.std(axis=0), 1e-300)
    sizes, directions = np.linalg.eigh(standard.T @ standard / len(flat))
    if sizes[-1] < _CONDITION * sizes[0]:
        return None
    used = sizes > 1e-14 * sizes[-1]
    return (standard @ directions[:, used]).reshape(*values.shape[:2], -1)


class _Reader:
    """Tables of the states of a block: functions of the state between, and functions of both ends, after and before."""

    def __init__(
        self,
        ranks: np.ndarray,
        between: np.ndarray,
        functions: np.ndarray | None,
        delays: Delays,
        step: int,
        lead: int,
        pasts: list[int],
        stride: int,
    ):
        self.ranks, self.functions, self.step, self.lead, self.stride = ranks, functions, step, lead, stride
        self.between, self.span, own = delays.extended(between), delays.span, between.shape[2]
        members, steps, dimension = ranks.shape
        after, before = (2, 3) if dimension <= _POWERS_UP_TO else (1, 1)
        self.degrees = after, before if 1 in pasts else 0
        self.windows = [past for past in pasts if past > 1]
        self.sizes = (after * dimension, (self.degrees[1] + len(self.windows)) * dimension)
        if functions is None:
            between, ends = self._sample()
            # On a Markov record the mean of what comes after is a function of the present, which has a full set for it.
            self.widths = sorted({own, between.shape[1]})
            states = members * (steps - lead - step) // stride // len(self.widths)
            self.own = [rank_functions(states, between[:, :width], ends) for width in self.widths]
            coarse = np.concatenate([each.coarse for each in self.own])
        else:
            coarse = np.arange(functions.shape[2]) < -(-functions.shape[2] // 2)
        self.coarse = np.flatnonzero(np.concatenate([[True], coarse]))
        numbers = members * (steps - lead - step) // stride * (1 + len(coarse) + sum(self.sizes))
        self._kept: dict[Block, tuple[np.ndarray, np.ndarray]] | None = {} if numbers <= _KEPT else None

    def read(self, block: Block) -> tuple[np.ndarray, np.ndarray]:
        """The tables ``(n, 1 + p)``, the first column ones, and ``(n, after + before)``."""
        if self._kept is None:
            return self._read(block)
        if block not in self._kept:
            self._kept[block] = self._read(block)
        return self._kept[block]

    def _read(self, block: Block) -> tuple[np.ndarray, np.ndarray]:
        first, last = block.start + self.lead, block.stop + self.lead
        if self.functions is None:
            states = self.between[block.member, first - self.span : last - self.span : self.stride]
            parts = zip(self.own, self.widths, strict=True)
            between = np.concatenate([own.table(states[:, :width]) for own, width in parts], axis=1)
        else:
            between = self.functions[block.member, first : last : self.stride]
        return np.concatenate([np.ones((len(between), 1)), between], axis=1), self._ends(block)

    def _ends(self, block: Block) -> np.ndarray:
        first, last = block.start + self.lead, block.stop + self.lead
        ranks = self.ranks[block.member]
        ends = [
            hermite(normal_scores(ranks[first + shift : last + shift : self.stride]), degree)
            for shift, degree in zip((self.step, -self.step), self.degrees, strict=True)
            if degree
        ]
        for window in self.windows:
            past = normal_scores(ranks[first - self.step - window + 1 : last - self.step])
            total = np.concatenate([np.zeros((1, past.shape[1])), np.cumsum(past, axis=0)])
            ends.append(((total[window:] - total[:-window]) / window)[:: self.stride])
        return np.concatenate(ends, axis=1)

    def _sample(self) -> tuple[np.ndarray, np.ndarray]:
        """Some states between, as ranks, and the scores of both ends."""
        members, steps, _ = self.ranks.shape
        start = max(self.step, self.span)
        origins = steps - start - self.step
        member, time = np.divmod(
            np.linspace(0, members * origins - 1, min(_SAMPLE, members * origins)).astype(int), origins
        )
        time += start
        ends = [normal_scores(self.ranks[member, time + shift]) for shift in (-self.step, self.step)]
        return self.between[member, time - self.span], np.concatenate(ends, axis=1)


def _fits(plan: FoldPlan, reader: _Reader, ridge: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Coefficients of both ends for each fold from its training data, on all functions and on the coarse ones."""
    # Blocks that train the same folds are added up together: a Gram matrix for each such group, not for each block.
    grams: dict[tuple[bool, ...], np.ndarray] = {}
    for block in plan.blocks:
        table, ends = reader.read(block)
        key = tuple(block.trains(fold) for fold in range(plan.folds))
        grams[key] = grams.get(key, 0.0) + table.T @ np.concatenate([table, ends], axis=1)
    fine, coarse = [], []
    for fold in range(plan.folds):
        total = np.sum([gram for key, gram in grams.items() if key[fold]], axis=0)
        size = len(total)
        fine.append(_solve(total[:, :size], total[:, size:], ridge))
        coarse.append(_solve(total[np.ix_(reader.coarse, reader.coarse)], total[reader.coarse, size:], ridge))
    return fine, coarse


def _solve(gram: np.ndarray, right: np.ndarray, ridge: float) -> np.ndarray:
    scale = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    scaled = gram / np.outer(scale, scale) + ridge * np.eye(len(gram))
    return np.linalg.solve(scaled, right / scale[:, None]) / scale[:, None]
