"""Means and covariances of a long record, as sums over its pieces."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from ..core import AbstractStored, States, engine_for, pieces_of, read_together


class Moments(NamedTuple):
    """Moments of a record.

    Attributes:
        mean: Mean of the states, shape ``(d,)``.
        covariance: Their covariance, shape ``(d, d)``.
        observed: Mean of the observables, shape ``(p,)``.
        reach: How far the state farthest out is from the mean of each variable, in standard deviations.
    """

    mean: np.ndarray
    covariance: np.ndarray
    observed: np.ndarray
    reach: np.ndarray


def moments_of_record(values: States, observables: States, near: Float[np.ndarray, " d"]) -> Moments:
    """The moments of all states.

    Args:
        values: The record, shape ``(member, time, d)``.
        observables: The observables along it, shape ``(member, time, p)``.
        near: A state near the mean: squares are taken from it, so that no digits are lost.
    """
    engine = engine_for(values)
    work = partial(_sums, near=near)
    record = engine.share((values, observables))
    found = list(engine.results((work, (record, piece)) for piece in pieces_of(values)))
    count, first, second, observed = (np.sum([each[place] for each in found], axis=0) for place in range(4))
    low, high = np.min([each[4] for each in found], axis=0), np.max([each[5] for each in found], axis=0)
    shift = first / count
    covariance = second / count - np.outer(shift, shift)
    reach = np.maximum(high - shift, shift - low) / np.sqrt(np.diag(covariance))
    return Moments(near + shift, covariance, observed / count, reach)


def _sums(record: tuple[States, States], piece: tuple[int, int, int], near: np.ndarray) -> tuple[Any, ...]:
    """Number, sums and sums of squares of the states of a piece, sums of the observables, and the extremes."""
    member, start, stop = piece
    values, observables = record
    if isinstance(values, AbstractStored) and isinstance(observables, AbstractStored):
        values, observables = read_together([values, observables], member, start, stop)
    else:
        values, observables = values[member, start:stop], observables[member, start:stop]
    centred = values - near
    sums = centred.sum(axis=0), centred.T @ centred, observables.sum(axis=0)
    return stop - start, *sums, centred.min(axis=0), centred.max(axis=0)
