"""Accuracy of the default beside the exact score, the Gaussian response and the plug-in network."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import Case, enso_triad, ornstein_uhlenbeck, relative_rms, scalar, truth

from fluctua.scores import FunctionScore
from fluctua.systems import HasExactScore, stationary_density

BLUR = 0.6


def blurred_score(case: Case, values: np.ndarray) -> FunctionScore:
    """The exact score of the stationary density convolved with a Gaussian of standard deviation ``BLUR``."""
    grid = np.linspace(values.min() - 3, values.max() + 3, 6001)
    step = grid[1] - grid[0]
    density = np.nan_to_num(stationary_density(case.system, grid))
    kernel = np.exp(-0.5 * (np.arange(-3000, 3001) * step / BLUR) ** 2)
    blurred = np.maximum(np.convolve(density, kernel, mode="same"), 1e-250)
    slope = jnp.asarray(np.gradient(np.log(blurred), step))
    points = jnp.asarray(grid)
    return FunctionScore(lambda x: jnp.interp(x, points, slope), variables=1)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "threshold"), [("scalar-additive", 2.5), ("scalar-multiplicative", 0.5)])
def test_scalar_models_reach_the_floor_of_the_exact_score(name: str, threshold: float) -> None:
    """200 x 1000 time units: at most 1.15 x the exact score's error, and 1.2 x with a blurred score."""
    case = scalar(name, threshold)
    assert isinstance(case.system, HasExactScore)
    true, _ = truth(case)
    values = case.record(jax.random.key(1), 200, 1000.0)
    exact = case.respond(values, jax.random.key(0), FunctionScore(case.system.score, variables=1))
    default = case.respond(values, jax.random.key(0))
    blurred = case.respond(values, jax.random.key(0), blurred_score(case, values))
    rows = {
        "exact score": relative_rms(exact.plug_in, true)[0],
        "default": relative_rms(default.impulse.value, true)[0],
        "Gaussian": relative_rms(default.gaussian.value, true)[0],
        f"blurred by {BLUR}, plug-in": relative_rms(blurred.plug_in, true)[0],
        f"blurred by {BLUR}, default": relative_rms(blurred.impulse.value, true)[0],
    }
    print(f"\n{name}: relative rms error over {case.max_lag:g} time units of {', '.join(case.labels)}")
    for label, errors in rows.items():
        print(f"  {label:28}" + " ".join(f"{error:8.4f}" for error in errors))
    assert np.all(rows["default"] <= 1.15 * rows["exact score"])
    assert np.all(rows[f"blurred by {BLUR}, default"] <= 1.2 * rows["exact score"])


@pytest.mark.slow
def test_enso_triad() -> None:
    """1e6 states: half the Gaussian's error wherever that is beyond three floors, at the floor elsewhere.

    The floor of a response is the standard error of the default. Where everything is noise, an error is called at
    the floor below 2.5 standard errors (rms over lags: neighbouring lags share their noise, so the rms of one record
    scatters like a single number).
    """
    case = enso_triad()
    true, true_stderr = truth(case)
    values = case.record(jax.random.key(1), 1, 100_000.0)
    default = case.respond(values, jax.random.key(0))
    network = case.respond(values, jax.random.key(0), "network")
    scale = np.sqrt(np.mean(true**2, axis=1))
    floor = np.sqrt(np.mean(default.impulse.stderr() ** 2, axis=1)) / scale
    tables = {
        "Gaussian": relative_rms(default.gaussian.value, true),
        "plug-in": relative_rms(network.plug_in, true),
        "default": relative_rms(default.impulse.value, true),
        "floor": floor,
        "truth": np.sqrt(np.mean(true_stderr**2, axis=1)) / scale,
    }
    print("\nenso-triad, 1e6 states; relative rms error over 20 time units")
    print(f"  {'push':5} {'observable':11}" + " ".join(f"{label:>9}" for label in tables))
    for i, push in enumerate(case.system.names):
        for j, label in enumerate(case.labels):
            print(f"  {push:5} {label:11}" + " ".join(f"{table[i, j]:9.4f}" for table in tables.values()))
    clear = tables["Gaussian"] > 3 * floor
    assert np.all(tables["default"][clear] <= 0.5 * tables["Gaussian"][clear])
    assert np.all(tables["default"][~clear] <= 2.5 * floor[~clear])
    assert np.all(tables["default"] <= 1.2 * tables["plug-in"])


@pytest.mark.slow
def test_linear_gaussian_data_lose_nothing() -> None:
    """On linear Gaussian data the error is not larger than the Gaussian's by more than its standard error."""
    case = ornstein_uhlenbeck()
    true, _ = truth(case)
    values = case.record(jax.random.key(5), 40, 1000.0)
    linear = slice(0, case.system.dimension)
    worse = []
    for index in range(len(values)):
        pipeline = case.respond(values[index : index + 1], jax.random.key(index))
        estimate = pipeline.impulse
        ours = np.sqrt(np.mean((estimate.value - true)[..., linear] ** 2, axis=1))
        gaussian = np.sqrt(np.mean((pipeline.gaussian.value - true)[..., linear] ** 2, axis=1))
        stderr = np.sqrt(np.mean(estimate.stderr()[..., linear] ** 2, axis=1))
        worse.append((ours - gaussian) / stderr)
    excess = np.array(worse)
    figures = f"mean {excess.mean():.3f}, 95 % quantile {np.quantile(excess, 0.95):.3f}, largest {excess.max():.3f}"
    print(f"\nornstein-uhlenbeck: (default - Gaussian) error in standard errors: {figures}")
    assert excess.mean() < 0.25
    assert np.quantile(excess, 0.95) < 1
