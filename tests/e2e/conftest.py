"""The command line as a user has it: typed arguments in, exit status, output, messages and files out."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from fluctua.cli import app


class Outcome(NamedTuple):
    """What a command left behind."""

    status: int
    output: str
    errors: str


Command = Callable[..., Outcome]


@pytest.fixture(scope="session")
def fluctua_command() -> Command:
    """Runs a command; a traceback is a failure of the test."""
    runner = CliRunner()

    def run(*arguments: object) -> Outcome:
        found = runner.invoke(app, [str(argument) for argument in arguments])
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return Outcome(found.exit_code, found.stdout, found.stderr)

    return run


def autoregression(steps: int = 2000, seed: int = 0) -> np.ndarray:
    """Two coupled variables of a stationary autoregression, shape ``(steps, 2)``."""
    noise = np.random.default_rng(seed).standard_normal((steps + 200, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
    states = np.zeros_like(noise)
    matrix = np.array([[0.6, 0.3], [0.0, 0.5]])
    for step in range(1, len(states)):
        states[step] = matrix @ states[step - 1] + noise[step]
    return states[200:]


def table(steps: int = 2000, seed: int = 0) -> pd.DataFrame:
    """The same as a table with a time column."""
    states = autoregression(steps, seed)
    return pd.DataFrame({"time": np.arange(steps) * 0.5, "x": states[:, 0], "y": states[:, 1]})


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    """A good record as a table: 2000 rows of time, x and y."""
    return table()


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame) -> Path:
    """A good record as a file."""
    path = tmp_path_factory.mktemp("good") / "good.csv"
    frame.to_csv(path, index=False)
    return path
