"""Every module of the package, imported once."""

import importlib
import pkgutil
from types import ModuleType

import pytest

import fluctua


def module_names() -> list[str]:
    """Names of all modules, except the entry point of the command line, which runs when imported."""
    names = [info.name for info in pkgutil.walk_packages(fluctua.__path__, "fluctua.")]
    return ["fluctua", *(name for name in names if not name.endswith("__main__"))]


TRAINED = ("fluctua.training._train", "fluctua.training._objective", "fluctua.networks._periodic_unet")
"""Modules whose examples compile the training of networks: they run with the slow tests."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "module_name" in metafunc.fixturenames:
        names = [pytest.param(name, marks=pytest.mark.slow if name in TRAINED else ()) for name in module_names()]
        metafunc.parametrize("module_name", names)


@pytest.fixture(scope="session")
def modules() -> list[ModuleType]:
    """All modules of the package."""
    return [importlib.import_module(name) for name in module_names()]
