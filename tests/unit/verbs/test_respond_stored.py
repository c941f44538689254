"""Records that stay in their store: the numbers of the record in memory, read piece by piece, whoever computes them."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import dask
import dask.array
import numpy as np
import pytest
import xarray as xr

import fluctua
from fluctua.core import AbstractProgress, AbstractTask

STEPS = 4000
PUSHES = {"x": "x", "damping": "damping: y=-0.1*y"}
ASKED = {"push": ["x", PUSHES["damping"]], "observe": ["x", "y**2"], "max_lag": 1.0, "score": "gaussian"}


def linear(members: int = 2, steps: int = STEPS) -> np.ndarray:
    """Two variables that act on one another, shape ``(member, time, 2)``."""
    noise = np.random.default_rng(0).standard_normal((members, steps, 2))
    matrix = np.array([[0.9, 0.1], [-0.1, 0.85]])
    states = np.zeros_like(noise)
    for step in range(1, steps):
        states[:, step] = states[:, step - 1] @ matrix.T + 0.3 * noise[:, step]
    return states


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    states = linear()
    variables = {name: (("member", "time"), states[..., column]) for column, name in enumerate("xy")}
    return xr.Dataset(variables, {"time": 0.1 * np.arange(STEPS)})


@pytest.fixture(scope="module")
def in_memory(data: xr.Dataset) -> xr.Dataset:
    return respond(data)


@pytest.fixture(scope="module")
def chunked(data: xr.Dataset) -> xr.Dataset:
    return data.chunk(time=700)


def respond(data: xr.Dataset, **more: object) -> xr.Dataset:
    with pytest.warns() if False else _silence():
        return fluctua.respond(data, **ASKED | more).dataset


class _silence:
    def __enter__(self) -> None:
        import warnings

        self.caught = warnings.catch_warnings()
        self.caught.__enter__()
        warnings.simplefilter("ignore", fluctua.FluctuaWarning)

    def __exit__(self, *error: object) -> None:
        self.caught.__exit__(None, None, None)


def assert_same(found: xr.Dataset, expected: xr.Dataset) -> None:
    assert set(found.data_vars) == set(expected.data_vars)
    for name, array in expected.data_vars.items():
        if array.dtype.kind == "f":
            np.testing.assert_allclose(found[name], array, rtol=1e-10, atol=1e-10, err_msg=str(name))
        else:
            assert found[name].equals(array), name
    assert found.attrs["data_hash"] == expected.attrs["data_hash"]
    assert found.attrs["warnings"] == expected.attrs["warnings"]
