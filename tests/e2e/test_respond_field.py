"""Homogeneous fields on the command line: from a file to a response over offsets, and what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
import xarray as xr

LAGS, ROWS, COLUMNS = 6, 4, 8


def factors() -> np.ndarray:
    """What is left of each wave after a step, shape ``(ky, kx)``."""
    ky, kx = np.fft.fftfreq(ROWS)[:, None] * ROWS, np.arange(COLUMNS // 2 + 1)
    table = 0.7 * np.exp(-0.05 * (ky**2 + kx**2) - 0.4j * kx)
    table[:, -1] = table[:, -1].real
    return table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stores of a linear field that is carried along x, in single precision, and of one with uneven columns."""
    path = tmp_path_factory.mktemp("fields")
    rng, state, table = np.random.default_rng(0), np.zeros((4, ROWS, COLUMNS)), factors()
    values = np.empty((4, 1000, ROWS, COLUMNS), np.float32)
    for step in range(-50, 1000):
        state = np.fft.irfft2(table * np.fft.rfft2(state), s=(ROWS, COLUMNS)) + rng.standard_normal(state.shape)
        values[:, max(step, 0)] = state
    coords = {"time": np.arange(1000) * 0.1, "y": np.arange(ROWS) * 2.0, "x": ("x", np.arange(COLUMNS) * 0.5)}
    field = xr.Dataset({"u": (("member", "time", "y", "x"), values)}, coords)
    field.x.attrs["units"] = "km"
    field.to_zarr(path / "field.zarr", consolidated=False)
    field.assign_coords(x=np.arange(COLUMNS) ** 2.0).to_netcdf(path / "uneven.nc", engine="h5netcdf")
    return path


ASK = ("--variable", "u", "--push", "u[y=0,x=0]", "--max-lag", LAGS * 0.1)
PLANE = ("--homogeneous", "y", "--homogeneous", "x")


def read(folder: Path) -> xr.Dataset:
    with xr.open_dataset(folder / "response.nc", engine="h5netcdf") as result:
        return result.load()


@pytest.fixture(scope="module")
def answered(folder: Path, fluctua_command: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    out = tmp_path_factory.mktemp("answer") / "out"
    done = fluctua_command("respond", folder / "field.zarr", *ASK, *PLANE, "--reflect", "y", "--out", out)
    assert done.status == 0, done.errors
    return out, done


def test_the_response_is_exact_within_its_bands(answered: tuple[Path, Any]) -> None:
    result = read(answered[0])
    assert result.impulse_response.dims == ("push", "lag", "y", "x")
    truth = np.fft.irfft2(factors()[None] ** np.arange(LAGS + 1)[:, None, None], s=(ROWS, COLUMNS))
    stderr = result.impulse_response_stderr[0, 1:].values
    miss = result.impulse_response[0, 1:].values - truth[1:]
    # 6 lags at 32 offsets: one run in a million may fail
    widest = scipy.stats.t.ppf(1 - 1e-6 / (2 * LAGS * 32), result.attrs["band_degrees_of_freedom"])
    assert stderr.max() < 0.01
    assert np.abs(miss / stderr).max() < widest


def test_the_files_keep_their_contract(answered: tuple[Path, Any]) -> None:
    out, done = answered
    assert done.errors == ""
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "response.nc", "run.json"]
    result = read(out)
    np.testing.assert_array_equal(result.x, np.arange(COLUMNS) * 0.5)
    assert result.x.attrs["long_name"] == "offset from the push"
    assert (int(result.x.attrs["periodic"]), result.x.attrs["units"]) == (1, "km")
    assert json.loads(result.attrs["homogeneous"]) == ["y", "x"]
    assert json.loads(result.attrs["reflections"]) == ["y"]
    for name in ("stein_wavenumber", "stein_before", "stein_after"):
        assert result[name].dims == ("shell",)
    options = json.loads((out / "run.json").read_text())["options"]
    assert (options["homogeneous"], options["reflect"], options["observe"]) == (["y", "x"], ["y"], ["u"])
    assert "Stein" in (out / "report.html").read_text()


def test_homogeneous_along_one_dimension_with_a_fitted_score(
    folder: Path, fluctua_command: Any, tmp_path: Path
) -> None:
    score = tmp_path / "score.safetensors"
    done = fluctua_command(
        "fit-score",
        folder / "field.zarr",
        "--variable",
        "u",
        "--homogeneous",
        "x",
        "--score",
        "gaussian",
        "--out",
        score,
    )
    assert done.status == 0, done.errors
    assert re.search(r"gaussian score of u\[y=0,x=0\].*held-out loss", done.output)
    ask = (*ASK, "--homogeneous", "x", "--score", score, "--out", tmp_path / "out", "--quiet")
    done = fluctua_command("respond", folder / "field.zarr", *ask)
    assert (done.status, done.output, done.errors) == (0, "", "")
    result = read(tmp_path / "out")
    np.testing.assert_array_equal(result.y, [0.0, 2.0, 4.0, 6.0])
    assert "periodic" not in result.y.attrs
    assert result.attrs["score_method"] == "field-dictionary"


REFUSED: dict[str, tuple[tuple[object, ...], str]] = {
    "dimension": (("--homogeneous", "z"), r"'z' was given as a homogeneous dimension.*dimensions y, x"),
    "cell": ((*PLANE, "--push", "u[y=0,x=99]"), r"push 'u\[y=0,x=99\]' is not a cell"),
    "observable": ((*PLANE, "--observe", "v**2"), r"names 'v'"),
    "reflection": (("--homogeneous", "x", "--reflect", "y"), r"reflection 'y' was given.*homogeneous are x"),
    "parity": ((*PLANE, "--reflect", "y:odds"), r"reflection 'y:odds'"),
    "reflection alone": (("--reflect", "y"), r"no dimension was called homogeneous"),
    "two parities": ((*PLANE, "--reflect", "y:odd", "--reflect", "x"), r"all odd or all even"),
    "family": ((*PLANE, "--score", "kgmm"), r"score 'kgmm' was asked for a field with homogeneous dimensions"),
    "network": (("--homogeneous", "x", "--score", "network"), r"network was asked for a field with 4 cells along y"),
    "degree": ((*PLANE, "--dictionary-degree", 0), r"degree of the dictionary is 0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_one_bad_option_is_one_message(case: str, folder: Path, fluctua_command: Any, tmp_path: Path) -> None:
    options, message = REFUSED[case]
    done = fluctua_command("respond", folder / "field.zarr", *ASK, *options, "--out", tmp_path / "out")
    assert (done.status, done.output) == (2, "")
    assert re.fullmatch(r"Error: .+; .+\. .+[.?]", done.errors.strip())
    assert re.search(message, done.errors)
    assert list(tmp_path.iterdir()) == []


def test_uneven_columns_are_refused(folder: Path, fluctua_command: Any, tmp_path: Path) -> None:
    done = fluctua_command("respond", folder / "uneven.nc", *ASK, *PLANE, "--out", tmp_path / "out")
    assert done.status == 2
    assert re.search(r"'x' of 'uneven\.nc' is uneven: it goes from 0 to 1 at index 0.*evenly spaced", done.errors)
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_variables_has_no_homogeneous_dimension(good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    ask = ("--push", "x", "--max-lag", 3, "--homogeneous", "x", "--out", tmp_path / "out")
    done = fluctua_command("respond", good, *ask)
    assert done.status == 2
    assert re.search(r"'x' was given as a homogeneous dimension of 'good\.csv'.*gridded variable", done.errors)
    assert list(tmp_path.iterdir()) == []
