"""Faults that records come with, planted in clean ones, and what names them.

Each kind takes states of one member, shape ``(time, d)``, and a column, and returns those with the fault, as members.
The strengths are drawn between one that would hurt without being seen in a plot and one that anybody would see.
"""

from collections.abc import Callable

import numpy as np

Plant = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


def _standardised(states: np.ndarray, column: int) -> np.ndarray:
    return (states[:, column] - states[:, column].mean()) / states[:, column].std()


def _with(states: np.ndarray, column: int, values: np.ndarray) -> np.ndarray:
    changed = states.copy()
    changed[:, column] = values
    return changed


def _with_at(rows: np.ndarray | slice, value: float, states: np.ndarray, column: int) -> np.ndarray:
    changed = states.copy()
    changed[rows, column] = value
    return changed


def code(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """A usual code at 2 to 30 places, in degrees, hectopascals or standard deviations, with few digits or many."""
    offset, scale = [(10.0, 5.0), (0.0, 1.0), (1013.0, 8.0)][rng.integers(3)]
    values = offset + scale * _standardised(states, column)
    code = rng.choice([-999.0, -99.9, -9999.0, 9999.0, 999.9])
    if code == 999.9 and offset == 1013.0:
        code = 9999.0
    rows = rng.choice(len(values), rng.integers(2, 31), replace=False)
    values = np.round(values, rng.choice([1, 2, 9]))
    return _with_at(rows, code, _with(states, column, values), column)


def fill(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """One default fill of NetCDF, of a model, or of packed integers."""
    value = rng.choice([9.969209968386869e36, 1e20, -1e30, float(np.float32(1e38)), -32768.0, 32767.0])
    rows = rng.choice(len(states), 1)
    return _with_at(rows, value, _with(states, column, _standardised(states, column)), column)


def zeros(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """Gaps that were filled with zeros, 1 to 10 % of the states, in the midst of the others."""
    rows = rng.random(len(states)) < rng.uniform(0.015, 0.1)
    return _with_at(rows, 0.0, states, column)


def frozen(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """An instrument that was stuck for 20 to 400 steps."""
    length = int(rng.choice([20, 50, 150, 400]))
    start = int(rng.integers(len(states) - length))
    return _with_at(slice(start, start + length), states[start, column], states, column)


def frozen_twice(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """Two pieces of a file that were never written, both zero."""
    length = int(rng.integers(50, 300))
    rows = np.concatenate([start + np.arange(length) for start in (500, 3000 + int(rng.integers(500)))])
    return _with_at(rows, 0.0, states, column)


def carried_on(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """Gaps of 2 to 10 steps in a twentieth of the record that were filled with the last value."""
    values = states[:, column].copy()
    length = int(rng.integers(2, 11))
    for start in rng.integers(1, len(values) - length, len(values) // 20 // length):
        values[start : start + length] = values[start - 1]
    return _with(states, column, values)


def on_off(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    noisy = _standardised(states, column) + 0.3 * rng.standard_normal(len(states))
    return _with(states, column, (noisy > rng.uniform(-1, 1)) * 1.0)


def counts(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    rate = np.exp(0.4 * np.clip(_standardised(states, column), -2, 2))
    return _with(states, column, np.minimum(rng.poisson(rate), 9) * 1.0)


def dry(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """Exact zeros beside a density, a tenth to six tenths."""
    values = _standardised(states, column)
    values = values - np.quantile(values, rng.uniform(0.1, 0.6)) + 0.1 * rng.standard_normal(len(values))
    return _with(states, column, np.maximum(values, 0.0))


def clipped(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """A percentage that was cut off at both ends."""
    values = _standardised(states, column) + 0.1 * rng.standard_normal(len(states))
    share = rng.uniform(0.02, 0.2)
    return _with(states, column, np.clip(values, *np.quantile(values, [share, 1 - share])))


def copied_member(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    parts = states[: len(states) // 3 * 3].reshape(3, -1, states.shape[1])
    return parts[[0, 1, 2, int(rng.integers(3))]]


def rounded_member(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """The same run from an archive in single precision."""
    parts = states[: len(states) // 3 * 3].reshape(3, -1, states.shape[1])
    return np.concatenate([parts, parts[[int(rng.integers(3))]].astype(np.float32)])


def overlapping_members(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """Windows of one run that overlap by a half."""
    length = len(states) // 2
    return np.stack([states[start : start + length] for start in (0, length // 2, length)])


def copied_column(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """The same in other units, with all digits, in single precision or with four decimals."""
    other = 32.0 + 1.8 * _standardised(states, column)
    other = [lambda x: x, lambda x: x.astype(np.float32).astype(float), lambda x: np.round(x, 4)][rng.integers(3)](
        other
    )
    return np.concatenate([_with(states, column, _standardised(states, column)), other[:, None]], axis=1)


def rounded_total(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """A further variable, the sum of all others or one in other units, and every one to two decimals."""
    own = np.stack([_standardised(states, place) for place in range(states.shape[1])], axis=1)
    total = own.sum(axis=1) if rng.integers(2) else 3.6 * own[:, column] + 20.0
    return np.round(np.concatenate([own, total[:, None]], axis=1), 2)


def spin_up(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """A start 8 to 20 standard deviations away that is forgotten within a fiftieth to a hundredth of the record."""
    time = np.arange(len(states)) / len(states)
    start = rng.choice([-1, 1]) * rng.uniform(8, 20) * np.exp(-time * rng.uniform(50, 100))
    return _with(states, column, _standardised(states, column) + start)


def jump(states: np.ndarray, column: int, rng: np.random.Generator) -> np.ndarray:
    """Another level from a fifth to four fifths of the record on, by 2.5 to 4 standard deviations."""
    later = np.arange(len(states)) > rng.uniform(0.2, 0.8) * len(states)
    return _with(states, column, _standardised(states, column) + rng.choice([-1, 1]) * rng.uniform(2.5, 4) * later)


PLANTS: dict[Plant, str] = {
    code: "--missing|missing=",
    fill: "--missing|missing=",
    zeros: r"is exactly .* in|stays at",
    frozen: "stays at",
    frozen_twice: r"stays at|is exactly 0 in",
    carried_on: "value of the step before|stays at",
    on_off: "takes 2 different values|only 2 different values",
    counts: "different values",
    dry: "is exactly 0 in",
    clipped: "is exactly",
    copied_member: "the same values",
    rounded_member: "the same values",
    overlapping_members: "the same values",
    copied_column: "copies of one another|is a function of",
    rounded_total: "up to rounding|copies of one another|is a function of",
    spin_up: "--skip|skip=",
    jump: "drift|has not settled",
}
"""What a sentence about each kind says."""
