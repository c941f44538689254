"""Systems of which only a part is recorded: what is recorded is not Markov, and a headline that says it is is wrong."""

from collections.abc import Callable, Sequence

import numpy as np

from .dynamics import Dynamics, heun, twin_truth
from .entry import Drawn, PanelSystem, Truth
from .wells import observables


def first_columns(dynamics: Dynamics, count: int):  # type: ignore[no-untyped-def]
    """Records of the leading variables."""

    def draw(rngs: Sequence[np.random.Generator], members: int, steps: int) -> Drawn:
        return Drawn(np.ascontiguousarray(dynamics.sample(rngs, members, steps)[..., :count]))

    return draw


def hidden_slow() -> PanelSystem:
    """A bistable variable whose tilt is a slow variable that nobody records."""
    memory, spread = 10.0, 0.6

    def drift(x: np.ndarray) -> np.ndarray:
        seen, tilt = x[..., 0], x[..., 1]
        return np.stack([0.25 + tilt + seen - seen**3, -tilt / memory], axis=-1)

    def start(rng: np.random.Generator, count: int) -> np.ndarray:
        return rng.standard_normal((count, 2)) * [1.0, spread]

    noise = np.array([0.8, spread * np.sqrt(2 / memory)])
    dynamics = Dynamics(heun(drift, noise, 0.05), 2, 2, 0.1, start, 300)
    labels = ("x", "x**2", "x > 0.5")
    observe = observables(labels)

    def find_truth() -> Truth:
        return twin_truth(dynamics, observe, push=0, amplitude=0.1, max_lag=60, groups=40, states=10_000)

    return PanelSystem(
        "hidden-slow", "hidden", ("x",), labels, observe, 0.1, 16, 2500, 60, 0, first_columns(dynamics, 1), find_truth,
        note="a slow variable that is not recorded",
    )  # fmt: skip


HIDDEN: dict[str, Callable[[], PanelSystem]] = {"hidden-slow": hidden_slow}
