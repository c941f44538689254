"""One law for results of every kind: what is written comes back, what is taken apart can be put together.

Kinds: a list of variables, a field cell by cell, a homogeneous field, modes and their maps, earlier states, and what
arithmetic and ``concat`` make of them.
"""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import fluctua
from fluctua import FluctuaError
from fluctua.results import ResponseResult

pytestmark = pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")  # they are part of what must survive
BANDS = {"impulse_response": ("", "_outer"), "step_response": ("", "_outer")}


def process(shape: tuple[int, ...], seed: int, steps: int = 400) -> np.ndarray:
    """Numbers that forget by a third in a step, and follow their neighbours."""
    rng = np.random.default_rng(seed)
    values = np.zeros((steps, *shape))
    for step in range(1, steps):
        values[step] = 0.6 * values[step - 1] + 0.1 * np.roll(values[step - 1], 1, -1) + rng.standard_normal(shape)
    return values


def table(seed: int = 0) -> xr.Dataset:
    values = process((2,), seed)
    columns = {
        name: ("time", values[:, n], {"units": unit}) for n, (name, unit) in enumerate((("x", "K"), ("y", "hPa")))
    }
    return xr.Dataset(columns, {"time": ("time", np.arange(400) * 0.5, {"units": "days"})})


def grid(shape: tuple[int, int], seed: int = 0) -> xr.DataArray:
    """A field over latitude and longitude, with land."""
    values = process(shape, seed)
    values[:, 0, 0] = np.nan
    coords = {
        "time": ("time", np.arange(400.0), {"units": "days"}),
        "lat": ("lat", np.linspace(40.0, 0.0, shape[0]), {"units": "degrees_north"}),
        "lon": ("lon", np.linspace(0.0, 30.0, shape[1]), {"units": "degrees_east"}),
    }
    return xr.DataArray(values, coords, ("time", "lat", "lon"), name="sst", attrs={"units": "K"})


def ring(seed: int = 0) -> xr.DataArray:
    """Records of other seeds are of other lengths: those of the same times count as recorded side by side."""
    steps = 400 + 20 * seed
    coords = {"time": np.arange(steps) * 0.5, "x": ("x", 0.25 * np.arange(12), {"units": "km"})}
    return xr.DataArray(process((12,), seed, steps), coords, ("time", "x"), name="u")


def variables(seed: int = 0, **options: Any) -> ResponseResult:
    return fluctua.respond(table(seed), ["x", "y"], ["x", "y", "x > 1"], max_lag=2.0, score="gaussian", **options)


def homogeneous(seed: int = 0) -> ResponseResult:
    return fluctua.respond(ring(seed), "u[x=0]", homogeneous=["x"], max_lag=2.0, score="gaussian")


def cells(seed: int = 0) -> ResponseResult:
    field = ring(seed).isel(x=slice(0, 3))
    return fluctua.respond(field, ["u[x=0]", "u[x=1]"], max_lag=2.0, score="gaussian")


def modes(seed: int = 0) -> ResponseResult:
    pytest.importorskip("xeofs", exc_type=ImportError)
    return fluctua.respond(grid((3, 4), seed), ["PC1", "PC2"], modes=2, max_lag=2.0, score="gaussian")


def without_errors(result: ResponseResult) -> ResponseResult:
    """As of a field too large for the errors of its curves to be kept."""
    names = [name for name in result.dataset.variables if str(name).endswith(("_errors", "_freedom"))]
    return ResponseResult.of(result.dataset.drop_vars(names))


MADE: dict[str, Callable[[], ResponseResult]] = {
    "variables": variables,
    "homogeneous field": homogeneous,
    "cells": cells,
    "modes": modes,
    "maps of modes": lambda: modes().of_map("sst"),
    "earlier states": lambda: variables(delays=(1, 0.5)),
}
CHANGED: dict[str, Callable[[dict[str, ResponseResult]], ResponseResult]] = {
    "difference of variables": lambda of: of["variables"] - of["other variables"],
    "difference of fields": lambda of: of["homogeneous field"] - of["other homogeneous field"],
    "difference of large fields": lambda of: (
        without_errors(of["homogeneous field"]) - without_errors(of["other homogeneous field"])
    ),
    "sum of maps": lambda of: of["maps of modes"] + of["maps of modes"],
    "half": lambda of: of["cells"] / 2,
    "concat of pushes": lambda of: fluctua.concat([of["variables"], of["other variables"]], labels=["cold", "warm"]),
    "concat of fields": lambda of: fluctua.concat([of["cells"].choose(push=each) for each in ("u[x=0]", "u[x=1]")]),
    "chosen": lambda of: of["variables"].choose(push="y", observable="x > 1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def every() -> dict[str, ResponseResult]:
    found = {name: make() for name, make in MADE.items()}
    found |= {"other variables": variables(1), "other homogeneous field": homogeneous(1)}
    return found | {name: change(found) for name, change in CHANGED.items()}


@pytest.fixture(scope="module", params=[*MADE, *CHANGED])
def result(request: pytest.FixtureRequest, every: dict[str, ResponseResult]) -> ResponseResult:
    return every[request.param]


def attributes(named: Any) -> dict[str, str]:
    """As text: files hold numbers of their own types."""
    return {key: str(value) for key, value in named.attrs.items()}


@pytest.mark.parametrize("suffix", ["nc", "zarr", "csv"])
def test_what_is_written_comes_back(result: ResponseResult, tmp_path: Path, suffix: str) -> None:
    result.save(tmp_path / f"answer.{suffix}")
    again = fluctua.load_response(tmp_path / f"answer.{suffix}")
    assert attributes(again) == attributes(result)
    names = (
        set(result.dataset.variables) if suffix != "csv" else set(result.to_dataframe()) & set(again.dataset.variables)
    )
    assert {"impulse_response", "impulse_response_lower", "step_response_outer_upper", "push", "lag"} <= names
    for name in names:
        one, other = result.dataset[name], again.dataset[name]
        assert one.dims == other.dims, name
        if one.dtype.kind in "fiu":
            np.testing.assert_allclose(other, one, rtol=1e-15, err_msg=str(name))
        else:
            assert one.values.astype(str).tolist() == other.values.astype(str).tolist(), name
        assert attributes(other) == attributes(one), name
    assert again.warnings == result.warnings
    if suffix != "csv" or not result.map_fields:  # a table holds no maps
        assert again.summary() == result.summary()
    for push in result.pushes:
        for observable in result.observables or [None]:
            for kind in ("impulse", "step"):
                assert again.unit(push, observable, kind) == result.unit(push, observable, kind)


def test_what_is_pickled_is_the_same(result: ResponseResult) -> None:
    again = pickle.loads(pickle.dumps(result))
    assert again.dataset.identical(result.dataset)
    assert (again.warnings, again.options) == (result.warnings, result.options)


def test_what_is_taken_apart_can_be_put_together(result: ResponseResult) -> None:
    parts = [result.choose(push=push) for push in result.pushes]
    again = fluctua.concat(parts)
    assert set(again.dataset.variables) == set(result.dataset.variables)
    for name in result.dataset.variables:
        xr.testing.assert_equal(again.dataset[name].variable, result.dataset[name].variable)
        assert attributes(again.dataset[name]) == attributes(result.dataset[name]), name


def test_multiples_scale_all_curves_and_keep_units(result: ResponseResult) -> None:
    doubled, turned = result * 2, -result
    for name, bands in BANDS.items():
        np.testing.assert_allclose(doubled[name], 2 * result[name], atol=1e-12)
        assert attributes(doubled[name]) == attributes(result[name])
        for band in bands:
            np.testing.assert_allclose(doubled[f"{name}{band}_upper"], 2 * result[f"{name}{band}_upper"], atol=1e-9)
            np.testing.assert_allclose(turned[f"{name}{band}_lower"], -result[f"{name}{band}_upper"], atol=1e-9)


def test_differences_and_sums_have_bands(result: ResponseResult) -> None:
    """Of anything with itself: the mean is what it was, and where errors are kept the difference is exactly nothing."""
    if len(json.loads(str(result.dataset.errors_of.values[0]))) > 1 and "impulse_response_errors" in result:
        with pytest.raises(FluctuaError, match="the same record"):  # of which each holds a part by now
            result - result
        return
    mean, nothing = (result + result) / 2, result - result
    for name, bands in BANDS.items():
        np.testing.assert_allclose(mean[name], result[name], atol=1e-12)
        for end in (f"{band}_{side}" for band in bands for side in ("lower", "upper")):
            np.testing.assert_allclose(mean[name + end], result[name + end], atol=1e-9)
        assert float(np.abs(nothing[name]).max()) == 0.0
    kept = "impulse_response_errors" in result
    width = float((nothing.impulse_response_upper - nothing.impulse_response_lower).max())
    assert (width == 0.0) == kept
    assert any("the widest" in each for each in nothing.warnings) == (not kept)


def test_large_fields_of_two_records_have_independent_bands(every: dict[str, ResponseResult]) -> None:
    """By their bands alone as by the errors of whole curves, but for degrees of freedom."""
    exact, found = every["difference of fields"], every["difference of large fields"]
    np.testing.assert_allclose(found.impulse_response, exact.impulse_response, atol=1e-12)
    np.testing.assert_allclose(found.impulse_response_stderr, exact.impulse_response_stderr, rtol=1e-5, atol=1e-7)
    for name, most in (("impulse_response", 1.1), ("step_response", np.inf)):
        wide, narrow = (each[f"{name}_upper"] - each[f"{name}_lower"] for each in (found, exact))
        ratio = (wide / narrow).values[0, 1:]
        assert 0.99 < ratio.min() <= ratio.max() < most  # the other lets errors of the rule of integration cancel
    assert any("independent" in each for each in found.warnings)
    beside = [without_errors(homogeneous()), without_errors(homogeneous())]
    assert any("the widest" in each for each in (beside[0] - beside[1]).warnings)
    back = found + without_errors(every["other homogeneous field"])  # which it rests on already
    assert any("the widest" in each for each in back.warnings)


def test_maps_of_other_units_and_bands_of_other_confidence_are_refused(every: dict[str, ResponseResult]) -> None:
    one = every["maps of modes"]
    other = ResponseResult.of(one.dataset.copy())
    other.dataset["impulse_response"].attrs["units"] = "degF"
    with pytest.raises(FluctuaError, match="'K' and 'degF'"):
        one - other
    wider = ResponseResult(one.dataset, one.diagnostics, {**one.options, "confidence": 0.9})
    with pytest.raises(FluctuaError, match=r"confidence 0\.95 and 0\.9"):
        one - wider


def test_maps_of_modes_have_units(every: dict[str, ResponseResult]) -> None:
    maps = every["maps of modes"]
    assert (maps.unit("PC1"), maps.unit("PC1", kind="step")) == ("K", "K days")
    assert maps.dataset.lat.attrs["units"] == "degrees_north"
    assert not every["sum of maps"].names_places  # a push on a mode is at no place
