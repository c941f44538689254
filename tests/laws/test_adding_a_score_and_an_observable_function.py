"""A closed-form family of scores and an observable function, each added from outside with one registration."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
import test_scores as suite
from jaxtyping import Array, Float
from typer.testing import CliRunner

import fluctua
from fluctua.cli import app
from fluctua.core import OptionError, forget, members_table, register
from fluctua.response import Observable
from fluctua.scores import AbstractScore, RecordParts


class DiagonalScore(AbstractScore):
    """The score of independent Gaussian variables."""

    kind: ClassVar[str] = "diagonal"
    mean: Float[Array, " d"]
    variance: Float[Array, " d"]

    @property
    def dimension(self) -> int:
        return len(self.mean)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return (self.mean - state) / self.variance


def fit_diagonal(data: RecordParts, key: Any, progress: Any) -> DiagonalScore:
    states = data.states()
    return DiagonalScore(jnp.asarray(states.mean(0)), jnp.asarray(states.var(0)))


@pytest.fixture(autouse=True)
def _added() -> Iterator[None]:
    register("score", "diagonal", summary="independent variables")(DiagonalScore)
    register("score family", "diagonal", summary="independent Gaussian variables")(fit_diagonal)
    register("observable function", "cosine", summary="cosine")(lambda values: np.cos(values))
    yield
    for kind, name in (("score", "diagonal"), ("score family", "diagonal"), ("observable function", "cosine")):
        forget(kind, name)


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_a_family_is_fitted_saved_and_used_by_its_name(tmp_path: Path) -> None:
    record = fluctua.simulate("ornstein-uhlenbeck", duration=300.0, seed=1)
    fitted = fluctua.fit_score(record, method="diagonal")
    fitted.save(tmp_path / "score.safetensors")
    again = fluctua.load_score(tmp_path / "score.safetensors")
    assert isinstance(again.score, DiagonalScore)
    states = np.random.default_rng(0).standard_normal((5, len(fitted.names)))
    np.testing.assert_array_equal(again(states), fitted(states))
    result = fluctua.respond(record, "x1", max_lag=1.0, score="diagonal")
    assert result.attrs["score_method"] == "diagonal"


def test_a_family_is_listed() -> None:
    assert "| `diagonal` | independent Gaussian variables |" in members_table("score family")
    for command in ("respond", "fit-score"):
        assert "diagonal" in CliRunner().invoke(app, [command, "--help"]).output


def test_a_family_is_among_the_parameters_of_the_suite() -> None:
    assert "diagonal" in suite.families()
    score = suite.families()["diagonal"]()
    expected = (suite.SEEN.mean(0) - suite.UNSEEN) / suite.SEEN.var(0)
    np.testing.assert_allclose(score.values(suite.UNSEEN), expected, rtol=1e-9)


def test_a_function_is_understood_and_listed() -> None:
    observable = Observable("2*cosine(x)", ["x"])
    assert observable.along(np.array([[0.0], [np.pi]])).tolist() == [2.0, -2.0]
    assert "| `cosine` | cosine |" in members_table("observable function")
    with pytest.raises(OptionError, match=r"abs\(\), .*cosine\(\)"):
        Observable("floor(x)", ["x"])
