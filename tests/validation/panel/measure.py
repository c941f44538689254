"""The estimator's answer on one record, held against the truth."""

import time
from typing import Any

import jax
import numpy as np

from fluctua.response import ComponentPush, Responses, respond_to_field_pushes, respond_to_pushes
from fluctua.statistics import Estimate, running_integral

from .efficient import efficient_response
from .entry import Drawn, PanelSystem, Truth, generators
from .exact import exact_estimates, exact_field_estimate

CONFIDENCE = 0.95
SEEN = ", seen"  # added to the label of a row that is held against what the record can tell
REJECTED = 0.05  # a record is flagged where the p-value of the Markov property is below


def estimates_of(responses: Responses) -> dict[str, Estimate]:
    """The estimates in an answer by name, those that this edition of the estimator has."""
    found = {
        "headline": responses.impulse,
        "outer": getattr(responses, "outer", None) or responses.robust,
        "robust": responses.robust,
        "markov": getattr(responses, "markov", None),
    }
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def p_value_of(responses: Responses) -> float | None:
    """Of the Markov property, by all tests together; of a field, by that of the estimator alone."""
    signs = getattr(responses.details, "signs", None)
    return responses.headline.p_value if signs is None else signs.markov_p_value(responses.headline)


def answer(system: PanelSystem, values: np.ndarray, seed: int, max_lag: int | None = None) -> Responses:
    """What fluctua says about one record, shape ``(member, time, d)``."""
    max_lag = system.max_lag if max_lag is None else max_lag
    key = jax.random.key(seed)
    if system.grid:
        fields = values.reshape(*values.shape[:2], 1, *system.grid)
        return respond_to_field_pushes(fields, grid=system.grid, max_lag=max_lag, key=key)
    push = ComponentPush(system.variables[system.push], system.push)
    # The functions are the conjugate observable whatever family the score is from, and this one is fitted at once.
    options = {"max_lag": max_lag, "score": "gaussian", "key": key, "noisy": system.noisy}
    return respond_to_pushes(values, system.observe(values), pushes=(push,), **options)


def rows_of(system: PanelSystem, curve: Any) -> list[Any]:
    """An estimate or an array over ``(1, lags, ...)`` as one of shape ``(lags, points)`` per row of the table."""

    def apply(function: Any) -> Any:
        return curve.map(function, selects=True) if isinstance(curve, Estimate) else function(curve)

    if not system.grid:
        return [apply(lambda c, row=row: c[..., 0, :, row, None]) for row in range(len(system.labels))]
    axes = len(system.grid)

    def flat(c: np.ndarray) -> np.ndarray:
        # Axes of a curve: pushed channel, lag, observed channel, grid; the first and third have one entry.
        c = np.squeeze(np.squeeze(c, -axes - 1), -axes - 2)
        return c.reshape(*c.shape[:-axes], -1)

    # The points together, and their sum: the response of a conserved mean is one for ever.
    return [apply(flat), apply(lambda c: flat(c).sum(-1, keepdims=True))]


def measure(
    system: PanelSystem, drawn: Drawn, index: int, truth: Truth, seen: Truth | None, seed: int
) -> dict[str, Any]:
    """One record of several, as numbers for the table; held against what it can tell as well, where that is known."""
    values = drawn.values[index]
    began = time.perf_counter()
    responses = answer(system, values, seed)
    seconds = time.perf_counter() - began
    estimates = {name: rows_of(system, estimate) for name, estimate in estimates_of(responses).items()}
    gaussian = rows_of(system, responses.gaussian.value)
    exact = exact_of(system, drawn, index)
    least = None if system.known is None else efficient_response(values, system.known())
    rows = {}
    for row, label in enumerate(system.labels):
        own = {name: found[row] for name, found in estimates.items()}
        own_exact = {name: found[row] for name, found in exact.items()}
        rows[label] = measure_row(row_of(truth, row), own, gaussian[row], own_exact, system.interval)
        if least is not None:
            step = running_integral(least[:, [row]], system.interval, axis=0)
            rows[label]["error"]["least"] = relative(least[:, [row]], truth.impulse[row])
            rows[label]["step error"]["least"] = relative(step, truth.step[row])
        if seen is not None:
            rows[label + SEEN] = measure_row(row_of(seen, row), own, gaussian[row], {}, system.interval)
    return {"rows": rows, "p_value": p_value_of(responses), "method": responses.score.method, "seconds": seconds}


def row_of(truth: Truth, row: int) -> Truth:
    """The truth of one row of the table."""
    return Truth(*([part[row]] for part in truth))


def exact_of(system: PanelSystem, drawn: Drawn, index: int) -> dict[str, list[Estimate]]:
    """Estimates with the exact conjugate observable, where it is known."""
    if drawn.conjugate is None:
        return {}
    states = (drawn.values if drawn.clean is None else drawn.clean)[index]
    if system.grid:
        found = exact_field_estimate(states, drawn.conjugate[index], system.grid, system.max_lag)
        return {"exact": [found, found.map(lambda c: c.sum(-1, keepdims=True))]}
    plain, regressed = exact_estimates(
        system.observe(states), drawn.conjugate[index], states, system.push, system.max_lag
    )
    found = {"exact": plain, "exact (1)": regressed}
    return {n: [e.map(lambda c, r=r: c[..., r, None]) for r in range(len(system.labels))] for n, e in found.items()}


def measure_row(
    truth: Truth, own: dict[str, Estimate], gaussian: np.ndarray, exact: dict[str, Estimate], interval: float
) -> dict[str, Any]:
    """Errors, widths and, by lag, the share of points within the bands."""
    impulse, step, stderr = truth.impulse[0], truth.step[0], truth.stderr[0]
    curves = {name: estimate.value for name, estimate in (own | exact).items()} | {"gaussian": gaussian}
    steps = {
        n: (own | exact)[n].integral(interval, 0) for n in ("headline", "exact", "exact (1)") if n in (own | exact)
    }
    found: dict[str, Any] = {
        "error": {name: relative(curve, impulse) for name, curve in curves.items()},
        "half width": own["headline"].half_width(CONFIDENCE)[1:].mean(axis=-1).tolist(),
        "step error": {name: relative(estimate.value, step) for name, estimate in steps.items()},
        "inside": {name: by_lag(inside(own[name], impulse, stderr)) for name in ("headline", "outer")},
        "step inside": by_lag(inside(steps["headline"], step, 0 * step)),
        "offset": by_lag((own["headline"].value - impulse) / np.maximum(own["headline"].stderr(), 1e-300)),
        "truth stderr": float(np.median(stderr[1:] / np.maximum(own["headline"].stderr()[1:], 1e-300))),
    }
    if exact:
        # Were the exact score's own band not to hold the truth, it would be the panel that is wrong.
        best = exact.get("exact (1)", exact["exact"])
        found["inside"]["exact"] = by_lag(inside(best, impulse, stderr))
        least = np.min([estimate.half_width(CONFIDENCE)[1:] for estimate in exact.values()], axis=0)
        found["width"] = {n: float(np.median(own[n].half_width(CONFIDENCE)[1:] / least)) for n in ("headline", "outer")}
    return found


def relative(curve: np.ndarray, true: np.ndarray) -> float:
    """Root mean square error over that of the truth."""
    return float(np.sqrt(np.mean((curve - true) ** 2) / np.mean(true**2)))


def inside(estimate: Estimate, true: np.ndarray, stderr: np.ndarray) -> np.ndarray:
    """Where the band holds the truth; a band is for the error of the estimate, the truth's own is added to it."""
    claim = estimate.stderr()
    width = estimate.half_width(CONFIDENCE) * np.sqrt(1 + (stderr / np.maximum(claim, 1e-300)) ** 2)
    return np.abs(estimate.value - true) <= width + 1e-12


def by_lag(table: np.ndarray) -> list[float]:
    """Mean over points at every lag above zero, short enough for a file."""
    return [round(float(number), 4) for number in table[1:].mean(axis=1)]


def draw(system: PanelSystem, seed: int, records: range) -> Drawn:
    """Records of a system by their numbers."""
    return system.draw(generators(system.name, seed, records), system.members, system.steps)
