"""Spectra and tables of periodic grids, against what they stand for in physical space."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fluctua.features import tapered
from fluctua.scores import half_shape, multiplicity, reflected, shells, to_grid, to_spectrum

GRIDS = [(8,), (7,), (1,), (2,), (6, 8), (5, 8), (6, 7), (3, 5), (4, 1), (1, 4)]

grids = st.one_of(st.tuples(st.integers(1, 12)), st.tuples(st.integers(1, 9), st.integers(1, 9)))


def _table(functions: np.ndarray, grid: tuple[int, ...]) -> np.ndarray:
    """The table, shape ``(wavenumbers, ...)``, of functions of the offset, shape ``(..., *grid)``."""
    return np.moveaxis(to_spectrum(functions, grid), -1, 0)


def _functions(table: np.ndarray, grid: tuple[int, ...]) -> np.ndarray:
    return to_grid(np.moveaxis(table, 0, -1), grid)


@settings(max_examples=60, deadline=None)
@given(grid=grids, lead=st.lists(st.integers(1, 3), max_size=2), seed=st.integers(0, 10_000))
def test_to_spectrum_and_back(grid: tuple[int, ...], lead: list[int], seed: int) -> None:
    fields = np.random.default_rng(seed).standard_normal((*lead, *grid))
    spectrum = to_spectrum(fields, grid)
    assert spectrum.shape == (*lead, np.prod(half_shape(grid)))
    expected = np.fft.rfftn(fields, axes=range(-len(grid), 0)).reshape(spectrum.shape)
    np.testing.assert_allclose(spectrum, expected, atol=1e-12)
    np.testing.assert_allclose(to_grid(spectrum, grid), fields, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(grid=grids, seed=st.integers(0, 10_000))
def test_multiplicity_is_parsevals(grid: tuple[int, ...], seed: int) -> None:
    one, other = np.random.default_rng(seed).standard_normal((2, *grid))
    weights = multiplicity(grid)
    assert weights.sum() == np.prod(grid)
    product = np.sum(weights * np.real(to_spectrum(one, grid) * to_spectrum(other, grid).conj())) / np.prod(grid)
    np.testing.assert_allclose(product, np.sum(one * other), atol=1e-10)


@pytest.mark.parametrize("grid", GRIDS)
def test_shells_are_rounded_distances_in_whole_wavenumbers(grid: tuple[int, ...]) -> None:
    """In steps of the axis with the fewest points, whose wavenumbers are the furthest apart."""
    coarsest = min(grid)
    expected = []
    for index in np.ndindex(half_shape(grid)):
        signed = [i if 2 * i <= size else i - size for i, size in zip(index, grid, strict=True)]
        distance = np.sqrt(sum((i * coarsest / size) ** 2 for i, size in zip(signed, grid, strict=True)))
        expected.append(round(distance))
    np.testing.assert_array_equal(shells(grid), expected)


@pytest.mark.parametrize("trailing", [(), (2, 3)])
@pytest.mark.parametrize("grid", GRIDS)
def test_reflected_is_a_flip_of_the_offset(grid: tuple[int, ...], trailing: tuple[int, ...]) -> None:
    functions = np.random.default_rng(0).standard_normal((*trailing, *grid))
    table = _table(functions, grid)
    for number in range(len(grid) + 1):
        for axes in itertools.combinations(range(len(grid)), number):
            expected = functions
            for axis in axes:
                expected = np.take(expected, -np.arange(grid[axis]) % grid[axis], axis=axis - len(grid))
            mirror = reflected(table, grid, axes)
            assert mirror.shape == table.shape
            np.testing.assert_allclose(_functions(mirror, grid), expected, atol=1e-12)
            np.testing.assert_allclose(mirror, _table(expected, grid), atol=1e-12)
            np.testing.assert_allclose(reflected(mirror, grid, axes), table, atol=1e-12)


@pytest.mark.parametrize("trailing", [(), (2, 3)])
@pytest.mark.parametrize("grid", GRIDS)
def test_tapered_is_a_product_in_physical_space(grid: tuple[int, ...], trailing: tuple[int, ...]) -> None:
    functions = np.random.default_rng(1).standard_normal((*trailing, *grid))
    squares = np.zeros(grid)
    for place in np.ndindex(grid):
        squares[place] = sum(min(i, size - i) ** 2 for i, size in zip(place, grid, strict=True))
    for length in (0.4, 1.7, 30.0):
        found = tapered(_table(functions, grid), grid, length)
        expected = functions * np.exp(-squares / (2 * length**2))
        np.testing.assert_allclose(_functions(found, grid), expected, atol=1e-12)


def test_a_taper_keeps_products_positive() -> None:
    """The taper is a positive function of the offset with a positive transform, up to what wraps round the grid."""
    grid = (8, 6)
    values = np.random.default_rng(2).standard_normal((5, 3, *grid))
    spectra = to_spectrum(values, grid)
    products = np.einsum("nfk,ngk->kfg", spectra, spectra.conj())
    smooth = tapered(products, grid, 1.0)
    np.testing.assert_allclose(smooth, smooth.conj().transpose(0, 2, 1), atol=1e-9)
    assert np.linalg.eigvalsh(smooth).min() > 0
