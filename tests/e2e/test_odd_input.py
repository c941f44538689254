"""Odd but valid input: it must work, and give the numbers of the plain record."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

OPTIONS = ("--max-lag", 3, "--score", "gaussian", "--quiet")


def answer(command: Any, path: Path, out: Path, *options: object) -> xr.Dataset:
    done = command("respond", path, *options, *OPTIONS, "--out", out)
    assert done == (0, "", ""), done
    with xr.open_dataset(out / "response.nc", engine="h5netcdf") as result:
        return result.load()


@pytest.fixture(autouse=True)
def _pages_of_odd_names_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the time of a short record is its page, which shows of the input the names alone."""
    if "names" not in request.fixturenames:
        monkeypatch.setattr("fluctua.report.write_report", lambda result, path: path.touch())


@pytest.fixture(scope="module")
def plain(good: Path, fluctua_command: Any, tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return answer(fluctua_command, good, tmp_path_factory.mktemp("plain") / "out", "--push", "x")


WRITERS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "carriage returns": lambda frame: frame.to_csv(index=False, lineterminator="\r\n").encode(),
    "byte order mark": lambda frame: b"\xef\xbb\xbf" + frame.to_csv(index=False).encode(),
    "spaces after commas": lambda frame: frame.to_csv(index=False).replace(",", ", ").encode(),
    "quoted names": lambda frame: frame.to_csv(index=False).replace("time,x,y", '"time","x","y"').encode(),
    "capital time": lambda frame: frame.to_csv(index=False).replace("time,", "Time,", 1).encode(),
    "no end of the last line": lambda frame: frame.to_csv(index=False).rstrip().encode(),
    "time as the last column": lambda frame: frame[["x", "y", "time"]].to_csv(index=False).encode(),
    "time from an offset": lambda frame: frame.assign(time=frame.time + 1e5).to_csv(index=False).encode(),
}


# Each of the others is read as these are; the slow run has them all.
FAST = ("byte order mark", "quoted names", "time as the last column")


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case in FAST else pytest.mark.slow) for case in WRITERS]
)
def test_the_same_table_written_otherwise(
    case: str, plain: xr.Dataset, frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path
) -> None:
    (tmp_path / "record.csv").write_bytes(WRITERS[case](frame))
    result = answer(fluctua_command, tmp_path / "record.csv", tmp_path / "out", "--push", "x")
    np.testing.assert_array_equal(result.impulse_response, plain.impulse_response)
    np.testing.assert_allclose(result.lag, plain.lag)


@pytest.mark.parametrize(
    "names", [("x-1", "y"), ("sea level", "air pressure"), ("2", "3"), ("abs", "x"), ("θ", "température")]
)
def test_names_of_any_kind(
    names: tuple[str, str], plain: xr.Dataset, frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path
) -> None:
    renamed = frame.rename(columns={"x": names[0], "y": names[1]})
    renamed.to_csv(tmp_path / "record.csv", index=False)
    product = " * ".join(f"`{name}`" if name.isdecimal() else name for name in names[::-1])
    options = ("--push", names[0], "--observe", names[0], "--observe", product)
    result = answer(fluctua_command, tmp_path / "record.csv", tmp_path / "out", *options)
    assert list(result.push.values) == [names[0]]
    assert list(result.observable.values) == [names[0], product]
    np.testing.assert_allclose(result.impulse_response[..., 0], plain.impulse_response[..., 0], atol=1e-12)


def test_no_time_column_counts_steps(
    plain: xr.Dataset, frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path
) -> None:
    frame[["x", "y"]].to_csv(tmp_path / "record.csv", index=False)
    result = answer(fluctua_command, tmp_path / "record.csv", tmp_path / "out", "--push", "x")
    np.testing.assert_array_equal(result.lag, [0.0, 1.0, 2.0, 3.0])
    assert result.lag.attrs["units"] == "steps"
    np.testing.assert_allclose(result.gaussian_response[:, :4], plain.gaussian_response[:, :4], atol=1e-12)


def test_dates_as_months(frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path) -> None:
    dates = np.datetime_as_string(np.arange("1850-01", "2016-09", dtype="datetime64[M]"), unit="D")
    frame.assign(time=dates[:2000]).to_csv(tmp_path / "record.csv", index=False)
    result = answer(fluctua_command, tmp_path / "record.csv", tmp_path / "out", "--push", "x", "--anomaly", "month")
    assert result.lag.attrs["units"] == "months"
    np.testing.assert_array_equal(result.lag, [0.0, 1.0, 2.0, 3.0])


@pytest.mark.parametrize("order", ["blocks", "interleaved"])
def test_members_of_equal_length(order: str, frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path) -> None:
    table = frame.assign(member=np.repeat([7, 3], 1000), time=np.tile(frame.time[:1000], 2))
    if order == "interleaved":
        table = table.sort_values(["time", "member"], ascending=[True, False])
    table.to_csv(tmp_path / "record.csv", index=False)
    result = answer(fluctua_command, tmp_path / "record.csv", tmp_path / "out", "--push", "x")
    # No pair crosses the border: the classical response from each member's own pairs, in plain NumPy.
    values = frame[["x", "y"]].to_numpy().reshape(2, 1000, 2)
    centred = values - values.reshape(-1, 2).mean(axis=0)
    covariance = sum(m.T @ m for m in centred) / 2000
    lagged = sum(m[2:].T @ m[:-2] for m in centred) / 1996
    np.testing.assert_allclose(result.gaussian_response[0, 2], (lagged @ np.linalg.inv(covariance))[:, 0], atol=1e-9)


def test_gaps_part_a_record(frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path) -> None:
    gone = [*range(500, 540), 1300]
    frame.drop(index=gone).to_csv(tmp_path / "record.csv", index=False)
    result = answer(fluctua_command, tmp_path / "record.csv", tmp_path / "out", "--push", "x", "--gaps", "split")
    assert "is cut into 3 pieces" in result.attrs["diagnostics"]
    centred = frame[["x", "y"]].drop(index=gone).to_numpy()
    centred = centred - centred.mean(axis=0)
    covariance = centred.T @ centred / len(centred)
    pieces = np.split(centred, [500, 1260])
    lagged = sum(p[2:].T @ p[:-2] for p in pieces) / sum(len(p) - 2 for p in pieces)
    np.testing.assert_allclose(result.gaussian_response[0, 2], (lagged @ np.linalg.inv(covariance))[:, 0], atol=1e-9)


@pytest.mark.parametrize(("scale", "offset"), [(1e-12, 0.0), (1.0, 1e9), (1e12, 1e15)])
def test_units_of_any_size(
    scale: float, offset: float, plain: xr.Dataset, frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path
) -> None:
    """Both variables in other units: the response of x to x has none, that of x**2 has those of x."""
    changed = frame.assign(x=offset + scale * frame.x, y=scale * frame.y)
    changed.to_csv(tmp_path / "record.csv", index=False)
    result = answer(fluctua_command, tmp_path / "record.csv", tmp_path / "out", "--push", "x")
    # Numbers near 1e9 have lost seven digits before they are read.
    for name in ("impulse_response", "gaussian_response", "impulse_response_stderr"):
        np.testing.assert_allclose(result[name], plain[name], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-12, 1e6])
def test_variables_of_very_different_size(
    scale: float, plain: xr.Dataset, frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path
) -> None:
    frame.assign(y=scale * frame.y).to_csv(tmp_path / "record.csv", index=False)
    result = answer(fluctua_command, tmp_path / "record.csv", tmp_path / "out", "--push", "x")
    for name in ("impulse_response", "gaussian_response"):
        np.testing.assert_allclose(result[name] / np.array([1.0, scale]), plain[name], rtol=1e-3, atol=1e-4)


def test_integers(frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path) -> None:
    whole = frame.assign(x=(10 * frame.x).round().astype(int), y=(10 * frame.y).round().astype(int))
    whole.to_csv(tmp_path / "record.csv", index=False)
    result = answer(fluctua_command, tmp_path / "record.csv", tmp_path / "out", "--push", "x")
    assert result.gaussian_response[0, 0, 0] == pytest.approx(1.0, abs=1e-9)


def test_one_variable_of_many(frame: pd.DataFrame, good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    result = answer(fluctua_command, good, tmp_path / "out", "--push", "y", "--variable", "y")
    y = frame.y.to_numpy() - frame.y.mean()
    expected = [(y[lag:] @ y[: len(y) - lag]) / (len(y) - lag) / (y @ y / len(y)) for lag in range(7)]
    np.testing.assert_allclose(result.gaussian_response[0, :, 0], expected, atol=1e-9)


def test_amplitudes_of_modes_that_count_from_one(
    plain: xr.Dataset, frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path
) -> None:
    modes = xr.DataArray(frame[["x", "y"]].to_numpy().T, {"mode": [1, 2], "time": frame.time}, ("mode", "time"), "pc")
    modes.to_netcdf(tmp_path / "pcs.nc", engine="h5netcdf")
    options = ("--variable", "pc", "--push", "pc[mode=1]")
    result = answer(fluctua_command, tmp_path / "pcs.nc", tmp_path / "out", *options)
    np.testing.assert_array_equal(result.mode, [1, 2])
    assert result.push.values.tolist() == ["pc[mode=1]"]
    np.testing.assert_array_equal(result.impulse_response, plain.impulse_response)


def test_runs_under_a_name_of_ones_own(
    frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path, plain: xr.Dataset
) -> None:
    values = {name: (("case", "time"), frame[name].to_numpy().reshape(2, 1000)) for name in "xy"}
    runs = xr.Dataset({**values, "date": ("time", np.arange(1000)), "z": ("time", np.zeros(1000))})
    runs = runs.assign_coords(time=frame.time[:1000].to_numpy())
    runs.to_netcdf(tmp_path / "runs.nc", engine="h5netcdf")
    given = ("--push", "x", "--variable", "x", "--variable", "y", "--max-lag", 3, "--out", tmp_path / "out")
    refused = fluctua_command("respond", tmp_path / "runs.nc", *given)
    assert refused.status == 2
    assert "--member case if it counts runs" in refused.errors
    by_name, by_member = tmp_path / "by_name", tmp_path / "by_member"
    options = ("--push", "x", "--variable", "x", "--variable", "y")
    one = answer(fluctua_command, tmp_path / "runs.nc", by_member, *options, "--member", "case")
    two = answer(fluctua_command, tmp_path / "runs.nc", by_name, *options, "--rename", "case=member")
    np.testing.assert_array_equal(one.impulse_response, two.impulse_response)
    assert plain.sizes == one.sizes


def test_a_trend_is_taken_out_when_asked(frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path) -> None:
    frame.assign(x=frame.x + np.linspace(0, 40, 2000)).to_csv(tmp_path / "record.csv", index=False)
    result = answer(fluctua_command, tmp_path / "record.csv", tmp_path / "out", "--push", "x", "--detrend")
    assert "linear trend removed" in result.attrs["history"]
    assert json.loads(result.attrs["config"])["detrend"] is True


def test_a_lag_between_steps_and_paths_with_spaces(good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "my records" / "record of x.csv"
    path.parent.mkdir()
    path.write_bytes(good.read_bytes())
    done = fluctua_command(
        "respond", path, "--push", "x", "--max-lag", 1.7, "--score", "gaussian", "-q", "--out", tmp_path / "my out"
    )
    assert done == (0, "", "")
    with xr.open_dataset(tmp_path / "my out" / "response.nc", engine="h5netcdf") as result:
        np.testing.assert_array_equal(result.lag, [0.0, 0.5, 1.0, 1.5])
