r"""Functions of a list of variables for calibration and regression, as many as the record carries.

What a function costs is the noise of its own equation $\langle u \cdot \nabla \varphi - B \varphi \rangle = 0$, whose
memory is that of the conjugate observable and not that of the slowest column: a record of N steps in which B decorrelates
within $\tau_B$ carries one function for every fifteen of its $N / 2 \tau_B$ states. A slow or useless further column takes
no functions from the others.

Additive functions come first, as they carry systems of many variables that act on their neighbours; then products, all of
them in few variables, and otherwise those whose absence would show most: leaving out $\chi$ changes the response by

$$ \delta K(t) = \frac{c_\chi\, d_\chi(t)}{\langle \chi^2 \rangle}, \qquad
   c_\chi = \langle u \cdot \nabla \chi - B \chi \rangle, \quad d_\chi(t) = \langle \chi (A_t - \hat g_t) \rangle, $$

the product of what the conjugate observable and the regression lack; then local steps.
"""

import numpy as np
from jaxtyping import Float

from ..features import (
    AbstractDictionary,
    Polynomials,
    Terms,
    Whitening,
    linear_terms,
    mixed,
    moments,
    powers,
    solve,
)
from ..statistics import timescales
from ._pushes import PushVectors

_STATES_PER_FUNCTION = 15
_MOST_BESIDE_ADDITIVE = 200
_MODES = 20  # leading modes where there are too many variables even for linear functions
_STEPS = 9
_FEW = 8  # variables whose products are all looked at
_CHUNK = 1 << 15  # states at a time
_RIDGE = 1e-3  # of the first look


def response_functions(
    values: Float[np.ndarray, "member time d"],
    push_vectors: PushVectors,
    *,
    degree: int | None = None,
    far_tails: bool = False,
    most: float = np.inf,
) -> tuple[AbstractDictionary, int]:
    """The functions, the linear ones first, and how many of those there are.

    Args:
        values: The record.
        push_vectors: The vectors of the pushes at states.
        degree: Total degree of the polynomials; by default up to 3, or 5 in few variables, with steps.
        far_tails: Whether states far out need bounded coordinates.
        most: Largest number of functions that fits into memory.
    """
    dimension = values.shape[2]
    flat = values.reshape(-1, dimension)
    saturation = 3.0 if far_tails else float("inf")
    table = linear_terms(flat, degree=max(degree or 5, 3), steps=_STEPS, saturation=saturation)
    fits = min(_first_look(values, table, push_vectors), 3.0 * _STATES_PER_FUNCTION * most) / _STATES_PER_FUNCTION
    if dimension > 5 * fits:
        modes = int(np.clip(fits, 1, min(_MODES, dimension)))
        return Polynomials(Whitening.leading(*moments(flat), modes=modes), 1, saturation), modes
    limit = min(fits, most, 3 * dimension + _MOST_BESIDE_ADDITIVE)
    chosen: list[tuple[tuple[int, int], ...]] = []
    for group in _groups(table, dimension, degree):
        if dimension + len(chosen) + len(group) > limit:
            break
        chosen += group
    return table.with_products(chosen), dimension


def _groups(table: Terms, dimension: int, degree: int | None) -> list[list[tuple[tuple[int, int], ...]]]:
    """Functions beside the linear ones, in the order in which they are taken."""
    everyone = list(range(dimension))
    if degree is not None:
        return [powers(dimension, range(n, n + 1)) + mixed(dimension, n) for n in range(2, degree + 1)]
    groups = [powers(dimension, range(2, 4))]
    if dimension <= _FEW:
        groups += [mixed(dimension, 2), mixed(dimension, 3)]
    if dimension <= 3:
        groups += [powers(dimension, range(4, 6))]
    if dimension <= _FEW:
        groups += [table.steps(everyone)]
    return [group for group in groups if group]


def _first_look(values: np.ndarray, table: Terms, push_vectors: PushVectors) -> float:
    """Independent states of the noisiest conjugate observable, made of additive functions."""
    members, steps, dimension = values.shape
    additive = table.with_products(powers(dimension, range(2, 4)))
    if additive.size * 20 > members * steps:
        additive = table
    size = additive.size
    gram, slopes, centre = np.zeros((size + 1, size + 1)), 0.0, None
    pieces = [(m, s, min(s + _CHUNK, steps)) for m in range(members) for s in range(0, steps, _CHUNK)]
    for member, start, stop in pieces:
        states = values[member, start:stop]
        found, along = additive.tables(states, push_vectors(states)[0])
        functions = np.concatenate([np.ones((len(states), 1)), found], axis=1)
        gram += functions.T @ functions
        slopes = slopes + len(states) * np.concatenate([np.zeros((1, along.shape[1])), along])
    count = members * steps
    weights = solve(
        (gram / count)[None], (slopes / count)[None], np.where(np.arange(size + 1) <= dimension, 1e-12, _RIDGE)
    )
    conjugate = np.empty((members, steps, weights.shape[2]))
    for member, start, stop in pieces:
        states = values[member, start:stop]
        functions = additive.tables(states, np.empty((1, 0, dimension)))[0]
        conjugate[member, start:stop] = weights[0, 0] + functions @ weights[0, 1:]
    return min(timescales(conjugate[:, :, [push]]).effective_size for push in range(conjugate.shape[2]))
