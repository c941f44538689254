"""Systems of which only a part is recorded: what is recorded is not Markov, and a headline that says it is is wrong."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from .dynamics import Dynamics, heun, of_groups, twin_truth
from .entry import Drawn, PanelSystem, Truth
from .several import first_two
from .wells import observables


def first_columns(dynamics: Dynamics, count: int):  # type: ignore[no-untyped-def]
    """Records of the leading variables."""

    def draw(rngs: Sequence[np.random.Generator], members: int, steps: int) -> Drawn:
        return Drawn(np.ascontiguousarray(dynamics.sample(rngs, members, steps)[..., :count]))

    return draw


def seen_alone(
    dynamics: Dynamics, observe: Callable[[np.ndarray], np.ndarray], max_lag: int, groups: int = 24
) -> Truth:
    """What a record of the first variable alone can tell, from records far longer than those of the panel.

    Its score is found by the Stein identity with hats on a fine grid: exact up to the grid.
    """
    runs = [dynamics.sample([np.random.default_rng([7, group])], 250, 2000)[0][..., :1] for group in range(groups)]
    everything = np.concatenate([run.ravel() for run in runs])
    knots = np.quantile(everything, np.linspace(0, 1, 81))
    size = len(knots)
    products, slopes, states = np.zeros(size * size), np.zeros(size), 0
    for run in runs:
        flat = run.ravel()
        place = np.clip(np.searchsorted(knots, flat, side="right") - 1, 0, size - 2)
        width = np.diff(knots)[place]
        share = (flat - knots[place]) / width
        for (i, one), (j, other) in itertools.product(((0, 1 - share), (1, share)), repeat=2):
            products += np.bincount((place + i) * size + place + j, one * other, size * size)
        slopes += np.bincount(place + 1, 1 / width, size) - np.bincount(place, 1 / width, size)
        states += len(flat)
    weights = np.linalg.solve(products.reshape(size, size) / states, slopes / states)
    mean = np.mean([observe(run).mean(axis=(0, 1)) for run in runs], axis=0)
    found = []
    for run in runs:
        conjugate, observed = np.interp(run[..., 0], knots, weights), observe(run) - mean
        sums = [
            np.einsum("mtp,mt->p", observed[:, lag:], conjugate[:, : 2000 - lag]) / (250 * (2000 - lag))
            for lag in range(max_lag + 1)
        ]
        found.append(sums)
    curves = np.array(found)
    return of_groups([curves[:, :, [p]] for p in range(curves.shape[2])], dynamics.interval, 1)


def hidden_slow(name: str, spread: float) -> PanelSystem:
    """A bistable variable whose tilt is a slow variable that nobody records."""
    memory = 10.0

    def drift(x: np.ndarray) -> np.ndarray:
        seen, tilt = x[..., 0], x[..., 1]
        return np.stack([0.25 + tilt + seen - seen**3, -tilt / memory], axis=-1)

    def start(rng: np.random.Generator, count: int) -> np.ndarray:
        return rng.standard_normal((count, 2)) * [1.0, spread]

    noise = np.array([0.8, spread * np.sqrt(2 / memory)])
    dynamics = Dynamics(heun(drift, noise, 0.05), 2, 2, 0.1, start, 300)
    labels = ("x", "x**2", "x > 0.5")
    observe = observables(labels)

    def find_truth(groups: int = 40) -> Truth:
        return twin_truth(dynamics, observe, push=0, amplitude=0.1, max_lag=60, groups=groups, states=10_000)

    return PanelSystem(
        name, "hidden", ("x",), labels, observe, 0.1, 16, 2500, 60, 0, first_columns(dynamics, 1), find_truth,
        note="a slow variable that is not recorded", find_seen=lambda: seen_alone(dynamics, observe, 60),
    )  # fmt: skip


def hidden_forcing() -> PanelSystem:
    """A bistable variable under a periodic forcing whose phase nobody records."""
    period, strength = 8.0, 0.6

    def drift(x: np.ndarray) -> np.ndarray:
        seen, phase = x[..., 0], x[..., 1]
        turned = np.full(phase.shape, 2 * np.pi / period)
        return np.stack([0.25 + seen - seen**3 + strength * np.cos(phase), turned], axis=-1)

    def start(rng: np.random.Generator, count: int) -> np.ndarray:
        return np.stack([rng.standard_normal(count), 2 * np.pi * rng.random(count)], axis=-1)

    dynamics = Dynamics(heun(drift, np.array([0.8, 0.0]), 0.05), 2, 2, 0.1, start, 200)
    labels = ("x", "x**2", "x > 0.5")
    observe = observables(labels)

    def find_truth(groups: int = 40) -> Truth:
        return twin_truth(dynamics, observe, push=0, amplitude=0.1, max_lag=60, groups=groups, states=10_000)

    return PanelSystem(
        "hidden-forcing", "hidden", ("x",), labels, observe, 0.1, 16, 2500, 60, 0, first_columns(dynamics, 1),
        find_truth, note="a line in the spectrum; the truth is averaged over phases",
        find_seen=lambda: seen_alone(dynamics, observe, 60),
    )  # fmt: skip


def two_level_lorenz96() -> PanelSystem:
    """Lorenz's two levels: eight slow variables are recorded, eight fast ones under each are not."""
    slow, fast, forcing, coupling, times, scale = 8, 8, 10.0, 1.0, 10.0, 10.0
    substeps, interval = 20, 0.05
    ring, below = np.arange(slow), np.arange(slow * fast)
    after, before, second = (np.roll(ring, shift) for shift in (-1, 1, 2))
    next_one, next_two, last_one = (np.roll(below, shift) for shift in (-1, -2, 1))
    above = below // fast
    strength = coupling * times / scale

    def drift(state: np.ndarray) -> np.ndarray:
        x, y = state[..., :slow], state[..., slow:]
        carried = (x[..., after] - x[..., second]) * x[..., before] - x + forcing
        drag = strength * y.reshape(*y.shape[:-1], slow, fast).sum(-1)
        stirred = -times * scale * y[..., next_one] * (y[..., next_two] - y[..., last_one]) - times * y
        return np.concatenate([carried - drag, stirred + strength * x[..., above]], axis=-1)

    def start(rng: np.random.Generator, count: int) -> np.ndarray:
        level = np.concatenate([np.full(slow, 3.0), np.zeros(slow * fast)])
        return level + rng.standard_normal((count, len(level))) * np.where(level > 0, 3.0, 0.1)

    noisy = heun(drift, np.concatenate([np.ones(slow), np.zeros(slow * fast)]), interval / substeps)

    def advance(state: np.ndarray, normal: np.ndarray) -> np.ndarray:
        return noisy(state, np.concatenate([normal, np.zeros((*normal.shape[:-1], slow * fast))], axis=-1))

    dynamics = Dynamics(advance, slow, substeps, interval, start, 120)

    def find_truth(groups: int = 30) -> Truth:
        return twin_truth(
            dynamics, first_two, push=0, amplitude=0.2, max_lag=20, groups=groups, states=400, shifts=range(0, slow, 2),
            size=slow,
        )  # fmt: skip

    return PanelSystem(
        "lorenz96-two-levels", "hidden", tuple(f"x{i}" for i in ring), ("x0", "x0**2", "x1"), first_two, interval, 16,
        2500, 20, 0, first_columns(dynamics, slow), find_truth, note="fast variables that are not recorded",
    )  # fmt: skip


HIDDEN: dict[str, Callable[[], PanelSystem]] = {
    "hidden-slow": lambda: hidden_slow("hidden-slow", 0.6),
    "hidden-slow-weak": lambda: hidden_slow("hidden-slow-weak", 0.15),
    "hidden-forcing": hidden_forcing,
    "lorenz96-two-levels": two_level_lorenz96,
}
