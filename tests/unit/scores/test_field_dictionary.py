"""The closed-form score of a field: what it is made of, what it is kept as, and which symmetries it has."""

import itertools
import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.features import sums_of_fields
from fluctua.scores import (
    FieldDictionaryScore,
    FieldPolynomials,
    GaussianScore,
    filters_of,
    fit_field_dictionary,
    half_shape,
    score_of_filters,
    to_grid,
    to_spectrum,
)

CASES = [(1, (8,)), (2, (7,)), (1, (4, 6)), (2, (5, 4)), (2, (3, 5))]


def _fields(channels: int, grid: tuple[int, ...], count: int, seed: int = 0) -> np.ndarray:
    """Skewed fields with a mean, correlated from point to point and between channels, without mirror symmetry."""
    noise = np.random.default_rng(seed).standard_normal((count, channels, *grid))
    field = noise + 0.6 * np.roll(noise, 1, axis=-1) + 0.4 * np.roll(noise, (1, 2), axis=(1, 2)) + 0.2 * noise**2
    return field + 3.0 * np.arange(1, channels + 1).reshape(-1, *[1] * len(grid))


def _fitted(channels: int, grid: tuple[int, ...], degree: int = 3, saturation: float = np.inf) -> FieldDictionaryScore:
    fields = _fields(channels, grid, 600)
    functions = FieldPolynomials.of(fields, grid, degree=degree, saturation=saturation)
    parts = [sums_of_fields(part, functions) for part in np.array_split(fields, 6)]
    return fit_field_dictionary(parts, functions, nested=(degree,))


@pytest.mark.parametrize(("channels", "grid"), CASES)
def test_translations_of_the_field_translate_the_score(channels: int, grid: tuple[int, ...]) -> None:
    score = _fitted(channels, grid, saturation=4.0)
    field = _fields(channels, grid, 1, seed=1)[0]
    value = np.asarray(score(jnp.asarray(field.ravel()))).reshape(field.shape)
    scale = np.abs(value).max()
    axes = tuple(range(1, field.ndim))
    for shift in itertools.islice(np.ndindex(grid), 1, None):
        moved = score(jnp.asarray(np.roll(field, shift, axes).ravel()))
        expected = np.roll(value, shift, axes).ravel()
        np.testing.assert_allclose(moved, expected, rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize("saturation", [np.inf, 4.0])
@pytest.mark.parametrize(("channels", "grid"), CASES)
def test_arrays_and_config_define_the_score(channels: int, grid: tuple[int, ...], saturation: float) -> None:
    score = _fitted(channels, grid, saturation=saturation)
    config = json.loads(json.dumps(score.config()))
    arrays = {name: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape) for name, a in score.arrays().items()}
    assert all(not np.iscomplexobj(array) for array in arrays.values())
    again = FieldDictionaryScore.restore(arrays, config)
    assert again.dimension == score.dimension == channels * np.prod(grid)
    assert again.config() == score.config()
    assert {n: a.tobytes() for n, a in again.arrays().items()} == {n: a.tobytes() for n, a in arrays.items()}
    states = jnp.asarray(_fields(channels, grid, 5, seed=2).reshape(5, -1))
    np.testing.assert_array_equal(jax.jit(jax.vmap(again))(states), jax.jit(jax.vmap(score))(states))


def test_compiled_and_mapped_equal_eager() -> None:
    score = _fitted(2, (5, 4))
    states = jnp.asarray(_fields(2, (5, 4), 4, seed=3).reshape(4, -1))
    eager = np.stack([np.asarray(score(state)) for state in states])
    assert eager.dtype == np.float64
    for other in (
        jax.jit(jax.vmap(score))(states),
        np.stack([np.asarray(eqx.filter_jit(score)(state)) for state in states]),
    ):
        np.testing.assert_allclose(other, eager, rtol=0, atol=1e-10 * np.abs(eager).max())


@pytest.mark.parametrize(("channels", "grid"), CASES)
def test_filters_are_what_the_score_was_made_of(channels: int, grid: tuple[int, ...]) -> None:
    score = _fitted(channels, grid)
    again = score_of_filters(score.functions, filters_of(score))
    np.testing.assert_array_equal(again.filters, score.filters)
    assert score.filters.shape == (score.functions.size, channels, *half_shape(grid))


@pytest.mark.parametrize(("channels", "grid"), CASES)
def test_linear_functions_make_the_dense_gaussian_score(channels: int, grid: tuple[int, ...]) -> None:
    """States are channels first, then the grid in C order: the covariance of all translated copies says so.

    The dense covariance is that of every field in every position; its inverse is the filter between channels.
    """
    fields = _fields(channels, grid, 200)
    axes = tuple(range(2, fields.ndim))
    copies = np.concatenate([np.roll(fields, shift, axes) for shift in np.ndindex(grid)]).reshape(-1, fields[0].size)
    mean = copies.mean(axis=0)
    covariance = (copies - mean).T @ (copies - mean) / len(copies)
    dense = GaussianScore.of(mean, covariance)

    functions = FieldPolynomials.of(fields, grid, degree=1)
    whole = sums_of_fields(fields, functions)
    right = np.broadcast_to(whole.slopes, (len(whole.products), channels, channels))
    weights = np.linalg.solve(whole.products.transpose(0, 2, 1), right)
    score = score_of_filters(functions, weights)
    states = jnp.asarray(_fields(channels, grid, 20, seed=4).reshape(20, -1))
    np.testing.assert_allclose(jax.jit(jax.vmap(score))(states), jax.jit(jax.vmap(dense))(states), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("grid", [(16,), (8, 9)])
def test_the_first_degree_is_one_over_the_spectrum(grid: tuple[int, ...]) -> None:
    """A field of long memory in space, which no taper helps: B = u_k / C_k with the record's own C_k."""
    rng = np.random.default_rng(5)
    size = int(np.prod(grid))
    rough = to_spectrum(rng.standard_normal((2000, 1, *grid)), grid)
    squares = sum(
        (np.minimum(np.arange(n), n - np.arange(n)) ** 2.0).reshape([-1 if i == axis else 1 for i in range(len(grid))])
        for axis, n in enumerate(grid)
    )
    steep = 1 / (0.1 + np.asarray(squares)[..., : grid[-1] // 2 + 1].ravel()) ** 2
    fields = to_grid(rough * np.sqrt(steep), grid)
    functions = FieldPolynomials.of(fields, grid, degree=1)
    score = fit_field_dictionary([sums_of_fields(part, functions) for part in np.array_split(fields, 8)], functions)
    spectra = to_spectrum(fields - fields.mean(), grid)[:, 0]
    variance = np.mean(np.abs(spectra) ** 2, axis=0) / size
    states = fields[:5].reshape(5, size)
    expected = -to_grid(to_spectrum(fields[:5, 0] - fields.mean(), grid) / variance, grid).reshape(5, size)
    np.testing.assert_allclose(jax.jit(jax.vmap(score))(jnp.asarray(states)), expected, rtol=1e-6, atol=1e-6)


def test_a_richer_dictionary_holds_the_poorer_one() -> None:
    """Filters of degree one, padded with zeros, are the same score."""
    fields = _fields(1, (8,), 300)
    functions = FieldPolynomials.of(fields, (8,), degree=3)
    linear = FieldPolynomials.of(fields, (8,), degree=1)
    weights = filters_of(fit_field_dictionary([sums_of_fields(p, linear) for p in np.array_split(fields, 4)], linear))
    padded = np.concatenate([weights, np.zeros((len(weights), 2, 1))], axis=1)
    states = jnp.asarray(fields[:5].reshape(5, 8))
    np.testing.assert_allclose(
        jax.jit(jax.vmap(score_of_filters(functions, padded)))(states),
        jax.jit(jax.vmap(score_of_filters(linear, weights)))(states),
    )
