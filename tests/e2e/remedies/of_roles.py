"""Remedies for what columns and dimensions are: angles, lead times, stations, counts, ages, years, flags and limits."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from .following import Arguments, Row, asks, edits, takes, without
from .records import ASKED, CHANCE, STEPS, columns, csv, dataset, dated, frame, linear, same

_YEARS = 500
OF_STORE = ("respond", "a.nc", *ASKED[2:])
PUSHED_Z = (*without(ASKED, "--push"), "--push", "z")


def _about_north(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(x=(350 + 12 * table.x) % 360)


def _from_the_cut(line: str, asked: Arguments, folder: Path) -> Arguments | None:
    """The file with a turn taken from all angles above the place that the message names."""
    found = re.search(r"take ([\d.]+) from all values above ([\d.]+)\)", line)
    if found is None:
        return None
    turn, cut = float(found[1]), float(found[2])
    columns(lambda t: t.assign(x=t.x.where(t.x <= cut, t.x - turn)))(folder)
    return asked


def _as_wind(table: pd.DataFrame) -> pd.DataFrame:
    """Speed and direction of what moves slowly enough for its direction to be followed all round."""
    east, north = _slow()
    angle = np.degrees(np.arctan2(north, east)) % 360
    return pd.DataFrame({"time": table.time, "speed": np.hypot(east, north), "z": angle})


def _slow() -> np.ndarray:
    """Two components that keep .95 of themselves at a step."""
    noise = np.random.default_rng(11).standard_normal((2, STEPS))
    states = np.zeros((2, STEPS))
    for step in range(1, STEPS):
        states[:, step] = 0.95 * states[:, step - 1] + noise[:, step]
    return states


def _components(table: pd.DataFrame) -> pd.DataFrame:
    angle = np.radians(table.z)
    return table.assign(x=table.speed * np.cos(angle), y=table.speed * np.sin(angle)).drop(columns=["speed", "z"])


def _leads(data: xr.Dataset) -> xr.Dataset:
    later = data.isel(time=slice(None, None, -1)).assign_coords(time=data.time)
    return xr.concat([data, later], dim=xr.Variable("lead_time", [1, 2])).transpose("time", "lead_time")


def _ago(data: xr.Dataset) -> xr.Dataset:
    """Years ago, below zero, with the latest at the end."""
    return data.assign_coords(time=("time", np.arange(STEPS) - STEPS - 200.0, {"units": "years ago"}))


def _without_sign(folder: Path) -> None:
    with xr.open_dataset(folder / "a.nc", engine="h5netcdf", decode_times=False) as data:
        data = data.load()
    data.assign_coords(time=("time", -data.time.values, data.time.attrs)).to_netcdf(folder / "a.nc", engine="h5netcdf")


def _one_lead(line: str, asked: Arguments, folder: Path) -> Arguments | None:
    if "data.isel(lead_time=0).to_netcdf('one.nc')" not in line:
        return None
    with xr.open_dataset(folder / "a.nc", engine="h5netcdf") as data:
        data.isel(lead_time=0).to_netcdf(folder / "one.nc", engine="h5netcdf")
    return ("respond", "one.nc", *asked[2:])


def _by_year() -> str:
    """A row for each series, a column for each year."""
    rows = [f"{name},{','.join(map(str, values))}" for name, values in frame(_YEARS).set_index("time").items()]
    return "\n".join([f"Series,{','.join(str(1520 + year) for year in range(_YEARS))}", *rows]) + "\n"


def _turned(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("Series").T.rename_axis("year").reset_index()


def _weekends(table: pd.DataFrame) -> pd.DataFrame:
    made = dated("2000-01-01", "1D", len(table))
    return made.assign(x=made.x - 3.0 * (np.arange(len(made)) % 7 < 2))


def _with_flag(table: pd.DataFrame) -> pd.DataFrame:
    """A column that is called like a flag of quality, and may be one, which is 1 in a tenth of the rows."""
    return table.assign(x_flag=(np.random.default_rng(12).random(len(table)) < 0.1) * 1)


def _naming(*names: str) -> tuple[str, ...]:
    return tuple(part for name in names for part in ("--variable", name))


ROWS: tuple[Row, ...] = (
    Row("a direction about north", csv(_about_north), ASKED, "where it never jumps", (_from_the_cut,), linear()),
    Row(
        "a direction all round",
        csv(_as_wind),
        PUSHED_Z,
        "write its components",
        (
            edits("write its components", columns(_components)),
            asks("The push 'z' is not", lambda a: (*without(a, "--push"), "--push", "x")),
        ),
        same(lambda: pd.DataFrame(_slow().T, columns=["x", "y"]).rename_axis("time"), errors=1e-3),
        left=("independent states",),
    ),
    Row(
        "forecasts by lead time",
        dataset(_leads),
        OF_STORE,
        "one lead time",
        (_one_lead,),
        linear(),
    ),
    Row(
        "a count with holes that miss nothing",
        csv(lambda t: t.assign(index=np.arange(len(t)) + 3 * (np.arange(len(t)) > 500)).drop(columns="time")),
        ASKED,
        "--drop index",
        (takes("drop"),),
        linear(),
    ),
    Row(
        "ages with a sign",
        dataset(_ago),
        OF_STORE,
        "the ages without their sign",
        (edits("without their sign", _without_sign),),
        linear(),
    ),
    Row(
        "ages with a sign by steps",
        dataset(_ago),
        OF_STORE,
        "--steps takes each for one step",
        (takes("steps"),),
        linear(),
    ),
    Row(
        "stations that are runs",
        csv(lambda t: pd.concat([t.assign(station="a"), frame(seed=8).assign(station="b")])),
        ASKED,
        "--member station",
        (takes("member"),),
        linear(),
    ),
    Row(
        "stations that are parts of one state",
        csv(lambda t: t.melt("time", var_name="station")),
        ASKED,
        "a column for each of them",
        (
            edits(
                "a column for each of them",
                columns(lambda t: t.pivot(index="time", columns="station")["value"].reset_index()),
            ),
        ),
        linear(),
    ),
    Row(
        "a column for each year",
        csv(lambda t: _by_year()),
        ASKED,
        "turn the table",
        (edits("turn the table", columns(_turned)),),
        linear(),
        left=("independent states",),
    ),
    Row(
        "a flag that is measured",
        csv(_with_flag),
        ASKED,
        "--variable x_flag",
        (asks("name it with the rest", lambda a: (*a, *_naming("x", "y", "x_flag"))), takes("state", "observe")),
        same(
            lambda: _with_flag(frame()).set_index("time"),
            state=["x", "y"],
            observe=["x_flag"],
            variable=["x", "y", "x_flag"],
        ),
        left=CHANCE,
    ),
    Row("weekends", csv(_weekends, 2100), ASKED, "--cycle 7", (takes("anomaly", "harmonics", "cycle"),), linear()),
    Row(
        "confidence limits",
        csv(lambda t: t.assign(lower=t.x - 0.2, upper=t.x + 0.2)),
        ASKED,
        "lower, upper (confidence limit) are passed over",
        (),
        linear(),
    ),
    Row(
        "a trace of rain",
        csv(lambda t: t.assign(z=np.where(t.time % 50 == 7, "T", (t.y**2).round(3).astype(str)))),
        (*ASKED, "--state", "x", "--state", "y", "--observe", "z"),
        "a trace, is 0",
        (),
        same(
            lambda: frame().assign(z=lambda t: np.where(t.time % 50 == 7, 0, (t.y**2).round(3))).set_index("time"),
            state=["x", "y"],
            observe=["z"],
        ),
    ),
)
