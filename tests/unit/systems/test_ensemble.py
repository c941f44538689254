"""Records: their noise depends on key, member and step alone, and what cannot be simulated is refused."""

from collections.abc import Iterator
from contextlib import contextmanager

import jax
import numpy as np
import pytest
from runaway import Runaway

from fluctua.core import AbstractProgress, AbstractTask, OptionError, SimulationError
from fluctua.systems import (
    EulerMaruyama,
    OrnsteinUhlenbeck,
    QuarticWell,
    non_normal_ornstein_uhlenbeck,
    simulate,
    stationary_states,
)

KEY = jax.random.key(11)


def test_the_record_holds_the_duration_at_even_intervals() -> None:
    record = simulate(QuarticWell(), key=KEY, members=3, duration=2.0, dt=0.01, save_every=4, spin_up=0.5)
    assert record.shape == (3, 50, 1)
    assert record.dtype == np.float64
    assert np.isfinite(record).all()


def test_a_larger_ensemble_changes_no_member() -> None:
    small = simulate(QuarticWell(), key=KEY, members=2, duration=3.0, spin_up=1.0)
    large = simulate(QuarticWell(), key=KEY, members=7, duration=3.0, spin_up=1.0)
    np.testing.assert_allclose(large[:2], small, rtol=1e-10, atol=1e-12)
    assert np.abs(large[2:] - large[:1]).min(axis=(1, 2)).max() > 0.0


def test_a_longer_record_and_another_interval_change_no_state() -> None:
    fine = simulate(QuarticWell(), key=KEY, duration=4.0, dt=0.01, save_every=1, spin_up=0.4)
    coarse = simulate(QuarticWell(), key=KEY, duration=2.0, dt=0.01, save_every=10, spin_up=0.4)
    np.testing.assert_allclose(coarse[0], fine[0, :200:10], rtol=1e-10, atol=1e-12)


def test_the_first_saved_state_comes_right_after_the_spin_up() -> None:
    whole = simulate(QuarticWell(), key=KEY, duration=3.0, spin_up=0.0)
    late = simulate(QuarticWell(), key=KEY, duration=2.0, spin_up=1.0)
    np.testing.assert_allclose(late[0], whole[0, 10:], rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(whole[0, 0], QuarticWell().initial_state())


@pytest.mark.parametrize("numbers", [40, 700])
def test_blocks_change_no_number(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small chunks and batches, the last of them partly empty, against one large chunk."""
    system = non_normal_ornstein_uhlenbeck()
    starts = np.arange(15.0).reshape(5, 3)
    arguments = {"key": KEY, "members": 5, "duration": 1.3, "spin_up": 0.7, "save_every": 10, "state": starts}
    whole = simulate(system, **arguments)
    monkeypatch.setattr("fluctua.systems._blocks.NORMALS_PER_CHUNK", numbers)
    np.testing.assert_allclose(simulate(system, **arguments), whole, rtol=1e-10, atol=1e-12)


def test_a_given_state_needs_no_spin_up() -> None:
    record = simulate(QuarticWell(), key=KEY, members=2, duration=1.0, state=np.array([[0.5], [-0.5]]))
    np.testing.assert_array_equal(record[:, 0, 0], [0.5, -0.5])


def test_keys_matter() -> None:
    first = simulate(QuarticWell(), key=KEY, duration=1.0)
    second = simulate(QuarticWell(), key=jax.random.key(12), duration=1.0)
    assert np.all(first != second)


def test_stationary_states_follow_the_stationary_law() -> None:
    """Covariance of 4000 independent states; each entry within six of its own standard errors (2e-9 each)."""
    system = non_normal_ornstein_uhlenbeck()
    states = stationary_states(system, key=KEY, members=4000, spin_up=30.0, dt=1.0)
    exact = np.asarray(system.covariance)
    stderr = np.sqrt((exact**2 + np.outer(np.diag(exact), np.diag(exact))) / 4000)
    assert np.all(np.abs(states.T @ states / 4000 - exact) < 6.0 * stderr)


def test_a_state_that_is_not_finite_is_named() -> None:
    starts = np.array([[0.1], [0.1], [2.0]])
    message = r"Member 2 of Runaway .* by time 0\.\d+ \(height = .*0\.01; .*finite.*smaller time step.*0\.0025"
    with pytest.raises(SimulationError, match=message) as caught:
        simulate(Runaway(), key=KEY, members=3, duration=5.0, state=starts, integrator=EulerMaruyama())
    # The exact solution is infinite at time 1/8; Euler's lags behind a little.
    time = float(caught.value.given.split("by time ")[1].split(" ")[0])
    assert 0.1 < time < 0.5


def test_a_state_outside_the_system_is_named() -> None:
    with pytest.raises(SimulationError, match=r"Member 0 of Runaway .*height = ") as caught:
        simulate(Runaway(ceiling=0.3), key=KEY, duration=48.0)
    assert "within the states that the system allows" in caught.value.needed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"members": 0}, r"Members = 0.*at least 1.*members=1"),
        ({"save_every": 0}, r"save_every = 0.*at least 1"),
        ({"dt": -0.1}, r"time step -0\.1.*positive"),
        ({"spin_up": float("inf")}, r"spin-up inf.*finite"),
        ({"duration": 0.01}, r"0\.01.*every 0\.1.*at least one state.*at least 0\.1"),
        ({"state": np.zeros(3)}, r"\(3,\).*\(1,\) or \(2, 1\).*for each of x"),
        (
            {"state": np.array([np.nan])},
            r"\(1,\) were given, some of which are not finite numbers; .*needs finite values.*[Gg]ive one value",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict, message: str) -> None:
    arguments = {"members": 2, "duration": 1.0, **changes}
    with pytest.raises(OptionError, match=message):
        simulate(QuarticWell(), key=KEY, **arguments)


def test_more_steps_than_random_numbers_are_refused() -> None:
    with pytest.raises(OptionError, match=r"time steps of one member.*at most 4294967295.*several members"):
        simulate(OrnsteinUhlenbeck([[-1.0]], [[1.0]]), key=KEY, duration=1e8, dt=0.01, save_every=10_000)


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
    monkeypatch.setattr("fluctua.systems._blocks.NORMALS_PER_CHUNK", 100)
    progress = _Recorder()
    simulate(QuarticWell(), key=KEY, members=3, duration=10.0, spin_up=0.0, progress=progress)
    assert progress.done == progress.announced
    assert progress.announced > 10.0
