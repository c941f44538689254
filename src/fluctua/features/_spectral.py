"""Homogeneous fields by wavenumber: spectra of periodic grids, and what symmetry does to tables over them.

A *table* holds one number (or matrix) per wavenumber of the half spectrum of ``numpy.fft.rfftn``, flattened to one
axis. It is the transform of a real function of the offset between two points: a correlation function, or a filter.
"""

import math
from collections.abc import Sequence

import numpy as np
import scipy.fft
from jaxtyping import Complex, Float


def half_shape(grid: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of the half spectrum of a real field."""
    return (*grid[:-1], grid[-1] // 2 + 1)


def to_spectrum(fields: Float[np.ndarray, "..."], grid: tuple[int, ...]) -> np.ndarray:
    """Half spectra of real fields over their last axes, those of the grid, flattened to one axis."""
    axes = tuple(range(-len(grid), 0))
    spectrum = np.asarray(scipy.fft.rfftn(fields, axes=axes, workers=-1))
    return spectrum.reshape(*spectrum.shape[: -len(grid)], -1)


def to_grid(spectrum: np.ndarray, grid: tuple[int, ...]) -> np.ndarray:
    """The inverse of ``to_spectrum``."""
    axes = tuple(range(-len(grid), 0))
    shaped = spectrum.reshape(*spectrum.shape[:-1], *half_shape(grid))
    return np.asarray(scipy.fft.irfftn(shaped, s=grid, axes=axes, workers=-1))


def frequencies(grid: tuple[int, ...], spacing: Sequence[float]) -> tuple[Float[np.ndarray, "..."], ...]:
    """Frequencies of the half spectrum along each axis, for points ``spacing`` apart, shaped to be broadcast."""
    whole = [np.fft.fftfreq(size, step) for size, step in zip(grid[:-1], spacing, strict=False)]
    return np.ix_(*whole, np.fft.rfftfreq(grid[-1], spacing[-1]))


def derivatives(grid: tuple[int, ...], lengths: Sequence[float] | None = None) -> list[Complex[np.ndarray, "..."]]:
    """i k along each axis of a domain, 2 pi long by default, zero at the Nyquist wavenumber; shaped to be broadcast."""
    symbols = []
    for size, k in zip(grid, wavenumbers(grid, lengths), strict=True):
        if size % 2 == 0:
            k.flat[size // 2] = 0.0
        symbols.append(1j * k)
    return symbols


def wavenumbers(grid: tuple[int, ...], lengths: Sequence[float] | None = None) -> list[Float[np.ndarray, "..."]]:
    """k along each axis of such a domain, shaped to be broadcast."""
    units = [1.0] * len(grid) if lengths is None else [2 * np.pi / length for length in lengths]
    return [unit * k for unit, k in zip(units, frequencies(grid, [1 / size for size in grid]), strict=True)]


def multiplicity(grid: tuple[int, ...]) -> Float[np.ndarray, " wavenumbers"]:
    """How many wavenumbers of the whole spectrum each one of the half spectrum stands for: one or two."""
    weights = np.full(half_shape(grid), 2.0)
    weights[..., 0] = 1.0
    if grid[-1] % 2 == 0:
        weights[..., -1] = 1.0
    return weights.ravel()


def shells(grid: tuple[int, ...]) -> np.ndarray:
    """The shell of each wavenumber: its distance from zero in steps of the coarsest axis, rounded."""
    squares = sum((frequency**2 for frequency in frequencies(grid, [1.0] * len(grid))), np.zeros(half_shape(grid)))
    return np.rint(np.sqrt(squares).ravel() * min(grid)).astype(int)


def reflected(table: Complex[np.ndarray, "wavenumbers ..."], grid: tuple[int, ...], axes: Sequence[int]) -> np.ndarray:
    """The table of the same function of the offset with the offset along some axes reversed."""
    shaped = table.reshape(*half_shape(grid), *table.shape[1:])
    for axis in axes:
        if axis == len(grid) - 1:
            # The half spectrum lacks negative wavenumbers here; they are conjugates of the opposite ones.
            shaped = shaped.conj()
            reversed_axes = [other for other in range(len(grid)) if other != axis]
        else:
            reversed_axes = [axis]
        for other in reversed_axes:
            shaped = np.roll(np.flip(shaped, other), 1, axis=other)
    return shaped.reshape(table.shape)


def tapered(
    table: Complex[np.ndarray, "wavenumbers ..."], grid: tuple[int, ...], length: float
) -> Complex[np.ndarray, "wavenumbers ..."]:
    r"""The table of the function of the offset $r$ times $\exp(-r^2 / 2 \ell^2)$, $\ell$ in grid points.

    Seen by wavenumber it is an average over neighbours: a correlation that is noise at large offsets loses it there.
    """
    trailing = table.shape[1:]
    offsets = to_grid(np.moveaxis(table.reshape(table.shape[0], -1), 0, -1), grid)
    window = np.ones(grid)
    for distance in np.ix_(*(np.minimum(np.arange(size), size - np.arange(size)) for size in grid)):
        window = window * np.exp(-0.5 * (distance / length) ** 2)
    result = np.moveaxis(to_spectrum(offsets * window, grid), -1, 0)
    return result.reshape(math.prod(half_shape(grid)), *trailing)
