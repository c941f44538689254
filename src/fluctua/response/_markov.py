r"""The Markov estimator: what a push does is passed on from step to step.

Formula (1) (``_estimator``) correlates $A(x_t)$ with $B(x_0)$ directly, so its noise does not fall with the lag while
the response does. If the recorded state is Markov, the conditional mean of B given a later state carries the
perturbation: with $b_j(x) = E[B(x_{-js}) | x_0 = x]$ for a step s of the record and $g_t(x) = E[A(x_t) | x_0 = x]$,

$$ K(t) = \langle u \cdot \nabla g_t \rangle
   + \sum_{j=0}^{M-2} \langle b_j(x_0) ( g_{t-(j+1)s}(x_s) - g_{t-js}(x_0) ) \rangle
   + \langle b_{M-1}(x_0) ( A(x_{s+r}) - g_{s+r}(x_0) ) \rangle, \qquad t = Ms + r,\; 0 \le r < s, \tag{2} $$

where $b_0 = B$, and the last step keeps A itself. With $\hat g_t = \beta_t^T \varphi$ and $\hat b_j = \gamma_j^T
\varphi$, $\gamma_j = G^{-1} \langle \varphi_{js} B \rangle$, the bias is
$\sum_j E[(\hat b_j - b_j)(P^s \hat g_{t-(j+1)s} - \hat g_{t-js})]$, again products of two errors, and the summand at
each origin is the influence. For $2 s > t$ it is (1).

Where the state is not Markov (hidden variables, measurement noise), or functions of the state are not carried over into
one another by a step, the two disagree (``_headline``).

References:
    Kallus and Uehara, *Double reinforcement learning for efficient off-policy evaluation in Markov decision processes*,
    JMLR 21, 167 (2020), for the efficient influence function; Greenwood and Wefelmeyer, *Efficiency of empirical
    estimators for Markov chains*, Annals of Statistics 23, 132 (1995).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Inexact, Int

from ..features import block_products
from ..statistics import Block, counted
from ._blocks import AbstractBlocks
from ._lagged import lagged_products

SHARES = (0.375, 0.75, 1.5, 3.0)
"""Steps that are tried, in units of the memory of the conjugate observables."""
LONGER = (6.0, 12.0)
"""Steps that are taken at longer lags alone, in the same units."""
PASSES = 4
"""So many steps make the lag from which on a step is taken in place of a shorter one."""
_MOST_TABLES = 200
_PARTNERS = 0.75  # of the states
_MOST_LAGS = 1000  # for the sake of a choice alone
_TURNS = 4  # steps at least that are tested
_LONGEST = 12.0  # lags that decide about a step, in the same units


class Carried(NamedTuple):
    r"""Lagged sums of the functions with the conjugate observables, from which the carried perturbation is learned.

    Attributes:
        sums: $\sum \varphi_{n+l} B_n^*$ for every lag l, shape ``(lags, k, f, q)``, by fold and folds near.
        pairs: Pairs behind them, shape ``(lags,)``.
        memory: Integrated autocorrelation time of each conjugate observable in steps, shape ``(q,)``.
    """

    sums: dict[tuple[int, tuple[int, ...]], np.ndarray]
    pairs: dict[tuple[int, tuple[int, ...]], np.ndarray]
    memory: np.ndarray

    def right(self, step: int, fold: int | None, share: float) -> Inexact[np.ndarray, "k f jq"]:
        """The right-hand sides for every multiple of a step but zero; the data of a fold count by a share."""
        lags = len(next(iter(self.pairs.values())))
        used = np.arange(step, lags - step, step)
        shares = {key: counted(*key, fold, share) for key in self.sums}
        pairs = np.sum([part * self.pairs[key][used] for key, part in shares.items()], axis=0)
        table = np.sum([part * self.sums[key][used] for key, part in shares.items()], axis=0).conj()
        table = table / np.maximum(pairs, 1.0)[:, None, None, None]
        steps, wavenumbers, functions, pushes = table.shape
        return table.transpose(1, 2, 0, 3).reshape(wavenumbers, functions, steps * pushes)

    def ladder(self, max_lag: int, shares: Sequence[float] = SHARES, shortest: int = 1) -> tuple[int, ...]:
        """The steps that are tried, rising: such shares of the memory of the conjugate observables."""
        # Every multiple of a step has a table of its own, so that very short ones cost more than they gain.
        least, largest = max(shortest, max_lag // _MOST_TABLES), max_lag // 2
        if largest < least:  # with such a step (2) is (1) at all of the lags
            return ()
        memory = float(np.median(self.memory))
        return tuple(sorted({int(np.clip(round(share * memory), least, largest)) for share in shares}))

    def longer(self, max_lag: int, ladder: Sequence[int], shares: Sequence[float] = LONGER) -> tuple[int, ...]:
        """Steps beyond those of a ladder that the longer lags have room for."""
        steps = [round(share * float(np.median(self.memory))) for share in shares]
        return tuple(step for step in steps if ladder and step > ladder[-1] and PASSES * step <= max_lag)

    def horizon(self, max_lag: int, ladder: Sequence[int]) -> int:
        """The largest lag that decides about a step, and which of two estimates leads.

        Before twice a step (2) is (1): a B that forgets within a step of the record is looked at for longer.
        """
        least = _TURNS * max(ladder, default=1)
        return int(np.clip(np.ceil(_LONGEST * self.memory.max()), min(least, max_lag), max_lag))


def deciding_lags(memory: float, pieces: Int[np.ndarray, " pieces"]) -> int:
    """Up to which lag an answer is made, so that nothing which is chosen depends on how many lags are asked for.

    No further than three quarters of the states have a partner, and no more than a thousand.

    Args:
        memory: Integrated autocorrelation time of the conjugate observables in steps.
        pieces: Lengths of the uninterrupted pieces of the record in steps.
    """
    lags = np.arange(int(np.ceil(min(_LONGEST * memory, _MOST_LAGS))) + 1)
    partners = np.maximum(pieces[:, None] - lags, 0).sum(axis=0)
    return int(np.flatnonzero(partners >= _PARTNERS * pieces.sum())[-1])


def markov_name(step: int) -> str:
    """The name of the average (2) with a step."""
    return f"markov {step}"


def markov_summands(
    blocks: AbstractBlocks,
    block: Block,
    functions: Inexact[np.ndarray, "window k f"],
    instruments: Inexact[np.ndarray, "n k f"],
    slopes: Inexact[np.ndarray, "_ f q"],
    observables: Inexact[np.ndarray, "later k p"],
    beta: Inexact[np.ndarray, "lags k p f"],
    gammas: Mapping[int, Inexact[np.ndarray, "k f jq"]],
    conjugate: Inexact[np.ndarray, "n k q"],
) -> dict[int, tuple[Inexact[np.ndarray, "lags k p q"], float]]:
    """The sum of (2) over the origins of one block of time that have all their partners, and how many: by step.

    Args:
        blocks: The record.
        block: The block of time.
        functions: The functions from its start to the longest step beyond its end, as far as the member goes.
        instruments: What the carried perturbations are made of over the block, most often the same functions.
        slopes: Their mean slopes over the block.
        observables: The observables from its start to the largest lag beyond its end, as far as the member goes.
        beta: Regressions at every lag.
        gammas: By step, coefficients of the carried perturbation: j from one on, and then the pushes.
        conjugate: The conjugate observables over the block.
    """
    lags = len(beta)
    direct, products, counts = {}, [], []
    for step, gamma in gammas.items():
        reach = min(2 * step - 1, lags - 1)
        many = max(0, min(block.stop, block.end - max(reach, step)) - block.start)
        now, later = functions[:many], functions[step : many + step]
        table = np.matmul(instruments[:many].transpose(1, 0, 2), gamma).transpose(1, 0, 2)
        table = np.concatenate([conjugate[:many], table], axis=2)
        counts.append((many, table.shape[2]))
        products += [block_products(now, table), block_products(later, table)]
        if many:
            direct[step] = lagged_products(observables[: many + reach], table, reach) / blocks.points
    # One product with the regressions for all steps: they are the largest table there is.
    passed = np.split(np.matmul(beta, np.concatenate(products, axis=2) / blocks.points),
                      np.cumsum([width for _, width in counts for _ in range(2)])[:-1], axis=3)  # fmt: skip
    mean = np.matmul(beta, slopes)
    found = {}
    for place, step in enumerate(gammas):
        many, _ = counts[place]
        summand = many * mean
        if many:
            _pass_on(summand, passed[2 * place], passed[2 * place + 1], direct[step], step)
        found[step] = summand, float(many)
    return found


def _pass_on(summand: np.ndarray, lost: np.ndarray, gained: np.ndarray, direct: np.ndarray, step: int) -> None:
    """Add the sum over j of (2) to the mean slopes, from the products of every regression with every carried table."""
    lags, pushes = len(summand), summand.shape[3]
    for j in range(lost.shape[3] // pushes):
        own, delay = slice(j * pushes, (j + 1) * pushes), j * step
        first = 0 if j == 0 else step  # the lags of g, counted from the delay, that this step passes on
        summand[delay + first :] -= lost[first : lags - delay, :, :, own]
        if delay + 2 * step < lags:
            summand[delay + 2 * step :] += gained[step : lags - delay - step, :, :, own]
        near = slice(delay + first, min(delay + 2 * step, lags))
        summand[near] += direct[first : near.stop - delay, :, :, own]
