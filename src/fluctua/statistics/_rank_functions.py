r"""Functions of a state that reach smooth conditional means in few and in many variables, whatever their units.

Every variable enters by its rank $v = F(x)$ in the record and its normal score $u = \Phi^{-1}(v)$. There are, in this
order of need and as many as the states allow: Hermite polynomials of $u$ to the third degree, products $u_i u_j$,
cosines $\cos \pi k v$ of every variable (a complete system on ranks; of a single one with many states
$\cos \pi k \Phi(u / \sqrt{2})$, finer in its tails), and in up to eight variables random waves
$\cos(w \cdot u + b)$, with which any continuous function of the scores is reached as their number grows.

References:
    Rahimi and Recht, *Random features for large-scale kernel machines*, NIPS 20 (2007), section 3, for the waves.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.special
from jaxtyping import Float

_STATES_EACH = 25  # per function that is fitted
_MOST = 400
_RIPPLES = 160  # largest number of cosines
_GAUSSIAN = 0.985  # correlation of a variable with its normal score; of a bistable one .96
_WAVES_UP_TO = 8  # variables; in more of them a random direction is hardly ever near one that matters


class RankFunctions(NamedTuple):
    """A dictionary of ranks.

    Attributes:
        table: Function of ranks ``(n, d)`` that returns the table ``(n, p)``.
        coarse: Which functions make the coarser half of every kind, ``(p,)``.
    """

    table: Callable[[np.ndarray], np.ndarray]
    coarse: np.ndarray


def ranks_of(values: Float[np.ndarray, "member time d"]) -> Float[np.ndarray, "member time d"]:
    """Ranks of each variable, between zero and one; equal values share the mean of theirs.

    In the order of their times they would be a clock, on which functions that were fitted on one part of the record
    mean nothing on another.
    """
    flat = values.reshape(-1, values.shape[2])
    ranks = np.empty(flat.shape)
    for index in range(flat.shape[1]):
        order = np.argsort(flat[:, index], kind="stable")
        rising = flat[order, index]
        starts = np.flatnonzero(np.concatenate([[True], rising[1:] != rising[:-1]]))
        sizes = np.diff(np.append(starts, len(flat)))
        ranks[order, index] = np.repeat((starts + 0.5 * sizes) / len(flat), sizes)
    return ranks.reshape(values.shape)


def places_of(values: Float[np.ndarray, "member time d"]) -> Float[np.ndarray, "member time d"]:
    """Ranks, or where a variable goes along with its normal score those that it would have were it Gaussian.

    The steps of empirical ranks bend a linear system by a few hundredths. That is more than there is in the narrow
    directions of variables that nearly determine one another, so that a Gaussian one is better left linear.
    """
    ranks = ranks_of(values)
    flat = values.reshape(-1, values.shape[2])
    standard = (flat - flat.mean(axis=0)) / np.maximum(flat.std(axis=0), 1e-300)
    scores = normal_scores(ranks).reshape(flat.shape)
    along = np.mean(standard * scores, axis=0) / np.maximum(scores.std(axis=0), 1e-300) > _GAUSSIAN
    ranks.reshape(flat.shape)[:, along] = scipy.special.ndtr(standard[:, along])
    return ranks


def normal_scores(ranks: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Normal quantiles of ranks."""
    return np.asarray(scipy.special.ndtri(ranks))


def hermite(scores: Float[np.ndarray, "n d"], degree: int) -> Float[np.ndarray, "n columns"]:
    """Hermite polynomials of normal scores up to a degree of at most 3, degree by degree, each of variance one."""
    kinds = (scores, (scores**2 - 1) / np.sqrt(2), (scores**3 - 3 * scores) / np.sqrt(6))
    return np.concatenate(kinds[:degree], axis=1)


def rank_functions(
    states: int, sample: Float[np.ndarray, "n d"], targets: Float[np.ndarray, "n targets"]
) -> RankFunctions:
    """A dictionary of at most 400 functions, and of one for 25 states.

    Args:
        states: Number of states that a fit has.
        sample: Ranks of some states.
        targets: What is to be forecast, at those states: where not all products of pairs can be taken, those most
            correlated with what a linear forecast leaves.
    """
    dimension = sample.shape[1]
    budget = int(np.clip(states // _STATES_EACH, 3 * dimension, max(_MOST, 3 * dimension)))
    left = budget - 3 * dimension
    # Half of what is left for products, and more only where that takes them all.
    every = dimension * (dimension - 1) // 2
    pairs = _pairs(normal_scores(sample), targets, every if every <= 0.8 * left else left // 2)
    left -= len(pairs)
    # One variable may have a rough density, whose ripples its conditional means have too: here they are the finest.
    cosines = int(np.clip(left // 2, 0, _RIPPLES) if dimension == 1 else np.clip(left // (3 * dimension), 0, 8))
    left -= cosines * dimension
    random = min(max(left, 0), 80 * dimension) if 1 < dimension <= _WAVES_UP_TO else 0
    generator = np.random.default_rng(0)
    # From waves as wide as the record to a quarter of that and less, the wide ones first.
    steepness = np.geomspace(0.7, 4.0, max(random, 1))[:random]
    directions = generator.standard_normal((dimension, random)) * steepness
    phases = generator.uniform(0, 2 * np.pi, random)

    def table(ranks: np.ndarray) -> np.ndarray:
        scores = normal_scores(ranks)
        tables = [hermite(scores, 3), scores[:, pairs[:, 0]] * scores[:, pairs[:, 1]]]
        # Ripples of a rough density are as wide in its tails, where few ranks are: many states reach there.
        place = scipy.special.ndtr(scores / 2**0.5) if cosines == _RIPPLES else ranks
        waves = [np.ones_like(ranks), np.cos(np.pi * place)]
        for _ in range(1, cosines):  # cos (k + 1) v = 2 cos v cos k v - cos (k - 1) v
            waves.append(2 * waves[1] * waves[-1] - waves[-2])
        tables += [np.sqrt(2) * wave for wave in waves[1 : cosines + 1]]
        tables.append(np.sqrt(2) * np.cos(scores @ directions + phases))
        return np.concatenate(tables, axis=1)

    # In many variables products are the finest functions there are: without waves nothing beyond them is reached.
    kept = len(pairs) // 2 if random else 0
    kinds = ((2, 3, dimension), (kept, len(pairs), 1), (cosines // 2, cosines, dimension), (random // 2, random, 1))
    coarse = [np.arange(number * each) < kept * each for kept, number, each in kinds]
    return RankFunctions(table, np.concatenate(coarse))


def _pairs(scores: np.ndarray, targets: np.ndarray, number: int) -> np.ndarray:
    """The most useful pairs of variables, best first, ``(number, 2)``."""
    count, dimension = scores.shape
    table = np.concatenate([np.ones((count, 1)), scores], axis=1)
    left = targets - table @ np.linalg.lstsq(table, targets, rcond=1e-10)[0]
    left /= np.maximum(np.linalg.norm(left, axis=0), 1e-300)
    first, second = np.triu_indices(dimension, 1)
    use = np.empty(len(first))
    for index in range(dimension - 1):
        products = scores[:, index, None] * scores[:, index + 1 :]
        products = products / np.maximum(np.linalg.norm(products, axis=0), 1e-300)
        use[first == index] = np.abs(products.T @ left).max(axis=1)
    order = np.argsort(-use, kind="stable")[: max(number, 0)]
    return np.stack([first[order], second[order]], axis=1)
