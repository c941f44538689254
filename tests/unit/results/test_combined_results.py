"""Sums and differences of responses have the band of what they are; results survive files, pickling and each other."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluctua
from fluctua import FluctuaError
from fluctua.data import Record, read_record
from fluctua.results import ResponseResult

CURVES = (
    "impulse_response", "impulse_response_lower", "impulse_response_stderr", "step_response_upper",
    "simultaneous_lower", "impulse_response_outer_lower", "robust_response", "robust_response_stderr",
)  # fmt: skip


def _record(seed: int = 0, steps: int = 1500, source: str = "") -> xr.Dataset:
    rng = np.random.default_rng(seed)
    states = np.zeros((steps, 2))
    for step in range(1, steps):
        x, y = states[step - 1]
        states[step] = (0.8 * x + 0.2 * y, 0.6 * y - 0.02 * x**3)
        states[step] += 0.5 * rng.standard_normal(2)
    time = ("time", np.arange(steps) * 0.5, {"units": "days"})
    columns = {
        "x": ("time", states[:, 0], {"units": "K"}),
        "y": ("time", states[:, 1], {"units": "hPa"}),
    }
    return xr.Dataset(columns, {"time": time}, {"source": source} if source else {})


def _answer(record: xr.Dataset | Record, **options: object) -> ResponseResult:
    return fluctua.respond(record, ["x", "y"], ["x", "y"], **({"max_lag": 4.0} | options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def result() -> ResponseResult:
    return _answer(_record())


def test_a_difference_with_itself_is_nothing_and_the_mean_with_itself_the_same(result: ResponseResult) -> None:
    nothing, mean = result - result, (result + result) / 2
    assert float(np.abs(nothing.impulse_response).max()) == 0.0
    assert float(nothing.impulse_response_stderr.max()) == 0.0
    for name in CURVES:
        np.testing.assert_allclose(mean[name], result[name], rtol=0, atol=1e-12, err_msg=name)
    np.testing.assert_allclose((-result).impulse_response_lower, -result.impulse_response_upper, rtol=0, atol=1e-6)


def test_the_difference_of_two_pushes_is_the_response_to_their_difference() -> None:
    """An independent route: both estimators are linear in the push. Largest lag and states are the same."""
    record = _record()
    record["y"].attrs["units"] = "K"
    pushed = fluctua.respond(record, {"apart": {"x": 1.0, "y": -1.0}}, ["x", "y"], max_lag=4.0)
    result = _answer(record)
    found = result.choose(push="x") - result.choose(push="y")
    assert found.pushes == ["x - y"]
    np.testing.assert_allclose(found.robust_response, pushed.robust_response, rtol=0, atol=1e-9)
    stderr = pushed.robust_response_stderr.values
    # The number of cosines may differ, which moves a standard error by its own chance.
    assert np.all(np.abs(found.robust_response_stderr.values - stderr) <= 0.5 * stderr + 1e-9)


def test_independent_records_add_variances(result: ResponseResult) -> None:
    other = _answer(_record(1, steps=2000))
    found = result - other
    np.testing.assert_allclose(found.impulse_response, result.impulse_response - other.impulse_response, atol=1e-12)
    expected = np.hypot(result.impulse_response_stderr, other.impulse_response_stderr)
    np.testing.assert_allclose(found.impulse_response_stderr, expected, rtol=1e-5, atol=1e-7)
    assert any("independent" in each.text for each in found.diagnostics)
    wide = found.impulse_response_upper - found.impulse_response
    assert np.all(wide >= 1.9 * expected - 1e-6)


def test_records_side_by_side_share_their_noise() -> None:
    """The difference of two answers from nearly the same record has next to no error."""
    record = _record()
    beside = record.copy(deep=True)
    beside["x"] = beside["x"] + 1e-6 * np.random.default_rng(1).standard_normal(beside.sizes["time"])
    one, two = _answer(record), _answer(beside)
    found = one - two
    assert float(found.robust_response_stderr.max()) < 1e-2 * float(one.robust_response_stderr.max())


def part_of(record: Record, first: int, last: int) -> Record:
    start = record.start + first * record.dt
    return replace(record, values=record.values[:, first:last], start=start)


def test_one_record_cut_in_two_ways_is_refused(result: ResponseResult, tmp_path: Path) -> None:
    shorter = _answer(_record(), max_lag=3.0)
    with pytest.raises(FluctuaError, match="same largest lag"):
        result - shorter
    path = tmp_path / "one.nc"
    _record(steps=2000).to_netcdf(path)
    parts = []
    for first, last in ((0, 1000), (800, 1900), (1000, 2000)):
        part = read_record(path)
        parts.append(_answer(part_of(part, first, last)))
    with pytest.raises(FluctuaError, match=r"Both results rest on one\.nc"):
        parts[0] - parts[1]
    found = parts[0] - parts[2]  # the first half and the second
    expected = np.hypot(parts[0].impulse_response_stderr, parts[2].impulse_response_stderr)
    assert np.all(found.impulse_response_stderr <= 1.5 * expected + 1e-9)


def test_parts_of_one_record_that_overlap_are_refused_wherever_they_come_from() -> None:
    """States in memory have no file: they are known by their values, also where the parts are equally long."""
    states = np.stack([_record(3, 1200)[name].values for name in ("x", "y")], axis=1)
    whole, later, shifted = states, states[100:], states[100:1100]
    answers = [fluctua.respond(part, "x0", max_lag=3) for part in (whole, later, shifted, states[:1000])]
    for one, other in ((0, 1), (2, 3), (1, 2)):
        with pytest.raises(FluctuaError, match="the same record"):
            answers[one] - answers[other]


def test_other_times_and_spreads_are_refused() -> None:
    daily, hourly = _record(1), _record(2)
    hourly["time"].attrs["units"] = "hours"
    with pytest.raises(FluctuaError, match="9 up to 4 days and the other 9 up to 4 hours"):
        _answer(daily) - _answer(hourly)
    bare = np.random.default_rng(0).standard_normal((600, 2))
    one, other = (fluctua.respond(bare, push, max_lag=2) for push in ("x0", "sd(x0)"))
    with pytest.raises(FluctuaError, match="push units"):
        one - other


def test_numbers_of_numpy_and_sums_of_python(result: ResponseResult) -> None:
    doubled, added = np.float64(2.0) * result, sum([result, result], start=0 * result)
    assert sum([result]) is result
    for each in (doubled, added):
        np.testing.assert_allclose(each.impulse_response, 2 * result.impulse_response, rtol=1e-12)
        np.testing.assert_allclose(each.impulse_response_stderr, 2 * result.impulse_response_stderr, atol=1e-9)
    for wrong in (0.0, np.nan):
        with pytest.raises(FluctuaError, match="finite"):
            result / wrong if wrong == 0 else result * wrong
    x, y = (result.choose(observable=name) for name in ("x", "y"))
    assert "units" in _message(lambda: x - y)


def _message(call: Callable[[], object]) -> str:
    with pytest.raises(FluctuaError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize("given", ["text", {"a": 1}, [1], []])
def test_what_is_no_list_of_results_is_refused(given: object) -> None:
    assert "list" in _message(lambda: fluctua.concat(given))  # type: ignore[arg-type]


def test_other_units_are_refused(result: ResponseResult) -> None:
    record = _record(2)
    record["x"].attrs["units"] = "degF"
    with pytest.raises(FluctuaError, match="units"):
        result - _answer(record)


def test_a_table_is_combined_by_its_bands_and_says_so(result: ResponseResult, tmp_path: Path) -> None:
    """It holds no errors of whole curves: the band of a sum is the widest that both allow."""
    result.save(tmp_path / "answer.csv")
    bare = fluctua.load_response(tmp_path / "answer.csv")
    found, exact = bare + bare, result + result
    np.testing.assert_allclose(found.step_response_upper, exact.step_response_upper, atol=1e-9)
    assert any("the widest" in each for each in found.warnings)
    difference = bare - result
    expected = 2 * result.impulse_response_stderr
    np.testing.assert_allclose(difference.impulse_response_stderr, expected, atol=1e-12)


def test_units_are_those_of_the_observable_for_one_of_the_push(result: ResponseResult) -> None:
    table = result.to_dataframe().set_index(["push", "observable", "lag"])
    assert table.loc[("x", "x", 0.0), "units"] == "1"
    assert table.loc[("y", "x", 0.0), "units"] == "K (hPa)-1"
    assert table.loc[("y", "x", 0.0), "step_units"] == "K (hPa)-1 days"
    assert result.choose(push="y", observable="x").to_dataframe().shape[0] == 9
    alone = fluctua.respond(_record(), "y", ["x"], max_lag=1.0)
    assert alone.impulse_response.attrs["units"] == "K (hPa)-1"
    assert alone.step_response.attrs["units"] == "K (hPa)-1 days"
    given = fluctua.respond(_record(), "y", ["x"], max_lag=1.0, delays=(1, 0.5))
    assert given["delay_response"].attrs["units"] == "K (hPa)-1"
    assert given["delay_step_response"].attrs["units"] == "K (hPa)-1 days"


@pytest.mark.parametrize("suffix", ["nc", "zarr", "csv"])
def test_results_survive_files(result: ResponseResult, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"answer.{suffix}"
    result.save(path)
    again = fluctua.load_response(path)
    for name in CURVES:
        np.testing.assert_allclose(again[name], result[name], rtol=1e-15, err_msg=name)
        assert again[name].attrs == result[name].attrs
    assert again.pushes == result.pushes
    assert again.observables == result.observables
    assert again.lag_units == "days"
    assert again.warnings == result.warnings
    assert again.to_dataframe().equals(result.to_dataframe()) or suffix == "csv"
    assert {key: str(value) for key, value in again.attrs.items()} == {
        key: str(value) for key, value in result.attrs.items()
    }
    assert list(again["observable_units"].values) == ["K", "hPa"]
    with pytest.raises(FluctuaError, match="exists"):
        result.save(path)


def test_results_survive_pickling(result: ResponseResult) -> None:
    again = pickle.loads(pickle.dumps(result))
    assert again.dataset.identical(result.dataset)
    assert again.warnings == result.warnings


def test_what_is_taken_apart_can_be_put_together(result: ResponseResult) -> None:
    for part in ("push", "observable"):
        parts = [result.choose(**{part: name}) for name in ("x", "y")]
        again = fluctua.concat(parts)
        assert set(again.dataset.variables) == set(result.dataset.variables)
        for name in result.dataset.variables:
            xr.testing.assert_equal(again.dataset[name].variable, result.dataset[name].variable)


def test_results_of_two_records_stand_side_by_side_and_can_be_compared(result: ResponseResult) -> None:
    other = _answer(_record(1, steps=2000))
    both = fluctua.concat([result, other], labels=["control", "warm"])
    assert both.pushes == ["x (control)", "y (control)", "x (warm)", "y (warm)"]
    found = both.choose(push="x (warm)") - both.choose(push="x (control)")
    expected = np.hypot(result.impulse_response_stderr[0], other.impulse_response_stderr[0])
    np.testing.assert_allclose(found.impulse_response_stderr[0], expected, rtol=1e-5, atol=1e-7)
    with pytest.raises(FluctuaError, match="labels"):
        fluctua.concat([result, other])


def test_what_is_no_result_is_refused(result: ResponseResult, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    for name in ("table.csv", "missing.nc", "answer.txt"):
        (tmp_path / "answer.txt").write_text("no")
        with pytest.raises(FluctuaError):
            fluctua.load_response(tmp_path / name)
    with pytest.raises(FluctuaError, match="suffix"):
        result.save(tmp_path / "answer.xlsx")
    with pytest.raises(FluctuaError, match="'z' was asked for"):
        result.choose(push="z")
