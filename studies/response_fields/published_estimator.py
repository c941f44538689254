"""The estimator of the published runs, with its bias, so that a comparison can be seen to be fair."""

import numpy as np
import scipy.fft

from fluctua.scores import to_grid, to_spectrum


def circular_gaussian_response(record: np.ndarray, max_lag: int) -> np.ndarray:
    r"""The Gaussian response by correlations that are circular in space *and in time*.

    With $T$ states a member the correlation at lag l is $(1 - l/T) C(l) + (l/T) C(l - T)$: pairs that wrap round the
    end of the record count as pairs. The field is centred by one number, and $R(k, l) = C(k, l) / C(k, 0)$.

    Args:
        record: Shape ``(member, time, *grid)``.
        max_lag: Largest lag in steps, at most half the record.

    Returns:
        Shape ``(max_lag + 1, *grid)``.

    References:
        Released code of Giorgini, Deck, Bischoff and Souza, PRL 133, 267302 (2024).
    """
    grid = record.shape[2:]
    mean = record.mean(dtype=np.float64)
    total: np.ndarray | float = 0.0
    for member in record:
        spectra = to_spectrum(np.asarray(member, np.float64) - mean, grid)
        power = np.abs(np.asarray(scipy.fft.fft(spectra, axis=0, workers=-1))) ** 2
        total = total + np.asarray(scipy.fft.ifft(power, axis=0, workers=-1))[: max_lag + 1]
    table = np.asarray(total)
    return to_grid(table / table[0].real, grid)


def normalised_response(response: np.ndarray) -> np.ndarray:
    """A response made exact at lag zero by right multiplication, $R(k, t) = M(k, t) / M(k, 0)$; shape kept."""
    grid = response.shape[1:]
    table = to_spectrum(response, grid)
    return to_grid(table / table[0], grid)
