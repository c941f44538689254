r"""Lagged sums wavenumber by wavenumber: the heavy sum of a homogeneous field.

For spectra $A$, shape ``(window, wavenumbers, a)``, and $B$, shape ``(origins, wavenumbers, b)``,

$$ S(l, k) = \sum_{n} A_{n+l}(k)\, B_n(k)^*, \qquad l = 0 \dots L, $$

by one zero-padded transform in time: nothing wraps round. Row n of both is simultaneous; rows of $A$ beyond its end
are absent pairs. Cost $O(n \log n)$ per wavenumber, whatever the number of lags; memory bounded by a workspace.
"""

import numpy as np
import scipy.fft
from jaxtyping import Complex

from ...core import fast_length

_WORKSPACE = 1 << 22  # complex numbers in one temporary array: 64 MB


def lagged_spectra(
    later: Complex[np.ndarray, "window wavenumbers a"],
    earlier: Complex[np.ndarray, "origins wavenumbers b"],
    max_lag: int,
) -> Complex[np.ndarray, "lags wavenumbers a b"]:
    """Sums of products for the lags 0 to ``max_lag`` in steps, not divided by the number of pairs.

    Example:
        >>> import numpy as np
        >>> later, earlier = np.array([[[1j]], [[2.0]], [[3.0]]]), np.array([[[1.0]], [[1j]]])
        >>> lagged_spectra(later, earlier, 1)[:, 0, 0, 0].round(12).tolist()
        [-1j, (2-3j)]
    """
    origins, wavenumbers, b = earlier.shape
    a = later.shape[2]
    later = later[: origins + max_lag]
    length = fast_length(origins + max_lag)
    result = np.empty((max_lag + 1, wavenumbers, a, b), complex)
    strip = max(1, _WORKSPACE // (length * max(a * b, a + b)))
    for start in range(0, wavenumbers, strip):
        piece = slice(start, start + strip)
        first = np.asarray(scipy.fft.fft(later[:, piece], length, axis=0, workers=-1))
        second = np.asarray(scipy.fft.fft(earlier[:, piece], length, axis=0, workers=-1))
        product = first[:, :, :, None] * second.conj()[:, :, None, :]
        result[:, piece] = np.asarray(scipy.fft.ifft(product, axis=0, workers=-1))[: max_lag + 1]
    return result


def matched_products(
    functions: Complex[np.ndarray, "origins wavenumbers f"],
    conjugate: Complex[np.ndarray, "origins wavenumbers b"],
    available: int,
    max_lag: int,
) -> Complex[np.ndarray, "lags wavenumbers f b"]:
    r"""$\sum \varphi_n B_n^*$ over the origins that have a partner at each lag.

    Args:
        functions: $\varphi$.
        conjugate: $B$ at the same origins.
        available: Steps of the member from the first origin on: origin n has a partner at lag l if n + l is less.
        max_lag: Largest lag in steps.

    Returns:
        One table per lag; where all origins have partners at every lag, a single table (a leading axis of one).
    """
    origins = len(functions)
    whole = np.einsum("nkf,nkb->kfb", functions, conjugate.conj(), optimize=True)[None]
    if available >= origins + max_lag:
        return whole
    first = max(0, available - max_lag)  # from here on origins drop out, one more at each lag
    tail = functions[first:, :, :, None] * conjugate[first:, :, None, :].conj()
    # lost[j]: the sum over the last j origins.
    lost = np.concatenate([np.zeros((1, *tail.shape[1:]), complex), np.cumsum(tail[::-1], axis=0)])
    missing = np.clip(origins - (available - np.arange(max_lag + 1)), 0, len(tail))
    return whole - lost[missing]
