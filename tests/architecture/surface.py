"""The public surface of the package as lines of text: Python names, commands, and what files hold.

Run with an edition of the package it writes the snapshot:

    PYTHONPATH=<source of that edition> python tests/architecture/surface.py

A line says one thing that a user may rely on, so that two surfaces are compared as sets: what is missing was removed
or changed, what is new was added.
"""

import ast
import importlib
import inspect
import json
import pkgutil
import re
import tempfile
import types
import typing
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import typer
import xarray as xr
from safetensors import safe_open

import fluctua

SNAPSHOT = Path(__file__).parent / "public_surface.json"
SCORES = Path(__file__).parents[1] / "golden" / "goldens" / "scores"


def surface() -> dict[str, list[str]]:
    """All lines, in three groups."""
    return {"python": sorted(python_lines()), "commands": sorted(command_lines()), "files": sorted(file_lines())}


def python_lines() -> set[str]:
    """Every name that a package's ``__init__.py`` makes public, with its parameters and members."""
    found: set[str] = set()
    names = ["fluctua"] + [info.name for info in pkgutil.walk_packages(fluctua.__path__, "fluctua.") if info.ispkg]
    for package in names:
        if any(part.startswith("_") for part in package.split(".")):
            continue
        module = importlib.import_module(package)
        found.add(package)
        for name in _public_names(module):
            found.update(_describe(f"{package}.{name}", getattr(module, name)))
    return found


def _public_names(module: types.ModuleType) -> set[str]:
    """Names imported as themselves, and those defined in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and node.level:
            names.update(alias.asname for alias in node.names if alias.asname == alias.name and alias.asname)
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {name for name in names if not name.startswith("_") and hasattr(module, name)}


def _describe(path: str, value: Any) -> Iterator[str]:
    yield path
    if isinstance(value, type):
        yield from _parameters(path, value)
        for name in dir(value):
            owner = next((base for base in value.__mro__ if name in vars(base)), object)
            if not owner.__module__.startswith("fluctua") or (name.startswith("_") and name != "__call__"):
                continue
            member = inspect.getattr_static(value, name)
            yield f"{path}.{name}"
            if isinstance(member, types.FunctionType | classmethod | staticmethod):
                yield from _parameters(f"{path}.{name}", getattr(value, name))
    elif callable(value) and not isinstance(value, typer.Typer):
        yield from _parameters(path, value)
    elif isinstance(value, dict):
        yield from (f"{path}[{key!r}]" for key in value)


def _parameters(path: str, value: Any) -> Iterator[str]:
    """One line for each parameter: where it may stand, and what it is by default."""
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return
    for place, parameter in enumerate(parameters):
        if parameter.name == "self":
            continue
        where = "keyword" if parameter.kind is inspect.Parameter.KEYWORD_ONLY else f"place {place}"
        if parameter.kind in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL):
            where = "any number"
        required = parameter.default is inspect.Parameter.empty
        default = (
            "" if where == "any number" else ", required" if required else f", default {_plain(parameter.default)}"
        )
        yield f"{path}({parameter.name}): {where}{default}"


def _plain(value: Any) -> str:
    """A default as text that does not change from run to run, nor with the place of its class."""
    if callable(value) and hasattr(value, "__qualname__"):
        return value.__qualname__
    return re.sub(r" at 0x[0-9a-f]+", "", re.sub(r"\s+", " ", repr(value)))


def command_lines() -> set[str]:
    """Every command with its arguments and options."""
    from fluctua.cli import app

    found: set[str] = set()

    def walk(command: Any, path: str) -> None:
        found.add(path)
        for parameter in command.params:
            names = "/".join([*parameter.opts, *parameter.secondary_opts])
            words = [_type_name(parameter)]
            words += ["required" if parameter.required else f"default {parameter.default!r}"]
            words += ["repeatable"] * bool(getattr(parameter, "multiple", False))
            found.add(f"{path} {names}: {', '.join(words)}")
        for name in command.list_commands(None) if hasattr(command, "list_commands") else ():
            walk(command.get_command(None, name), f"{path} {name}")

    walk(typer.main.get_command(app), "fluctua")
    return found


def _type_name(parameter: Any) -> str:
    """The type of an option, however the installed version of typer keeps it."""
    if not hasattr(parameter, "type_descriptor"):
        return parameter.type.name
    annotation = parameter.type_descriptor.annotation
    inner = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
    while inner:
        annotation = inner[0]
        inner = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
    names = {str: "text", int: "integer", float: "float", bool: "boolean", Path: "path"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def file_lines() -> set[str]:
    """What the commands write: variables, dimensions, types, attributes, columns and header entries."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _file_lines(Path(folder))


def _file_lines(folder: Path) -> set[str]:
    vector, ring, well = folder / "vector.nc", folder / "ring.nc", folder / "well.nc"
    rng = np.random.default_rng(0)
    smooth = rng.standard_normal((2, 405, 8))
    smooth = sum(0.7**lag * smooth[:, 4 - lag : 404 - lag + 1] for lag in range(5))
    time = {"time": 0.5 * np.arange(smooth.shape[1])}
    names = {"a": (("member", "time"), smooth[..., 0]), "b": (("member", "time"), smooth[..., 1])}
    xr.Dataset(names, time).to_netcdf(well, engine="h5netcdf")
    xr.Dataset({"u": (("member", "time", "x"), smooth)}, time).to_netcdf(ring, engine="h5netcdf")
    _command("simulate", "quartic", "--duration", "30", "--members", "2", "--out", vector)
    _command("simulate", "quartic", "--duration", "3", "--out", folder / "vector.csv")
    for suffix in ("nc", "zarr"):
        _command("simulate", "ou-field", "--duration", "4", "--size", "8", "--out", folder / f"field.{suffix}")
    _command("respond", well, "--push", "a", "--max-lag", "2", "--score", "gaussian", "--out", folder / "vector")
    of_field = ("--variable", "u", "--homogeneous", "x", "--push", "u[x=0]")
    _command("respond", ring, *of_field, "--max-lag", "2", "--score", "gaussian", "--out", folder / "field")
    new = folder / "new.nc"
    _command("sample", well, "--count", "50", "--levels", "4", "--score", SCORES / "noised.safetensors", "--out", new)
    _command("fit-score", well, "--score", "gaussian", "--out", folder / "gaussian.safetensors")
    gridded = ("--variable", "u", "--homogeneous", "x", "--score", "dictionary")
    _command("fit-score", ring, *gridded, "--out", folder / "field-dictionary.safetensors")
    for name in ("dictionary", "mixture", "kernel", "network", "noised"):
        fluctua.load_score(SCORES / f"{name}.safetensors").save(folder / f"{name}.safetensors")

    found: set[str] = set()
    for title, path in (("simulate vector", vector), ("sample", new)):
        found |= _dataset_lines(f"{title} .nc", path)
    found |= _dataset_lines("simulate field .nc", folder / "field.nc")
    found |= _dataset_lines("simulate field .zarr", folder / "field.zarr")
    for title in ("vector", "field"):
        found |= {f"respond {title}: {file.name}" for file in (folder / title).iterdir()}
        found |= _dataset_lines(f"respond {title}: response.nc", folder / title / "response.nc")
        entries = json.loads((folder / title / "run.json").read_text())
        found |= {f"respond {title}: run.json entry {key}" for key in _keys(entries)}
    found |= _columns("simulate .csv", folder / "vector.csv")
    found |= _columns("sample .comparison.csv", folder / "new.comparison.csv")
    for path in folder.glob("*.safetensors"):
        with safe_open(str(path), framework="np") as file:
            header = json.loads((file.metadata() or {})["fluctua"])
            for name in file.keys():  # noqa: SIM118 (not a mapping)
                found.add(f"score {path.stem}: array {name} {file.get_tensor(name).dtype}")
        found |= {f"score {path.stem}: header {key}" for key in _keys(header)}
    return found


def _command(*words: str | Path) -> None:
    from fluctua.cli import app

    command = typer.main.get_command(app)
    command([*(str(word) for word in words), "--quiet"], standalone_mode=False)


def _dataset_lines(title: str, path: Path) -> set[str]:
    engine = {"engine": "zarr", "consolidated": False} if path.suffix == ".zarr" else {"engine": "h5netcdf"}
    with xr.open_dataset(path, decode_times=False, **engine) as data:  # pyright: ignore[reportArgumentType]
        found = {f"{title} attribute {name}" for name in data.attrs}
        for name, variable in data.variables.items():
            kind = "coordinate" if name in data.coords else "variable"
            dtype = "text" if variable.dtype.kind in "OUST" else str(variable.dtype)
            found.add(f"{title} {kind} {name}({', '.join(map(str, variable.dims))}) {dtype}")
            found |= {f"{title} {kind} {name} attribute {attribute}" for attribute in variable.attrs}
    return found


def _keys(entries: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in entries.items():
        yield prefix + key
        if isinstance(value, dict) and key not in ("versions",):
            yield from _keys(value, f"{prefix}{key}.")


def _columns(title: str, path: Path) -> set[str]:
    header = path.read_text().splitlines()[0]
    return {f"{title} column {name}" for name in header.split(",")}


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(surface(), indent=1, ensure_ascii=False) + "\n")
