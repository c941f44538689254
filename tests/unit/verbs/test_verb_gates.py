"""What no answer can be right for is refused by cause, the advice leads to a right answer, and the rest passes."""

from typing import Any

import numpy as np
import pytest
import scipy.signal
import xarray as xr

import fluctua
from fluctua import FluctuaError
from fluctua.response import Responses, respond_to_pushes

KEPT = 0.8


def record(**columns: np.ndarray) -> xr.Dataset:
    return xr.Dataset({name: ("time", values) for name, values in columns.items()}, {"time": np.arange(3000.0)})


@pytest.fixture(scope="module")
def smooth() -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal(3000)
    return np.asarray(scipy.signal.lfilter([np.sqrt(1 - KEPT**2)], [1, -KEPT], noise))


def answer(data: xr.Dataset, push: str, observe: str, **options: Any) -> Any:
    return fluctua.respond(data, push, observe, max_lag=5, score="gaussian", **options)


@pytest.mark.parametrize(
    ("name", "what"),
    [("on", "takes 2 different values"), ("counts", "different values"), ("rain", "is exactly 0 in")],
)
@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_a_push_on_what_has_no_density_is_refused_and_the_advice_is_right(
    smooth: np.ndarray, name: str, what: str
) -> None:
    noise = 0.3 * np.random.default_rng(3).standard_normal(3000)
    singular = {
        "on": (smooth + noise > 0.5) * 1.0,
        "counts": np.clip(np.round(2 * smooth), -3, 3),
        "rain": np.where(smooth > 0.1, smooth**2, 0.0),
    }
    data = record(x=smooth, **{name: singular[name]})
    with pytest.raises(FluctuaError, match=what) as refused:
        answer(data if name == "on" else data[[name]], name, name)
    assert (f"state='x', observe='{name}'" in str(refused.value)) == (name == "on")
    found = answer(data, "x", name, state=["x"])
    assert found.observables == [name]
    # P(x + noise > 0.5) answers at once with its slope, the density of x + noise there.
    if name == "on":
        spread = np.sqrt(1.09)
        slope = np.exp(-0.5 * (0.5 / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
        assert abs(float(found.robust_response[0, 0, 0]) - slope) < 0.08


def test_a_function_of_the_state_is_an_observable(smooth: np.ndarray) -> None:
    data = record(x=smooth, above=(smooth > 0.5) * 1.0)
    with pytest.raises(FluctuaError, match="state='x', observe='above'"):
        answer(data, "x", "above")
    found, plain = answer(data, "x", "above", state=["x"]), answer(record(x=smooth), "x", "x > 0.5")
    np.testing.assert_allclose(found.impulse_response, plain.impulse_response, atol=1e-9)


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_the_numbers_can_be_seen_all_the_same(smooth: np.ndarray) -> None:
    data = record(
        x=smooth, y=np.random.default_rng(1).permutation(smooth), on=np.random.default_rng(4).integers(0, 2, 3000) * 1.0
    )
    assert answer(data, "on", "on", allow_unreliable=True).pushes == ["on"]


@pytest.mark.parametrize("function", [lambda x: x**2, lambda x: np.log(x + 20), np.exp, lambda x: x**3 - x])
def test_a_column_that_is_a_function_of_others_is_refused_and_can_be_dropped(function: Any, smooth: np.ndarray) -> None:
    data = record(x=smooth, other=function(smooth))
    with pytest.raises(FluctuaError, match="is a function of"):
        answer(data, "x", "x")
    assert abs(float(answer(data, "x", "x", drop=["other"]).impulse_response[0, 1, 0]) - KEPT) < 0.1


def test_of_a_threshold_and_its_variable_the_threshold_goes(smooth: np.ndarray) -> None:
    with pytest.raises(FluctuaError, match=r"'above' is a function of 'x'.*state='x', observe='above'"):
        answer(record(above=(smooth > 0.5) * 1.0, x=smooth), "x", "x")


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_nearly_a_function_is_none(smooth: np.ndarray) -> None:
    noise = np.random.default_rng(2).standard_normal(3000)
    found = answer(record(x=smooth, other=smooth**2 + 0.5 * noise), "x", "x")
    assert np.isfinite(found.impulse_response).all()


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_an_answer_whose_identities_fail_by_far_is_refused(smooth: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """A calibration that is six times the push away from the identity of the linear functions is planted."""

    def planted(*arguments: Any, **options: Any) -> Responses:
        found = respond_to_pushes(*arguments, **options)
        return found._replace(defect_after=found.defect_after + 6.0)

    monkeypatch.setattr("fluctua.verbs._answers.respond_to_pushes", planted)
    with pytest.raises(FluctuaError, match=r"by more than 500%.*no smooth density"):
        answer(record(x=smooth), "x", "x")
    walk = np.cumsum(np.random.default_rng(5).standard_normal(3000))
    with pytest.raises(FluctuaError, match=r"only about \d+ independent states: .*random walk.* [Tt]ake differences"):
        answer(record(x=walk), "x", "x")
    assert answer(record(x=smooth), "x", "x", allow_unreliable=True).pushes == ["x"]


def test_of_two_columns_that_follow_from_each_other_the_later_one_is_left_out(smooth: np.ndarray) -> None:
    with pytest.raises(FluctuaError, match="state='p', observe='lp'"):
        answer(record(p=np.exp(smooth), lp=smooth), "p", "p")


def test_a_state_that_is_not_there_is_refused(smooth: np.ndarray) -> None:
    with pytest.raises(FluctuaError, match="Choose among x"):
        answer(record(x=smooth), "x", "x", state=["z"])


def test_noise_is_not_kept_out_of_what_forgets_itself_within_a_step(smooth: np.ndarray) -> None:
    """The state before stands for the state: of white noise it tells nothing; the answer was zero without a band."""
    rng = np.random.default_rng(7)
    data = record(x=smooth + 0.5 * rng.standard_normal(3000), white=rng.standard_normal(3000))
    with pytest.raises(FluctuaError, match=r"kept out of 'white'.*Leave 'white' out of the state \(state='x'\)"):
        answer(data, "x", "x", measurement_noise=True)
    with pytest.raises(FluctuaError, match=r"Leave measurement_noise=True out, or give a record with shorter steps"):
        answer(data[["white"]], "white", "white", measurement_noise=True)
    found = answer(data, "x", "x", measurement_noise=True, state=["x"])
    inside = (
        np.abs(found.robust_response[0, :, 0] - KEPT ** np.arange(6)) < 5 * found.robust_response_stderr[0, :, 0] + 1e-9
    )
    assert inside.all()
    assert float(found.robust_response_stderr[0, 1, 0]) > 0
