"""Every example in a docstring of the studies runs."""

import doctest
import importlib
import pkgutil

import pytest

import studies

MODULES = [
    info.name
    for info in pkgutil.walk_packages(studies.__path__, "studies.")
    if not info.ispkg and not info.name.endswith("__main__")
]


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.testmod(importlib.import_module(name), optionflags=flags).failed == 0
