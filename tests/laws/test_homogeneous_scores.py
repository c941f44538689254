r"""Scores of homogeneous fields whose density is known: the closed form finds them up to sampling error.

The fields have the density $\exp(-\sum_x u_x^4 / 4 - \frac{J}{2} \sum_{xy} (u_x - u_y)^2)$, pairs of neighbours on a
periodic grid in the second sum. Its score $-u^3 - J \sum_y (u_x - u_y)$ lies in the dictionary of degree three. Draws
are exact and independent: the first factor by a gamma variable, the second, at most one, by rejection.
"""

import functools
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import map_states
from fluctua.features import loss, sums_of_fields
from fluctua.scores import (
    FieldPolynomials,
    FunctionSums,
    filters_of,
    fit_field_dictionary,
    fit_filters,
    function_spectra,
    multiplicity,
    shells,
    to_grid,
    to_spectrum,
    total,
)

CASES = [((8,), 0.0), ((4, 4), 0.0), ((8,), 0.5), ((4, 4), 0.2)]
PARTS = 40


@functools.cache
def _draw(grid: tuple[int, ...], coupling: float, count: int, seed: int) -> np.ndarray:
    """Independent fields, shape ``(count, 1, *grid)``."""
    rng = np.random.default_rng(seed)
    found: list[np.ndarray] = []
    while sum(map(len, found)) < count:
        size = (20_000, *grid)
        fields = np.sqrt(2.0) * rng.gamma(0.25, size=size) ** 0.25 * rng.choice([-1.0, 1.0], size=size)
        bonds = sum(
            np.sum((fields - np.roll(fields, 1, axis)) ** 2, axis=tuple(range(1, 1 + len(grid))))
            for axis in range(1, 1 + len(grid))
        )
        found.append(fields[rng.random(len(fields)) < np.exp(-0.5 * coupling * np.asarray(bonds))])
    return np.concatenate(found)[:count, None]


def _score(fields: np.ndarray, coupling: float) -> np.ndarray:
    neighbours = sum(np.roll(fields, 1, a) + np.roll(fields, -1, a) for a in range(2, fields.ndim))
    return -(fields**3) - coupling * (2 * (fields.ndim - 2) * fields - neighbours)


def _exact_weights(functions: FieldPolynomials, coupling: float) -> np.ndarray:
    """The filters of the exact score: u^3 = s^3 (He_3 + 3 He_1) of v = u / s, at zero mean."""
    grid, scale = functions.grid, float(functions.scale[0])
    stencil = np.zeros(grid)
    stencil[(0,) * len(grid)] = 2.0 * len(grid)
    for axis in range(len(grid)):
        for step in (1, -1):
            stencil[tuple(step if a == axis else 0 for a in range(len(grid)))] -= 1.0
    linear = coupling * to_spectrum(stencil, grid) * scale + 3 * scale**3
    weights = np.zeros((len(linear), 3, 1), complex)
    weights[:, 0, 0], weights[:, 2, 0] = linear, scale**3
    return weights


def _centred(fields: np.ndarray, degree: int = 3) -> FieldPolynomials:
    """Functions about zero, which is the mean by symmetry: fields together with their negatives."""
    return FieldPolynomials.of(np.concatenate([fields, -fields]), fields.shape[2:], degree=degree)


def _residuals(parts: list[FunctionSums], weights: np.ndarray) -> np.ndarray:
    """Defects of the Stein identity of every part under the exact filters, shape ``(parts, wavenumbers, f, 1)``."""
    rows = []
    for part in parts:
        slopes = np.broadcast_to(part.slopes, (len(part.products), *part.slopes.shape[-2:])).conj()
        rows.append((slopes - np.einsum("kfg,kfc->kgc", part.products, weights)) / part.count)
    return np.array(rows)


@pytest.mark.parametrize(("grid", "coupling"), CASES)
def test_filters_are_the_exact_ones_up_to_sampling_error(grid: tuple[int, ...], coupling: float) -> None:
    """The error of the filters is $G^{-T}$ times the mean defect of the Stein identity under the exact ones.

    Its standard error is that of the mean over 40 parts. Beyond 9 of it lies a probability below 1e-10 (Student, 39
    degrees of freedom) for each of fewer than 100 numbers.
    """
    fields = _draw(grid, coupling, 20_000, 0)
    functions = _centred(fields)
    parts = [sums_of_fields(part, functions) for part in np.array_split(fields, PARTS)]
    exact = _exact_weights(functions, coupling)
    with mock.patch("fluctua.features._field_filters._TAPERS", (np.inf,)):
        fitted = fit_filters(parts, functions, nested=(3,))
    residuals = _residuals(parts, exact)
    products = total(parts).products / len(fields)
    noise = np.linalg.solve(products.transpose(0, 2, 1), residuals)
    stderr = np.sqrt(np.mean(np.abs(noise) ** 2, axis=0) / PARTS)
    assert np.all(np.abs(fitted.weights - exact) < 9 * stderr + 1e-9)
    assert stderr.max() < 0.1 * np.abs(exact).max()


def _expected_error(parts: list[FunctionSums], exact: np.ndarray, grid: tuple[int, ...]) -> float:
    """Mean square error of a score fitted without taper, per field, to be expected from the sampling error."""
    count = sum(part.count for part in parts)
    products = total(parts).products / count
    noise = np.linalg.solve(products.transpose(0, 2, 1), _residuals(parts, exact))
    squares = np.einsum("pkfc,kfg,pkgc->pk", noise, products, noise.conj()).real
    return float(np.sum(multiplicity(grid) * squares.mean(0)) / len(parts))


@pytest.mark.parametrize(("grid", "coupling"), CASES)
def test_the_choice_on_heldout_parts_keeps_the_error_at_sampling_error(grid: tuple[int, ...], coupling: float) -> None:
    """On fresh fields the fitted score is as near to the exact one as an untapered cubic fit is expected to be, or
    nearer, where a taper helps.

    The expected error is a sum of more than 12 squares of nearly Gaussian numbers, which exceeds five times its mean
    with a probability below 1e-8.
    """
    fields, fresh = _draw(grid, coupling, 20_000, 0), _draw(grid, coupling, 4000, 1)
    functions = _centred(fields)
    parts = [sums_of_fields(part, functions) for part in np.array_split(fields, PARTS)]
    fitted = fit_filters(parts, functions, nested=functions.nested)
    assert (fitted.count == 3).all()
    score = fit_field_dictionary(parts, functions)
    values = map_states(score, fresh.reshape(len(fresh), -1), width=100)
    truth = _score(fresh, coupling).reshape(len(fresh), -1)
    error = np.mean(np.sum((values - truth) ** 2, axis=1))
    assert error < 5 * _expected_error(parts, _exact_weights(functions, coupling), grid)
    assert error < 0.01 * np.mean(np.sum(truth**2, axis=1))


@pytest.mark.parametrize(("grid", "coupling"), CASES)
def test_the_first_degree_is_the_gaussian_score(grid: tuple[int, ...], coupling: float) -> None:
    """$w(k) = 1 / C(k)$ of the record, wherever no taper was chosen; with one, near it up to sampling error."""
    fields = _draw(grid, coupling, 20_000, 0)
    functions = FieldPolynomials.of(fields, grid, degree=1)
    parts = [sums_of_fields(part, functions) for part in np.array_split(fields, PARTS)]
    fitted = fit_filters(parts, functions, nested=(1,))
    spectra = to_spectrum(fields - fields.mean(), grid)[:, 0]
    variance = np.mean(np.abs(spectra) ** 2, axis=0) / np.prod(grid)
    found = fitted.weights[:, 0, 0] / np.asarray(functions.scale)[0]
    free = np.isinf(fitted.taper)[shells(grid)]
    np.testing.assert_allclose(found[free], 1 / variance[free], rtol=1e-8)
    # One number of a shell stands for 20,000 squares, with a relative standard error of at most 1.5 %.
    np.testing.assert_allclose(found, 1 / variance, rtol=0.1)


@pytest.mark.parametrize("coupling", [0.0, 0.5])
def test_a_field_mixed_by_a_filter(coupling: float) -> None:
    r"""$u = A * x$ has the score $A^{-T} * s(A^{-1} * u)$: no longer that of pointwise functions of u.

    The dictionary then finds what is nearest to it: the error is the part of the score at right angles to it, as
    Pythagoras has it, and linear functions leave more of it.
    """
    grid, count = (8,), 20_000
    stencil = np.zeros(8)
    stencil[:3] = 1.0, 0.4, -0.2
    mixing = np.fft.rfft(stencil)
    sources = _draw(grid, coupling, count, 0)
    fields = np.fft.irfft(mixing * np.fft.rfft(sources), 8)
    truth = np.fft.irfft(np.fft.rfft(_score(sources, coupling)) / mixing.conj(), 8).reshape(count, 8)
    functions = _centred(fields)
    parts = [sums_of_fields(part, functions) for part in np.array_split(fields, PARTS)]
    norm, errors = np.sum(truth**2, axis=1), []
    for nested in ((1,), functions.nested):
        score = fit_field_dictionary(parts, functions, nested=nested)
        values = map_states(score, fields.reshape(count, 8), width=100)
        error = np.sum((values - truth) ** 2, axis=1)
        # |s - f|^2 = |s|^2 - |f|^2 for a projection f; the difference has mean zero up to how s f scatters.
        defect = error - norm + np.sum(values**2, axis=1)
        assert abs(defect.mean()) < 6 * defect.std() / np.sqrt(count)
        errors.append(error.mean())
    assert errors[1] < 0.8 * errors[0]
    assert errors[0] < norm.mean()


@pytest.mark.parametrize(("grid", "coupling"), CASES)
def test_the_loss_is_least_at_the_exact_score(grid: tuple[int, ...], coupling: float) -> None:
    """Twice the implicit loss of the exact filters is minus the mean square of the score, summed over wavenumbers.

    Both are means over independent fields; within six standard errors of their difference: 1e-8.
    """
    fields = _draw(grid, coupling, 20_000, 0)
    functions = _centred(fields)
    exact = _exact_weights(functions, coupling)
    parts = [sums_of_fields(part, functions) for part in np.array_split(fields, PARTS)]
    losses = np.array([np.sum(multiplicity(grid)[:, None] * loss(part, exact)) for part in parts])
    squares = np.array([np.mean(np.sum(_score(part, coupling).reshape(len(part), -1) ** 2, axis=1))
                        for part in np.array_split(fields, PARTS)])  # fmt: skip
    gap = 2 * losses + squares
    assert abs(gap.mean()) < 9 * gap.std(ddof=1) / np.sqrt(PARTS)
    # Neither more nor less of the nonlinear part has a lower loss.
    everything = total(parts)
    for factor in (0.7, 1.3):
        other = exact * np.array([1.0, 1.0, factor])[:, None]
        assert np.sum(loss(everything, other)) > np.sum(loss(everything, exact))


def test_a_score_made_of_filters_is_what_their_sums_say() -> None:
    """B by the score and B by spectra of the functions are the same fields."""
    fields = _draw((4, 4), 0.2, 2000, 2)
    functions = _centred(fields)
    score = fit_field_dictionary([sums_of_fields(p, functions) for p in np.array_split(fields, 8)], functions)
    spectra, _ = function_spectra(fields[:50], functions)
    conjugate = np.einsum("nkf,kfc->nck", spectra, filters_of(score))
    expected = -to_grid(conjugate, (4, 4)).reshape(50, 16)
    found = jax.jit(jax.vmap(score))(jnp.asarray(fields[:50].reshape(50, 16)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
