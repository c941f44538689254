"""Products of few variables beyond the third degree, and slanted steps, where a record shows that they are missing.

Where noise depends on the state the score is that of a variable over a variance that others decide about: B has
products of degree four that the regressions do without, and those whose Stein identity alone is off are taken. Of the
fifth and higher degrees they would cost more than they gain there. They are needed where the density lies along a thin
cycle or has another shape of its own, for then the regressions need them too: those are taken which both miss, each
beyond chance. No degree is the last one there, so that steps along slanted directions follow.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..features import Factors, Terms, mixed
from ._missing_products import (
    MISSING,
    VERY_FEW,
    largest_t_values,
    missing_products,
    sample_with_residuals,
    states_for,
)
from .expressions import PushVectors

_HIGHEST = 12
_MOST_OF_A_DEGREE = 350  # products: of eight variables those of degree four are looked at, of two all


class HigherProducts(NamedTuple):
    """Functions with products of higher degrees.

    Attributes:
        terms: The functions.
        most: How many functions there may be.
        curved: Whether regressions need products of the fifth and higher degrees as well.
    """

    terms: Terms
    most: int
    curved: bool


def highest_degree(variables: int) -> int:
    """The highest degree at which products of so many variables are few enough to be looked at."""
    degree = 2
    while degree < _HIGHEST and math.comb(variables + degree, degree + 1) <= _MOST_OF_A_DEGREE:
        degree += 1
    return degree


def higher_products(
    values: Float[np.ndarray, "member time d"],
    observables: Float[np.ndarray, "member time p"],
    push_vectors: PushVectors,
    functions: Terms,
    variables: list[int],
    most: int,
    memory: Callable[[Terms], float],
    room: Callable[[float], int],
) -> HigherProducts:
    """The functions with products of some variables that are missing, degree by degree from the fourth on.

    With a reflection B is odd or even, and nothing is said by the products of one degree: two degrees in a row without
    any end it, and of very few variables those of the fifth are taken like those of the fourth where there are none.

    Args:
        values: The record.
        observables: The observables along it.
        push_vectors: The vectors of the pushes at states.
        functions: The functions that there are.
        variables: Those of which products are made.
        most: How many functions there may be.
        memory: The memory of B made of functions, in steps: with more of them it forgets sooner.
        room: How many functions there may be with such a memory.
    """
    silent, curved = 0, False
    for degree in range(4, highest_degree(len(variables)) + 1):
        candidates = [tuple((variables[i], n) for i, n in factors) for factors in mixed(len(variables), degree)]
        found: list[Factors] = []
        if degree == 4 or (degree == 5 and silent and len(variables) <= VERY_FEW):
            found = missing_products(values, push_vectors, functions, candidates)
        if degree > 4 and candidates:
            both = _missed_twice(values, observables, push_vectors, functions, candidates, memory(functions))
            curved |= bool(both)
            found += [factors for factors in both if factors not in found]
        silent = 0 if found else silent + 1
        if silent == 2:
            break
        if found:
            most = max(most, room(memory(functions)))
            functions = functions.with_products(found[: max(0, most - functions.size)])
    return HigherProducts(functions, most, curved)


def _missed_twice(
    values: Float[np.ndarray, "member time d"],
    observables: Float[np.ndarray, "member time p"],
    push_vectors: PushVectors,
    functions: Terms,
    candidates: list[Factors],
    memory: float,
) -> list[Factors]:
    """Products that both B and the regressions of what is observed miss beyond chance, the clearest first."""
    most = states_for(candidates)
    sample, residuals = sample_with_residuals(values, observables, push_vectors, functions, memory, most)
    found, slopes = sample.products(functions, candidates)
    defect = largest_t_values(found, sample.conjugate, slopes)
    missed = largest_t_values(sample.beyond(found), residuals)
    order = np.argsort(-defect, kind="stable")
    return [candidates[place] for place in order if defect[place] > MISSING and missed[place] > MISSING]
