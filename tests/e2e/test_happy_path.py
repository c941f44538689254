"""Every command on good input: files, contract and numbers."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fluctua
from fluctua.data.shipped import shipped_record_path

TABLES = [
    "impulse_response",
    "impulse_response_lower",
    "impulse_response_upper",
    "impulse_response_stderr",
    "impulse_response_outer_lower",
    "impulse_response_outer_upper",
    "simultaneous_lower",
    "simultaneous_upper",
    "robust_response",
    "robust_response_stderr",
    "markov_response",
    "markov_response_stderr",
    "gaussian_response",
    "gaussian_response_lower",
    "gaussian_response_upper",
    "step_response",
    "step_response_lower",
    "step_response_upper",
    "step_response_outer_lower",
    "step_response_outer_upper",
]
ATTRIBUTES = [
    "fluctua_version",
    "seed",
    "config",
    "headline",
    "markov_p_value",
    "band_degrees_of_freedom",
    "score_method",
    "stein_defect_before",
    "stein_defect_after",
    "effective_sample_size",
    "score_loss_heldout",
    "warnings",
]
QUICK = ("--max-lag", 3, "--score", "gaussian")


def read(folder: Path) -> xr.Dataset:
    with xr.open_dataset(folder / "response.nc", engine="h5netcdf") as result:
        return result.load()


@pytest.fixture(scope="module")
def answered(good: Path, fluctua_command: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    out = tmp_path_factory.mktemp("answer") / "deep" / "out"
    done = fluctua_command(
        "respond", good, "--push", "x", "--push", "y", "--observe", "x", "--observe", "x*y > 1", *QUICK, "--out", out
    )
    assert done.status == 0, done.errors
    return out, done


def test_three_files_and_nothing_else(answered: tuple[Path, Any]) -> None:
    out, done = answered
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "response.nc", "run.json"]
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert done.output.split() == [str(out / name) for name in ("response.nc", "report.html", "run.json")]
    assert "Warning" not in done.errors
    assert "Error" not in done.errors


def test_the_result_keeps_its_contract(answered: tuple[Path, Any]) -> None:
    result = read(answered[0])
    for name in TABLES:
        assert result[name].dims == ("push", "lag", "observable")
        assert result[name].shape == (2, 7, 2)
        assert result[name].dtype == np.float64
        assert np.isfinite(result[name]).all()
    assert result.lag.dtype == np.float64
    np.testing.assert_allclose(result.lag, np.arange(7) * 0.5)
    assert result.lag.attrs["units"] == "time units"
    assert list(result.push.values) == ["x", "y"]
    assert list(result.observable.values) == ["x", "x*y > 1"]
    assert set(ATTRIBUTES) <= set(result.attrs)
    assert result.attrs["score_method"] == "gaussian"
    config = json.loads(result.attrs["config"])
    assert (config["push"], config["observe"], config["confidence"]) == (["x", "y"], ["x", "x*y > 1"], 0.95)
    assert json.loads(result.attrs["warnings"]) == []
    assert (result.impulse_response_lower <= result.impulse_response).all()
    assert (result.impulse_response <= result.impulse_response_upper).all()
    for name in ("impulse_response", "step_response"):
        assert (result[f"{name}_outer_lower"] <= result[f"{name}_lower"]).all()
        assert (result[f"{name}_outer_upper"] >= result[f"{name}_upper"]).all()
    assert result.headline.dims == result.markov_p_value.dims == result.markov_step.dims == ("push", "observable")
    assert set(np.ravel(result.headline)) <= {"markov", "robust"}
    assert ((result.markov_p_value >= 0) & (result.markov_p_value <= 1)).all()


def test_run_json_says_how_it_was_made(answered: tuple[Path, Any], good: Path) -> None:
    run = json.loads((answered[0] / "run.json").read_text())
    assert run["options"]["data"] == str(good)
    assert run["options"]["max_lag"] == 3
    assert run["seed"] == 0
    assert {"fluctua", "jax", "numpy", "python"} <= set(run["versions"])
    assert run["timings"]["estimate_seconds"] > 0
    assert re.fullmatch(r"[0-9a-f]{64}", run["data_hash"])


def test_the_report_is_one_file_that_loads_nothing(answered: tuple[Path, Any]) -> None:
    page = (answered[0] / "report.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html")
    loaded = re.findall(r"""<(?:script|img|link|iframe|image|use)[^>]*(?:src|href)\s*=\s*["']?([^"'\s>]+)""", page)
    assert [address for address in loaded if not address.startswith(("data:", "#"))] == []
    assert not re.search(r"@import|url\(\s*['\"]?https?:", page)
    assert page.count("data:image") + page.count("<svg") > 0
    for name in ("x*y &gt; 1", "gaussian"):
        assert name in page


def test_all_formats_give_the_same_numbers(
    answered: tuple[Path, Any], good: Path, frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path
) -> None:
    dataset = xr.Dataset(
        {name: ("time", frame[name].to_numpy()) for name in ("x", "y")}, coords={"time": frame["time"].to_numpy()}
    )
    dataset.to_netcdf(tmp_path / "record.nc", engine="h5netcdf")
    fluctua.data.write_record(tmp_path / "record.zarr", fluctua.data.record_from_dataset(dataset))
    expected = read(answered[0])
    for suffix in ("nc", "zarr"):
        out = tmp_path / suffix
        pushes = ("--push", "x", "--push", "y", "--observe", "x", "--observe", "x*y > 1")
        done = fluctua_command("respond", tmp_path / f"record.{suffix}", *pushes, *QUICK, "--out", out)
        assert done.status == 0, done.errors
        for name in TABLES:
            np.testing.assert_array_equal(read(out)[name], expected[name])
        np.testing.assert_array_equal(read(out).lag, expected.lag)


def test_simulate_fit_score_respond_cite(fluctua_command: Any, tmp_path: Path) -> None:
    record, score, out = tmp_path / "well.nc", tmp_path / "well.safetensors", tmp_path / "out"
    done = fluctua_command("simulate", "quartic", "--duration", 400, "--members", 4, "--out", record)
    assert (done.status, done.output.strip()) == (0, str(record))
    fit = fluctua_command("fit-score", record, "--score", "dictionary", "--dictionary-degree", 3, "--out", score)
    assert fit.status == 0, fit.errors
    assert "dictionary score of x; held-out loss" in fit.output
    done = fluctua_command("respond", record, "--push", "x", "--max-lag", 2, "--score", score, "--out", out)
    assert done.status == 0, done.errors
    result = read(out)
    assert result.attrs["score_method"] == "dictionary"
    assert result.impulse_response[0, 0, 0] == pytest.approx(1.0, abs=0.02)
    cited = fluctua_command("cite", out)
    assert cited.status == 0
    assert "hyvarinen2005estimation" in cited.output
    assert "kgmm" not in cited.output
    refused = fluctua_command("simulate", "quartic", "--duration", 10, "--out", record)
    assert refused.status == 2
    assert "exists already" in refused.errors
    assert fluctua_command("simulate", "quartic", "--duration", 10, "--out", record, "--overwrite").status == 0


def test_the_shipped_record_by_month(fluctua_command: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = fluctua_command(
        "respond", shipped_record_path(), "--push", "nino34", "--anomaly", "month", "--max-lag", 6, "--out", out,
        "--score", "dictionary",
    )  # fmt: skip
    assert done.status == 0, done.errors
    result = read(out)
    assert result.lag.attrs["units"] == "months"
    assert result.sizes["lag"] == 7
    assert "seasonal cycle removed" in result.attrs["history"]
    assert result.gaussian_response.sel(observable="nino34")[0, 0] == pytest.approx(1.0, abs=1e-9)


def test_quiet_prints_nothing(frame: pd.DataFrame, fluctua_command: Any, tmp_path: Path) -> None:
    # Half of a record as lag: there is a warning to keep quiet about.
    good = tmp_path / "good.csv"
    frame[:400].to_csv(good, index=False)
    options = ("--push", "x", "--max-lag", 120, "--score", "gaussian", "--dictionary-degree", 1)
    loud = fluctua_command("respond", good, *options, "--out", tmp_path / "loud")
    assert loud.status == 0
    said = [line for line in loud.errors.splitlines() if line.strip() and "%|" not in line]  # no bars of progress
    assert said
    assert all(line.strip().startswith("Warning: ") for line in said), said
    assert "over half of the record" in loud.errors
    quiet = fluctua_command("respond", good, *options, "--quiet", "--out", tmp_path / "quiet")
    assert quiet == (0, "", "")
    noted = json.loads((tmp_path / "quiet" / "run.json").read_text())["warnings"]
    assert any("over half of the record" in note for note in noted)
    assert fluctua_command("simulate", "quartic", "--duration", 5, "--quiet", "--out", tmp_path / "q.csv") == (
        0,
        "",
        "",
    )


def test_overwrite_replaces_a_result(good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for push, options in (("x", ()), ("y", ("--overwrite",))):
        done = fluctua_command("respond", good, "--push", push, *QUICK, "--out", out, *options)
        assert done.status == 0, done.errors
        assert list(read(out).push.values) == [push]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_cite_without_a_result_names_everything(fluctua_command: Any) -> None:
    done = fluctua_command("cite")
    assert done.status == 0
    assert {"fluctua", "leith1975climate", "giorgini2024response"} <= set(re.findall(r"@\w+\{([^,]+),", done.output))


def test_doctor_checks_itself(fluctua_command: Any) -> None:
    done = fluctua_command("doctor")
    assert done.status == 0, done.errors
    assert "all is well" in done.output
    assert "jax" in done.output


@pytest.mark.parametrize("command", ["respond", "simulate", "fit-score", "demo", "doctor", "cite"])
def test_help_has_an_example(command: str, fluctua_command: Any) -> None:
    done = fluctua_command(command, "--help")
    assert done.status == 0
    assert f"Example: fluctua {command}" in " ".join(done.output.split())


def test_the_installed_command_prints_its_version() -> None:
    done = subprocess.run([sys.executable, "-m", "fluctua", "--version"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, fluctua.__version__, "")
