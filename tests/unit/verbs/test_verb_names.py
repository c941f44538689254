"""Names of any kind, typed back from messages, and messages in the words of whoever made the call."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fluctua
from fluctua.core import DataError, FluctuaError, OptionError
from fluctua.data import record_from_dataset
from fluctua.response import Observable
from fluctua.verbs import to_pushes, to_record

pytestmark = pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")  # a short record is enough here
VALUES = np.random.default_rng(0).standard_normal((300, 3))


def table(*names: Any) -> pd.DataFrame:
    return pd.DataFrame(VALUES[:, : len(names)], columns=pd.Index(names, dtype=object))


def vectors(push: Any, *names: Any) -> list[list[float]]:
    """The vectors of the pushes."""
    record = to_record(table(*names))
    constants = [each.constant(record.dimension) for each in to_pushes(push, record)]
    return [constant.tolist() for constant in constants if constant is not None]


@pytest.mark.parametrize(
    ("push", "expected"),
    [
        (0, [[1, 0, 0]]),
        ("0", [[1, 0, 0]]),
        (np.int64(2), [[0, 0, 1]]),
        ([0, 2], [[1, 0, 0], [0, 0, 1]]),
        (["0", "1", "2"], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        ({0: 1.0, 2: 0.5}, [[1, 0, 0.5]]),
        ("`0` + 0.5*`2`", [[1, 0, 0.5]]),
        (np.array([1.0, 0.0, 2.0]), [[1, 0, 2]]),
    ],
)
def test_columns_called_by_numbers_are_pushed(push: Any, expected: list[list[float]]) -> None:
    assert vectors(push, 0, 1, 2) == expected


def test_numbers_that_may_be_weights_or_names_are_refused_and_both_ways_work() -> None:
    with pytest.raises(OptionError, match=r"weights of all of them, or names of some.*\['0', '1', '2'\].*'2': 2\}"):
        vectors([0, 1, 2], 0, 1, 2)
    assert vectors(["0", "1", "2"], 0, 1, 2) == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert vectors({"0": 0, "1": 1, "2": 2}, 0, 1, 2) == [[0, 1, 2]]
    assert vectors([0, 1, 2], "x", "y", "z") == [[0, 1, 2]]


@pytest.mark.parametrize(
    ("observe", "names"),
    [(0, ["0"]), ([1], ["1"]), ([2, "`0`**2.0"], ["2", "`0`**2.0"]), ({"mine": 2}, ["mine"]), (np.int64(1), ["1"])],
)
def test_columns_called_by_numbers_are_observed(observe: Any, names: list[str]) -> None:
    result = fluctua.respond(table(0, 1, 2), push=0, observe=observe, max_lag=2, score="gaussian")
    assert list(result.dataset.observable.values) == names


@pytest.mark.parametrize("written", ["x**2", "2*x", "x > 2", "x + 2*y"])
def test_a_number_that_is_a_name_too_is_refused_and_both_ways_work(written: str) -> None:
    names, states = ("x", "2", "y"), np.array([10.0, 3.0, 7.0])
    with pytest.raises(OptionError, match=r"'2' in .* may be the number or the state variable") as found:
        Observable(written, names)
    variable, number = found.value.remedy.split("'")[1::2]
    values = {"x": 10.0, "y": 7.0}
    assert Observable(variable, names).along(states) == eval(written.replace("2", "3"), values)
    assert Observable(number, names).along(states) == eval(written, values)


ODD = [
    "2m temperature",
    "air-temp",
    "a.b",
    "lambda",
    "not",
    "log",
    "x and y",
    "T[0]",
    "p: q",
    "x=y",
    "n**2",
    "1e5",
    "%",
]


@pytest.mark.parametrize("name", ODD)
def test_names_that_are_no_words(name: str) -> None:
    assert vectors(name, name, "other") == [[1, 0]]
    for written, factor in ((name, 1.0), (f"`{name}`", 1.0), (f"`{name}` * other", 3.0)):
        assert Observable(written, (name, "other")).along(np.array([5.0, 3.0])) == 5.0 * factor


@pytest.mark.parametrize("name", ODD)
def test_names_that_are_no_words_are_pushed_by_what_is_added_to_their_drift(name: str) -> None:
    (moved,) = to_pushes(f"w: `{name}`=-0.1*`{name}`, other=2", to_record(table(name, "other")))
    np.testing.assert_allclose(moved(jnp.array([5.0, 3.0])), [-0.5, 2.0])
    assert vectors(f"`{name}`=0.5*2", name, "other") == [[1.0, 0.0]]
    with pytest.raises(OptionError, match=r"backquotes hold the name of a state variable"):
        vectors("`nothing of it`=1", name, "other")


def test_an_added_number_that_is_a_name_too() -> None:
    for push in ("0=1", {"mine": {"0": "1"}}):
        with pytest.raises(OptionError, match=r"may be the number or the state variable") as found:
            vectors(push, 0, 1, 2)
        variable, number = found.value.remedy.split("'")[1::2]
        assert vectors(number, 0, 1, 2) == [[1, 0, 0]]
        assert vectors(variable, 0, 1, 2) == []
    assert vectors({"mine": {"0": 1, "1": 2}}, 0, 1, 2) == [[1, 2, 0]]


def test_a_number_with_a_sign_that_is_a_name_too() -> None:
    names, states = ("-1", "y"), np.array([10.0, 3.0])
    assert Observable("-1", names).along(states) == 10.0
    with pytest.raises(OptionError, match=r"'-1' in '-1 \* y' may be the number or the state variable") as found:
        Observable("-1 * y", names)
    variable, number = found.value.remedy.split("'")[1::2]
    assert (Observable(variable, names).along(states), Observable(number, names).along(states)) == (30.0, -3.0)
    assert Observable("y -1", names).along(states) == 2.0


def test_a_misspelt_name_of_two_words_is_told() -> None:
    with pytest.raises(OptionError, match="Did you mean '2m temperature'"):
        vectors("2m temperatur", "2m temperature", "y")
    with pytest.raises(OptionError, match="Did you mean '2m temperature'"):
        Observable("2m tmperature", ("2m temperature", "y"))


def test_blanks_around_names_are_no_part_of_them() -> None:
    assert vectors(" x ", "  x ", "y") == [[1, 0]]


def test_a_name_with_blanks_is_quoted_in_a_command(tmp_path: Path) -> None:
    text = table("x", "y").assign(**{"wind (m)": [f"{value:.2f} N to E" for value in VALUES[:, 2]]})
    text.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(DataError, match=r"pass over it with --drop 'wind \(m\)'"):
        to_record(tmp_path / "a.csv")
    assert to_record(tmp_path / "a.csv", drop="wind (m)").names == ("x", "y")


def field() -> xr.DataArray:
    values = np.random.default_rng(1).standard_normal((300, 3, 2))
    return xr.DataArray(values, {"lat": [10.0, 20.0, 40.0], "lon": [0.0, 1.0]}, ("time", "lat", "lon"), name="t")


PATTERN = xr.DataArray([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dims=("lat", "lon"), name="warming")


def test_a_map_without_coordinates_is_taken_by_place_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    PATTERN.to_netcdf(tmp_path / "warm.nc", engine="h5netcdf")
    record = record_from_dataset(field())
    with caplog.at_level(logging.INFO, logger="fluctua"):
        (push,) = to_pushes(None, record, [tmp_path / "warm.nc"])
    np.testing.assert_array_equal(push.constant(6), [1, 2, 3, 4, 5, 6])
    assert (
        "no coordinate along lat: its 3 places are taken for those of the record in their order, from 10.0 to 40.0"
        in (caplog.text)
    )


def test_a_map_for_a_list_of_variables_is_to_be_a_sum(tmp_path: Path) -> None:
    PATTERN.to_netcdf(tmp_path / "warm.nc", engine="h5netcdf")
    (tmp_path / "warm.csv").write_text("x,y\n1,2\n")
    record = to_record(table("x", "y"))
    for name in ("warm.nc", "warm.csv"):
        with pytest.raises(OptionError, match=r"in place of the file, as with --push 'x \+ 2\*y'"):
            to_pushes(None, record, [tmp_path / name])
    xr.Dataset({"x": 1.0, "y": 2.0}).to_netcdf(tmp_path / "weights.nc", engine="h5netcdf")
    (push,) = to_pushes(None, record, [tmp_path / "weights.nc"])
    np.testing.assert_array_equal(push.constant(2), [1.0, 2.0])


@pytest.mark.parametrize(("first", "of_pattern"), [(0.0, -180.0), (-180.0, 0.0)])
def test_longitudes_are_matched_around_the_globe(
    first: float, of_pattern: float, caplog: pytest.LogCaptureFixture
) -> None:
    values = np.random.default_rng(1).standard_normal((300, 2, 8))
    around = first + 45.0 * np.arange(8)
    data = xr.DataArray(values, {"lat": [10.0, 20.0], "lon": around}, ("time", "lat", "lon"), name="t")
    other = of_pattern + 45.0 * np.arange(8)
    warm = xr.DataArray(np.tile(other % 360 + 1, (2, 1)), {"lat": [20.0, 10.0], "lon": other}, ("lat", "lon"))
    with caplog.at_level(logging.INFO, logger="fluctua"):
        (push,) = to_pushes(warm, record_from_dataset(data))
    np.testing.assert_allclose(np.asarray(push.constant(16)), np.tile(around % 360 + 1, 2))
    assert "matched around the globe" in caplog.text
    with pytest.raises(OptionError, match=r"8 places from"):
        to_pushes(warm.assign_coords(lon=other + 10.0), record_from_dataset(data))


def test_a_map_with_coordinates_is_put_in_their_order_or_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    placed = PATTERN.assign_coords(lat=[10.0, 20.0, 40.0], lon=[0.0, 1.0])
    placed[::-1].to_netcdf(tmp_path / "falling.nc", engine="h5netcdf")
    record = record_from_dataset(field())
    with caplog.at_level(logging.INFO, logger="fluctua"):
        (push,) = to_pushes(None, record, [tmp_path / "falling.nc"])
    np.testing.assert_array_equal(push.constant(6), [1, 2, 3, 4, 5, 6])
    assert not caplog.text
    with pytest.raises(OptionError, match=r"3 places from 10\.0 to 40\.0, one of them at 30\.0 .*one of them at 20\.0"):
        to_pushes(placed.assign_coords(lat=[10.0, 30.0, 40.0]), record)
    with pytest.raises(OptionError, match=r"3 places from 0 to 2 along lat|3 places from 0\.0"):
        to_pushes(placed.assign_coords(lat=[0.0, 1.0, 2.0]), record)


def refused(**options: Any) -> str:
    days = table("x", "y", "z").set_index(pd.date_range("2001-01-01", periods=300))
    with pytest.raises(FluctuaError) as found:
        fluctua.respond(days, **({"push": "x", "max_lag": 5, "score": "gaussian"} | options))
    return str(found.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_lag": 0}, "Give max_lag=10 or longer"),
        ({"max_lag": "3 parsecs"}, "Give max_lag=10, for instance"),
        ({"max_lag": 1e9}, "such as max_lag=10, or"),
        ({"delays": "4"}, "delays=4 was given"),
        ({"delays": "4,0.3"}, "Give delays=(4, 1) or 4,2."),
        ({"harmonics": 2}, "Give anomaly='dayofyear' or cycle='PERIOD' as well, or leave harmonics out"),
        ({"gaps": "join"}, "Give gaps='split', or leave it out"),
        ({"seed": -1}, "Give seed=0"),
        ({"push": "x,y"}, "Give push=['x', 'y'] for each"),
        ({"drop": "q"}, "by drop"),
    ],
)
def test_python_is_told_arguments_and_no_options(options: dict[str, Any], said: str) -> None:
    message = refused(**options)
    assert said in message
    assert "--" not in message


def test_what_python_is_told_can_be_given() -> None:
    days = table("x", "y", "z").set_index(pd.date_range("2001-01-01", periods=300))
    result = fluctua.respond(days, push=["x", "y"], max_lag="5 steps", delays=(4, 1), score="gaussian")
    assert result.dataset.sizes["push"] == 2


def test_the_terminal_is_told_options(tmp_path: Path, fluctua_error: Callable[..., str]) -> None:
    table("x", "y").to_csv(tmp_path / "a.csv", index=False)
    told = fluctua_error("respond", tmp_path / "a.csv", "--push", "x", "--max-lag", "0", "--out", tmp_path / "out")
    assert "Give --max-lag 10 or longer" in told


def test_what_a_result_says_afterwards_names_arguments_in_python_and_options_in_a_terminal(
    tmp_path: Path, fluctua_error: Callable[..., str]
) -> None:
    steps = np.random.default_rng(0).standard_normal((3, 3000))
    states = np.zeros((2, 3000))
    for time in range(1, 3000):
        states[:, time] = 0.8 * states[:, time - 1] + steps[:2, time]
    noisy = pd.DataFrame({"x": states[0] + steps[2], "y": states[1]})
    result = fluctua.respond(noisy, push="x", max_lag=4, score="gaussian")
    assert any("delays=(4, 1)" in warning for warning in result.warnings)
    assert "delays=(4, 1)" in result.summary()
    result.save(tmp_path / "a.nc")
    read = fluctua.load_response(tmp_path / "a.nc")
    for text in (*result.warnings, *read.warnings, result.summary(), read.summary(), repr(read)):
        assert "--" not in text
    assert "--delays" in read.dataset.attrs["warnings"]  # what is kept is for whoever reads it
    noisy.to_csv(tmp_path / "a.csv", index=False)
    asked = ["respond", tmp_path / "a.csv", "--push", "x", "--max-lag", "4", "--score", "gaussian"]
    assert "--delays" in fluctua_error(*asked, "--out", tmp_path / "out")


@pytest.fixture
def fluctua_error() -> Callable[..., str]:
    from typer.testing import CliRunner

    from fluctua.cli import app

    return lambda *words: CliRunner().invoke(app, [str(word) for word in words]).stderr
