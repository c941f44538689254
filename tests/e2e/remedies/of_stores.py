"""Remedies for stores, declared attributes, odd tables, fields and fitted scores."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from .following import Make, Row, asks, instead, takes
from .records import ASKED, STEPS, csv, dataset, dated, frame, linear, same, states, text

NC = ("respond", "a.nc", *ASKED[2:])
ZARR = ("respond", "a.zarr", *ASKED[2:])
FIELD = ("respond", "a.nc", "--variable", "u", "--max-lag", "4", "--score", "gaussian")


def _rainy() -> xr.Dataset:
    """The record beside what is zero at half of all times."""
    return frame().assign(rain=np.maximum(states(seed=9)[:, 0], 0)).set_index("time").to_xarray()


def _never_written(folder: Path) -> None:
    """Version 2, where zero is the value of what was never written."""
    _rainy().to_zarr(folder / "a.zarr", zarr_format=2, consolidated=False)
    for name in ("x", "y", "rain"):
        path = folder / "a.zarr" / name / ".zarray"
        path.write_text(json.dumps({**json.loads(path.read_text()), "fill_value": 0.0}))


def _plain_fill(folder: Path) -> None:
    """Version 3, whose fill value is a plain number as programs other than xarray write it, at two times."""
    data = frame().set_index("time").to_xarray().copy(deep=True)
    data.x[[40, 900]] = -99.0
    data.to_zarr(folder / "a.zarr", zarr_format=3, consolidated=False)
    path = folder / "a.zarr" / "x" / "zarr.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps({**about, "attributes": {**about["attributes"], "_FillValue": -99.0}}))


def _limited(data: xr.Dataset) -> xr.Dataset:
    data.x[[40, 900]] = np.array([60.0, -70.0])
    data.x.attrs["valid_range"] = np.array([-50.0, 50.0])
    return data


def _limited_below(data: xr.Dataset) -> xr.Dataset:
    data.x[[40, 900]] = -60.0
    return data.assign(x=data.x.assign_attrs(valid_min=-50.0))


def _field(cells: int, steps: int = 600) -> xr.Dataset:
    """Cells on a line, each the same autoregression, with a pattern that moves most of them together."""
    noise = np.random.default_rng(2).standard_normal((steps, cells))
    values = np.zeros_like(noise)
    for step in range(1, steps):
        values[step] = 0.8 * values[step - 1] + noise[step] + 2 * noise[step, :1]
    return xr.Dataset(
        {"u": (("time", "lat"), values)}, {"time": np.arange(float(steps)), "lat": np.linspace(-30, 30, cells)}
    )


def _fitted(*options: str) -> Make:
    """The record of months with an annual cycle, and a score that is fitted to it with these options."""

    def make(folder: Path) -> None:
        from typer.testing import CliRunner

        from fluctua.cli import app

        table = dated("1900-01", "1M")
        table["x"] += 8 * np.cos(np.arange(STEPS) * np.pi / 6)
        table.to_csv(folder / "a.csv", index=False)
        asked = ("fit-score", str(folder / "a.csv"), "--score", "gaussian", "--out", str(folder / "s.safetensors"))
        assert CliRunner().invoke(app, [*asked, *options]).exit_code == 0

    return make


def _trading(table: pd.DataFrame) -> pd.DataFrame:
    """As trading programs write them: days and clocks as numbers in brackets."""
    hours = pd.date_range("2001-01-01", periods=len(table), freq="h")
    return pd.DataFrame(
        {"<DATE>": hours.strftime("%Y%m%d"), "<TIME>": hours.strftime("%H%M%S"), "x": table.x, "y": table.y}
    )


def _weeks(table: pd.DataFrame) -> pd.DataFrame:
    count = np.arange(len(table))
    return table.assign(year=1990 + count // 52, week=count % 52 + 1).drop(columns="time")


def _thirds(table: pd.DataFrame) -> pd.DataFrame:
    count = np.arange(len(table))
    return table.assign(year=1990 + count // 36, month=count // 3 % 12 + 1, part=count % 3).drop(columns="time")


SAVED = ("respond", "a.csv", "--push", "x", "--max-lag", "4", "--score", "s.safetensors")
CUT = same(lambda: frame().drop(index=[40, 900]).set_index("time"), gaps="split")

ROWS: tuple[Row, ...] = (
    Row("zeros of a store", _never_written, (*ZARR, "--variable", "x", "--variable", "y"), "", (), linear()),
    Row(
        "zeros of rain in a store",
        _never_written,
        ZARR,
        "--observe rain",
        (takes("state", "observe"),),
        same(lambda: _rainy(), state=["x", "y"], observe=["rain"]),
    ),
    Row("a fill value of a store", _plain_fill, ZARR, "--gaps split", (takes("gaps"),), CUT),
    Row("a valid range", dataset(_limited), NC, "--gaps split", (takes("gaps"),), CUT),
    Row("a smallest valid value", dataset(_limited_below), NC, "--gaps split", (takes("gaps"),), CUT),
    Row("a header over two lines", text(lambda s: s.replace("time,x,y", 'time,"x\n",y')), ASKED, "", (), linear()),
    Row("days and clocks in brackets", csv(_trading), ASKED, "with the clock beside it", (), linear()),
    Row("weeks of the year", csv(_weeks), ASKED, "--steps", (takes("steps"),), linear()),
    Row("parts of months", csv(_thirds), (*ASKED, "--drop", "part"), "--steps", (takes("steps"),), linear()),
    Row(
        "days without clocks",
        csv(lambda t: t.assign(time=np.repeat(dated("2001-01-01", "1D", 300).time.to_numpy(), 4))),
        ASKED,
        "--steps",
        (takes("steps"),),
        linear(),
    ),
    Row(
        "cells of a short record",
        dataset(lambda d: _field(80, 200)),
        (*FIELD, "--push", "u[lat=@0]"),
        "--modes",
        (takes("modes"), asks("is not a state variable", lambda a: tuple("PC1" if w == "u[lat=@0]" else w for w in a))),
        same(lambda: _field(80, 200), variable="u", modes=6, push="PC1"),
        left=("states", "hold", "slow", "misses"),
    ),
    Row(
        "too many modes",
        dataset(lambda d: _field(12)),
        (*FIELD, "--push", "PC1", "--modes", "600"),
        "--modes",
        (instead("modes"),),
        same(lambda: _field(12), variable="u", modes=10, push="PC1"),
        left=("states", "hold"),
    ),
    Row(
        "modes of a homogeneous field",
        dataset(lambda d: _field(12)),
        (*FIELD, "--push", "PC1", "--modes", "3", "--homogeneous", "lat"),
        "leave one of the two out",
        (asks("leave one of the two", lambda a: a[:-2]),),
        same(lambda: _field(12), variable="u", modes=3, push="PC1"),
        left=("hold", "states"),
    ),
    Row(
        "a cell sum that is constant",
        dataset(lambda d: _field(12) - _field(12).mean("lat")),
        (*FIELD, "--push", "u[lat=@0]"),
        "--modes 10",
        (takes("modes"), asks("is not a state variable", lambda a: tuple("PC1" if w == "u[lat=@0]" else w for w in a))),
        same(lambda: _field(12) - _field(12).mean("lat"), variable="u", modes=10, push="PC1"),
        left=("hold", "states"),
    ),
    Row(
        "a homogeneous dimension that is none",
        dataset(lambda d: _field(12)),
        (*FIELD, "--push", "u[lat=@0]", "--homogeneous", "lon"),
        "name one of these dimensions",
        (asks("leave the option out", lambda a: a[:-2]),),
        same(lambda: _field(12), variable="u", push="u[lat=@0]"),
        left=("states", "misses"),
    ),
    Row(
        "a score of a seasonless record",
        _fitted("--anomaly", "month"),
        SAVED,
        "give --anomaly month",
        (takes("anomaly"),),
        linear(),
    ),
    Row(
        "a score of the raw record",
        _fitted(),
        (*SAVED, "--anomaly", "month"),
        "fit the score again on this record, with --anomaly month",
        (
            asks(
                "fit the score again on this record, with --anomaly month",
                lambda a: (*SAVED[:-1], "gaussian", "--anomaly", "month"),
            ),
        ),
        linear(),
    ),
    Row(
        "a score of other variables",
        _fitted("--variable", "x"),
        (*SAVED, "--anomaly", "month"),
        "select the same variables",
        (asks("same variables", lambda a: (*a, "--variable", "x")),),
        "as it is",
    ),
    Row(
        "a score that is no file",
        csv(lambda t: t),
        (*SAVED[:-1], "none.safetensors"),
        "check the path",
        (asks("check the path", lambda a: ASKED),),
        linear(),
    ),
)
