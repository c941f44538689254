"""One variable in a potential: records and truths from a chain on a grid."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

from fluctua.statistics import running_integral

from .efficient import Known, of_chain
from .entry import Drawn, Kind, PanelSystem, Truth
from .grid_chain import GridDiffusion

Function = Callable[[np.ndarray], np.ndarray]


class Well(NamedTuple):
    """A potential: the drift is minus its slope."""

    drift: Function
    minus_potential: Function
    diffusivity: float
    lower: float
    upper: float
    cells: int = 1024

    def conjugate(self, x: np.ndarray) -> np.ndarray:
        return -self.drift(x) / self.diffusivity


@cache
def solved(well: Well) -> GridDiffusion:
    """The chain of a well, decomposed once."""

    def log_density(x: np.ndarray) -> np.ndarray:
        return well.minus_potential(x) / well.diffusivity

    return GridDiffusion(log_density, well.diffusivity, well.lower, well.upper, well.cells)


def polynomial_well(constant: float, linear: float, squared: float, cubed: float, noise: float) -> Well:
    """The drift is a cubic polynomial, as in the package's ``quartic``."""

    def drift(x: np.ndarray) -> np.ndarray:
        return constant + x * (linear + x * (squared + x * cubed))

    def minus_potential(x: np.ndarray) -> np.ndarray:
        return x * (constant + x * (linear / 2 + x * (squared / 3 + x * cubed / 4)))

    return Well(drift, minus_potential, noise**2 / 2, -6.0, 6.0)


def rough_well(ripple: float, wavenumber: float, diffusivity: float) -> Well:
    """A harmonic well with a ripple, (Zwanzig, PNAS 85, 2029, 1988)."""

    def drift(x: np.ndarray) -> np.ndarray:
        return -x + ripple * wavenumber * np.sin(wavenumber * x)

    def minus_potential(x: np.ndarray) -> np.ndarray:
        return -(x**2) / 2 - ripple * np.cos(wavenumber * x)

    return Well(drift, minus_potential, diffusivity, -6.0, 6.0, 2048)


TILT = (0.25, 1.2, 0.15, -1.0)
TILTED = polynomial_well(*TILT, noise=1.1)
FLIPPING = polynomial_well(0.02, 2.0, 0.0, -2.0, noise=0.2**0.5)  # a barrier of five diffusivities
ROUGH = rough_well(0.75, 25.0, 0.5)


def observables(labels: Sequence[str], column: int = 0) -> Function:
    """``x``, ``x**2`` and ``x > c`` (any name of the variable) of one column of the states."""

    def one(x: np.ndarray, label: str) -> np.ndarray:
        if ">" in label:
            return 1.0 * (x > float(label.split(">")[1]))
        return x**2 if label.endswith("**2") else x

    def observe(values: np.ndarray) -> np.ndarray:
        return np.stack([one(values[..., column], label) for label in labels], axis=-1)

    return observe


def truth_from(well: Well, observe: Function, lags: np.ndarray) -> Truth:
    """The exact truth; ``observe`` is given states of one variable."""
    chain = solved(well)
    impulse, step = chain.response(observe, lags), chain.step_response(observe, lags)
    columns = range(impulse.shape[1])
    return Truth(
        [impulse[:, [i]] for i in columns], [step[:, [i]] for i in columns], [0 * impulse[:, [i]] for i in columns]
    )


def well_system(
    name: str,
    well: Well,
    labels: tuple[str, ...],
    *,
    interval: float,
    members: int,
    steps: int,
    max_lag: int,
    note: str,
    kind: Kind = "markov",
    measurement_noise: float = 0.0,
    noisy: bool = False,
) -> PanelSystem:
    """A well alone; measurement noise is in units of the record's standard deviation, and told of where ``noisy``."""
    observe = observables(labels)

    def draw(rngs: Sequence[np.random.Generator], members: int, steps: int) -> Drawn:
        clean = solved(well).sample(rngs, members, steps, interval)[..., None]
        conjugate = well.conjugate(clean[..., 0])
        if not measurement_noise:
            return Drawn(clean, conjugate)
        noise = np.stack([rng.standard_normal(clean.shape[1:]) for rng in rngs])
        return Drawn(clean + measurement_noise * solved(well).spread * noise, conjugate, clean)

    def find_truth(groups: int = 0) -> Truth:
        return truth_from(well, observe, np.arange(max_lag + 1) * interval)

    def find_seen() -> Truth:
        return seen_through_noise(well, measurement_noise, observe, np.arange(max_lag + 1) * interval)

    def known() -> Known:
        return of_chain(solved(well), observe, np.arange(max_lag + 1) * interval)

    return PanelSystem(
        name, kind, ("x",), labels, observe, interval, members, steps, max_lag, 0, draw, find_truth, True, note=note,
        find_seen=find_seen if measurement_noise and not noisy else None, noisy=noisy,
        known=None if measurement_noise else known,
    )  # fmt: skip


def seen_through_noise(well: Well, noise: float, observe: Function, lags: np.ndarray) -> Truth:
    """What a record y = x + noise can tell: the conjugate observable is that of the density of y."""
    chain = solved(well)
    scale = noise * chain.spread
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    weights = weights / weights.sum()
    y = chain.centres[:, None] + scale * nodes  # what is recorded of each cell, with its weight
    away = y[..., None] - chain.centres
    density = chain.shares * np.exp(-0.5 * (away / scale) ** 2)
    conjugate = (density * away).sum(-1) / density.sum(-1) / scale**2
    seen = np.tensordot(observe(y[..., None]), weights, ([1], [0]))
    impulse = chain.correlation(seen, conjugate @ weights, lags)
    # At lag zero the noise of both is the same.
    impulse[0] = np.einsum("c,cn,cnp,n->p", chain.shares, conjugate, observe(y[..., None]), weights)
    # The step response of a curve that jumps after lag zero: what the trapezoidal rule makes of it.
    step = running_integral(impulse, float(lags[1]), axis=0)
    columns = range(impulse.shape[1])
    return Truth(
        [impulse[:, [i]] for i in columns], [step[:, [i]] for i in columns], [0 * impulse[:, [i]] for i in columns]
    )


def beside_spectator(well: Well, memory: float) -> PanelSystem:
    """The tilted well beside an unrelated column with a long memory."""
    interval, labels, max_lag = 0.1, ("y", "y**2"), 60

    def draw(rngs: Sequence[np.random.Generator], members: int, steps: int) -> Drawn:
        well_values = solved(well).sample(rngs, members, steps, interval)
        spectator = np.stack([autoregressive(rng, members, steps, memory / interval) for rng in rngs])
        return Drawn(np.stack([spectator, well_values], axis=-1), well.conjugate(well_values))

    def find_truth(groups: int = 0) -> Truth:
        return truth_from(well, observables(labels), np.arange(max_lag + 1) * interval)

    note = "an unrelated slow column must not take functions from the bistable one"
    return PanelSystem(
        "slow-spectator", "markov", ("x", "y"), labels, observables(labels, 1), interval, 4, 20_000, max_lag, 1, draw,
        find_truth, True, note=note,
    )  # fmt: skip


def autoregressive(rng: np.random.Generator, members: int, steps: int, memory: float) -> np.ndarray:
    """A stationary autoregression of unit variance with a memory of so many steps, shape ``(member, time)``."""
    kept = np.exp(-1 / memory)
    noise = np.sqrt(1 - kept**2) * rng.standard_normal((members, steps))
    noise[:, 0] /= np.sqrt(1 - kept**2)
    return np.asarray(lfilter([1.0], [1.0, -kept], noise, axis=1))


def bent_well(nonlinearity: float) -> Well:
    """From a harmonic well (0) by the tilted one (1) to one with a higher barrier (above 1)."""
    harmonic = (0.0, -1.0, 0.0, 0.0)
    mixed = [(1 - min(nonlinearity, 1)) * a + nonlinearity * b for a, b in zip(harmonic, TILT, strict=True)]
    return polynomial_well(*mixed, noise=1.1)


def relaxation_time(well: Well) -> float:
    """Of the slowest mode."""
    return 1 / solved(well).rates[1]


WELLS: dict[str, Callable[[], PanelSystem]] = {}


def _add(name: str, make: Callable[[], PanelSystem]) -> None:
    WELLS[name] = make


def _alone(name: str, well: Well, labels: tuple[str, ...], **sizes) -> None:  # type: ignore[no-untyped-def]
    _add(name, lambda: well_system(name, well, labels, **sizes))


_THREE = ("x", "x**2", "x > 0.8")
_alone(
    "tilted-well", TILTED, _THREE, interval=0.1, members=32, steps=1000, max_lag=60,
    note="short record of a bistable variable",
)  # fmt: skip
_add("slow-spectator", lambda: beside_spectator(TILTED, 400.0))
_alone(
    "spectator-alone", TILTED, ("x", "x**2"), interval=0.1, members=4, steps=20_000, max_lag=60,
    note="what slow-spectator is without its slow column",
)  # fmt: skip
_alone(
    "rare-flips", FLIPPING, ("x", "x**2", "x > 0"), interval=0.05, members=2, steps=40_000, max_lag=60,
    note="some twenty flips over a barrier of five diffusivities",
)  # fmt: skip
_alone(
    "measurement-noise", TILTED, ("x", "x**2"), interval=0.1, members=16, steps=5000, max_lag=60, kind="hidden",
    measurement_noise=1 / 3, note="white noise of a third of the spread: what is recorded is not Markov",
)  # fmt: skip
_alone(
    "noise-kept-out", TILTED, ("x", "x**2"), interval=0.1, members=16, steps=5000, max_lag=60, noisy=True,
    measurement_noise=1 / 3, note="the same with past states as instruments: the response of the state itself",
)  # fmt: skip
_alone(
    "rough-potential", ROUGH, ("x", "x > 0.5"), interval=0.1, members=256, steps=400, max_lag=40,
    note="a ripple finer than smooth functions see: K falls at once to the share that the slow motion keeps",
)  # fmt: skip
for _times in (0.05, 0.25, 0.75, 1.5, 3.0):
    _add(
        f"coarse-{_times:g}",
        lambda times=_times: well_system(
            f"coarse-{times:g}", TILTED, ("x", "x > 0.8"), interval=times * relaxation_time(TILTED), members=8,
            steps=3000, max_lag=max(8, min(60, round(8 / times))),
            note=f"an interval of {times:g} relaxation times: the integral over lags is coarse",
        ),
    )  # fmt: skip
for _strength in (0.0, 0.25, 0.5, 1.0, 2.0):
    _add(
        f"nonlinearity-{_strength:g}",
        lambda strength=_strength: well_system(
            f"nonlinearity-{strength:g}", bent_well(strength), ("x", "x > 0.8"), interval=0.1, members=16, steps=1000,
            max_lag=60, note="from a linear well to a strongly bistable one",
        ),
    )  # fmt: skip
