"""What was compiled for one file of tests is of no use to the next, and large."""

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture(scope="module", autouse=True)
def _compiled_for_one_file() -> Iterator[None]:
    yield
    jax.clear_caches()
