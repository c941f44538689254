"""The answer given earlier states: its exact law where a part of a linear system is hidden, and what is refused."""

import json
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import xarray as xr

import fluctua
from fluctua.core import OptionError
from fluctua.data import Record
from fluctua.results import DelayMovement, ResponseResult

pytestmark = pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")

# One variable is recorded, the slower one that drives it is not; one step of the record is half a time unit.
STEPS = np.array([[0.3, 0.4], [0.0, 0.95]])
NOISE = np.array([0.5, 0.3])
COUNT, APART, LAGS = 4, 1, 8
# Bands have 20 degrees of freedom or more: a Student variable beyond 10 with so many has a probability of 3e-9.
MOST = 10.0


def drawn(seed: int, members: int, steps: int) -> np.ndarray:
    """Both variables, shape ``(member, time, 2)``."""
    noise = np.random.default_rng(seed).standard_normal((steps + 200, members, 2)) * NOISE
    states = [np.zeros((members, 2))]
    for each in noise:
        states.append(states[-1] @ STEPS.T + each)
    return np.stack(states[-steps:], axis=1)


def covariance(lag: int) -> float:
    """Of the recorded variable with itself."""
    equal = scipy.linalg.solve_discrete_lyapunov(STEPS, np.diag(NOISE**2))
    return float((np.linalg.matrix_power(STEPS, abs(lag)) @ equal)[0, 0])


def law(count: int) -> np.ndarray:
    """The coefficient of the present in the regression of a later value on it and so many earlier ones, by lag."""
    past = -APART * np.arange(count + 1)
    gram = np.array([[covariance(one - other) for one in past] for other in past])
    later = np.array([[covariance(lag - one) for lag in range(LAGS + 1)] for one in past])
    return np.asarray(np.linalg.solve(gram, later)[0])


def movement(result: ResponseResult) -> DelayMovement:
    (found,) = (each for each in result.diagnostics if isinstance(each, DelayMovement))
    return found


def ask(values: np.ndarray, **options: Any) -> ResponseResult:
    record = Record(values, dt=0.5, time_units="days", names=("x", "y")[: values.shape[2]])
    return fluctua.respond(record, max_lag=LAGS * 0.5, score="gaussian", **options)


@pytest.fixture(scope="module")
def hidden() -> ResponseResult:
    """Pushes of which the last is a combination of the others, which depends on the state."""
    pushes = {"kick": lambda x: jnp.ones(1), "damping": lambda x: -x, "both": lambda x: 2.0 + 3.0 * x}
    values = drawn(0, 8, 1000)[..., :1]
    return ask(values, push=pushes, observe=["x", "x**2"], delays=f"{COUNT},{APART / 2}", dictionary_degree=2)


@pytest.fixture(scope="module")
def whole() -> ResponseResult:
    """A record of both variables."""
    return ask(drawn(1, 4, 600), push="x", delays=(0, 1.0))


def test_the_answer_is_the_coefficient_of_the_present_given_the_past(hidden: ResponseResult) -> None:
    exact = {"x": law(COUNT), "x**2": -2 * law(COUNT) * [covariance(lag) for lag in range(LAGS + 1)]}
    for push, observable in (("kick", "x"), ("damping", "x**2")):
        place = {"push": push, "observable": observable}
        error = hidden.robust_response.sel(place) - exact[observable]
        assert float(np.abs(error / np.maximum(hidden.robust_response_stderr.sel(place), 1e-6)).max()) < MOST


def test_the_table_has_the_law_of_every_number_of_earlier_states(hidden: ResponseResult) -> None:
    assert hidden.delay_response.dims == ("push", "delays", "lag", "observable")
    assert hidden.delay_step_response_stderr.dims == ("push", "delays", "lag", "observable")
    assert list(hidden.delays.values) == [0, 1, 2, 4]
    assert hidden.delays.attrs["long_name"] == "number of earlier states, 0.5 days apart"
    place = {"push": "kick", "observable": "x"}
    for count in hidden.delays.values:
        value, stderr = (
            hidden[name].sel(place | {"delays": count}) for name in ("delay_response", "delay_response_stderr")
        )
        assert float((np.abs(value - law(count)) / np.maximum(stderr, 1e-6)).max()) < MOST
    np.testing.assert_array_equal(hidden.delay_response.sel(delays=COUNT), hidden.robust_response)
    step = scipy.integrate.cumulative_trapezoid(hidden.delay_response, dx=0.5, axis=2, initial=0)
    np.testing.assert_allclose(hidden.delay_step_response, step, atol=1e-12)


def test_the_movement_is_said_with_its_numbers_and_as_a_bound(hidden: ResponseResult) -> None:
    found = movement(hidden)
    assert (found.count, found.apart, found.level) == (COUNT, "0.5 days", "caution")
    assert found.p_value < 0.05
    assert found.errors > 4  # about twenty are expected
    assert f"{found.errors:.1f} standard errors of the movement" in found.text
    assert "a lower bound of what hidden variables do to it, not a correction" in found.text


def test_the_answer_is_linear_in_the_push(hidden: ResponseResult) -> None:
    for name in ("gaussian_response", "plug_in_response"):
        kick, damping, both = (hidden[name].sel(push=push).values for push in ("kick", "damping", "both"))
        np.testing.assert_allclose(both, 2 * kick - 3 * damping, rtol=0, atol=1e-6)


def test_names_and_times_are_those_of_the_record(hidden: ResponseResult, tmp_path: Path) -> None:
    assert list(hidden["variable"].values) == ["x"]
    assert json.loads(hidden.attrs["config"])["delays"] == [COUNT, 0.5]
    page = hidden.report(tmp_path / "report.html").read_text()
    assert "With more and less history" in page
    assert "<th>Earlier states</th><th>0</th><th>1</th><th>2</th><th>4</th>" in page


def test_a_record_of_the_whole_state_moves_by_no_more_than_noise(whole: ResponseResult) -> None:
    """A movement is in its own standard errors, of 20 degrees of freedom or more; two curves of 8 lags."""
    found = movement(whole)
    assert found.errors < MOST
    assert (found.count, found.apart) == (4, "1 days")
    assert list(whole["variable"].values) == ["x", "y"]


def test_no_earlier_state_is_the_answer_without_the_option(whole: ResponseResult) -> None:
    plain = ask(drawn(1, 4, 600), push="x")
    for name in plain.data_vars:
        np.testing.assert_array_equal(plain[name], whole[name])
    assert list(whole.delays.values) == [0, 1, 2, 4]
    assert "delays" not in plain


@pytest.mark.parametrize(
    ("delays", "message"),
    [
        ("4", r"delays=4 was given; a whole number of earlier states and the time between them in days .*\(4, 0\.5\)"),
        ("a,b", r"delays='a,b' was given"),
        ((2.5, 0.5), r"delays=\(2\.5, 0\.5\) was given"),
        ((-1, 0.5), r"delays=\(-1, 0\.5\) was given"),
        ((4, 0.7), r"are 0\.7 days apart; .* steps of the record, 0\.5 days each\. Give delays=\(4, 0\.5\) or 4,1\."),
        ((4, 0.0), r"are 0 days apart; .* Give delays=\(4, 0\.5\) or 4,1\."),
        ((4, float("inf")), r"are inf days apart"),
        ((4, 10.0), r"takes 80 of the 120 steps of each member; 50 have to be left.* Give delays=\(3, 10\)\."),
        ((1, 40.0), r"takes 80 of the 120 steps .* Give less time between the states, or longer members\."),
    ],
)
def test_what_is_no_history_is_refused(delays: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        ask(drawn(3, 8, 120)[..., :1], push="x", delays=delays)


def test_what_does_not_go_together_with_earlier_states_is_refused() -> None:
    with pytest.raises(OptionError, match=r"score of 2 variables was given together with delays; .* its history"):
        fluctua.respond(Record(drawn(3, 8, 120), dt=0.5), "x0", max_lag=4.0, delays=(2, 0.5), score=lambda x: -x)
    with pytest.raises(OptionError, match=r"measurement_noise=True was given together with delays"):
        ask(drawn(3, 8, 120), push="x", delays=(2, 0.5), measurement_noise=True)
    field = np.random.default_rng(0).standard_normal((2, 60, 8))
    data = xr.DataArray(field, dims=("member", "time", "y"), coords={"time": np.arange(60.0)}, name="u").to_dataset()
    with pytest.raises(
        OptionError, match=r"delays=\(1, 1\) was given for a field that is homogeneous along y; only a list"
    ):
        fluctua.respond(data, "u[y=0]", max_lag=5.0, homogeneous=["y"], delays="1,1", variable="u")
