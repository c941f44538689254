"""Systems: what they say about themselves is consistent, and true."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array
from system_checks import LAWS, some_states, the_score_solves_the_stationary_fokker_planck_equation

from fluctua.core import registered
from fluctua.systems import (
    AbstractSystem,
    CorrelatedAdditiveMultiplicative,
    EnsoTriad,
    EulerMaruyama,
    HasExactScore,
    Lorenz63,
    Lorenz96,
    OrnsteinUhlenbeck,
    QuarticWell,
    exact_response,
    non_normal_ornstein_uhlenbeck,
    simulate,
    system_named,
    twin_response,
)

# Less symmetric relatives of registered systems, for what holds for any parameters.
GENERAL = {
    "quartic-general": QuarticWell(a1=0.3, a2=0.5, a3=0.2, a4=-1.1, b1=0.7, b2=0.4, b3=0.9),
    "power-law-general": CorrelatedAdditiveMultiplicative(damping=0.8, multiplicative=0.5, shared=-0.9, additive=1.2),
}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("name", registered("system"))
def test_every_system_keeps_the_laws(name: str, law: Callable[[AbstractSystem], None]) -> None:
    law(system_named(name))


@pytest.mark.parametrize("name", GENERAL)
def test_exact_scores_of_other_parameters(name: str) -> None:
    the_score_solves_the_stationary_fokker_planck_equation(GENERAL[name])


def slow_but(fast: str, names: list[str]) -> list:
    """Parameters of which one is tried in every run."""
    return [pytest.param(name, marks=[] if name == fast else pytest.mark.slow) for name in names]


@pytest.mark.parametrize(
    "name",
    slow_but(
        "quartic-general",
        ["ornstein-uhlenbeck", "quartic", "scalar-additive", "scalar-multiplicative", "power-law", *GENERAL],
    ),
)
def test_stein_identity_on_a_simulated_record(name: str) -> None:
    """-<x s^T> = I, within six standard errors over 300 independent members (9 entries: 1e-7)."""
    system = GENERAL.get(name) or system_named(name)
    assert isinstance(system, HasExactScore)
    additive = name not in ("scalar-multiplicative", "quartic-general", "power-law", "power-law-general")
    record = simulate(
        system,
        key=jax.random.key(2),
        members=300,
        duration=20.0,
        # With multiplicative noise the scheme is of first order: a small step hides its bias.
        dt=system.dt if additive else system.dt / 4,
        save_every=system.save_every if additive else 4 * system.save_every,
        spin_up=min(system.spin_up, 20.0),
    )
    scores = np.asarray(jax.jit(jax.vmap(jax.vmap(system.score)))(record))
    products = -np.einsum("mti,mtj->mij", record, scores) / record.shape[1]
    stderr = products.std(axis=0, ddof=1) / math.sqrt(len(products))
    assert np.all(stderr < 0.1)
    assert np.all(np.abs(products.mean(axis=0) - np.eye(system.dimension)) < 6.0 * stderr)


def test_the_twins_of_a_linear_system_give_its_exact_response() -> None:
    """Shared noise cancels, so that there is no sampling error at all: column by column, exp(A t)."""
    system, lags = non_normal_ornstein_uhlenbeck(), [0.0, 0.5, 2.0, 5.0]
    exact = np.asarray(system.response(lags))

    def itself(x: Array) -> Array:
        return x

    for column in range(3):
        truth = twin_response(
            system,
            key=jax.random.key(0),
            push=lambda x, column=column: jnp.zeros(3).at[column].set(1.0),
            amplitude=0.5,
            observables=itself,
            lags=lags,
            members=3,
            spin_up=1.0,
        )
        np.testing.assert_allclose(truth.response, exact[:, :, column], rtol=1e-8, atol=1e-10)


def test_twins_agree_with_the_generator_in_the_double_well() -> None:
    """Response of x and x^2 to a constant and a state-dependent push; 5.5 standard errors (6e-7)."""
    system, lags = QuarticWell(), [0.0, 0.5, 1.0, 2.0]

    def observables(x: Array) -> Array:
        return jnp.stack([x[0], x[0] ** 2])

    for push in (jnp.ones_like, lambda x: x):
        truth = twin_response(
            system,
            key=jax.random.key(4),
            push=push,
            amplitude=0.02,
            observables=observables,
            lags=lags,
            members=10_000,
            spin_up=5.0,
        )
        exact = exact_response(system, observables, lags, push)
        # The bias in the amplitude and the time step is of order 1e-4.
        assert np.all(np.abs(truth.response - exact) < 5.5 * truth.stderr + 5e-4)
        assert np.all(truth.stderr < 0.05)


def test_second_moments_of_the_enso_triad() -> None:
    """Against an integration of 4e8 Euler-Maruyama steps, known to 0.005; six standard errors (1e-8)."""
    system = EnsoTriad(damping=0.24, frequency=0.32, wind_damping=2.2, noise_1=0.36, noise_2=0.27, wind_noise=1.575)
    record = simulate(
        system,
        key=jax.random.key(9),
        members=200,
        duration=200.0,
        spin_up=40.0,
        integrator=EulerMaruyama(),
    )
    pairs = [(0, 0), (1, 1), (0, 1), (2, 2), (0, 2), (1, 2)]
    averages = np.stack([(record[..., i] * record[..., j]).mean(axis=1) for i, j in pairs], axis=1)
    stderr = averages.std(axis=0, ddof=1) / math.sqrt(len(averages))
    published = [0.976, 0.592, 0.328, 0.686, 0.271, 0.0345]
    assert np.all(np.abs(averages.mean(axis=0) - published) < 6.0 * stderr + 0.005)
    assert np.all(stderr < 0.05)


def test_lorenz96_is_the_same_at_every_place() -> None:
    system = Lorenz96(size=7)
    x = some_states(system, 1)[0]
    np.testing.assert_allclose(system.drift(jnp.roll(x, 2)), jnp.roll(system.drift(x), 2), rtol=1e-13)
    # Advection conserves energy, so that only damping and forcing change it.
    assert float(x @ system.drift(x)) == pytest.approx(float(-x @ x + 8.0 * x.sum()), rel=1e-10)


def test_lorenz63_has_its_symmetry_and_its_fixed_points() -> None:
    system = Lorenz63()
    x, mirror = some_states(system, 1)[0], jnp.array([-1.0, -1.0, 1.0])
    np.testing.assert_allclose(system.drift(mirror * x), mirror * system.drift(x), rtol=1e-13)
    fixed = jnp.array([math.sqrt(72.0), math.sqrt(72.0), 27.0])
    np.testing.assert_allclose(system.drift(fixed), 0.0, atol=1e-12)


def test_parameters_can_be_differentiated() -> None:
    def drift_at_three(rate: Array) -> Array:
        return QuarticWell(a2=rate).drift(jnp.array([3.0]))[0]

    assert float(jax.grad(drift_at_three)(2.0)) == pytest.approx(3.0)


def test_a_scalar_ornstein_uhlenbeck_is_the_quartic_family_without_its_cubic_term() -> None:
    linear, family = OrnsteinUhlenbeck([[-0.5]], [[0.7]]), QuarticWell(a2=-0.5, a4=0.0, b1=0.0, b3=0.7)
    for x in ([0.3], [-2.0]):
        state = jnp.array(x)
        np.testing.assert_allclose(linear.drift(state), family.drift(state))
        np.testing.assert_allclose(linear.score(state), family.score(state), rtol=1e-12)
