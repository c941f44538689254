r"""How many independent states a correlated record is worth."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..core import backward, fast_length, forward
from ._pieces import equal_members


class Timescales(NamedTuple):
    """Decorrelation time in steps (of the slowest variable) and effective number of independent states."""

    decorrelation: float
    effective_size: float
    slowest: int


def timescales(values: Float[np.ndarray, "member time d"], borders: Sequence[int] = ()) -> Timescales:
    r"""Decorrelation time and effective sample size of a record.

    The decorrelation time of one variable is the larger of $\tfrac12 + \sum_l \rho_l$, summed to the first window that
    is five times as long as the sum, and $\tfrac12 + \sum_l \rho_l^2$, which oscillations cannot cancel; the effective
    size is the number of states divided by twice that time, and the slowest variable decides. No pair of states is
    taken across ``borders``, at which a new piece begins.

    References:
        Sokal, *Monte Carlo methods in statistical mechanics*, 1997, section 3, for the self-consistent window.
    """
    total = values.shape[0] * values.shape[1]
    values = equal_members(values, borders)
    _, steps, dimension = values.shape
    window = min(steps - 1, 50_000)
    worst, slowest = 0.5, 0
    for index in range(dimension):
        series = values[:, :, index] - values[:, :, index].mean()
        rho = _autocorrelation(series, window)
        time = integrated_time(rho)
        if time > worst:
            worst, slowest = time, index
    return Timescales(worst, total / (2 * worst), slowest)


def integrated_time(correlation: Float[np.ndarray, " lags"]) -> float:
    """The integrated autocorrelation time in steps, at least one half, from the autocorrelation at lags from zero on.

    Example:
        >>> import numpy as np
        >>> round(integrated_time(0.9 ** np.arange(400)), 2)
        9.44
    """
    times = 0.5 + np.cumsum(correlation[1:])
    squares = 0.5 + np.cumsum(correlation[1:] ** 2)
    return max(_at_window(times), _at_window(squares), 0.5) if len(times) else 0.5


def _at_window(times: np.ndarray) -> float:
    """The running sum at the first window that is five times as long as the sum."""
    inside = np.arange(1, len(times) + 1) >= 5 * np.maximum(times, 0.5)
    return float(times[int(np.argmax(inside)) if inside.any() else -1])


def _autocorrelation(series: np.ndarray, window: int) -> np.ndarray:
    members, steps = series.shape
    length = fast_length(steps + window)
    power = np.zeros(length // 2 + 1)
    for row in series:
        power += np.abs(forward(row, length, axis=0)) ** 2
    sums = backward(power, length, axis=0)[: window + 1]
    covariance = sums / (members * (steps - np.arange(window + 1)))
    return covariance / covariance[0]
