"""What importing costs, and what each package can be imported without."""

import subprocess
import sys
from pathlib import Path

import pytest
from shape_checks import PACKAGES

import fluctua

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
    print(name)
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)


def test_the_numerical_packages_import_without_the_edge() -> None:
    folder = Path(fluctua.__file__).parent
    modules = [
        "fluctua",
        *(f"fluctua.{package}" for package in PACKAGES if (folder / package / "__init__.py").exists()),
    ]
    # The last one needs the edge: it shows that the blocker blocks.
    done = run(BLOCKED.format(blocked=EDGE, modules=[*modules, "fluctua.report"]))
    assert done.stdout.split() == modules, done.stderr
    assert "is not there" in done.stderr


def test_importing_is_light() -> None:
    code = "import sys\n" + "".join(
        f"import {name}\nprint({name!r}, *[other for other in {EDGE!r} if other in sys.modules])\n"
        for name in ("fluctua", "fluctua.core", "fluctua.response")
    )
    done = run(code)
    assert done.stdout.splitlines() == ["fluctua", "fluctua.core", "fluctua.response"], done.stdout + done.stderr


def test_the_main_verb_imports_nothing_that_it_does_not_use() -> None:
    unused = ("fluctua.systems", "fluctua.sampling", "matplotlib", "scipy.stats", "scipy.optimize")
    done = run(f"from fluctua.verbs import respond\nimport sys\nprint([n for n in {unused!r} if n in sys.modules])")
    assert done.stdout == "[]\n", done.stdout + done.stderr


def test_the_list_of_commands_imports_nothing_that_computes() -> None:
    code = "import sys\nfrom fluctua.cli import app\ntry:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
    named = ("fluctua.response", "xarray", "jax", "scipy")
    done = run(f"{code}print([name for name in {named!r} if name in sys.modules])")
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


@pytest.mark.parametrize("modules", ["fluctua, jax", "jax, fluctua"])
def test_jax_is_in_64_bit_mode_whichever_is_imported_first(modules: str) -> None:
    done = run(f"import {modules}\nimport jax.numpy as jnp\nprint(jnp.ones(1).dtype)")
    assert done.stdout == "float64\n", done.stderr


def test_the_package_itself_imports_without_jax() -> None:
    done = run("import fluctua, sys\nprint('jax' in sys.modules, fluctua.FluctuaError.__name__)")
    assert done.stdout == "False FluctuaError\n", done.stderr


def test_the_packages_named_here_are_those_of_the_contract() -> None:
    tomllib = pytest.importorskip("tomllib")
    project = Path(__file__).parents[2] / "pyproject.toml"
    contracts = tomllib.loads(project.read_text())["tool"]["importlinter"]["contracts"]
    forbidden = next(contract for contract in contracts if contract["type"] == "forbidden")
    assert {f"fluctua.{package}" for package in PACKAGES} <= set(forbidden["source_modules"])
    assert set(forbidden["forbidden_modules"]) - {"fluctua.data"} <= set(EDGE)
