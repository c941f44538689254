"""What is said about dependencies in several places is the same."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def check_wheel():  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("check_wheel", ROOT / "packaging" / "check_wheel.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_dependency_has_a_lower_bound_that_can_be_tested() -> None:
    pins = check_wheel().lowest_pins(ROOT / "pyproject.toml")
    assert len(pins) == len(PROJECT["dependencies"])
    assert "numpy==2.0" in pins


def test_a_dependency_without_a_lower_bound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["numpy>=2.0", "scipy"]\n')
    with pytest.raises(ValueError, match="'scipy'"):
        check_wheel().lowest_pins(tmp_path / "pyproject.toml")


def test_the_conda_recipe_asks_for_the_same() -> None:
    recipe = (ROOT / "packaging" / "conda" / "recipe.yaml").read_text()
    run = recipe.split("  run:\n")[1].split("\n\n")[0]
    asked = dict(re.findall(r"- ([a-z0-9-]+) (>=\S+)", run))
    asked["matplotlib"] = asked.pop("matplotlib-base")
    wanted = dict(re.fullmatch(r"([A-Za-z0-9_.-]+)(>=.*)", each).groups() for each in PROJECT["dependencies"])  # type: ignore[union-attr]
    assert asked.pop("python") == PROJECT["requires-python"]
    assert asked == wanted
    assert f'version: "{PROJECT["version"]}"' in recipe
