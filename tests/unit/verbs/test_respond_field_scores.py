"""Scores of homogeneous fields through the verbs: fitted, saved, loaded, refused; networks with a short training."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
import xarray as xr
from rings import exact_response, linear_field, propagator, ring, widest

import fluctua
from fluctua.core import OptionError, ScoreError
from fluctua.results import FittedScore, NetworkGain

LAGS = 10
OPTIONS: dict[str, Any] = {"max_lag": 5.0, "homogeneous": ["x"]}


@pytest.fixture(scope="module")
def field() -> xr.DataArray:
    return ring(seed=6)


@pytest.fixture(scope="module")
def fitted(field: xr.DataArray) -> FittedScore:
    return fluctua.fit_score(field, "gaussian", homogeneous=["x"])


def test_the_fitted_score_is_that_of_the_ring(field: xr.DataArray, fitted: FittedScore) -> None:
    """The variance of a wave is 1 / (1 - |a|^2), a being its factor a step; the score divides by it."""
    factor = np.abs(propagator(16)[:, 0, 0])
    unit = np.eye(16)[0]
    inverse = -np.fft.rfft(fitted(unit) - fitted(0 * unit)).real
    # The variance of 10,000 states of a real autoregression is known to this share, that of complex waves to
    # less. Eight of them: never by chance alone, and room for the average over neighbouring waves, which is made only
    # where it errs less than the record does.
    share = np.sqrt(2e-4 * (1 + factor**2) / (1 - factor**2))
    np.testing.assert_array_less(np.abs(inverse / (1 - factor**2) - 1), 8 * share)
    assert fitted.method == "gaussian"
    assert fitted.names == tuple(f"u[x={i}]" for i in range(16))
    # Half the mean square of the score, in units of the inverse variance, is what it gains; eight parts of the
    # record make its error, so that it is off by more once in a million runs.
    variance, square = (np.fft.irfft(table, 16)[0] for table in (1 / (1 - factor**2), 1 - factor**2))
    widest_loss = float(scipy.stats.t.ppf(1 - 5e-7, 7)) * fitted.heldout_stderr
    assert widest_loss < 0.05
    assert fitted.heldout_loss == pytest.approx(-0.5 * variance * square, abs=widest_loss)


def test_a_saved_score_gives_the_same_response(field: xr.DataArray, fitted: FittedScore, tmp_path: Path) -> None:
    path = tmp_path / "ring.safetensors"
    fitted.save(path)
    again = fluctua.load_score(path)
    np.testing.assert_array_equal(again(field.values[0, :5]), fitted(field.values[0, :5]))
    one, other = (fluctua.respond(field, "u[x=0]", score=score, **OPTIONS) for score in (fitted, path))
    np.testing.assert_array_equal(one.impulse_response, other.impulse_response)
    miss = one.impulse_response[0].values - exact_response(LAGS)[:, 0]
    # 10 lags at 16 offsets: one run in a million may fail
    worst = np.abs(miss[1:] / one.impulse_response_stderr[0, 1:].values).max()
    assert worst < widest(one, LAGS * 16)


def test_cubic_noise_takes_a_dictionary() -> None:
    """A pointwise quartic potential: the score is x - x^3 at every point, far from Gaussian."""
    rng, state, record = np.random.default_rng(0), np.zeros((4, 8)), np.empty((4, 1500, 8))
    for step in range(-50, 1500):
        for _ in range(10):
            state = state + 0.02 * (state - state**3) + np.sqrt(0.04) * rng.standard_normal(state.shape)
        record[:, max(step, 0)] = state
    field = xr.DataArray(record, dims=("member", "time", "x"), name="u")
    found = fluctua.fit_score(field, "dictionary", homogeneous=["x"])
    assert found.method == "dictionary"
    assert found.heldout_loss < found.gaussian_loss - 5 * found.heldout_stderr


def test_a_score_of_other_cells_is_refused(fitted: FittedScore) -> None:
    values = linear_field(levels=2, steps=200)
    field = xr.DataArray(values, dims=("member", "time", "z", "x"), name="u")
    with pytest.raises(ScoreError, match=r"fitted on the variables u\[x=0\].*the record has u\[z=0,x=0\]"):
        fluctua.respond(field, "u[z=0,x=0]", score=fitted, **OPTIONS)


def test_flat_states_have_the_homogeneous_dimensions_last() -> None:
    values = linear_field(points=4, levels=2, steps=400)
    field = xr.DataArray(values, dims=("member", "time", "z", "x"), name="u").transpose("x", "z", "member", "time")
    found = fluctua.fit_score(field, "gaussian", homogeneous="x")
    assert found.names[:5] == ("u[x=0,z=0]", "u[x=1,z=0]", "u[x=2,z=0]", "u[x=3,z=0]", "u[x=0,z=1]")
    result = fluctua.respond(field, "u[x=0,z=1]", score=found, max_lag=3.0, homogeneous="x")
    assert result.impulse_response.dims == ("push", "lag", "x", "z")


@pytest.mark.slow
def test_a_network_is_fitted_saved_and_loaded(field: xr.DataArray, tmp_path: Path) -> None:
    found = fluctua.fit_score(ring(members=2, steps=800, seed=8), "network", homogeneous=["x"])
    assert found.method == "network"
    # The truth is Gaussian, and the same probes are used for both.
    assert found.heldout_loss == pytest.approx(found.gaussian_loss, abs=0.05)
    found.save(tmp_path / "network.safetensors")
    again = fluctua.load_score(tmp_path / "network.safetensors")
    states = np.random.default_rng(0).standard_normal((3, 16))
    np.testing.assert_allclose(again(states), found(states), rtol=1e-6)
    result = fluctua.respond(field, "u[x=0]", score="network", **OPTIONS)
    assert result.attrs["score_method"] == "network"
    assert any(isinstance(each, NetworkGain) for each in result.diagnostics)
    miss = result.impulse_response[0].values - exact_response(LAGS)[:, 0]
    # 10 lags at 16 offsets: one run in a million may fail
    worst = np.abs(miss[1:] / result.impulse_response_stderr[0, 1:].values).max()
    assert worst < widest(result, LAGS * 16)


def test_what_does_not_fit_is_refused() -> None:
    values = linear_field(levels=2, steps=200)
    field = xr.DataArray(values, dims=("member", "time", "z", "x"), name="u")
    with pytest.raises(ScoreError, match=r"network was asked for a field with 2 cells along z.*take one"):
        fluctua.respond(field, "u[z=0,x=0]", score="network", **OPTIONS)
    with pytest.raises(ScoreError, match=r"network was asked for a field with 2 cells along z.*take one"):
        fluctua.fit_score(field, "network", homogeneous=["x"])
    with pytest.raises(ScoreError, match=r"'kernel' was asked for a field with homogeneous dimensions"):
        fluctua.fit_score(field, "kernel", homogeneous=["x"])
    with pytest.raises(OptionError, match=r"degree of the dictionary is 12"):
        fluctua.fit_score(field, homogeneous=["x"], degree=12)
    with pytest.raises(OptionError, match=r"'w' was given as a homogeneous dimension"):
        fluctua.fit_score(field, homogeneous=["w"])
