"""Generalised normal noise: the figures of the table, the exponent two, and its transports."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special as special
import scipy.stats

from fluctua.noise import Gaussian, GeneralisedNormal
from fluctua.noise.numerics import LOWEST, evaluate_octaves, product_transport, radial_transport

# Exponent; standard deviation, variance, Fisher information and their product at the scale sqrt(2), as printed.
TABLE = [
    (0.5, "15.492", "240", "inf", "inf"),
    (0.75, "3.6658", "13.438", "0.4265", "5.731"),
    (1.0, "2", "4", "0.5", "2"),
    (1.25, "1.4608", "2.1339", "0.6161", "1.3148"),
    (1.5, "1.2153", "1.4770", "0.7419", "1.0957"),
    (1.75, "1.0815", "1.1696", "0.8705", "1.0181"),
    (2.0, "1", "1", "1", "1"),
    (3.0, "0.8640", "0.7466", "1.5164", "1.1321"),
    (4.0, "0.8222", "0.6760", "2.0279", "1.3708"),
]


def unit(text: str) -> float:
    """Half a unit in the last printed digit."""
    return 0.5001 * 10.0 ** -len(text.partition(".")[2])


@pytest.mark.parametrize(("beta", "deviation", "variance", "fisher", "product"), TABLE)
def test_moments_are_those_of_the_table(beta: float, deviation: str, variance: str, fisher: str, product: str) -> None:
    law = GeneralisedNormal(beta, math.sqrt(2.0))
    wanted = (deviation, variance, fisher, product)
    found = (math.sqrt(law.variance()), law.variance(), law.fisher_information())
    for value, text in zip((*found, found[1] * found[2]), wanted, strict=True):
        assert value == float(text) or value == pytest.approx(float(text), abs=unit(text))


@pytest.mark.parametrize("form", ["product", "spherical"])
def test_the_exponent_two_is_gaussian(form: str) -> None:
    law, gaussian = GeneralisedNormal(2.0, math.sqrt(2.0) * 0.7, form), Gaussian(0.7)
    points = gaussian.sample(jax.random.key(0), (20, 4))
    np.testing.assert_allclose(law.sample(jax.random.key(0), (20, 4)), points, rtol=1e-13)
    np.testing.assert_allclose(law.score(points[0]), gaussian.score(points[0]), rtol=1e-13)
    np.testing.assert_allclose(law.log_prob(points[0]), gaussian.log_prob(points[0]), rtol=1e-13)
    assert law.variance(4) == pytest.approx(0.49, rel=1e-14)
    assert law.fisher_information(4) == pytest.approx(1.0 / 0.49, rel=1e-14)
    assert law.norm_quantile(0.3, 4) == pytest.approx(gaussian.norm_quantile(0.3, 4), rel=1e-9)


def test_the_forms_agree_in_one_dimension() -> None:
    product, spherical = GeneralisedNormal(0.7, 2.0), GeneralisedNormal(0.7, 2.0, "spherical")
    points = product.sample(jax.random.key(1), (50, 1))
    np.testing.assert_allclose(spherical.sample(jax.random.key(1), (50, 1)), points, rtol=1e-7)
    np.testing.assert_allclose(
        jax.jit(jax.vmap(spherical.score))(points), jax.jit(jax.vmap(product.score))(points), rtol=1e-12
    )
    np.testing.assert_allclose(
        jax.jit(jax.vmap(spherical.log_prob))(points), jax.jit(jax.vmap(product.log_prob))(points), rtol=1e-12
    )
    assert spherical.fisher_information(1) == pytest.approx(product.fisher_information(1))


def test_the_density_of_the_product_form_is_that_of_independent_coordinates() -> None:
    points = GeneralisedNormal(1.3, 0.4).sample(jax.random.key(2), (5, 7))
    wanted = scipy.stats.gennorm.logpdf(np.asarray(points) / 0.4, 1.3) - math.log(0.4)
    np.testing.assert_allclose(
        jax.jit(jax.vmap(GeneralisedNormal(1.3, 0.4).log_prob))(points), wanted.sum(axis=1), rtol=1e-12
    )


def test_the_fisher_information_is_finite_where_a_squared_loss_is() -> None:
    for beta, form, dimension, finite in (
        (0.5, "product", 5, False),
        (0.51, "product", 5, True),
        (0.5, "spherical", 1, False),
        (0.1, "spherical", 2, True),
    ):
        law = GeneralisedNormal(beta, 1.0, form)
        assert math.isfinite(law.fisher_information(dimension)) == finite


@pytest.mark.parametrize("beta", [0.3, 0.5, 0.75, 1.0, 1.5, 1.9, 3.0, 8.0, 30.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_transport_of_one_coordinate_keeps_probabilities(beta: float, dtype: str) -> None:
    """The relative error of n is that of its probability over the logarithmic density."""
    smallest, largest = (1e-7, 5.5) if dtype == "float32" else (1e-16, 9.0)
    normals = np.geomspace(smallest, largest, 5001).astype(dtype)
    ratio = np.asarray(evaluate_octaves(LOWEST, product_transport(beta), jnp.asarray(normals)), float)
    normals = normals.astype(float)
    energy = (ratio * normals) ** beta
    lower = special.gammainc(1.0 / beta, energy) - special.erf(normals / math.sqrt(2.0))
    upper = special.erfc(normals / math.sqrt(2.0)) - special.gammaincc(1.0 / beta, energy)
    log_density = math.log(beta) - special.gammaln(1.0 / beta) - energy + np.log(ratio * normals)
    error = np.where(normals < 0.7, lower, upper) * np.exp(-log_density)
    # Beyond that the power underflows: the noise is proportional to the normal there.
    shown = energy > 1e-300
    np.testing.assert_allclose(error[shown], 0.0, atol=3e-7 if dtype == "float32" else 1e-7)
    linear = math.gamma(1.0 + 1.0 / beta) * special.erf(normals / math.sqrt(2.0)) / normals
    small = energy < 1e-20
    np.testing.assert_allclose(ratio[small], linear[small], rtol=3e-7 if dtype == "float32" else 1e-8)


@pytest.mark.parametrize(("beta", "dimension"), [(0.3, 1), (0.3, 2), (1.0, 3072), (1.5, 20), (8.0, 2), (0.5, 12288)])
def test_the_transport_of_norms_keeps_probabilities(beta: float, dimension: int) -> None:
    deviates = np.linspace(-8.0, 8.0, 2001)
    norms = np.sqrt(2.0 * special.gammaincinv(0.5 * dimension, special.ndtr(deviates)))
    norms[deviates > 0] = np.sqrt(2.0 * special.gammainccinv(0.5 * dimension, special.ndtr(-deviates[deviates > 0])))
    radius = np.asarray(evaluate_octaves(*radial_transport(beta, dimension), jnp.asarray(norms))) * norms
    order, energy = dimension / beta, radius**beta
    lower = special.gammainc(order, energy) - special.ndtr(deviates)
    upper = special.ndtr(-deviates) - special.gammaincc(order, energy)
    log_density = math.log(beta) - special.gammaln(order) - energy + dimension * np.log(radius)
    np.testing.assert_allclose(np.where(deviates < 0, lower, upper) * np.exp(-log_density), 0.0, atol=1e-7)


@pytest.mark.parametrize("beta", [0.3, 0.7, 1.0, 1.5])
def test_scores_next_to_zero_are_finite_in_single_precision(beta: float) -> None:
    sizes = jnp.concatenate([jnp.zeros(1), jnp.geomspace(1.2e-38, 1e30, 200)]).astype("float32")
    for form in ("product", "spherical"):
        law = GeneralisedNormal(beta, 0.01, form)
        score = jax.jit(jax.vmap(lambda size, law=law: law.score(jnp.stack([size, 0.0 * size]))))(sizes)
        assert score.dtype == "float32"
        assert jnp.all(jnp.isfinite(score))
        assert jnp.all(score[1:, 0] < 0.0)
        np.testing.assert_array_equal(score[0], 0.0)
        np.testing.assert_array_equal(score[:, 1], 0.0)
