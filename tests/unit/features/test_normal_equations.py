"""The one linear solve: against least squares in plain NumPy, and the rule by which candidates are chosen."""

import numpy as np
import pytest

from fluctua.features import FunctionSums, RidgePath, choose, loss, right_side, solve, total


def _sums(count: int = 400, seed: int = 0) -> FunctionSums:
    """Five functions, the constant first, two pushes with given conjugate observables."""
    rng = np.random.default_rng(seed)
    values = np.concatenate(
        [np.ones((count, 1)), rng.standard_normal((count, 4)) @ rng.standard_normal((4, 4))], axis=1
    )
    return FunctionSums.of(values[:, None], rng.standard_normal((1, 5, 2)), rng.standard_normal((count, 1, 2)))


@pytest.mark.parametrize("ridge", [0.0, 1e-3, 1.0])
def test_a_ridge_path_is_the_ridge_solution_without_a_penalty_on_the_constant(ridge: float) -> None:
    sums = _sums()
    found = RidgePath(sums)(np.array([ridge]))[0]
    gram, right = sums.products[0] / sums.count, right_side(sums)[0]
    spread = np.diag(gram) - gram[0] ** 2
    np.testing.assert_allclose(found, np.linalg.solve(gram + ridge * np.diag(spread), right), rtol=1e-9, atol=1e-12)


def test_the_solution_obeys_the_identity_and_has_the_smallest_loss() -> None:
    sums = _sums()
    weights = solve(sums.products / sums.count, right_side(sums), np.zeros(5))
    np.testing.assert_allclose(sums.products[0].T @ weights[0] / sums.count, right_side(sums)[0], atol=1e-12)
    best = loss(sums, weights)
    rng = np.random.default_rng(1)
    for _ in range(20):
        assert np.all(loss(sums, weights + 0.1 * rng.standard_normal(weights.shape)) > best)


def test_complex_blocks_are_solved_one_by_one() -> None:
    rng = np.random.default_rng(2)
    values = rng.standard_normal((50, 3, 4)) + 1j * rng.standard_normal((50, 3, 4))
    sums = FunctionSums.of(values, rng.standard_normal((3, 4, 2)) + 0j)
    weights = solve(sums.products / sums.count, right_side(sums), np.zeros(4))
    for k in range(3):
        gram = np.einsum("nf,ng->fg", values[:, k], values[:, k].conj()) / 50
        np.testing.assert_allclose(gram.T @ weights[k], sums.slopes[k].conj() / 50, atol=1e-10)


def test_a_function_that_is_nothing_in_a_block_gets_no_weight() -> None:
    products = np.broadcast_to(np.eye(2), (3, 2, 2)).copy()
    products[0, 1] = products[0, :, 1] = 0.0
    weights = solve(products, np.ones((3, 2, 1)), np.full(2, 1e-12))
    assert weights[0, 1, 0] == 0.0
    np.testing.assert_allclose(weights[1:], 1.0)


def test_sums_of_parts_are_sums_of_the_whole() -> None:
    parts = [_sums(100, seed) for seed in range(3)]
    whole = total(parts)
    assert whole.count == 300
    rest = whole - parts[0]
    np.testing.assert_allclose(rest.products, (parts[1] + parts[2]).products)
    chosen = np.array([0, 3])
    np.testing.assert_array_equal(whole.select(chosen).products[0], whole.products[0][np.ix_(chosen, chosen)])


@pytest.mark.parametrize(
    ("losses", "margin", "given", "expected"),
    [
        ([[0.0, 0.0], [-1.0, -1.1]], 2.0, False, 1),
        ([[0.0, 0.0], [-1.0, 0.9]], 2.0, False, 0),
        ([[0.1, 0.1]], 2.0, True, -1),
        ([[-1.0, -1.2], [-1.0, -1.3]], 2.0, True, 0),
        ([[-1.0, -1.2], [-1.0, -1.3]], 0.0, True, 1),
        ([[0.0, 0.0], [np.nan, -9.0]], 2.0, False, 0),
    ],
)
def test_a_later_candidate_has_to_win(losses: list[list[float]], margin: float, given: bool, expected: int) -> None:
    assert choose(np.array(losses), margin, given=given) == expected
