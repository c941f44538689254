r"""Is the mean of the record steady, given how slowly the record forgets?

For each state variable the record is averaged into at most 512 bins per member, y_b, and compared with a
line:

    share   = (variance explained by the line) / (variance of the record)
    t       = slope / sqrt( L / sum_b (b - b_mean)^2 ),      L = long-run variance of the bins.

L comes from the even cosine coefficients of the bins, a_j = sum_b y_b cos(pi j (b + 1/2) / n), j = 2, 4, ...,
2q. Those are orthogonal to every straight line, so that a trend does not hide itself by inflating its own
error bar, and for a stationary Gaussian series they are independent of the slope, so that t follows Student's
law with q degrees of freedom per member. Each a_j^2 is first divided by the spectrum of an autoregression of
order one at its frequency, which keeps the slow records, whose spectrum is not flat even at the lowest
frequencies, from looking like drift.

A jump from one level to another is looked for in the same way: the best place for it in the inner nine tenths, and L
from what the jump leaves. A place that was chosen makes the probability too small by about the number of independent
places; only far smaller ones count (``_check_mean``).

References:
    Lazarus, Lewis, Stock and Watson (2018), HAR inference: recommendations for practice (equal-weighted
    cosines).
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import numpy as np
from scipy import special

_BINS = 512
_COLUMNS = 1024


@dataclass(frozen=True)
class Drift:
    """What the mean does, for each column, shape ``(d,)``."""

    share: np.ndarray
    """Share of the variance that a straight line in time explains."""
    rise: np.ndarray
    """Rise of the line over the record, in standard deviations."""
    probability: np.ndarray
    """Probability of so steep a line in a stationary record."""
    span: np.ndarray
    """Length of one member in decorrelation times (e-folding times of the bins' autocorrelation)."""
    jump_share: np.ndarray
    """Share of the variance that a jump between two levels explains."""
    jump_probability: np.ndarray
    """Probability of so large a jump at a given place of a stationary record."""

    @classmethod
    def joined(cls, parts: Iterable["Drift"]) -> "Drift":
        """The drifts of further columns behind those of the first."""
        return cls(*map(np.concatenate, zip(*map(astuple, parts), strict=True)))


def drift(flat: np.ndarray) -> Drift:
    """Measure the drift of the mean of every column of ``flat``, shape ``(member, time, d)``; the trend is
    common to all members, their means are their own.

    Example:
        >>> noise = np.random.default_rng(0).standard_normal((1, 2000, 1))
        >>> bool(drift(noise).share[0] < 0.05)
        True
    """
    # column blocks bound the memory: a field may have as many cells as steps
    return Drift.joined(_drift(flat[..., first : first + _COLUMNS]) for first in range(0, flat.shape[-1], _COLUMNS))


def _drift(flat: np.ndarray) -> Drift:
    steps = flat.shape[1]
    width = -(-steps // _BINS)
    count = steps // width
    bins = flat[:, : count * width].reshape(flat.shape[0], count, width, -1).mean(axis=2)
    bins = bins - bins.mean(axis=1, keepdims=True)
    variance = np.maximum(flat.var(axis=1).mean(axis=0), np.finfo(float).tiny)
    line = np.arange(count) - (count - 1) / 2
    square = float(line @ line)
    slopes = np.einsum("b,mbd->md", line, bins) / square
    residual = bins - slopes[:, None, :] * line[:, None]
    span = _span(residual)
    long_run, freedom = _long_run_variance(bins, span)
    slope = slopes.mean(axis=0)
    jump_share, jump_probability = _jump(bins)
    statistic = slope * np.sqrt(square * flat.shape[0] / long_run)
    return Drift(
        share=np.minimum(slope**2 * square / count / variance, 1.0),
        rise=slope * count / np.sqrt(variance),
        probability=2 * special.stdtr(freedom, -np.abs(statistic)),
        span=span,
        jump_share=jump_share / variance,
        jump_probability=jump_probability,
    )


def _jump(bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variance that the best jump of each column explains, and the probability of one as large at its place."""
    count = bins.shape[1]
    mean = bins.mean(axis=0)
    place, explained = best_jump(mean)
    weight = 1 / place + 1 / (count - place)
    step = -np.take_along_axis(np.cumsum(mean, axis=0), place[None] - 1, axis=0)[0] * weight
    left = bins - step * (np.arange(count)[:, None] >= place)
    left = left - left.mean(axis=1, keepdims=True)
    long_run, freedom = _long_run_variance(left, _span(left))
    statistic = step / np.sqrt(long_run * weight / len(bins))
    return explained / count, 2 * special.stdtr(freedom, -np.abs(statistic))


def best_jump(series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the later level of the best jump begins, in the inner nine tenths, and the squares that it explains.

    Args:
        series: Values in order of time along the first axis.

    Example:
        >>> place, explained = best_jump(np.repeat([0.0, 1.0], [60, 40]))
        >>> int(place), round(float(explained))
        (60, 24)
    """
    count = len(series)
    before = np.arange(1, count).reshape(-1, *[1] * (series.ndim - 1))
    total = np.cumsum(series - series.mean(axis=0), axis=0)[:-1]
    explained = total**2 * (1 / before + 1 / (count - before))
    edge = count // 20
    inner = explained[edge : count - 1 - edge]
    return edge + 1 + np.argmax(inner, axis=0), inner.max(axis=0)


def _span(residual: np.ndarray) -> np.ndarray:
    """Bins per member over the e-folding time of their lag-one autocorrelation."""
    total = np.maximum((residual**2).sum(axis=(0, 1)), np.finfo(float).tiny)
    lag_one = (residual[:, 1:] * residual[:, :-1]).sum(axis=(0, 1)) / total
    return -residual.shape[1] * np.log(np.clip(lag_one, 1e-6, 1 - 1e-6))


def _long_run_variance(bins: np.ndarray, span: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Long-run variance of the bins and its degrees of freedom, from 6 to 64 cosines as the span allows."""
    count = bins.shape[1]
    most = min(64, count // 4)
    order = 2 * np.arange(1, most + 1)
    cosines = np.sqrt(2 / count) * np.cos(np.pi * np.outer(order, np.arange(count) + 0.5) / count)
    power = (np.einsum("jb,mbd->jmd", cosines, bins) ** 2).mean(axis=1)
    memory = np.exp(-span / count)
    frequency = np.pi * order / count
    shape = (1 - memory) ** 2 / (1 - 2 * memory * np.cos(frequency)[:, None] + memory**2)
    used = np.clip((span / 3).astype(int), min(6, most), most)
    weight = np.arange(1, most + 1)[:, None] <= used
    long_run = (power / shape * weight).sum(axis=0) / used
    return np.maximum(long_run, np.finfo(float).tiny), used * bins.shape[0]
