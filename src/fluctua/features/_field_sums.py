"""Equal-time sums per wavenumber behind every closed-form field score; parts of a record add up."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float

from ._field_functions import AbstractFieldFunctions
from ._spectral import reflected, to_spectrum

_NUMBERS = 1 << 23  # numbers in one batch of functions: 64 MB


class FieldSums(NamedTuple):
    r"""Sums over states, with functions $\varphi_f$, $f = (p, c)$ (channel c), $n$ grid points.

    Attributes:
        count: Number of states.
        products: $\sum \varphi_f(k) \varphi_g(k)^* / n$, shape ``(wavenumbers, f, g)``.
        slopes: $\sum$ of the mean slope of $\varphi_f$ with respect to channel $c'$, shape
            ``(wavenumbers or 1, f, c')``.
        base: $\sum B_c(k) \varphi_g(k)^* / n$ of a given conjugate observable, shape ``(wavenumbers, c, g)``, or zero.
    """

    count: float
    products: np.ndarray
    slopes: np.ndarray
    base: np.ndarray

    def __add__(self, other: "FieldSums") -> "FieldSums":  # type: ignore[override]
        return FieldSums(
            self.count + other.count,
            self.products + other.products,
            self.slopes + other.slopes,
            self.base + other.base,
        )

    def __sub__(self, other: "FieldSums") -> "FieldSums":
        return FieldSums(
            self.count - other.count,
            self.products - other.products,
            self.slopes - other.slopes,
            self.base - other.base,
        )

    @classmethod
    def of(
        cls,
        fields: Float[np.ndarray, "n channels ..."],
        functions: AbstractFieldFunctions,
        conjugate: Complex[np.ndarray, "n wavenumbers channels"] | None = None,
        *,
        index: int = 0,
    ) -> "FieldSums":
        """Sums over fields, and over the spectra of a conjugate observable if one is given.

        ``index`` tells apart calls whose functions need random numbers of their own.
        """
        batch = max(1, _NUMBERS // (functions.size * math.prod(functions.grid)))
        found = []
        for number, start in enumerate(range(0, len(fields), batch)):
            piece = np.asarray(fields[start : start + batch], dtype=np.float64)
            spectra, slopes = function_spectra(piece, functions, index + number)
            given = None if conjugate is None else conjugate[start : start + batch]
            found.append(cls.of_spectra(spectra, slopes, functions.grid, given))
        return total(found)

    @classmethod
    def of_spectra(
        cls,
        spectra: Complex[np.ndarray, "n wavenumbers f"],
        slopes: np.ndarray,
        grid: tuple[int, ...],
        conjugate: Complex[np.ndarray, "n wavenumbers channels"] | None = None,
    ) -> "FieldSums":
        """The same from what ``function_spectra`` returned."""
        points, channels = math.prod(grid), slopes.shape[2]
        later = spectra.conj().transpose(1, 0, 2)
        products = np.matmul(spectra.transpose(1, 2, 0), later) / points
        base = np.zeros((1, channels, spectra.shape[2]))
        if conjugate is not None:
            base = np.matmul(conjugate.transpose(1, 2, 0), later) / points
        return cls(float(len(spectra)), products, len(spectra) * slopes, base)

    def symmetric(self, grid: tuple[int, ...], axes: Sequence[int], parity: np.ndarray) -> "FieldSums":
        """The average over the reflections along some axes, under each of which function f changes by its parity.

        ``parity`` has the shape ``(f,)``, or ``(axes, f)`` where it is not the same along all.
        """
        found = self
        for axis, signs in zip(axes, np.broadcast_to(parity, (len(axes), np.shape(parity)[-1])), strict=True):
            found = found._mirrored(grid, axis, signs)
        return found

    def _mirrored(self, grid: tuple[int, ...], axis: int, parity: np.ndarray) -> "FieldSums":
        channels = self.slopes.shape[2]
        own = parity[:channels]
        products = 0.5 * (self.products + np.outer(parity, parity) * reflected(self.products, grid, (axis,)))
        slopes, base = self.slopes, self.base
        if len(slopes) > 1:
            slopes = 0.5 * (slopes + np.outer(parity, own) * reflected(slopes, grid, (axis,)))
        if len(base) > 1:
            base = 0.5 * (base + np.outer(own, parity) * reflected(base, grid, (axis,)))
        return FieldSums(self.count, products, slopes, base)


def function_spectra(
    fields: Float[np.ndarray, "n channels ..."], functions: AbstractFieldFunctions, index: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Half spectra of all functions, and their mean slopes.

    Returns:
        Shapes ``(n, wavenumbers, f)`` and ``(wavenumbers or 1, f, channels)``.
    """
    values, slopes = functions.tables(fields, index)
    spectra = to_spectrum(values, functions.grid)  # (count, n, channels, wavenumbers)
    columns = np.ascontiguousarray(spectra.transpose(1, 3, 0, 2)).reshape(len(fields), spectra.shape[3], functions.size)
    own = np.einsum("kpc,cd->kpcd", slopes, np.eye(functions.channels))
    return columns, own.reshape(len(slopes), functions.size, functions.channels)


def total(parts: Sequence[FieldSums]) -> FieldSums:
    """The sum of several parts."""
    return sum(parts[1:], parts[0])
