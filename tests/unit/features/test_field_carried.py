"""Functions that are not pointwise: a field carried along by its own flow, and its slopes by wavenumber."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.features import sums_of_fields
from fluctua.scores import (
    CarriedField,
    FieldDictionaryScore,
    FieldPolynomials,
    fit_field_dictionary,
    to_spectrum,
)

GRID = (6, 5)


def _smooth(count: int, seed: int = 0) -> np.ndarray:
    """Fields of large scales with a mean, shape ``(count, 1, *GRID)``."""
    fields = np.random.default_rng(seed).standard_normal((count, 1, *GRID))
    for axis in (2, 3):
        fields = fields + 0.7 * np.roll(fields, 1, axis) + 0.7 * np.roll(fields, -1, axis)
    return fields + 0.5


def _carried(fields: np.ndarray, **options) -> CarriedField:  # type: ignore[no-untyped-def]
    polynomials = FieldPolynomials.of(fields, GRID, degree=2)
    return CarriedField(polynomials, (0.3, 0.8), step=0.05, key=jax.random.key(1), **options)


def test_translations_are_carried_along() -> None:
    fields = _smooth(50)
    functions = _carried(fields)
    values = np.asarray(functions(jnp.asarray(fields[0])))
    assert values.shape == (functions.count, 1, *GRID) == (4, 1, *GRID)
    for shift in ((1, 0), (0, 2), (3, 4)):
        moved = functions(jnp.asarray(np.roll(fields[0], shift, (1, 2))))
        np.testing.assert_allclose(moved, np.roll(values, shift, (2, 3)), rtol=0, atol=1e-10)


@pytest.mark.parametrize("axis", [1, 2])
def test_a_mirror_that_changes_the_sign_changes_the_sign(axis: int) -> None:
    """As ``parity`` says, function by function, for a field about its mean."""
    fields = _smooth(50)
    functions = _carried(np.concatenate([fields, -fields]))
    order = -np.arange(fields.shape[1 + axis]) % fields.shape[1 + axis]
    values = np.asarray(functions(jnp.asarray(fields[0])))
    mirrored = np.asarray(functions(jnp.asarray(-np.take(fields[0], order, axis=axis))))
    signs = np.reshape(functions.parity, (-1, 1, 1, 1))
    np.testing.assert_allclose(mirrored, signs * np.take(values, order, axis=1 + axis), rtol=0, atol=1e-10)


def test_the_flow_carries_and_keeps_the_mean_square() -> None:
    """Two waves of unlike length, which are no steady flow; advection keeps the mean, and the mean square nearly."""
    x = np.arange(GRID[1]) * 2 * np.pi / GRID[1]
    y = np.arange(GRID[0]) * 2 * np.pi / GRID[0]
    field = np.cos(x)[None, :] + 0.2 * np.cos(2 * y)[:, None]
    polynomials = FieldPolynomials.of(np.stack([field, -field])[:, None], GRID, degree=1)
    functions = CarriedField(polynomials, (0.5,), step=0.05, key=jax.random.key(0))
    start, end = np.asarray(functions(jnp.asarray(field[None])))[:, 0]
    assert abs(end.mean()) < 1e-10
    np.testing.assert_allclose(np.mean(end**2), np.mean(start**2), rtol=0.02)
    assert np.abs(end - start).max() > 0.01 * np.abs(start).max()


def test_slopes_are_mean_jacobians_by_wavenumber() -> None:
    """The transform of the mean of d phi(x + r) / d u(x) over states and points, against forward derivatives.

    Probes leave a scatter: the mean of 40 repeats is off by more than 9 of its standard errors with a probability
    below 1e-10 (Student, 39 degrees of freedom) for each of fewer than 100 numbers.
    """
    fields = _smooth(30)
    functions = _carried(fields)
    size = int(np.prod(GRID))
    expected = np.zeros((functions.count, *GRID))
    jacobian = jax.jit(jax.jacfwd(lambda u: functions(u.reshape(1, *GRID)).reshape(functions.count, size)))
    for field in fields:
        matrix = np.asarray(jacobian(jnp.asarray(field.ravel()))).reshape(functions.count, *GRID, *GRID)
        for place in np.ndindex(GRID):
            back = tuple(-index for index in place)
            expected += np.roll(matrix[(slice(None), slice(None), slice(None), *place)], back, (1, 2))
    table = to_spectrum(expected / (len(fields) * size), GRID).T  # (wavenumbers, functions)
    repeats = np.array(
        [
            np.broadcast_to(functions.tables(fields, index)[1], (len(table), functions.count, 1))[..., 0]
            for index in range(40)
        ]
    )
    stderr = repeats.std(axis=0, ddof=1) / np.sqrt(len(repeats))
    assert np.all(np.abs(repeats.mean(axis=0) - table) < 9 * stderr + 1e-9)
    # What is compared is not zero.
    assert np.abs(table[:, 2:] - table[:, :1]).max() > 20 * stderr.max()


def test_the_functions_in_numpy_are_those_in_jax() -> None:
    fields = _smooth(300)
    functions = _carried(fields)
    values, slopes = functions.tables(fields)
    assert values.shape == (4, 300, 1, *GRID)
    assert slopes.shape == (6 * 3, 4, 1)
    expected = np.stack([np.asarray(functions(jnp.asarray(field))) for field in fields[::60]], axis=1)
    np.testing.assert_allclose(values[:, ::60], expected, rtol=0, atol=1e-10)


def test_arrays_and_config_define_a_score_of_them() -> None:
    fields = _smooth(400)
    functions = _carried(fields)
    parts = [sums_of_fields(part, functions, index=100 * i) for i, part in enumerate(np.array_split(fields, 4))]
    score = fit_field_dictionary(parts, functions, nested=(4,))
    again = FieldDictionaryScore.restore(score.arrays(), json.loads(json.dumps(score.config())))
    states = jnp.asarray(fields[:4].reshape(4, -1))
    np.testing.assert_array_equal(jax.jit(jax.vmap(again))(states), jax.jit(jax.vmap(score))(states))
    assert again.config() == score.config()


def test_what_cannot_be_carried_is_refused() -> None:
    """Given, needed, what to do; with the user's own numbers."""
    line = FieldPolynomials.of(np.random.default_rng(0).standard_normal((9, 1, 8)), (8,), degree=1)
    with pytest.raises(OptionError, match=r"grid of shape \(8,\) with 1 channels[\s\S]*two dimensions"):
        CarriedField(line, (0.5,), key=jax.random.key(0))
    plane = FieldPolynomials.of(_smooth(9), GRID, degree=1)
    for times in ((), (0.5, 0.5), (1.0, -1.0), (np.inf,)):
        with pytest.raises(OptionError, match=r"times of the transport[\s\S]*rising"):
            CarriedField(plane, times, key=jax.random.key(0))
