"""Lagged sums: every way to compute them is the plain double loop, and parts add up."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fluctua.response import lagged_sums, pair_counts

METHODS = ("product", "segments")


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    """Whole numbers, so that sums are exact: a window shorter, as long or longer than the origins and the lags need."""
    origins = draw(st.integers(1, 60))
    max_lag = draw(st.integers(0, 90))
    rows = draw(st.integers(1, origins + max_lag + 10))
    p, q = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    observable = rng.integers(-9, 10, (rows, p)).astype(float)
    return observable, rng.integers(-9, 10, (origins, q)).astype(float), max_lag


def _by_loop(observable: np.ndarray, conjugate: np.ndarray, max_lag: int) -> np.ndarray:
    sums = np.zeros((max_lag + 1, observable.shape[1], conjugate.shape[1]))
    for lag in range(max_lag + 1):
        for n, row in enumerate(conjugate):
            if n + lag < len(observable):
                sums[lag] += np.outer(observable[n + lag], row)
    return sums


@pytest.mark.parametrize("method", [*METHODS, None])
@settings(max_examples=60, deadline=None)
@given(problem=problems())
def test_every_method_is_the_double_loop(method: str | None, problem: tuple[np.ndarray, np.ndarray, int]) -> None:
    sums = lagged_sums(*problem, method=method)
    # Sums of at most 60 products below 81: a matrix product has them exactly, a transform to rounding.
    np.testing.assert_allclose(sums, _by_loop(*problem), rtol=0, atol=0 if method == "product" else 1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(20_000, 3, 2, 700), (30_000, 2, 5, 3000), (5000, 40, 3, 60)])
def test_many_segments_and_chunks_equal_direct_products(method: str, shape: tuple[int, int, int, int]) -> None:
    """Long enough for several chunks of the layout and several segments of the transform."""
    rows, p, q, max_lag = shape
    rng = np.random.default_rng(0)
    observable, conjugate = rng.standard_normal((rows, p)), rng.standard_normal((rows - 300, q))
    sums = lagged_sums(observable, conjugate, max_lag, method=method)
    for lag in (0, 1, max_lag // 2, max_lag - 1, max_lag):
        pairs = min(len(conjugate), rows - lag)
        direct = observable[lag : lag + pairs].T @ conjugate[:pairs]
        np.testing.assert_allclose(sums[lag], direct, rtol=0, atol=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_wraps_round(method: str) -> None:
    """An early observable and a late conjugate never meet, and rows that no pair needs change nothing."""
    rng = np.random.default_rng(1)
    observable, conjugate = np.zeros((200, 2)), np.zeros((200, 3))
    observable[:50], conjugate[50:] = rng.standard_normal((50, 2)), rng.standard_normal((150, 3))
    assert np.abs(lagged_sums(observable, conjugate, 199, method=method)).max() < 1e-12
    longer = np.concatenate([observable, np.full((100, 2), 1e6)])
    beyond = lagged_sums(longer[:60], conjugate[:10], 50, method=method)
    np.testing.assert_array_equal(lagged_sums(longer, conjugate[:10], 50, method=method), beyond)


@settings(max_examples=40, deadline=None)
@given(problem=problems(), data=st.data())
def test_blocks_of_origins_add_up(problem: tuple[np.ndarray, np.ndarray, int], data: st.DataObject) -> None:
    observable, conjugate, max_lag = problem
    cut = data.draw(st.integers(1, len(conjugate)))
    merged = lagged_sums(observable, conjugate[:cut], max_lag, method="product")
    if cut < min(len(conjugate), len(observable)):
        merged = merged + lagged_sums(observable[cut:], conjugate[cut:], max_lag, method="product")
    np.testing.assert_array_equal(merged, lagged_sums(observable, conjugate, max_lag, method="product"))


@settings(max_examples=100, deadline=None)
@given(origins=st.integers(1, 40), available=st.integers(0, 60), max_lag=st.integers(0, 80))
def test_pair_counts_is_what_the_sums_of_ones_are(origins: int, available: int, max_lag: int) -> None:
    counted = [sum(n + lag < available for n in range(origins)) for lag in range(max_lag + 1)]
    np.testing.assert_array_equal(pair_counts(origins, available, max_lag), counted)
    if available:
        ones = lagged_sums(np.ones((available, 1)), np.ones((origins, 1)), max_lag, method="product")
        np.testing.assert_array_equal(ones[:, 0, 0], counted)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="'product' or 'segments', not 'fast'"):
        lagged_sums(np.ones((3, 1)), np.ones((3, 1)), 1, method="fast")
