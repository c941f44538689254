"""Remedies for files: headers, columns, words, layouts, groups, variables and members."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from .following import Row, asks, edits, takes
from .records import ASKED, STEPS, columns, csv, dataset, edited, frame, linear, same, states, text

NC = ("respond", "a.nc", *ASKED[2:])


def _groups(folder: Path) -> None:
    data = frame().set_index("time").to_xarray()
    data.to_netcdf(folder / "a.nc", engine="h5netcdf", group="measured")


def _runs(dim: str, **coords: Any) -> xr.Dataset:
    both = np.stack([states(600, 3), states(600, 4)])
    return xr.Dataset(
        {name: ((dim, "time"), both[..., place]) for place, name in enumerate("xy")},
        {"time": np.arange(600.0), **coords},
    )


def _gridded(data: xr.Dataset) -> xr.Dataset:
    return data.assign(u=(("time", "z"), np.random.default_rng(0).standard_normal((STEPS, 3))))


def _labels(data: xr.Dataset) -> xr.Dataset:
    """Three cells at latitudes 1, 2 and 3."""
    values = np.concatenate([states(), states(seed=4)], axis=1)[:, :3]
    return xr.Dataset({"u": (("time", "lat"), values)}, {"time": np.arange(float(STEPS)), "lat": [1.0, 2.0, 3.0]})


def _as_two_columns(folder: Path) -> None:
    """The table of years by months with a row for each month."""
    months = (f"{1900 + n // 12}-{n % 12 + 1:02d},{value:.4f}\n" for n, value in enumerate(states()[:, 0]))
    (folder / "a.csv").write_text("time,x\n" + "".join(months))


def _complex(folder: Path) -> None:
    import h5netcdf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # complex numbers are no part of the format
        with h5netcdf.File(folder / "a.nc", "w", invalid_netcdf=True) as file:
            file.dimensions = {"time": STEPS}
            file.create_variable("time", ("time",), data=np.arange(float(STEPS)))
            file.create_variable("x", ("time",), data=states() @ np.array([1, 1j]))


ROWS: tuple[Row, ...] = (
    Row(
        "no header",
        text(lambda s: s.partition("\n")[2]),
        ASKED,
        "add a header",
        (edits("add a header", edited(lambda s: "time,x,y\n" + s)),),
        linear(),
    ),
    Row(
        "lines above the header",
        text(lambda s: "Station 7\nfrom the coast\n" + s),
        ASKED,
        "delete the lines before",
        (edits("delete the lines", edited(lambda s: s.partition("coast\n")[2])),),
        linear(),
    ),
    Row(
        "lines above the header made comments",
        text(lambda s: "Station 7\nfrom the coast\n" + s),
        ASKED,
        "start each of them with '#'",
        (edits("'#'", edited(lambda s: "#" + s.replace("\nfrom", "\n#from"))),),
        linear(),
    ),
    Row(
        "a cell of words",
        csv(lambda t: t.astype({"x": object}).replace({"x": {t.x[70]: "broken"}})),
        ASKED,
        "leave the cell empty",
        (edits("leave the cell empty", edited(lambda s: s.replace("broken", ""))), takes("gaps")),
        linear(),
    ),
    Row(
        "a column of codes and words",
        csv(lambda t: t.assign(z=[f"{n}a" if n % 3 else "7" for n in range(len(t))])),
        ASKED,
        "--drop z",
        (takes("drop"),),
        linear(),
    ),
    Row(
        "marks between thousands",
        csv(lambda t: t.assign(y=[f"{v * 1e6:,.0f}" for v in t.y])),
        ASKED,
        "without marks between thousands",
        (
            edits(
                "without marks",
                columns(lambda t: t.assign(y=[float(v.replace(",", "")) / 1e6 for v in t.y.astype(str)])),
            ),
        ),
        linear(),
    ),
    Row(
        "two columns of one name",
        text(lambda s: s.replace("time,x,y", "time,x,x")),
        ASKED,
        "rename or drop",
        (edits("rename or drop", edited(lambda s: s.replace("time,x,x", "time,x,y"))),),
        linear(),
    ),
    Row(
        "a column without a name",
        text(lambda s: s.replace("time,x,y", "time,x,")),
        ASKED,
        "name or drop",
        (edits("name or drop", edited(lambda s: s.replace("time,x,\n", "time,x,y\n"))),),
        linear(),
    ),
    Row(
        "a column more than names",
        text(lambda s: s.replace("time,x,y", "time,x")),
        ASKED,
        "name or drop",
        (edits("name or drop", edited(lambda s: s.replace("time,x\n", "time,x,y\n"))),),
        linear(),
    ),
    Row(
        "rows that differ",
        text(lambda s: s.replace("\n50,", "\n50,1,2,3,", 1)),
        ASKED,
        "correct the rows",
        (edits("correct the rows", edited(lambda s: s.replace("\n50,1,2,3,", "\n50,", 1))),),
        linear(),
    ),
    Row(
        "years by months",
        text(
            lambda s: "\n".join(
                [
                    "year,"
                    + ",".join(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
                ]
                + [f"{1900 + n}," + ",".join(f"{v:.4f}" for v in states()[12 * n : 12 * n + 12, 0]) for n in range(100)]
            )
        ),
        ASKED,
        "two columns",
        (edits("two columns", _as_two_columns),),
        linear(),
    ),
    Row(
        "a path that is none",
        csv(lambda t: t),
        ("respond", "b.csv", *ASKED[2:]),
        "check the path",
        (asks("check the path", lambda a: ASKED),),
        linear(),
    ),
    Row(
        "groups",
        _groups,
        NC,
        "a.nc:",
        (asks("a.nc:/measured", lambda a: ("respond", "a.nc:/measured", *NC[2:])),),
        linear(),
    ),
    Row(
        "a group that is none",
        _groups,
        ("respond", "a.nc:/other", *NC[2:]),
        "a.nc:",
        (asks("a.nc:/measured", lambda a: ("respond", "a.nc:/measured", *NC[2:])),),
        linear(),
    ),
    Row(
        "a time of another name",
        dataset(lambda d: d.rename(time="t").drop_vars("t")),
        NC,
        "--rename t=time",
        (takes("rename"),),
        linear(),
    ),
    Row(
        "fields beside numbers",
        dataset(_gridded),
        NC,
        "--variable x --variable y",
        (takes("variable", after="no fields"),),
        linear(),
    ),
    Row(
        "runs of a strange name", dataset(lambda d: _runs("batch")), NC, "--member batch", (takes("member"),), linear()
    ),
    Row(
        "a member that is none",
        dataset(lambda d: _runs("member")),
        (*NC, "--member", "batch"),
        "name one of these",
        (asks("name one of these", lambda a: (*NC, "--member", "member")),),
        linear(),
    ),
    Row(
        "equal members",
        dataset(lambda d: xr.concat([d, d], "member")),
        NC,
        "leave one of the two out",
        (edits("leave one", lambda folder: _one(folder)),),
        linear(),
    ),
    Row(
        "a cell with two readings",
        dataset(_labels),
        ("respond", "a.nc", "--variable", "u", "--push", "u[lat=1]", "--max-lag", "4", "--score", "gaussian"),
        "write lat=1.0",
        (asks("write lat=1.0", lambda a: (*a[:5], "u[lat=1.0]", *a[6:])),),
        same(lambda: _labels(frame().set_index("time").to_xarray()), variable="u", push="u[lat=@0]"),
    ),
    Row(
        "a cell that is none",
        dataset(_labels),
        ("respond", "a.nc", "--variable", "u", "--push", "u[lat=7.0]", "--max-lag", "4", "--score", "gaussian"),
        "lat=@0",
        (asks("as lat=@0", lambda a: (*a[:5], "u[lat=@0]", *a[6:])),),
        same(lambda: _labels(frame().set_index("time").to_xarray()), variable="u", push="u[lat=1.0]"),
    ),
    Row(
        "complex numbers",
        _complex,
        NC,
        "real",
        (edits("two variables", dataset(lambda d: d)),),
        linear(),
    ),
    Row(
        "a factor of words",
        dataset(lambda d: d.assign(x=d.x.assign_attrs(scale_factor="two"))),
        NC,
        "delete the attribute",
        (edits("delete the attribute", dataset(lambda d: d)),),
        linear(),
    ),
)


def _one(folder: Path) -> None:
    xr.load_dataset(folder / "a.nc", engine="h5netcdf").isel(member=0, drop=True).to_netcdf(
        folder / "b.nc", engine="h5netcdf"
    )
    (folder / "b.nc").replace(folder / "a.nc")
