"""Linear fields on a ring, with levels or without, whose response is known exactly."""

import numpy as np
import scipy.stats
import xarray as xr


def propagator(points: int, levels: int = 1, drift: float = 0.15) -> np.ndarray:
    """One step of a damped field that is carried along and coupled from level to level, shape ``(k, level, level)``."""
    k = np.arange(points // 2 + 1)
    damping = 0.8 * np.exp(-0.02 * k**2 - 1j * drift * k)
    damping[-1] = damping[-1].real  # the Nyquist wave of a real field
    table = damping[:, None, None] * np.eye(levels)
    for level in range(levels - 1):
        table[:, level + 1, level] = 0.25 * damping  # what is above drives what is below, never back
    return table


def linear_field(
    points: int = 16, levels: int = 1, members: int = 4, steps: int = 2500, *, drift: float = 0.15, seed: int = 0
) -> np.ndarray:
    """A stationary record driven by white noise, shape ``(member, time, level, x)``."""
    rng, table, settle = np.random.default_rng(seed), propagator(points, levels, drift), 100
    state, record = np.zeros((members, levels, points)), np.empty((members, steps, levels, points))
    for step in range(-settle, steps):
        spectrum = np.einsum("kab,mbk->mak", table, np.fft.rfft(state))
        state = np.fft.irfft(spectrum, points) + rng.standard_normal(state.shape)
        record[:, max(step, 0)] = state
    return record


def exact_response(lags: int, points: int = 16, levels: int = 1, *, drift: float = 0.15, pushed: int = 0) -> np.ndarray:
    """Response to a unit push of one level, shape ``(lag, level, offset)``."""
    table = propagator(points, levels, drift)
    powers = np.stack([np.linalg.matrix_power(table, lag)[:, :, pushed] for lag in range(lags + 1)])
    return np.fft.irfft(powers.transpose(0, 2, 1), points)


def ring(members: int = 4, steps: int = 2500, *, drift: float = 0.15, seed: int = 0) -> xr.DataArray:
    """The field without levels as a labelled array over member, time and x, half a time unit a step."""
    values = linear_field(members=members, steps=steps, drift=drift, seed=seed)[:, :, 0]
    coords = {
        "time": np.arange(values.shape[1]) * 0.5,
        "x": ("x", 3.0 + 0.25 * np.arange(values.shape[2]), {"units": "km"}),
    }
    return xr.DataArray(values, dims=("member", "time", "x"), coords=coords, name="u")


def widest(result: xr.Dataset, points: int) -> float:
    """Number of standard errors that none of so many points exceeds but once in a million runs."""
    return float(scipy.stats.t.ppf(1 - 1e-6 / (2 * points), result.attrs["band_degrees_of_freedom"]))
