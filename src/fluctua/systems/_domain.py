r"""Periodic grids in one or two dimensions, and their spectra.

A real field on the grid is an array whose last axes are the grid's, x being the last. Its spectrum is the
unnormalised discrete Fourier transform $u_k = \sum_x u(x)\,e^{-i k x}$, of which only the half with a wavenumber of
zero or more along x is kept (the *half spectrum*); the other half is its complex conjugate.
"""

import math

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float

from ..core import OptionError


class PeriodicDomain(eqx.Module):
    r"""A periodic interval or rectangle with an even grid.

    Args:
        shape: Grid points along each axis: ``(nx,)`` or ``(ny, nx)``.
        lengths: Length of each axis, in the order of ``shape``; by default $2\pi$, which makes wavenumbers integers.

    Raises:
        OptionError: A grid that is not of one or two dimensions, has fewer than 4 points along an axis, or a length
            that is not positive.

    Example:
        >>> domain = PeriodicDomain((4, 8))
        >>> domain.dims, domain.size, domain.half_shape
        (('y', 'x'), 32, (4, 5))
        >>> domain.squared_wavenumber()[1].tolist()
        [1.0, 2.0, 5.0, 10.0, 17.0]
    """

    shape: tuple[int, ...] = eqx.field(static=True)
    lengths: tuple[float, ...] = eqx.field(static=True)

    def __init__(self, shape: tuple[int, ...], lengths: tuple[float, ...] | None = None):
        self.shape = tuple(int(points) for points in shape)
        self.lengths = (2.0 * math.pi,) * len(self.shape) if lengths is None else tuple(float(one) for one in lengths)
        if len(self.shape) not in (1, 2) or min(self.shape) < 4:
            raise OptionError(
                f"a grid of shape {self.shape} was given",
                "one or two dimensions are needed, with at least 4 points along each",
                "give a shape like (64,) or (32, 32)",
            )
        if len(self.lengths) != len(self.shape) or not all(0.0 < one < math.inf for one in self.lengths):
            raise OptionError(
                f"the lengths {self.lengths} were given for a grid of shape {self.shape}",
                "every axis needs one positive length",
                "give as many lengths as axes, or leave them out for 2 pi each",
            )

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the axes: ``("x",)`` or ``("y", "x")``."""
        return ("y", "x")[-len(self.shape) :]

    @property
    def size(self) -> int:
        """Number n of grid points."""
        return math.prod(self.shape)

    @property
    def half_shape(self) -> tuple[int, ...]:
        """Shape of a half spectrum."""
        return (*self.shape[:-1], self.shape[-1] // 2 + 1)

    @property
    def spacing(self) -> tuple[float, ...]:
        """Distance between neighbouring grid points along each axis."""
        return tuple(length / points for length, points in zip(self.lengths, self.shape, strict=True))

    def coordinates(self) -> tuple[Float[np.ndarray, " point"], ...]:
        """Positions of the grid points along each axis, from zero on."""
        return tuple(np.arange(points) * step for points, step in zip(self.shape, self.spacing, strict=True))

    def indices(self) -> tuple[np.ndarray, ...]:
        """Whole wavenumbers (waves per length of the axis) along each axis, each of half-spectrum shape."""
        axes = [np.rint(np.fft.fftfreq(points, 1.0 / points)) for points in self.shape[:-1]]
        axes.append(np.arange(self.half_shape[-1], dtype=np.float64))
        return tuple(np.meshgrid(*axes, indexing="ij"))

    def wavenumbers(self) -> tuple[Float[np.ndarray, "..."], ...]:
        """Wavenumber component along each axis, each of half-spectrum shape, in radians per unit of length."""
        scales = [2.0 * math.pi / length for length in self.lengths]
        return tuple(scale * index for scale, index in zip(scales, self.indices(), strict=True))

    def squared_wavenumber(self) -> Float[np.ndarray, "..."]:
        """$|k|^2$ over the half spectrum; minus the symbol of the Laplacian."""
        return np.add.reduce([component**2 for component in self.wavenumbers()])

    def derivative(self, axis: int) -> Complex[np.ndarray, "..."]:
        """Symbol $i k$ of the derivative along an axis, zero at its Nyquist wavenumber, where a real field has none."""
        nyquist = 2.0 * np.abs(self.indices()[axis]) == self.shape[axis]
        return np.where(nyquist, 0.0, 1j * self.wavenumbers()[axis])

    def dealiased(self, fraction: float) -> Bool[np.ndarray, "..."]:
        """Whether a wavenumber is below ``fraction`` of the Nyquist wavenumber along every axis.

        Products of two fields that are cut at 2/3 are free of aliasing, products of three at 1/2. A fraction of 1 or
        more keeps everything, the Nyquist wavenumber included.
        """
        if fraction >= 1.0:
            return np.ones(self.half_shape, bool)
        shares = [2.0 * np.abs(index) / points for index, points in zip(self.indices(), self.shape, strict=True)]
        return np.max(shares, axis=0) < fraction

    def weights(self) -> Float[np.ndarray, "..."]:
        """How often each kept wavenumber counts in a sum over the whole spectrum (Parseval): once or twice."""
        index = self.indices()[-1]
        return np.where((index == 0) | (2 * index == self.shape[-1]), 1.0, 2.0)

    def forward(self, grid: Float[Array, "..."]) -> Complex[Array, "..."]:
        """Half spectra of real fields; leading axes are batches."""
        return jnp.fft.rfftn(grid, axes=self._axes)

    def backward(self, spectrum: Complex[Array, "..."]) -> Float[Array, "..."]:
        """Real fields of half spectra; leading axes are batches."""
        return jnp.fft.irfftn(spectrum, s=self.shape, axes=self._axes)

    @property
    def _axes(self) -> tuple[int, ...]:
        return tuple(range(-len(self.shape), 0))
