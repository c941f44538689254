"""Remedies of the other verbs, of network scores and of files of patterns: simulate, sample, fit-score, --push-file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
import xarray as xr
from scipy.signal import lfilter

import fluctua
from fluctua.networks import MultilayerPerceptron
from fluctua.results import FittedScore
from fluctua.scores import NetworkScore, WhitenedPreconditioning, Whitening, moments
from fluctua.scores.noised import Denoiser

from .following import Advice, Arguments, Make, Right, Row, asks, edits, instead, leaves, without
from .records import ASKED, csv, frame, linear, response, same

PLAIN = csv(lambda table: table)
SIMULATED = ("simulate", "ornstein-uhlenbeck", "--duration", "50", "--out", "s.nc")
FIELD = ("simulate", "ou-field", "--duration", "20", "--out", "s.nc")


def _nothing(folder: Path) -> None:
    pass


def _simulated(system: str = "ornstein-uhlenbeck", duration: float = 50.0, file: str = "s.nc", **options: Any) -> Right:
    """The file holds what the same call in Python returns."""

    def check(folder: Path) -> None:
        known = fluctua.simulate(system, duration=duration, **options)
        way: dict[str, Any] = {"engine": "h5netcdf"}
        if file.endswith(".zarr"):
            way = {"engine": "zarr", "backend_kwargs": {"consolidated": False}}
        with xr.open_dataset(folder / file, **way) as found:
            for name, values in known.data_vars.items():
                np.testing.assert_allclose(found[name].values, values.values, rtol=1e-6)

    return Right(check)


def _simulate(name: str, asked: Arguments, says: str, advice: Advice, end: Right) -> Row:
    return Row(name, _nothing, asked, says, (advice,), end)


def _uses(option: str) -> Advice:
    """The value of an option, or the first argument, is what a message tells to use, or gives an example of."""

    def follow(line: str, asked: Arguments, folder: Path) -> Arguments | None:
        for words in (" Use '", " Give the name ", "such as "):
            _, found, rest = line.partition(words)
            value = rest.split("'")[0].split(",")[0].removesuffix(".")
            if not found:
                continue
            if not option:
                return (asked[0], value, *asked[2:])
            return (*without(asked, option), option, value)
        return None

    return follow


SIMULATIONS = (
    _simulate(
        "a misspelt system", ("simulate", "quartik", *SIMULATED[2:]), "Use 'quartic'", _uses(""), _simulated("quartic")
    ),
    _simulate("a seed of the noise", (*SIMULATED, "--seed", "-1"), "--seed 0", instead("seed"), _simulated()),
    _simulate("no member", (*SIMULATED, "--members", "0"), "--members 1", instead("members"), _simulated()),
    _simulate("no saved step", (*SIMULATED, "--save-every", "0"), "--save-every", instead("save-every"), _simulated()),
    _simulate("no time step", (*SIMULATED, "--dt", "0"), "--dt", instead("dt"), _simulated()),
    _simulate("a spin-up backwards", (*SIMULATED, "--spin-up", "-1"), "--spin-up", instead("spin-up"), _simulated()),
    _simulate(
        "no duration",
        ("simulate", "ornstein-uhlenbeck", "--duration", "0", "--out", "s.nc"),
        "--duration 100",
        instead("duration"),
        _simulated(duration=100.0),
    ),
    _simulate(
        "a time step that is too long",
        ("simulate", "lorenz63", "--duration", "50", "--dt", "1", "--out", "s.nc"),
        "smaller time step, such as 0.005",
        _uses("--dt"),
        _simulated("lorenz63", dt=0.005),
    ),
    _simulate(
        "a size of no field",
        (*SIMULATED, "--size", "8"),
        "Leave it out",
        asks("Leave it out", lambda a: without(a, "--size")),
        _simulated(),
    ),
    _simulate(
        "a field of few points", (*FIELD, "--size", "2"), "--size 32", instead("size"), _simulated("ou-field", 20.0)
    ),
    _simulate(
        "a misspelt scheme",
        (*FIELD, "--scheme", "expo"),
        "Use 'exponential'",
        _uses("--scheme"),
        _simulated("ou-field", 20.0),
    ),
    _simulate(
        "a record in another form",
        (*SIMULATED[:-1], "s.txt"),
        "Give the name s.zarr",
        _uses("--out"),
        _simulated(file="s.zarr"),
    ),
    _simulate(
        "a field as a table",
        (*FIELD[:-1], "s.csv"),
        "Give the name s.zarr",
        _uses("--out"),
        _simulated("ou-field", 20.0, file="s.zarr"),
    ),
)


def _with_network(folder: Path) -> None:
    """The record, and the network of a score that has learned nothing: that of a Gaussian, as the record is."""
    PLAIN(folder)
    states = frame()[["x", "y"]].to_numpy()
    denoiser = Denoiser(MultilayerPerceptron(2, 2, key=jax.random.key(0)), WhitenedPreconditioning(None, 2), 0.07, 10.0)
    score = NetworkScore(Whitening.of(*moments(states)), denoiser)
    FittedScore(score, ("x", "y"), "network", 0.0, 1.0, 0.0).save(folder / "net.safetensors")


DRAWN = ("sample", "a.csv", "--score", "net.safetensors", "--out", "d.nc")
FEW = (*DRAWN, "--levels", "20", "--count", "2000")


def _drawn(count: int, file: str = "d.nc") -> Right:
    """So many states with the covariance of the record."""

    def check(folder: Path) -> None:
        if file.endswith(".csv"):
            found = pd.read_csv(folder / file)[["x", "y"]].to_numpy()
        else:
            with xr.open_dataset(folder / file, engine="h5netcdf") as states:
                found = np.stack([states.x.values, states.y.values], axis=1)
        known = np.cov(frame()[["x", "y"]].to_numpy().T)
        assert len(found) == count
        np.testing.assert_allclose(np.cov(found.T), known, atol=0.1 * known.max())

    return Right(check)


def _sample(name: str, asked: Arguments, says: str, advice: Advice, end: Right) -> Row:
    return Row(name, _with_network, asked, says, (advice,), end, left=("states", "network"))


SAMPLES = (
    _sample("no state", (*DRAWN, "--levels", "20", "--count", "0"), "--count 10000", instead("count"), _drawn(10000)),
    _sample("one level", (*DRAWN, "--count", "2000", "--levels", "1"), "--levels 60", instead("levels"), _drawn(2000)),
    _sample("a seed of the states", (*FEW, "--seed", "-1"), "--seed 0", instead("seed"), _drawn(2000)),
    _sample("a misspelt sampler", (*FEW, "--sampler", "flo"), "Use 'flow'", _uses("--sampler"), _drawn(2000)),
    _sample(
        "noise beside a score",
        (*FEW, "--noise", "gaussian"),
        "leave --noise out",
        leaves("noise"),
        _drawn(2000),
    ),
    _sample(
        "states of waves", (*FEW, "--homogeneous", "x"), "Leave --homogeneous out", leaves("homogeneous"), _drawn(2000)
    ),
    _sample(
        "states in another form",
        (*without(FEW, "--out"), "--out", "d.txt"),
        "states are written to .nc or .csv",
        asks("one of these suffixes", lambda a: (*without(a, "--out"), "--out", "d.csv")),
        _drawn(2000, "d.csv"),
    ),
    _sample(
        "a score that is not there",
        (*without(FEW, "--score"), "--score", "nett.safetensors"),
        "Check the path",
        asks("Check the path", lambda a: (*without(a, "--score"), "--score", "net.safetensors")),
        _drawn(2000),
    ),
)


def _fits(folder: Path) -> None:
    """The score of a Gaussian record is that of its covariance."""
    score = fluctua.load_score(folder / "f.safetensors")
    states = frame()[["x", "y"]].to_numpy()
    found = np.asarray(score.score.values(states[:200]))
    known = -(states[:200] - states.mean(axis=0)) @ np.linalg.inv(np.cov(states.T))
    assert np.sqrt(np.mean((found - known) ** 2)) < 0.15 * np.sqrt(np.mean(known**2))


def _with_network_and_more(folder: Path) -> None:
    """The same beside a record of one variable more."""
    _with_network(folder)
    csv(lambda table: table.assign(z=table.y.shift(7, fill_value=0.0) + table.x**2))(folder)


FIT = ("fit-score", "a.csv", "--score", "gaussian", "--out", "f.safetensors")
NETWORKS = (
    Row(
        "noise of no network",
        PLAIN,
        (*FIT, "--noise", "student-t:df=4"),
        "leave the noise law out",
        (asks("leave the noise law out", lambda a: without(a, "--noise")),),
        Right(_fits),
    ),
    Row(
        "tails of no network",
        PLAIN,
        (*FIT, "--tail-index", "3"),
        "leave the tail index out",
        (asks("leave the tail index out", lambda a: without(a, "--tail-index")),),
        Right(_fits),
    ),
    Row(
        "a family that is none",
        PLAIN,
        (*FIT[:3], "gausian", *FIT[4:]),
        "Choose one of these",
        (asks("Choose one of these", lambda a: FIT),),
        Right(_fits),
    ),
    Row(
        "a network for other variables",
        _with_network_and_more,
        (*ASKED[:-1], "net.safetensors"),
        "select the same variables",
        (asks("select the same variables", lambda a: (*a, "--drop", "z")),),
        linear(),
        left=("not known", "network"),
    ),
)

GRID = {"y": [0.0, 1.0], "x": [0.0, 1.0, 2.0]}
KEPT = 0.8
PUSHED = ("respond", "f.nc", "--variable", "u", "--push-file", "p.nc", "--max-lag", "3", "--score", "gaussian")


def _field() -> xr.Dataset:
    noise = np.random.default_rng(0).standard_normal((1500, 2, 3))
    return xr.Dataset(
        {"u": (("time", "y", "x"), lfilter([0.6], [1, -KEPT], noise, axis=0))},
        coords={"time": np.arange(1500.0), **GRID},
    )


def _pattern(change: Callable[[xr.DataArray], xr.DataArray], file: str = "p.nc") -> Make:
    """Writes the field, and a pattern after a change."""

    def make(folder: Path) -> None:
        _field().to_netcdf(folder / "f.nc", engine="h5netcdf")
        _write(change(_map()), folder / file)

    return make


def _map() -> xr.DataArray:
    return xr.DataArray([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]], dims=("y", "x"), coords=GRID, name="warm")


def _write(pattern: xr.DataArray, path: Path) -> None:
    pattern.to_dataset().to_netcdf(path, engine="h5netcdf")


def _rewritten(words: str, change: Callable[[xr.DataArray], xr.DataArray]) -> Advice:
    """The pattern is changed as the message says, in its words."""

    def change_file(folder: Path) -> None:
        with xr.open_dataset(folder / "p.nc", engine="h5netcdf") as data:
            pattern = data["warm"].load()
        _write(change(pattern), folder / "p.nc")

    return edits(words, change_file)


def _with_weights(folder: Path) -> None:
    PLAIN(folder)
    xr.Dataset({"x": 1.0, "Z": 2.0}).to_netcdf(folder / "p.nc", engine="h5netcdf")


def _spread(pattern: xr.DataArray) -> Right:
    """Every cell keeps 0.8 of itself at a step: within four standard errors of the pattern times the powers of it."""

    def check(folder: Path) -> None:
        result = response(folder).isel(push=0)
        known = KEPT ** np.arange(result.lag.size)[:, None, None] * pattern.transpose("y", "x").values
        away = np.abs(result.impulse_response.transpose("lag", "y", "x").values - known)
        error = result.impulse_response_stderr.transpose("lag", "y", "x").values
        assert (away <= 4.5 * error + 1e-6).all(), away / (error + 1e-9)

    return Right(check)


def _patterned(
    name: str, change: Callable[[xr.DataArray], xr.DataArray], says: str, back: Callable[[xr.DataArray], xr.DataArray]
) -> Row:
    return Row(name, _pattern(change), PUSHED, says, (_rewritten(says, back),), _spread(back(change(_map()))))


PATTERNS = (
    _patterned("a pattern with holes", lambda p: p.where(p > 0), "pattern.fillna(0)", lambda p: p.fillna(0.0)),
    _patterned(
        "a pattern of another name", lambda p: p.rename(x="lon"), "named as in the record", lambda p: p.rename(lon="x")
    ),
    _patterned(
        "a pattern on a part",
        lambda p: p.isel(x=slice(0, 2)),
        "pattern.interp(x=record['x']).fillna(0)",
        lambda p: p.interp(x=GRID["x"]).fillna(0.0),
    ),
    _patterned(
        "a pattern between the places",
        lambda p: p.interp(x=[0.0, 0.5, 1.0, 1.5, 2.0]),
        "pattern.interp(x=record['x'])",
        lambda p: p.interp(x=GRID["x"]),
    ),
    _patterned(
        "a pattern elsewhere",
        lambda p: p.assign_coords(x=[10.0, 11.0, 12.0]),
        "the record's own places",
        lambda p: p.assign_coords(x=GRID["x"]),
    ),
    _patterned(
        "a pattern on levels",
        lambda p: p.expand_dims(level=[1.0, 3.0]),
        "take a mean over those that are too many",
        lambda p: p.mean("level") if "level" in p.dims else p,
    ),
    Row(
        "a file of patterns that is not there",
        _pattern(lambda p: p, "q.nc"),
        PUSHED,
        "Check the path",
        (asks("Check the path", lambda a: (*without(a, "--push-file"), "--push-file", "q.nc")),),
        _spread(_map()),
    ),
    Row(
        "weights of a variable that is none",
        _with_weights,
        ("respond", "a.csv", "--push-file", "p.nc", "--max-lag", "4", "--score", "gaussian"),
        "Use one of these names",
        (
            edits(
                "Use one of these names",
                lambda folder: xr.Dataset({"x": 1.0, "y": 2.0}).to_netcdf(folder / "p.nc", engine="h5netcdf"),
            ),
        ),
        same(lambda: frame().set_index("time"), push={"p": {"x": 1.0, "y": 2.0}}),
    ),
)

ROWS = (*SIMULATIONS, *SAMPLES, *NETWORKS, *PATTERNS)
