"""A field simulation as a plan that can be stopped after any chunk and taken up again."""

import json
import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, PRNGKeyArray

from ...core import SimulationError, array_hash, member_keys, named_key
from .._plan import plan_times, refuse_many_steps, starting_values
from ._base import AbstractFieldSystem
from ._blocks import FieldState, advance, field_failure, first_failed, plan_cut
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
        >>> from fluctua.systems import OrnsteinUhlenbeckField
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
        self.dt, self.save_every, self.spin_up, self.discarded, self.saved = plan_times(
            system, "field", members, duration, dt=dt, save_every=save_every, spin_up=spin_up, state=state
        )
        self.integrator = default_field_integrator(system) if integrator is None else integrator
        self.interval = self.dt * self.save_every
        total, size = self.discarded + self.saved, system.domain.size
        self.cut = plan_cut(members, self.save_every, total, self.integrator.normals(system), size)
        self.chunks = math.ceil(total / self.cut.intervals)
        refuse_many_steps(self.chunks * self.cut.steps)
        remedy = "give one field for all members or one for each, on the system's grid"
        grid = system.domain.shape
        self.given = None if state is None else starting_values(system, state, members, grid, remedy)
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
