r"""Records of an unperturbed system: ensembles of long trajectories, in memory or piece by piece."""

import json
import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, ArrayLike, Bool, Float, PRNGKeyArray

from ..core import AbstractProgress, SimulationError, array_hash, member_keys, named_key, run_chunks
from ._advance import advance, plan_cut
from ._base import AbstractSystem, State
from ._integrators import AbstractIntegrator, default_integrator
from ._plan import plan_times, refuse_many_steps, starting_values

Keep = Callable[[int, State, np.ndarray], None]


@eqx.filter_jit
def _start(system: AbstractSystem, key: PRNGKeyArray, members: int, given: Array | np.ndarray | None) -> State:
    def keys(purpose: str) -> Array:
        return member_keys(named_key(key, purpose), members)

    starts = jax.vmap(system.initial_state)(keys("initial state")) if given is None else jnp.asarray(given)
    return State(jax.vmap(system.pack)(starts), jax.vmap(system.initial_hidden)(keys("hidden")))


class Simulation:
    r"""An ensemble of long trajectories, as a plan that can be stopped after any chunk and taken up again.

    The noise of member k at step n depends on ``(key, k, n)`` alone: a larger ensemble, a longer record or
    another ``save_every`` adds states and changes none. A chunk depends on the state before it and on its index, so
    that a run that was stopped goes on from a stored state as if nothing had happened, to the last bit. The dynamics
    are float64.

    Args:
        system: The system.
        key: Random key.
        members: Number of independent trajectories.
        duration: Time covered by the record of each member, after the spin-up.
        dt: Time step; by default the system's.
        save_every: Steps from one saved state to the next; by default the system's.
        spin_up: Time before the first saved state, rounded up to whole saved intervals; by default the
            system's, and zero when ``state`` is given.
        integrator: How a step is made; by default as ``default_integrator`` says.
        state: Where to start, one state of the system's shape, or one for each member; by default the system's
            initial state.

    Attributes:
        chunks: Number of chunks, spin-up included.
        saved: Number of states in each member's record.
        interval: Time between two saved states.

    Raises:
        OptionError: A size or a time that makes no sense.

    Example:
        >>> import jax
        >>> from fluctua.systems import OrnsteinUhlenbeckField
        >>> plan = Simulation(OrnsteinUhlenbeckField(), key=jax.random.key(0), members=2, duration=10.0)
        >>> state = plan.start()
        >>> for index in range(plan.chunks):
        ...     state, saved, within = plan.advance(state, index)
        >>> plan.saved_range(0), saved.shape
        (range(0, 10), (10, 2, 32, 32))
    """

    def __init__(
        self,
        system: AbstractSystem,
        *,
        key: PRNGKeyArray,
        members: int = 1,
        duration: float,
        dt: float | None = None,
        save_every: int | None = None,
        spin_up: float | None = None,
        integrator: AbstractIntegrator | None = None,
        state: ArrayLike | None = None,
    ):
        self.system, self.key, self.members = system, key, members
        self.dt, self.save_every, self.spin_up, self.discarded, self.saved = plan_times(
            system, members, duration, dt=dt, save_every=save_every, spin_up=spin_up, started=state is not None
        )
        self.integrator = default_integrator(system) if integrator is None else integrator
        self.interval = self.dt * self.save_every
        total = self.discarded + self.saved
        self.cut = plan_cut(members, self.save_every, total, self.integrator.noise_size(system), system.dimension)
        self.chunks = math.ceil(total / self.cut.intervals)
        refuse_many_steps(self.chunks * self.cut.steps)
        self.given = None if state is None else starting_values(system, state, members)
        self._keys = member_keys(named_key(key, "noise"), members)

    def start(self) -> State:
        """The state before the first chunk: a tree of arrays."""
        return _start(self.system, self.key, self.members, self.given)

    def advance(
        self, state: State, index: int
    ) -> tuple[State, Float[np.ndarray, "interval member ..."], Bool[np.ndarray, " member"]]:
        """Advance all members by chunk ``index``.

        Returns:
            The state after it; the saved states that belong to the record, shape ``(interval, member, *shape)``, as
            many as ``saved_range(index)`` has; whether each member is still where the system can be.
        """
        first_step, dt = jnp.asarray(index * self.cut.steps, jnp.uint32), jnp.asarray(self.dt)
        state, saved, within = advance(
            self.system, self.integrator, self.system.unpack, dt, self._keys, state, first_step, self.cut
        )
        kept, offset = self.saved_range(index), self.discarded - index * self.cut.intervals
        states = np.asarray(saved)[kept.start + offset : kept.stop + offset] if kept else np.asarray(saved[:0])
        return state, states, np.asarray(within)

    def run(
        self,
        keep: Keep,
        *,
        state: State | None = None,
        first: int = 0,
        description: str = "simulating",
        progress: AbstractProgress | None = None,
    ) -> State:
        """Advance through all chunks from ``first`` on.

        Args:
            keep: Called after each chunk with its index, the state after it, and the states that belong to the record,
                shape ``(member, time, *shape)``.
            state: The state before chunk ``first``; by default the start.
            first: Index of the first chunk to run.
            description: Shown beside the progress.
            progress: Where progress is shown.

        Returns:
            The state after the last chunk.

        Raises:
            SimulationError: A state that is not finite, or not one the system can be in; names the member.
        """

        def chunk(now: State, index: int) -> tuple[State, Any]:
            now, *output = self.advance(now, index)
            return now, output

        def store(index: int, now: State, output: Any) -> None:
            saved, within = output
            if not within.all():
                raise self.failure(index, now, saved, within)
            keep(index, now, saved.swapaxes(0, 1))

        begin = self.start() if state is None else state
        return run_chunks(
            chunk, begin, self.chunks, first=first, description=description, progress=progress, on_chunk=store
        )

    def record(
        self, dtype: DTypeLike = np.float64, progress: AbstractProgress | None = None
    ) -> Float[np.ndarray, "member time ..."]:
        """Run it all and keep the record in memory, shape ``(member, time, *shape)``."""
        values = np.empty((self.members, self.saved, *self.system.shape), dtype)

        def keep(index: int, state: State, states: np.ndarray) -> None:
            rows = self.saved_range(index)
            values[:, rows.start : rows.stop] = states

        self.run(keep, progress=progress)
        return values

    def saved_range(self, index: int) -> range:
        """Which of the record's time indices chunk ``index`` fills; empty during the spin-up."""
        first = index * self.cut.intervals - self.discarded
        begin, end = max(0, first), min(self.saved, first + self.cut.intervals)
        return range(begin, max(begin, end))

    def failure(self, index: int, state: State, saved: np.ndarray, within: np.ndarray) -> SimulationError:
        """The error to raise when a member is not where the system can be after chunk ``index``."""
        member = int(np.argmin(within))
        path = [*saved[:, member], np.asarray(self.system.unpack(state.values[member]))]
        wrong = next((row for row, one in enumerate(path[:-1]) if not np.isfinite(one).all()), len(path) - 1)
        time = (index + 1) * self.cut.steps * self.dt
        if wrong < len(saved):
            time = (self.discarded + self.saved_range(index).start + wrong) * self.interval
        return left_states(self.system, self.dt, time, member, path[wrong])

    def identity(self) -> dict[str, Any]:
        """What determines the run, as JSON values: two plans with the same identity give the same bits."""
        return {
            "system": _description(self.system),
            "integrator": _description(self.integrator),
            "key": np.asarray(jax.random.key_data(self.key)).ravel().tolist(),
            "members": self.members,
            "dt": self.dt,
            "save_every": self.save_every,
            "discarded": self.discarded,
            "saved": self.saved,
            "start": None if self.given is None else array_hash(self.given),
            "cut": list(self.cut),
        }


def simulate(
    system: AbstractSystem,
    *,
    key: PRNGKeyArray,
    members: int = 1,
    duration: float,
    dt: float | None = None,
    save_every: int | None = None,
    spin_up: float | None = None,
    integrator: AbstractIntegrator | None = None,
    progress: AbstractProgress | None = None,
    state: ArrayLike | None = None,
) -> Float[np.ndarray, "member time ..."]:
    """Simulate an ensemble and keep its states at even intervals in memory.

    For records that do not fit, or that must survive a kill, use ``Simulation``, which this function runs; the
    arguments are explained there.

    Returns:
        The record, shape ``(member, time, *shape)``, float64: ``duration / (dt * save_every)`` states, the first right
        after the spin-up.

    Raises:
        OptionError: A size or a time that makes no sense.
        SimulationError: A state that is not finite, or not one the system can be in; names the member.

    Example:
        >>> import jax
        >>> from fluctua.systems import QuarticWell
        >>> simulate(QuarticWell(), key=jax.random.key(0), members=4, duration=50.0).shape
        (4, 500, 1)
    """
    return Simulation(
        system,
        key=key,
        members=members,
        duration=duration,
        dt=dt,
        save_every=save_every,
        spin_up=spin_up,
        integrator=integrator,
        state=state,
    ).record(progress=progress)


def stationary_states(
    system: AbstractSystem,
    *,
    key: PRNGKeyArray,
    members: int,
    spin_up: float | None = None,
    dt: float | None = None,
    integrator: AbstractIntegrator | None = None,
    progress: AbstractProgress | None = None,
    state: ArrayLike | None = None,
) -> Float[np.ndarray, "member ..."]:
    """Independent states on the attractor: one for each member, after its own spin-up.

    Example:
        >>> import jax
        >>> from fluctua.systems import QuarticWell
        >>> stationary_states(QuarticWell(), key=jax.random.key(0), members=3).shape
        (3, 1)
    """
    step = float(system.dt if dt is None else dt)
    return simulate(
        system,
        key=key,
        members=members,
        duration=step * system.save_every,
        dt=step,
        spin_up=spin_up,
        integrator=integrator,
        progress=progress,
        state=state,
    )[:, 0]


def left_states(system: AbstractSystem, dt: float, time: float, member: int, state: np.ndarray) -> SimulationError:
    """The error of a member that left the states its system can be in."""
    values = ""
    if len(system.variables) == state.size:
        values = f" ({', '.join(f'{name} = {value:.4g}' for name, value in zip(system.variables, state, strict=True))})"
    shorter = system.dt if dt > 4 * system.dt else dt / 4
    return SimulationError(
        f"member {member} of {type(system).__name__} has left its states by time {time:g}{values}, "
        f"with time step {dt:g}",
        "every state must stay finite, and within the states that the system allows",
        f"use a smaller time step, such as {shorter:g}, or a start nearer to the attractor",
    )


def _description(module: eqx.Module) -> dict[str, Any]:
    """Class and fields of a module as JSON values."""
    described: dict[str, Any] = {"class": type(module).__name__}
    for name, value in vars(module).items():
        if isinstance(value, eqx.Module):
            described[name] = _description(value)
        elif eqx.is_array(value):
            described[name] = np.asarray(value).tolist()
        else:
            described[name] = json.loads(json.dumps(value, default=repr))
    return described
