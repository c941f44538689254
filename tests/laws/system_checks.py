"""What holds for every system, whoever wrote it: the suite of laws runs these checks on all that are registered."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from fluctua.core import OptionError, registered
from fluctua.systems import (
    AbstractFieldSystem,
    AbstractIntegrator,
    AbstractSystem,
    AbstractVectorSystem,
    HasExactScore,
    State,
    simulate,
)


def some_states(system: AbstractSystem, count: int) -> Array:
    """States around the initial one."""
    return system.initial_state(jax.random.key(0)) + jax.random.normal(jax.random.key(7), (count, *system.shape))


def shapes_and_defaults(system: AbstractSystem) -> None:
    start = system.initial_state(jax.random.key(0))
    values, hidden = system.pack(start), system.initial_hidden(jax.random.key(1))
    assert start.shape == system.shape
    assert len(set(system.variables)) == len(system.variables)
    assert system.tendency()(values, hidden).shape == values.shape
    np.testing.assert_allclose(system.unpack(values), start, atol=1e-13)
    moved = system.advance_hidden(hidden, system.dt, jnp.zeros(system.hidden_noise_size))
    assert moved.shape == hidden.shape
    assert bool(system.is_within(values))
    assert not bool(system.is_within(values.at[(0,) * values.ndim].set(jnp.nan)))
    assert system.interval == system.dt * system.save_every
    if isinstance(system, AbstractVectorSystem):
        assert system.variables == system.names
        assert system.drift(start).shape == start.shape
        assert system.diffusion(start).shape == (system.dimension, system.noise_dimension)
    if isinstance(system, AbstractFieldSystem):
        assert system.variables == (system.name,)
        assert system.noise_dimension in (0, system.dimension)


def compiled_and_mapped_equal_eager(system: AbstractSystem) -> None:
    """Drift and noise of several states; the noise is linear in its normal numbers."""
    hidden = system.initial_hidden(jax.random.key(1))
    normal = jax.random.normal(jax.random.key(2), (system.noise_dimension,))

    def both(state: Array) -> tuple[Array, Array]:
        values = system.pack(state)
        kick = system.kick(system.dt)
        return system.tendency()(values, hidden), jnp.stack(
            [jnp.broadcast_to(kick(values, scale * normal), values.shape) for scale in (1.0, 2.0)]
        )

    states = some_states(system, 3)
    eager = [both(state) for state in states]
    drift, noise = jax.jit(jax.vmap(both))(states)
    for mapped, parts in ((drift, [one[0] for one in eager]), (noise, [one[1] for one in eager])):
        np.testing.assert_allclose(mapped, np.stack(parts), rtol=1e-12, atol=1e-12 * (1.0 + np.abs(mapped).max()))
    np.testing.assert_allclose(noise[:, 1], 2.0 * noise[:, 0], rtol=1e-12, atol=1e-13)


def noise_is_that_of_its_matrix_or_symbol(system: AbstractSystem) -> None:
    normal = jax.random.normal(jax.random.key(1), (system.noise_dimension,))
    if isinstance(system, AbstractVectorSystem):
        for x in some_states(system, 3):
            np.testing.assert_allclose(system.diffuse(x, normal), system.diffusion(x) @ normal, rtol=1e-12)
    if isinstance(system, AbstractFieldSystem):
        assert system.noise().shape == system.linear().shape == system.domain.half_shape
        # A field that is real has conjugate pairs, and so must have every symbol that multiplies it.
        edges = np.asarray(system.linear())[..., [0, -1 if system.shape[-1] % 2 == 0 else 0]]
        mirrored = edges if edges.ndim == 1 else np.roll(edges[::-1], 1, 0)
        np.testing.assert_allclose(edges, np.conj(mirrored), atol=1e-12)


def the_score_solves_the_stationary_fokker_planck_equation(system: AbstractSystem) -> None:
    """div F + F.s = (1/2) sum_ij [d_i d_j D_ij + 2 (d_i D_ij) s_j + D_ij (d_i s_j + s_i s_j)], for vectors."""
    if not (isinstance(system, HasExactScore) and isinstance(system, AbstractVectorSystem)):
        return
    vector, score = system, system.score

    def squared(x: Array) -> Array:
        return vector.diffusion(x) @ vector.diffusion(x).T

    @jax.jit
    @jax.vmap
    def sides(x: Array) -> tuple[Array, Array]:
        s, slope = score(x), jax.jacfwd(score)(x)
        first, second = jax.jacfwd(squared)(x), jax.jacfwd(jax.jacfwd(squared))(x)
        noise = jnp.einsum("ijij->", second) + 2 * jnp.einsum("iji,j->", first, s)
        noise += jnp.sum(squared(x) * (slope + jnp.outer(s, s)))
        return jnp.trace(jax.jacfwd(vector.drift)(x)) + vector.drift(x) @ s, 0.5 * noise

    left, right = sides(some_states(system, 50))
    np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9)


def it_can_be_simulated(system: AbstractSystem) -> None:
    """A few intervals: the right shape, finite, and the same again."""
    options = {"key": jax.random.key(3), "members": 2, "duration": 3 * system.interval, "spin_up": 0.0}
    record = simulate(system, **options)
    assert record.shape == (2, 3, *system.shape)
    assert np.isfinite(record).all()
    np.testing.assert_array_equal(simulate(system, **options), record)


LAWS: list[Callable[[AbstractSystem], None]] = [
    shapes_and_defaults,
    compiled_and_mapped_equal_eager,
    noise_is_that_of_its_matrix_or_symbol,
    the_score_solves_the_stationary_fokker_planck_equation,
    it_can_be_simulated,
]


def a_step_is_the_same_eager_compiled_and_mapped(system: AbstractSystem, scheme: AbstractIntegrator) -> bool:
    """Three states, one step; whether the integrator takes the system at all."""
    try:
        step = scheme.stepper(system, system.dt)
    except OptionError:
        return False
    starts = system.initial_state(jax.random.key(0)) + 0.1 * jax.random.normal(jax.random.key(4), (3, *system.shape))
    hidden = jax.jit(jax.vmap(system.initial_hidden))(jax.random.split(jax.random.key(1), 3))
    states = State(jax.jit(jax.vmap(system.pack))(starts), hidden)
    normals = jax.random.normal(jax.random.key(2), (3, scheme.noise_size(system)))
    eager = [step(State(states.values[k], states.hidden[k]), normals[k]) for k in range(3)]
    mapped = jax.jit(jax.vmap(step))(states, normals)
    for many, single in zip(mapped, zip(*eager, strict=True), strict=True):
        expected = np.stack(single)
        np.testing.assert_allclose(many, expected, rtol=1e-12, atol=1e-12 * (1.0 + np.abs(expected).max(initial=0.0)))
    return True


def schemes() -> dict[str, AbstractIntegrator]:
    """All integrators there are."""
    return {name: entry.member() for name, entry in registered("integrator").items()}
