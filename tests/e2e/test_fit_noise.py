"""The noise law of a network on the command line: fitted, saved, used, and refused where it has no meaning."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from fluctua import load_score
from fluctua.core import forget, named, register
from fluctua.noise import noise_law_named
from fluctua.scores import NetworkScore, RecordParts
from fluctua.training import TrainingConfig, fit_network_score

BETA = "generalised-normal:beta=1.5"


def fit_shortly(data: RecordParts, key: Any, progress: Any) -> Any:
    """A network with a short training: what is looked at is the way from the option to the answer."""
    config = TrainingConfig(width=8, steps=200, noise=data.noise, tail_index=data.tail_index)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score, _ = fit_network_score(
            [piece for part in data.pieces for piece in part], key=key, config=config, progress=progress
        )
    return score


@pytest.fixture
def _short_training() -> Iterator[None]:
    usual = named("score family", "network")
    forget("score family", "network")
    register("score family", "network", summary="a short training", fields=True)(fit_shortly)
    yield
    forget("score family", "network")
    register("score family", "network", summary=usual.summary, cites=usual.cites, **usual.facts)(usual.member)


@pytest.mark.usefixtures("_short_training")
def test_a_network_is_fitted_with_a_noise_law_and_answers(good: Path, fluctua_command: Any, tmp_path: Path) -> None:
    path, out = tmp_path / "score.safetensors", tmp_path / "out"
    done = fluctua_command(
        "fit-score", good, "--score", "network", "--noise", BETA, "--tail-index", "4.5", "--out", path
    )
    assert done.status == 0, done.errors
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    fitted = load_score(path)
    assert fitted.method == "network"
    assert isinstance(fitted.score, NetworkScore)
    assert fitted.score.law == noise_law_named(BETA, 2)
    assert fitted.score.config()["tail_index"] == 4.5
    done = fluctua_command(
        "respond", good, "--push", "x", "--observe", "x", "--max-lag", 3, "--score", path, "--out", out
    )
    assert done.status == 0, done.errors
    with xr.open_dataset(out / "response.nc", engine="h5netcdf") as result:
        assert np.isfinite(result["impulse_response"]).all()
        # The record is an autoregression, whose response at once is that to its own push: one.
        assert abs(float(result["impulse_response"].sel(push="x").isel(lag=0, observable=0)) - 1.0) < 0.2


@pytest.mark.parametrize(
    ("options", "sentences"),
    [
        (("--noise", BETA), ("for the score 'auto'", "how a network is trained", "Ask for the score 'network'")),
        (("--noise", BETA, "--score", "kgmm"), ("for the score 'kgmm'", "leave the noise law out")),
        (
            ("--noise", "generalised-normal:beta=0.5", "--score", "network"),
            ("beta=0.5", "no second moment in 2 variables", "beta > 1/2", "spherical", "NoisedEmpirical"),
        ),
        (("--noise", "student-t", "--score", "network"), ("does not say its df", "student-t:df=3")),
        (("--noise", "cauchy", "--score", "network"), ("cauchy", "student-t")),
        (("--tail-index", "4"), ("tail index '4'", "for the score 'auto'", "leave the tail index out")),
        (("--tail-index", "-1", "--score", "network"), ("tail index is '-1'", "positive number", "'estimate'")),
        (("--tail-index", "heavy", "--score", "network"), ("tail index is 'heavy'", "positive number")),
        (
            ("--noise", BETA, "--score", "network", "--homogeneous", "x"),
            ("homogeneous dimension x", "Gaussian noise", "cell by cell"),
        ),
    ],
)
def test_an_option_of_networks_without_a_use_is_refused(
    good: Path, fluctua_command: Any, tmp_path: Path, options: tuple[str, ...], sentences: tuple[str, ...]
) -> None:
    done = fluctua_command("fit-score", good, "--out", tmp_path / "score.safetensors", *options)
    assert done.status == 2
    for sentence in sentences:
        assert sentence in done.errors
    assert list(tmp_path.iterdir()) == []
