r"""Does the field carry itself along? A test on the record, one step ahead.

Take the field for a vorticity, $\nabla^2 \psi = u$, and let $J = \partial_x \psi\, \partial_y u - \partial_y \psi\,
\partial_x u$ be what its own flow would change. With the linear prediction $c_k u_k$ of the next state, what is left
is regressed on J moved along with it,

$$ b = \frac{\mathrm{Re} \sum_k \langle (u'_k - c_k u_k)\, (c_k J_k)^* \rangle}{\sum_k \langle |c_k J_k|^2 \rangle} . $$

Where b differs from zero by far, the flow is there: one step of the record carries the field as the flow of u would
do in the time b, in the units in which u is an inverse time (a negative b: with the opposite sense of rotation). No
unit and no sign has to be known beforehand.
"""

import math
from typing import NamedTuple

import numpy as np

from ..features import multiplicity, self_advection, to_spectrum
from ._fields import FieldValues

_PAIRS = 4096  # pairs of states that are looked at
_GROUPS = 16  # among which the standard error is taken
_SURE = 8.0  # standard errors from zero
_SHARE = 0.005  # of what the linear prediction leaves must be explained
_TURNS = 1.3  # longest time, over the inverse root mean square of the field
_FRACTIONS = (1 / 6, 1 / 3, 2 / 3, 1.0)  # of the longest time


class SelfAdvection(NamedTuple):
    """What the test found.

    Attributes:
        strength: b, for one step of the record.
        stderr: Its standard error.
        share: Part of what the linear prediction leaves that J explains.
        times: Times for which the field is worth carrying along; none where it does not carry itself.
    """

    strength: float
    stderr: float
    share: float
    times: tuple[float, ...]


def find_self_advection(values: FieldValues, lengths: tuple[float, ...], max_lag: int) -> SelfAdvection:
    """Test whether a field of one channel on a grid of two dimensions carries itself along.

    Args:
        values: The record, or a part of it in memory.
        lengths: Lengths of the domain along the axes of the grid.
        max_lag: Largest lag in steps: no time is proposed beyond it.
    """
    now, later = _pairs(values)
    change = self_advection(now, lengths)
    many = multiplicity(values.grid)
    first, second, flow = (to_spectrum(fields, values.grid) for fields in (now, later, change))
    first[:, 0] = second[:, 0] = 0.0  # the mean is not carried
    linear = np.sum(second * first.conj(), axis=0) / np.maximum(np.sum(np.abs(first) ** 2, axis=0), 1e-300)
    left, moved = second - linear * first, linear * flow
    products = np.sum(many * np.real(left * moved.conj()), axis=1)
    squares = np.sum(many * np.abs(moved) ** 2, axis=1)
    unexplained = float(np.sum(many * np.abs(left) ** 2))
    strength = float(products.sum() / max(float(squares.sum()), 1e-300))
    influence = [part.sum() for part in np.array_split(products - strength * squares, _GROUPS)]
    stderr = float(np.sqrt(np.sum(np.square(influence))) / max(float(squares.sum()), 1e-300))
    share = strength**2 * float(squares.sum()) / max(unexplained, 1e-300)
    if abs(strength) < _SURE * stderr or share < _SHARE:
        return SelfAdvection(strength, stderr, share, ())
    longest = min(_TURNS / max(float(now.std()), 1e-300), abs(strength) * max_lag)
    return SelfAdvection(strength, stderr, share, tuple(math.copysign(longest, strength) * f for f in _FRACTIONS))


def _pairs(values: FieldValues) -> tuple[np.ndarray, np.ndarray]:
    """States and their successors, spread over the record, less their mean: ``(n, ny, nx)`` each."""
    each = max(1, _PAIRS // values.members)
    members = np.unique(np.linspace(0, values.members - 1, min(values.members, _PAIRS)).astype(int))
    starts = np.unique(np.linspace(0, values.steps - 2, min(each, values.steps - 1)).astype(int))
    record = np.asarray(values.values)
    now = np.concatenate([record[m, starts, 0] for m in members]).astype(np.float64)
    later = np.concatenate([record[m, starts + 1, 0] for m in members]).astype(np.float64)
    mean = now.mean()
    return now - mean, later - mean
