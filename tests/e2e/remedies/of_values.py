"""Remedies for values: codes, gaps, constants, copies, functions of others, atoms, jumps and drifts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from .following import Arguments, Make, Right, Row, asks, edits, takes, without
from .records import ASKED, SHOWN, STEPS, columns, csv, frame, linear, response, same, states


def _set(column: str, rows: Any, value: float) -> Make:
    def change(table: pd.DataFrame) -> None:
        table.loc[rows, column] = value

    return csv(change)


def _cut(*rows: int) -> pd.DataFrame:
    return frame().drop(index=list(rows))


def _index(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("time")


def _add(name: str, values: Any) -> Make:
    return csv(lambda table: table.assign(**{name: values}))


def _jump(table: pd.DataFrame) -> None:
    table.loc[: STEPS // 3 - 1, "x"] += 8.0


def _spun(table: pd.DataFrame) -> None:
    table["x"] += 15 * np.exp(-np.arange(len(table)) / 20)


def _settles(table: pd.DataFrame) -> None:
    table["x"] += 60 * np.exp(-np.arange(len(table)) / 60)


def _carried(table: pd.DataFrame) -> None:
    for place in range(20, len(table), 40):
        table.loc[place, "x"] = table.loc[place - 1, "x"]


def _log_normal(table: pd.DataFrame) -> pd.DataFrame:
    """A variable whose logarithm is a Gaussian autoregression that keeps 0.8 of itself at a step."""
    moves = np.random.default_rng(6).standard_normal(len(table))
    return pd.DataFrame({"time": table.time, "p": np.exp(lfilter([0.9], [1, -0.8], moves))})


def _with_logarithm(line: str, asked: Arguments, folder: Path) -> Arguments | None:
    """The file with the logarithm in place of the variable, and the options that the message gives for it."""
    if "a column l = log(p)" not in line:
        return None
    columns(lambda table: table.assign(l=np.log(table.p)).drop(columns="p"))(folder)
    return (*without(without(asked, "--push"), "--observe"), "--push", "l", "--observe", "exp(l)")


def _of_the_logarithm(observed: str, known: Callable[[float, np.ndarray], np.ndarray]) -> Right:
    """A response that is known from the standard deviation of the logarithm, 1.5, and its autocorrelation."""

    def check(folder: Path) -> None:
        part = response(folder).isel(push=0).sel(observable=observed)
        away = np.abs(part.impulse_response - known(1.5, 0.8 ** np.arange(part.lag.size)))
        assert (away <= 4 * part.impulse_response_stderr + 1e-6).all(), part

    return Right(check)


def _bounded(line: str, asked: Arguments, folder: Path) -> Arguments | None:
    """The expression within bounds that is written in place of the one without a variance."""
    found = re.search(r"--observe '(max\(.*\))'", line)
    return (*without(asked, "--observe"), "--observe", found[1]) if found else None


def _of_a_bounded_ratio(folder: Path) -> None:
    """Of f, the ratio within its bounds, K(t) = E[f(t) (C^-1)_x . (x, y)(0)], from a record thirty times as long."""
    part = response(folder).isel(push=0, observable=0)
    bound = float(str(part.observable.values).split("-")[1].split(",")[0])
    long = states(180_000, seed=8)
    ratio = np.clip(long[:, 0] / long[:, 1], -bound, bound)
    conjugate = long @ np.linalg.inv(np.cov(long.T))[:, 0]
    known = [np.mean(ratio[lag:] * conjugate[: len(long) - lag]) for lag in range(part.lag.size)]
    assert (np.abs(part.impulse_response - known) <= 4 * part.impulse_response_stderr).all(), part


def _saturated(table: pd.DataFrame) -> None:
    table.loc[table.x > table.x.quantile(0.95), "x"] = np.nan


def _hidden() -> np.ndarray:
    """A variable that has nothing to do with the state."""
    return states(seed=9)[:, 0]


GAPS = takes("missing", "gaps")
LOGARITHM = ("respond", "a.csv", "--push", "p", "--observe", "p", "--max-lag", "4", "--score", "gaussian")
PUSHED_Z = ("respond", "a.csv", "--push", "z", "--max-lag", "4", "--score", "gaussian")
OTHER = asks("push another variable", lambda asked: (*without(asked, "--push"), "--push", "x"))
CUT = same(lambda: _index(_cut(40, 900)), gaps="split")

ROWS: tuple[Row, ...] = (
    Row("a code twice", _set("x", [40, 900], -99.99), ASKED, "--missing -99.99", (GAPS,), CUT),
    Row(
        "a code once",
        _set("x", [40], 1e20),
        ASKED,
        "--missing 1e+20",
        (GAPS,),
        same(lambda: _index(_cut(40)), gaps="split"),
    ),
    Row(
        "a code that is a value",
        _set("x", [40, 900], -99.99),
        ASKED,
        "--keep-outliers",
        (takes("keep-outliers"),),
        linear(),
        left=("heavy tails",),
    ),
    Row("a missing value", _set("y", [40, 900], np.nan), ASKED, "--gaps split", (takes("gaps"),), CUT),
    Row(
        "a missing value filled",
        _set("y", [40], np.nan),
        ASKED,
        "fill the gaps",
        (edits("fill the gaps", columns(lambda table: table.interpolate())),),
        linear(),
    ),
    Row(
        "a column without values that was asked for",
        _add("z", np.nan),
        (*ASKED, "--variable", "x", "--variable", "y", "--variable", "z"),
        "or name the others alone",
        (asks("name the others alone", lambda a: a[:-2]),),
        linear(),
    ),
    Row(
        "a constant that was asked for",
        _add("z", 1.0),
        (*ASKED, "--variable", "x", "--variable", "y", "--variable", "z"),
        "leave out what does not vary",
        (
            edits("leave out what does not vary", columns(lambda t: t.drop(columns="z"))),
            asks("by --variable", lambda a: a[:-2]),
        ),
        linear(),
    ),
    Row(
        "a column that stops",
        csv(lambda t: t.assign(z=np.where(t.index < 500, t.y**2, 3.0))),
        ASKED,
        "--drop z",
        (takes("drop"),),
        linear(),
    ),
    Row(
        "a column that stops is observed",
        csv(lambda t: t.assign(z=np.where(t.index < 500, t.y**2, 3.0))),
        (*ASKED, "--observe", "x"),
        "--observe z",
        (takes("state", "observe"),),
        linear(),
    ),
    Row(
        "a square beside its root",
        csv(lambda t: t.assign(z=t.x**2)),
        ASKED,
        "--observe z",
        (takes("state", "observe"),),
        same(lambda: _index(frame()), observe=["x**2"]),
    ),
    Row(
        "a logarithm",
        csv(lambda t: t.assign(z=np.exp(t.x / 4))),
        ASKED,
        "--observe z",
        (takes("state", "observe"),),
        same(lambda: _index(frame()), observe=["exp(0.25*x)"]),
    ),
    Row(
        "a product of two",
        csv(lambda t: t.assign(z=t.x * t.y)),
        ASKED,
        "--observe z",
        (takes("state", "observe"),),
        same(lambda: _index(frame()), observe=["x*y"]),
    ),
    Row(
        "a copy",
        csv(lambda t: t.assign(z=2 * t.x + 1)),
        ASKED,
        "leave one of each pair out",
        (takes("drop"),),
        linear(),
    ),
    Row("a sum of others", csv(lambda t: t.assign(z=t.x + t.y)), ASKED, "is constant", (takes("drop"),), linear()),
    Row(
        "a push on truth values",
        csv(lambda t: t.assign(z=_hidden() > 0.5)),
        PUSHED_Z,
        "--observe z",
        (OTHER, takes("state", "observe")),
        same(lambda: _index(frame().assign(z=(_hidden() > 0.5) * 1.0)), observe=["z"], state=["x", "y"]),
    ),
    Row(
        "a push on truth values of another",
        csv(lambda t: t.assign(z=(t.x > 0.5) * 1)),
        PUSHED_Z,
        "--observe z",
        (takes("state", "observe"), asks("name one of these", lambda a: ("respond", "a.csv", "--push", "x", *a[4:]))),
        same(lambda: _index(frame()), observe=["x > 0.5"]),
    ),
    Row(
        "counts beside the state",
        csv(lambda t: t.assign(z=np.clip(np.round(_hidden()), -3, 3))),
        ASKED,
        "--observe z",
        (takes("state", "observe"),),
        same(lambda: _index(frame().assign(z=np.clip(np.round(_hidden()), -3, 3))), observe=["z"], state=["x", "y"]),
    ),
    Row(
        "truth values beside the state",
        csv(lambda t: t.assign(z=(t.x > 0.5) * 1)),
        ASKED,
        "--observe z",
        (takes("state", "observe"),),
        same(lambda: _index(frame()), observe=["x > 0.5"]),
    ),
    Row(
        "a push on zeros of rain",
        csv(lambda t: t.assign(z=np.maximum(_hidden() - 0.5, 0))),
        PUSHED_Z,
        "--observe z",
        (OTHER, takes("state", "observe")),
        same(lambda: _index(frame().assign(z=np.maximum(_hidden() - 0.5, 0))), observe=["z"], state=["x", "y"]),
    ),
    Row(
        "a push that is shown all the same",
        csv(lambda t: t.assign(z=(_hidden() > 0.5) * 1)),
        PUSHED_Z,
        "--allow-unreliable",
        (takes("allow-unreliable"),),
        SHOWN,
        left=("misses", "density", "different values"),
    ),
    Row(
        "a random walk",
        csv(lambda t: t.assign(x=np.cumsum(t.x))),
        ASKED,
        "take differences",
        (edits("take differences", columns(lambda t: t.assign(x=t.x.diff().bfill()))),),
        linear(),
    ),
    Row(
        "a jump",
        csv(_jump),
        ASKED,
        f"--skip {STEPS // 3}",
        (takes("skip"),),
        same(lambda: _index(frame().iloc[STEPS // 3 :])),
    ),
    Row(
        "a push on a log-normal variable",
        csv(_log_normal, 20_000),
        LOGARITHM,
        "--push 'p_share: p=p'",
        (asks("--push 'p_share: p=p'", lambda a: (*without(a, "--push"), "--push", "p_share: p=p")),),
        _of_the_logarithm("p", lambda s, keeps: keeps * np.exp(s**2 / 2)),
        left=("heavy tails",),
    ),
    Row(
        "the logarithm as the state",
        csv(_log_normal, 20_000),
        LOGARITHM,
        "--push l",
        (_with_logarithm,),
        _of_the_logarithm("exp(l)", lambda s, keeps: keeps * np.exp(s**2 / 2)),
        left=("heavy tails",),
    ),
    Row(
        "a sensor that saturates",
        csv(_saturated, 6000),
        (*ASKED, "--gaps", "split"),
        "--allow-unreliable",
        (takes("allow-unreliable"),),
        SHOWN,
        left=("depend on", "Carried forward", "the past of"),
    ),
    Row(
        "a sensor whose values were measured",
        csv(_saturated, 6000),
        (*ASKED, "--gaps", "split"),
        "let them in",
        (edits("let them in", lambda folder: csv(lambda t: None, 6000)(folder)),),
        linear(),
    ),
    Row(
        "a ratio without a variance",
        csv(lambda t: None, 6000),
        (*ASKED, "--observe", "x/y"),
        "no finite variance",
        (_bounded,),
        Right(_of_a_bounded_ratio),
    ),
    Row("a spin-up", csv(_spun), ASKED, "--skip", (takes("skip"),), linear()),
    Row("a mean that settles", csv(_settles), ASKED, "--skip", (takes("skip"),), linear()),
    Row(
        "a trend that bends",
        csv(lambda t: t.assign(x=t.x + 8 * (t.time / STEPS) ** 2)),
        ASKED,
        "--trend-degree 2",
        (takes("detrend", "trend-degree"),),
        linear(),
    ),
    Row(
        "an arch",
        csv(lambda t: t.assign(x=t.x + 8 * np.sin(np.pi * t.time / STEPS))),
        ASKED,
        "--trend-degree",
        (takes("detrend", "trend-degree"),),
        linear(),
    ),
    Row(
        "a degree without a trend",
        csv(lambda t: t.assign(x=t.x + 8 * (t.time / STEPS) ** 2)),
        (*ASKED, "--trend-degree", "2"),
        "give --detrend as well",
        (takes("detrend"),),
        linear(),
    ),
    Row("a trend", csv(lambda t: t.assign(x=t.x + 0.005 * t.time)), ASKED, "--detrend", (takes("detrend"),), linear()),
    Row(
        "an age as a column",
        csv(lambda t: t.assign(z=np.cumsum(1 + t.x**2))),
        ASKED,
        "--drop z",
        (takes("drop"),),
        linear(),
    ),
    Row(
        "values that were carried on",
        csv(_carried),
        ASKED,
        "--gaps split",
        (edits("Leave them empty", columns(lambda t: t.assign(x=t.x.where(t.x.diff() != 0)))), takes("gaps")),
        linear(),
    ),
    Row(
        "values too large",
        csv(lambda t: t.assign(x=1e36 * t.x)),
        ASKED,
        "change the units",
        (edits("change the units", columns(lambda t: t.assign(x=t.x / 1e36))),),
        linear(),
    ),
    Row(
        "values too small",
        csv(lambda t: t.assign(x=1e-36 * t.x)),
        ASKED,
        "change the units",
        (edits("change the units", columns(lambda t: t.assign(x=t.x / 1e-36))),),
        linear(),
    ),
)
