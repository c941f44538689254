"""Records with a known answer, what is laid over them, and what the answer must be."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.signal import lfilter

import fluctua

from .following import Make, Right

A = np.array([[0.6, 0.3], [0.0, 0.5]])
STEPS = 1200
# Tests of memory warn of one clean record in twenty: that is what they promise.
CHANCE = ("on a record that holds the whole state",)
ASKED = ("respond", "a.csv", "--push", "x", "--max-lag", "4", "--score", "gaussian")


def states(steps: int = STEPS, seed: int = 3) -> np.ndarray:
    """States of x(t+1) = A x(t) + noise, shape ``(steps, 2)``."""
    values, vectors = np.linalg.eig(A)
    noise = np.linalg.solve(vectors, np.random.default_rng(seed).standard_normal((2, steps + 200)))
    parts = [lfilter([1], [1, -value], part) for value, part in zip(values, noise, strict=True)]
    return np.real(vectors @ np.stack(parts)).T[200:]


def frame(steps: int = STEPS, seed: int = 3) -> pd.DataFrame:
    """The same with a column of times, one unit apart."""
    return pd.DataFrame(states(steps, seed), columns=["x", "y"]).rename_axis("time").reset_index()


def dated(first: str, step: str, steps: int = STEPS, seed: int = 3) -> pd.DataFrame:
    """The same by dates, ``step`` apart, such as ``1D``."""
    start = np.datetime64(first, step[-1])
    times = start + np.arange(steps) * np.timedelta64(int(step[:-1]), step[-1])
    return frame(steps, seed).assign(time=times.astype("datetime64[s]"))


def csv(change: Callable[[pd.DataFrame], Any], steps: int = STEPS) -> Make:
    """Writes ``a.csv`` with the record after a change, which makes another table or the text of the file."""

    def make(folder: Path) -> None:
        table = frame(steps)
        changed = change(table)
        table = table if changed is None else changed
        if isinstance(table, str):
            (folder / "a.csv").write_text(table)
        else:
            table.to_csv(folder / "a.csv", index=False)

    return make


def text(change: Callable[[str], str], steps: int = STEPS) -> Make:
    """Writes ``a.csv`` with its text changed."""
    return csv(lambda table: change(table.to_csv(index=False)), steps)


def edited(change: Callable[[str], str]) -> Make:
    """Changes the text of ``a.csv``, as somebody does in an editor."""

    def edit(folder: Path) -> None:
        path = folder / "a.csv"
        path.write_text(change(path.read_text()))

    return edit


def columns(change: Callable[[pd.DataFrame], Any]) -> Make:
    """Changes the table in ``a.csv``."""

    def edit(folder: Path) -> None:
        path = folder / "a.csv"
        change(pd.read_csv(path)).to_csv(path, index=False)

    return edit


def dataset(change: Callable[[xr.Dataset], xr.Dataset], name: str = "a.nc", **options: Any) -> Make:
    """Writes the record as a labelled file after a change."""

    def make(folder: Path) -> None:
        data = frame().set_index("time").to_xarray()
        data.time.attrs["units"] = "days"
        changed = change(data.copy(deep=True))
        if name.endswith(".zarr"):
            changed.to_zarr(folder / name, consolidated=False, **options)
        else:
            changed.to_netcdf(folder / name, engine="h5netcdf", **options)

    return make


def response(folder: Path, name: str = "out") -> xr.Dataset:
    """The answer in a folder."""
    return xr.load_dataset(folder / name / "response.nc", engine="h5netcdf")


def powers(count: int, pushed: int = 0) -> np.ndarray:
    """The response of x and y to a push of one of them, shape ``(count, 2)``."""
    return np.stack([np.linalg.matrix_power(A, lag)[:, pushed] for lag in range(count)])


def linear(
    factor: float = 1.0, stride: int = 1, pushed: int = 0, errors: float = 4.0, folder_name: str = "out"
) -> Right:
    """The responses of x and y are the powers of A, within four standard errors at every lag.

    The records have a fixed seed. Of records of other seeds less than one in fifty would be farther off at one of ten
    independent numbers (Student's t of twelve degrees of freedom; one in 380 with forty).

    Args:
        factor: Amplitude of the push.
        stride: Steps of the system in a step of the record.
        pushed: The variable that is pushed.
        errors: Standard errors.
        folder_name: Where the answer is.
    """

    def check(folder: Path) -> None:
        result = response(folder, folder_name).isel(push=0)
        known = factor * powers(stride * result.lag.size, pushed)[::stride]
        seen = [name for name in ("x", "y") if name in result.observable]
        assert seen, result.observable.values
        for name in seen:
            part = result.sel(observable=name)
            away = np.abs(part.impulse_response - known[: result.lag.size, "xy".index(name)])
            assert (away <= errors * part.impulse_response_stderr + 1e-6 * abs(factor)).all(), (name, part, known)

    return Right(check)


def same(prepared: Callable[[], Any], errors: float = 0.0, **options: Any) -> Right:
    """The answer is that of the record prepared by hand, to rounding or within part of a standard error."""

    def check(folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fluctua.FluctuaWarning)
            hand = fluctua.respond(prepared(), **{"push": "x", "max_lag": 4, "score": "gaussian", **options})
        one, two = response(folder), hand.dataset
        apart = np.abs(one.impulse_response.values - two.impulse_response.values)
        assert (apart <= errors * two.impulse_response_stderr.values + 1e-7).all(), apart

    return Right(check)


def _there(folder: Path) -> None:
    assert response(folder).sizes


SHOWN = Right(_there)
"""An answer that is asked for though it cannot be right."""
