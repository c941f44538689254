"""Remedies for times: calendars, steps, gaps, runs, ages, clocks, lags and lengths."""

import numpy as np
import pandas as pd
import scipy.signal
import xarray as xr

from .following import Row, asks, edits, instead, takes
from .records import STEPS, columns, csv, dataset, dated, edited, frame, linear, same

SHORT = ("respond", "a.csv", "--push", "x", "--max-lag", "4", "--score", "gaussian")


def _blocks(first: int, second: int) -> pd.DataFrame:
    """Two runs of different length."""
    one, two = frame(first, 3), frame(second, 4)
    return pd.concat([one.assign(member="a"), two.assign(member="b")])


def _months(table: pd.DataFrame) -> pd.DataFrame:
    count = np.arange(len(table))
    return table.assign(year=1900 + count // 12, month=count % 12 + 1).drop(columns="time")


def _pentads(table: pd.DataFrame) -> pd.DataFrame:
    count = np.arange(len(table))
    return table.assign(year=1990 + count // 73, pentad=count % 73 + 1).drop(columns="time")


def _box_runs(table: pd.DataFrame) -> pd.DataFrame:
    """Three runs below one another, of different lengths, with a count of their steps."""
    runs = [frame(count, seed) for seed, count in enumerate((700, 400, 600), start=3)]
    return pd.concat([run.assign(box=number, time=np.arange(len(run))) for number, run in enumerate(runs, start=7)])


def _trials(table: pd.DataFrame) -> pd.DataFrame:
    """Ten subjects below one another, and the steps of each called trials."""
    runs = [frame(len(table) // 10, seed).drop(columns="time") for seed in range(3, 13)]
    return pd.concat([run.assign(trial=np.arange(len(run)), subject=f"S{n}") for n, run in enumerate(runs)])


def _side_by_side(table: pd.DataFrame) -> pd.DataFrame:
    """Four runs of one variable that keeps 0.6 of itself at a step."""
    noise = np.random.default_rng(8).standard_normal((len(table), 4))
    runs = scipy.signal.lfilter([1.0], [1.0, -0.6], noise, axis=0)
    return pd.DataFrame({"time": table.time, **{f"run{k}": runs[:, k] for k in range(4)}})


def _below_one_another(table: pd.DataFrame) -> pd.DataFrame:
    """The two variables as cells of a field, at 0 and 0.5 along ``row``."""
    cells = table.melt("time", ["x", "y"], var_name="row", value_name="u")
    return cells.assign(row=0.5 * (cells.row == "y"))


def _beside_one_another(table: pd.DataFrame) -> pd.DataFrame:
    return table.pivot(index="time", columns="row", values="u").set_axis(["x", "y"], axis=1).reset_index()


def _uneven(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(time=table.time + 0.3 * np.sin(table.time**2))


ROWS: tuple[Row, ...] = (
    Row(
        "a gap of times",
        csv(lambda t: t.drop(index=[400, 401, 402])),
        SHORT,
        "--gaps split",
        (takes("gaps"),),
        same(lambda: frame().drop(index=[400, 401, 402]).set_index("time"), gaps="split"),
    ),
    Row(
        "a gap that counts for nothing",
        csv(lambda t: t.drop(index=[400, 401, 402])),
        SHORT,
        "--steps",
        (takes("steps"),),
        linear(),
    ),
    Row("uneven times", csv(_uneven), SHORT, "give --steps", (takes("steps"),), linear()),
    Row(
        "uneven times interpolated",
        csv(lambda t: t.assign(time=t.time + 0.1234 * (t.time % 2))),  # no rounding
        SHORT,
        "interpolate the record",
        (edits("interpolate", columns(lambda t: t.assign(time=np.arange(len(t))))),),
        linear(),
    ),
    Row(
        "times backwards",
        csv(lambda t: t[::-1].assign(time=t.time[::-1])),
        SHORT,
        "turn the record round",
        (edits("turn the record round", columns(lambda t: t[::-1])),),
        linear(),
    ),
    Row(
        "times in disorder",
        csv(lambda t: t.sample(frac=1, random_state=1)),
        SHORT,
        "sort the record",
        (edits("sort the record", columns(lambda t: t.sort_values("time"))),),
        linear(),
    ),
    Row(
        "repeated steps",
        csv(lambda t: pd.concat([t[:400], t[399:]])),
        SHORT,
        "drop repeated steps",
        (edits("drop repeated steps", columns(lambda t: t.drop_duplicates("time"))),),
        linear(),
    ),
    Row(
        "runs without a name",
        csv(lambda t: pd.concat([t, frame(seed=4)]).assign(who=np.repeat([1.0, 2.5], len(t)))),
        SHORT,
        "--member who",
        (takes("member"),),
        linear(),
    ),
    Row(
        "steps of runs taken for runs",
        csv(_trials),
        SHORT,
        "--member subject",
        (takes("member", "rename", after="counts steps"),),
        linear(),
    ),
    Row(
        "runs side by side",
        csv(_side_by_side),
        ("respond", "a.csv", "--push", "run0", *SHORT[4:]),
        "melt('time'",
        (
            edits("melt('time'", columns(lambda t: t.melt("time", var_name="member", value_name="x"))),
            asks("is not a state variable", lambda a: (*a[:3], "x", *a[4:])),
        ),
        same(lambda: xr.Dataset({"x": (("member", "time"), _side_by_side(frame()).drop(columns="time").to_numpy().T)})),
    ),
    Row(
        "cells below one another",
        csv(_below_one_another),
        ("respond", "a.csv", "--push", "u", *SHORT[4:]),
        "write a column for each of them",
        (
            edits("write a column", columns(_beside_one_another)),
            asks("is not a state variable", lambda a: (*a[:3], "x", *a[4:])),
        ),
        linear(),
    ),
    Row("runs of unequal length", csv(lambda t: _blocks(700, 500)), SHORT, "--gaps split", (takes("gaps"),), linear()),
    Row(
        "a row without time",
        csv(lambda t: t.assign(time=t.time.where(t.time != 7))),
        SHORT,
        "--steps",
        (takes("steps"),),
        linear(),
    ),
    Row(
        "a row without time filled in",
        csv(lambda t: t.assign(time=t.time.where(t.time != 7))),
        SHORT,
        "fill in the missing time",
        (edits("fill in", columns(lambda t: t.assign(time=np.arange(len(t))))),),
        linear(),
    ),
    Row(
        "months without years",
        csv(lambda t: _months(t).drop(columns="year")),
        SHORT,
        "add a column 'year'",
        (edits("add a column 'year'", columns(lambda t: t.assign(year=1900 + np.arange(len(t)) // 12))),),
        linear(),
    ),
    Row(
        "months without years dropped",
        csv(lambda t: _months(t).drop(columns="year")),
        SHORT,
        "else drop it (--drop month)",
        (takes("drop", after="else"),),
        linear(),
    ),
    Row(
        "years alone",
        csv(lambda t: _months(t).drop(columns="month")),
        SHORT,
        "add a column 'month'",
        (edits("add a column 'month'", columns(lambda t: t.assign(month=np.arange(len(t)) % 12 + 1))),),
        linear(),
    ),
    Row(
        "years alone by steps",
        csv(lambda t: _months(t).drop(columns="month")),
        SHORT,
        "give --steps",
        (takes("steps"),),
        linear(),
    ),
    Row(
        "a counter",
        csv(lambda t: t.rename(columns={"time": "n"})),
        SHORT,
        "call it 'time'",
        (asks("call it 'time'", lambda a: (*a, "--rename", "n=time")),),
        linear(),
    ),
    Row(
        "a counter dropped",
        csv(lambda t: t.rename(columns={"time": "n"})),
        SHORT,
        "drop it",
        (asks("drop it", lambda a: (*a, "--drop", "n")),),
        linear(),
    ),
    Row(
        "a date that is none",
        csv(lambda t: dated("2001-01-01", "1D").astype({"time": str}).replace({"time": {"2001-02-10": "2001-02-31"}})),
        SHORT,
        "correct it",
        (edits("correct it", edited(lambda s: s.replace("2001-02-31", "2001-02-10"))),),
        linear(),
    ),
    Row(
        "no date at all",
        csv(lambda t: t.assign(time=[f"step {n}x" for n in range(len(t))])),
        SHORT,
        "leave the time column out",
        (asks("leave the time column out", lambda a: (*a, "--drop", "time")),),
        linear(),
    ),
    Row(
        "days that may be months",
        csv(lambda t: t.assign(time=[f"03/02/{1000 + n}" for n in range(len(t))])),
        SHORT,
        "write ISO dates",
        (edits("write ISO", columns(lambda t: dated("1900-01", "1M"))),),
        linear(),
    ),
    Row(
        "a local clock",
        csv(
            lambda t: dated("2001-01-01T00", "1h", 8760).assign(
                time=lambda d: pd.DatetimeIndex(d.time, tz="UTC").tz_convert("Europe/Berlin").tz_localize(None)
            ),
            8760,
        ),
        SHORT,
        "UTC",
        (edits("UTC", columns(lambda t: dated("2001-01-01T00", "1h", 8760))),),
        linear(),
    ),
    Row(
        "an unknown calendar",
        dataset(
            lambda d: d.assign_coords(
                time=("time", np.arange(STEPS) * 1.0, {"units": "days since 2000-01-01", "calendar": "lunar"})
            )
        ),
        ("respond", "a.nc", *SHORT[2:]),
        "--steps",
        (takes("steps"),),
        linear(),
    ),
    Row("pentads of the year", csv(_pentads), (*SHORT[:-3], "20", *SHORT[-2:]), "pentad", (), linear()),
    Row(
        "a lag of nothing",
        csv(lambda t: t),
        (*SHORT[:4], "--max-lag", "0.2", "--score", "gaussian"),
        "--max-lag 10",
        (instead("max-lag"),),
        linear(),
    ),
    Row(
        "a lag in another unit",
        csv(lambda t: t),
        (*SHORT[:4], "--max-lag", "5 days", "--score", "gaussian"),
        "such as --max-lag 10",
        (instead("max-lag"),),
        linear(),
    ),
    Row(
        "a lag that is too long",
        csv(lambda t: t),
        (*SHORT[:4], "--max-lag", "5000", "--score", "gaussian"),
        "give another lag",
        (instead("max-lag"),),
        linear(),
    ),
    Row(
        "too few rows",
        csv(lambda t: t[:30]),
        SHORT,
        "give a longer record",
        (edits("give a longer record", columns(lambda t: frame())),),
        linear(),
    ),
    Row(
        "more skipped than there is",
        csv(lambda t: t),
        (*SHORT, "--skip", "5000"),
        "give a smaller number",
        (asks("give a smaller number", lambda a: (*SHORT, "--skip", "100")),),
        linear(),
    ),
    Row(
        "the depth of a core",
        csv(lambda t: t[::-1].assign(depth=0.5 * np.arange(len(t))).drop(columns="time")),
        SHORT,
        "what is deeper came first",
        (takes("rename"),),
        linear(),
    ),
    Row(
        "steps of runs below one another",
        csv(lambda t: _box_runs(t).rename(columns={"time": "step"})),
        SHORT,
        "begins again at 2 places",
        (takes("member", "gaps", "rename"),),
        linear(),
    ),
    Row(
        "years by quarters",
        csv(
            lambda t: pd.DataFrame(t.x.to_numpy().reshape(-1, 4), columns=["Q1", "Q2", "Q3", "Q4"]).assign(
                year=1700 + np.arange(len(t) // 4)
            )
        ),
        ("respond", "a.csv", "--push", "Q1", "--max-lag", "4", "--score", "gaussian"),
        "one row for each quarter",
        (
            edits("a row for each quarter", columns(lambda t: dated("1700-01", "3M"))),
            asks("state variables are", lambda a: tuple("x" if word == "Q1" else word for word in a)),
        ),
        linear(),
    ),
)
