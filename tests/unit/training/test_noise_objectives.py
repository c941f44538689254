"""Objectives under any noise law: their minimiser is the exact noised score, and they refuse what they cannot learn."""

import math
from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from residuals import Residual

from fluctua.core import OptionError
from fluctua.networks import MultilayerPerceptron
from fluctua.noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, StudentT, noise_law_named
from fluctua.scores import WhitenedPreconditioning
from fluctua.training import Denoising, check_target
from studies.oracles import NoisedGaussianMixture, SymmetricStable

# Two-sided standard normal quantile of 1e-9: with the thirty comparisons of this file a run fails with probability
# 3e-8.
QUANTILE = 6.11
COUNT = 100_000
LAWS = [
    Gaussian(1.5),
    GeneralisedNormal(0.75),
    GeneralisedNormal(1.0),
    GeneralisedNormal(1.5, 0.7),
    GeneralisedNormal(4.0),
    StudentT(3.0),
    SymmetricStable(1.7),
]
SLOW = (1, 3, 4, 6)  # of these laws: the others stand for their kinds in the fast run


def _some_slow(cases: Iterable[tuple[Any, ...]]) -> list[Any]:
    return [pytest.param(*case, marks=pytest.mark.slow if n in SLOW else ()) for n, case in enumerate(cases)]


def _skip(around: WhitenedPreconditioning, noised: jax.Array, level: jax.Array) -> jax.Array:
    return around.parts(noised, level)[0].skip


def _two_modes(law: AbstractNoiseLaw) -> NoisedGaussianMixture:
    """Two modes with a mean of zero and a variance of one."""
    return NoisedGaussianMixture(law, np.array([0.3, 0.7]), np.array([[-1.4], [0.6]]), np.full((2, 1), 0.4))


@pytest.mark.parametrize(
    ("law", "level"), _some_slow(zip(LAWS, [0.1, 0.1, 1.0, 0.1, 1.0, 0.1, 1.0], strict=True)), ids=str
)
def test_the_minimiser_is_the_exact_noised_score(law: AbstractNoiseLaw, level: float) -> None:
    """At r* = s - g the loss is stationary: its slope along bounded functions is zero within its standard error,
    which it is not for a score that is a fifth too short."""
    exact, around, sigma = _two_modes(law), WhitenedPreconditioning(law, 1), jnp.asarray(level)
    objective = Denoising(around, 0.01, 10.0)
    states = exact.sample(jax.random.key(0), COUNT)
    noise = law.sample(jax.random.key(1), (COUNT, 1))
    # The exact score from a table, in steps of a hundredth of the smallest width.
    places = jnp.linspace(-25.0, 25.0, 12_501)
    table = jax.jit(jax.vmap(lambda place: exact.score(jnp.sinh(place)[None], sigma)[0]))(places)

    def loss(theta: jax.Array, length: jax.Array, state: jax.Array, draw: jax.Array) -> jax.Array:
        def residual(noised: jax.Array, numbers: tuple[jax.Array, jax.Array]) -> jax.Array:
            theta, length = numbers
            true = jnp.interp(jnp.arcsinh(noised), places, table)
            functions = jnp.concatenate([jnp.sin(noised), jnp.cos(2.0 * noised), true / (1.0 + true**2)])
            return length * true - around.parts(noised, sigma)[0].skip + (theta @ functions)[None]

        return objective(Residual(around, level, residual, (theta, length)), state, draw, sigma)

    slopes = jax.jit(jax.vmap(jax.grad(loss), (None, None, 0, 0)))
    found = np.asarray(slopes(jnp.zeros(3), jnp.asarray(1.0), states, noise))
    error = found.std(axis=0) / math.sqrt(COUNT)
    assert np.all(np.abs(found.mean(axis=0)) < QUANTILE * error)
    short = np.asarray(slopes(jnp.zeros(3), jnp.asarray(0.8), states, noise))
    assert np.any(np.abs(short.mean(axis=0)) > QUANTILE * error)


@pytest.mark.parametrize("beta", [1.0, 1.5, 2.0, 4.0])
def test_the_variance_of_a_pair_is_finite_at_tiny_levels_and_known(beta: float) -> None:
    r"""For r = J z the pair tends to -2 psi^T J n, with variance 4 beta on the diagonal and 8 (v I - 1) + 16 off it
    for the symmetric unit off-diagonal J. The standard error of a sampled variance is that of its squares."""
    law = GeneralisedNormal(beta)
    around = WhitenedPreconditioning(law, 2)
    noise = law.sample(jax.random.key(2), (COUNT, 2))
    states = jnp.zeros((COUNT, 2))
    product = law.variance() * law.fisher_information()
    for matrix, wanted in (
        (jnp.diag(jnp.array([1.0, 0.0])), 4.0 * beta),
        (jnp.array([[0.0, 1.0], [1.0, 0.0]]), 8.0 * (product + 1.0)),
    ):
        # Small enough for |r|^2 to vanish; twice the loss is the sum over both sides of 2 r . (g - t).
        objective, network = Denoising(around, 1e-6, 1.0), Residual(around, 1e-5, lambda y, matrix: matrix @ y, matrix)
        losses = jax.jit(jax.vmap(lambda z, n, o=objective, r=network: o(r, z, n, jnp.asarray(1e-5))))(states, noise)
        squares = (np.asarray(losses) - float(losses.mean())) ** 2
        assert abs(squares.mean() - wanted) < QUANTILE * squares.std() / math.sqrt(COUNT)


def test_exponent_two_is_gaussian_noise() -> None:
    network = MultilayerPerceptron(3, 3, width=8, depth=1, key=jax.random.key(0))
    network = jax.tree.map(lambda leaf: leaf + jnp.float32(0.1), network)
    state, noise, level = (jnp.asarray(array, jnp.float32) for array in ([1.0, -2.0, 0.5], [0.3, -1.2, 2.0], 0.3))
    gaussian = Denoising(WhitenedPreconditioning(Gaussian(), 3), 0.1, 10.0)
    for form in ("product", "spherical"):
        around = WhitenedPreconditioning(noise_law_named(f"generalised-normal:beta=2,form={form}", 3), 3)
        same = Denoising(around, 0.1, 10.0)
        assert around.gaussian
        assert float(around.spread) == pytest.approx(1.0, rel=1e-12)
        np.testing.assert_allclose(
            same(network, state, noise, level), gaussian(network, state, noise, level), rtol=1e-5
        )


@pytest.mark.parametrize(
    ("beta", "form", "dimension"), [(0.5, "product", 3), (0.3, "product", 3), (0.4, "spherical", 1)]
)
def test_a_law_whose_target_has_no_second_moment_is_refused(beta: float, form: str, dimension: int) -> None:
    law = GeneralisedNormal(beta, form=form)  # pyright: ignore[reportArgumentType]
    with pytest.raises(OptionError, match=rf"beta={beta}.*no second moment in {dimension} variable.*beta > 1/2.*Use"):
        Denoising(WhitenedPreconditioning(law, dimension), 0.1, 10.0)
    with pytest.raises(OptionError, match=r"NoisedEmpirical"):
        check_target(law, dimension)


def test_a_spherical_law_of_any_exponent_is_accepted_in_two_variables() -> None:
    check_target(GeneralisedNormal(0.3, form="spherical"), 2)
    with pytest.raises(OptionError, match=r"form=spherical, which serves every beta in 2 or more variables"):
        check_target(GeneralisedNormal(0.3), 2)


def test_the_skip_has_the_tail_of_the_record_where_that_is_the_heavier() -> None:
    place = 1e6 * jnp.array([1.0, -2.0, 0.5])
    radial = place / jnp.sum(place**2)
    for law, index, tail in ((Gaussian(), 4.0, 4.0), (StudentT(3.0), 4.0, 3.0), (StudentT(5.0), 4.0, 4.0)):
        around = WhitenedPreconditioning(law, 3, index)
        assert (float(around.tail_index), around.far) == (tail, True)
        np.testing.assert_allclose(_skip(around, place, jnp.asarray(0.1)), -(3.0 + tail) * radial, rtol=1e-6)


@pytest.mark.parametrize("law", _some_slow((law,) for law in LAWS), ids=str)
def test_the_skip_is_linear_at_the_centre_and_has_the_tail_of_the_noise_far_out(law: AbstractNoiseLaw) -> None:
    around, level = WhitenedPreconditioning(law, 3), jnp.asarray(0.1)
    state = jnp.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(
        _skip(around, 1e-4 * state, level), -1e-4 * state / (1.0 + 0.01 * around.spread), rtol=1e-6
    )
    assert around.far == (law.moment_order < math.inf)
    for dtype, far in ((jnp.float32, 1e25), (jnp.float64, 1e40)):
        values = _skip(around, jnp.asarray(far * state, dtype), jnp.asarray(0.1, dtype))
        assert values.dtype == dtype
        assert np.isfinite(values).all()
    if around.far:
        place = 1e6 * state
        np.testing.assert_allclose(_skip(around, place, level), law.score(place / level) / level, rtol=1e-3)
        # The limit of level zero is met in every place alike.
        places = jnp.linspace(0.0, 50.0, 501)[:, None] * state
        near, limit = (jax.jit(jax.vmap(lambda x, s=s: _skip(around, x, jnp.asarray(s))))(places) for s in (1e-3, 0.0))
        np.testing.assert_allclose(near, limit, rtol=1e-4, atol=1e-12)
