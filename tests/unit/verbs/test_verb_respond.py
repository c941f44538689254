"""The main verb: what a result holds, what it repeats, and what it refuses."""

import itertools
import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import xarray as xr
from scipy.signal import lfilter

import fluctua
from fluctua.core import FluctuaError, FluctuaWarning, OptionError, ScoreError
from fluctua.data import Record
from fluctua.results import EffectiveSize, LeadingEstimate, ResponseResult

QUICK: dict[str, Any] = {"max_lag": 1.0, "score": "gaussian"}


@pytest.fixture(scope="module")
def result(triad: xr.Dataset) -> ResponseResult:
    return fluctua.respond(triad, ["x1", "x3"], ["x1", "x2**2", "x3 > 0.5"], **QUICK)


def test_the_result_has_its_dimensions_and_finite_numbers(result: ResponseResult) -> None:
    tables = ["impulse_response", "step_response", "gaussian_response", "impulse_response_stderr"]
    tables += ["robust_response", "robust_response_stderr", "markov_response", "markov_response_stderr"]
    banded = ("impulse_response", "impulse_response_outer", "step_response", "step_response_outer")
    banded += ("gaussian_response", "simultaneous")
    tables += [f"{name}_{side}" for name in banded for side in ("lower", "upper")]
    assert "combination_weight" not in result
    for name in tables:
        assert result[name].dims == ("push", "lag", "observable")
        assert result[name].shape == (2, 11, 3)
        assert np.isfinite(result[name]).all()
    np.testing.assert_allclose(result.lag, np.arange(11) * 0.1, atol=1e-12)
    assert list(result.push.values) == ["x1", "x3"]
    assert list(result.observable.values) == ["x1", "x2**2", "x3 > 0.5"]


def test_the_step_response_is_the_running_integral_of_the_impulse_response(result: ResponseResult) -> None:
    expected = scipy.integrate.cumulative_trapezoid(result.impulse_response, dx=0.1, axis=1, initial=0)
    np.testing.assert_allclose(result.step_response, expected, atol=1e-12)


def test_what_leads_is_the_markov_estimate_or_the_robust_one(result: ResponseResult) -> None:
    leads = result.headline
    assert leads.dims == result.markov_p_value.dims == result.markov_step.dims == ("push", "observable")
    assert set(np.ravel(leads)) <= {"markov", "robust"}
    kinds = set(np.ravel(leads))
    assert result.attrs["headline"] == (kinds.pop() if len(kinds) == 1 else "mixed")
    assert ((result.markov_p_value >= 0) & (result.markov_p_value <= 1)).all()
    together = min(1.0, result.markov_p_value.size * float(result.markov_p_value.min()))
    # That of the whole record adds the test whether the past helps to forecast.
    both = min(1.0, 2 * min(together, result.attrs["memory_p_value"]))
    assert result.attrs["markov_p_value"] == pytest.approx(both)
    # A step is a whole number of steps of the record.
    steps = np.asarray(result.markov_step / 0.1)
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
    assert (steps >= 1).all()
    (said,) = (each for each in result.diagnostics if isinstance(each, LeadingEstimate))
    assert len(said.markov) == int((leads == "markov").sum())
    # Whatever leads is moved by no more than one and a half standard errors, half of which the band knows of.
    led = xr.where(leads == "markov", result.markov_response, result.robust_response)
    moved = np.abs(result.impulse_response - led)
    assert (moved <= 1.5 * result.impulse_response_stderr + 1e-12).all()


def test_bands_are_nested_and_the_outer_one_holds_that_of_the_robust_estimate(result: ResponseResult) -> None:
    for name in ("impulse_response", "step_response"):
        outer_lower, lower, value, upper, outer_upper = (
            result[f"{name}{suffix}"] for suffix in ("_outer_lower", "_lower", "", "_upper", "_outer_upper")
        )
        for one, other in itertools.pairwise((outer_lower, lower, value, upper, outer_upper)):
            assert (one <= other).all()
    assert (result.simultaneous_lower <= result.impulse_response_lower).all()
    assert (result.simultaneous_upper >= result.impulse_response_upper).all()
    # Each limit of the outer band is one of the inner band, or of the band that has the robust estimate at its centre.
    widths = []
    for side, sign, furthest in (("lower", -1, np.minimum), ("upper", 1, np.maximum)):
        outer, inner = result[f"impulse_response_outer_{side}"], result[f"impulse_response_{side}"]
        own = np.asarray(outer != inner)
        stderr = np.where(result.robust_response_stderr > 1e-9, result.robust_response_stderr, np.inf)
        widths.append(np.where(own, sign * (outer - result.robust_response) / stderr, np.nan))
        assert (furthest(outer, result.robust_response) == outer).all()
    widest = scipy.stats.t.ppf(0.975, 4)
    found = np.concatenate([np.ravel(width) for width in widths])
    found = found[np.isfinite(found) & (found > 0)]
    assert len(found)
    assert np.all((found > scipy.stats.norm.ppf(0.975) - 1e-9) & (found < widest))


def test_the_response_of_a_variable_to_a_push_on_itself_begins_at_one(result: ResponseResult) -> None:
    for push, observable, start in (("x1", "x1", 1.0), ("x3", "x1", 0.0)):
        at_once = result.sel(push=push, observable=observable).isel(lag=0)
        for name in ("impulse_response", "robust_response", "markov_response", "gaussian_response"):
            assert float(at_once[name]) == pytest.approx(start, abs=1e-8)
        for name in ("impulse_response_outer_upper", "impulse_response_outer_lower"):
            assert float(at_once[name]) == pytest.approx(start, abs=1e-8)


def test_the_band_of_the_step_response_is_not_the_integral_of_the_band(result: ResponseResult) -> None:
    """Errors at different lags partly cancel: the band is no wider than the integral of bands, mostly narrower.

    What the trapezoidal rule misses comes on top, in quadrature: at most its difference from the coarser one.
    """
    width = (result.impulse_response_upper - result.impulse_response_lower).values
    integral = scipy.integrate.cumulative_trapezoid(width, dx=0.1, axis=1, initial=0)
    step = (result.step_response_upper - result.step_response_lower).values
    bends = np.abs(np.diff(result.impulse_response.values, n=2, axis=1)).sum(axis=1, keepdims=True)
    missed = 2 * scipy.stats.t.ppf(0.975, 4) * 0.25 * 0.1 * bends
    assert np.all(step <= integral * (1 + 1e-9) + missed + 1e-12)
    assert np.mean(step[:, -1] < 0.99 * integral[:, -1]) > 0.5
    assert np.all(step[:, -1] > 0.05 * integral[:, -1])


@pytest.mark.parametrize("score", [pytest.param("auto", marks=pytest.mark.slow), "dictionary"])
def test_the_same_seed_gives_identical_bytes(short_well: xr.Dataset, score: str) -> None:
    one, again = (fluctua.respond(short_well, "x", ["x", "x**2"], max_lag=1.0, score=score, seed=5) for _ in range(2))
    for name in one.variables:
        assert one[name].values.tobytes() == again[name].values.tobytes()
    assert {k: v for k, v in one.attrs.items() if k != "created"} == {
        k: v for k, v in again.attrs.items() if k != "created"
    }


def test_the_seed_reaches_the_random_choices(short_well: xr.Dataset) -> None:
    one, other = (fluctua.respond(short_well, "x", max_lag=1.0, score="kgmm", seed=seed) for seed in (0, 1))
    assert not np.array_equal(one.impulse_response, other.impulse_response)
    np.testing.assert_array_equal(one.gaussian_response, other.gaussian_response)


def test_functions_do_what_their_names_do(triad: xr.Dataset) -> None:
    named = fluctua.respond(triad, "x2", ["x1*x3", "x2 > 0"], **QUICK)
    functions = fluctua.respond(
        triad,
        {"second": lambda x: 0 * x + np.array([0.0, 1.0, 0.0])},
        {"product": lambda x: x[..., 0] * x[..., 2], "positive": lambda x: x[..., 1] > 0},
        **QUICK,
    )
    assert list(functions.push.values) == ["second"]
    assert list(functions.observable.values) == ["product", "positive"]
    np.testing.assert_allclose(functions.impulse_response.values, named.impulse_response.values, atol=1e-8)


def test_names_of_your_choice_for_variables_and_expressions(triad: xr.Dataset) -> None:
    named = fluctua.respond(triad, {"kick": "x2"}, {"energy": "x1**2"}, **QUICK)
    plain = fluctua.respond(triad, "x2", "x1**2", **QUICK)
    assert (named.push.item(), named.observable.item()) == ("kick", "energy")
    np.testing.assert_array_equal(named.impulse_response, plain.impulse_response)


def test_a_record_and_a_dataset_are_the_same_data(triad: xr.Dataset) -> None:
    values = np.stack([triad[name].values for name in ("x1", "x2", "x3")], axis=1)[None]
    record = Record(values, dt=0.1, names=("x1", "x2", "x3"))
    one, other = (fluctua.respond(data, "x1", **QUICK) for data in (triad, record))
    np.testing.assert_allclose(one.impulse_response, other.impulse_response, atol=1e-12)


def test_a_field_responds_as_a_field() -> None:
    rng = np.random.default_rng(6)
    noise = rng.standard_normal((3000, 2, 3))
    field = xr.DataArray(
        lfilter([1.0], [1.0, -0.5], noise, axis=0),
        dims=("time", "y", "x"),
        coords={"time": np.arange(3000.0), "y": [10.0, 20.0], "x": [0.0, 1.0, 2.0]},
        name="u",
    )
    result = fluctua.respond(field, "u[y=1,x=2]", max_lag=3.0, score="gaussian", dictionary_degree=1)
    assert result.impulse_response.dims == ("push", "lag", "y", "x")
    assert result.impulse_response.shape == (1, 4, 2, 3)
    np.testing.assert_array_equal(result.y, [10.0, 20.0])
    at_zero = np.zeros((2, 3))
    at_zero[1, 2] = 1.0
    np.testing.assert_allclose(result.gaussian_response[0, 0], at_zero, atol=0.1)
    some = fluctua.respond(field, "u[y=1, x=2]", "u[y=1,x=2]", max_lag=3.0, score="gaussian", dictionary_degree=1)
    assert some.impulse_response.dims == ("push", "lag", "observable")
    np.testing.assert_allclose(some.gaussian_response[0, :, 0], result.gaussian_response[0, :, 1, 2], atol=1e-9)


def test_the_attributes_say_how_it_was_made(result: ResponseResult) -> None:
    config = json.loads(result.attrs["config"])
    assert config["push"] == ["x1", "x3"]
    assert (config["max_lag"], config["score"], config["seed"]) == (1.0, "gaussian", 0)
    assert result.attrs["score_method"] == "gaussian"
    assert "giorgini2024response" in result.attrs["citations"]
    assert json.loads(result.attrs["warnings"]) == []
    assert {entry["level"] for entry in json.loads(result.attrs["diagnostics"])} <= {"good", "caution", "warning"}
    assert 100 < result.attrs["effective_sample_size"] < 2500


def test_short_records_are_warned_about_and_the_warning_is_kept() -> None:
    values = np.random.default_rng(7).standard_normal((1, 80, 1))
    record = Record(values, dt=1.0, names=("x",))
    with pytest.warns(FluctuaWarning) as caught:
        found = fluctua.respond(record, "x", max_lag=5.0, score="gaussian")
    (size,) = (each for each in found.diagnostics if isinstance(each, EffectiveSize))
    assert size.warning
    assert size.size < 100
    assert size.warning in found.warnings
    assert json.loads(found.attrs["warnings"]) == [str(w.message) for w in caught]


REFUSED: dict[str, tuple[dict[str, Any], type[FluctuaError], str]] = {
    "push": ({"push": "x11"}, OptionError, r"push 'x11' is not a state variable.*'x1', 'x2', 'x3'.*Did you mean 'x"),
    "no push": ({"push": []}, OptionError, r"[Nn]o push was given.*at least one"),
    "observable": ({"observe": "x1 + z"}, OptionError, r"names 'z'.*'x1', 'x2', 'x3'"),
    "no observable": ({"observe": []}, OptionError, r"[Nn]o observable was given"),
    "observable of a wrong shape": ({"observe": {"a": lambda x: x}}, OptionError, r"'a' has shape .*last axis"),
    "constant observable": ({"observe": "x1 > 1000"}, OptionError, r"'x1 > 1000' is 0 at every state.*threshold"),
    "undefined observable": (
        {"observe": "x1**0.5"},
        OptionError,
        r"no finite value at 8,\d+ of 15,000 states.*positive whole",
    ),
    "lag of zero": ({"max_lag": 0.0}, OptionError, r"lag is 0 .*at least one step.*0\.1"),
    "negative lag": ({"max_lag": -3.0}, OptionError, r"lag is -3 .*at least one step"),
    "lag that is no number": ({"max_lag": float("nan")}, OptionError, r"lag is nan .*at least one step"),
    "infinite lag": ({"max_lag": float("inf")}, OptionError, r"lag is inf .*at least one step"),
    "lag beyond the record": ({"max_lag": 1600.0}, OptionError, r"lag is 1600.*shorter than the record"),
    "confidence": ({"confidence": 1.5}, OptionError, r"confidence is 1\.5.*between 0 and 1.*0\.95"),
    "degree": ({"dictionary_degree": 0}, OptionError, r"degree of the dictionary is 0.*1 to 8"),
    "seed": ({"seed": -1}, OptionError, r"seed is -1.*zero or a positive"),
    "score": ({"score": "neural"}, ScoreError, r"score 'neural'.*gaussian, .*mixture"),
    "score file": ({"score": "no/such.safetensors"}, ScoreError, r"no/such\.safetensors' does not exist"),
    "score of another kind": ({"score": 3.0}, ScoreError, r"score is a float.*function of one state"),
    "score that is not finite": ({"score": lambda x: x / 0.0}, ScoreError, r"finite values: False"),
    "homogeneous": ({"homogeneous": ["x"]}, OptionError, r"'x' was given as a homogeneous dimension.*gridded variable"),
    "anomaly without dates": (
        {"anomaly": "month"},
        FluctuaError,
        r"not a date.*cycle of the calendar needs the date.*with cycle",
    ),
    "variable": ({"variable": "z"}, OptionError, r"'z'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_in_three_parts(triad: xr.Dataset, case: str) -> None:
    options, error, message = REFUSED[case]
    arguments: dict[str, Any] = {"push": "x1", **QUICK} | options
    with pytest.raises(error, match=message) as caught:
        fluctua.respond(triad, **arguments)
    assert all((caught.value.given, caught.value.needed, caught.value.remedy))
    assert "\n" not in str(caught.value)


SHAPES = """
import fluctua
record = fluctua.simulate("ornstein-uhlenbeck", duration=200.0, seed=3)
for options in ({"push": {"kick": lambda x: x[:2]}}, {"push": "x1", "score": lambda x: x[:1]}):
    try:
        fluctua.respond(record, **{"score": "gaussian", "max_lag": 1.0, **options})
    except fluctua.FluctuaError as error:
        print(error)
"""


def test_functions_of_a_wrong_shape_are_refused() -> None:
    """In a process of its own, without the shape checks of the test run, as users have it."""
    done = subprocess.run([sys.executable, "-c", SHAPES], capture_output=True, text=True, timeout=120)
    push, score = done.stdout.splitlines()
    assert re.search(r"push 'kick' has shape \(2,\); .*\(3,\).*Return one value for each of 'x1', 'x2', 'x3'", push)
    assert re.search(r"score of the first states has shape \(1,\).*\(3,\).*Check the function", score)


def test_features_say_which_functions_there_are(triad: xr.Dataset) -> None:
    """Linear ones alone are the classical response; two words for the same thing are refused."""
    found = fluctua.respond(triad, "x1", ["x1"], max_lag=1.0, score="gaussian", features="linear")
    assert found.attrs["calibration_functions"] == 3
    np.testing.assert_allclose(found.robust_response, found.gaussian_response, atol=2e-3)
    for options, word in [
        ({"features": "cubic"}, "there are auto"),
        ({"dictionary_degree": 2}, "Leave features or dictionary_degree out"),
    ]:
        with pytest.raises(fluctua.FluctuaError, match=word):
            fluctua.respond(triad, "x1", max_lag=1.0, **{"features": "linear", **options})
