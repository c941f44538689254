"""Fitted scores: evaluated, saved, loaded, refused."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import fluctua
from fluctua.core import FluctuaError, OptionError, OutputError, ScoreError, registered
from fluctua.results import FittedScore, ScoreChoice


@pytest.fixture(scope="module")
def fitted(well: xr.Dataset) -> FittedScore:
    return fluctua.fit_score(well, method="dictionary", degree=3)


def test_a_dictionary_of_degree_three_finds_the_well(fitted: FittedScore) -> None:
    grid = np.linspace(-1.5, 1.5, 13)[:, None]
    np.testing.assert_allclose(fitted(grid), grid - grid**3, atol=0.35)
    assert fitted.method == "dictionary"
    assert fitted.names == ("x",)
    # E|s|^2 / 2 is the gain over no score at all; the Gaussian one gets 1/2 in whitened coordinates.
    assert fitted.heldout_loss < fitted.gaussian_loss - 2 * fitted.heldout_stderr
    assert fitted.gaussian_loss == pytest.approx(-0.5, abs=0.05)


def test_any_leading_shape(fitted: FittedScore) -> None:
    states = np.random.default_rng(0).standard_normal((2, 3, 4, 1))
    values = fitted(states)
    assert values.shape == states.shape
    np.testing.assert_array_equal(values[1, 2], fitted(states[1, 2]))
    for wrong in (np.zeros((5, 2)), np.float64(1.0)):
        with pytest.raises(ScoreError, match=r"states have shape .*1 variables \(x\).*last axis has length 1"):
            fitted(wrong)


def test_saved_and_loaded_it_gives_the_same_response(fitted: FittedScore, well: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "well.safetensors"
    fitted.save(path)
    results = [fluctua.respond(well, "x", max_lag=1.0, score=s) for s in (fitted, fitted.score, str(path), path)]
    for other in results[1:]:
        np.testing.assert_array_equal(results[0].impulse_response, other.impulse_response)
        assert other.attrs["score_method"] == "dictionary"
        assert "score_loss_heldout" not in other.attrs
        assert other.attrs["score_loss_note"]
    with pytest.raises(OutputError, match="exists already"):
        fitted.save(path)
    fitted.save(path, overwrite=True)


ELSEWHERE = ("network", "dictionary", "mixture")  # fitted in other tests


@pytest.mark.parametrize("method", ["auto", *(name for name in registered("score family") if name not in ELSEWHERE)])
def test_every_method_can_be_asked_for(method: str, short_well: xr.Dataset) -> None:
    found = fluctua.fit_score(short_well, method=method, seed=1)
    assert np.isfinite(found(short_well["x"].values.reshape(-1, 1))).all()
    assert np.isfinite([found.heldout_loss, found.heldout_stderr]).all()
    # Never worse than Gaussian under auto.
    if method == "auto":
        assert found.heldout_loss <= found.gaussian_loss


def test_fit_score_is_repeatable(short_well: xr.Dataset) -> None:
    one, again = (fluctua.fit_score(short_well, method="mixture", seed=2) for _ in range(2))
    for name, array in one.score.arrays().items():
        assert array.tobytes() == again.score.arrays()[name].tobytes()


def test_scores_of_other_variables_are_refused(fitted: FittedScore, triad: xr.Dataset, well: xr.Dataset) -> None:
    with pytest.raises(
        ScoreError, match=r"fitted on the variables x; the record has x1, x2, x3.*[Ff]it the score again"
    ):
        fluctua.respond(triad, "x1", max_lag=1.0, score=fitted)
    renamed = well.rename({"x": "y"})
    with pytest.raises(ScoreError, match=r"fitted on the variables x; the record has y"):
        fluctua.respond(renamed, "y", max_lag=1.0, score=fitted)
    with pytest.raises(ScoreError, match="for 1 variables but the record has 3"):
        fluctua.respond(triad, "x1", max_lag=1.0, score=fitted.score)


def test_a_loss_is_held_out_only_from_a_score_that_has_not_seen_the_record(
    fitted: FittedScore, well: xr.Dataset, tmp_path: Path
) -> None:
    half = {"first": well.isel(time=slice(0, 1000)), "second": well.isel(time=slice(1000, None))}
    score = fluctua.fit_score(half["first"], "gaussian")
    score.save(tmp_path / "score.safetensors")
    for given in (score, tmp_path / "score.safetensors"):
        own, other = (fluctua.respond(half[part], "x", max_lag=1.0, score=given) for part in ("first", "second"))
        assert "score_loss_heldout" not in own.attrs
        assert own.attrs["score_loss_note"]
        assert np.isfinite(other.attrs["score_loss_heldout"])
        assert "score_loss_note" not in other.attrs
        (choice,) = (found for found in own.diagnostics if isinstance(found, ScoreChoice))
        assert choice.origin == "seen"


def test_damaged_and_foreign_files_are_refused(fitted: FittedScore, tmp_path: Path) -> None:
    good = tmp_path / "good.safetensors"
    fitted.save(good)
    content = good.read_bytes()
    damaged = {"cut": content[: len(content) // 2], "noise": np.random.default_rng(1).bytes(500), "empty": b""}
    for name, data in damaged.items():
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(data)
        with pytest.raises(ScoreError) as caught:
            fluctua.load_score(path)
        assert name in caught.value.given
        assert caught.value.remedy
    with pytest.raises(ScoreError, match="does not exist"):
        fluctua.load_score(tmp_path / "missing.safetensors")
    with pytest.raises(ScoreError, match="is a folder"):
        fluctua.load_score(tmp_path)


def test_unknown_methods_and_records_are_refused(well: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match=r"score 'spline' was asked for; a score is one of auto, .*gaussian"):
        fluctua.fit_score(well, method="spline")
    with pytest.raises(FluctuaError, match="does not exist"):
        fluctua.fit_score(tmp_path / "missing.nc")


def test_a_function_can_be_the_score(well: xr.Dataset) -> None:
    found = fluctua.respond(well, "x", max_lag=1.0, score=lambda x: x - x**3)
    assert found.attrs["score_method"] == "exact"
    with pytest.warns(fluctua.FluctuaWarning, match="does not describe this record"):
        logistic = fluctua.respond(well, "x", max_lag=1.0, score=lambda x: -jnp.tanh(x))
    assert found.attrs["score_loss_heldout"] < logistic.attrs["score_loss_heldout"]


def test_simulate_refuses_what_makes_no_sense() -> None:
    with pytest.raises(OptionError, match=r"seed is -1"):
        fluctua.simulate("quartic", seed=-1)
    with pytest.raises(OptionError, match=r"(?i)lorenz63.*lorenz96|known|one of"):
        fluctua.simulate("lorenz64")
    with pytest.raises(FluctuaError):
        fluctua.simulate("quartic", duration=-5.0)


def test_simulate_is_repeatable_and_members_are_independent() -> None:
    one, more = (fluctua.simulate("quartic", duration=5.0, members=m, seed=9) for m in (2, 3))
    np.testing.assert_array_equal(one["x"].values, more["x"].values[:2])
    assert not np.array_equal(one["x"].values[0], one["x"].values[1])
    assert one["x"].dims == ("member", "time")
    assert one.sizes["time"] == 50
    np.testing.assert_allclose(np.diff(one["time"].values), 0.1)
