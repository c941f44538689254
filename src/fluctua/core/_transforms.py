"""Real Fourier transforms along one axis, on all cores."""

import numpy as np
import scipy.fft


def fast_length(length: int) -> int:
    """The next length that transforms fast."""
    found = scipy.fft.next_fast_len(length, real=True)
    assert found is not None
    return found


def forward(values: np.ndarray, length: int, axis: int) -> np.ndarray:
    """Spectrum of real values, zero-padded to ``length``."""
    return np.asarray(scipy.fft.rfft(values, length, axis=axis, workers=-1))


def backward(spectrum: np.ndarray, length: int, axis: int) -> np.ndarray:
    """Real values of a spectrum."""
    return np.asarray(scipy.fft.irfft(spectrum, length, axis=axis, workers=-1))
