"""Simulations: their noise depends on key, member and step alone, they can be cut and taken up again anywhere, and what
cannot be simulated is refused."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
import pytest
from runaway import Runaway, RunawayField

from fluctua.core import AbstractProgress, AbstractTask, OptionError, SimulationError
from fluctua.systems import (
    AbstractSystem,
    AllenCahn,
    EulerMaruyama,
    ExponentialEuler,
    NavierStokes,
    OrnsteinUhlenbeck,
    PeriodicDomain,
    QuarticWell,
    RungeKutta4Noise,
    Simulation,
    non_normal_ornstein_uhlenbeck,
    simulate,
    stationary_states,
)

KEY = jax.random.key(11)
WELL = QuarticWell()
FIELD = AllenCahn(PeriodicDomain((8, 8)), dt=0.05, save_every=3, spin_up=0.0)
WAVES = NavierStokes(PeriodicDomain((8, 8)), spin_up=0.0)
SYSTEMS = pytest.mark.parametrize("system", [WELL, FIELD, WAVES], ids=["vector", "field", "hidden variables"])
CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}


def cut_small(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """Have runs cut into smaller pieces than they need."""
    for name, value in limits.items():
        monkeypatch.setattr(f"fluctua.systems._advance.{name}", value)


def test_the_record_holds_the_duration_at_even_intervals() -> None:
    record = simulate(WELL, key=KEY, members=3, duration=2.0, dt=0.01, save_every=4, spin_up=0.5)
    assert record.shape == (3, 50, 1)
    assert record.dtype == np.float64
    assert np.isfinite(record).all()


@pytest.mark.parametrize("system", [WELL, FIELD, pytest.param(WAVES, marks=pytest.mark.slow)])
def test_a_larger_ensemble_and_a_longer_record_change_no_state(system: AbstractSystem) -> None:
    few = simulate(system, key=KEY, members=2, duration=20 * system.interval, spin_up=0.0)
    many = simulate(system, key=KEY, members=5, duration=25 * system.interval, spin_up=0.0)
    assert few.shape == (2, 20, *system.shape)
    np.testing.assert_allclose(many[:2, :20], few, **CLOSE)
    assert abs(many[2] - many[3]).max() > 1e-3


@pytest.mark.parametrize("system", [WELL, FIELD], ids=["vector", "field"])
def test_another_interval_and_the_spin_up_skip_states_and_change_none(system: AbstractSystem) -> None:
    dt = system.dt
    fine = simulate(system, key=KEY, members=2, duration=70 * dt, save_every=1, spin_up=0.0)
    coarse = simulate(system, key=KEY, members=2, duration=60 * dt, save_every=5, spin_up=10 * dt)
    np.testing.assert_allclose(coarse, fine[:, 10::5], **CLOSE)
    if system is WELL:
        np.testing.assert_array_equal(fine[0, 0], system.initial_state())


@pytest.mark.parametrize(
    "limits",
    [
        {"VALUES_PER_BATCH": 192, "WORK_PER_CHUNK": 3000, "NORMALS_PER_SWEEP": 500},
        pytest.param({"NORMALS_PER_SWEEP": 200}, marks=pytest.mark.slow),
        pytest.param({"NORMALS_PER_SWEEP": 2000}, marks=pytest.mark.slow),
        pytest.param({"WORK_PER_CHUNK": 1000}, marks=pytest.mark.slow),
        pytest.param({"VALUES_PER_BATCH": 64}, marks=pytest.mark.slow),
    ],
)
def test_how_a_run_is_cut_changes_no_state(limits: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks, batches (the last of them with members to spare) and sweeps; two systems, five members."""
    linear = non_normal_ornstein_uhlenbeck()
    starts = np.arange(15.0).reshape(5, 3)
    runs = [(FIELD, {"duration": 6.0, "spin_up": 0.4}), (linear, {"duration": 1.3, "spin_up": 0.7, "state": starts})]
    whole = [simulate(system, key=KEY, members=5, **options) for system, options in runs]
    cut_small(monkeypatch, **limits)
    for (system, options), expected in zip(runs, whole, strict=True):
        np.testing.assert_allclose(simulate(system, key=KEY, members=5, **options), expected, **CLOSE)


@SYSTEMS
def test_a_run_that_is_taken_up_again_is_the_same_to_the_bit(
    system: AbstractSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_small(monkeypatch, WORK_PER_CHUNK=700 if system is WELL else 1500)
    interval = system.interval
    plan, later = (
        Simulation(system, key=KEY, members=3, duration=30 * interval, spin_up=7 * interval) for _ in range(2)
    )
    assert plan.chunks > 4
    assert plan.identity() == later.identity()
    state, kept, record = plan.start(), None, []
    for index in range(plan.chunks):
        if index == 2:
            kept = [np.array(leaf) for leaf in jax.tree.leaves(state)]
        state, saved, within = plan.advance(state, index)
        assert saved.shape[0] == len(plan.saved_range(index))
        assert within.shape == (3,)
        record.append(saved)
    assert [time for index in range(plan.chunks) for time in plan.saved_range(index)] == list(range(30))
    state = jax.tree.unflatten(jax.tree.structure(later.start()), kept)
    again = []
    later.run(lambda index, now, states: again.append(states), state=state, first=2)
    for expected, states in zip(record[2:], again, strict=True):
        np.testing.assert_array_equal(states, expected.swapaxes(0, 1))


def test_the_identity_names_everything_that_changes_the_run() -> None:
    def identity(system: AbstractSystem = FIELD, **changes: object) -> str:
        settings: dict[str, Any] = {"key": KEY, "members": 2, "duration": 6.0, **changes}
        return json.dumps(Simulation(system, **settings).identity())

    def other(domain: PeriodicDomain = FIELD.domain, **changes: float) -> AllenCahn:
        return AllenCahn(domain, dt=0.05, save_every=3, spin_up=0.0, **changes)

    variants = [
        identity(),
        identity(other(advection=0.1)),
        identity(other(dealias=0.5)),
        identity(other(PeriodicDomain((8, 8), (1.0, 2.0)))),
        identity(QuarticWell()),
        identity(QuarticWell(a1=0.1)),
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
    record = simulate(WELL, key=KEY, members=2, duration=1.0, state=np.array([[0.5], [-0.5]]))
    np.testing.assert_array_equal(record[:, 0, 0], [0.5, -0.5])
    fields = np.asarray(jax.random.normal(KEY, (3, 8, 8)))
    for state, expected in ((fields, fields), (fields[0], fields[[0, 0, 0]])):
        record = simulate(FIELD, key=KEY, members=3, duration=0.3, state=state)
        np.testing.assert_allclose(record[:, 0], expected, atol=1e-12)


@pytest.mark.parametrize("shape", [pytest.param((16,), marks=pytest.mark.slow), (5, 6)])
def test_one_dimension_and_odd_grids(shape: tuple[int, ...]) -> None:
    record = simulate(AllenCahn(PeriodicDomain(shape), spin_up=0.0), key=KEY, members=2, duration=2.0)
    assert record.shape == (2, 2, *shape)
    assert np.isfinite(record).all()


def test_keys_matter() -> None:
    first = simulate(WELL, key=KEY, duration=1.0)
    second = simulate(WELL, key=jax.random.key(12), duration=1.0)
    assert np.all(first != second)


def test_stationary_states_follow_the_stationary_law() -> None:
    """Covariance of 4000 independent states; each entry within six of its own standard errors (2e-9 each)."""
    system = non_normal_ornstein_uhlenbeck()
    states = stationary_states(system, key=KEY, members=4000, spin_up=30.0, dt=1.0)
    exact = np.asarray(system.covariance)
    stderr = np.sqrt((exact**2 + np.outer(np.diag(exact), np.diag(exact))) / 4000)
    assert np.all(np.abs(states.T @ states / 4000 - exact) < 6.0 * stderr)


def test_a_state_that_is_not_finite_is_named() -> None:
    message = r"Member 2 of Runaway .* by time 0\.\d+ \(height = .*0\.01; .*finite.*smaller time step.*0\.0025"
    starts = np.full((3, 8), 0.1)
    starts[2] = 2.0
    with pytest.raises(SimulationError, match=message) as caught:
        simulate(Runaway(), key=KEY, members=3, duration=5.0, state=starts[:, :1], integrator=EulerMaruyama())
    # The exact solution is infinite at time 1/8; Euler's lags behind a little.
    time = float(caught.value.given.split("by time ")[1].split(" ")[0])
    assert 0.1 < time < 0.5
    with pytest.raises(SimulationError, match=r"Member 2 of RunawayField .*time step 0.01; .*finite.*0\.0025"):
        simulate(RunawayField(), key=KEY, members=3, duration=1.0, state=starts, integrator=RungeKutta4Noise())


def test_a_state_outside_the_system_is_named() -> None:
    with pytest.raises(SimulationError, match=r"Member 0 of Runaway .*height = ") as caught:
        simulate(Runaway(ceiling=0.3), key=KEY, duration=48.0)
    assert "within the states that the system allows" in caught.value.needed


@pytest.mark.parametrize(
    ("system", "changes", "message"),
    [
        (WELL, {"members": 0}, r"--members 0.*at least 1.*--members 1"),
        (WELL, {"save_every": 0}, r"--save-every 0.*at least 1"),
        (WELL, {"dt": -0.1}, r"time step -0\.1, spin-up 20 and duration 1 were given; .*positive"),
        (WELL, {"spin_up": float("inf")}, r"spin-up inf.*finite"),
        (WELL, {"spin_up": float("nan")}, r"spin-up nan"),
        (WELL, {"duration": 0.01}, r"0\.01.*every 0\.1.*at least one state.*at least 0\.1"),
        (WELL, {"state": np.zeros(3)}, r"\(3,\).*\(1,\) or \(2, 1\).*one for each, of x"),
        (
            WELL,
            {"state": np.array([np.nan])},
            r"\(1,\) were given, some of which are not finite numbers; .*needs finite values",
        ),
        (
            FIELD,
            {"state": np.zeros((4, 4))},
            r"\(4, 4\) were given; AllenCahn with 2 members .*\(8, 8\) or \(2, 8, 8\)",
        ),
        (FIELD, {"duration": 1e9}, r"[0-9]+ time steps of one member were asked for; .*4294967295"),
        (
            OrnsteinUhlenbeck([[-1.0]], [[1.0]]),
            {"duration": 1e8, "save_every": 10_000},
            r"time steps of one member.*at most 4294967295.*several members",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(system: AbstractSystem, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Simulation(system, **{"key": KEY, "members": 2, "duration": 1.0, **changes})


class _Recorder(AbstractProgress):
    def __init__(self) -> None:
        self.announced, self.done = 0.0, 0.0

    @contextmanager
    def task(self, description: str, total: float) -> Iterator[AbstractTask]:
        self.announced += total
        recorder = self

        class Task(AbstractTask):
            def advance(self, amount: float = 1.0, note: str = "") -> None:
                recorder.done += amount

        yield Task()


def test_progress_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch, WORK_PER_CHUNK=1000)
    progress = _Recorder()
    simulate(WELL, key=KEY, members=3, duration=10.0, spin_up=0.0, progress=progress)
    assert progress.done == progress.announced
    assert progress.announced > 10.0
