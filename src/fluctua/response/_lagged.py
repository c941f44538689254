r"""Lagged products: the one heavy sum.

For observables $A$, shape ``(m + L, blocks, a)``, and factors $B$, shape ``(m, blocks, b)``,

$$ S(l) = \sum_{n=0}^{m-1} A_{n+l} B_n^*, \qquad l = 0 \dots L, $$

in each block: one for a list of variables, one per wavenumber for a homogeneous field. Rows of $A$ beyond the end of a
member are absent, which counts as zero: nothing wraps round in time and no pair crosses the border of a member. Sums
add up over blocks of time, members, chunks of a file and devices.

Ways to compute it, chosen by their cost:

- *product* (one real block): the narrower factor is laid out as its ``L + 1`` shifts (a copy small enough for the
  cache), and one matrix product with the wider factor does all lags: ``2 m L a b`` operations at the speed of a matrix
  product;
- *segments* (one real block): overlapping segments, cross-spectra added up over segments (a small product per
  frequency), one inverse transform at the end: the cost does not grow with the number of lags;
- many blocks go in strips: with few lags and many factors by the shifts of $A$ and a matrix product, else by one
  zero-padded transform in time.

Memory beyond the two factors is bounded by a constant, whatever the length.
"""

import numpy as np
import scipy.fft
from jaxtyping import Float, Inexact

from ..core import backward, fast_length, forward
from ..features import block_products

# Measured on two cores (benchmarks/lagged_sums.py): nanoseconds per unit of work of each step.
_PRODUCT_NANOSECONDS = 0.03  # one multiplication and addition inside a large matrix product
_COPY_NANOSECONDS = 1.2  # one number copied into the layout of shifts
_TRANSFORM_NANOSECONDS = 0.8  # one number through a real transform, per doubling of its length
_SPECTRUM_NANOSECONDS = 0.5  # one complex multiplication and addition of a cross-spectrum
_WORKSPACE = 1 << 21  # numbers in one temporary array: 16 MB, twice that for complex strips
_CACHE = 1 << 18  # numbers in one layout of shifts: 2 MB
_STRIP = 1 << 18  # complex numbers in one strip: 4 MB
_FEW_LAGS = 5  # up to so many the products of complex blocks are summed as they are


def lagged_products(
    later: Inexact[np.ndarray, "window k a"], earlier: Inexact[np.ndarray, "origins k b"], max_lag: int
) -> Inexact[np.ndarray, "lags k a b"]:
    """Sums of products in each block for the lags 0 to ``max_lag`` in steps, not divided by the number of pairs.

    Args:
        later: $A$; row n is simultaneous with row n of ``earlier``. Up to ``origins + max_lag`` rows are used; missing
            ones count as absent pairs.
        earlier: $B$.
        max_lag: Largest lag.

    Example:
        >>> import numpy as np
        >>> later, earlier = np.array([[[1.0]], [[2.0]], [[3.0]]]), np.array([[[1.0]], [[10.0]]])
        >>> lagged_products(later, earlier, 1)[:, 0, 0, 0].tolist()
        [21.0, 32.0]
    """
    if earlier.shape[1] == 1 and not np.iscomplexobj(earlier):
        return lagged_sums(later[:, 0], earlier[:, 0], max_lag)[:, None]
    return _in_blocks(later[: len(earlier) + max_lag], earlier, max_lag)


def lagged_sums(
    observable: Float[np.ndarray, "window p"],
    conjugate: Float[np.ndarray, "origins q"],
    max_lag: int,
    *,
    method: str | None = None,
) -> Float[np.ndarray, "lags p q"]:
    r"""The sums of one real block, $\sum_n A_{n+l} B_n^T$.

    Args:
        observable: $A$, later in time, shape ``(window, p)``, as in ``lagged_products``.
        conjugate: $B$, earlier in time, shape ``(origins, q)``.
        max_lag: Largest lag $L$.
        method: ``"product"`` or ``"segments"``; by default the cheaper one.

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
    ways = {"product": _by_product, "segments": _by_segments}
    method = method or _cheaper_method(origins, max_lag, p, q)
    if method not in ways:
        raise ValueError(f"method is 'product' or 'segments', not {method!r}")
    return ways[method](observable, conjugate, max_lag)


def pair_counts(origins: int, available: int, max_lag: int) -> Float[np.ndarray, " lags"]:
    """Number of pairs per lag of a block of ``origins`` rows.

    ``available`` rows run from the start of the block to the end of its member.
    """
    return np.clip(available - np.arange(max_lag + 1), 0, origins).astype(float)


def matched_products(
    functions: Inexact[np.ndarray, "origins k f"],
    conjugate: Inexact[np.ndarray, "origins k b"],
    available: int,
    lags: np.ndarray,
) -> Inexact[np.ndarray, "_ k f b"]:
    r"""$\sum \varphi_n B_n^*$ over the origins that have a partner at each lag.

    Args:
        functions: $\varphi$.
        conjugate: $B$ at the same origins.
        available: Steps of the member from the first origin on: origin n has a partner at lag l if n + l is less.
        lags: The lags, rising.

    Returns:
        One table per lag; where all origins have partners at every lag, a single table (a leading axis of one).
    """
    origins = len(functions)
    whole = block_products(functions, conjugate)[None]
    if available >= origins + int(lags[-1]):
        return whole
    first = max(0, available - int(lags[-1]))  # from here on origins drop out, one more at each lag
    tail = functions[first:, :, :, None] * conjugate[first:, :, None, :].conj()
    # lost[j]: the sum over the last j origins.
    lost = np.concatenate([np.zeros((1, *tail.shape[1:]), tail.dtype), np.cumsum(tail[::-1], axis=0)])
    return whole - lost[np.clip(origins - (available - lags), 0, len(tail))]


def _cheaper_method(origins: int, max_lag: int, p: int, q: int) -> str:
    product = origins * (max_lag + 1) * (p * q * _PRODUCT_NANOSECONDS + min(p, q) * _COPY_NANOSECONDS)
    length = _transform_length(origins, max_lag)
    segments = -(-origins // (length - max_lag))
    transform = segments * length * (p + q) * np.log2(length) * _TRANSFORM_NANOSECONDS
    transform += (segments * length / 2) * p * q * _SPECTRUM_NANOSECONDS
    transform += length * p * q * np.log2(length) * _TRANSFORM_NANOSECONDS
    return "product" if product <= transform else "segments"


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


def _by_segments(observable: np.ndarray, conjugate: np.ndarray, max_lag: int) -> np.ndarray:
    origins, q = conjugate.shape
    p = observable.shape[1]
    length = _transform_length(origins, max_lag)
    stride, frequencies = length - max_lag, length // 2 + 1
    sums = np.zeros((max_lag + 1, p, q))
    # Wide observables go in strips, so that the cross-spectra stay within the workspace.
    strip = max(1, min(p, _WORKSPACE // max(1, frequencies * q)))
    for first in range(0, p, strip):
        own = observable[:, first : first + strip]
        spectrum = np.zeros((frequencies, own.shape[1], q), dtype=complex)
        batch = max(1, _WORKSPACE // (length * (own.shape[1] + q)))
        for start in range(0, origins, stride * batch):
            count = min(batch, -(-(origins - start) // stride))
            span = stride * (count - 1) + length
            window = _padded(own[start : start + span], 0, span)
            later = np.lib.stride_tricks.sliding_window_view(window, length, axis=0)[::stride]
            earlier = _padded(conjugate[start : start + stride * count], 0, stride * count)
            later_hat = forward(later, length, axis=2)
            earlier_hat = forward(earlier.reshape(count, stride, q), length, axis=1)
            # (frequency, p, segment) times (frequency, segment, q)
            spectrum += np.matmul(later_hat.transpose(2, 1, 0), earlier_hat.conj().transpose(1, 0, 2))
        sums[:, first : first + strip] = backward(spectrum, length, axis=0)[: max_lag + 1]
    return sums


def _in_blocks(later: np.ndarray, earlier: np.ndarray, max_lag: int) -> np.ndarray:
    """Many complex blocks, one strip of them after the other, in each of which the times of a block lie together."""
    origins, blocks, b = earlier.shape
    a = later.shape[2]
    few = max_lag < min(_FEW_LAGS, b)
    way, width = (_by_shifts, (max_lag + 1) * a + b) if few else (_by_transforms, max(a * b, a + b))
    strip = max(1, _STRIP // ((origins + max_lag) * width))
    result = np.empty((max_lag + 1, blocks, a, b), complex)
    for start in range(0, blocks, strip):
        piece = slice(start, start + strip)
        first, second = (table[:, piece].transpose(1, 2, 0) for table in (later, earlier))
        result[:, piece] = way(first, second, max_lag).transpose(3, 0, 1, 2)
    return result


def _by_shifts(later: np.ndarray, earlier: np.ndarray, max_lag: int) -> np.ndarray:
    """Factors ``(k, a, window)`` and ``(k, b, origins)`` to sums ``(k, a, b, lags)``."""
    blocks, a, origins = len(later), later.shape[1], earlier.shape[2]
    window = np.zeros((blocks, a, origins + max_lag), complex)
    window[:, :, : later.shape[2]] = later.conj()
    shifts = np.lib.stride_tricks.sliding_window_view(window, origins, axis=2)
    product = np.matmul(shifts.reshape(blocks, -1, origins), earlier.transpose(0, 2, 1)).conj()
    return product.reshape(blocks, a, max_lag + 1, -1).transpose(0, 1, 3, 2)


def _by_transforms(later: np.ndarray, earlier: np.ndarray, max_lag: int) -> np.ndarray:
    """The same by transforms in time, padded with zeros."""
    length = fast_length(earlier.shape[2] + max_lag)
    later_hat, earlier_hat = (
        np.asarray(scipy.fft.fft(np.ascontiguousarray(table), length, workers=-1)) for table in (later, earlier)
    )
    spectrum = later_hat[:, :, None] * earlier_hat.conj()[:, None]
    return np.asarray(scipy.fft.ifft(spectrum, axis=3, workers=-1, overwrite_x=True))[..., : max_lag + 1]
