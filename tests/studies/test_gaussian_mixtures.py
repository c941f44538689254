"""Noise laws as Gaussian scale mixtures."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special as special

from fluctua.noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, StudentT, noise_law_text
from studies.oracles import SymmetricStable, gaussian_mixture

pytestmark = pytest.mark.slow

MIXTURES = [
    (Gaussian(0.5), 3),
    *((GeneralisedNormal(beta, 0.7), 1) for beta in (0.3, 0.5, 0.75, 1.0, 1.25, 1.5, 1.9, 2.0)),
    (GeneralisedNormal(0.5, 2.0, "spherical"), 3),
    (GeneralisedNormal(1.0, 1.0, "spherical"), 100),
    (GeneralisedNormal(1.5, 1.0, "spherical"), 784),
    (GeneralisedNormal(1.9, 1.0, "spherical"), 2),
    (StudentT(1.0, 0.3), 2),
    (StudentT(2.5), 784),
    (StudentT(30.0), 1),
    (StudentT(30.0), 784),
    (StudentT(1e6), 3),
    (SymmetricStable(1.2, 2.0), 1),
    (SymmetricStable(1.0), 50),
    (SymmetricStable(1.7), 784),
    (SymmetricStable(1.95), 3),
]


@pytest.mark.parametrize(
    ("law", "dimension"), MIXTURES, ids=lambda value: str(value) if isinstance(value, int) else noise_law_text(value)
)
def test_the_mixture_reproduces_density_score_and_variance(law: AbstractNoiseLaw, dimension: int) -> None:
    mixture = gaussian_mixture(law, dimension)
    assert mixture is not None
    assert np.all(np.diff(mixture.variances) > 0.0)
    assert np.all(mixture.log_weights < 1e-12)
    assert mixture.weights.sum() == pytest.approx(1.0, abs=1e-9)
    if np.isfinite(law.variance(dimension)):
        assert mixture.weights @ mixture.variances == pytest.approx(law.variance(dimension), rel=1e-9)
    middle = law.norm_quantile(0.5, dimension)
    # As far out as the mixture is said to hold.
    furthest = 30.0 ** (1.0 / max(law.beta, 1.0)) if isinstance(law, GeneralisedNormal) else 30.0
    radii = np.concatenate([[0.0], middle * np.geomspace(1e-4, 30.0 if dimension == 1 else furthest, 30)])
    points = jnp.zeros((len(radii), dimension)).at[:, 0].set(radii)
    log_density, score = jax.jit(jax.vmap(lambda point: (law.log_prob(point), law.score(point)[0])))(points)
    exponent = (
        mixture.log_weights
        - 0.5 * dimension * np.log(2.0 * np.pi * mixture.variances)
        - 0.5 * radii[:, None] ** 2 / mixture.variances
    )
    mixed = special.logsumexp(exponent, axis=1)
    # The tables of stable laws in high dimension set the tolerance; the mixture itself is far better.
    np.testing.assert_allclose(mixed, log_density, rtol=1e-10, atol=1e-8)
    rates = np.exp(exponent - mixed[:, None]) @ (1.0 / mixture.variances)
    np.testing.assert_allclose(-radii[1:] * rates[1:], score[1:], rtol=1e-7)


def test_a_mixture_says_whether_coordinates_share_their_variance() -> None:
    for law, wanted in (
        (GeneralisedNormal(1.0), True),
        (GeneralisedNormal(2.0), True),
        (GeneralisedNormal(1.0, 1.0, "spherical"), False),
        (StudentT(3.0), False),
        (SymmetricStable(1.5), False),
        (Gaussian(), False),
    ):
        mixture = gaussian_mixture(law, 2)
        assert mixture is not None
        assert mixture.per_coordinate is wanted


def test_thinner_tails_than_gaussian_are_no_mixture() -> None:
    assert gaussian_mixture(GeneralisedNormal(2.5), 2) is None
    assert gaussian_mixture(GeneralisedNormal(4.0, 1.0, "spherical"), 2) is None


def test_the_mixing_law_of_laplace_noise_is_exponential() -> None:
    mixture = gaussian_mixture(GeneralisedNormal(1.0, 1.5), 1)
    assert mixture is not None
    for power in (0.5, 1.0, 2.0, 5.0):
        wanted = 4.5**power * special.gamma(1.0 + power)
        assert mixture.weights @ mixture.variances**power == pytest.approx(wanted, rel=1e-10)
