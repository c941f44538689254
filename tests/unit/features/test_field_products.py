"""Products with derivatives: equivariant, with the slopes that their mean Jacobian has, and the right parities."""

import itertools

import jax
import numpy as np
import pytest

from fluctua.features import sums_of_fields
from fluctua.scores import (
    FieldDictionaryScore,
    FieldPolynomials,
    FieldProducts,
    fit_field_dictionary,
    to_grid,
)


def _fields(grid: tuple[int, ...], count: int = 40) -> np.ndarray:
    return np.random.default_rng(0).gamma(3.0, size=(count, 1, *grid))


def _functions(fields: np.ndarray, grid: tuple[int, ...], saturation: float = np.inf) -> FieldProducts:
    return FieldProducts(FieldPolynomials.of(fields, grid, degree=3, saturation=saturation))


@pytest.mark.parametrize("saturation", [np.inf, 1.5])
@pytest.mark.parametrize("grid", [(5,), (6,), (4, 6), (5, 4)])
def test_tables_are_the_functions_and_their_mean_jacobian(grid: tuple[int, ...], saturation: float) -> None:
    fields = _fields(grid)
    functions = _functions(fields, grid, saturation)
    values, slopes = functions.tables(fields)
    np.testing.assert_allclose(values, np.stack([functions(f) for f in fields], axis=1), atol=1e-12)
    jacobian = np.mean([jax.jacfwd(functions)(field) for field in fields], axis=0)
    points = int(np.prod(grid))
    matrix = jacobian.reshape(functions.count, points, points)
    # Averaged over translations: the mean over pairs of points at the same offset.
    kernel = np.zeros((functions.count, *grid))
    for index, other in itertools.product(np.ndindex(*grid), repeat=2):
        offset = tuple((a - b) % n for a, b, n in zip(index, other, grid, strict=True))
        row, column = np.ravel_multi_index(index, grid), np.ravel_multi_index(other, grid)
        kernel[(slice(None), *offset)] += matrix[:, row, column] / points
    table = np.broadcast_to(slopes, (np.prod((*grid[:-1], grid[-1] // 2 + 1)), functions.count, 1))
    np.testing.assert_allclose(to_grid(table[:, :, 0].T, grid), kernel, atol=1e-10)


@pytest.mark.parametrize("axis", [0, 1])
def test_parities(axis: int) -> None:
    grid = (4, 6)
    fields = _fields(grid)
    functions = _functions(fields - fields.mean(), grid)
    field = fields[0] - fields.mean()
    mirror = np.roll(np.flip(field, 1 + axis), 1, axis=1 + axis)
    expected = np.roll(np.flip(np.asarray(functions(field)), 2 + axis), 1, axis=2 + axis)
    signs = np.reshape(functions.mirrored(axis), (-1, 1, 1, 1))
    np.testing.assert_allclose(np.asarray(functions(mirror)), signs * expected, atol=1e-12)


def test_a_score_with_products_is_restored() -> None:
    fields = _fields((4, 6), 400)
    functions = _functions(fields, (4, 6))
    parts = [sums_of_fields(part, functions) for part in np.array_split(fields, 4)]
    score = fit_field_dictionary(parts, functions, nested=(7,))
    again = FieldDictionaryScore.restore(score.arrays(), score.config())
    state = fields[0].ravel()
    np.testing.assert_array_equal(np.asarray(again(state)), np.asarray(score(state)))
