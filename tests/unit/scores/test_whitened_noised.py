"""Noised scores in whitened coordinates: from a score of Gaussian noise, and as kept in files."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import ScoreError
from fluctua.networks import MultilayerPerceptron
from fluctua.noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, StudentT
from fluctua.scores import NetworkScore, WhitenedPreconditioning, Whitening
from fluctua.scores.noised import Denoiser, Preconditioning, noise_coordinates
from studies.oracles import SymmetricStable

WHITENING = Whitening.of(np.array([5.0, -1.0]), np.array([[4.0, 1.0], [1.0, 9.0]]))


def _random(inputs: int, outputs: int) -> MultilayerPerceptron:
    """A network whose last layer is not zero, as after training."""
    network = MultilayerPerceptron(inputs, outputs, width=8, depth=1, key=jax.random.key(0))
    leaves, tree = jax.tree.flatten(network)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    noisy = [
        leaf + 0.1 * jax.random.normal(key, leaf.shape, leaf.dtype) for leaf, key in zip(leaves, keys, strict=True)
    ]
    return jax.tree.unflatten(tree, noisy)


def _network_score(law: AbstractNoiseLaw) -> NetworkScore:
    return NetworkScore(WHITENING, Denoiser(_random(2, 2), WhitenedPreconditioning(law, 2), 0.05, 10.0))


@pytest.mark.parametrize("law", [Gaussian(1.5), GeneralisedNormal(2.0, 1.3), SymmetricStable(2.0, 0.9)])
def test_a_network_score_of_gaussian_noise_has_a_posterior_mean(law: AbstractNoiseLaw) -> None:
    score = _network_score(law)
    noised = score.denoiser
    noised.check_posterior_mean()
    level, state = jnp.asarray(0.7), jnp.array([6.0, 2.0])
    whitened = WHITENING(state)
    found = noised.score(whitened, level)
    np.testing.assert_allclose(WHITENING.matrix.T @ found, score.at_level(state, level), rtol=1e-12)
    mean = noised.posterior_mean(whitened, level)
    np.testing.assert_allclose(mean - whitened, 0.49 * law.variance(2) * found, rtol=1e-12)
    assert noised.dimension == 2


@pytest.mark.parametrize("law", [GeneralisedNormal(1.0), GeneralisedNormal(1.99), StudentT(5.0), SymmetricStable(1.9)])
def test_a_score_of_other_noise_has_no_posterior_mean(law: AbstractNoiseLaw) -> None:
    with pytest.raises(ScoreError, match=r"learned with .*Tweedie.*fluctua sample --noise"):
        _network_score(law).denoiser.posterior_mean(jnp.ones(2), jnp.asarray(1.0))


@pytest.mark.parametrize(("law", "tails"), [(Gaussian(), "light"), (StudentT(3.0, 0.5), "heavy")])
def test_kept_and_restored_it_is_the_same(law: AbstractNoiseLaw, tails: str) -> None:
    states = np.random.default_rng(0).standard_normal((400, 2)) * [1.0, 50.0] + [3.0, -70.0]
    kind = "light" if tails == "light" else "heavy"
    whitening = noise_coordinates(states, kind)
    whitened = (states - np.asarray(whitening.mean)) @ np.asarray(whitening.matrix).T
    around = Preconditioning.fit(whitened, law, kind)
    score = NetworkScore(
        whitening, Denoiser(_random(around.sizes()["inputs"], 4), around, 0.05, 8.0), extrapolate=False
    )
    again = NetworkScore.restore(score.arrays(), score.config())
    for state in states[:5]:
        np.testing.assert_array_equal(score(state), again(state))
        assert np.isfinite(score(state)).all()
    assert again.law == law
    with pytest.raises(ScoreError, match=r"do not fit .*'whitening'"):
        NetworkScore.restore({k: v for k, v in score.arrays().items() if k != "whitening"}, score.config())
    with pytest.raises(ScoreError, match=r"for 2 variables and the whitening for 1"):
        NetworkScore(Whitening.of(np.zeros(1), np.eye(1)), score.denoiser)


def test_without_a_network_it_is_the_score_of_a_gaussian() -> None:
    states = np.random.default_rng(1).standard_normal((1000, 2)) @ np.array([[1.0, 0.5], [0.0, 30.0]])
    whitening = noise_coordinates(states, "light")
    whitened = (states - np.asarray(whitening.mean)) @ np.asarray(whitening.matrix).T
    around = Preconditioning.fit(whitened, Gaussian(), "light")
    network = MultilayerPerceptron(2, 4, key=jax.random.key(0))
    score = NetworkScore(whitening, Denoiser(network, around, 0.01, 10.0), extrapolate=False)
    centred = states[0] - states.mean(axis=0)
    expected = -np.linalg.solve(np.cov(states.T, bias=True), centred) / (1.0 + 1e-4)
    np.testing.assert_allclose(score(states[0]), expected, rtol=1e-6)


def test_coordinates_of_heavy_tails_do_not_need_a_variance() -> None:
    generator = np.random.default_rng(2)
    normal = generator.standard_normal((40_000, 2)) @ np.linalg.cholesky([[1.0, 0.8], [0.8, 1.0]]).T
    # Cauchy radii: no mean, no variance. Shape and rank correlation are those of the normal states, nearly.
    states = normal / np.abs(generator.standard_normal((40_000, 1))) * [1.0, 1e-3] + [280.0, 0.5]
    whitening = noise_coordinates(states, "heavy")
    np.testing.assert_allclose(whitening.mean, [280.0, 0.5], rtol=1e-3)
    inverse = np.linalg.inv(whitening.matrix)
    shape = inverse @ inverse.T
    assert shape[0, 1] / np.sqrt(shape[0, 0] * shape[1, 1]) == pytest.approx(0.8, abs=0.08)
    # The quartiles of the standard Cauchy law are at one, those of the standard normal at 0.6745.
    np.testing.assert_allclose(np.sqrt(np.diag(shape)), np.array([1.0, 1e-3]) / 0.6745, rtol=0.05)


def test_coordinates_of_what_mostly_repeats_or_is_nearly_singular() -> None:
    generator = np.random.default_rng(3)
    rain = np.where(generator.random(1000) < 0.7, 0.0, generator.exponential(size=1000))
    assert np.isfinite(
        noise_coordinates(np.column_stack([rain, generator.standard_normal(1000)]), "heavy").matrix
    ).all()
    x = generator.standard_cauchy(1000)
    nearly = noise_coordinates(np.column_stack([x, x + 1e-9 * generator.standard_normal(1000)]), "heavy")
    assert np.asarray(nearly.matrix)[0, 1] == 0.0
