r"""Lagged sums: the one heavy sum of the house.

For an observable $A$, shape ``(m + L, p)``, and a conjugate factor $B$, shape ``(m, q)``,

$$ S(l) = \sum_{n=0}^{m-1} A_{n+l} B_n^T, \qquad l = 0 \dots L. $$

The rows of $A$ beyond the end of a member are absent, which counts as zero: nothing wraps round in time and no pair
crosses the border of a member. Sums add up over blocks, members, chunks of a file and devices.

Two ways to compute it, chosen by their cost:

- *product*: the narrower factor is laid out as its ``L + 1`` shifts (a copy small enough for the cache), and one matrix
  product with the wider factor does all lags: ``2 m L p q`` operations at the speed of a matrix product;
- *transform*: overlapping segments, cross-spectra added up over segments (a small product per frequency), one inverse
  transform at the end: the cost does not grow with the number of lags.

Memory beyond the two factors is bounded by a constant, whatever the length.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from ..core import backward, fast_length, forward

# Measured on two cores (benchmarks/lagged_sums.py): nanoseconds per unit of work of each step.
_PRODUCT_NANOSECONDS = 0.03  # one multiplication and addition inside a large matrix product
_COPY_NANOSECONDS = 1.2  # one number copied into the layout of shifts
_TRANSFORM_NANOSECONDS = 0.8  # one number through a real transform, per doubling of its length
_SPECTRUM_NANOSECONDS = 0.5  # one complex multiplication and addition of a cross-spectrum
_WORKSPACE = 1 << 21  # numbers in one temporary array: 16 MB
_CACHE = 1 << 18  # numbers in one layout of shifts: 2 MB


def lagged_sums(
    observable: Float[np.ndarray, "window p"],
    conjugate: Float[np.ndarray, "origins q"],
    max_lag: int,
    *,
    method: str | None = None,
) -> Float[np.ndarray, "lags p q"]:
    r"""Sums of products $\sum_n A_{n+l} B_n^T$ for the lags 0 to ``max_lag``, in steps of the record.

    Args:
        observable: $A$, later in time, shape ``(window, p)``; row ``n`` is simultaneous with row ``n`` of
            ``conjugate``. Up to ``origins + max_lag`` rows are used; missing ones count as absent pairs.
        conjugate: $B$, earlier in time, shape ``(origins, q)``.
        max_lag: Largest lag $L$.
        method: ``"product"`` or ``"transform"``; by default the cheaper one.

    Returns:
        Sums, shape ``(max_lag + 1, p, q)``, not divided by the number of pairs (see ``pair_counts``).

    Example:
        >>> import numpy as np
        >>> lagged_sums(np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [10.0]]), 1)[:, 0, 0].tolist()
        [21.0, 32.0]
    """
    origins, q = conjugate.shape
    p = observable.shape[1]
    observable = observable[: origins + max_lag]
    if method is None:
        method = _cheaper_method(origins, max_lag, p, q)
    if method == "product":
        return _by_product(observable, conjugate, max_lag)
    if method == "transform":
        return _by_transform(observable, conjugate, max_lag)
    raise ValueError(f"method is 'product' or 'transform', not {method!r}")


def pair_counts(origins: int, available: int, max_lag: int) -> Float[np.ndarray, " lags"]:
    """Number of pairs per lag of a block of ``origins`` rows.

    ``available`` rows run from the start of the block to the end of its member.
    """
    return np.clip(available - np.arange(max_lag + 1), 0, origins).astype(float)


def _cheaper_method(origins: int, max_lag: int, p: int, q: int) -> str:
    product = origins * (max_lag + 1) * (p * q * _PRODUCT_NANOSECONDS + min(p, q) * _COPY_NANOSECONDS)
    length = _transform_length(origins, max_lag)
    segments = -(-origins // (length - max_lag))
    transform = segments * length * (p + q) * np.log2(length) * _TRANSFORM_NANOSECONDS
    transform += (segments * length / 2) * p * q * _SPECTRUM_NANOSECONDS
    transform += length * p * q * np.log2(length) * _TRANSFORM_NANOSECONDS
    return "product" if product <= transform else "transform"


def _by_product(observable: np.ndarray, conjugate: np.ndarray, max_lag: int) -> np.ndarray:
    origins, q = conjugate.shape
    p = observable.shape[1]
    lags = max_lag + 1
    narrow = min(p, q)
    rows = max(max_lag // 2, _CACHE // max(1, lags * narrow), 16)
    sums = np.zeros((lags, p, q))
    for start in range(0, origins, rows):
        earlier = conjugate[start : start + rows]
        later = observable[start : start + rows + max_lag]
        if p <= q:
            window = _padded(later, 0, len(earlier) + max_lag)
            # shifts[l, i, n] = A[n + l, i]
            shifts = np.lib.stride_tricks.sliding_window_view(window, len(earlier), axis=0)
            sums += (np.ascontiguousarray(shifts).reshape(lags * p, -1) @ earlier).reshape(lags, p, q)
        else:
            # shifts[l, j, k] = B[k - l, j], zero outside the block
            window = _padded(earlier, max_lag, len(later) + max_lag)
            shifts = np.lib.stride_tricks.sliding_window_view(window, len(later), axis=0)[::-1]
            product = np.ascontiguousarray(shifts[:lags]).reshape(lags * q, -1) @ later
            sums += product.reshape(lags, q, p).transpose(0, 2, 1)
    return sums


def _padded(values: np.ndarray, before: int, length: int) -> np.ndarray:
    padded = np.zeros((length, values.shape[1]))
    kept = min(len(values), length - before)
    padded[before : before + kept] = values[:kept]
    return padded


def _transform_length(origins: int, max_lag: int) -> int:
    """Length of a segment: about eight times the overlap, never much longer than the record."""
    wanted = max(8 * (max_lag + 1), 1024)
    return fast_length(min(wanted, origins + max_lag))


def _by_transform(observable: np.ndarray, conjugate: np.ndarray, max_lag: int) -> np.ndarray:
    origins, q = conjugate.shape
    p = observable.shape[1]
    length = _transform_length(origins, max_lag)
    frequencies = length // 2 + 1
    sums = np.zeros((max_lag + 1, p, q))
    # Wide observables go in strips, so that the cross-spectra stay within the workspace.
    strip = max(1, min(p, _WORKSPACE // max(1, frequencies * q)))
    for first in range(0, p, strip):
        columns = slice(first, min(first + strip, p))
        spectrum = np.zeros((frequencies, columns.stop - first, q), dtype=complex)
        for later, earlier in _segments(observable[:, columns], conjugate, length - max_lag, length):
            later_hat = forward(later, length, axis=1)
            earlier_hat = forward(earlier, length, axis=1)
            # (frequency, p, segment) times (frequency, segment, q)
            spectrum += np.matmul(later_hat.transpose(1, 2, 0), earlier_hat.conj().transpose(1, 0, 2))
        sums[:, columns] = backward(spectrum, length, axis=0)[: max_lag + 1]
    return sums


def _segments(
    observable: np.ndarray, conjugate: np.ndarray, stride: int, length: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of segments, each zero-padded to ``length``.

    Shapes ``(segments, length, p)`` and ``(segments, length, q)``.
    """
    origins, q = conjugate.shape
    p = observable.shape[1]
    batch = max(1, _WORKSPACE // (length * (p + q)))
    for start in range(0, origins, stride * batch):
        starts = range(start, min(start + stride * batch, origins), stride)
        later = np.zeros((len(starts), length, p))
        earlier = np.zeros((len(starts), length, q))
        for row, origin in enumerate(starts):
            window = observable[origin : origin + length]
            later[row, : len(window)] = window
            block = conjugate[origin : min(origin + stride, origins)]
            earlier[row, : len(block)] = block
        yield later, earlier
