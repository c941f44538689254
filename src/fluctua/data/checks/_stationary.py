r"""Is the mean of the record steady, given how slowly the record forgets?

For each state variable the record is averaged into at most 512 bins per member, y_b, and compared with a
line:

    share   = (variance explained by the line) / (variance of the record)
    t       = slope / sqrt( L / sum_b (b - b_mean)^2 ),      L = long-run variance of the bins.

L comes from the even cosine coefficients of the bins, a_j = sum_b y_b cos(pi j (b + 1/2) / n), j = 2, 4, ...,
2q. Those are orthogonal to every straight line, so that a trend does not hide itself by inflating its own
error bar, and for a stationary Gaussian series they are independent of the slope, so that t follows Student's
law with q degrees of freedom per member. Each a_j^2 is first divided by the spectrum at its frequency, which keeps
the slow records, whose spectrum is not flat even at the lowest frequencies, from looking like drift.

That spectrum is the one of an autoregression of order one with white noise added to it, the likeliest of a grid
(Whittle). Neighbouring bins alone would not do: noise of the measurement, or what is fast, hides from them how slow
the rest is. Where the halves of a record are not of one kind, as where it settles, it is that of the quieter half, and
where there is a clear jump that of what the jump leaves. A bend that no line describes is taken for memory here, and
looked for in ``_curves``. Measured: of 1000 states that keep 0.99 at a step, with as
much noise, 1 in 40 is said to drift or jump, none is refused; by neighbouring bins 7 in 10, and 1 in 25. Of few bins
that likeliest memory comes out too short, and what neighbouring bins say is taken where it makes more of the variance.

A jump from one level to another is looked for in the same way: the best place for it in the inner nine tenths, and L
from what the jump leaves. A place that was chosen makes the probability too small by about the number of independent
places; only far smaller ones count (``_mean``).

References:
    Lazarus, Lewis, Stock and Watson (2018), HAR inference: recommendations for practice (equal-weighted
    cosines). Whittle (1953), Estimation and information in stationary time series, Arkiv för Matematik 2, 423.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import special

_BINS = 512
_COLUMNS = 1024
_KEPT, _NOISE = (
    each.ravel()
    for each in np.meshgrid(
        np.exp(-1 / np.geomspace(0.5, 2 * _BINS, 32)),  # of an autoregression, from bin to bin
        [0.0, 1e-5, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0],  # share of white noise in the spectrum at frequency zero
    )
)
_TOLD = 2.0  # log-likelihood by which a memory is told
_DIFFER = 10.0  # the same of two halves that are not of one kind
_MUCH = 0.25  # of the variance of the bins
JUMP_PROBABILITY = 1e-6
"""Of a jump at the place at which it is largest, for all variables together: it is looked for everywhere."""


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


def binned(flat: np.ndarray) -> np.ndarray:
    """Means over at most 512 equal bins of time, shape ``(member, bin, d)``."""
    steps = flat.shape[1]
    width = -(-steps // _BINS)
    count = steps // width
    return flat[:, : count * width].reshape(flat.shape[0], count, width, -1).mean(axis=2)


def _drift(flat: np.ndarray) -> Drift:
    bins = binned(flat)
    count = bins.shape[1]
    bins = bins - bins.mean(axis=1, keepdims=True)
    variance = np.maximum(flat.var(axis=1).mean(axis=0), np.finfo(float).tiny)
    line = np.arange(count) - (count - 1) / 2
    square = float(line @ line)
    slopes = np.einsum("b,mbd->md", line, bins) / square
    residual = bins - slopes[:, None, :] * line[:, None]
    jump_share, jump_probability, left = _jump(bins)
    # A clear jump is no slow motion: the memory is that of what it leaves.
    jumps = jump_probability < JUMP_PROBABILITY
    memory = _memory(np.where(jumps, left, residual))
    long_run, freedom = _long_run_variance(bins, memory)
    slope = slopes.mean(axis=0)
    statistic = slope * np.sqrt(square * flat.shape[0] / long_run)
    return Drift(
        share=np.minimum(slope**2 * square / count / variance, 1.0),
        rise=slope * count / np.sqrt(variance),
        probability=2 * special.stdtr(freedom, -np.abs(statistic)),
        span=memory.span,
        jump_share=jump_share / variance,
        jump_probability=jump_probability,
    )


def _jump(bins: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Variance that the best jump of each column explains, its probability at its place, and what it leaves."""
    count = bins.shape[1]
    mean = bins.mean(axis=0)
    place, explained = best_jump(mean)
    weight = 1 / place + 1 / (count - place)
    step = -np.take_along_axis(np.cumsum(mean, axis=0), place[None] - 1, axis=0)[0] * weight
    left = bins - step * (np.arange(count)[:, None] >= place)
    left = left - left.mean(axis=1, keepdims=True)
    memory = _memory(left)
    long_run, freedom = _long_run_variance(left, memory)
    statistic = step / np.sqrt(long_run * weight / len(bins))
    return explained / count, 2 * special.stdtr(freedom, -np.abs(statistic)), left


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


class _Memory(NamedTuple):
    """How the bins forget, for each column.

    Attributes:
        shape: Their spectrum at the even cosines over that at frequency zero, shape ``(cosine, d)``.
        memories: Length of a member in memories, infinite for white noise, shape ``(d,)``.
        beside: The same, of the autoregression that neighbouring bins have, shape ``(d,)``.
        span: The same, of what is told for certain: the shortest memory that is about as likely, and that of
            neighbouring bins where it belongs to a small part of their variance.
    """

    shape: np.ndarray
    memories: np.ndarray
    beside: np.ndarray
    span: np.ndarray


def _memory(residual: np.ndarray) -> _Memory:
    """The likeliest autoregression of order one with white noise added; of the quieter half where the two differ."""
    count = residual.shape[1]
    loss, _ = _losses(residual)
    halves = [_losses(part - part.mean(axis=1, keepdims=True)) for part in np.array_split(residual, 2, axis=1)]
    apart = np.sum([each.min(axis=0) for each, _ in halves], axis=0)
    common = np.log(np.mean([scale for _, scale in halves], axis=0))
    weight = len(residual) * _most(count // 2)
    together = np.sum([each + weight * (common - np.log(scale)) for each, scale in halves], axis=0)
    quieter = np.array([np.take_along_axis(scale, each.argmin(axis=0)[None], axis=0)[0] for each, scale in halves])
    chosen = np.where(np.argmin(quieter, axis=0) == 0, halves[0][0], halves[1][0])
    loss = np.where(together.min(axis=0) - apart > _DIFFER, chosen, loss)
    best = np.argmin(loss, axis=0)
    spans = np.where(_NOISE < 1, -count * np.log(_KEPT), np.inf)
    sure = np.argmax(np.where(loss <= loss.min(axis=0) + _TOLD, spans[:, None], 0.0), axis=0)
    slow = (1 - _NOISE) * (1 - _KEPT) / (1 + _KEPT)
    much = (slow > _MUCH * (slow + _NOISE))[sure]
    total = np.maximum((residual**2).sum(axis=(0, 1)), np.finfo(float).tiny)
    lag_one = (residual[:, 1:] * residual[:, :-1]).sum(axis=(0, 1)) / total
    beside = -count * np.log(np.clip(lag_one, 1e-6, 1 - 1e-6))
    span = np.where(much, np.minimum(spans[sure], beside), beside)
    return _Memory(_spectra(count)[::2][:, best], spans[best], beside, span)


def _losses(residual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whittle's likelihood, its sign changed, with the best spectrum at frequency zero, and that; ``(model, d)``."""
    shape = _spectra(residual.shape[1])
    waves = _cosines(np.arange(2, len(shape) + 2), residual.shape[1])
    power = (np.einsum("jb,mbd->jmd", waves, residual) ** 2).mean(axis=1)
    scale = np.maximum((1 / shape).T @ power / len(shape), np.finfo(float).tiny)
    loss = len(residual) * _most(residual.shape[1]) * (np.log(scale) + np.log(shape).mean(axis=0)[:, None])
    # A memory, and noise beside it, are believed where they are told.
    return loss + _TOLD * ((_NOISE < 1).astype(float) + ((_NOISE > 0) & (_NOISE < 1)))[:, None], scale


@lru_cache(maxsize=16)
def _spectra(count: int) -> np.ndarray:
    """Spectra at the cosines from the second on over those at frequency zero, shape ``(cosine, model)``."""
    frequency = np.pi * np.arange(2, 2 * _most(count) + 1)[:, None] / count
    return (1 - _NOISE) * _autoregression(_KEPT, frequency) + _NOISE


def _autoregression(kept: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    r"""Spectrum over that at frequency zero, $(1 - r)^2 / (1 - 2 r \cos \omega + r^2)$, r what a step keeps."""
    return (1 - kept) ** 2 / (1 - 2 * kept * np.cos(frequency) + kept**2)


def _long_run_variance(bins: np.ndarray, memory: _Memory) -> tuple[np.ndarray, np.ndarray]:
    """Long-run variance of the bins and its degrees of freedom, from 6 to 64 cosines as the memory allows.

    The larger one of that with the likeliest memory and that with the memory of neighbouring bins: noise hides the
    latter, and of few bins the former is told too short.
    """
    count = bins.shape[1]
    most = _most(count)
    orders = 2 * np.arange(1, most + 1)
    power = (np.einsum("jb,mbd->jmd", _cosines(orders, count), bins) ** 2).mean(axis=1)
    kept = np.exp(-memory.beside / count)
    beside = _autoregression(kept, np.pi * orders[:, None] / count)
    found = []
    for shape, memories in ((memory.shape, memory.memories), (beside, memory.beside)):
        used = np.clip(np.minimum(memories / 3, most), min(6, most), most).astype(int)
        weight = np.arange(1, most + 1)[:, None] <= used
        found.append(((power / shape * weight).sum(axis=0) / used, used * bins.shape[0]))
    (likely, freedom), (near, freedom_near) = found
    long_run = np.maximum(np.maximum(likely, near), np.finfo(float).tiny)
    return long_run, np.where(near > likely, freedom_near, freedom)


def _most(count: int) -> int:
    return min(64, count // 4)


def _cosines(order: np.ndarray, count: int) -> np.ndarray:
    return np.sqrt(2 / count) * np.cos(np.pi * np.outer(order, np.arange(count) + 0.5) / count)
