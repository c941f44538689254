"""Exact responses in one dimension, against closed forms and independent quadrature."""

import itertools
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array
from scipy.integrate import quad
from scipy.stats import norm

from fluctua.core import OptionError
from fluctua.systems import (
    EnsoTriad,
    MultiplicativeReducedClimate,
    Observable,
    OrnsteinUhlenbeck,
    QuarticWell,
    ScalarGenerator,
    ScalarReducedClimate,
    exact_response,
    stationary_average,
    stationary_density,
)

LAGS = np.array([0.0, 0.01, 0.3, 2.0, 6.0])
PUSHES = [lambda x: jnp.ones_like(x), lambda x: x, lambda x: x**2, lambda x: -(x**3)]


def test_the_linear_system_in_closed_form() -> None:
    """Rate 1/2, variance 1: R_x = e^-t/2, R_{x>c} = e^-t/2 rho(c), and R_{x^2} = 2 e^-t for u = x."""
    system = OrnsteinUhlenbeck([[-0.5]], [[1.0]])
    decay = np.exp(-0.5 * LAGS)
    np.testing.assert_allclose(exact_response(system, lambda x: x[0], LAGS), decay, rtol=1e-4)
    np.testing.assert_allclose(exact_response(system, lambda x: x[0] > 1.3, LAGS), decay * norm.pdf(1.3), rtol=1e-4)
    doubled = exact_response(system, lambda x: x[0] ** 2, LAGS, push=lambda x: x)
    np.testing.assert_allclose(doubled, 2.0 * decay**2, rtol=1e-4)


def test_the_error_falls_as_the_square_of_the_cell_width() -> None:
    system = OrnsteinUhlenbeck([[-0.5]], [[1.0]])
    errors = [
        abs(exact_response(system, lambda x: x[0] ** 3, [1.0], points=points)[0] - 3.0 * np.exp(-0.5))
        for points in (200, 400)
    ]
    assert 3.5 < errors[0] / errors[1] < 4.5


def _observables(threshold: float, above: bool) -> Observable:
    def observables(x: Array) -> Array:
        event = x[0] > threshold if above else x[0] <= threshold
        return jnp.stack([x[0], x[0] ** 2, jnp.where(event, 1.0, 0.0)])

    return observables


def test_steady_responses_of_the_double_well_match_quadrature() -> None:
    """Time integrals of the responses of x, x^2 and 1_{x>2} to the pushes 1, x, x^2 and -x^3."""
    generator = ScalarGenerator.of(QuarticWell(), points=1500)
    observables = _observables(2.0, above=True)
    steady = np.stack([generator.step_response(observables, [np.inf], push)[0] for push in PUSHES], axis=1)
    quadrature = [
        [1.04180, 0.0, 0.68060, 0.0],
        [0.0, 0.47823, 0.0, -0.76001],
        [0.00988, 0.00804, 0.01484, -0.02135],
    ]
    np.testing.assert_allclose(steady, quadrature, atol=1.1e-5)


def test_steady_responses_of_the_reduced_climate_match_quadrature() -> None:
    """A push that stays on is a change of the drift: its response is Cov(A, d ln rho / d parameter)."""
    forcing, a, b, c, noise = 0.72, -0.02664, -0.2, 0.0494, 0.84852

    def weight(x: float) -> float:
        return np.exp(2.0 / noise**2 * (forcing * x + a * x**2 / 2 + b * x**3 / 3 - c * x**4 / 4) - 9.0)

    def integral(function: Callable[[float], float], upper: float = 8.0) -> float:
        ends = [-9.0, 0.0, 2.5] if upper == 2.5 else [-9.0, 0.0, 2.5, upper]
        pairs = itertools.pairwise(ends)
        return sum(quad(lambda x: function(x) * weight(x), *pair, epsabs=1e-12)[0] for pair in pairs)

    quadrature, total = np.zeros((3, 4)), integral(lambda x: 1.0)
    for column, sign in enumerate([1.0, 1.0, 1.0, -1.0]):

        def change(x: float, power: int = column + 1, sign: float = sign) -> float:
            return 2.0 * sign / noise**2 * x**power / power

        def product(power: int, upper: float = 8.0, change: Callable[[float], float] = change) -> float:
            return integral(lambda x: x**power * change(x), upper) / total

        mean, likely = product(0), integral(lambda x: 1.0, upper=2.5) / total
        quadrature[0, column] = product(1) - mean * integral(lambda x: x) / total
        quadrature[1, column] = product(2) - mean * integral(lambda x: x**2) / total
        quadrature[2, column] = product(0, upper=2.5) - mean * likely
    generator = ScalarGenerator.of(ScalarReducedClimate(forcing=forcing, a=a, b=b, c=c, noise=noise), points=2000)
    steady = [generator.step_response(_observables(2.5, above=False), [np.inf], push)[0] for push in PUSHES]
    np.testing.assert_allclose(np.stack(steady, axis=1), quadrature, rtol=1e-4)


def test_a_response_is_a_correlation_with_the_score() -> None:
    """-E[A(x_t) s(x_0)], and E[x_t x_0] = e^-t/2 in the linear system."""
    generator = ScalarGenerator.of(ScalarReducedClimate(), points=2000)
    observables = _observables(2.5, above=True)
    score = ScalarReducedClimate().score
    correlation = generator.correlation(observables, lambda x: -score(x)[0], LAGS)
    np.testing.assert_allclose(correlation, generator.response(observables, LAGS), atol=2e-5)
    linear = ScalarGenerator.of(OrnsteinUhlenbeck([[-0.5]], [[1.0]]), points=2000)
    products = linear.correlation(lambda x: x[0], lambda x: x[0], LAGS)
    np.testing.assert_allclose(products, np.exp(-0.5 * LAGS), rtol=1e-4)


def test_steady_response_is_the_derivative_of_the_average() -> None:
    """With multiplicative noise too: a constant push adds to the drift's constant term."""
    step = 1e-3

    def well(a1: float) -> QuarticWell:
        return QuarticWell(a1=a1, a2=0.5, a3=0.2, b1=0.7, b2=0.3, b3=0.9)

    def average(a1: float) -> float:
        return float(stationary_average(well(a1), lambda x: x[0]))

    slope = (average(0.1 + step) - average(0.1 - step)) / (2.0 * step)
    generator = ScalarGenerator.of(well(0.1))
    assert generator.step_response(lambda x: x[0], [np.inf])[0] == pytest.approx(slope, rel=1e-4)


def test_the_step_response_is_the_integral_of_the_impulse_response() -> None:
    generator = ScalarGenerator.of(QuarticWell(), points=800)
    times = np.linspace(0.0, 2.0, 2001)
    impulse = generator.response(lambda x: x[0], times)
    integral = np.concatenate([[0.0], np.cumsum(0.5 * (impulse[1:] + impulse[:-1]) * np.diff(times))])
    np.testing.assert_allclose(generator.step_response(lambda x: x[0], times), integral, atol=1e-6)


@pytest.mark.parametrize("system", [QuarticWell(), ScalarReducedClimate(), MultiplicativeReducedClimate()])
def test_the_density_is_normalised_and_has_the_exact_score(system: ScalarReducedClimate) -> None:
    generator = ScalarGenerator.of(system, points=1000)
    low, high = generator.faces[[0, -1]]
    grid = np.linspace(low, high, 4001)
    density = stationary_density(system, grid)
    assert np.trapezoid(density, grid) == pytest.approx(1.0, abs=1e-6)
    likely = np.flatnonzero(density > 1e-6 * density.max())[1:-1]
    width = 1e-5 * (high - low)
    logs = np.log(generator.density(np.stack([grid[likely] - width, grid[likely] + width])))
    scores = np.array([float(system.score(jnp.array([x]))[0]) for x in grid[likely[::50]]])
    np.testing.assert_allclose(((logs[1] - logs[0]) / (2.0 * width))[::50], scores, rtol=1e-4, atol=1e-4)


def test_outside_the_grid_there_is_no_density() -> None:
    assert stationary_density(QuarticWell(), [-50.0, 50.0]).tolist() == [0.0, 0.0]


def test_averages_of_the_reduced_climate() -> None:
    averages = stationary_average(ScalarReducedClimate(), _observables(2.5, above=False))
    np.testing.assert_allclose(averages, [1.28068, 2.03581, 0.99320], atol=1.1e-5)


def test_walls_can_be_set() -> None:
    """Brownian motion between walls at 0 and 1 is uniform, and its modes decay at rates (k pi)^2 / 2."""
    system = QuarticWell(a2=0.0, a4=0.0, b1=0.0)
    generator = ScalarGenerator.of(system, points=500, lower=0.0, upper=1.0)
    np.testing.assert_allclose(generator.density([0.1, 0.5, 0.9]), 1.0, rtol=1e-9)
    np.testing.assert_allclose(generator.rates[:4], (np.arange(4) * np.pi) ** 2 / 2.0, rtol=1e-4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: exact_response(EnsoTriad(), lambda x: x[0], [0.0]),
            r"3 variables \(u1, u2, tau\).*one variable.*twin",
        ),
        (lambda: exact_response(QuarticWell(), lambda x: x[0], [-1.0]), r"-1\.0.*zero or more"),
        (lambda: ScalarGenerator.of(QuarticWell(a2=1.0, a4=0.0)), r"does not fall off.*decays.*signs"),
        (lambda: ScalarGenerator.of(QuarticWell(b1=0.0, b3=0.0)), r"noise of QuarticWell vanishes.*positive"),
        (lambda: ScalarGenerator.of(QuarticWell(), lower=2.0, upper=1.0), r"from 2 to 1.*in order"),
    ],
)
def test_what_has_no_answer_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        make()
