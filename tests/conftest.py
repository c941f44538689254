"""What holds for every test: shapes are checked while it runs, and it leaves global settings alone."""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shape_checks

JAX_SETTINGS = ("jax_enable_x64", "jax_debug_nans", "jax_disable_jit", "jax_default_matmul_precision")

# Annotations become checks in the test run only, before the packages are imported. FLUCTUA_CHECK_SHAPES=0
# switches them off, to see a failure without their frames.
if os.environ.get("FLUCTUA_CHECK_SHAPES", "1") != "0":
    shape_checks.install()


def _settings() -> dict[str, Any]:
    import jax

    settings: dict[str, Any] = {name: getattr(jax.config, name) for name in JAX_SETTINGS}
    settings["numpy error handling"] = np.geterr()
    settings["numpy print options"] = np.get_printoptions()
    settings["working directory"] = os.getcwd()
    return settings


@pytest.fixture(scope="session", autouse=True)
def _jax_in_64_bits() -> None:
    """Importing fluctua sets 64-bit mode: do it once, before the settings are compared."""
    import fluctua  # noqa: F401


@pytest.fixture(autouse=True)
def _global_settings_stay(_jax_in_64_bits: None) -> Iterator[None]:
    """Fail a test that changes a global setting and does not put it back."""
    before = _settings()
    yield
    after = _settings()
    changed = [name for name, value in before.items() if after[name] != value]
    assert not changed, f"the test changed global settings: {', '.join(changed)}"
