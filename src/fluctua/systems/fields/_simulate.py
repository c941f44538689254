"""Records of a field left alone, in memory."""

from typing import Any

import numpy as np
from jaxtyping import ArrayLike, Float, PRNGKeyArray

from ...core import AbstractProgress, run_chunks
from ._base import AbstractFieldSystem
from ._blocks import FieldState
from ._integrators import AbstractFieldIntegrator
from ._simulation import FieldSimulation


def simulate_field(
    system: AbstractFieldSystem,
    *,
    key: PRNGKeyArray,
    members: int = 1,
    duration: float,
    dt: float | None = None,
    save_every: int | None = None,
    spin_up: float | None = None,
    integrator: AbstractFieldIntegrator | None = None,
    progress: AbstractProgress | None = None,
    state: ArrayLike | None = None,
) -> Float[np.ndarray, "member time ..."]:
    r"""Simulate an ensemble of fields and keep those at even intervals in memory.

    For records that do not fit, or that must survive a kill, use ``FieldSimulation``, which this function loops over;
    the arguments are explained there.

    Args:
        system: The stochastic partial differential equation.
        key: Random key.
        members: Number of independent trajectories.
        duration: Time covered by the record of each member, after the spin-up.
        dt: Time step; by default the system's.
        save_every: Steps from one saved field to the next; by default the system's.
        spin_up: Time before the first saved field; by default the system's, and zero when ``state`` is given.
        integrator: How a step is made; by default exact if the system is linear, otherwise ``ExponentialHeun``.
        progress: Where progress is shown.
        state: Where to start: fields of shape ``grid`` or ``(member, *grid)``.

    Returns:
        The record, shape ``(member, time, *grid)``, float64, the first field right after the spin-up.

    Raises:
        OptionError: A size or a time that makes no sense.
        SimulationError: A field that is no longer finite; names the member.

    Example:
        >>> import jax
        >>> from fluctua.systems import OrnsteinUhlenbeckField
        >>> simulate_field(OrnsteinUhlenbeckField(), key=jax.random.key(0), members=2, duration=5.0).shape
        (2, 5, 32, 32)
    """
    plan = FieldSimulation(
        system,
        key=key,
        members=members,
        duration=duration,
        dt=dt,
        save_every=save_every,
        spin_up=spin_up,
        integrator=integrator,
        state=state,
    )
    record = np.empty((members, plan.saved, *system.domain.shape))

    def chunk(now: FieldState, index: int) -> tuple[FieldState, Any]:
        now, saved, finite = plan.advance(now, index)
        return now, (saved, finite)

    def store(index: int, now: FieldState, output: Any) -> None:
        saved, finite = output
        if not np.asarray(finite).all():
            raise plan.failure(index, finite)
        kept = plan.saved_range(index)
        record[:, kept.start : kept.stop] = np.asarray(saved).swapaxes(0, 1)

    run_chunks(chunk, plan.start(), plan.chunks, description="simulating", progress=progress, on_chunk=store)
    return record
