"""Integrators: they have the orders they claim, for the Itô equation they are given."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array
from system_checks import a_step_is_the_same_eager_compiled_and_mapped, schemes

from fluctua.core import OptionError, registered
from fluctua.systems import (
    AbstractIntegrator,
    AbstractSystem,
    AbstractVectorSystem,
    AllenCahn,
    EulerMaruyama,
    ExactTransition,
    ExponentialEuler,
    ExponentialHeun,
    OrnsteinUhlenbeck,
    OrnsteinUhlenbeckField,
    QuarticWell,
    RungeKutta4Noise,
    StochasticHeun,
    default_integrator,
    non_normal_ornstein_uhlenbeck,
    simulate,
    system_named,
)

SCHEMES = [EulerMaruyama(), StochasticHeun(), RungeKutta4Noise()]


class GeometricBrownian(AbstractVectorSystem):
    """dx = a x dt + b x dW, solved by x exp((a - b^2 / 2) t + b W)."""

    names: tuple[str, ...] = eqx.field(static=True, default=("x",))
    dt: float = 0.01
    save_every: int = 1
    spin_up: float = 0.0
    a: float = -0.5
    b: float = 0.8

    @property
    def noise_dimension(self) -> int:
        return 1

    def drift(self, x: Array) -> Array:
        return self.a * x

    def diffusion(self, x: Array) -> Array:
        return self.b * x[:, None]


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: type(scheme).__name__)
def test_strong_order(scheme: AbstractIntegrator) -> None:
    """Slope of the mean end-point error over sixteen-fold time steps, along the same Brownian paths."""
    system, paths, finest = GeometricBrownian(), 10_000, 512
    normals = jax.random.normal(jax.random.key(3), (finest, paths, 1))
    exact = jnp.exp((system.a - system.b**2 / 2) + system.b * normals.sum(0) / math.sqrt(finest))

    @jax.jit
    def error(z: Array) -> Array:
        steps = z.shape[0]
        many = jax.vmap(lambda x, n: scheme.step(system, x, 1.0 / steps, n))
        end, _ = jax.lax.scan(lambda x, n: (many(x, n), None), jnp.ones((paths, 1)), z)
        return jnp.abs(end - exact)[:, 0]

    coarse = normals.reshape(32, 16, paths, 1).sum(1) / 4.0
    large, small = np.asarray(error(coarse)), np.asarray(error(normals))
    slope = np.log(large.mean() / small.mean()) / np.log(16.0)
    # Delta method; treating the two errors as independent is conservative. Six standard errors: 2e-9.
    variances = [(e.std() / e.mean()) ** 2 / paths for e in (large, small)]
    stderr = math.sqrt(sum(variances)) / np.log(16.0)
    # The next order in dt bends the line by a few hundredths.
    assert abs(slope - scheme.strong_order) < 0.05 + 6.0 * stderr


def _moments_of_step(scheme: AbstractIntegrator, system: AbstractVectorSystem, dt: float) -> tuple[float, float]:
    """First two moments of one step from x = 1, by Gauss-Hermite quadrature over its normal number."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    ends = np.array([float(scheme.step(system, jnp.ones(1), dt, jnp.array([z]))[0]) for z in nodes])
    weights = weights / weights.sum()
    return float(weights @ ends), float(weights @ ends**2)


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: type(scheme).__name__)
@pytest.mark.parametrize("power", [1, 2])
def test_weak_order_with_multiplicative_noise(scheme: AbstractIntegrator, power: int) -> None:
    """Moments at time 1 without sampling: each step of a linear equation multiplies them by one factor."""
    system = GeometricBrownian()
    exact = math.exp(system.a) if power == 1 else math.exp(2 * system.a + system.b**2)
    errors = [_moments_of_step(scheme, system, 1 / n)[power - 1] ** n - exact for n in (64, 128)]
    slope = math.log(abs(errors[0] / errors[1]), 2)
    # A moment may converge faster than the claimed order, never slower; all converge to the Itô moment.
    assert slope > scheme.weak_order - 0.05
    assert abs(errors[1]) < 0.01 * exact


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: type(scheme).__name__)
def test_weak_order_with_additive_noise(scheme: AbstractIntegrator) -> None:
    """Stationary variance of dx = -x dt + dW, exactly 1/2, from the two numbers that define a linear step."""
    system = OrnsteinUhlenbeck([[-1.0]], [[1.0]])
    errors = []
    for dt in (0.04, 0.02):
        decay = float(scheme.step(system, jnp.ones(1), dt, jnp.zeros(1))[0])
        kick = float(scheme.step(system, jnp.zeros(1), dt, jnp.ones(1))[0])
        errors.append(kick**2 / (1.0 - decay**2) - 0.5)
    assert math.log(abs(errors[0] / errors[1]), 2) == pytest.approx(scheme.additive_weak_order, abs=0.05)


def test_the_exact_transition_is_a_semigroup_that_keeps_the_stationary_law() -> None:
    system = non_normal_ornstein_uhlenbeck()
    covariance = np.asarray(system.covariance)
    short, added = (np.asarray(matrix) for matrix in system.transition(0.3))
    long, added_long = (np.asarray(matrix) for matrix in system.transition(0.6))
    np.testing.assert_allclose(short @ short, long, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        short @ added @ added.T @ short.T + added @ added.T, added_long @ added_long.T, atol=1e-10
    )
    np.testing.assert_allclose(short @ covariance @ short.T + added @ added.T, covariance, atol=1e-10)


def test_the_exact_transition_agrees_with_a_fine_integration() -> None:
    """Propagator and noise covariance over a short step, against the Taylor expansion of the equation."""
    system, dt = non_normal_ornstein_uhlenbeck(), 1e-4
    propagator, root = (np.asarray(matrix) for matrix in system.transition(dt))
    drift, noise = np.asarray(system.drift_matrix), np.asarray(system.noise_matrix)
    np.testing.assert_allclose(propagator, np.eye(3) + drift * dt, atol=10 * dt**2)
    np.testing.assert_allclose(root @ root.T, noise @ noise.T * dt, atol=10 * dt**2)


@pytest.mark.parametrize(
    ("scheme", "system", "message"),
    [
        (ExactTransition(), QuarticWell(), r"ExactTransition.*QuarticWell; .*closed form"),
        (ExactTransition(), AllenCahn(), r"ExactTransition.*AllenCahn; .*closed form"),
        (ExponentialHeun(), QuarticWell(), r"ExponentialHeun.*QuarticWell; .*linear symbol.*StochasticHeun"),
        (ExponentialEuler(), QuarticWell(), r"ExponentialEuler.*QuarticWell; .*linear symbol"),
        (StochasticHeun(), AllenCahn(), r"StochasticHeun.*AllenCahn; .*noise matrix.*ExponentialHeun"),
    ],
    ids=str,
)
def test_a_system_that_lacks_what_a_scheme_needs_is_refused(
    scheme: AbstractIntegrator, system: AbstractSystem, message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        scheme.stepper(system, 0.1)


def test_the_default_is_exact_where_it_can_be() -> None:
    assert isinstance(default_integrator(non_normal_ornstein_uhlenbeck()), ExactTransition)
    assert isinstance(default_integrator(OrnsteinUhlenbeckField()), ExactTransition)
    assert isinstance(default_integrator(QuarticWell()), StochasticHeun)
    assert isinstance(default_integrator(AllenCahn()), ExponentialHeun)


FAST = ("enso-triad", "ornstein-uhlenbeck", "ou-field")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in FAST else pytest.mark.slow) for name in registered("system")],
)
def test_a_step_of_every_scheme_is_the_same_eager_compiled_and_mapped(name: str) -> None:
    system = system_named(name)
    taken = [key for key, scheme in schemes().items() if a_step_is_the_same_eager_compiled_and_mapped(system, scheme)]
    assert {"euler-maruyama", "runge-kutta-4-noise"} <= set(taken)
    assert len(taken) >= 3


@pytest.mark.parametrize(
    "scheme",
    [EulerMaruyama(), *(pytest.param(scheme, marks=pytest.mark.slow) for scheme in SCHEMES[1:])],
    ids=lambda scheme: type(scheme).__name__,
)
def test_all_schemes_sample_the_density_of_the_double_well(scheme: AbstractIntegrator) -> None:
    """<x^2> = 1.04180, from 400 independent members; six standard errors (2e-9) and the first-order bias."""
    dt = 0.01
    record = simulate(
        QuarticWell(),
        key=jax.random.key(5),
        members=400,
        duration=40.0,
        dt=dt,
        spin_up=8.0,
        integrator=scheme,
    )
    averages = (record[..., 0] ** 2).mean(axis=1)
    stderr = averages.std(ddof=1) / math.sqrt(len(averages))
    bias = dt if scheme.additive_weak_order == 1.0 else 10 * dt**2
    assert abs(averages.mean() - 1.04180) < 6.0 * stderr + bias
