"""What is frozen: a table of named calls of the public verbs on the records of ``records.py``.

Only ``respond``, ``fit_score``, ``sample``, ``simulate`` and ``load_score`` are used, so that the same table runs on
any edition of the package. Each call gives a flat dictionary of numbers and words.
"""

import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import records
import xarray as xr

import fluctua

FOLDER = Path(__file__).parent / "goldens"
SCORES = FOLDER / "scores"
"""Score files as the first edition wrote them; they must still load."""

Numbers = dict[str, Any]

TABLES = (
    "impulse_response",
    "impulse_response_stderr",
    "impulse_response_lower",
    "impulse_response_upper",
    "step_response",
    "step_response_lower",
    "step_response_upper",
    "gaussian_response",
    "plug_in_response",
)
DETAILS = ("stein_wavenumber", "stein_before", "stein_after", "density_value", "data_density", "score_density")
ATTRIBUTES = (
    "effective_sample_size",
    "decorrelation_time",
    "folds",
    "blocks",
    "band_degrees_of_freedom",
    "score_method",
    "stein_defect_before",
    "stein_defect_after",
    "score_loss_heldout",
    "score_loss_heldout_stderr",
    "gaussian_loss_heldout",
    "calibration_functions",
)


class Golden(NamedTuple):
    """A frozen call.

    Args:
        kind: ``"response"``, ``"score"``, ``"states"`` or ``"record"``: how its numbers are compared.
        run: The call.
        slow: Whether it takes long, or another golden that does not is much like it.
    """

    kind: str
    run: Callable[[], Numbers]
    slow: bool = False


def calm(run: Callable[[], Numbers]) -> Numbers:
    """The numbers, without the warnings about short records."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run()


record = cache(lambda name: getattr(records, name)())


def response(name: str, push: Any, observe: Any = None, **options: Any) -> Numbers:
    result = fluctua.respond(record(name) if isinstance(name, str) else name, push, observe, **options)
    data = result if isinstance(result, xr.Dataset) else result.dataset
    found: Numbers = {table: data[table].values for table in TABLES}
    found |= {name: data[name].values for name in DETAILS if name in data}
    return found | {name: data.attrs[name] for name in ATTRIBUTES if name in data.attrs}


def from_csv() -> Numbers:
    with tempfile.TemporaryDirectory() as folder:
        return response(records.csv_file(Path(folder)), "x2", max_lag=2.0, score="gaussian")  # type: ignore[arg-type]


def score_numbers(score: Any, states: np.ndarray) -> Numbers:
    return {
        "values": score(states),
        "method": score.method,
        "heldout_loss": score.heldout_loss,
        "heldout_stderr": score.heldout_stderr,
        "gaussian_loss": score.gaussian_loss,
    }


def fitted(method: str, **options: Any) -> Numbers:
    return score_numbers(fluctua.fit_score(record("well"), method=method, **options), records.well_states())


def trained(method: str, **options: Any) -> Numbers:
    """A trained score, with its change from seed to seed as the unit of comparison."""
    first, second = (fitted(method, seed=seed, **options) for seed in (0, 1))
    return first | {"values_scale": np.sqrt(np.mean((first["values"] - second["values"]) ** 2))}


def fitted_field(name: str, method: str) -> Numbers:
    data = record(name)
    dims = [str(dim) for dim in data.dims if dim in ("x", "y")]
    score = fluctua.fit_score(data, method=method, homogeneous=dims)
    states = data.isel(member=0).values.reshape(data.sizes["time"], -1)[:: data.sizes["time"] // 5][:5]
    return score_numbers(score, states)


def loaded(file: str) -> Numbers:
    return score_numbers(fluctua.load_score(SCORES / file), records.well_states())


def states(name: str, count: int, **options: Any) -> Numbers:
    """Statistics of drawn states; their standard errors are those of independent states."""
    drawn = fluctua.sample(record(name), count, **options)
    values = np.stack([np.asarray(drawn.states[name].values) for name in drawn.names], axis=1)
    return {
        "mean": values.mean(0),
        "deviation": values.std(0),
        "quantiles": np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95), axis=0),
        "correlation": np.corrcoef(values.T),
        "distance": np.asarray(drawn.agreement.distance),
        "count": count,
    }


def simulated(system: str, **options: Any) -> Numbers:
    data = fluctua.simulate(system, seed=3, members=2, **options)
    return {str(name): variable.values[:, :: max(1, variable.shape[1] // 4)][:, :5] for name, variable in data.items()}


def _exact(x: Any) -> Any:
    return -jnp.asarray(records.linear_precision()) @ x


def _damping(x: Any) -> Any:
    return -0.1 * x


POLYNOMIALS = ["u1", "u1**2", "u1*tau", "u1**3 - 2*u2", "u1 > 0.5", "abs(u2)"]
WELL = {"max_lag": 3.0, "observe": ["a", "a**2", "a > 0.8"]}

GOLDENS: dict[str, Golden] = {
    "respond-linear-gaussian": Golden(
        "response", lambda: response("linear", ["x1", "x3"], ["x1", "x2**2"], max_lag=4.0, score="gaussian")
    ),
    "respond-linear-auto": Golden("response", lambda: response("linear", "x2", max_lag=3.0), slow=True),
    "respond-linear-exact-score": Golden("response", lambda: response("linear", "x3", max_lag=3.0, score=_exact)),
    "respond-linear-damping": Golden(
        "response", lambda: response("linear", {"damping": _damping}, ["x1", "x1**2"], max_lag=3.0, score="gaussian")
    ),
    "respond-linear-csv": Golden("response", from_csv),
    "respond-quartic-dictionary": Golden(
        "response", lambda: response("quartic", "x", ["x", "x**2", "x > 1"], max_lag=4.0, score="dictionary"), slow=True
    ),
    "respond-quartic-damping": Golden(
        "response",
        lambda: response("quartic", {"damping": _damping}, ["x", "x**2"], max_lag=4.0, score="dictionary"),
        slow=True,
    ),
    "respond-triad-dictionary": Golden(
        "response", lambda: response("triad", "tau", POLYNOMIALS, max_lag=4.0, score="dictionary"), slow=True
    ),
    "respond-triad-degree": Golden(
        "response",
        lambda: response(
            "triad", "tau", ["u1", "u1**2"], max_lag=4.0, score="gaussian", dictionary_degree=2, confidence=0.8, seed=5
        ),
        slow=True,
    ),
    "respond-ensemble": Golden(
        "response", lambda: response("ensemble", "speed", ["position", "position**2"], max_lag=3.0, score="gaussian")
    ),
    "respond-dated": Golden(
        "response",
        lambda: response("dated", "pressure", max_lag=12.0, score="gaussian", anomaly="month", detrend=True),
    ),
    "respond-heavy-tails": Golden(
        "response", lambda: response("heavy", "driver", ["x", "x > 1"], max_lag=3.0, score="gaussian")
    ),
    "respond-heavy-tails-dictionary": Golden(
        "response", lambda: response("heavy", "driver", ["x", "x > 1"], max_lag=3.0, score="dictionary"), slow=True
    ),
    "respond-well-mixture": Golden("response", lambda: response("well", "b", score="mixture", **WELL), slow=True),
    "respond-well-kgmm": Golden("response", lambda: response("well", "b", score="kgmm", **WELL), slow=True),
    "respond-well-kernel": Golden("response", lambda: response("well", "b", score="kernel", **WELL), slow=True),
    "respond-well-file-dictionary": Golden(
        "response", lambda: response("well", "a", score=str(SCORES / "dictionary.safetensors"), **WELL)
    ),
    "respond-well-file-network": Golden(
        "response", lambda: response("well", "a", score=str(SCORES / "network.safetensors"), **WELL), slow=True
    ),
    "respond-well-network": Golden("response", lambda: response("well", "a", score="network", **WELL), slow=True),
    "respond-cells": Golden(
        "response", lambda: response("gridded", "u[y=0,x=1]", variable="u", max_lag=2.5, score="gaussian")
    ),
    "respond-ring": Golden(
        "response", lambda: response("ring_field", "u[x=0]", homogeneous=["x"], max_lag=5.0, score="gaussian")
    ),
    "respond-ring-auto": Golden(
        "response", lambda: response("ring_field", "u[x=0]", homogeneous=["x"], max_lag=5.0), slow=True
    ),
    "respond-ring-even": Golden(
        "response",
        lambda: response("symmetric_ring", "u[x=0]", homogeneous=["x"], reflect=["x"], max_lag=5.0, score="dictionary"),
    ),
    "respond-ring-odd": Golden(
        "response",
        lambda: response(
            "symmetric_ring", "u[x=0]", homogeneous=["x"], reflect=["x:odd"], max_lag=5.0, score="gaussian"
        ),
    ),
    "respond-levels": Golden(
        "response",
        lambda: response(
            "level_field", ["u[z=0,x=0]", "u[z=1,x=0]"], homogeneous=["x"], max_lag=5.0, score="dictionary"
        ),
    ),
    "respond-levels-degree": Golden(
        "response",
        lambda: response("level_field", "u[z=0,x=0]", homogeneous="x", max_lag=5.0, dictionary_degree=2),
        slow=True,
    ),
    "respond-bistable": Golden(
        "response",
        lambda: response("bistable", "u[y=0,x=0]", homogeneous=["y", "x"], max_lag=2.5, score="dictionary"),
    ),
    "respond-bistable-reflect": Golden(
        "response",
        lambda: response(
            "bistable", "u[y=0,x=0]", homogeneous=["y", "x"], reflect=["y", "x"], max_lag=1.5, score="dictionary"
        ),
        slow=True,
    ),
    "respond-vorticity-found": Golden(
        "response",
        lambda: response("vorticity", "w[y=0,x=0]", homogeneous=["y", "x"], max_lag=1.5, score="gaussian"),
        slow=True,
    ),
    "respond-vorticity-transport": Golden(
        "response",
        lambda: response(
            "vorticity",
            "w[y=0,x=0]",
            homogeneous=["y", "x"],
            reflect=["y:odd"],
            transport=[0.25, 0.5],
            max_lag=1.5,
            score="gaussian",
        ),
        slow=True,
    ),
    "respond-vorticity-none": Golden(
        "response",
        lambda: response("vorticity", "w[y=0,x=0]", homogeneous=["y", "x"], transport=(), max_lag=1.5, score="auto"),
        slow=True,
    ),
    "respond-ring-network": Golden(
        "response",
        lambda: response("ring_field", "u[x=0]", homogeneous=["x"], max_lag=3.0, score="network"),
        slow=True,
    ),
    "fit-gaussian": Golden("score", lambda: fitted("gaussian")),
    "fit-dictionary": Golden("score", lambda: fitted("dictionary"), slow=True),
    "fit-dictionary-degree": Golden("score", lambda: fitted("dictionary", degree=4)),
    "fit-mixture": Golden("score", lambda: fitted("mixture"), slow=True),
    "fit-kgmm": Golden("score", lambda: fitted("kgmm"), slow=True),
    "fit-kernel": Golden("score", lambda: fitted("kernel"), slow=True),
    "fit-field-gaussian": Golden("score", lambda: fitted_field("ring_field", "gaussian")),
    "fit-field-dictionary": Golden("score", lambda: fitted_field("bistable", "dictionary")),
    "fit-levels-auto": Golden("score", lambda: fitted_field("level_field", "auto")),
    "load-dictionary": Golden("score", lambda: loaded("dictionary.safetensors")),
    "load-mixture": Golden("score", lambda: loaded("mixture.safetensors")),
    "load-kernel": Golden("score", lambda: loaded("kernel.safetensors")),
    "load-network": Golden("score", lambda: loaded("network.safetensors")),
    "load-noised": Golden("score", lambda: loaded("noised.safetensors")),
    "fit-network": Golden("score", lambda: trained("network"), slow=True),
    "fit-network-student-t": Golden("score", lambda: trained("network", noise="student-t:df=5"), slow=True),
    "sample-flow": Golden(
        "states", lambda: states("well", 400, score=str(SCORES / "network.safetensors"), levels=20), slow=True
    ),
    "sample-diffusion": Golden(
        "states",
        lambda: states("well", 400, score=str(SCORES / "noised.safetensors"), sampler="diffusion", levels=20),
        slow=True,
    ),
    "sample-langevin": Golden(
        "states",
        lambda: states("well", 400, score=str(SCORES / "network.safetensors"), sampler="langevin", levels=10),
        slow=True,
    ),
    "sample-fitted": Golden("states", lambda: states("well", 400, levels=20), slow=True),
    "sample-heavy-tails": Golden("states", lambda: states("heavy", 400, noise="student-t:df=4", levels=20), slow=True),
    # A chaotic system enlarges the rounding of another compilation: it is compared as a user's is compiled.
    **{
        f"simulate-{system}": Golden(
            "record", lambda system=system: simulated(system, duration=2.0, spin_up=1.0), slow=system == "lorenz96"
        )
        for system in (
            "ornstein-uhlenbeck",
            "quartic",
            "scalar-additive",
            "scalar-multiplicative",
            "power-law",
            "enso-triad",
            "lorenz63",
            "lorenz96",
        )
    },
    **{
        f"simulate-{system}-{scheme}": Golden(
            "record",
            lambda system=system, scheme=scheme: simulated(
                system, duration=4.0, spin_up=1.0, size=8, scheme=scheme, precision="float64"
            ),
            slow=True,
        )
        for system in ("ou-field", "allen-cahn", "navier-stokes")
        for scheme in ("exponential", "published")
    },
}
"""Every frozen call by its name."""


def write_scores() -> None:
    """Fit and save the score files that other goldens read."""
    SCORES.mkdir(parents=True, exist_ok=True)
    for method in ("dictionary", "mixture", "kernel", "network"):
        fluctua.fit_score(record("well"), method=method).save(SCORES / f"{method}.safetensors", overwrite=True)
    fluctua.sample(record("well"), 10, levels=4).score.save(SCORES / "noised.safetensors", overwrite=True)
