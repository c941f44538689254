"""Published figures of the three stochastic partial differential equations, as data with their sources.

Responses are those of the field on a 32 x 32 grid to a unit push of one grid point. ``R11`` is the pushed point,
``R31``, ``R51`` and ``R71`` are the points 2, 4 and 6 steps from it along x. ``L2`` is the published, unnormalised
2-norm of the error over all 1024 points at one time (the paper calls it a root mean square, which is 32 times
smaller), ``Linf`` its largest absolute value; both are against the response measured by pushing.

Sources: Giorgini, Deck, Bischoff and Souza, *Response theory via generative score modeling*, Physical Review
Letters 133, 267302 (2024), arXiv 2402.01029; and its preprint of June 2024. Values of the figure were read off its
raster, to about 0.003; values that the curves only suggest are given to 0.01.
"""

from collections.abc import Iterator
from typing import NamedTuple

_FIGURE = "arXiv 2402.01029, Fig. 1 (read off)"
_TABLE = "arXiv 2402.01029, preprint of June 2024, Table I"
_READ, _ROUGH, _PRINTED = 0.003, 0.01, 0.005

PUBLISHED_SHAPE = (32, 32)
"""Grid of the published runs; unnormalised norms are comparable on this grid alone."""

PUBLISHED_RANGE = {"ou": (0.0, 100.0), "allen-cahn": (0.0, 100.0), "navier-stokes": (0.0, 4.0)}
"""Time range of the published curves by system, in the system's time units: the length of the published truth runs
of Allen-Cahn and Navier-Stokes; for the linear field, whose figure shows the same range, that of Allen-Cahn."""


class Published(NamedTuple):
    """One published number: of which system and method, which quantity, its value and how well it is known.

    Example:
        >>> Published("ou", "truth", "R31 peak", 0.490, 0.003, "Fig. 1").value
        0.49
    """

    system: str
    method: str
    quantity: str
    value: float
    accuracy: float
    source: str


# System, method and norm; mean over time, largest (with its accuracy), and values at single times.
_ERRORS = (
    ("ou", "generative", "L2", 0.032, (0.035, _READ), {}),
    ("ou", "generative", "Linf", 0.013, (0.015, _READ), {}),
    # The Gaussian curve lies under the analytic one.
    ("ou", "analytic", "L2", 0.013, (0.017, _READ), {}),
    ("ou", "analytic", "Linf", 0.005, (0.005, _READ), {}),
    ("ou", "gaussian", "L2", 0.013, None, {}),
    ("ou", "gaussian", "Linf", None, (0.006, _READ), {}),
    ("allen-cahn", "gaussian", "L2", 0.250, (0.359, _READ), {10: 0.359, 20: 0.321, 40: 0.256, 60: 0.216, 90: 0.166}),
    ("allen-cahn", "gaussian", "Linf", 0.151, (0.279, _READ), {11: 0.279, 20: 0.236, 40: 0.158, 60: 0.110, 90: 0.066}),
    ("allen-cahn", "generative", "L2", 0.069, None, {5: 0.060, 20: 0.057, 40: 0.061, 60: 0.072, 90: 0.088}),
    ("allen-cahn", "generative", "Linf", 0.015, (0.022, _READ), {}),
    ("allen-cahn", "analytic", "L2", 0.054, None, {5: 0.049, 20: 0.040, 40: 0.049, 60: 0.059, 90: 0.067}),
    ("allen-cahn", "analytic", "Linf", 0.022, None, {5: 0.031, 20: 0.023, 90: 0.014}),
    ("navier-stokes", "gaussian", "L2", 0.221, (0.365, _ROUGH), {0.5: 0.30, 1: 0.25, 2: 0.222, 3: 0.173, 4: 0.194}),
    ("navier-stokes", "gaussian", "Linf", 0.102, (0.265, _ROUGH), {}),
    ("navier-stokes", "generative", "L2", 0.193, (0.26, _ROUGH), {0.5: 0.174, 1: 0.195, 2: 0.235, 3: 0.181, 4: 0.215}),
    ("navier-stokes", "generative", "Linf", 0.057, (0.097, _ROUGH), {}),
)
# Largest responses at the points 2, 4 and 6 steps from the push, and the smallest at the push with its time.
_PEAKS = (
    ("ou", "R11 minimum", {"truth": -0.052}, _READ), ("ou", "R11 minimum time", {"truth": 15.1}, 0.5),
    ("ou", "R31 peak", {"truth": 0.490}, _READ), ("ou", "R31 peak time", {"truth": 18.0}, 0.5),
    ("ou", "R51 peak", {"truth": 0.284}, _READ), ("ou", "R51 peak time", {"truth": 37.7}, 0.5),
    ("ou", "R71 peak", {"truth": 0.186}, _READ), ("ou", "R71 peak time", {"truth": 56.7}, 1.0),
    ("allen-cahn", "R31 peak", {"truth": 0.197, "generative": 0.205, "gaussian": 0.434}, _READ),
    ("allen-cahn", "R51 peak", {"truth": 0.097, "generative": 0.086, "gaussian": 0.257}, _READ),
    ("allen-cahn", "R71 peak", {"truth": 0.062, "generative": 0.047, "gaussian": 0.172}, _READ),
    ("navier-stokes", "R31 peak", {"truth": 0.912, "generative": 0.888, "gaussian": 0.961}, _READ),
    ("navier-stokes", "R51 peak", {"truth": 0.777, "generative": 0.762, "gaussian": 0.889}, _READ),
    ("navier-stokes", "R71 peak", {"truth": 0.623, "generative": 0.633, "gaussian": 0.794}, _READ),
)  # fmt: skip
# 2-norms over the first 50 unit-spaced times at the points 0 to 3 steps from the push.
_SINGLE_POINTS = (
    ("allen-cahn", "generative", (0.05, 0.05, 0.03, 0.06)),
    ("allen-cahn", "analytic", (0.21, 0.23, 0.19, 0.15)),
    ("allen-cahn", "gaussian", (0.62, 0.99, 0.93, 0.80)),
)


def _published() -> Iterator[Published]:
    for system, method, norm, mean, largest, at in _ERRORS:
        if mean is not None:
            yield Published(system, method, f"{norm} mean", mean, _READ, _FIGURE)
        if largest is not None:
            yield Published(system, method, f"{norm} max", *largest, _FIGURE)
        for time, value in at.items():
            yield Published(system, method, f"{norm} at t={time:g}", value, _READ, _FIGURE)
    for system, quantity, values, accuracy in _PEAKS:
        for method, value in values.items():
            yield Published(system, method, quantity, value, accuracy, _FIGURE)
    for system, method, values in _SINGLE_POINTS:
        for steps, value in enumerate(values):
            yield Published(system, method, f"R{1 + steps}1 norm over 50 times", value, _PRINTED, _TABLE)


PUBLISHED: tuple[Published, ...] = tuple(_published())
"""All published numbers of the three systems."""


def published_method(method: str) -> str:
    """The published method that one of ours is set beside: every learned score beside the published learned one.

    Example:
        >>> [published_method(name) for name in ("truth", "gaussian as published", "exact score", "dictionary")]
        ['truth', 'gaussian', 'analytic', 'generative']
    """
    for start, published in (("truth", "truth"), ("gaussian", "gaussian"), ("exact", "analytic")):
        if method.startswith(start):
            return published
    return "generative"


def published_number(system: str, method: str, quantity: str) -> Published | None:
    """The published number for one of our methods, or nothing where none was published.

    True root mean squares (``rms ...``) are the published 2-norms divided by the root of the number of points.

    Args:
        system: ``"ou"``, ``"allen-cahn"`` or ``"navier-stokes"``.
        method: One of our methods, see `published_method`.
        quantity: Such as ``"L2 mean"``, ``"rms mean"``, ``"Linf at t=20"``, ``"R31 peak"``.

    Example:
        >>> published_number("allen-cahn", "dictionary", "L2 mean").value
        0.069
    """
    if quantity.startswith("rms "):
        norm = published_number(system, method, quantity.replace("rms", "L2", 1))
        root = float(PUBLISHED_SHAPE[0] * PUBLISHED_SHAPE[1]) ** 0.5
        if norm is None:
            return None
        return norm._replace(
            quantity=quantity,
            value=norm.value / root,
            accuracy=norm.accuracy / root,
            source=f"{norm.source}, divided by {root:g}",
        )
    wanted = (system, published_method(method), quantity)
    return next((figure for figure in PUBLISHED if figure[:3] == wanted), None)


def published_times(system: str, norm: str) -> list[float]:
    """Times at which an error norm (``"L2"`` or ``"Linf"``) of any method was read off, in order.

    Example:
        >>> published_times("navier-stokes", "L2")
        [0.5, 1.0, 2.0, 3.0, 4.0]
    """
    start = f"{norm} at t="
    times = {
        float(figure.quantity.removeprefix(start))
        for figure in PUBLISHED
        if figure.system == system and figure.quantity.startswith(start)
    }
    return sorted(times)
