"""The main verb on homogeneous fields: exact responses of linear fields, labels, and what is refused."""

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr
from rings import exact_response, linear_field, ring, widest

import fluctua
from fluctua.core import DataError, FluctuaError, OptionError, ScoreError
from fluctua.data import Record

LAGS = 20
OPTIONS: dict[str, Any] = {"max_lag": 10.0, "homogeneous": ["x"]}


@pytest.fixture(scope="module")
def field() -> xr.DataArray:
    return ring()


@pytest.fixture(scope="module")
def result(field: xr.DataArray) -> xr.Dataset:
    return fluctua.respond(field, "u[x=3]", **OPTIONS)


@pytest.fixture(scope="module")
def gaussian(field: xr.DataArray) -> xr.Dataset:
    return fluctua.respond(field, "u[x=3]", score="gaussian", **OPTIONS)


def errors(result: xr.Dataset, truth: np.ndarray) -> np.ndarray:
    """Errors of the first push in standard errors at positive lags; the response at lag zero is known."""
    miss = result.impulse_response.values[0] - truth
    stderr = result.impulse_response_stderr.values[0]
    assert 0 < stderr[1:].max() < 0.02  # bands that say something: the response at the push starts at one
    return np.asarray(miss[1:] / stderr[1:])


@pytest.mark.parametrize("score", ["result", "gaussian"])
def test_the_response_of_a_ring_is_exact_within_its_bands(request: pytest.FixtureRequest, score: str) -> None:
    found = request.getfixturevalue(score)
    # 20 lags at 16 offsets: one run in a million may fail
    assert np.abs(errors(found, exact_response(LAGS)[:, 0])).max() < widest(found, LAGS * 16)
    np.testing.assert_allclose(found.impulse_response[0, 0], np.eye(16)[0], atol=0.02)


def test_offsets_count_from_the_push(result: xr.Dataset) -> None:
    assert result.impulse_response.dims == ("push", "lag", "x")
    np.testing.assert_array_equal(result.x, 0.25 * np.arange(16))
    assert result.x.attrs == {"long_name": "offset from the push", "periodic": 1, "units": "km"}
    np.testing.assert_allclose(result.lag, 0.5 * np.arange(LAGS + 1))
    assert json.loads(result.attrs["homogeneous"]) == ["x"]
    assert json.loads(result.attrs["config"])["homogeneous"] == ["x"]
    assert result.stein_wavenumber.dims == result.stein_before.dims == result.stein_after.dims == ("shell",)
    np.testing.assert_array_equal(result.stein_wavenumber, np.arange(9))


def test_every_table_is_there_and_finite(result: xr.Dataset) -> None:
    names = ["impulse_response", "step_response", "gaussian_response", "plug_in_response", "impulse_response_stderr"]
    names += ["robust_response", "robust_response_stderr", "markov_response", "markov_response_stderr"]
    banded = ("impulse_response", "impulse_response_outer", "step_response", "step_response_outer")
    banded += ("gaussian_response", "simultaneous")
    names += [f"{name}_{side}" for name in banded for side in ("lower", "upper")]
    for name in names:
        assert result[name].dims == ("push", "lag", "x")
        assert np.isfinite(result[name]).all()
    for name in ("impulse_response", "step_response"):
        assert (result[f"{name}_outer_lower"] <= result[f"{name}_lower"]).all()
        assert (result[f"{name}_outer_upper"] >= result[f"{name}_upper"]).all()
    # One number for the whole field, at all offsets.
    for name in ("headline", "markov_p_value", "markov_step"):
        assert result[name].dims == ("push",)
    assert 0 <= float(result.markov_p_value[0]) == result.attrs["markov_p_value"] <= 1
    for name in ("stein_defect_before", "stein_defect_after", "effective_sample_size", "score_loss_heldout"):
        assert np.isfinite(result.attrs[name])
    assert {entry["level"] for entry in json.loads(result.attrs["diagnostics"])} == {"good"}
    assert json.loads(result.attrs["warnings"]) == []


def test_where_the_push_is_and_its_name_make_no_difference(field: xr.DataArray, gaussian: xr.Dataset) -> None:
    both = fluctua.respond(field, {"kick": "u[x = 9]", "other": "u[x=3]"}, score="gaussian", **OPTIONS)
    np.testing.assert_array_equal(both.impulse_response[0], both.impulse_response[1])
    np.testing.assert_allclose(both.impulse_response[1], gaussian.impulse_response[0], atol=1e-12)
    assert both.push.values.tolist() == ["kick", "other"]


def test_observables_of_a_linear_field_respond_as_normal_values_do(field: xr.DataArray, result: xr.Dataset) -> None:
    """The probability to exceed c answers with the density at c times the response, the square not at all."""
    found = fluctua.respond(field, "u[x=3]", {"u": "u", "high": "u > 0.5", "square": "u**2"}, **OPTIONS)
    assert found.impulse_response.dims == ("push", "lag", "observable", "x")
    np.testing.assert_allclose(found.impulse_response.sel(observable="u"), result.impulse_response, atol=1e-9)
    truth, spread = exact_response(LAGS)[:, 0], float(field.std())
    density = np.exp(-0.5 * (0.5 / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
    for name, factor in (("high", density), ("square", 0.0)):
        own = found.sel(observable=name)
        worst = np.abs((own.impulse_response[0] - factor * truth) / own.impulse_response_stderr[0])[1:].max()
        # 20 lags at 16 offsets: one run in a million may fail
        assert worst < widest(found, LAGS * 16)


def test_observables_of_levels_keep_the_levels() -> None:
    values = linear_field(levels=2, steps=1500, members=2, seed=1)
    levels = xr.DataArray(values, dims=("member", "time", "z", "x"), name="u")
    found = fluctua.respond(levels, "u[z=0,x=0]", ["u", "u**2"], max_lag=3.0, homogeneous=["x"], score="gaussian")
    assert found.impulse_response.dims == ("push", "lag", "observable", "z", "x")
    assert found.headline.dims == found.markov_p_value.dims == found.markov_step.dims == ("push", "observable", "z")
    plain = fluctua.respond(levels, "u[z=0,x=0]", max_lag=3.0, homogeneous=["x"], score="gaussian")
    np.testing.assert_allclose(found.impulse_response.sel(observable="u"), plain.impulse_response, atol=1e-9)


def test_a_field_homogeneous_along_one_of_its_dimensions() -> None:
    """Three levels coupled one way; the dimensions in the order of the file: x first, then the level."""
    values = linear_field(levels=3, seed=1).astype(np.float32)
    field = xr.DataArray(
        values.transpose(3, 1, 0, 2),
        dims=("x", "time", "member", "z"),
        coords={"z": ("z", [10.0, 30.0, 100.0], {"units": "m"})},
        name="u",
    )
    found = fluctua.respond(field, ["u[x=5,z=1]", "u[x=0,z=0]"], max_lag=12.0, homogeneous=["x"])
    assert found.impulse_response.dims == ("push", "lag", "x", "z")
    np.testing.assert_array_equal(found.z, [10.0, 30.0, 100.0])
    assert found.z.attrs == {"units": "m"}
    np.testing.assert_array_equal(found.x, np.arange(16.0))
    for push, level in enumerate((1, 0)):
        truth = exact_response(12, levels=3, pushed=level).transpose(0, 2, 1)
        # 12 lags at 48 places, two pushes: one run in a million may fail
        worst = np.abs(errors(found.isel(push=[push]), truth)).max()
        assert worst < widest(found, 2 * 12 * 48)


def test_two_homogeneous_dimensions_keep_the_order_of_the_file() -> None:
    """The ring along x beside white noise along y: the response is that of the ring in the row of the push."""
    values = linear_field(members=40, steps=250, seed=2)[:, :, 0].reshape(5, 8, 250, 16)
    field = xr.DataArray(values, dims=("member", "y", "time", "x"), name="u")
    found = fluctua.respond(field, "u[y=2,x=2]", max_lag=5.0, homogeneous=["x", "y"], score="gaussian")
    assert found.impulse_response.dims == ("push", "lag", "y", "x")
    assert json.loads(found.attrs["homogeneous"]) == ["y", "x"]
    truth = np.zeros((6, 8, 16))
    truth[:, 0] = exact_response(5)[:, 0]
    # 5 lags at 128 offsets: one run in a million may fail
    assert np.abs(errors(found, truth)).max() < widest(found, 5 * 128)


@pytest.fixture(scope="module")
def symmetric() -> tuple[xr.DataArray, xr.Dataset]:
    """A ring without a drift, and its response."""
    field = ring(drift=0.0, seed=4)
    return field, fluctua.respond(field, "u[x=0]", score="gaussian", **OPTIONS)


@pytest.mark.parametrize("reflect", ["x", "x:odd"])
def test_reflections_are_averaged_over(reflect: str, symmetric: tuple[xr.DataArray, xr.Dataset]) -> None:
    field, plain = symmetric
    found = fluctua.respond(field, "u[x=0]", score="gaussian", reflect=[reflect], **OPTIONS)
    impulse = found.impulse_response.values[0]
    np.testing.assert_allclose(impulse[:, 1:], impulse[:, :0:-1], atol=1e-12)
    # 20 lags at 9 different offsets: one run in a million may fail
    assert np.abs(errors(found, exact_response(LAGS, drift=0.0)[:, 0])).max() < widest(found, LAGS * 9)
    assert found.impulse_response_stderr[0, 1:].mean() < plain.impulse_response_stderr[0, 1:].mean()
    assert json.loads(found.attrs["reflections"]) == ["x"]
    assert json.loads(found.attrs["config"])["reflect"] == [reflect]


def test_a_record_keeps_single_precision_and_its_own_homogeneous_dimensions(
    field: xr.DataArray, gaussian: xr.Dataset
) -> None:
    values = field.values.astype(np.float32)
    record = Record(values, dt=0.5, field="u", dims=("x",), homogeneous=("x",))
    assert record.values.dtype == np.float32
    assert np.shares_memory(record.values, values)
    found = fluctua.respond(record, "u[x=0]", max_lag=10.0, score="gaussian")
    np.testing.assert_allclose(found.impulse_response, gaussian.impulse_response, atol=1e-4)


def test_a_function_is_a_score_of_flat_states(field: xr.DataArray) -> None:
    """A wrong one, too: the calibration mends what the linear functions can mend."""
    with pytest.warns(fluctua.FluctuaWarning, match="does not describe this record"):
        found = fluctua.respond(field, "u[x=0]", score=lambda state: -0.3 * state, **OPTIONS)
    assert found.attrs["score_method"] == "exact"
    assert found.attrs["stein_defect_before"] > 0.1 > found.attrs["stein_defect_after"]
    assert np.abs(errors(found, exact_response(LAGS)[:, 0])).max() < widest(found, LAGS * 16)


REFUSED: dict[str, tuple[dict[str, Any], type[FluctuaError], str]] = {
    "dimension": ({"homogeneous": ["lon"]}, OptionError, r"'lon' was given as a homogeneous.*dimensions x"),
    "time": ({"homogeneous": ["time"]}, OptionError, r"'time' was given as a homogeneous.*dimensions x"),
    "cell": ({"push": "u[x=16]"}, OptionError, r"push 'u\[x=16\]' is not a cell.*16 cells.*Did you mean 'u\[x=\d+\]'"),
    "no cell": ({"push": "tau"}, OptionError, r"push 'tau' is not a cell.*'u\[x=0\]'.*[Cc]hoose one"),
    "no push": ({"push": []}, OptionError, r"[Nn]o push was given"),
    "function": ({"push": {"kick": lambda x: x}}, OptionError, r"push 'kick' is a function.*one cell.*'u\[x=0\]'"),
    "observable of a cell": ({"observe": "u[x=3]**2"}, OptionError, r"u\[x=3\]"),
    "constant observable": ({"observe": "u > 1000"}, OptionError, r"'u > 1000' is 0 at every state.*threshold"),
    "undefined observable": (
        {"observe": "u**0.5"},
        OptionError,
        r"no finite value at [\d,]+ of 40,000 states.*positive whole",
    ),
    "observable of a wrong shape": (
        {"observe": {"a": lambda fields: fields[:, :, 0]}},
        OptionError,
        r"'a' has shape .*same shape",
    ),
    "observable of no parity": (
        {"observe": "u > 1", "reflect": "x:odd"},
        OptionError,
        r"'u > 1'.*[Ll]eave reflect out",
    ),
    "reflection": ({"reflect": ["z"]}, OptionError, r"reflection 'z' was given.*homogeneous are x.*reflect='x'"),
    "parity": ({"reflect": ["x:even"]}, OptionError, r"reflection 'x:even'.*':odd'"),
    "only reflection": ({"homogeneous": (), "reflect": "x"}, OptionError, r"no dimension was called homogeneous"),
    "family": ({"score": "mixture"}, ScoreError, r"'mixture'.*auto, .*gaussian.*network.*leave homogeneous out"),
    "typing error": ({"score": "gausian"}, ScoreError, r"score 'gausian'"),
    "degree": ({"dictionary_degree": 9}, OptionError, r"degree of the dictionary is 9.*1 to 8"),
    "lag": ({"max_lag": 0.1}, OptionError, r"lag is 0\.1.*at least one step"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_in_three_parts(field: xr.DataArray, case: str) -> None:
    options, error, message = REFUSED[case]
    with pytest.raises(error, match=message) as caught:
        fluctua.respond(field, **({"push": "u[x=0]", **OPTIONS} | options))
    assert all((caught.value.given, caught.value.needed, caught.value.remedy))
    assert "\n" not in str(caught.value)


COORDINATES: dict[str, tuple[Any, str]] = {
    "uneven": (np.arange(16.0) ** 2, r"'x' of the record is uneven: it goes from 0 to 1 at index 0.*evenly spaced"),
    "names": ([f"station {i}" for i in range(16)], r"'x' of the record holds .*not numbers.*evenly spaced"),
    "constant": (np.zeros(16), r"'x' of the record is uneven: it goes from 0 to 0"),
}


@pytest.mark.parametrize("case", COORDINATES)
def test_a_homogeneous_dimension_is_evenly_spaced(field: xr.DataArray, case: str) -> None:
    values, message = COORDINATES[case]
    with pytest.raises(DataError, match=message):
        fluctua.respond(field.assign_coords(x=values), "u[x=0]", **OPTIONS)


def test_a_descending_coordinate_has_negative_offsets(field: xr.DataArray, result: xr.Dataset) -> None:
    found = fluctua.respond(field.assign_coords(x=-field.x), "u[x=0]", score="gaussian", **OPTIONS)
    np.testing.assert_array_equal(found.x, -result.x)


def test_an_end_that_repeats_the_beginning_is_found(field: xr.DataArray) -> None:
    closed = xr.concat([field.drop_vars("x"), field.isel(x=0, drop=True)], dim="x")
    message = (
        r"'u\[x=0\]' and 'u\[x=16\]'.*last place along x is the first one again.*data\.isel\(x=slice\(None, -1\)\)"
    )
    for homogeneous in (OPTIONS["homogeneous"], ()):
        with pytest.raises(DataError, match=message):
            fluctua.respond(closed, "u[x=@0]", **{**OPTIONS, "homogeneous": homogeneous})
    open_end = closed.isel(x=slice(None, -1))
    found, right = (fluctua.respond(each, "u[x=0]", score="gaussian", **OPTIONS) for each in (open_end, field))
    np.testing.assert_array_equal(found.impulse_response, right.impulse_response)


def test_a_drift_of_the_whole_field_is_found(field: xr.DataArray) -> None:
    drifting = field + xr.DataArray(np.linspace(0, 6, field.sizes["time"]), dims="time")
    with pytest.raises(DataError, match=r"'the mean of u' of the record drifts"):
        fluctua.respond(drifting.rename("u"), "u[x=0]", **OPTIONS)
