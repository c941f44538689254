"""The demonstration: a system whose true response is known, and a real record."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from ..core import AbstractProgress, named_key
from ..data.shipped import shipped_record_path
from ..response import Observable
from ..results import ResponseResult
from ..systems import simulate as simulate_system, system_named, twin_response
from ._respond import respond
from ._simulate import simulate

OBSERVABLES = ("u1", "u2", "tau", "u1**2", "u2**2", "u1*u2")
PUSHES = ("u1", "tau")
MAX_LAG = 20.0
_PAIRS = 20_000
_AMPLITUDE = 0.05
_CURVES = ("impulse_response", "impulse_response_lower", "impulse_response_upper", "gaussian_response")


class DemoPart(NamedTuple):
    """One part of the demonstration: a name for its folder, the result, its table as CSV, and the table in words."""

    name: str
    result: ResponseResult
    table: str
    text: str


def run_demo(*, seed: int = 0, progress: AbstractProgress | None = None) -> list[DemoPart]:
    """Run both parts: the ENSO triad beside its true response, and the observed record.

    Args:
        seed: Seed of records, truth and estimates.
        progress: Where progress is shown.
    """
    return [_enso_triad(seed, progress), _observed(seed, progress)]


def _enso_triad(seed: int, progress: AbstractProgress | None) -> DemoPart:
    record = simulate("enso-triad", duration=50_000.0, seed=seed, progress=progress)
    result = respond(record, list(PUSHES), list(OBSERVABLES), max_lag=MAX_LAG, seed=seed, progress=progress)
    result["truth_response"], stderr = _truth(result, seed, progress)
    rows = error_table(result, stderr)
    lines = ["push,observable,gaussian,plug_in,default,stderr,truth_stderr"]
    lines += [
        f"{push},{observable}," + ",".join(f"{value:.5f}" for value in values) for push, observable, values in rows
    ]
    title = (
        f"ENSO triad, 500,000 states unperturbed ({result.attrs['score_method']} score); "
        f"relative rms error over {MAX_LAG:g} time units:"
    )
    return DemoPart("enso-triad", result, "\n".join(lines) + "\n", _show(rows, title))


def _truth(result: ResponseResult, seed: int, progress: AbstractProgress | None) -> tuple[xr.DataArray, np.ndarray]:
    """The response measured by pushing: pairs of runs that share their noise."""
    system, key = system_named("enso-triad"), named_key(jax.random.key(seed), "demo truth")
    observables = [Observable(expression, system.variables) for expression in OBSERVABLES]
    starts = simulate_system(
        system,
        key=named_key(key, "starts"),
        members=200,
        duration=_PAIRS / 200 * 10.0,
        save_every=1000,
        progress=progress,
    )

    def observe(state: Array) -> Array:
        return jnp.stack([observable.along(state) for observable in observables])

    truth = [
        twin_response(
            system,
            key=named_key(key, push),
            push=lambda state, index=system.variables.index(push): jnp.zeros_like(state).at[index].set(1.0),
            amplitude=_AMPLITUDE,
            observables=observe,
            lags=result.lag.values,
            members=_PAIRS,
            initial_states=starts.reshape(-1, system.dimension)[:_PAIRS],
            progress=progress,
        )
        for push in PUSHES
    ]
    table = np.stack([one.response for one in truth])
    return xr.DataArray(table, dims=("push", "lag", "observable")), np.stack([one.stderr for one in truth])


def error_table(result: ResponseResult, truth_stderr: np.ndarray) -> list[tuple[str, str, list[float]]]:
    """Relative rms errors over lags of each method, per push and observable, with the floors of estimate and truth."""
    truth = result.truth_response.values
    scale = np.sqrt(np.mean(truth**2, axis=1))
    tables = [
        np.sqrt(np.mean((result[name].values - truth) ** 2, axis=1))
        for name in ("gaussian_response", "plug_in_response", "impulse_response")
    ]
    tables += [np.sqrt(np.mean(error**2, axis=1)) for error in (result.impulse_response_stderr.values, truth_stderr)]
    return [
        (str(push), str(observable), [float(table[i, j] / scale[i, j]) for table in tables])
        for i, push in enumerate(result.push.values)
        for j, observable in enumerate(result.observable.values)
    ]


def _show(rows: list[tuple[str, str, list[float]]], title: str) -> str:
    heading = (
        f"{'push':6} {'observable':11} {'Gaussian':>9} {'plug-in':>9} {'default':>9} "
        f"{'its stderr':>11} {'truth stderr':>13}"
    )
    lines = [
        f"{push:6} {observable:11} {v[0]:9.3f} {v[1]:9.3f} {v[2]:9.3f} {v[3]:11.3f} {v[4]:13.3f}"
        for push, observable, v in rows
    ]
    return "\n".join([title, "", heading, *lines])


def _observed(seed: int, progress: AbstractProgress | None) -> DemoPart:
    """How observed NINO3.4 and the Southern Oscillation Index respond to a push on the other, over two years."""
    names, shown = ("nino34", "soi"), (1, 3, 6, 12)
    path = str(shipped_record_path())
    result = respond(path, list(names), list(names), max_lag=24.0, anomaly="month", seed=seed, progress=progress)
    title = (
        f"Observed NINO3.4 and SOI, monthly 1951-2019 ({result.attrs['score_method']} score, worth "
        f"{result.attrs['effective_sample_size']:.0f} independent months); impulse response and 95 % band:"
    )
    heading = f"{'push':7} {'observable':11}" + "".join(f"{f'after {lag} months':>22}" for lag in shown)
    text, lines = [title, "", heading], ["push,observable,lag,response,lower,upper,gaussian"]
    for push in names:
        for observable in names:
            curve = result.sel(push=push, observable=observable)
            curves = np.stack([curve[name].values for name in _CURVES])
            value, lower, upper, _ = curves
            cells = [f"{value[k]:6.2f} [{lower[k]:5.2f}, {upper[k]:5.2f}]" for k in shown]
            text.append(f"{push:7} {observable:11}" + "".join(f"{cell:>22}" for cell in cells))
            rows = enumerate(curves.T)
            lines += [f"{push},{observable},{k}," + ",".join(f"{number:.5f}" for number in row) for k, row in rows]
    return DemoPart("observed", result, "\n".join(lines) + "\n", "\n".join(text))
