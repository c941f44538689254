"""Exact noised scores where formulas lose their digits: far tails, narrow and wide noise, the ends of the floats."""

import math
import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from fluctua.core import OptionError
from fluctua.noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, StudentT
from fluctua.scores.noised import AbstractExactNoisedScore, NoisedEmpirical, Smoothed
from studies.oracles import (
    NoisedFunnel,
    NoisedGaussianMixture,
    NoisedLaplace,
    NoisedStable,
    NoisedStudentT,
    NoisedUniform,
    SymmetricStable,
    log_scaled_upper_gamma,
    mills,
    smoothed_by_quadrature,
)

pytestmark = pytest.mark.slow

LAPLACE = GeneralisedNormal(1.0)
ONE = jnp.asarray(1.0)


@eqx.filter_jit
def look(noised: AbstractExactNoisedScore, places: jax.Array, level: jax.Array) -> tuple[Smoothed, jax.Array]:
    """What a member says at each place, and the slope of its log-density."""
    slopes = jax.vmap(jax.grad(noised.log_density), in_axes=(0, None))(places, level)
    return jax.vmap(noised.smoothed, in_axes=(0, None))(places, level), slopes


def one_normal(law: AbstractNoiseLaw, deviation: float) -> NoisedGaussianMixture:
    return NoisedGaussianMixture(law, jnp.ones(1), jnp.zeros((1, 1)), jnp.full((1, 1), deviation))


def test_the_mills_ratio_on_both_sides() -> None:
    t = np.array([-1e3, -30.0, -1.0, 0.0, 0.5, 3.0, 11.9, 12.1, 50.0, 1e8])
    log_ratio, excess = mills(jnp.asarray(t))
    right = t >= 0.0
    ratio = math.sqrt(0.5 * math.pi) * scipy.special.erfcx(t[right] / math.sqrt(2.0))
    np.testing.assert_allclose(log_ratio[right], np.log(ratio), rtol=1e-13, atol=1e-14)
    left = 0.5 * t[~right] ** 2 + 0.5 * math.log(2.0 * math.pi) + scipy.special.log_ndtr(-t[~right])
    np.testing.assert_allclose(log_ratio[~right], left, rtol=1e-14)
    # 1/t - 2/t^3 + 10/t^5 to the right, -t to the left.
    np.testing.assert_allclose(excess[-2:], 1 / t[-2:] - 2 / t[-2:] ** 3 + 10 / t[-2:] ** 5, rtol=1e-8)
    np.testing.assert_allclose(excess[:2], -t[:2], rtol=1e-15)
    # d ln R / dt = -G, across the joint too and at zero.
    slopes = jax.vmap(jax.grad(lambda value: mills(value)[0]))(jnp.asarray(t))
    np.testing.assert_allclose(slopes, -excess, rtol=1e-11)


@pytest.mark.parametrize("shape", [0.125, 1.0, 6.7])
def test_the_upper_gamma_function_in_logarithms(shape: float) -> None:
    x = np.array([0.0, 1e-8, 0.1, 1.0, shape + 9.9, shape + 10.1, 50.0, 300.0])
    np.testing.assert_allclose(
        log_scaled_upper_gamma(shape, jnp.asarray(x)),
        np.log(scipy.special.gammaincc(shape, x)) + x,
        rtol=1e-12,
        atol=1e-12,
    )
    far = np.array([1e4, 1e8])
    leading = (shape - 1.0) * np.log(far) - scipy.special.gammaln(shape) + np.log1p((shape - 1.0) / far)
    np.testing.assert_allclose(log_scaled_upper_gamma(shape, jnp.asarray(far)), leading, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("deviation", [1e-12, 1e-6, 1e6])
def test_narrow_and_wide_normal_laws_with_laplace_noise(deviation: float) -> None:
    """Narrow: the law of the noise itself. Wide: Gaussian, with the variances added."""
    noised = one_normal(LAPLACE, deviation)
    place = jnp.array([0.8 * max(1.0, deviation)])
    if deviation < 1.0:
        expected = LAPLACE.log_prob(place), LAPLACE.score(place), deviation**2 * jnp.sign(place)
    else:
        normal = -0.5 * (place[0] / deviation) ** 2 - math.log(deviation * math.sqrt(2.0 * math.pi))
        expected = normal, -place / deviation**2, place
    found = (row[0] for row in look(noised, jnp.broadcast_to(place, (4, 1)), ONE)[0])
    # What the wide law differs by is its ratio of variances, 2e-12; what the narrow law differs by, its deviation.
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11)


@pytest.mark.parametrize("deviation", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("law", [LAPLACE, Gaussian(), GeneralisedNormal(3.0), StudentT(2.0)], ids=lambda law: law.kind)
def test_nothing_is_lost_far_out(law: AbstractNoiseLaw, deviation: float) -> None:
    noised = one_normal(law, deviation)
    places = jnp.array([[0.0], [1e3], [-1e6], [1e9]]) * deviation
    for level in (1e-6, 1.0, 1e6):
        found, slope = look(noised, places, jnp.asarray(level))
        for array in (*found, slope):
            assert np.isfinite(array).all()
        # The logarithm of the density has lost these digits itself, to its own size or to that of the offset.
        lost = 1e-13 * (1.0 + np.abs(places) / deviation) * (1.0 / deviation + 1.0 / level)
        # Rounding of the exponents of a quadrature changes its weights by that much; what they average, the derivative
        # of the normal density, spreads by 1 / deviation at most.
        lost += np.finfo(float).eps * np.abs(found.log_density)[:, None] / deviation
        assert np.all(np.abs(slope - found.score) <= 1e-9 * np.abs(found.score) + lost)
        assert np.all(found.score[1:] * places[1:] < 0.0)
    if law is LAPLACE:
        far, _ = look(noised, jnp.full((4, 1), 1e12 * max(deviation, 1.0)), ONE)
        assert np.all(far.score == -1.0)
        np.testing.assert_allclose(far.mean, deviation**2, rtol=1e-12)


def test_the_ends_of_the_floats() -> None:
    for deviation, place, level in ((1e-150, 1.0, 1.0), (1.0, 1e300, 1.0), (1.0, 1.0, 1e-200), (1e-100, 0.0, 1e100)):
        found, _ = look(one_normal(LAPLACE, deviation), jnp.full((4, 1), place), jnp.asarray(level))
        assert not any(np.isnan(array).any() for array in found)
        assert np.isfinite(found.score).all()


@eqx.filter_jit
def quadrature(places: jax.Array, deviation: jax.Array, width: jax.Array, exponent: float) -> tuple[jax.Array, ...]:
    return jax.vmap(lambda place: smoothed_by_quadrature(place, deviation, width, exponent))(places)


@pytest.mark.parametrize("exponent", [1.0, 2.0])
@pytest.mark.parametrize("ratio", [1e-3, 0.3, 1.0, 30.0])
def test_the_quadrature_equals_the_closed_forms(exponent: float, ratio: float) -> None:
    closed = one_normal(GeneralisedNormal(exponent), ratio)
    places = jnp.array([-30.0, -2.0, 0.5, 7.0]) * max(1.0, ratio)
    found = quadrature(places, jnp.asarray(ratio), ONE, exponent)
    expected, _ = look(closed, places[:, None], ONE)
    np.testing.assert_allclose(found[0], expected.log_density, rtol=1e-11)
    np.testing.assert_allclose(found[1], expected.score[:, 0], rtol=1e-9)


@pytest.mark.parametrize(("exponent", "ratio"), [(1.0, 2e-4), (3.0, 2e-4), (3.0, 1e-3)])
def test_the_quadrature_keeps_its_digits_for_narrow_normal_laws(exponent: float, ratio: float) -> None:
    r"""The derivative of $\ln E e^{l(z + s w)}$ is $l_1 + s^2 (l_3/2 + l_1 l_2) + O(s^4)$, $l = -|z|^\beta$."""
    places = np.array([0.4, -1.3])
    size, sign, beta = np.abs(places), np.sign(places), exponent
    first = -beta * sign * size ** (beta - 1.0)
    second = -beta * (beta - 1.0) * size ** (beta - 2.0)
    third = -beta * (beta - 1.0) * (beta - 2.0) * sign * size ** (beta - 3.0)
    found = quadrature(jnp.asarray(places), jnp.asarray(ratio), ONE, exponent)
    # The next order is s^4 times a few hundred.
    np.testing.assert_allclose(
        found[1], first + ratio**2 * (0.5 * third + first * second), rtol=1e-12, atol=500.0 * ratio**4
    )


@pytest.mark.parametrize("beta", [0.5, 3.0])
def test_uniform_states_seen_from_far_away(beta: float) -> None:
    """There the nearer edge is all that counts: the score is beta w^(beta-1) and a little more, on either side."""
    noised = NoisedUniform(GeneralisedNormal(beta), 1.0, 1)
    distance = 1e3
    places = jnp.array([[1.0 + distance], [-1.0 - distance], [1.0], [-1.0], [0.5], [0.0]])
    found, slopes = look(noised, places, ONE)
    np.testing.assert_allclose(slopes, found.score, rtol=1e-9, atol=1e-12)
    steepness = beta * distance ** (beta - 1.0)
    if beta >= 1.0:
        np.testing.assert_allclose(found.score[:2, 0], [-steepness, steepness], rtol=1e-3)
        # Exponential states over [-1, 1] of that rate.
        mean = 1.0 / math.tanh(steepness) - 1.0 / steepness
        np.testing.assert_allclose(found.mean[:2, 0], [mean, -mean], rtol=1e-3)
    assert np.isfinite(found.log_density).all()


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0, 3.0])
def test_gradients_at_an_edge_survive_the_compiler(beta: float) -> None:
    """With a level that is a constant of the compiled function, which is joined to others in it."""
    noised = NoisedUniform(GeneralisedNormal(beta), 1.0, 1)
    for place in (jnp.array([1.0]), jnp.array([-1.0])):
        slope = jax.jit(jax.grad(lambda noisy: noised.log_density(noisy, ONE)))(place)
        np.testing.assert_allclose(slope, noised.score(place, ONE), rtol=1e-12)


@pytest.mark.parametrize(
    ("law", "dimension"),
    [(GeneralisedNormal(1.0, 1.0, "spherical"), 784), (StudentT(3.0), 784), (StudentT(1.0), 2000)],
    ids=lambda value: str(value) if isinstance(value, int) else value.kind,
)
def test_a_narrow_normal_law_in_many_dimensions_is_the_noise(law: AbstractNoiseLaw, dimension: int) -> None:
    """From the origin out: there nodes decide whose weight is below the smallest float."""
    noised = NoisedGaussianMixture(law, jnp.ones(1), jnp.zeros((1, dimension)), jnp.full((1, dimension), 1e-9))
    radii = law.norm_quantile(0.5, dimension) * jnp.array([0.0, 1e-4, 0.1, 1.0, 4.0])
    places = jnp.zeros((len(radii), dimension)).at[:, 0].set(radii)
    found = jax.jit(jax.vmap(noised.smoothed, in_axes=(0, None)))(places, ONE)
    log_density, score = jax.jit(jax.vmap(lambda place: (law.log_prob(place), law.score(place)[0])))(places)
    np.testing.assert_allclose(found.log_density, log_density, rtol=1e-10, atol=1e-8)
    np.testing.assert_allclose(found.score[1:, 0], score[1:], rtol=1e-7)


def test_the_tail_of_student_states_is_theirs() -> None:
    noised = NoisedStudentT(Gaussian(), 3.0, 1.0, 2)
    place = jnp.array([1e6, 0.0])
    np.testing.assert_allclose(noised.score(place, ONE), StudentT(3.0).score(place), rtol=1e-9, atol=1e-20)


def refused(make, given: str, needed: str, remedy: str) -> None:
    with pytest.raises(OptionError, match=f"{given}.*{needed}.*{remedy}"), warnings.catch_warnings():
        make()


def test_laws_without_an_exact_score_are_refused() -> None:
    spherical = GeneralisedNormal(3.0, form="spherical")
    mixture = (jnp.ones(1), jnp.zeros((1, 2)), jnp.ones((1, 2)))
    refused(
        lambda: NoisedGaussianMixture(spherical, *mixture), "'beta': 3.0.*2 dim", "mixture of Gau", "NoisedEmpirical"
    )
    refused(lambda: NoisedFunnel(spherical, 2), "'beta': 3.0", "mixture of Gaussians", "product form")
    refused(lambda: NoisedUniform(StudentT(3.0), 1.0, 2), "student-t", "generalised normal noise", "product form")
    refused(lambda: NoisedLaplace(Gaussian(), 1.0, 2), "gaussian", "Laplace noise", r"GeneralisedNormal\(beta=1.0\)")
    refused(lambda: NoisedStudentT(LAPLACE, 3.0, 1.0, 2), "'beta': 1.0", "isotropic noise", "form='spherical'")
    refused(lambda: NoisedStable(Gaussian(), 1.0, 2), "gaussian", "stable noise only", "Take SymmetricStable")
    # In one dimension the spherical form is the product form.
    assert one_normal(spherical, 1.0).dimension == 1


def test_parameters_out_of_range_are_refused() -> None:
    zeros, ones = jnp.zeros((2, 2)), jnp.ones(2)
    shapes = r"\(k, d\)", "one weight"
    refused(lambda: NoisedGaussianMixture(Gaussian(), jnp.ones(3), zeros, ones), r"\(3,\)", *shapes)
    refused(lambda: NoisedGaussianMixture(Gaussian(), ones, zeros, jnp.ones(3)), "do not match", *shapes)
    refused(lambda: NoisedGaussianMixture(Gaussian(), ones, zeros, zeros), "deviation 0", "pos", "NoisedEmpirical")
    refused(lambda: NoisedEmpirical(Gaussian(), jnp.zeros((0, 2))), r"\(0, 2\)", "at least one state", "Reshape")
    refused(lambda: NoisedEmpirical(Gaussian(), zeros * jnp.nan), "4 of their values", "finite", "leave out")
    refused(lambda: NoisedUniform(LAPLACE, 0.0, 1), "half width is 0.0", "positive", "1.0")
    refused(lambda: NoisedLaplace(LAPLACE, -1.0, 1), "is -1.0", "positive", "scale=1.0")
    refused(lambda: NoisedStudentT(Gaussian(), 0.0, 1.0, 1), "0.0 degrees", "positive", "df=3.0")
    refused(lambda: NoisedStable(SymmetricStable(1.5), math.inf, 1), "inf", "positive", "scale=1.0")
    refused(lambda: NoisedFunnel(Gaussian(), 1), "1 dimensions", "at least 2", "dimension=10")
