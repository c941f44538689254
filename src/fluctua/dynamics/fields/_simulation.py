"""A field simulation as a plan that can be stopped after any chunk and taken up again."""

import json
import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from ...core import OptionError, SimulationError, array_hash, member_keys, named_key
from ._base import AbstractFieldSystem
from ._blocks import MOST_STEPS, FieldState, advance, field_failure, first_failed, plan_cut
from ._integrators import AbstractFieldIntegrator, default_field_integrator


class FieldSimulation:
    r"""An ensemble of long field trajectories, advanced chunk by chunk.

    The noise of member k at step n depends on ``(key, k, n)`` alone: neither a larger ensemble nor a longer record
    changes it. A chunk depends on the state before it and on its index, so that a run that was stopped goes on from a
    stored state as if nothing had happened, to the last bit.

    Args:
        system: The stochastic partial differential equation.
        key: Random key.
        members: Number of independent trajectories.
        duration: Time covered by the record of each member, after the spin-up.
        dt: Time step; by default the system's.
        save_every: Steps from one saved field to the next; by default the system's.
        spin_up: Time before the first saved field, rounded up to whole saved intervals; by default the system's, and
            zero when ``state`` is given.
        integrator: How a step is made; by default exact if the system is linear, otherwise ``ExponentialHeun``.
        state: Where to start: fields of shape ``grid`` or ``(member, *grid)``; by default the system's initial state.

    Attributes:
        chunks: Number of chunks, spin-up included.
        saved: Number of fields in each member's record.
        interval: Time between two saved fields.

    Raises:
        OptionError: A size or a time that makes no sense.

    Example:
        >>> import jax
        >>> from fluctua.dynamics import OrnsteinUhlenbeckField
        >>> plan = FieldSimulation(OrnsteinUhlenbeckField(), key=jax.random.key(0), members=2, duration=10.0)
        >>> state = plan.start()
        >>> for index in range(plan.chunks):
        ...     state, saved, finite = plan.advance(state, index)
        >>> plan.saved_range(0), saved.shape
        (range(0, 10), (10, 2, 32, 32))
    """

    def __init__(
        self,
        system: AbstractFieldSystem,
        *,
        key: PRNGKeyArray,
        members: int = 1,
        duration: float,
        dt: float | None = None,
        save_every: int | None = None,
        spin_up: float | None = None,
        integrator: AbstractFieldIntegrator | None = None,
        state: ArrayLike | None = None,
    ):
        self.system, self.key, self.members = system, key, members
        self.dt = float(system.dt if dt is None else dt)
        self.save_every = system.save_every if save_every is None else save_every
        self.spin_up = (system.spin_up if state is None else 0.0) if spin_up is None else float(spin_up)
        self.integrator = default_field_integrator(system) if integrator is None else integrator
        check_times(members, duration, self.dt, self.save_every, self.spin_up)
        self.interval = self.dt * self.save_every
        self.saved = int(duration / self.interval + 1e-6)
        self.discarded = math.ceil(self.spin_up / self.interval - 1e-6)
        total, size = self.discarded + self.saved, system.domain.size
        self.cut = plan_cut(members, self.save_every, total, self.integrator.normals(system), size)
        self.chunks = math.ceil(total / self.cut.intervals)
        if self.chunks * self.cut.steps > MOST_STEPS:
            raise OptionError(
                f"{self.chunks * self.cut.steps} time steps of one member were asked for",
                f"one member can make at most {MOST_STEPS} steps, its random numbers would repeat after that",
                "simulate several members instead of a longer one",
            )
        self.given = None if state is None else _given(system, members, state)
        self._keys = member_keys(named_key(key, "noise"), members)

    def start(self) -> FieldState:
        """The state before the first chunk: a tree of arrays."""
        if self.given is None:
            starts = jax.vmap(self.system.initial_state)(
                member_keys(named_key(self.key, "initial state"), self.members)
            )
        else:
            starts = jnp.asarray(self.given)
        hidden = jax.vmap(self.system.initial_hidden)(member_keys(named_key(self.key, "hidden"), self.members))
        return FieldState(self.system.domain.forward(starts), hidden)

    def advance(self, state: FieldState, index: int) -> tuple[FieldState, Array, Array]:
        """Advance all members by chunk ``index``.

        Returns:
            The state after it; the saved fields that belong to the record, shape ``(interval, member, *grid)``, as
            many as ``saved_range(index)`` has; whether each member is still finite, shape ``(member,)``.
        """
        first_step = jnp.asarray(index * self.cut.steps, jnp.uint32)
        dt = jnp.asarray(self.dt)
        state, (saved, finite) = advance(self.system, self.integrator, dt, self._keys, state, first_step, self.cut)
        kept = self.saved_range(index)
        offset = self.discarded - index * self.cut.intervals
        if len(kept) < self.cut.intervals:
            saved = saved[kept.start + offset : kept.stop + offset] if kept else saved[:0]
        return state, saved, finite

    def saved_range(self, index: int) -> range:
        """Which of the record's time indices chunk ``index`` fills; empty during the spin-up."""
        first = index * self.cut.intervals - self.discarded
        begin, end = max(0, first), min(self.saved, first + self.cut.intervals)
        return range(begin, max(begin, end))

    def failure(self, index: int, finite: ArrayLike) -> SimulationError:
        """The error to raise when not every member is finite after chunk ``index``."""
        member = first_failed(np.asarray(finite))
        return field_failure(self.system, self.dt, (index + 1) * self.cut.steps * self.dt, member or 0)

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


def check_times(members: int, duration: float, dt: float, save_every: int, spin_up: float) -> None:
    """Refuse sizes and times that make no sense."""
    if members < 1 or save_every < 1:
        raise OptionError(
            f"members = {members} and save_every = {save_every} were given",
            "both must be whole numbers of at least 1",
            "use members=1 and save_every=1 for one trajectory with every step saved",
        )
    times = (dt, spin_up, duration)
    if not (all(math.isfinite(time) for time in times) and dt > 0.0 and spin_up >= 0.0):
        raise OptionError(
            f"the time step {dt:g}, spin-up {spin_up:g} and duration {duration:g} were given",
            "the time step must be positive, the spin-up zero or more, and all of them finite",
            "give times in the system's time units",
        )
    if duration < dt * save_every * (1.0 - 1e-6):
        raise OptionError(
            f"a duration of {duration:g} was given, with a field saved every {dt * save_every:g} time units",
            "the record must hold at least one field",
            f"give a duration of at least {dt * save_every:g}, or save more often",
        )


def _given(system: AbstractFieldSystem, members: int, state: ArrayLike) -> Float[np.ndarray, "member ..."]:
    fields, grid = np.asarray(state, dtype=np.float64), system.domain.shape
    if fields.shape not in (grid, (members, *grid)) or not np.isfinite(fields).all():
        raise OptionError(
            f"starting fields of shape {fields.shape} were given"
            + ("" if np.isfinite(fields).all() else ", with values that are not finite"),
            f"{type(system).__name__} with {members} members needs finite values of shape {grid} or {(members, *grid)}",
            "give one field for all members or one for each, on the system's grid",
        )
    return np.broadcast_to(fields, (members, *grid))


def _description(module: eqx.Module) -> dict[str, Any]:
    """Class and fields of a module as JSON values."""
    described: dict[str, Any] = {"class": type(module).__name__}
    for name, value in vars(module).items():
        if isinstance(value, eqx.Module):
            described[name] = _description(value)
        elif eqx.is_array(value):
            described[name] = np.asarray(value).tolist()
        else:
            described[name] = json.loads(json.dumps(value))
    return described
