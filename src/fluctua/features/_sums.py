"""Equal-time sums of functions in blocks: all that closed-form scores, calibration and regression need of a record."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float, Inexact

from ._field_functions import AbstractFieldFunctions
from ._functions import AbstractDictionary
from ._spectral import reflected, to_spectrum

_NUMBERS = 1 << 23  # numbers in one batch of functions of fields: 64 MB
_STATES = 1 << 20  # the same of functions of states


class FunctionSums(NamedTuple):
    r"""Sums over states of functions $\varphi_f$ in blocks; parts of a record add up.

    There is one block for a list of variables, real, whose first function is the constant, and one per wavenumber for a
    homogeneous field of $n$ grid points, with functions $f = (p, c)$ (channel c).

    Attributes:
        count: Number of states.
        products: $\sum \varphi_f \varphi_g^* / n$, shape ``(blocks, f, g)``; with instruments $\psi$ in place of the
            first.
        slopes: $\sum$ of the mean slope of $\varphi_f$ along push q, shape ``(blocks or 1, f, q)``.
        base: $\sum B_q \varphi_g^* / n$ of given conjugate observables, shape ``(blocks or 1, q, g)``, or zero.
    """

    count: float
    products: np.ndarray
    slopes: np.ndarray
    base: np.ndarray

    @classmethod
    def of(
        cls,
        values: Inexact[np.ndarray, "n k f"],
        slopes: Inexact[np.ndarray, "_ f q"],
        conjugate: Inexact[np.ndarray, "n k q"] | None = None,
        points: int = 1,
        instruments: Inexact[np.ndarray, "n k f"] | None = None,
    ) -> "FunctionSums":
        """Sums of functions at ``n`` states, with their mean slopes, and of conjugate observables if there are any."""
        base = np.zeros((1, slopes.shape[2], values.shape[2]))
        if conjugate is not None:
            base = block_products(conjugate, values) / points
        products = block_products(values if instruments is None else instruments, values) / points
        return cls(float(len(values)), products, len(values) * slopes, base)

    def __add__(self, other: "FunctionSums") -> "FunctionSums":  # type: ignore[override]
        return FunctionSums._make(mine + others for mine, others in zip(self, other, strict=True))

    def __sub__(self, other: "FunctionSums") -> "FunctionSums":
        return FunctionSums._make(mine - others for mine, others in zip(self, other, strict=True))

    def times(self, share: float) -> "FunctionSums":
        """The sums of states that count by a share."""
        return FunctionSums._make(share * mine for mine in self)

    def select(self, chosen: np.ndarray) -> "FunctionSums":
        """The sums of some of the functions."""
        products = self.products[:, chosen[:, None], chosen]
        return FunctionSums(self.count, products, self.slopes[:, chosen], self.base[:, :, chosen])

    def symmetric(
        self, grid: tuple[int, ...], axes: Sequence[int], parity: np.ndarray, pushed: Sequence[int] | None = None
    ) -> "FunctionSums":
        """The average over the reflections along some axes, under each of which function f changes by its parity.

        ``parity`` has the shape ``(f,)``, or ``(axes, f)`` where it is not the same along all; ``pushed`` says which of
        the linear functions the pushes belong to, by default all of them in order.
        """
        found = self
        own = range(self.slopes.shape[2]) if pushed is None else pushed
        for axis, signs in zip(axes, np.broadcast_to(parity, (len(axes), np.shape(parity)[-1])), strict=True):
            found = found._mirrored(grid, axis, signs, signs[list(own)])
        return found

    def _mirrored(self, grid: tuple[int, ...], axis: int, parity: np.ndarray, own: np.ndarray) -> "FunctionSums":

        def averaged(table: np.ndarray, signs: np.ndarray) -> np.ndarray:
            return table if len(table) == 1 else 0.5 * (table + signs * reflected(table, grid, (axis,)))

        return FunctionSums(
            self.count,
            averaged(self.products, np.outer(parity, parity)),
            averaged(self.slopes, np.outer(parity, own)),
            averaged(self.base, np.outer(own, parity)),
        )


def block_products(
    first: Inexact[np.ndarray, "n k f"], second: Inexact[np.ndarray, "n k g"]
) -> Inexact[np.ndarray, "k f g"]:
    r"""$\sum_n a_n b_n^*$ in each block."""
    if first.shape[1] == 1:  # one matrix product at full speed
        return (first[:, 0].T @ second[:, 0].conj())[None]
    # So are these where the time of each block lies together; the narrower factor is the one that is conjugated.
    rows, columns = (np.ascontiguousarray(table.transpose(1, 0, 2)) for table in (first, second))
    if rows.shape[2] <= columns.shape[2]:
        return np.matmul(rows.conj().transpose(0, 2, 1), columns).conj()
    return np.matmul(rows.transpose(0, 2, 1), columns.conj())


def total(parts: Sequence[FunctionSums]) -> FunctionSums:
    """The sum of several parts."""
    return sum(parts[1:], parts[0])


def function_table(
    states: Float[np.ndarray, "n d"],
    functions: AbstractDictionary,
    directions: Float[np.ndarray, "m q d"],
    centre: Float[np.ndarray, " size"],
) -> tuple[Float[np.ndarray, "n 1 f"], Float[np.ndarray, "1 f q"]]:
    """One block: the constant and the functions less their means ``centre``, and the mean slopes of all."""
    values, slopes = functions.tables(states, directions)
    constant = np.ones((len(states), 1))
    rest = np.zeros((1, slopes.shape[1]))
    return np.concatenate([constant, values - centre], axis=1)[:, None], np.concatenate([rest, slopes])[None]


def sums_of_states(
    states: Float[np.ndarray, "n d"],
    functions: AbstractDictionary,
    directions: Float[np.ndarray, "1 q d"],
    centre: Float[np.ndarray, " size"],
) -> FunctionSums:
    """Sums over many states, in batches, with the same pushes at all of them."""
    batch = max(64, _STATES // functions.size)
    pieces = [states[start : start + batch] for start in range(0, len(states), batch)]
    return total([FunctionSums.of(*function_table(piece, functions, directions, centre)) for piece in pieces])


def function_spectra(
    fields: Float[np.ndarray, "n channels ..."], functions: AbstractFieldFunctions, index: int = 0
) -> tuple[Complex[np.ndarray, "n k f"], Inexact[np.ndarray, "_ f channels"]]:
    """A block per wavenumber: half spectra of all functions of a field, and their mean slopes.

    Args:
        fields: Shape ``(n, channels, *grid)``.
        functions: The functions.
        index: Distinguishes calls whose functions need random numbers of their own.
    """
    values, slopes = functions.tables(fields, index)
    spectra = to_spectrum(values, functions.grid)  # (count, n, channels, wavenumbers)
    # The time of a wavenumber lies together in memory: all that is done with them is done wavenumber by wavenumber.
    columns = np.ascontiguousarray(spectra.transpose(3, 1, 0, 2)).reshape(spectra.shape[3], len(fields), functions.size)
    own = np.einsum("kpc,cd->kpcd", slopes, np.eye(functions.channels))
    return columns.transpose(1, 0, 2), own.reshape(len(slopes), functions.size, functions.channels)


def sums_of_fields(
    fields: Float[np.ndarray, "n channels ..."],
    functions: AbstractFieldFunctions,
    conjugate: Complex[np.ndarray, "n k channels"] | None = None,
    *,
    index: int = 0,
) -> FunctionSums:
    """Sums over many fields, and over the spectra of a conjugate observable if one is given, in batches."""
    points = math.prod(functions.grid)
    batch = max(1, _NUMBERS // (functions.size * points))
    found = []
    for number, start in enumerate(range(0, len(fields), batch)):
        piece = np.asarray(fields[start : start + batch], dtype=np.float64)
        spectra, slopes = function_spectra(piece, functions, index + number)
        given = None if conjugate is None else conjugate[start : start + batch]
        found.append(FunctionSums.of(spectra, slopes, given, points))
    return total(found)
