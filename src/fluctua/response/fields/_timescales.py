"""Decorrelation time and effective sample size of a homogeneous field, from a few dozen of its modes."""

import numpy as np

from ...scores import shells, to_spectrum
from ...statistics import Timescales, timescales

_MODES = 24
_CHANNELS = 4


def field_timescales(values: np.ndarray, grid: tuple[int, ...]) -> tuple[Timescales, int]:
    """Timescales of the slowest of a few dozen modes, and the shell it lies in.

    The modes are the largest scales, where slow ones are found, and a spread of smaller ones. Members are independent,
    so the record is worth at least as many states as it has members.

    Args:
        values: The record, shape ``(member, time, channels, *grid)``.
        grid: Shape of the homogeneous grid.
    """
    members, steps, channels = values.shape[:3]
    shell = shells(grid)
    order = np.argsort(shell, kind="stable")
    spread = np.unique(np.geomspace(1, len(order), _MODES // 2).astype(int) - 1)
    chosen = np.unique(np.concatenate([order[: _MODES // 2], order[spread]]))
    some = np.unique(np.linspace(0, channels - 1, min(channels, _CHANNELS)).astype(int))
    series = np.empty((members, steps, len(chosen) * len(some) * 2))
    for member in range(members):
        spectra = to_spectrum(np.asarray(values[member][:, some], dtype=np.float64), grid)[..., chosen]
        series[member] = np.concatenate([np.real(spectra), np.imag(spectra)], axis=-1).reshape(steps, -1)
    # Imaginary parts of the mean and the Nyquist modes are zero.
    spread_of = series.std(axis=(0, 1))
    moving = np.flatnonzero(spread_of > 1e-9 * spread_of.max())
    found = timescales(series[:, :, moving])
    mode = moving[found.slowest] % len(chosen)
    size = max(found.effective_size, float(members))
    return Timescales(found.decorrelation, size, found.slowest), int(shell[chosen[mode]])
