"""Lagged sums of spectra are plain double loops: nothing wraps round in time, and ends are counted as they are."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fluctua.response import lagged_products, matched_products, pair_counts


def _complex(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Small whole numbers, so that the loops are exact."""
    return rng.integers(-9, 10, shape) + 1j * rng.integers(-9, 10, shape)


def _by_loop(later: np.ndarray, earlier: np.ndarray, max_lag: int) -> np.ndarray:
    sums = np.zeros((max_lag + 1, earlier.shape[1], later.shape[2], earlier.shape[2]), complex)
    for lag in range(max_lag + 1):
        for n, row in enumerate(earlier):
            if n + lag < len(later):
                sums[lag] += later[n + lag, :, :, None] * row[:, None, :].conj()
    return sums


@settings(max_examples=80, deadline=None)
@given(
    origins=st.integers(1, 30),
    max_lag=st.one_of(st.integers(0, 4), st.integers(0, 40)),
    rows=st.integers(1, 80),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 6)),
    strip=st.sampled_from([1, 200, 1 << 22]),
    seed=st.integers(0, 2**32 - 1),
)
def test_lagged_spectra_are_the_double_loop(
    origins: int, max_lag: int, rows: int, shape: tuple[int, int, int], strip: int, seed: int
) -> None:
    """Windows shorter, as long or longer than origins and lags need; one strip of wavenumbers or many;
    few lags, whose products are summed as they are, or more."""
    rng = np.random.default_rng(seed)
    wavenumbers, a, b = shape
    later, earlier = _complex(rng, rows, wavenumbers, a), _complex(rng, origins, wavenumbers, b)
    with mock.patch("fluctua.response._lagged._STRIP", strip):
        found = lagged_products(later, earlier, max_lag)
    assert found.shape == (max_lag + 1, wavenumbers, a, b)
    np.testing.assert_allclose(found, _by_loop(later, earlier, max_lag), rtol=0, atol=1e-9)


def test_nothing_wraps_round() -> None:
    """An early field and a late conjugate observable never meet; rows that no pair needs change nothing."""
    rng = np.random.default_rng(0)
    later, earlier = np.zeros((64, 3, 1), complex), np.zeros((64, 3, 1), complex)
    later[:32], earlier[32:] = _complex(rng, 32, 3, 1), _complex(rng, 32, 3, 1)
    assert np.abs(lagged_products(later, earlier, 63)).max() < 1e-10
    longer = np.concatenate([later, np.full((50, 3, 1), 1e9 + 0j)])
    np.testing.assert_array_equal(lagged_products(longer, earlier[:40], 24), lagged_products(later, earlier[:40], 24))


@settings(max_examples=80, deadline=None)
@given(
    origins=st.integers(1, 25),
    beyond=st.integers(0, 40),
    max_lag=st.integers(0, 40),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3)),
    seed=st.integers(0, 2**32 - 1),
)
def test_matched_products_are_the_loop_over_origins_with_a_partner(
    origins: int, beyond: int, max_lag: int, shape: tuple[int, int, int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    wavenumbers, f, b = shape
    functions, conjugate = _complex(rng, origins, wavenumbers, f), _complex(rng, origins, wavenumbers, b)
    available = origins + beyond
    found = matched_products(functions, conjugate, available, np.arange(max_lag + 1))
    assert len(found) in (1, max_lag + 1)
    expected = np.zeros((max_lag + 1, wavenumbers, f, b), complex)
    for lag in range(max_lag + 1):
        for n in range(origins):
            if n + lag < available:
                expected[lag] += functions[n, :, :, None] * conjugate[n, :, None, :].conj()
    np.testing.assert_allclose(np.broadcast_to(found, expected.shape), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("origins", "available", "max_lag"), [(10, 10, 20), (10, 25, 15), (10, 26, 15), (1, 1, 5)])
def test_both_count_the_same_pairs(origins: int, available: int, max_lag: int) -> None:
    """Sums of ones are the numbers of pairs that the estimate divides by."""
    ones = np.ones((available, 1, 1), complex)
    counts = pair_counts(origins, available, max_lag)
    np.testing.assert_allclose(lagged_products(ones, ones[:origins], max_lag)[:, 0, 0, 0], counts, atol=1e-12)
    matched = matched_products(ones[:origins], ones[:origins], available, np.arange(max_lag + 1))
    np.testing.assert_allclose(np.broadcast_to(matched[:, 0, 0, 0], counts.shape), counts, atol=1e-12)
