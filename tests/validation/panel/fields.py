"""Homogeneous fields, of which one grid point is pushed: one row for all points together and one for their sum."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from fluctua.statistics import running_integral
from fluctua.systems import AllenCahn, PeriodicDomain, simulate, twin_response

from .dynamics import Dynamics, of_groups, twin_curves
from .entry import Drawn, PanelSystem, Truth

_ROWS = ("u", "sum of u")


def allen_cahn() -> PanelSystem:
    """The package's bistable field on a small square."""
    grid, interval, dt, spin_up, max_lag = (8, 8), 2.0, 1 / 16, 1000.0, 24
    system = AllenCahn(domain=PeriodicDomain(grid))
    size = grid[0] * grid[1]

    def draw(rngs: Sequence[np.random.Generator], members: int, steps: int) -> Drawn:
        # All members of all records are independent; a record depends on its own generator alone.
        found = [
            simulate(
                system, key=jax.random.key(int(rng.integers(2**31))), members=members, duration=steps * interval, dt=dt,
                save_every=round(interval / dt), spin_up=spin_up,
            )
            for rng in rngs
        ]  # fmt: skip
        values = np.array(found).reshape(len(rngs), members, steps, *grid)
        score = np.asarray(jax.jit(jax.vmap(system.score))(jnp.asarray(values.reshape(-1, *grid))))
        return Drawn(values.reshape(*values.shape[:3], size), -score.reshape(*values.shape[:3], size))

    def find_truth(groups: int = 40) -> Truth:
        every = 4
        lags = np.arange(max_lag * every + 1) * interval / every
        found = twin_response(
            system, key=jax.random.key(2024), members=256, resets=groups, lags=lags, amplitude=1 / 32, spin_up=spin_up,
            dt=dt,
        )  # fmt: skip
        impulse, error = (np.asarray(part).reshape(len(lags), -1) for part in (found.response, found.stderr))
        rows = [impulse, impulse.sum(-1, keepdims=True)]
        # The errors of points are taken to add up, as they do where the mean field is what is uncertain.
        errors = [error, error.sum(-1, keepdims=True)]
        steps = [running_integral(row, interval / every, axis=0)[::every] for row in rows]
        return Truth([row[::every] for row in rows], steps, [row[::every] for row in errors])

    return PanelSystem(
        "allen-cahn", "markov", tuple(f"u{i}" for i in range(size)), _ROWS, lambda x: x, interval, 32, 250, max_lag, 0,
        draw, find_truth, grid=grid, note="the mean field sits in one of two wells for hundreds of time units",
    )  # fmt: skip


def conserved_mean() -> PanelSystem:
    """A conserved order parameter: the mean never moves in a record, but a pushed point adds to it for ever."""
    size, interval, substeps, max_lag = 48, 0.1, 20, 20
    mobility, stiffness, noise, cut = 0.05, 0.02, 0.4, 12.0
    dt = interval / substeps
    wavenumber = np.fft.rfftfreq(size, 1 / size)
    squared = wavenumber**2
    # The stiff linear part is taken at the end of a step; the cube, less twice the field, at its beginning.
    damped = 1 / (1 + dt * (stiffness * squared**2 + 2 * mobility * squared))
    shaken = np.sqrt(dt) * noise * 1j * wavenumber * np.exp(-((wavenumber / cut) ** 2))

    def advance(field: np.ndarray, normal: np.ndarray) -> np.ndarray:
        bent = -mobility * dt * squared * np.fft.rfft(field**3 - 3 * field)
        return np.fft.irfft(damped * (np.fft.rfft(field) + bent + shaken * np.fft.rfft(normal)), size)

    def start(rng: np.random.Generator, count: int) -> np.ndarray:
        # One domain of each phase, where a run from zero comes to only after hundreds of time units.
        phase = rng.uniform(0, 2 * np.pi, (count, 1))
        return 0.85 * np.cos(2 * np.pi * np.arange(size) / size + phase)

    dynamics = Dynamics(advance, size, substeps, interval, start, 1000)

    def draw(rngs: Sequence[np.random.Generator], members: int, steps: int) -> Drawn:
        return Drawn(dynamics.sample(rngs, members, steps))

    def find_truth(groups: int = 10) -> Truth:
        found = twin_curves(
            dynamics, lambda x: x, push=0, amplitude=0.05, max_lag=max_lag, groups=groups, states=64,
            shifts=range(0, size, 6), size=size,
        )  # fmt: skip
        return of_groups([found, found.sum(-1, keepdims=True)], dt, substeps)

    return PanelSystem(
        "conserved-mean", "markov", tuple(f"u{i}" for i in range(size)), _ROWS, lambda x: x, interval, 24, 800, max_lag,
        0, draw, find_truth, grid=(size,), note="the mean never moves: the sum of the response is one for ever",
    )  # fmt: skip


FIELDS: dict[str, Callable[[], PanelSystem]] = {"allen-cahn": allen_cahn, "conserved-mean": conserved_mean}
