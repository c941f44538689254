"""The check of a score against its record: marginal densities and tails."""

import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.certify import check_score
from fluctua.scores import AbstractScore, FunctionScore

STATES = 40_000


def _quartic_states() -> np.ndarray:
    grid = np.linspace(-4.0, 4.0, 20_001)
    density = np.exp(0.5 * grid**2 - 0.25 * grid**4)
    uniform = np.random.default_rng(0).random(STATES)
    x = np.interp(uniform, np.cumsum(density) / density.sum(), grid)
    return np.stack([x, np.random.default_rng(1).standard_normal(STATES)], axis=1)


def _score(factor: float) -> AbstractScore:
    return FunctionScore(lambda x: jnp.array([factor * (x[0] - x[0] ** 3), -x[1]]), 2)


@pytest.fixture(scope="module")
def pieces() -> list[np.ndarray]:
    return np.array_split(_quartic_states(), 64)


def test_the_exact_score_passes(pieces: list[np.ndarray]) -> None:
    """Student's law with 21 degrees of freedom: beyond 8 with a probability of 1e-7, four tails."""
    check = check_score(pieces, [_score(1.0)] * 64, float(STATES))
    assert [(tail.variable, tail.side) for tail in check.tails] == [(0, 1), (0, -1), (1, 1), (1, -1)]
    for tail in check.tails:
        assert abs(tail.significance) < 8
        assert abs(tail.defect) < 0.1
        column = np.concatenate(pieces)[:, tail.variable]
        assert np.mean(tail.side * column > tail.side * tail.threshold) == pytest.approx(0.03, abs=1e-3)


def test_densities_are_normalised_and_agree_for_the_exact_score(pieces: list[np.ndarray]) -> None:
    check = check_score(pieces, [_score(1.0)] * 64, float(STATES))
    truth = np.exp(0.5 * check.value[0] ** 2 - 0.25 * check.value[0] ** 4)
    for variable, (value, data, score) in enumerate(
        zip(check.value, check.data_density, check.score_density, strict=True)
    ):
        width = value[1] - value[0]
        # All but a thousandth of the states lie inside the bins.
        assert data.sum() * width == pytest.approx(0.999, abs=2e-4)
        assert score.sum() * width == pytest.approx(data.sum() * width)
        exact = truth if variable == 0 else np.exp(-0.5 * value**2)
        exact = exact / exact.sum() / width
        # 40,000 states in 48 bins: six standard errors of the fullest bin, sqrt(p / n) / width.
        assert np.abs(data - exact).max() < 6 * np.sqrt(exact.max() * width / STATES) / width
        assert np.abs(score - exact).max() < 0.05 * exact.max()


@pytest.mark.parametrize("factor", [0.6, 1.6])
def test_a_score_with_the_wrong_pull_is_found_out(pieces: list[np.ndarray], factor: float) -> None:
    """The defect of the tails is one minus the factor: the pull is too weak or too strong by just that."""
    check = check_score(pieces, [_score(factor)] * 64, float(STATES))
    for tail in check.tails:
        if tail.variable == 0:
            assert tail.defect == pytest.approx(1 - factor, abs=0.1)
            assert abs(tail.significance) > 8
        else:
            assert abs(tail.significance) < 8
    wide, narrow = check.score_density[0], check.data_density[0]
    spread = [np.sum(d * check.value[0] ** 2) / np.sum(d) for d in (wide, narrow)]
    assert (spread[0] > spread[1]) == (factor < 1)


def test_each_piece_is_checked_with_its_own_score(pieces: list[np.ndarray]) -> None:
    right, wrong = _score(1.0), _score(0.2)
    mixed = check_score(pieces, [right if k % 2 else wrong for k in range(64)], float(STATES))
    assert mixed.tails[0].defect == pytest.approx(0.4, abs=0.1)


def test_only_the_first_variables_are_checked(pieces: list[np.ndarray]) -> None:
    check = check_score(pieces, [_score(1.0)] * 64, float(STATES), most_variables=1)
    assert check.value.shape[0] == 1
    assert {tail.variable for tail in check.tails} == {0}
