"""Small records made with plain NumPy: no change of the package's own systems and integrators moves them.

Every record has a fixed seed. Sizes are shared where that is natural, because compiled code is then shared too.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

SETTLE = 200  # steps thrown away first

LINEAR = np.array([[-1.0, 2.0, 0.0], [0.0, -1.5, 1.0], [0.0, 0.0, -0.8]])
"""Drift matrix of the non-normal Ornstein-Uhlenbeck process: what a push does grows before it decays."""


def euler(
    drift: Callable[[np.ndarray], np.ndarray],
    noise: Callable[[np.ndarray], np.ndarray],
    *,
    dimension: int,
    members: int,
    steps: int,
    dt: float,
    every: int,
    seed: int,
) -> np.ndarray:
    """Euler-Maruyama with diagonal noise, shape ``(member, time, d)``, ``every`` steps of ``dt`` apart."""
    rng = np.random.default_rng(seed)
    state, record = 0.1 * rng.standard_normal((members, dimension)), np.empty((members, steps, dimension))
    for step in range(-SETTLE, steps):
        for _ in range(every):
            state = state + dt * drift(state) + np.sqrt(dt) * noise(state) * rng.standard_normal(state.shape)
        record[:, max(step, 0)] = state
    return record


def vector(values: np.ndarray, names: tuple[str, ...], interval: float) -> xr.Dataset:
    """State variables over member and time."""
    time = np.arange(values.shape[1]) * interval
    return xr.Dataset(
        {name: (("member", "time"), values[..., index]) for index, name in enumerate(names)}, {"time": time}
    )


def linear() -> xr.Dataset:
    """An Ornstein-Uhlenbeck process of three variables with a non-normal drift."""
    values = euler(
        lambda x: x @ LINEAR.T,
        lambda x: np.array([1.0, 0.7, 0.5]),
        dimension=3,
        members=2,
        steps=1000,
        dt=0.05,
        every=4,
        seed=1,
    )
    return vector(values, ("x1", "x2", "x3"), 0.2)


def linear_precision() -> np.ndarray:
    """Inverse covariance of ``linear``, of the scheme and not of its limit: the fixed point of one Euler step."""
    step, noise = np.eye(3) + 0.05 * LINEAR, 0.05 * np.diag([1.0, 0.49, 0.25])
    covariance = np.eye(3)
    for _ in range(2000):
        covariance = step @ covariance @ step.T + noise
    return np.linalg.inv(covariance)


def quartic() -> xr.Dataset:
    """One variable in a tilted quartic well."""
    values = euler(
        lambda x: x - x**3 + 0.2,
        lambda x: np.array(0.9),
        dimension=1,
        members=2,
        steps=2000,
        dt=0.05,
        every=6,
        seed=2,
    )
    return vector(values, ("x",), 0.3)


def triad() -> xr.Dataset:
    """Temperature, thermocline depth and wind bursts, whose noise grows with temperature."""

    def drift(x: np.ndarray) -> np.ndarray:
        u1, u2, tau = np.moveaxis(x, -1, 0)
        return np.stack([tau - 0.2 * u1 - 0.4 * u2, 0.4 * u1 - 0.2 * u2, -2.0 * tau], axis=-1)

    def noise(x: np.ndarray) -> np.ndarray:
        ones = np.ones_like(x[..., 0])
        return np.stack([0.3 * ones, 0.3 * ones, 1.5 * (1.0 + np.tanh(x[..., 0]))], axis=-1)

    values = euler(drift, noise, dimension=3, members=4, steps=1000, dt=0.05, every=5, seed=3)
    return vector(values, ("u1", "u2", "tau"), 0.25)


def ensemble() -> xr.Dataset:
    """Twelve short members of a damped oscillation with a cubic restoring force."""

    def drift(x: np.ndarray) -> np.ndarray:
        position, speed = np.moveaxis(x, -1, 0)
        return np.stack([speed, -position - 0.3 * position**3 - 0.8 * speed], axis=-1)

    values = euler(drift, lambda x: np.array([0.2, 0.8]), dimension=2, members=12, steps=300, dt=0.05, every=4, seed=4)
    return vector(values, ("position", "speed"), 0.2)


def well() -> xr.Dataset:
    """Two coupled variables, one of them in a double well: what scores are fitted to."""

    def drift(x: np.ndarray) -> np.ndarray:
        a, b = np.moveaxis(x, -1, 0)
        return np.stack([a - a**3 + 0.3 * b, -b + 0.4 * a**2 - 0.4], axis=-1)

    values = euler(drift, lambda x: np.array([0.8, 0.6]), dimension=2, members=2, steps=1500, dt=0.05, every=6, seed=5)
    return vector(values, ("a", "b"), 0.3)


def well_states() -> np.ndarray:
    """Twenty states inside the record ``well``."""
    return np.random.default_rng(50).uniform([-1.5, -1.2], [1.5, 1.2], (20, 2))


def dated() -> xr.Dataset:
    """Eighty years of months with a seasonal cycle and a trend."""
    values = euler(
        lambda x: x @ np.array([[-0.4, 0.3], [0.0, -0.3]]).T,
        lambda x: np.array([0.5, 0.4]),
        dimension=2,
        members=1,
        steps=960,
        dt=0.1,
        every=10,
        seed=6,
    )[0]
    time = pd.date_range("1940-01-01", periods=len(values), freq="MS")
    cycle = 2.0 * np.cos(2 * np.pi * np.arange(len(values)) / 12)
    trend = 0.001 * np.arange(len(values))
    return xr.Dataset(
        {"temperature": ("time", values[:, 0] + cycle + trend), "pressure": ("time", values[:, 1] - 0.5 * cycle)},
        {"time": time},
    )


def csv_file(folder: Path) -> Path:
    """The record ``linear`` as a table with the columns member and time."""
    path = folder / "linear.csv"
    linear().to_dataframe().reset_index().to_csv(path, index=False, float_format="%.6f")
    return path


def heavy() -> xr.Dataset:
    """Correlated additive and multiplicative noise: power-law tails, driven by a second variable."""

    def noise(x: np.ndarray) -> np.ndarray:
        return np.stack([np.sqrt(0.3 + (0.7 * x[..., 0] + 0.2) ** 2), np.full_like(x[..., 1], 0.5)], axis=-1)

    values = euler(
        lambda x: x @ np.array([[-1.0, 0.4], [0.0, -0.6]]).T,
        noise,
        dimension=2,
        members=2,
        steps=1500,
        dt=0.05,
        every=5,
        seed=7,
    )
    return vector(values, ("x", "driver"), 0.25)


def field(values: np.ndarray, dims: tuple[str, ...], interval: float, spacing: float, name: str = "u") -> xr.DataArray:
    """One gridded variable over member, time and its dimensions."""
    coords = {dim: spacing * np.arange(size) for dim, size in zip(dims, values.shape[2:], strict=True)}
    coords["time"] = np.arange(values.shape[1]) * interval
    return xr.DataArray(values, dims=("member", "time", *dims), coords=coords, name=name)


def gridded() -> xr.Dataset:
    """A field on 2 x 2 cells whose statistics differ from cell to cell; a second variable is not used."""
    damping = np.array([0.6, 0.8, 1.0, 1.3])
    coupling = -np.diag(damping) + 0.3 * np.eye(4, k=1)
    values = euler(
        lambda x: x @ coupling.T, lambda x: np.ones(4), dimension=4, members=2, steps=800, dt=0.05, every=5, seed=8
    )
    found = field(values.reshape(2, 800, 2, 2), ("y", "x"), 0.25, 1.0)
    return xr.Dataset({"u": found, "other": found + 1.0})


def ring(points: int = 16, levels: int = 1, drift: float = 0.15, members: int = 4, steps: int = 500) -> np.ndarray:
    """A damped linear field on a ring that is carried along and coupled downwards, ``(member, time, level, x)``."""
    rng, k = np.random.default_rng(9 + levels), np.arange(points // 2 + 1)
    damping = 0.8 * np.exp(-0.02 * k**2 - 1j * drift * k)
    damping[-1] = damping[-1].real
    table = damping[:, None, None] * np.eye(levels)
    for level in range(levels - 1):
        table[:, level + 1, level] = 0.25 * damping
    state, record = np.zeros((members, levels, points)), np.empty((members, steps, levels, points))
    for step in range(-SETTLE, steps):
        state = np.fft.irfft(np.einsum("kab,mbk->mak", table, np.fft.rfft(state)), points)
        state = state + rng.standard_normal(state.shape)
        record[:, max(step, 0)] = state
    return record


def ring_field() -> xr.DataArray:
    """A homogeneous field in one dimension, carried along."""
    return field(ring()[:, :, 0], ("x",), 0.5, 0.25)


def symmetric_ring() -> xr.DataArray:
    """A homogeneous field in one dimension that has no direction, neither in space nor in sign."""
    return field(ring(drift=0.0)[:, :, 0], ("x",), 0.5, 0.25)


def level_field() -> xr.DataArray:
    """A homogeneous field with two levels, the upper one driving the lower."""
    return field(ring(points=8, levels=2), ("z", "x"), 0.5, 1.0)


def bistable() -> xr.DataArray:
    """A homogeneous field in two dimensions whose points sit in double wells and hold their neighbours."""

    def drift(u: np.ndarray) -> np.ndarray:
        grid = u.reshape(len(u), 8, 8)
        around = sum(np.roll(grid, shift, axis) for axis in (1, 2) for shift in (1, -1))
        return (grid - grid**3 + 0.25 * (around - 4.0 * grid)).reshape(u.shape)

    values = euler(
        drift, lambda u: np.array(1.1), dimension=64, members=2, steps=400, dt=0.05, every=10, seed=10
    ).reshape(2, 400, 8, 8)
    return field(values, ("y", "x"), 0.5, 1.0)


def vorticity() -> xr.DataArray:
    """A damped field in two dimensions that is carried by the flow whose vorticity it is, forced by noise."""
    points, dt, every, steps, members = 12, 0.05, 5, 300, 2
    rng = np.random.default_rng(11)
    ky, kx = np.meshgrid(np.fft.fftfreq(points, 1 / points), np.fft.fftfreq(points, 1 / points), indexing="ij")
    square = kx**2 + ky**2
    inverse = np.where(square > 0, 1.0 / np.maximum(square, 1.0), 0.0)
    kept = (np.abs(kx) < points / 3) & (np.abs(ky) < points / 3)
    forced = np.where((square > 0) & kept, 1.5 / (1.0 + square / 4.0), 0.0)

    def back(spectrum: np.ndarray) -> np.ndarray:
        return np.fft.ifft2(spectrum).real

    def tendency(w: np.ndarray) -> np.ndarray:
        spectrum = np.fft.fft2(w)
        u, v = back(1j * ky * inverse * spectrum), back(-1j * kx * inverse * spectrum)
        carried = u * back(1j * kx * spectrum) + v * back(1j * ky * spectrum)
        return back(kept * (-np.fft.fft2(carried) - (0.3 + 0.04 * square) * spectrum))

    w, record = np.zeros((members, points, points)), np.empty((members, steps, points, points))
    for step in range(-SETTLE, steps):
        for _ in range(every):
            kick = back(forced * np.fft.fft2(rng.standard_normal(w.shape)))
            half = w + 0.5 * dt * tendency(w)
            w = w + dt * tendency(half) + np.sqrt(dt) * kick
        record[:, max(step, 0)] = w
    return field(record, ("y", "x"), dt * every, 2 * np.pi / points, "w")
