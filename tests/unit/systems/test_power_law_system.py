"""The system with power-law tails: its formulas, its exact response, and records of it."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse
from jaxtyping import Array
from scipy.integrate import quad
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.sparse.linalg import expm_multiply
from scipy.stats import t as student

from fluctua.core import OptionError
from fluctua.systems import (
    CorrelatedAdditiveMultiplicative,
    OrnsteinUhlenbeck,
    ScalarGenerator,
    StochasticHeun,
    exact_response,
    simulate,
    stratonovich_drift,
    twin_response,
)

SYSTEMS = [
    CorrelatedAdditiveMultiplicative(),
    CorrelatedAdditiveMultiplicative.with_tail_index(8.0, shared=-0.9, damping=0.7),
    CorrelatedAdditiveMultiplicative.with_tail_index(4.5, shared=0.0),
]
LAGS = np.array([0.0, 0.1, 0.5, 1.0, 2.0, 3.0, 5.0])


def tail_events(system: CorrelatedAdditiveMultiplicative):
    low, high = system.quantile(0.01), system.quantile(0.99)

    def observables(x: Array) -> Array:
        return jnp.stack([x[0], x[0] ** 2, jnp.where(x[0] > high, 1.0, 0.0), jnp.where(x[0] < low, 1.0, 0.0)])

    return observables


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_density_is_normalised_and_has_the_moments_and_the_score(system: CorrelatedAdditiveMultiplicative) -> None:
    @jax.jit
    def density(x: float) -> Array:
        return jnp.exp(system.log_density(jnp.array([x])))

    def moment(power: int) -> float:
        # x = sinh r, so that the range of integration is finite: the tails fall as e^(-nu r).
        def integrand(r: float) -> float:
            return math.sinh(r) ** power * float(density(math.sinh(r))) * math.cosh(r)

        return quad(integrand, -40.0, 0.0, epsabs=1e-10)[0] + quad(integrand, 0.0, 40.0, epsabs=1e-10)[0]

    variance, skewness, kurtosis = (float(v) for v in (system.variance, system.skewness, system.kurtosis))
    formulas = [1.0, 0.0, variance, skewness * variance**1.5, kurtosis * variance**2]
    np.testing.assert_allclose([moment(power) for power in range(5)], formulas, rtol=1e-6, atol=1e-8)
    assert variance == pytest.approx(1.0, rel=1e-12)
    states = jnp.linspace(-30.0, 30.0, 7)[:, None]
    slopes = jax.jit(jax.vmap(jax.grad(system.log_density)))(states)
    np.testing.assert_allclose(jax.jit(jax.vmap(system.score))(states), slopes, rtol=1e-10)


def test_without_shared_noise_the_density_is_that_of_student() -> None:
    system = CorrelatedAdditiveMultiplicative(damping=0.8, multiplicative=0.6, shared=0.0, additive=1.3)
    index = 1.0 + 2.0 * 0.8 / 0.36
    # w^2 + b^2 proportional to 1 + x^2 / (index scale^2).
    scale = 1.3 / 0.6 / math.sqrt(index)
    x = np.array([-200.0, -1.0, 0.0, 4.0])
    logs = [float(system.log_density(jnp.array([value]))) for value in x]
    np.testing.assert_allclose(logs, student.logpdf(x, index, scale=scale), rtol=1e-12)
    np.testing.assert_allclose(
        [system.quantile(p) for p in (1e-5, 0.3, 0.99)], student.ppf([1e-5, 0.3, 0.99], index, scale=scale), rtol=1e-9
    )


def test_quantiles_of_a_skewed_density() -> None:
    system = CorrelatedAdditiveMultiplicative()

    def beyond(low: float, high: float) -> float:
        def integrand(r: float) -> float:
            return float(jnp.exp(system.log_density(jnp.array([math.sinh(r)])))) * math.cosh(r)

        return quad(integrand, math.asinh(low), math.asinh(high), epsrel=1e-10)[0]

    assert beyond(system.quantile(0.999), 1e6) == pytest.approx(0.001, rel=1e-8)
    assert beyond(-1e6, system.quantile(0.01)) == pytest.approx(0.01, rel=1e-8)


def test_moments_that_do_not_exist_are_not_given() -> None:
    for index, finite in ((2.5, (True, False, False)), (3.5, (True, True, False)), (4.5, (True, True, True))):
        system = CorrelatedAdditiveMultiplicative.with_tail_index(index)
        values = (system.variance, system.skewness, system.kurtosis)
        assert tuple(bool(np.isfinite(value)) for value in values) == finite
    assert math.isinf(CorrelatedAdditiveMultiplicative(multiplicative=1.5).variance)


def test_the_stratonovich_form_is_the_published_one() -> None:
    """Drift A x - E g / 2 with A = -(lambda + E^2 / 2)."""
    system = CorrelatedAdditiveMultiplicative(damping=0.9, multiplicative=0.6, shared=-0.4, additive=0.8)
    for x in (-3.0, 0.0, 2.0):
        drift = stratonovich_drift(system, jnp.array([x]))
        np.testing.assert_allclose(drift, -(0.9 + 0.18) * x + 0.12, rtol=1e-12)


@pytest.mark.parametrize("index", [3.2, 5.0])
def test_responses_of_the_mean_and_the_variance_in_closed_form(index: float) -> None:
    """e^-(lambda t), and 2 E g (e^-(lambda t) - e^-((2 lambda - E^2) t)) / (lambda - E^2) from the closed moments."""
    system = CorrelatedAdditiveMultiplicative.with_tail_index(index)
    square, shared = float(system.multiplicative) ** 2, float(system.shared)
    observables = tail_events(system)
    response = ScalarGenerator.of(system).response(observables, LAGS)
    np.testing.assert_allclose(response[:, 0], np.exp(-LAGS), rtol=2e-5)
    cross = 2.0 * math.sqrt(square) * shared / (1.0 - square)
    np.testing.assert_allclose(response[:, 1], cross * (np.exp(-LAGS) - np.exp(-(2.0 - square) * LAGS)), atol=5e-5)
    # At lag zero the response of an event {x > q} is the density at its edge, no more and no less.
    edges = [jnp.array([system.quantile(share)]) for share in (0.99, 0.01)]
    densities = np.exp([float(system.log_density(edge)) for edge in edges]) * [1.0, -1.0]
    np.testing.assert_allclose(response[0, 2:], densities, rtol=2e-4)


@pytest.mark.slow
def test_responses_of_tail_events_match_another_solution_of_the_fokker_planck_equation() -> None:
    """In r with w = b sinh r the noise is E, constant: fourth-order differences and their exponential, from -(rho)'."""
    system = CorrelatedAdditiveMultiplicative()
    rate, slope, shared, additive = (
        float(value) for value in (system.damping, system.multiplicative, system.shared, system.additive)
    )
    r = np.linspace(-9.0, 9.0, 2001)
    spacing = r[1] - r[0]
    x, stretch = (additive * np.sinh(r) - shared) / slope, additive * np.cosh(r) / slope
    # Ito: the drift of r is F / x' - (1/2) E^2 tanh r.
    drift = -rate * x / stretch - 0.5 * slope**2 * np.tanh(r)
    states = jnp.asarray(x)[:, None]
    density = np.exp(np.asarray(jax.jit(jax.vmap(system.log_density))(states)))
    pushed = -np.asarray(jax.jit(jax.vmap(system.score))(states))[:, 0] * density * stretch
    first = _bands([1 / 12, -2 / 3, 0.0, 2 / 3, -1 / 12], len(r)) / spacing
    second = _bands([-1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12], len(r))
    operator = (-first @ scipy.sparse.diags(drift) + 0.5 * slope**2 / spacing**2 * second).tocsc()
    path = [pushed]
    for elapsed in np.diff(LAGS):
        path.append(expm_multiply(elapsed * operator, path[-1]))
    low, high = ((slope * system.quantile(share) + shared) / additive for share in (0.01, 0.99))
    splines = [CubicSpline(r, pushed) for pushed in path]
    other = [[c.integrate(np.arcsinh(high), 9.0), c.integrate(-9.0, np.arcsinh(low))] for c in splines]
    ours = exact_response(system, tail_events(system), LAGS)[:, 2:]
    np.testing.assert_allclose(ours, np.array(other), rtol=1.5e-4)


def _bands(weights: list[float], size: int) -> scipy.sparse.dia_array:
    """A matrix with constant bands from the second below the diagonal to the second above it."""
    return scipy.sparse.diags_array(weights, offsets=[-2, -1, 0, 1, 2], shape=(size, size))  # pyright: ignore


def test_only_far_tails_stretch_the_grid() -> None:
    assert ScalarGenerator.of(OrnsteinUhlenbeck([[-0.5]], [[1.0]]), points=100).grid.stretch == 0.0
    generator = ScalarGenerator.of(CorrelatedAdditiveMultiplicative(), points=1000)
    low, high = generator.faces[[0, -1]]
    assert low < -500.0
    assert high > 500.0
    # Yet the middle half of the states has its share of the cells.
    assert np.mean((generator.faces > -0.6) & (generator.faces < 0.5)) > 0.05
    assert generator.shares.sum() == pytest.approx(1.0, abs=1e-12)
    exact = np.exp(float(CorrelatedAdditiveMultiplicative().log_density(jnp.array([40.0]))))
    assert generator.density([40.0])[0] == pytest.approx(exact, rel=1e-6)


def test_twins_agree_with_the_generator_on_tail_events() -> None:
    """Of x > q99 and x < q01; 5.5 standard errors for 8 numbers (3e-7), and the bias of the amplitude and the step."""
    system, lags = CorrelatedAdditiveMultiplicative(), [0.2, 0.5, 1.0, 2.0]
    observables = tail_events(system)
    truth = twin_response(
        system,
        key=jax.random.key(11),
        push=jnp.ones_like,
        amplitude=0.3,
        observables=observables,
        lags=lags,
        members=6000,
        spin_up=8.0,
    )
    exact = exact_response(system, observables, lags, points=1000)
    # amplitude^2 / 6 times the second derivative, about 1 % of the largest response, 0.024.
    assert np.all(np.abs(truth.response - exact)[:, 2:] < 5.5 * truth.stderr[:, 2:] + 5e-4)
    assert np.all(truth.stderr[:, 2:] < 0.004)


def test_a_record_reaches_the_tails() -> None:
    """Shares beyond four exact quantiles over 400 independent members; six standard errors each (8e-9)."""
    system = CorrelatedAdditiveMultiplicative()
    record = simulate(system, key=jax.random.key(12), members=400, duration=50.0, spin_up=8.0)[..., 0]
    for share in (0.01, 0.1):
        for beyond in (record < system.quantile(share), record > system.quantile(1.0 - share)):
            shares = beyond.mean(axis=1)
            stderr = shares.std(ddof=1) / math.sqrt(len(shares))
            # The time-step error of the shares is below half a per cent.
            assert abs(shares.mean() - share) < 6.0 * stderr + 0.005 * share
            assert stderr < 0.1 * share


def test_the_time_step_hardly_changes_tail_and_variance() -> None:
    """A step is x' = P x + Q: the tail index solves E|P|^index = 1 (Kesten), the moments are those of the recursion."""
    system, step = CorrelatedAdditiveMultiplicative(), 0.01
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    normals = jnp.asarray(np.stack(np.meshgrid(nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 2))
    weight = np.outer(weights, weights).ravel()
    ahead = jax.vmap(lambda z, x: StochasticHeun().step(system, x, step, z)[0], in_axes=(0, None))
    constant = np.asarray(ahead(normals, jnp.zeros(1)))
    factor = np.asarray(ahead(normals, jnp.ones(1))) - constant
    index = brentq(lambda power: weight @ np.abs(factor) ** power - 1.0, 2.0, 8.0)
    assert index == pytest.approx(5.009, abs=1e-3)
    mean = weight @ constant / (1.0 - weight @ factor)
    variance = (2.0 * mean * (weight @ (factor * constant)) + weight @ constant**2) / (1.0 - weight @ factor**2)
    assert variance == pytest.approx(1.0 - 0.0014, abs=1e-4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CorrelatedAdditiveMultiplicative(damping=-1.0), r"Damping = -1.*positive.*OrnsteinUhlenbeck"),
        (lambda: CorrelatedAdditiveMultiplicative(multiplicative=0.0), r"multiplicative = 0.*positive"),
        (lambda: CorrelatedAdditiveMultiplicative.with_tail_index(2.0), r"index 2 .*above 2.*such as 5"),
        (lambda: CorrelatedAdditiveMultiplicative.with_tail_index(5.0, 1.3), r"Shared = 1\.3.*below 1\.225.*less"),
        (lambda: CorrelatedAdditiveMultiplicative().quantile(1.0), r"share 1 .*between 0 and 1.*0\.99"),
    ],
)
def test_what_has_no_such_density_is_refused(make, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        make()
