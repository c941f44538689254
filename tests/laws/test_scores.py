"""Scores: one suite that every family must pass, on states whose density is known."""

import functools
from collections.abc import Callable
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from fluctua.core import ScoreError, map_states, registered
from fluctua.scores import (
    AbstractScore,
    FunctionScore,
    GaussianScore,
    RecordParts,
    Whitening,
    fit_dictionary,
    fit_gaussian,
    fit_kernel,
    fit_mixture,
    implicit_loss,
    moments,
)
from fluctua.training import TrainingConfig, fit_network_score
from fluctua.verbs import FittedScore, load_score, save_score

# Two Gaussians, in units of the record that are far from one and from each other.
WEIGHTS = np.array([0.35, 0.65])
MEANS = np.array([[101.0, -0.02], [104.0, 0.03]])
COVARIANCES = np.array([[[1.0, 0.01], [0.01, 4e-4]], [[2.0, -0.012], [-0.012, 6e-4]]])
STATES = 8000
NAMES = ("pressure", "depth")


def log_density(state: jax.Array) -> jax.Array:
    """The logarithm of the density, up to a constant."""
    offsets = state - MEANS
    exponents = jnp.einsum("ki,kij,kj->k", offsets, jnp.linalg.inv(COVARIANCES), offsets)
    return jax.nn.logsumexp(jnp.log(WEIGHTS) - 0.5 * jnp.log(jnp.linalg.det(COVARIANCES)) - 0.5 * exponents)


def draw(seed: int, count: int = STATES) -> np.ndarray:
    """Independent states of that density."""
    rng = np.random.default_rng(seed)
    component = rng.choice(2, size=count, p=WEIGHTS)
    noise = rng.standard_normal((count, 2, 1))
    return MEANS[component] + (np.linalg.cholesky(COVARIANCES)[component] @ noise)[..., 0]


SEEN, UNSEEN = draw(0), draw(1)
PARTS = np.array_split(SEEN, 8)
WHITENING = Whitening.of(*moments(SEEN))
SMALL = TrainingConfig(width=16, depth=2, steps=300, batch_size=256)
EXACT = FunctionScore.from_log_density(log_density, 2)

# Smaller than ``--score NAME`` would fit them.
FASTER: dict[str, Callable[[], AbstractScore]] = {
    "mixture": lambda: fit_mixture(PARTS, key=jax.random.key(0), components=2),
    "kernel": lambda: fit_kernel(PARTS, centres=500),
    "network": lambda: fit_network_score(PARTS, key=jax.random.key(0), config=SMALL)[0],
}


def families() -> dict[str, Callable[[], AbstractScore]]:
    """Every registered family, fitted to the states that were seen, beside the exact score."""

    def fitted(fit: Callable[..., AbstractScore], far_tails: bool = False) -> Callable[[], AbstractScore]:
        data = RecordParts([[part] for part in PARTS], 500.0, far_tails=far_tails)
        return lambda: fit(data, jax.random.key(0), None)

    entries = registered("score family")
    every = {name: FASTER.get(name, fitted(entry.member)) for name, entry in entries.items()}
    return {"exact": lambda: EXACT, "bounded dictionary": fitted(entries["dictionary"].member, True), **every}


FAMILIES = families()
FITTED = [name for name in FAMILIES if name != "exact"]


@functools.cache
def score_of(family: str) -> AbstractScore:
    return families()[family]()


def in_whitened_units(score: AbstractScore, states: np.ndarray) -> np.ndarray:
    return map_states(score, states, width=1000) @ np.linalg.inv(np.asarray(WHITENING.matrix))


def whitened(states: np.ndarray) -> np.ndarray:
    return (states - np.asarray(WHITENING.mean)) @ np.asarray(WHITENING.matrix).T


@pytest.mark.parametrize("family", FAMILIES)
def test_one_finite_vector_for_one_state(family: str) -> None:
    score = score_of(family)
    assert score.dimension == 2
    values = map_states(score, UNSEEN, width=1000)
    assert values.shape == UNSEEN.shape
    assert values.dtype == np.float64
    assert np.isfinite(values).all()
    slopes = jax.jit(jax.vmap(jax.jacfwd(score)))(UNSEEN[:500])
    assert slopes.shape == (500, 2, 2)
    assert np.isfinite(slopes).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_compiled_and_mapped_equal_eager(family: str) -> None:
    score = score_of(family)
    states = jnp.asarray(UNSEEN[:5])
    eager = np.stack([np.asarray(score(state)) for state in states])
    # Networks compute in float32.
    rtol = 1e-4 if family == "network" else 1e-9
    scale = np.abs(eager).max(axis=0)
    for other in (
        jax.jit(jax.vmap(score))(states),
        np.stack([np.asarray(eqx.filter_jit(score)(state)) for state in states]),
    ):
        assert np.all(np.abs(np.asarray(other) - eager) <= rtol * scale)


@pytest.mark.parametrize("family", FITTED)
def test_arrays_and_config_define_the_score(family: str) -> None:
    score = score_of(family)
    again = type(score).restore(score.arrays(), score.config())
    assert type(again) is type(score)
    np.testing.assert_array_equal(
        map_states(again, UNSEEN[:200], width=200), map_states(score, UNSEEN[:200], width=200)
    )
    assert {name: array.tobytes() for name, array in again.arrays().items()} == {
        name: np.asarray(array).tobytes() for name, array in score.arrays().items()
    }
    assert again.config() == score.config()


@pytest.mark.parametrize("family", FITTED)
def test_a_saved_score_is_the_same_score(family: str, tmp_path: Path) -> None:
    fitted = FittedScore(score_of(family), NAMES, family, -1.25, 0.01, -1.0)
    save_score(fitted, tmp_path / "score.safetensors")
    again = load_score(tmp_path / "score.safetensors")
    assert (again.names, again.method, again.heldout_loss) == (NAMES, family, -1.25)
    assert type(again.score) is type(fitted.score)
    np.testing.assert_array_equal(again(UNSEEN[:200]), fitted(UNSEEN[:200]))


def test_a_function_has_nothing_to_save(tmp_path: Path) -> None:
    for nothing in (EXACT.arrays, EXACT.config, lambda: FunctionScore.restore({}, {})):
        with pytest.raises(TypeError, match="Python function"):
            nothing()
    with pytest.raises(ScoreError, match=r"Python function; only fitted scores have numbers.*Keep the function"):
        save_score(FittedScore(EXACT, NAMES, "exact", 0.0, 0.0, 0.0), tmp_path / "score.safetensors")
    assert not any(tmp_path.iterdir())


# Mean and cross moment of the score on the states it was fitted to. Gaussian and dictionary obey them by their normal
# equations (the dictionary up to its ridge and to how far a bounded function can be linear), a mixture by the fixed
# point of expectation maximisation (up to its variance floor of 1e-3); a kernel score is that of blurred states, KGMM
# that of noised ones, and a network of 300 steps is not yet converged: these have their stated looseness.
STEIN = {"gaussian": 1e-9, "mixture": 0.01, "dictionary": 0.01, "bounded dictionary": 0.02, "kgmm": 0.2, "network": 0.2}


@pytest.mark.parametrize("family", STEIN)
def test_stein_identities_on_the_states_of_the_fit(family: str) -> None:
    """<s> = 0 and <z s^T> = -1, in whitened coordinates."""
    values = in_whitened_units(score_of(family), SEEN)
    assert np.abs(values.mean(axis=0)).max() < STEIN[family]
    assert np.abs(whitened(SEEN).T @ values / len(SEEN) + np.eye(2)).max() < STEIN[family]


def test_stein_identities_of_the_exact_score() -> None:
    """Within six standard errors of independent states: six identities, a chance of about 1e-8."""
    values, states = in_whitened_units(EXACT, UNSEEN), whitened(UNSEEN)
    products = states[:, :, None] * values[:, None, :] + np.eye(2)
    for identity in (values, products.reshape(len(states), -1)):
        stderr = identity.std(axis=0) / np.sqrt(len(states))
        assert np.all(np.abs(identity.mean(axis=0)) < 6 * stderr)


def test_a_kernel_score_is_that_of_blurred_states() -> None:
    """Of standard Gaussian states blurred by h the score is -z / (1 + h^2)."""
    states = np.random.default_rng(2).standard_normal((20_000, 1))
    score = fit_kernel(np.array_split(states, 4), bandwidth=0.5, centres=20_000)
    grid = np.linspace(-1.5, 1.5, 13)[:, None]
    # 20,000 kernels of width 0.5 leave a standard error of about 0.01 (|K'|_2 / h^(3/2) / sqrt(n rho)) in the middle
    # and three times that at the ends: 0.15 is over five of them.
    np.testing.assert_allclose(map_states(score, grid), -grid / 1.25, atol=0.15)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_implicit_loss_is_half_the_squared_error(family: str) -> None:
    """E[loss(s)] = E|s - s*|^2 / 2 - E|s*|^2 / 2 for every s, on states that no fit has seen.

    The difference of both sides, state by state, has mean zero; six standard errors, a chance of 2e-9 each.
    """
    score, truth = in_whitened_units(score_of(family), UNSEEN), in_whitened_units(EXACT, UNSEEN)
    expected = 0.5 * np.sum((score - truth) ** 2, axis=1) - 0.5 * np.sum(truth**2, axis=1)
    difference = implicit_loss(score_of(family), UNSEEN, WHITENING) - expected
    assert abs(difference.mean()) < 6 * difference.std() / np.sqrt(len(difference))
    # The standard error is small enough for the test to see something.
    assert difference.std() / np.sqrt(len(difference)) < 0.05 * max(1.0, np.abs(expected).mean())


@pytest.mark.parametrize("family", ["mixture", "kgmm", "kernel", "dictionary", "network"])
def test_a_flexible_score_is_better_than_the_gaussian_one(family: str) -> None:
    truth = in_whitened_units(EXACT, UNSEEN)
    errors = [np.mean((in_whitened_units(score_of(name), UNSEEN) - truth) ** 2) for name in (family, "gaussian")]
    assert errors[0] < 0.8 * errors[1]


def test_the_gaussian_loss_is_minus_half_the_dimension() -> None:
    assert implicit_loss(score_of("gaussian"), SEEN, WHITENING).mean() == pytest.approx(-1.0, abs=1e-9)


def test_the_gaussian_fit_is_the_inverse_covariance() -> None:
    rng = np.random.default_rng(3)
    states = 50.0 + rng.standard_normal((2000, 3)) @ np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0], [0.0, 0.0, 3.0]])
    expected = -np.linalg.solve(np.cov(states.T, bias=True), (states - states.mean(axis=0)).T).T
    np.testing.assert_allclose(map_states(fit_gaussian(states), states), expected, rtol=1e-9, atol=1e-9)


def test_the_gaussian_score_does_not_depend_on_units() -> None:
    states = np.random.default_rng(7).standard_normal((2000, 2)) @ np.array([[1.0, 0.5], [0.0, 2.0]])
    units = np.array([1e-6, 1e4])
    scaled = map_states(fit_gaussian(states * units), states * units) * units
    np.testing.assert_allclose(scaled, map_states(fit_gaussian(states), states), rtol=1e-6, atol=1e-6)


def test_with_fewer_states_than_variables_the_gaussian_fit_is_shrunk_and_exists() -> None:
    states = np.random.default_rng(4).standard_normal((20, 60))
    score = fit_gaussian(states)
    assert isinstance(score, GaussianScore)
    assert np.linalg.eigvalsh(np.asarray(score.precision))[0] > 0
    # Independent columns: the shrunk precision is close to the diagonal one, the raw one does not exist.
    np.testing.assert_allclose(np.diag(score.precision) * states.var(axis=0), 1.0, rtol=0.5)


def test_a_cubic_dictionary_contains_the_score_of_the_quartic_well() -> None:
    """Implicit score matching is an M-estimator: its coefficients are normal about those of x - x^3.

    Standard errors by the sandwich formula for the monomials 1, x, x^2, x^3; four of them within six, a chance below
    1e-8.
    """
    grid = np.linspace(-4.0, 4.0, 20_001)
    density = np.exp(0.5 * grid**2 - 0.25 * grid**4)
    uniform = np.random.default_rng(5).random(40_000)
    x = np.interp(uniform, np.cumsum(density) / density.sum(), grid)
    score = fit_dictionary(np.array_split(x[:, None], 8), key=jax.random.key(0), degree=3)
    points = np.array([-1.5, -0.5, 0.5, 1.5])
    coefficients = np.linalg.solve(np.vander(points, 4, increasing=True), map_states(score, points[:, None])[:, 0])
    values = np.vander(x, 4, increasing=True)
    slopes = np.stack([np.zeros_like(x), np.ones_like(x), 2 * x, 3 * x**2], axis=1)
    truth = np.array([0.0, 1.0, 0.0, -1.0])
    residual = values * (values @ truth)[:, None] + slopes
    inverse = np.linalg.inv(values.T @ values / len(x))
    stderr = np.sqrt(np.diag(inverse @ np.cov(residual.T) @ inverse) / len(x))
    assert np.all(np.abs(coefficients - truth) < 6 * stderr)
    assert stderr.max() < 0.1


def test_bounded_polynomials_stay_finite_where_moments_do_not() -> None:
    """Student's law with two degrees of freedom has the score -3 x / (2 + x^2), and no fourth moment."""
    states = np.asarray(scipy.stats.t.rvs(2, size=(20_000, 1), random_state=6))
    score = fit_dictionary(np.array_split(states, 8), key=jax.random.key(0), effective_size=1000.0, far_tails=True)
    grid = np.linspace(-5, 5, 41)
    values = map_states(score, grid[:, None])[:, 0]
    error = values + 3 * grid / (2 + grid**2)
    weight = scipy.stats.t.pdf(grid, 2)
    # The Gaussian score of so wide a variance is nearly zero: an error of order one.
    assert np.sqrt(np.sum(weight * error**2) / np.sum(weight)) < 0.15
    assert np.isfinite(map_states(score, states)).all()
