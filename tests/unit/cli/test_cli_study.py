"""``fluctua study response-fields``: the manners of every command, around whatever the study measured."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from fluctua.cli import app
from fluctua.studies import FieldStudyResult

FILES = ["figure.png", "report.html", "run.json", "table.csv"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Puts a tiny result in the place of the runs, and remembers what was asked of them."""
    seen: dict[str, Any] = {}

    def measure(system: str, preset: str, **options: Any) -> FieldStudyResult:
        seen.update(system=system, preset=preset, **options)
        truth = np.exp(-np.arange(4.0))[:, None, None] * np.eye(1, 64).reshape(8, 8)
        lags = np.arange(4.0)
        return FieldStudyResult(system, lags, truth, 0 * truth, {"gaussian": 0.9 * truth}, {}, ["left out: much"])

    monkeypatch.setattr("fluctua.studies._response_fields.measure_fields", measure)
    return seen


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["study", "response-fields", *(str(argument) for argument in arguments)])


def test_the_study_leaves_four_files(asked: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("--system", "allen-cahn", "--preset", "full", "--seed", 7, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (asked["system"], asked["preset"], asked["seed"]) == ("allen-cahn", "full", 7)
    assert "left out: much" in done.stdout
    assert str(out / "table.csv") in done.stdout
    content = json.loads((out / "run.json").read_text())
    assert content["options"] == {"system": "allen-cahn", "preset": "full", "out": str(out)}
    assert content["seed"] == 7
    assert content["notes"] == ["left out: much"]


@pytest.mark.usefixtures("asked")
def test_an_earlier_study_is_replaced_only_when_told(tmp_path: Path) -> None:
    arguments = ("--system", "ou", "--out", tmp_path / "out")
    assert run(*arguments, "--quiet").stdout == ""
    again = run(*arguments)
    assert again.exit_code == 2
    assert "holds an earlier result" in again.stderr
    assert run(*arguments, "--overwrite").exit_code == 0


@pytest.mark.parametrize(
    ("system", "preset", "message"),
    [
        ("navier", "quick", "Use 'navier-stokes'"),
        ("ou", "fast", "the presets are quick, full"),
    ],
)
def test_a_wrong_name_is_one_message_and_nothing_written(
    system: str, preset: str, message: str, tmp_path: Path
) -> None:
    done = run("--system", system, "--preset", preset, "--out", tmp_path / "deep" / "out")
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_study_that_fails_writes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fluctua.studies._response_fields.measure_fields", fails)
    done = run("--system", "ou", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_studies_are_listed() -> None:
    listed = CliRunner().invoke(app, ["study", "--help"])
    assert listed.exit_code == 0
    assert "response-fields" in listed.stdout
    helped = run("--help")
    assert "Example: fluctua study response-fields" in helped.stdout
