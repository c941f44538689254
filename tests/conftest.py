"""What holds for every test: shapes are checked while it runs, and it leaves global settings alone."""

import ctypes
import gc
import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import jax
import jaxtyping
import numpy as np
import pytest
import shape_checks

JAX_SETTINGS = ("jax_enable_x64", "jax_debug_nans", "jax_disable_jit", "jax_default_matmul_precision")

UNCHECKED = ("e2e", "golden", "studies", "cli", "data", "report", "verbs")
"""Folders of tests that run whole verbs: the packages below are checked by tests of their own."""

KEPT = 1500  # megabytes that a process may hold before it lets compiled functions go

# Annotations become checks in the test run only, before the packages are imported. FLUCTUA_CHECK_SHAPES=0
# switches them off, to see a failure without their frames.
if os.environ.get("FLUCTUA_CHECK_SHAPES", "1") != "0":
    shape_checks.install()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the second cases as slow; a line that fits no test of a whole run is a mistake."""
    folder = Path(__file__).parent
    lines = (folder / "second_cases.txt").read_text().splitlines()
    left = {line for line in lines if line and not line.startswith("#")}
    names = {item: item.nodeid.partition("tests/")[2] for item in items}
    for line in sorted(left):
        for item, name in names.items():
            if fnmatchcase(name, line):
                item.add_marker(pytest.mark.slow)
                left.discard(line)
    whole = [Path(argument).resolve() for argument in config.args] == [folder]
    assert not (left and whole), f"no test fits {sorted(left)} in second_cases.txt"


def _resident() -> float:
    """Megabytes of memory that the process holds, where the system says so."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if status.exists() else 0.0


def _settings() -> dict[str, Any]:
    settings: dict[str, Any] = {name: getattr(jax.config, name) for name in JAX_SETTINGS}
    settings["numpy error handling"] = np.geterr()
    settings["numpy print options"] = np.get_printoptions()
    settings["working directory"] = os.getcwd()
    return settings


@pytest.fixture(scope="module", autouse=True)
def _shapes_are_checked_once(request: pytest.FixtureRequest) -> Iterator[None]:
    jaxtyping.config.update("jaxtyping_disable", request.path.parent.name in UNCHECKED)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(scope="session", autouse=True)
def _jax_in_64_bits() -> None:
    """Importing fluctua sets 64-bit mode: do it once, before the settings are compared."""
    import fluctua  # noqa: F401


@pytest.fixture(autouse=True)
def _compiled_functions_are_let_go() -> Iterator[None]:
    """What was compiled for earlier tests is of little use to later ones, and large."""
    yield
    if _resident() > KEPT:
        jax.clear_caches()
        gc.collect()
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc keeps what is freed unless it is told
        if trim is not None:
            trim(0)


@pytest.fixture(autouse=True)
def _global_settings_stay(_jax_in_64_bits: None) -> Iterator[None]:
    """Fail a test that changes a global setting and does not put it back."""
    before = _settings()
    yield
    after = _settings()
    changed = [name for name, value in before.items() if after[name] != value]
    assert not changed, f"the test changed global settings: {', '.join(changed)}"
