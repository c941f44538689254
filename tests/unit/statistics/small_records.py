"""Records of small systems for tests of what a record cannot carry, and how many alarms chance allows among them."""

import numpy as np
import scipy.signal
import scipy.stats

FAILURE = 1e-7
"""Probability with which one assertion on a number of alarms fails by chance."""


def most(records: int, rate: float) -> int:
    """The number of alarms that independent records of that false alarm rate exceed with probability ``FAILURE``."""
    return int(scipy.stats.binom.isf(FAILURE, records, rate))


def fewest(records: int, power: float) -> int:
    """The number of alarms below which they stay with probability ``FAILURE`` if each is found with that power."""
    return int(scipy.stats.binom.ppf(FAILURE, records, power))


def linear(seed: int, members: int, steps: int, kept: float = 0.95) -> np.ndarray:
    """An Ornstein-Uhlenbeck process of variance one that keeps so much of itself from step to step."""
    noise = np.random.default_rng(seed).standard_normal((members, steps + int(8 / (1 - kept))))
    return scipy.signal.lfilter([np.sqrt(1 - kept**2)], [1, -kept], noise, axis=1)[:, -steps:, None]


def oscillator(seed: int, members: int, steps: int, period: float = 20.0, coherence: float = 40.0) -> np.ndarray:
    """A noisy oscillation, AR(2), whose phase is forgotten over ``coherence`` steps."""
    radius = np.exp(-1 / coherence)
    noise = np.random.default_rng(seed).standard_normal((members, steps + int(12 * coherence)))
    poles = [1, -2 * radius * np.cos(2 * np.pi / period), radius**2]
    return scipy.signal.lfilter([1], poles, noise, axis=1)[:, -steps:, None]


def well(seed: int, members: int, steps: int, dt: float = 0.1, within: int = 3) -> np.ndarray:
    """A tilted bistable variable, dx = (0.25 + 1.2 x + 0.15 x^2 - x^3) dt + 1.1 dW, by Heun's scheme."""

    def drift(x: np.ndarray) -> np.ndarray:
        return 0.25 + 1.2 * x + 0.15 * x**2 - x**3

    def step(x: np.ndarray, noise: np.ndarray) -> np.ndarray:
        slope = drift(x)
        return x + 0.5 * (slope + drift(x + slope * inner + 1.1 * noise)) * inner + 1.1 * noise

    inner, generator = dt / within, np.random.default_rng(seed)
    x, record = generator.standard_normal(members), np.empty((members, steps, 1))
    for index in range(-int(10 / dt), steps):
        for noise in np.sqrt(inner) * generator.standard_normal((within, members)):
            x = step(x, noise)
        if index >= 0:
            record[:, index, 0] = x
    return record


def spiral(seed: int, members: int, steps: int, dt: float = 0.1, within: int = 3, noise: float = 0.4) -> np.ndarray:
    """A noisy limit cycle, not quite round, whose frequency depends on its radius: nonlinear, irreversible."""

    def drift(z: np.ndarray) -> np.ndarray:
        radius = z[0] ** 2 + z[1] ** 2
        turn = 1 + 0.8 * radius
        return np.stack([z[0] * (1 - radius) - turn * z[1] + 0.3 * z[1] ** 2, z[1] * (1 - radius) + turn * z[0]])

    inner, generator = dt / within, np.random.default_rng(seed)
    z, record = generator.standard_normal((2, members)), np.empty((members, steps, 2))
    for index in range(-int(8 / dt), steps):
        for kick in noise * np.sqrt(inner) * generator.standard_normal((within, 2, members)):
            slope = drift(z)
            z = z + 0.5 * (slope + drift(z + slope * inner + kick)) * inner + kick
        if index >= 0:
            record[:, index] = z.T
    return record


def with_noise(record: np.ndarray, share_of_spread: float, seed: int = 0) -> np.ndarray:
    """The record read with white noise of so much of each variable's spread."""
    noise = np.random.default_rng(seed + 10**6).standard_normal(record.shape)
    return record + share_of_spread * record.std(axis=(0, 1)) * noise
