"""Integrators of fields: exact where they say so, and of the orders they claim."""

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.systems import (
    AbstractFieldSystem,
    AbstractIntegrator,
    AllenCahn,
    ExactTransition,
    ExponentialEuler,
    ExponentialHeun,
    NavierStokes,
    OrnsteinUhlenbeckField,
    PeriodicDomain,
    RungeKutta4Noise,
    State,
    simulate,
)

SCHEMES = [
    ExponentialHeun(),
    *(pytest.param(one, marks=pytest.mark.slow) for one in (ExponentialEuler(), RungeKutta4Noise())),
]
NOTHING = jnp.zeros(0)


def named(scheme: AbstractIntegrator) -> str:
    return type(scheme).__name__


class Prescribed(AbstractFieldSystem):
    """du_k = (L_k u_k + h) dt, L being given and the hidden variable h one after the first step: no noise."""

    symbol: jax.Array
    domain: PeriodicDomain = eqx.field(default=PeriodicDomain((16,)))
    name: str = eqx.field(static=True, default="u")
    dt: float = eqx.field(static=True, default=0.5)
    save_every: int = eqx.field(static=True, default=1)
    spin_up: float = eqx.field(static=True, default=0.0)

    @property
    def has_noise(self) -> bool:
        return False

    def linear(self) -> jax.Array:
        return self.symbol

    def nonlinear(self, spectrum: jax.Array, hidden: jax.Array) -> jax.Array:
        return jnp.ones(9) * hidden

    def noise(self) -> jax.Array:
        return jnp.zeros(9)

    def initial_state(self, key: jax.Array | None = None) -> jax.Array:
        return jnp.zeros(16)

    def advance_hidden(self, hidden: jax.Array, dt: object, normal: jax.Array) -> jax.Array:
        return jnp.ones(1)


@pytest.mark.parametrize("turn", [1.0, 1j, -1.0, (1 + 2j) / 5**0.5])
def test_exponential_steps_against_their_integrals(turn: complex) -> None:
    """A constant forcing weighs int_0^1 e^(z s) ds, a linear one int_0^1 (1 - s) e^(z s) ds, z from tiny to large."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    nodes, weights = 0.5 * (nodes + 1.0), 0.5 * weights
    z = turn * np.array([0.0, 1e-12, 1e-6, 1e-3, 0.1, 0.499, 0.501, 2.0, 20.0])
    waves = np.exp(z[:, None] * nodes)
    system, nothing = Prescribed(jnp.asarray(z) / 0.5), jnp.zeros(0)

    def after(scheme: AbstractIntegrator, hidden: float) -> np.ndarray:
        start = State(jnp.zeros(9, complex), jnp.full(1, hidden))
        return np.asarray(scheme.stepper(system, 0.5)(start, nothing).values) / 0.5

    np.testing.assert_allclose(after(ExponentialEuler(), 1.0), waves @ weights, rtol=1e-12)
    np.testing.assert_allclose(after(ExponentialHeun(), 0.0), waves @ (weights * (1.0 - nodes)), rtol=1e-12)


@pytest.mark.parametrize("shape", [(8,), (7,), (4, 6), (5, 7)])
def test_white_noise_has_the_law_of_a_transformed_grid(shape: tuple[int, ...]) -> None:
    """On the grid the noise is an orthogonal map of the normal numbers it is made of, hence independent itself."""
    system = OrnsteinUhlenbeckField(PeriodicDomain(shape))
    domain, units = system.domain, jnp.eye(system.dimension)
    spectra = white(system, units)
    fields = np.asarray(domain.backward(spectra)).reshape(domain.size, domain.size)
    np.testing.assert_allclose(fields @ fields.T, np.eye(domain.size), atol=1e-14)
    # Nothing is lost on the way to the grid: the spectrum has the conjugate pairs of a real field.
    np.testing.assert_allclose(domain.forward(fields.reshape(-1, *shape)), spectra, atol=1e-13)


def white(system: AbstractFieldSystem, normals: jax.Array) -> jax.Array:
    """Half spectra of the white noise that is made from each row of normal numbers."""
    kick, nothing = system.kick(1.0), jnp.zeros(system.domain.half_shape, complex)
    return jax.jit(jax.vmap(lambda normal: kick(nothing, normal) / system.noise()))(normals)


def test_float32_normals_are_normal_enough() -> None:
    """All 2^23 uniform numbers they are made from, one after the other: variance and kurtosis without sampling."""
    uniform = np.arange(2**23, dtype=np.float64) / 2**22 - 1.0
    uniform = np.maximum(uniform, np.nextafter(np.float32(-1.0), np.float32(0.0))).astype(np.float32)
    normal = np.asarray(math.sqrt(2.0) * jax.lax.erf_inv(jnp.asarray(uniform)), np.float64)
    assert abs(normal.mean()) < 1e-6
    assert abs((normal**2).mean() - 1.0) < 2e-7
    assert abs((normal**4).mean() - 3.0) < 1e-5
    assert abs(normal).max() > 5.0
    assert AllenCahn.noise_precision == "float32"


@pytest.mark.parametrize(
    "scheme",
    [
        ExponentialHeun(),
        *(pytest.param(scheme, marks=pytest.mark.slow) for scheme in (ExactTransition(), ExponentialEuler())),
    ],
    ids=named,
)
def test_stationary_spectra_of_the_linear_field(scheme: AbstractIntegrator) -> None:
    """One record whose wavenumbers have rates times the step from 0.01 to 10, with advection."""
    system = OrnsteinUhlenbeckField(PeriodicDomain((32,)), damping=0.01, diffusivity=0.039, advection=0.7, dt=1.0)
    rates = np.asarray(system.decay_rate())
    assert (rates.min(), rates.max()) == (0.01, pytest.approx(10.0, rel=0.01))
    members = 64
    record = simulate(system, key=jax.random.key(8), members=members, duration=4000.0, integrator=scheme)
    power = np.abs(np.asarray(system.domain.forward(record))) ** 2 / system.domain.size
    ratios = power.mean(axis=1) / np.asarray(system.variance())
    scores = (ratios.mean(axis=0) - 1.0) / (ratios.std(axis=0, ddof=1) / math.sqrt(members))
    # 17 wavenumbers, Student's law with 63 degrees of freedom: all within 3 with a probability of 94 %, within 6.5
    # with a failure probability below 3e-7; and the sum of squares below 75 with one of about 3e-7.
    assert abs(scores).max() < 6.5
    assert (scores**2).sum() < 75.0
    # And the test can see something: a standard error of a few percent at worst.
    assert (ratios.std(axis=0) / math.sqrt(members)).max() < 0.04


@pytest.mark.parametrize("shape", [pytest.param((16,), marks=pytest.mark.slow), (6, 8)])
def test_the_exact_step_keeps_the_stationary_law(shape: tuple[int, ...]) -> None:
    """P C P^T + Q = C and two half steps are one step, as matrices on the grid."""
    system = OrnsteinUhlenbeckField(PeriodicDomain(shape), damping=0.3, diffusivity=0.02, advection=2.0)
    domain, n = system.domain, system.domain.size
    units = jnp.eye(n)

    def step(dt: float) -> tuple[np.ndarray, np.ndarray]:
        stepper = ExactTransition().stepper(system, dt)
        zero = jnp.zeros(domain.half_shape, complex)
        moved = jax.jit(
            jax.vmap(lambda u: stepper(State(domain.forward(u.reshape(shape)), NOTHING), jnp.zeros(n)).values)
        )(units)
        added = jax.jit(jax.vmap(lambda z: stepper(State(zero, NOTHING), z).values))(units)
        propagator, root = (np.asarray(domain.backward(value)).reshape(n, n).T for value in (moved, added))
        return propagator, root @ root.T

    covariance = np.asarray(domain.backward(system.variance() * domain.forward(units.reshape(n, *shape)))).reshape(n, n)
    half, half_added = step(0.4)
    whole, added = step(0.8)
    np.testing.assert_allclose(whole @ covariance @ whole.T + added, covariance, atol=1e-13)
    np.testing.assert_allclose(half @ half, whole, atol=1e-13)
    np.testing.assert_allclose(half @ half_added @ half.T + half_added, added, atol=1e-13)


def test_stein_identity_per_wavenumber_is_exact_for_the_linear_field() -> None:
    """<u_k conj(s_k)> / n = -1: by definition of the score, for the variance that the integrator keeps."""
    system = OrnsteinUhlenbeckField(PeriodicDomain((6, 8)))
    domain = system.domain
    units = jnp.eye(domain.size)
    # Sums over these are averages over the stationary law.
    fields = domain.backward(jnp.sqrt(system.variance()) * white(system, units))
    spectra, scores = domain.forward(fields), domain.forward(jax.jit(jax.vmap(system.score))(fields))
    np.testing.assert_allclose((spectra * jnp.conj(scores)).sum(axis=0) / domain.size, -1.0, atol=1e-12)


# A small bistable line whose fastest rate is 4, away from its wells at first: not stiff, and the nonlinear part acts.
BISTABLE = AllenCahn(PeriodicDomain((8,)), reaction=2.0, advection=0.0, diffusivity=0.02, noise_amplitude=0.4)
TIME = 1.0
# Mean square of UniformBistable at time 1 from 0.5, by ExponentialHeun with 256 steps and extrapolation.
UNIFORM_MEAN_SQUARE = 0.717432


def coarsened(scheme: AbstractIntegrator, normals: np.ndarray, factor: int) -> np.ndarray:
    """Normal numbers that make one long step collect the noise of ``factor`` short ones along the same paths.

    Without advection the factors of the exponential schemes are real and even in k, and act on the array of normal
    numbers, which is one number for each wavenumber of the whole spectrum.
    """
    steps = len(normals)
    grouped = normals.reshape(steps // factor, factor, *normals.shape[1:])
    if isinstance(scheme, RungeKutta4Noise):
        return grouped.sum(1) / math.sqrt(factor)
    half = np.asarray(BISTABLE.linear()).real
    rate = np.concatenate([half, half[1:-1][::-1]])
    short = TIME / steps
    added, collected = (np.sqrt(np.expm1(2.0 * rate * time) / (2.0 * rate)) for time in (short, short * factor))
    damping = np.exp(rate * short * np.arange(factor)[::-1, None])
    return np.einsum("ajmk,jk->amk", grouped, damping * added / collected)


def ends(scheme: AbstractIntegrator, normals: np.ndarray) -> np.ndarray:
    """Fields at the end of the time interval, from the same starts."""
    paths = normals.shape[1]
    starts = 0.5 * jax.random.normal(jax.random.key(1), (paths, 8))

    @jax.jit
    def run(z: jax.Array) -> jax.Array:
        many = jax.vmap(scheme.stepper(BISTABLE, TIME / len(z)))
        hidden = jnp.zeros((paths, 0))
        end, _ = jax.lax.scan(lambda u, n: (many(u, n), None), State(BISTABLE.domain.forward(starts), hidden), z)
        return BISTABLE.domain.backward(end.values)

    return np.asarray(run(jnp.asarray(normals)))


@pytest.mark.parametrize("scheme", SCHEMES, ids=named)
def test_strong_order(scheme: AbstractIntegrator) -> None:
    """Distances between the ends of 16, 32 and 64 steps along the same Brownian paths: one, for additive noise."""
    paths = 2000
    normals = np.asarray(jax.random.normal(jax.random.key(2), (64, paths, 8)))
    runs = [ends(scheme, coarsened(scheme, normals, factor)) for factor in (4, 2, 1)]
    gaps = [np.sqrt(((a - b) ** 2).mean(axis=1)) for a, b in itertools.pairwise(runs)]
    order = math.log2(gaps[0].mean() / gaps[1].mean())
    # Six standard errors, 2e-9, treating the two distances as independent, which is conservative; the next order in dt
    # bends the line by less than a tenth.
    spread = math.hypot(*(gap.std() / gap.mean() for gap in gaps)) / math.sqrt(paths) / math.log(2.0)
    assert abs(order - 1.0) < 0.1 + 6.0 * spread


class UniformBistable(AbstractFieldSystem):
    """du = (u - u^3) dt + 0.7 dW, the same at every grid point: a field system that is one scalar equation."""

    domain: PeriodicDomain = eqx.field(default=PeriodicDomain((4,)))
    name: str = eqx.field(static=True, default="u")
    dt: float = eqx.field(static=True, default=0.1)
    save_every: int = eqx.field(static=True, default=1)
    spin_up: float = eqx.field(static=True, default=0.0)

    def linear(self) -> jax.Array:
        return jnp.full(3, -2.0 + 0.0j)

    def nonlinear(self, spectrum: jax.Array, hidden: jax.Array) -> jax.Array:
        u = self.domain.backward(spectrum)
        return self.domain.forward(3.0 * u - u**3)

    def noise(self) -> jax.Array:
        return jnp.array([0.7 * 2.0, 0.0, 0.0])

    def initial_state(self, key: jax.Array | None = None) -> jax.Array:
        return jnp.zeros(4)


def mean_square(scheme: AbstractIntegrator, steps: int) -> float:
    """Mean of u^2 at time 1 from u = 0.5, without sampling: backwards in time, one step is an integral over its noise.

    Functions of the state are kept as Chebyshev series, integrals over the normal number are Gauss-Hermite sums.
    """
    system, reach = UniformBistable(), 3.0
    states = reach * np.cos(np.pi * (np.arange(64) + 0.5) / 64)
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    step = scheme.stepper(system, 1.0 / steps)

    def end(u: jax.Array, z: jax.Array) -> jax.Array:
        spectrum = system.domain.forward(jnp.full(4, u))
        return system.domain.backward(step(State(spectrum, NOTHING), jnp.array([z, 0.0, 0.0, 0.0])).values)[0]

    def expected(value: np.ndarray, targets: np.ndarray) -> np.ndarray:
        series = np.polynomial.chebyshev.chebfit(states / reach, value, 63)
        inside = np.clip(targets / reach, -1.0, 1.0)
        return np.polynomial.chebyshev.chebval(inside, series) @ (weights / weights.sum())

    targets = np.asarray(
        jax.jit(jax.vmap(lambda u: jax.vmap(lambda z: end(u, z))(jnp.asarray(nodes))))(jnp.asarray(states))
    )
    value = states**2
    for _ in range(steps - 1):
        value = expected(value, targets)
    first = np.asarray(jax.jit(jax.vmap(lambda z: end(jnp.asarray(0.5), z)))(jnp.asarray(nodes)))
    return float(expected(value, first))


@pytest.mark.parametrize("scheme", SCHEMES, ids=named)
def test_weak_order(scheme: AbstractIntegrator) -> None:
    coarse, middle, fine = (mean_square(scheme, steps) for steps in (32, 64, 128))
    # Deterministic; the next order in dt bends the line by a few hundredths.
    assert math.log2(abs((coarse - middle) / (middle - fine))) == pytest.approx(scheme.additive_weak_order, abs=0.06)
    # All converge to the same number.
    limit = fine + (fine - middle) / (2.0**scheme.additive_weak_order - 1.0)
    assert limit == pytest.approx(UNIFORM_MEAN_SQUARE, abs=1e-4)


@pytest.mark.parametrize(
    ("scheme", "order"),
    [(ExponentialHeun(), 2.0), pytest.param(RungeKutta4Noise(), 4.0, marks=pytest.mark.slow)],
    ids=str,
)
def test_order_of_the_drift_alone(scheme: AbstractIntegrator, order: float) -> None:
    """Navier-Stokes with phases at rest: the end point is reached with the order of the deterministic scheme."""
    system = NavierStokes(PeriodicDomain((16, 16)))
    hidden = system.initial_hidden(jax.random.key(3))
    start = 3.0 * system.domain.forward(system.initial_state(jax.random.key(0)))

    def end(steps: int) -> np.ndarray:
        stepper = scheme.stepper(system, 0.5 / steps)
        normal = jnp.zeros(scheme.noise_size(system))
        return np.asarray(jax.lax.fori_loop(0, steps, lambda _, u: stepper(State(u, hidden), normal).values, start))

    coarse, middle, fine = (jax.device_get(end(steps)) for steps in (32, 64, 128))
    assert math.log2(abs(coarse - middle).max() / abs(middle - fine).max()) == pytest.approx(order, abs=0.15)


def test_phases_move_by_half_steps_in_the_published_scheme() -> None:
    """Twice half a step of Brownian motion: over one step the phases gain a variance of 2 dt in both schemes."""
    system, dt = NavierStokes(PeriodicDomain((8, 8))), 0.01
    hidden, spectrum = system.initial_hidden(jax.random.key(3)), system.domain.forward(jnp.zeros((8, 8)))
    phases = system.hidden_noise_size
    for scheme, parts in ((RungeKutta4Noise(), 2), (ExponentialHeun(), 1), (ExponentialEuler(), 1)):
        assert scheme.noise_size(system) == parts * phases
        _, later = scheme.stepper(system, dt)(State(spectrum, hidden), jnp.ones(parts * phases))
        np.testing.assert_allclose(later - hidden, math.sqrt(2.0 * dt) * math.sqrt(parts), rtol=1e-10)
