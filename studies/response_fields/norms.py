"""Errors of a field response against the truth, at each time, with what the truth's own noise makes of them.

With the difference d over all points of the grid, the 2-norm is sqrt(sum d^2) as published, unnormalised; the true
root mean square is that divided by the root of the number of points. The truth carries noise e with standard
errors s. To first order the 2-norm moves by d.e / |d|, whose standard error is at most sum |d| s / |d|, whatever
the correlation between points: this bound is what is quoted. The noise also adds to every norm in quadrature, on
average by |s|^2; the norm |s| is reported as the truth's noise, and is not subtracted.
"""

from typing import NamedTuple

import numpy as np

from .result import FieldStudyResult

NORMS = ("L2", "rms", "Linf")


class Series(NamedTuple):
    """A quantity at each time after the push and its standard error, shape ``(lag,)`` each."""

    value: np.ndarray
    stderr: np.ndarray

    def at(self, lags: np.ndarray, time: float) -> tuple[float, float]:
        """Value and standard error at one time, linear between lags."""
        return float(np.interp(time, lags, self.value)), float(np.interp(time, lags, self.stderr))

    def mean(self, lags: np.ndarray) -> tuple[float, float]:
        """Mean over time by the trapezoid rule; errors of different times are taken as one, which is the worst case."""
        span = lags[-1] - lags[0]
        return float(np.trapezoid(self.value, lags) / span), float(np.trapezoid(self.stderr, lags) / span)

    def largest(self) -> tuple[float, float]:
        """The largest value over time and its standard error."""
        index = int(np.argmax(self.value))
        return float(self.value[index]), float(self.stderr[index])


def error_norms(result: FieldStudyResult, method: str) -> dict[str, Series]:
    """The three norms of a method's error over the whole grid at each time.

    Args:
        result: What the study measured.
        method: One of ``result.responses``.

    Returns:
        For ``"L2"`` (unnormalised), ``"rms"`` and ``"Linf"`` the norm at each lag.
    """
    difference = (result.responses[method] - result.truth).reshape(len(result.lags), -1)
    noise = result.truth_stderr.reshape(len(result.lags), -1)
    two, largest = norm_with_error(difference, noise), np.argmax(np.abs(difference), axis=1)
    rows = np.arange(len(result.lags))
    root = float(difference.shape[1]) ** 0.5
    return {
        "L2": two,
        "rms": Series(two.value / root, two.stderr / root),
        "Linf": Series(np.abs(difference[rows, largest]), noise[rows, largest]),
    }


def truth_noise(result: FieldStudyResult) -> dict[str, Series]:
    """The same norms of the truth's own standard error: errors of about this size cannot be told from none."""
    noise = result.truth_stderr.reshape(len(result.lags), -1)
    two, zero = np.linalg.norm(noise, axis=1), np.zeros(len(result.lags))
    root = float(noise.shape[1]) ** 0.5
    return {"L2": Series(two, zero), "rms": Series(two / root, zero), "Linf": Series(noise.max(axis=1), zero)}


def norm_with_error(difference: np.ndarray, noise: np.ndarray) -> Series:
    """The 2-norm along the last axis and the bound on its standard error; where nothing differs, the noise itself."""
    norm, most = np.linalg.norm(difference, axis=-1), np.linalg.norm(noise, axis=-1)
    moved = np.sum(np.abs(difference) * noise, axis=-1)
    return Series(norm, np.where(norm > 0, moved / np.where(norm > 0, norm, 1.0), most))
