"""Systems of several variables in NumPy: records of many members at once, and twin runs with common noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fluctua.statistics import running_integral

from .entry import Truth

Advance = Callable[[np.ndarray, np.ndarray], np.ndarray]
_NORMALS = 400_000  # normal numbers that are drawn at once: 3 MB


@dataclass(frozen=True, eq=False)
class Dynamics:
    """A Markov process with a full state, of which a record may show a part.

    Attributes:
        advance: The state ``(..., d)`` after one time step, from the state and normal numbers ``(..., noises)``.
        noises: How many normal numbers a step takes.
        substeps: Time steps from one state of the record to the next.
        interval: The time between these.
        start: Starting states, shape ``(n, d)``.
        spin_up: Intervals after which they are stationary.
    """

    advance: Advance
    noises: int
    substeps: int
    interval: float
    start: Callable[[np.random.Generator, int], np.ndarray]
    spin_up: int

    def sample(self, rngs: Sequence[np.random.Generator], members: int, steps: int) -> np.ndarray:
        """Stationary records of the full state, shape ``(record, member, time, d)``."""
        state = np.stack([self.start(rng, members) for rng in rngs])
        found = np.empty((len(rngs), members, steps, state.shape[-1]))
        total = self.spin_up + steps
        block = max(1, _NORMALS // (len(rngs) * members * self.noises * self.substeps))
        for first in range(0, total, block):
            count = min(block, total - first)
            shape = (count, self.substeps, members, self.noises)
            normals = np.stack([rng.standard_normal(shape) for rng in rngs], axis=2)
            for step in range(count):
                if first + step >= self.spin_up:
                    found[:, :, first + step - self.spin_up] = state
                for normal in normals[step]:
                    state = self.advance(state, normal)
        return found


def heun(
    drift: Callable[[np.ndarray], np.ndarray],
    amplitude: float | np.ndarray | Callable[[np.ndarray], np.ndarray],
    step: float,
) -> Advance:
    """One step of Heun's method; noise that depends on the state is read in the sense of Stratonovich."""
    root = np.sqrt(step)

    def advance(state: np.ndarray, normal: np.ndarray) -> np.ndarray:
        slope = drift(state)
        if callable(amplitude):
            here = amplitude(state)
            ahead = state + step * slope + root * here * normal
            return state + 0.5 * step * (slope + drift(ahead)) + 0.5 * root * (here + amplitude(ahead)) * normal
        moved = (root * amplitude) * normal
        ahead = state + step * slope + moved
        return state + 0.5 * step * (slope + drift(ahead)) + moved

    return advance


def twin_truth(dynamics: Dynamics, observe: Callable[[np.ndarray], np.ndarray], **options: Any) -> Truth:
    """The truth by twin runs, one row per observable; options are those of ``twin_curves``."""
    found = twin_curves(dynamics, observe, **options)
    rows = [found[:, :, [column]] for column in range(found.shape[2])]
    return of_groups(rows, dynamics.interval / dynamics.substeps, dynamics.substeps)


def twin_curves(
    dynamics: Dynamics,
    observe: Callable[[np.ndarray], np.ndarray],
    *,
    push: int,
    amplitude: float,
    max_lag: int,
    groups: int,
    states: int,
    shifts: Sequence[int] = (0,),
    size: int = 0,
    seed: int = 2024,
) -> np.ndarray:
    """Central differences between pairs of runs that differ by a push at lag zero and share their noise.

    Args:
        dynamics: The process.
        observe: Observables of full states.
        push: Which variable of the full state is pushed.
        amplitude: By how much, up and down.
        max_lag: Largest lag in intervals.
        groups: Independent groups of states, whose spread is the standard error.
        states: States in each group, few enough to stay near the processor.
        shifts: On a ring of equal variables, the distances by which push and observables are moved as well.
        size: Number of variables of that ring, the first ones of the state.
        seed: Of the random numbers.

    Returns:
        The response in every group at every time step, shape ``(group, time, p)``.
    """
    count = max_lag * dynamics.substeps
    found = []
    for group in range(groups):
        rng = np.random.default_rng([seed, group])
        state = dynamics.start(rng, states)
        for _ in range(dynamics.spin_up * dynamics.substeps):
            state = dynamics.advance(state, rng.standard_normal((states, dynamics.noises)))
        curves = []
        for shift in shifts:
            pair = np.stack([state, state])
            pair[0, :, push + shift] += amplitude
            pair[1, :, push + shift] -= amplitude

            def seen(pair: np.ndarray, shift: int = shift) -> np.ndarray:
                moved = np.concatenate([np.roll(pair[..., :size], -shift, -1), pair[..., size:]], -1) if shift else pair
                values = observe(moved)
                return (values[0] - values[1]).mean(axis=0) / (2 * amplitude)

            curve = [seen(pair)]
            for _ in range(count):
                pair = dynamics.advance(pair, rng.standard_normal((states, dynamics.noises)))
                curve.append(seen(pair))
            curves.append(curve)
        found.append(np.mean(curves, axis=0))
    return np.array(found)


def of_groups(rows: list[np.ndarray], step: float, every: int) -> Truth:
    """The truth at every ``every``-th time from independent curves ``(group, time, points)`` at small steps."""
    impulse, integral, error = [], [], []
    for found in rows:
        mean = found.mean(axis=0)
        impulse.append(mean[::every])
        integral.append(running_integral(mean, step, axis=0)[::every])
        error.append(found.std(axis=0, ddof=1)[::every] / np.sqrt(len(found)))
    return Truth(impulse, integral, error)
