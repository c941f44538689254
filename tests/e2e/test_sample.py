"""New states on the command line: drawn, compared, saved, drawn again from the saved score, and refused."""

import re
import shutil
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from test_bad_input import refuse

import fluctua
from fluctua.networks import MultilayerPerceptron
from fluctua.noise import noise_law_named
from fluctua.results import FittedScore
from fluctua.scores import NetworkScore, WhitenedPreconditioning, Whitening, moments
from fluctua.scores.noised import Denoiser, Preconditioning
from fluctua.training import TrainingConfig

STUDENT = "student-t:df=1.5"


@pytest.fixture(autouse=True)
def _short_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def config(**options: Any) -> TrainingConfig:
        return TrainingConfig(**(options | {"width": 8, "depth": 1, "steps": 200, "batch_size": 64}))

    monkeypatch.setattr("fluctua.training.TrainingConfig", config)


@pytest.fixture(scope="module")
def network(good: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of network scores of the good record that have learned nothing, by the noise they say they had."""
    folder = tmp_path_factory.mktemp("scores")
    states = pd.read_csv(good)[["x", "y"]].to_numpy()
    found = {}
    for noise in ("gaussian", "generalised-normal:beta=1"):
        around = WhitenedPreconditioning(noise_law_named(noise, 2), 2)
        denoiser = Denoiser(MultilayerPerceptron(2, 2, key=jax.random.key(0)), around, 0.07, 10.0)
        score = NetworkScore(Whitening.of(*moments(states)), denoiser)
        found[noise] = folder / f"{noise.partition(':')[0]}.safetensors"
        FittedScore(score, ("x", "y"), "network", 0.0, 1.0, 0.0).save(found[noise])
    return found


def test_a_record_in_new_states_out_and_again_from_the_score(good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    out, again, score = tmp_path / "new.nc", tmp_path / "again.nc", tmp_path / "score.safetensors"
    shared = ("sample", good, "--count", 3000, "--levels", 30, "--seed", 2)
    done = fluctua_command(*shared, "--out", out, "--save-score", score)
    assert done.status == 0, done.errors
    assert sorted(file.name for file in tmp_path.iterdir()) == ["new.comparison.csv", "new.nc", "score.safetensors"]
    for word in ("deviation", "99%", "record", "drawn", "distance", str(out), str(score)):
        assert word in done.output
    with xr.open_dataset(out, engine="h5netcdf") as states:
        assert dict(states.sizes) == {"sample": 3000}
        assert list(states.data_vars) == ["x", "y"]
        assert states.attrs["noise"] == "gaussian:scale=1.0"
        assert states.attrs["seed"] == 2
        drawn = np.column_stack([states.x, states.y])
    record = pd.read_csv(good)[["x", "y"]].to_numpy()
    # An autoregression is Gaussian, which an untrained network knows: its covariance is drawn with a relative standard
    # error of sqrt(2 / 3000) = 0.026 or less; the rest is room for what little training may add.
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(record.T), rtol=0.3)
    table = pd.read_csv(tmp_path / "new.comparison.csv")
    assert set(table.variable) == {"x", "y"}
    assert {"mean", "deviation", "quantile 99%", "Kolmogorov-Smirnov distance", "rank correlation with y"} <= set(
        table.statistic
    )
    assert fluctua_command(*shared, "--out", again, "--score", score, "--quiet").status == 0
    assert again.read_bytes() == out.read_bytes()
    # The file is also one of a score without noise, or nearly, for a response.
    fitted = fluctua.load_score(score)
    assert isinstance(fitted.score, NetworkScore)
    assert isinstance(fitted.score.denoiser.preconditioning, Preconditioning)
    assert np.isfinite(fitted(record[:5])).all()


def test_heavy_tailed_noise_and_the_stochastic_sampler_to_csv(fluctua_command: Any, tmp_path: Path) -> None:
    # Infinite variance, and units a million apart.
    states = np.random.default_rng(1).standard_t(1.5, size=(2000, 2)) * [1.0, 1e-6] + [300.0, 0.0]
    record, out, score = tmp_path / "record.csv", tmp_path / "deep" / "new.csv", tmp_path / "score.safetensors"
    pd.DataFrame(states, columns=["t", "q"]).to_csv(record, index=False)
    options = ("--noise", STUDENT, "--sampler", "diffusion", "--levels", 20, "--count", 500, "--out", out)
    done = fluctua_command("sample", record, *options, "--save-score", score)
    assert done.status == 0, done.errors
    drawn = pd.read_csv(out)
    assert list(drawn.columns) == ["t", "q"]
    assert len(drawn) == 500
    assert np.isfinite(drawn.to_numpy()).all()
    fitted = fluctua.load_score(score).score
    assert isinstance(fitted, NetworkScore)
    assert isinstance(fitted.denoiser.preconditioning, Preconditioning)
    assert fitted.denoiser.preconditioning.tails == "heavy"
    assert fitted.law == noise_law_named(STUDENT, 2)
    assert fitted.denoiser.largest > 20.0  # as far as the record goes, and not ten deviations
    assert "exists already" in refuse(fluctua_command, tmp_path, "sample", record, *options)


def test_a_network_score_under_gaussian_noise_is_drawn_from(
    good: Path, network: dict[str, Path], fluctua_command: Any, tmp_path: Path
) -> None:
    out = tmp_path / "new.nc"
    options = ("--count", 1000, "--levels", 15, "--sampler", "langevin", "--out", out)
    done = fluctua_command("sample", good, "--score", network["gaussian"], *options)
    assert done.status == 0, done.errors
    with xr.open_dataset(out, engine="h5netcdf") as states:
        assert states.attrs["score_method"] == "network"
        # The relative standard error of the deviation is sqrt(1 / 2000): six of them, and 5 % for the steps.
        record = pd.read_csv(good)[["x", "y"]].to_numpy()
        assert float(states.x.std()) / record[:, 0].std() == pytest.approx(1.0, abs=0.05 + 0.13)


@pytest.mark.parametrize(
    ("options", "sentences"),
    [
        (("--noise", "cauchy"), ("noise law 'cauchy'", "student-t")),
        (("--noise", "student-t:df=0.9"), ("no mean", "--sampler langevin")),
        (("--noise", "generalised-normal:beta=0.4"), ("no second moment",)),
        (("--sampler", "euler"), ("sampler 'euler'", "flow", "diffusion", "langevin")),
        (("--count", "0"), ("0 states", "--count 10000")),
        (("--levels", "1"), ("1 noise levels", "--levels 60")),
        (("--seed", "-2"), ("seed is -2",)),
        (("--homogeneous", "x"), ("homogeneous dimension x", "cell by cell")),
        (("--variable", "z"), ("'z'", "x, y")),
        (("--anomaly", "week"), ("--anomaly week",)),
        (("--score", "nowhere.safetensors"), ("'nowhere.safetensors' does not exist",)),
        (("--score", "a.safetensors", "--save-score", "b.safetensors"), ("beside --score", "one of the two")),
    ],
)
def test_options_that_make_no_sense_are_refused(
    good: Path, fluctua_command: Any, tmp_path: Path, options: tuple[str, ...], sentences: tuple[str, ...]
) -> None:
    message = refuse(fluctua_command, tmp_path, "sample", good, "--out", tmp_path / "new.nc", *options)
    for sentence in sentences:
        assert sentence in message


def test_places_that_cannot_be_written_are_refused(good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    record = tmp_path / "record.csv"
    shutil.copy(good, record)
    for out, words in ((tmp_path / "new.zarr", r"\.nc or \.csv"), (tmp_path / "new", "no suffix"), (record, "twice")):
        message = refuse(fluctua_command, tmp_path, "sample", record, "--out", out, "--overwrite")
        assert re.search(words, message)
    save = ("--save-score", tmp_path / "new.nc")
    assert "twice" in refuse(fluctua_command, tmp_path, "sample", record, "--out", tmp_path / "new.nc", *save)
    save = ("--save-score", record)
    assert "twice" in refuse(fluctua_command, tmp_path, "sample", record, "--out", tmp_path / "new.nc", *save)


def test_scores_of_another_kind_noise_or_record_are_refused(
    good: Path, network: dict[str, Path], fluctua_command: Any, tmp_path: Path
) -> None:
    def attempt(record: Path, score: Path) -> str:
        return refuse(fluctua_command, tmp_path, "sample", record, "--out", tmp_path / "new.nc", "--score", score)

    message = attempt(good, network["generalised-normal:beta=1"])
    assert "generalised-normal" in message
    assert "fluctua sample --noise" in message
    gaussian = tmp_path / "gaussian.safetensors"
    fluctua.fit_score(good, "gaussian").save(gaussian)
    assert "is a gaussian score" in attempt(good, gaussian)
    other = tmp_path / "other.csv"
    pd.read_csv(good).rename(columns={"y": "z"}).to_csv(other, index=False)
    assert "fitted on the variables x, y; the record has x, z" in attempt(other, network["gaussian"])
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(network["gaussian"].read_bytes()[:300])
    assert "cannot be read" in attempt(good, damaged)
