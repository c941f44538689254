"""For how long conjugate observables made of given functions remember themselves."""

import numpy as np
from jaxtyping import Float

from ..features import Terms, mixed, powers
from ..statistics import timescales
from ._missing_products import VERY_FEW, first_representer, missing_products
from .expressions import PushVectors

_CHUNK = 1 << 15  # states at a time
_MOST_STATES = 200_000


def first_memory(values: Float[np.ndarray, "member time d"], push_vectors: PushVectors, linear: Terms) -> float:
    """Integrated autocorrelation time in steps of the slowest conjugate observable, before functions are chosen.

    It is made of additive functions, and of very few variables of the products up to the third degree that these miss:
    without them B on a thin cycle seems to remember itself several times longer than it does. More would be the noise
    of a short record, which forgets itself at once.
    """
    dimension = values.shape[2]
    functions = linear.with_products(powers(dimension, range(2, 4)))
    if functions.size * 20 > values[..., 0].size:
        return conjugate_memory(values, push_vectors, linear)
    if dimension <= VERY_FEW:
        products = mixed(dimension, 2) + mixed(dimension, 3)
        functions = functions.with_products(missing_products(values, push_vectors, functions, products))
    return conjugate_memory(values, push_vectors, functions)


def conjugate_memory(values: Float[np.ndarray, "member time d"], push_vectors: PushVectors, functions: Terms) -> float:
    """Integrated autocorrelation time in steps of the slowest conjugate observable, made of given functions."""
    share = min(1.0, _MOST_STATES / values[..., 0].size)
    values = values[:, : int(np.ceil(share * values.shape[1]))]
    members, steps, dimension = values.shape
    size = functions.size
    gram, slopes = np.zeros((size + 1, size + 1)), np.zeros((size + 1, len(push_vectors)))
    pieces = [(m, s, min(s + _CHUNK, steps)) for m in range(members) for s in range(0, steps, _CHUNK)]
    for member, start, stop in pieces:
        states = values[member, start:stop]
        found, along = functions.tables(states, push_vectors(states)[0])
        table = np.concatenate([np.ones((len(states), 1)), found], axis=1)
        gram += table.T @ table
        slopes = slopes + len(states) * np.concatenate([np.zeros((1, along.shape[1])), along])
    count = members * steps
    weights = first_representer(gram / count, slopes / count, dimension)
    conjugate = np.empty((members, steps, weights.shape[1]))
    for member, start, stop in pieces:
        states = values[member, start:stop]
        found = functions.tables(states, np.empty((1, 0, dimension)))[0]
        conjugate[member, start:stop] = weights[0] + found @ weights[1:]
    return max(timescales(conjugate[:, :, [push]]).decorrelation for push in range(conjugate.shape[2]))
