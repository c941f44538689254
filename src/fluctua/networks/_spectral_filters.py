r"""Smooth filters of periodic fields, written by few numbers: functions of the wavenumber.

A filter multiplies the half spectrum of a field by

$$ K(k) = \sum_j \sum_m a_{jm}\, \rho_j(|k|)\, h_m(k / |k|), $$

with hat functions $\rho_j$ in $\log_2(1 + |k|)$, half an octave apart and flat beyond the last, which add up to one,
and the harmonics $h = 1, i \hat k_x, i \hat k_y, \hat k_x^2 - \hat k_y^2, 2 \hat k_x \hat k_y$ of the direction
($1, i \hat k$ in one dimension). $k$ is counted in waves per domain. Real numbers $a$ give real filters of real
fields: even harmonics are real, odd ones imaginary, and directions count as zero at a Nyquist wavenumber, where a
shift of the grid could not tell them apart. The number of numbers does not depend on the grid, so that what is
learned on one grid can be used on a finer one.
"""

import functools
import math

import numpy as np
from jaxtyping import Float

_PER_OCTAVE = 2


def radial_count(grid: tuple[int, ...]) -> int:
    """Number of hat functions that reach the largest wavenumber of a grid.

    Example:
        >>> radial_count((32, 32))
        10
    """
    largest = math.sqrt(sum((points // 2) ** 2 for points in grid))
    return math.floor(_PER_OCTAVE * math.log2(1.0 + largest)) + 1


@functools.cache
def radial_functions(grid: tuple[int, ...], count: int) -> Float[np.ndarray, "count *half"]:
    r"""The hat functions $\rho_j(|k|)$ on the half spectrum; they add up to one at every wavenumber."""
    length = np.sqrt(sum(axis**2 for axis in _wavenumbers(grid)))
    position = np.minimum(_PER_OCTAVE * np.log2(1.0 + length), count - 1)
    hats = np.stack([np.maximum(0.0, 1.0 - np.abs(position - j)) for j in range(count)])
    return hats.astype(np.float32)


@functools.cache
def filter_functions(grid: tuple[int, ...], count: int) -> Float[np.ndarray, "parts functions *half"]:
    r"""The functions $\rho_j h_m$ on the half spectrum, real and imaginary part, harmonics slowest.

    Example:
        >>> filter_functions((32, 32), 10).shape
        (2, 50, 32, 17)
    """
    axes = _wavenumbers(grid)
    length = np.maximum(np.sqrt(sum(axis**2 for axis in axes)), 1.0)
    directions = [
        np.where(np.abs(axis) == points / 2, 0.0, axis) / length for axis, points in zip(axes, grid, strict=True)
    ]
    one = np.ones(np.broadcast_shapes(*(axis.shape for axis in axes)))
    even, odd = [one], [one * direction for direction in directions]
    if len(grid) == 2:
        y, x = directions
        even += [x**2 - y**2, 2.0 * x * y]
    hats = radial_functions(grid, count)
    real = np.concatenate([harmonic * hats for harmonic in even])
    imaginary = np.concatenate([harmonic * hats for harmonic in odd])
    parts = np.zeros((2, len(real) + len(imaginary), *hats.shape[1:]), np.float32)
    parts[0, : len(real)] = real
    parts[1, len(real) :] = imaginary
    return parts


def _wavenumbers(grid: tuple[int, ...]) -> list[np.ndarray]:
    """Wavenumbers of each axis in waves per domain, shaped to broadcast over the half spectrum."""
    *leading, last = grid
    axes = [np.fft.fftfreq(points, 1.0 / points) for points in leading] + [np.fft.rfftfreq(last, 1.0 / last)]
    shapes = np.eye(len(grid), dtype=int) * -2 + 1
    return [axis.reshape(shape) for axis, shape in zip(axes, shapes, strict=True)]
