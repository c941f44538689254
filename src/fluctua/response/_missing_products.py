r"""Products that functions of a list of variables lack, as the record itself shows.

Two things show it: the Stein identity $\langle u \cdot \nabla \chi - B \chi \rangle = 0$ of a product $\chi$ is off,
and the regressions of what is observed leave something that goes with it. Of many variables both have to be beyond
chance together, of few ones the identity alone.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..features import AbstractDictionary, Factors, Terms, mixed, powers, solve
from .expressions import PushVectors

VERY_FEW = 3  # variables of which more is looked at
SAMPLE = 20_000  # states on which products are looked at
_MOST_LOOKED_AT = 30  # observables on which they are
_LIKELY = 14.0  # product of two t-values, were the states independent
_BEYOND_CHANCE = 10.0  # the same from blocks of states: of 600 products that are not missing, seen by six regressions
MISSING, _BLOCKS = 3.5, 64  # t-value of a Stein identity, from so many blocks of states
_LOOKED_AT = 5_000_000  # values of products of few variables
_CANDIDATES = 256  # products at a time
_RIDGE = 1e-3  # of the first look
_MOST_STATES = 200_000


def all_products(dimension: int, present: int, highest: int) -> list[Factors]:
    """Powers of few variables, and products of those present, up to a degree, the lower ones first."""
    groups = [powers(dimension, range(n, n + 1)) + mixed(present, n) for n in range(2, highest + 1)]
    return [factors for group in groups for factors in group]


def clearest_products(
    values: np.ndarray, push_vectors: PushVectors, functions: Terms, candidates: list[Factors], most: int
) -> tuple[list[Factors], bool]:
    """Products that B misses beyond chance, one after the other, each the clearest beside those before it.

    With linear functions alone the square of a variable would follow every push as a Gaussian does: at lag zero, where
    its response is known, by many standard errors too much. Those of the third degree and less come first.

    Returns:
        As many as there is room for, and whether others are still missing.
    """
    chosen: list[Factors] = []
    for highest in (3, 5):
        left = [factors for factors in candidates if sum(n for _, n in factors) <= highest]
        found: list[Factors] = []
        while left and (found := missing_products(values, push_vectors, functions, left)) and functions.size < most:
            chosen.append(found[0])
            functions = functions.with_products(found[:1])
            left = [factors for factors in left if factors not in chosen]
        if found and left:
            return chosen, True
        candidates = [factors for factors in candidates if factors not in chosen]
    return chosen, False


def visible_products(
    values: Float[np.ndarray, "member time d"],
    observables: Float[np.ndarray, "member time p"],
    push_vectors: PushVectors,
    functions: Terms,
    candidates: list[Factors],
    memory: float,
) -> list[Factors]:
    """Products of variables that are missed both by B and by the regressions on given functions.

    They are ordered by the product of both t-values, the largest one over observables and a few lags, on a sample of
    states, as if these were independent. Where most of those that are likely by that are beyond chance by means over
    blocks of states as well, all of them are taken, and otherwise the latter alone: three accidents among thirty-six
    variables made the error of the response an eighth larger.

    Args:
        values: The record.
        observables: The observables along it.
        push_vectors: The vectors of the pushes at states.
        functions: The functions that there are.
        candidates: The products that are looked at.
        memory: Integrated autocorrelation time of B in steps.

    Returns:
        The candidates that are taken, the strongest first.
    """
    sample, residuals = sample_with_residuals(values, observables, push_vectors, functions, memory, SAMPLE)
    conjugate, count = sample.conjugate, len(sample.states)
    strength, clear = np.empty((2, len(candidates)))
    for start in range(0, len(candidates), _CANDIDATES):
        chosen = slice(start, start + _CANDIDATES)
        found, slopes = sample.products(functions, candidates[chosen])
        spread = np.sqrt(np.maximum((found**2).T @ conjugate**2 / count, 1e-300))
        defect = np.max(np.abs(slopes - found.T @ conjugate / count) / spread, axis=1)
        missed = np.max(np.abs(found.T @ residuals / count), axis=1) / np.maximum(found.std(axis=0), 1e-300)
        strength[chosen] = defect * missed * count
        clear[chosen] = largest_t_values(found, conjugate, slopes) * largest_t_values(found, residuals)
    likely = strength > _LIKELY
    beyond = likely & (clear > _BEYOND_CHANCE)
    taken = likely if 2 * beyond.sum() > likely.sum() else beyond
    return [candidates[place] for place in np.argsort(-strength, kind="stable") if taken[place]]


def missing_products(
    values: Float[np.ndarray, "member time d"], push_vectors: PushVectors, functions: Terms, candidates: list[Factors]
) -> list[Factors]:
    r"""Products of a few variables that B of given functions misses: their Stein identity is off beyond chance.

    Where noise depends on the state the score is that of a variable over a variance that others decide about, and of
    higher degree than the regressions. These miss too little to be seen, and at short lags, where the answer has next
    to no error, the product of both is as large as that.

    Args:
        values: The record.
        push_vectors: The vectors of the pushes at states.
        functions: The functions that there are.
        candidates: The products that are looked at.

    Returns:
        The candidates beyond chance, the clearest first: of 30 that are not missing one is taken in 2.5 % of
        records (3.5 of Student's law with 63 degrees of freedom).
    """
    if not candidates:
        return []
    flat = values.reshape(-1, values.shape[2])
    sample = ConjugateSample.of(flat[:: max(1, len(flat) // states_for(candidates))], functions, push_vectors)
    found, slopes = sample.products(functions, candidates)
    defect = largest_t_values(found, sample.conjugate, slopes)
    return [candidates[place] for place in np.argsort(-defect, kind="stable") if defect[place] > MISSING]


def states_for(candidates: list[Factors]) -> int:
    """On how many states so many products are looked at."""
    return int(np.clip(_LOOKED_AT / len(candidates), SAMPLE, _MOST_STATES))


def largest_t_values(
    left: Float[np.ndarray, "n f"], right: Float[np.ndarray, "n q"], means: Float[np.ndarray, "f q"] | float = 0.0
) -> Float[np.ndarray, " f"]:
    """Of the mean products of two tables having given means: for each column of the first the largest over the second.

    What is known of a mean product is seen in its means over blocks of states, which follow one another.
    """
    blocks = min(_BLOCKS, len(left))
    used = len(left) // blocks * blocks
    parts = [table[:used].reshape(blocks, -1, table.shape[1]) for table in (left, right)]
    products = np.matmul(parts[0].transpose(0, 2, 1), parts[1]) * (blocks / used)
    errors = products.std(axis=0, ddof=1) / blocks**0.5
    return np.max(np.abs(products.mean(axis=0) - means) / np.maximum(errors, 1e-300), axis=1)


def sample_with_residuals(
    values: Float[np.ndarray, "member time d"],
    observables: Float[np.ndarray, "member time p"],
    push_vectors: PushVectors,
    functions: Terms,
    memory: float,
    most: int,
) -> tuple["ConjugateSample", Float[np.ndarray, "n r"]]:
    """Some states, and what regressions on the functions there leave of observables later, in standard deviations.

    They are looked at half the memory of B later and twice as long, whatever the largest lag that is asked for.
    """
    members, steps, dimension = values.shape
    lags = np.unique(np.clip(np.round(memory * np.array([0.5, 2.0])), 1, max(1, steps // 2)).astype(int))
    origins = np.arange(0, steps - int(lags[-1]), max(1, members * steps // most))
    sample = ConjugateSample.of(values[:, origins].reshape(-1, dimension), functions, push_vectors)
    left = []
    for lag in lags:
        later = observables[:, origins + lag].reshape(len(sample.states), -1)[:, :_MOST_LOOKED_AT]
        residual = sample.beyond(later - later.mean(axis=0))
        left.append(residual / np.maximum(residual.std(axis=0), 1e-300))
    return sample, np.concatenate(left, axis=1)


def first_representer(
    gram: Float[np.ndarray, "f f"], slopes: Float[np.ndarray, "f q"], linear: int
) -> Float[np.ndarray, "f q"]:
    """The weights of B on functions whose first is the constant, from mean products and mean slopes."""
    ridge = np.where(np.arange(len(gram)) <= linear, 1e-12, _RIDGE)
    return solve(gram[None], slopes[None], ridge)[0]


class ConjugateSample(NamedTuple):
    """Some states, with the constant and the functions there, and what B made of them is.

    Attributes:
        states: Shape ``(n, d)``.
        vectors: The pushes there, or once.
        table: The constant and the functions less their means, shape ``(n, 1 + f)``.
        conjugate: B of each push, shape ``(n, q)``.
    """

    states: np.ndarray
    vectors: np.ndarray
    table: np.ndarray
    conjugate: np.ndarray

    @classmethod
    def of(cls, states: np.ndarray, functions: AbstractDictionary, push_vectors: PushVectors) -> "ConjugateSample":
        vectors = push_vectors(states)[0]
        found, slopes = functions.tables(states, vectors)
        table = np.concatenate([np.ones((len(states), 1)), found - found.mean(axis=0)], axis=1)
        right = np.concatenate([np.zeros((1, slopes.shape[1])), slopes])
        weights = first_representer(table.T @ table / len(states), right, states.shape[1])
        return cls(states, vectors, table, table @ weights)

    def products(
        self, functions: Terms, factors: list[Factors]
    ) -> tuple[Float[np.ndarray, "n c"], Float[np.ndarray, "c q"]]:
        """Products in the coordinates of the functions, less their means, and their mean slopes along the pushes."""
        linear = self.states.shape[1]
        found, slopes = functions.alone(factors).tables(self.states, self.vectors)
        return found[:, linear:] - found[:, linear:].mean(axis=0), slopes[linear:]

    def beyond(self, columns: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n c"]:
        """What regressions on the functions leave of columns of mean zero."""
        count, linear = self.states.shape
        right = self.table.T @ columns / count
        return columns - self.table @ first_representer(self.table.T @ self.table / count, right, linear)
