"""Systems of several variables, all of which are recorded."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.linalg import expm, solve_continuous_lyapunov

from .dynamics import Dynamics, heun, twin_truth
from .efficient import of_linear
from .entry import Drawn, Kind, PanelSystem, Truth


def drawn_by(dynamics: Dynamics, conjugate: Callable[[np.ndarray], np.ndarray] | None = None):  # type: ignore[no-untyped-def]
    """Records of the whole state, with the exact conjugate observable where there is one."""

    def draw(rngs: Sequence[np.random.Generator], members: int, steps: int) -> Drawn:
        values = dynamics.sample(rngs, members, steps)
        return Drawn(values, conjugate(values) if conjugate else None)

    return draw


def enso_triad(name: str, members: int, steps: int) -> PanelSystem:
    """The package's El Niño triad, push on the wind."""
    labels = ("u1", "u1**2", "u2**2", "u1*u2")

    def drift(x: np.ndarray) -> np.ndarray:
        u1, u2, wind = x[..., 0], x[..., 1], x[..., 2]
        return np.stack([wind - 0.2 * u1 - 0.4 * u2, 0.4 * u1 - 0.2 * u2, -2.0 * wind], axis=-1)

    def amplitude(x: np.ndarray) -> np.ndarray:
        # The wind's noise depends on the temperature alone, whose own noise is another: Ito and Stratonovich agree.
        found = np.full(x.shape, 0.3)
        found[..., 2] = 1.5 * (1 + np.tanh(x[..., 0]))
        return found

    def observe(x: np.ndarray) -> np.ndarray:
        return np.stack([x[..., 0], x[..., 0] ** 2, x[..., 1] ** 2, x[..., 0] * x[..., 1]], axis=-1)

    def start(rng: np.random.Generator, count: int) -> np.ndarray:
        return rng.standard_normal((count, 3))

    dynamics = Dynamics(heun(drift, amplitude, 0.025), 3, 4, 0.1, start, 400)

    def find_truth(groups: int = 60) -> Truth:
        return twin_truth(dynamics, observe, push=2, amplitude=0.05, max_lag=200, groups=groups, states=4000)

    note = "noise that depends on the state; the response of squares is small beside their spread"
    return PanelSystem(
        name, "markov", ("u1", "u2", "tau"), labels, observe, 0.1, members, steps, 200, 2, drawn_by(dynamics),
        find_truth, note=note, truth_name="enso-short",
    )  # fmt: skip


def first_two(x: np.ndarray) -> np.ndarray:
    """``x0, x0**2, x1`` of states on a ring."""
    return np.stack([x[..., 0], x[..., 0] ** 2, x[..., 1]], axis=-1)


def ring(size: int) -> PanelSystem:
    """Bistable sites on a ring in a gradient flow, so that the score is known."""
    noise, coupling, substeps = 0.8, 0.35, 2

    def drift(x: np.ndarray) -> np.ndarray:
        neighbours = np.roll(x, 1, -1) + np.roll(x, -1, -1)
        return 0.1 + x * (1 - 2 * coupling - x * x) + coupling * neighbours

    def conjugate(values: np.ndarray) -> np.ndarray:
        near = coupling * (values[..., -1] + values[..., 1])
        site = values[..., 0]
        return -(0.1 + site * (1 - 2 * coupling - site**2) + near) / (noise**2 / 2)

    def start(rng: np.random.Generator, count: int) -> np.ndarray:
        return rng.standard_normal((count, size))

    dynamics = Dynamics(heun(drift, noise, 0.1 / substeps), size, substeps, 0.1, start, 300)

    def find_truth(groups: int = 30) -> Truth:
        shifts = range(0, size, size // 4)
        return twin_truth(
            dynamics,
            first_two,
            push=0,
            amplitude=0.05,
            max_lag=40,
            groups=groups,
            states=1500,
            shifts=shifts,
            size=size,
        )

    note = "additive functions carry a local system of many variables"
    names = tuple(f"x{site}" for site in range(size))
    return PanelSystem(
        f"ring-{size}", "markov", names, ("x0", "x0**2", "x1"), first_two, 0.1, 16, 2500, 40, 0,
        drawn_by(dynamics, conjugate), find_truth, note=note,
    )  # fmt: skip


def lorenz96(noise: float) -> PanelSystem:
    """Lorenz's ring of 20 with noise: no finite set of functions closes under a step."""
    size, forcing, substeps, interval = 20, 8.0, 5, 0.05
    after, before, second = (np.roll(np.arange(size), shift) for shift in (-1, 1, 2))

    def drift(x: np.ndarray) -> np.ndarray:
        return (x[..., after] - x[..., second]) * x[..., before] - x + forcing

    def start(rng: np.random.Generator, count: int) -> np.ndarray:
        return forcing + rng.standard_normal((count, size))

    dynamics = Dynamics(heun(drift, noise, interval / substeps), size, substeps, interval, start, 160)
    kind: Kind = "markov, features do not close"

    def find_truth(groups: int = 60) -> Truth:
        return twin_truth(
            dynamics, first_two, push=0, amplitude=0.2, max_lag=24, groups=groups, states=1000,
            shifts=range(0, size, 4), size=size,
        )  # fmt: skip

    note = "chaotic advection: the Markov answer of simple functions is off"
    names = tuple(f"x{site}" for site in range(size))
    return PanelSystem(
        f"lorenz96-noise-{noise:g}", kind, names, ("x0", "x0**2", "x1"), first_two, interval, 16, 2500, 24, 0,
        drawn_by(dynamics), find_truth, note=note,
    )  # fmt: skip


def van_der_pol() -> PanelSystem:
    """A relaxation oscillator, push on the velocity: its cycle needs more than products of degree three."""

    def drift(x: np.ndarray) -> np.ndarray:
        place, velocity = x[..., 0], x[..., 1]
        return np.stack([velocity, 2.0 * (1.0 - place**2) * velocity - place], axis=-1)

    def observe(x: np.ndarray) -> np.ndarray:
        return np.stack([x[..., 0], x[..., 1], x[..., 0] ** 2], axis=-1)

    def start(rng: np.random.Generator, count: int) -> np.ndarray:
        return rng.standard_normal((count, 2))

    dynamics = Dynamics(heun(drift, np.array([0.1, 0.5]), 0.02), 2, 5, 0.1, start, 400)

    def find_truth(groups: int = 60) -> Truth:
        return twin_truth(dynamics, observe, push=1, amplitude=0.05, max_lag=60, groups=groups, states=4000)

    kind: Kind = "markov, features do not close"
    return PanelSystem(
        "van-der-pol", kind, ("x", "v"), ("x", "v", "x**2"), observe, 0.1, 4, 2000, 60, 1, drawn_by(dynamics),
        find_truth, note="a thin cycle: simple functions do not make its density",
    )  # fmt: skip


def linear(
    name: str,
    drift: np.ndarray,
    noise: np.ndarray,
    labels: tuple[str, ...],
    *,
    push: int,
    members: int,
    steps: int,
    max_lag: int,
    note: str,
) -> PanelSystem:
    """dx = A x dt + S dW, sampled every 0.1 without a time step; labels ``x1`` or ``x1 > c``."""
    interval, size = 0.1, len(drift)
    covariance = solve_continuous_lyapunov(drift, -noise @ noise.T)
    covariance = 0.5 * (covariance + covariance.T)
    propagator = expm(drift * interval)
    added = covariance - propagator @ covariance @ propagator.T
    variances, vectors = np.linalg.eigh(0.5 * (added + added.T))
    factor = vectors * np.sqrt(np.maximum(variances, 0.0))
    precision = np.linalg.inv(covariance)

    def start(rng: np.random.Generator, count: int) -> np.ndarray:
        return rng.multivariate_normal(np.zeros(size), covariance, count)

    def advance(state: np.ndarray, normal: np.ndarray) -> np.ndarray:
        return state @ propagator.T + normal @ factor.T

    dynamics = Dynamics(advance, size, 1, interval, start, 0)
    names = tuple(f"x{index + 1}" for index in range(size))
    parts = [(names.index(label.split(" > ")[0]), label.split(" > ")[1:]) for label in labels]

    def observe(x: np.ndarray) -> np.ndarray:
        columns = [1.0 * (x[..., i] > float(over[0])) if over else x[..., i] for i, over in parts]
        return np.stack(columns, axis=-1)

    def find_truth(groups: int = 0) -> Truth:
        lags = np.arange(max_lag + 1) * interval
        carried = np.array([expm(drift * lag)[:, push] for lag in lags])
        unit = np.eye(size)[push]
        summed = np.linalg.solve(drift, (carried - unit).T).T
        # Pushing moves the mean of a Gaussian: a share above a threshold changes by the density there.
        scale = []
        for index, over in parts:
            spread = np.sqrt(covariance[index, index])
            height = np.exp(-0.5 * (float(over[0]) / spread) ** 2) / (spread * np.sqrt(2 * np.pi)) if over else 1.0
            scale.append(height)
        found = [(carried[:, [i]] * s, summed[:, [i]] * s) for (i, _), s in zip(parts, scale, strict=True)]
        return Truth([k for k, _ in found], [g for _, g in found], [0 * k for k, _ in found])

    return PanelSystem(
        name, "markov", names, labels, observe, interval, members, steps, max_lag, push,
        drawn_by(dynamics, lambda values: values @ precision[push]), find_truth, True, note=note,
        known=lambda: of_linear(propagator, covariance, push, parts, max_lag + 1),
    )  # fmt: skip


def linear_4() -> PanelSystem:
    """Four variables, impulses grow before they decay."""
    drift = np.array([[-0.5, 1.5, 0, 0], [0, -0.8, 1.0, -0.6], [0, -0.4, -1.0, 1.2], [0, 0, 0, -1.5]])
    return linear(
        "linear-4", drift, np.diag([0.6, 0.8, 0.7, 1.0]), ("x1", "x2", "x3", "x4", "x1 > 1"), push=3, members=4,
        steps=2500, max_lag=60, note="linear and not normal: nothing may be lost against the Gaussian answer",
    )  # fmt: skip


def non_normal() -> PanelSystem:
    """Six variables in a chain with a growth of some hundreds; the covariance's condition is 1e7."""
    drift = -np.diag([0.5, 0.6, 0.7, 0.8, 0.9, 1.0]) + np.diag([4.0] * 5, 1)
    noise = np.diag(np.sqrt([1e-4, 1e-4, 1e-4, 1e-4, 1e-3, 1.0]))
    return linear(
        "non-normal", drift, noise, ("x1", "x4"), push=3, members=1, steps=6000, max_lag=60,
        note="the exact conjugate observable is huge and useless on a short record",
    )  # fmt: skip


SEVERAL: dict[str, Callable[[], PanelSystem]] = {
    "enso-short": lambda: enso_triad("enso-short", 8, 6000),
    "ring-20": lambda: ring(20),
    "lorenz96-noise-4": lambda: lorenz96(4.0),
    "linear-4": linear_4,
    "van-der-pol": van_der_pol,
    "non-normal": non_normal,
    "enso-long": lambda: enso_triad("enso-long", 50, 10_000),
    "ring-36": lambda: ring(36),
    "lorenz96-noise-1.5": lambda: lorenz96(1.5),
}
