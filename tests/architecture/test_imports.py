"""What importing costs, and what each room can be imported without."""

import subprocess
import sys
from pathlib import Path

import pytest

import fluctua

ROOMS = (
    "core",
    "statistics",
    "noise",
    "features",
    "systems",
    "networks",
    "scores",
    "training",
    "sampling",
    "certify",
    "response",
)
EDGE = (
    "xarray",
    "pandas",
    "zarr",
    "h5py",
    "h5netcdf",
    "cftime",
    "matplotlib",
    "typer",
    "jinja2",
    "tqdm",
    "safetensors",
)

BLOCKED = """
import importlib, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ImportError(f"{{name}} is not there")

sys.meta_path.insert(0, Blocker())
for name in {modules!r}:
    importlib.import_module(name)
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)


def test_the_numerical_rooms_import_without_the_edge() -> None:
    folder = Path(fluctua.__file__).parent
    modules = ["fluctua", *(f"fluctua.{room}" for room in ROOMS if (folder / room / "__init__.py").exists())]
    done = run(BLOCKED.format(blocked=EDGE, modules=modules))
    assert done.returncode == 0, done.stderr


def test_the_blocker_blocks() -> None:
    done = run(BLOCKED.format(blocked=EDGE, modules=["fluctua.report"]))
    assert done.returncode != 0
    assert "is not there" in done.stderr


@pytest.mark.parametrize("statement", ["import fluctua", "import fluctua.core", "import fluctua.response"])
def test_importing_is_light(statement: str) -> None:
    done = run(f"{statement}\nimport sys\nprint(*[name for name in {EDGE!r} if name in sys.modules])")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_the_rooms_named_here_are_those_of_the_contract() -> None:
    tomllib = pytest.importorskip("tomllib")
    project = Path(__file__).parents[2] / "pyproject.toml"
    contracts = tomllib.loads(project.read_text())["tool"]["importlinter"]["contracts"]
    forbidden = next(contract for contract in contracts if contract["type"] == "forbidden")
    assert {f"fluctua.{room}" for room in ROOMS} <= set(forbidden["source_modules"])
    assert set(forbidden["forbidden_modules"]) - {"fluctua.data"} <= set(EDGE)
