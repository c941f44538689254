"""Sums per wavenumber: they add up over any cut of the record, and a reflection averages what it should."""

import itertools
from collections.abc import Sequence
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fluctua.features import sums_of_fields
from fluctua.response import Reflections
from fluctua.scores import FieldPolynomials, FunctionSums, multiplicity, to_spectrum, total

CASES = [(1, (6,)), (2, (5,)), (1, (4, 6)), (2, (3, 5))]


def _fields(channels: int, grid: tuple[int, ...], count: int = 12, seed: int = 0) -> np.ndarray:
    """Fields with a skewed law and correlated neighbours and channels, so that no sum is zero by symmetry."""
    noise = np.random.default_rng(seed).standard_normal((count, channels, *grid))
    field = noise + 0.6 * np.roll(noise, 1, axis=-1) + 0.3 * np.roll(noise, 1, axis=1) + 0.3 * noise**2
    return field - 0.4 * np.roll(field, 1, axis=2) * np.roll(field, 2, axis=-1)


def _conjugate(fields: np.ndarray, grid: tuple[int, ...]) -> np.ndarray:
    return to_spectrum(np.sin(fields) + np.roll(fields, 1, axis=-1), grid).transpose(0, 2, 1)


def _close(one: FunctionSums, other: FunctionSums) -> None:
    assert one.count == pytest.approx(other.count)
    for a, b in ((one.products, other.products), (one.slopes, other.slopes), (one.base, other.base)):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-9 * max(1.0, float(np.abs(b).max())))


@pytest.mark.parametrize("given_part", [False, True])
@pytest.mark.parametrize(("channels", "grid"), CASES)
@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 11), max_size=4, unique=True))
def test_sums_add_up_over_any_cut(channels: int, grid: tuple[int, ...], given_part: bool, cuts: list[int]) -> None:
    fields = _fields(channels, grid)
    functions = FieldPolynomials.of(fields, grid, degree=3, saturation=3.0)
    conjugate = _conjugate(fields, grid) if given_part else None
    edges = [0, *sorted(cuts), len(fields)]
    pieces = [slice(a, b) for a, b in itertools.pairwise(edges)]
    parts = [sums_of_fields(fields[p], functions, None if conjugate is None else conjugate[p]) for p in pieces]
    whole = sums_of_fields(fields, functions, conjugate)
    _close(total(parts), whole)
    _close(whole - parts[0] + parts[0], whole)


def test_batches_of_any_size_give_the_same_sums() -> None:
    fields = _fields(2, (4, 6))
    functions = FieldPolynomials.of(fields, (4, 6), degree=2)
    conjugate = _conjugate(fields, (4, 6))
    whole = sums_of_fields(fields, functions, conjugate)
    for numbers in (1, 5 * functions.size * 24):
        with mock.patch("fluctua.features._sums._NUMBERS", numbers):
            _close(sums_of_fields(fields, functions, conjugate), whole)


@pytest.mark.parametrize(("channels", "grid"), CASES)
def test_products_are_those_of_the_functions(channels: int, grid: tuple[int, ...]) -> None:
    """Summed over wavenumbers they are the inner products of the functions on the grid, field by field."""
    fields = _fields(channels, grid)
    functions = FieldPolynomials.of(fields, grid, degree=3)
    values = np.stack([np.asarray(functions(field)).reshape(functions.size, -1) for field in fields])
    sums = sums_of_fields(fields, functions)
    np.testing.assert_allclose(sums.products, sums.products.conj().transpose(0, 2, 1), atol=1e-9)
    inner = np.tensordot(multiplicity(grid), np.real(sums.products), 1)
    np.testing.assert_allclose(inner, np.einsum("nfx,ngx->fg", values, values), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("saturation", [np.inf, 2.0])
@pytest.mark.parametrize(("channels", "grid"), CASES)
def test_slopes_are_derivatives_at_the_same_point(channels: int, grid: tuple[int, ...], saturation: float) -> None:
    """Central differences of the functions, averaged over states and points; no function feels another channel."""
    fields = _fields(channels, grid)
    functions = FieldPolynomials.of(fields, grid, degree=3, saturation=saturation)
    sums, step = sums_of_fields(fields, functions), 1e-5
    slopes = np.broadcast_to(sums.slopes, (len(sums.products), functions.size, channels))
    for channel in range(channels):
        shift = np.zeros_like(fields[0])
        shift[channel] = step
        difference = sum(np.asarray(functions(field + shift) - functions(field - shift)) for field in fields)
        expected = np.asarray(difference).reshape(functions.size, -1).mean(1) / (2 * step)
        np.testing.assert_allclose(slopes[:, :, channel], np.broadcast_to(expected, slopes.shape[:2]), atol=1e-6)


def _mirrored(fields: np.ndarray, axes: Sequence[int], odd: bool) -> np.ndarray:
    """Fields reflected along grid axes; each reflection of an odd field changes its sign."""
    for axis in axes:
        fields = np.take(fields, -np.arange(fields.shape[2 + axis]) % fields.shape[2 + axis], axis=2 + axis)
        fields = -fields if odd else fields
    return fields


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize(
    ("channels", "grid", "axes"),
    [(1, (6,), (0,)), (2, (5,), (0,)), (1, (4, 6), (0,)), (1, (4, 6), (1,)), (2, (3, 5), (0,)), (2, (3, 5), (1,)),
     (1, (4, 6), (0, 1)), (2, (3, 5), (0, 1))],
)  # fmt: skip
def test_symmetric_is_the_average_over_reflected_records(
    channels: int, grid: tuple[int, ...], axes: tuple[int, ...], odd: bool
) -> None:
    """A system with several mirrors is symmetric under each of them, and so under every product of them."""
    fields = _fields(channels, grid)
    if odd:  # odd functions of it have the mean zero
        fields = fields - fields.mean(axis=(0, *range(2, fields.ndim)), keepdims=True)
    functions = FieldPolynomials.of(np.concatenate([fields, -fields]) if odd else fields, grid, degree=3)
    conjugate = np.sin(fields) + 0.3 * np.roll(fields, 1, axis=-1) + 0.2 * fields**2
    group = [[axis for axis, on in zip(axes, bits, strict=True) if on] for bits in np.ndindex(*[2] * len(axes))]
    mirrored = [
        sums_of_fields(
            _mirrored(fields, some, odd),
            functions,
            to_spectrum(_mirrored(conjugate, some, odd), grid).transpose(0, 2, 1),
        )
        for some in group
    ]
    parity = Reflections(axes, odd).parity(functions)
    found = mirrored[0].symmetric(grid, axes, parity)
    summed = total(mirrored)
    number = len(group)
    expected = FunctionSums._make(table / number for table in summed)
    _close(found, expected)
    _close(found.symmetric(grid, axes, parity), found)
    for axis, signs in zip(axes, parity, strict=True):
        _close(found.symmetric(grid, (axis,), signs), found)


def test_without_mirrors_nothing_changes() -> None:
    fields = _fields(1, (4, 6))
    functions = FieldPolynomials.of(fields, (4, 6), degree=2)
    sums = sums_of_fields(fields, functions)
    assert sums.symmetric((4, 6), (), Reflections().parity(functions)) is sums
