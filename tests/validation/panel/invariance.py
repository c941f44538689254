"""How far the answer on one record moves when something is changed that should not matter, or not much."""

from collections.abc import Callable

import numpy as np

from fluctua.statistics import Estimate

from .entry import PanelSystem, generators
from .measure import answer, draw, estimates_of, rows_of
from .wells import autoregressive

Rows = list[Estimate]


def invariance(system: PanelSystem, seed: int) -> dict[str, list[tuple[float, float]]]:
    """The largest movement over lags above zero by change and row, in standard errors of the first answer and of the
    less certain one.

    Every second state halves what is known within an integral time, members split in two lose pairs across the cut,
    another seed draws other functions: movements of a few tenths are due. Larger ones say that the answer hangs on a
    choice. Bands are narrower where (2) leads than where it is (1), below two of its steps; where the step moves with
    the record, as with every second state, one lag may be on either side: the first number sees that, the second not.
    """
    values = draw(system, seed, range(1)).values[0]

    def found(record: np.ndarray, asked: PanelSystem = system, number: int = seed, max_lag: int | None = None) -> Rows:
        return rows_of(asked, estimates_of(answer(asked, record, number, max_lag))["headline"])

    first = found(values)
    half, double = system.max_lag // 2, 2 * system.max_lag
    changes: dict[str, Callable[[], tuple[Rows, int]]] = {
        "max lag halved": lambda: (found(values, max_lag=half), 1),
        "max lag doubled": lambda: (found(values, max_lag=double), 1),
        "every second state": lambda: (found(values[:, ::2], max_lag=half), 2),
        "members split": lambda: (found(split(values)), 1),
        "another seed": lambda: (found(values, number=seed + 1), 1),
    }
    if not system.grid:
        changes["slow column added"] = lambda: (found(*with_spectator(system, values)), 1)
    return {name: [movement(*pair) for pair in _pairs(first, *change())] for name, change in changes.items()}


def _pairs(first: Rows, second: Rows, every: int) -> list[tuple[Estimate, Estimate]]:
    return [(a.map(lambda c: c[..., ::every, :]), b) for a, b in zip(first, second, strict=True)]


def movement(first: Estimate, second: Estimate) -> tuple[float, float]:
    """The largest difference at lags that both have, in standard errors of the first and of the less certain one."""
    lags = slice(1, min(len(first.value), len(second.value)))
    own, other = (np.maximum(each.stderr()[lags], 1e-300) for each in (first, second))
    moved = np.abs(second.value[lags] - first.value[lags])
    return float(np.max(moved / own)), float(np.max(moved / np.maximum(own, other)))


def split(values: np.ndarray) -> np.ndarray:
    """Each member as two."""
    members, steps = values.shape[:2]
    half = steps // 2
    return values[:, : 2 * half].reshape(2 * members, half, *values.shape[2:])


def with_spectator(system: PanelSystem, values: np.ndarray) -> tuple[np.ndarray, PanelSystem]:
    """The record with an unrelated column whose memory is a hundredth of it, and what is asked of that."""
    rng = generators(system.name + " spectator", 0, [0])[0]
    memory = values.shape[0] * values.shape[1] / 100
    column = autoregressive(rng, values.shape[0], values.shape[1], memory)[..., None]
    own = system.observe
    asked = system.with_columns((*system.variables, "spectator"), lambda x: own(x[..., :-1]))
    return np.concatenate([values, column], axis=-1), asked


def report(system: PanelSystem, seed: int) -> list[str]:
    """One line per change."""
    moved = invariance(system, seed)
    lines = [
        f"{system.name}: largest movement over lags, in standard errors of the first answer / "
        f"of the less certain one, of {', '.join(system.labels)}"
    ]
    return lines + [f"  {name:20}" + " ".join(f"{a:8.2f} /{b:6.2f}" for a, b in row) for name, row in moved.items()]
