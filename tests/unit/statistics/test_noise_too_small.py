"""Nearly deterministic systems are recognised; diffusions, fine or coarse, are not taken for them."""

import numpy as np
import pytest
from small_records import linear, oscillator, spiral, well, with_noise

from fluctua.statistics import noise_too_small


def lorenz(seed: int, members: int, steps: int, dt: float = 0.05, within: int = 5, noise: float = 0.0) -> np.ndarray:
    def flow(z: np.ndarray) -> np.ndarray:
        x, y, height = z
        return np.stack([10 * (y - x), x * (28 - height) - y, x * y - 8 / 3 * height])

    inner, generator = dt / within, np.random.default_rng(seed)
    z, record = generator.standard_normal((3, members)) * 5 + 20, np.empty((members, steps, 3))
    for index in range(-int(8 / dt), steps):
        for _ in range(within):
            half = z + 0.5 * inner * flow(z)
            z = z + inner * flow(half) + noise * np.sqrt(inner) * generator.standard_normal(z.shape)
        if index >= 0:
            record[:, index] = z.T
    return record


@pytest.mark.parametrize(("dt", "step"), [(0.05, 1), (0.05, 4), (0.15, 1)])
def test_lorenz_is_recognised(dt: float, step: int) -> None:
    found = noise_too_small(lorenz(0, 40, 250, dt, round(dt / 0.01)), step)
    assert found.found()
    assert found.predictable


def test_lorenz_with_noise_is_not() -> None:
    record = lorenz(1, 40, 250, noise=2.0)
    assert not noise_too_small(record, 4).found()
    assert not noise_too_small(with_noise(lorenz(2, 40, 250), 0.1), 4).found()


def test_a_smooth_motion_of_many_variables_is_recognised_by_its_differences() -> None:
    generator = np.random.default_rng(0)
    phases, frequencies = generator.uniform(0, 6, (4, 1, 20, 6)), generator.uniform(0.02, 0.2, (20, 6))
    record = np.cos(frequencies * np.arange(2000.0)[:, None, None] + phases).sum(axis=3)
    found = noise_too_small(record)
    assert found.smooth
    assert found.bound == np.inf
    assert found.smoothness == pytest.approx(8.0, abs=0.2)


ORDINARY = {
    "linear": lambda seed: linear(seed, 4, 2000),
    "finely sampled": lambda seed: linear(seed, 4, 2000, 0.9999),
    "coarse": lambda seed: linear(seed, 4, 2000, 0.1),
    "well": lambda seed: well(seed, 40, 150),
    "spiral": lambda seed: spiral(seed, 40, 150),
    "oscillator": lambda seed: oscillator(seed, 4, 2000, coherence=100),
    "coherent oscillator": lambda seed: oscillator(seed, 4, 2000, period=60, coherence=1000),
    "integral of a diffusion": lambda seed: linear(seed, 4, 2000).cumsum(axis=1),
}


@pytest.mark.parametrize("step", [1, 5])
@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_systems_have_noise_enough(name: str, step: int) -> None:
    # Exponents and bounds are means over thousands of states, tens of standard errors from their thresholds.
    for seed in range(3):
        found = noise_too_small(ORDINARY[name](seed), step)
        assert not found.found()
        assert found.smoothness < 5.5
        assert found.bound > 2e-3
