"""Field simulations: noise by key, member and step alone; chunks that can be cut and taken up anywhere."""

import json
from unittest import mock

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from fluctua.core import OptionError, SimulationError
from fluctua.systems import (
    AbstractFieldSystem,
    AllenCahn,
    ExponentialEuler,
    FieldRungeKutta4Noise,
    FieldSimulation,
    NavierStokes,
    PeriodicDomain,
    simulate_field,
)

KEY = jax.random.key(4)
SMALL = AllenCahn(PeriodicDomain((8, 8)), dt=0.05, save_every=3, spin_up=0.0)
WAVES = NavierStokes(PeriodicDomain((8, 8)), spin_up=0.0)


class Runaway(AbstractFieldSystem):
    """du = u^3 dt on a line: infinite after a time of 1 / (2 u^2)."""

    domain: PeriodicDomain = eqx.field(default=PeriodicDomain((8,)))
    name: str = eqx.field(static=True, default="u")
    dt: float = eqx.field(static=True, default=0.01)
    save_every: int = eqx.field(static=True, default=5)
    spin_up: float = eqx.field(static=True, default=0.0)

    @property
    def has_noise(self) -> bool:
        return False

    def linear(self) -> Array:
        return jnp.zeros(5, complex)

    def nonlinear(self, spectrum: Array, hidden: Array) -> Array:
        return self.domain.forward(self.domain.backward(spectrum) ** 3)

    def noise(self) -> Array:
        return jnp.zeros(5)

    def initial_state(self, key: Array) -> Array:
        return jnp.full(8, 0.1)


@pytest.mark.parametrize("system", [SMALL, WAVES], ids=["Allen-Cahn", "Navier-Stokes"])
def test_member_k_keeps_its_run_when_the_ensemble_grows(system: AbstractFieldSystem) -> None:
    few = simulate_field(system, key=KEY, members=2, duration=20 * system.interval)
    many = simulate_field(system, key=KEY, members=5, duration=25 * system.interval)
    assert few.shape == (2, 20, 8, 8)
    np.testing.assert_allclose(many[:2, :20], few, rtol=1e-9, atol=1e-11)
    assert abs(many[2] - many[3]).max() > 1e-3


def test_saving_less_often_skips_states_and_changes_none() -> None:
    often = simulate_field(SMALL, key=KEY, members=2, duration=3.0, save_every=1, spin_up=0.5)
    seldom = simulate_field(SMALL, key=KEY, members=2, duration=3.0, save_every=5, spin_up=0.5)
    np.testing.assert_allclose(seldom, often[:, ::5], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    ("name", "value"),
    [("NORMALS_PER_SWEEP", 200), ("NORMALS_PER_SWEEP", 2000), ("WORK_PER_CHUNK", 1000), ("POINTS_PER_BATCH", 64)],
)
def test_how_the_run_is_cut_changes_no_state(name: str, value: int) -> None:
    whole = simulate_field(SMALL, key=KEY, members=6, duration=6.0, spin_up=0.4)
    with mock.patch(f"fluctua.systems.fields._blocks.{name}", value):
        cut = simulate_field(SMALL, key=KEY, members=6, duration=6.0, spin_up=0.4)
    np.testing.assert_allclose(cut, whole, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("system", [SMALL, WAVES], ids=["Allen-Cahn", "Navier-Stokes"])
def test_a_run_that_is_taken_up_again_is_the_same_to_the_bit(system: AbstractFieldSystem) -> None:
    with mock.patch("fluctua.systems.fields._blocks.WORK_PER_CHUNK", 1500):
        plan, later = (
            FieldSimulation(system, key=KEY, members=3, duration=30 * system.interval, spin_up=7 * system.interval)
            for _ in range(2)
        )
    assert plan.chunks > 4
    assert plan.identity() == later.identity()
    state, kept, record = plan.start(), None, []
    for index in range(plan.chunks):
        if index == 2:
            kept = [np.array(leaf) for leaf in jax.tree.leaves(state)]
        state, saved, finite = plan.advance(state, index)
        assert saved.shape[0] == len(plan.saved_range(index))
        assert finite.shape == (3,)
        record.append(np.array(saved))
    assert [time for index in range(plan.chunks) for time in plan.saved_range(index)] == list(range(30))
    state = jax.tree.unflatten(jax.tree.structure(later.start()), kept)
    for index in range(2, plan.chunks):
        state, saved, _ = later.advance(state, index)
        np.testing.assert_array_equal(saved, record[index])


def test_the_identity_names_everything_that_changes_the_run() -> None:
    def identity(system: AbstractFieldSystem = SMALL, **changes: object) -> str:
        settings = {"key": KEY, "members": 2, "duration": 6.0, **changes}
        return json.dumps(FieldSimulation(system, **settings).identity())

    variants = [
        identity(),
        identity(AllenCahn(PeriodicDomain((8, 8)), dt=0.05, save_every=3, spin_up=0.0, advection=0.1)),
        identity(AllenCahn(PeriodicDomain((8, 8)), dt=0.05, save_every=3, spin_up=0.0, dealias=0.5)),
        identity(AllenCahn(PeriodicDomain((8, 8), (1.0, 2.0)), dt=0.05, save_every=3, spin_up=0.0)),
        identity(key=jax.random.key(5)),
        identity(members=3),
        identity(duration=9.0),
        identity(dt=0.1),
        identity(save_every=4),
        identity(spin_up=1.0),
        identity(integrator=ExponentialEuler()),
        identity(state=np.zeros((8, 8))),
        identity(state=np.ones((8, 8))),
    ]
    assert len(set(variants)) == len(variants)
    assert identity() == variants[0]


def test_given_states_are_where_the_record_starts() -> None:
    fields = np.asarray(jax.random.normal(KEY, (3, 8, 8)))
    record = simulate_field(SMALL, key=KEY, members=3, duration=0.3, state=fields)
    np.testing.assert_allclose(record[:, 0], fields, atol=1e-12)
    record = simulate_field(SMALL, key=KEY, members=3, duration=0.3, state=fields[0])
    np.testing.assert_allclose(record[:, 0], fields[[0, 0, 0]], atol=1e-12)


@pytest.mark.parametrize("shape", [(16,), (5, 6)])
def test_one_dimension_and_odd_grids(shape: tuple[int, ...]) -> None:
    record = simulate_field(AllenCahn(PeriodicDomain(shape), spin_up=0.0), key=KEY, members=2, duration=2.0)
    assert record.shape == (2, 2, *shape)
    assert np.isfinite(record).all()


def test_a_field_that_blows_up_is_named() -> None:
    starts = np.full((3, 8), 0.1)
    starts[1] = 2.0
    with pytest.raises(SimulationError, match=r"member 1 of Runaway .*time step 0.01; .*finite\. .*0\.0025"):
        simulate_field(Runaway(), key=KEY, members=3, duration=1.0, state=starts, integrator=FieldRungeKutta4Noise())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"members": 0}, r"[Mm]embers = 0 and save_every = 3 were given; both .*[Uu]se members=1"),
        ({"save_every": 0}, r"save_every = 0 were given"),
        ({"dt": -0.1}, r"time step -0.1, spin-up 0 and duration 3 were given; .*positive"),
        ({"spin_up": float("nan")}, r"spin-up nan"),
        ({"duration": 0.01}, r"duration of 0.01 was given, with a field saved every 0.15 time units; .*at least one"),
        ({"duration": 1e9}, r"[0-9]+ time steps of one member were asked for; .*4294967295"),
        ({"state": np.zeros((4, 4))}, r"shape \(4, 4\) were given; AllenCahn with 1 members .*\(8, 8\) or \(1, 8, 8\)"),
        ({"state": np.full((8, 8), np.nan)}, r"not finite numbers; .*finite values of shape \(8, 8\)"),
    ],
)
def test_what_cannot_be_simulated_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        FieldSimulation(SMALL, **{"key": KEY, "duration": 3.0, **changes})
