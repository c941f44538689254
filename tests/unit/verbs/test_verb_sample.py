"""Drawing states from a record in Python: exact where the score is, labelled as the record, refused where it must."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fluctua
from fluctua.core import DataError, OptionError, OutputError, ScoreError, worded
from fluctua.networks import MultilayerPerceptron
from fluctua.noise import Gaussian
from fluctua.results import Difference, FittedScore
from fluctua.scores import NetworkScore, WhitenedPreconditioning, Whitening, moments
from fluctua.scores.noised import Denoiser, Preconditioning

# Two-sided standard normal quantile of 2e-9: the hundred comparisons below fail with a probability below 1e-6.
QUANTILE = 6.0


def linear_score(record: xr.Dataset, kind: str) -> FittedScore:
    """An untrained network on top of the Gaussian score: exact for a Gaussian density of the record's moments."""
    states = np.column_stack([record[name].values.ravel() for name in record.data_vars])
    return linear_score_of(states, tuple(map(str, record.data_vars)), kind)


def linear_score_of(states: np.ndarray, names: tuple[str, ...], kind: str = "score") -> FittedScore:
    whitening, dimension = Whitening.of(*moments(states)), states.shape[1]
    key = jax.random.key(0)
    if kind == "score":
        network = MultilayerPerceptron(dimension, dimension, width=4, depth=1, key=key)
        score = NetworkScore(whitening, Denoiser(network, WhitenedPreconditioning(Gaussian(), dimension), 0.02, 10.0))
    else:
        around = Preconditioning.fit(
            (states - np.asarray(whitening.mean)) @ np.asarray(whitening.matrix).T, Gaussian(), "light"
        )
        network = MultilayerPerceptron(dimension, 2 * dimension, width=4, depth=1, key=key)
        score = NetworkScore(whitening, Denoiser(network, around, 0.02, 10.0), extrapolate=False)
    return FittedScore(score, names, "network", 0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("sampler", "kind", "count"),
    [
        ("flow", "score", 20_000),
        ("flow", "score and posterior mean", 20_000),
        ("diffusion", "score", 20_000),
        ("diffusion", "score and posterior mean", 20_000),
        ("langevin", "score", 4000),
    ],
)
def test_a_linear_gaussian_record_is_drawn_with_its_moments(
    triad: xr.Dataset, sampler: str, kind: str, count: int
) -> None:
    drawn = fluctua.sample(triad, count, score=linear_score(triad, kind), sampler=sampler, seed=1)
    record = np.column_stack([triad[name].values.ravel() for name in triad.data_vars])
    states = np.column_stack([drawn.states[name].values for name in triad.data_vars])
    whitening = Whitening.of(*moments(record))
    whitened = (states - np.asarray(whitening.mean)) @ np.asarray(whitening.matrix).T
    np.testing.assert_allclose(whitened.mean(axis=0), 0.0, atol=QUANTILE / np.sqrt(count))
    # Variances of normal states scatter by sqrt(2 / n), covariances by less. The systematic part, the steps between 60
    # levels and the variance 0.02**2 that the last one takes away, is below one per cent.
    covariance = whitened.T @ whitened / count
    np.testing.assert_allclose(covariance, np.eye(3), atol=0.01 + QUANTILE * np.sqrt(2.0 / count))


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_states_are_new_and_repeatable(triad: xr.Dataset) -> None:
    score = linear_score(triad, "score")
    one, again, more, other = (
        fluctua.sample(triad, count, score=score, levels=10, seed=seed)
        for count, seed in ((50, 3), (50, 3), (80, 3), (50, 4))
    )
    assert one.states.identical(again.states)
    assert not np.allclose(one.states.x1, other.states.x1)
    assert len(np.unique(more.states.x1)) == 80
    assert not np.isin(more.states.x1, triad["x1"]).any()


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_a_field_keeps_its_dimensions_and_units(tmp_path: Path) -> None:
    values = np.random.default_rng(0).standard_normal((400, 2, 3))
    field = xr.DataArray(
        values,
        dims=("time", "level", "x"),
        name="u",
        coords={"level": ("level", [850.0, 500.0], {"units": "hPa"})},
        attrs={"units": "m s-1"},
    )
    names = tuple(f"u[level={level},x={x}]" for level in range(2) for x in range(3))
    drawn = fluctua.sample(field, 40, score=linear_score_of(values.reshape(400, 6), names), levels=4)
    assert drawn.states.u.dims == ("sample", "level", "x")
    assert drawn.states.u.shape == (40, 2, 3)
    assert drawn.states.u.attrs["units"] == "m s-1"
    assert drawn.states.level.attrs["units"] == "hPa"
    drawn.save(tmp_path / "field.csv")
    table = pd.read_csv(tmp_path / "field.csv")
    assert table.shape == (40, 6)
    np.testing.assert_allclose(table["u[level=1,x=2]"], drawn.states.u[:, 1, 2], rtol=1e-15)


def test_differences_are_said(triad: xr.Dataset) -> None:
    score = linear_score(triad, "score")
    other = triad.assign(x1=triad["x1"] ** 3)
    with pytest.warns(fluctua.FluctuaWarning):
        drawn = fluctua.sample(other, 2000, score=score, levels=20)
    differences = [found for found in drawn.diagnostics if isinstance(found, Difference)]
    assert ("x1",) in [found.names for found in differences]
    assert not drawn.agreement.agrees
    assert drawn.warnings == tuple(worded(found.warning, "sample") for found in drawn.diagnostics if found.warning)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"count": 0}, OptionError, "0 states were asked for"),
        ({"levels": 1}, OptionError, "1 noise levels were asked for"),
        ({"seed": -1}, OptionError, "seed is -1"),
        ({"sampler": "fow"}, OptionError, r"sampler 'fow'.*langevin.*[Uu]se 'flow'"),
        ({"noise": "cauchy"}, OptionError, "cauchy.*student-t"),
        ({"noise": "generalised-normal:beta=0.5"}, OptionError, "no second moment"),
        ({"noise": "student-t:df=1"}, OptionError, r"has no mean.*sampler='langevin'"),
        ({"homogeneous": ("x",)}, OptionError, "homogeneous dimension x"),
        ({"count": 10**9}, OptionError, r"1,000,000,000 states of 3 variables.*count=166666666"),
        ({"score": "missing.safetensors"}, ScoreError, "does not exist"),
    ],
)
def test_what_makes_no_sense_is_refused(
    triad: xr.Dataset, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fluctua.sample(triad, **options)


def test_scores_that_cannot_be_sampled_are_refused(triad: xr.Dataset, well: xr.Dataset, tmp_path: Path) -> None:
    score = linear_score(triad, "score")
    with pytest.raises(ScoreError, match=r"fitted on the variables x1, x2, x3; the record has x, .*[Ll]eave score out"):
        fluctua.sample(well, score=score)
    with pytest.raises(OptionError, match=r"'gaussian' was given beside a score.*[Ll]eave noise out"):
        fluctua.sample(triad, score=score, noise="gaussian")
    gaussian = fluctua.fit_score(well, "gaussian")
    with pytest.raises(ScoreError, match=r"is a gaussian score.*networks alone.*fit-score --score network"):
        fluctua.sample(well, score=gaussian)
    gaussian.save(tmp_path / "gaussian.safetensors")
    with pytest.raises(ScoreError, match=r"gaussian.safetensors' is a gaussian score"):
        fluctua.sample(well, score=tmp_path / "gaussian.safetensors")


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_names_that_have_no_place_are_refused(triad: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="called 'sample'"):
        fluctua.sample(triad.rename({"x1": "sample"}))
    named = xr.Dataset({"m/s": triad["x1"]})
    drawn = fluctua.sample(named, 20, score=linear_score(named, "score"), levels=4)
    drawn.save(tmp_path / "new.csv")
    with pytest.raises(OutputError, match=r"'m/s'.*[Rr]ename"):
        drawn.save(tmp_path / "new.nc", overwrite=True)
