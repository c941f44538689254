"""How a long field simulation is cut: into chunks of saved intervals, batches of members and sweeps of steps.

All cuts are about memory and speed alone: the normal numbers of a step depend on the key, the member and the step.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Key, UInt32

from ...core import SimulationError
from .._blocks import draw_normals, largest_divisor
from ._base import AbstractFieldSystem
from ._integrators import AbstractFieldIntegrator

# Normal numbers drawn at once: 1 MB, which stays near the processor until it is used.
NORMALS_PER_SWEEP = 250_000
# Grid points that a processor advances together: 8 fields of 32 x 32, whose spectra and intermediate fields stay in
# its cache. An accelerator advances all members together.
POINTS_PER_BATCH = 8_192
# Grid points times steps in one chunk: a second or so on one core, which is how often progress is shown and how much
# a kill can cost.
WORK_PER_CHUNK = 20_000_000
# Numbers saved by one chunk: 32 MB.
SAVED_PER_CHUNK = 4_000_000


class FieldState(NamedTuple):
    """Half spectra (member, *half) and hidden variables (member, h)."""

    spectrum: Complex[Array, "member ..."]
    hidden: Float[Array, "member h"]


class Cut(NamedTuple):
    """``batch`` members at a time; ``every`` steps per saved interval; ``groups`` times ``group`` intervals per chunk,
    where a group is drawn in one sweep, or is one interval in ``parts`` sweeps of steps."""

    batch: int
    every: int
    groups: int
    group: int
    parts: int

    @property
    def intervals(self) -> int:
        return self.groups * self.group

    @property
    def steps(self) -> int:
        return self.intervals * self.every


def plan_cut(members: int, every: int, intervals: int, normals: int, size: int) -> Cut:
    """A cut of ``intervals`` intervals of ``every`` steps: chunks of equal shape, at least one interval each."""
    batch = members
    if jax.default_backend() == "cpu":
        batch = largest_divisor(members, max(1, POINTS_PER_BATCH // size))
    most = max(1, NORMALS_PER_SWEEP // max(1, batch * normals))
    wanted = min(WORK_PER_CHUNK // (members * size * every), SAVED_PER_CHUNK // (members * size), intervals)
    chunks = math.ceil(intervals / max(1, wanted))
    wanted = math.ceil(intervals / chunks)
    if most < every:
        return Cut(batch, every, wanted, 1, every // largest_divisor(every, most))
    groups = math.ceil(wanted / min(most // every, wanted))
    return Cut(batch, every, groups, math.ceil(wanted / groups), 1)


@eqx.filter_jit
def advance(
    system: AbstractFieldSystem,
    integrator: AbstractFieldIntegrator,
    dt: Array,
    keys: Key[Array, " member"],
    state: FieldState,
    first_step: Array,
    cut: Cut,
) -> tuple[FieldState, tuple[Float[Array, "interval member ..."], Array]]:
    """Advance all members by one chunk.

    Returns:
        The state after it; the fields at each interval's start, and whether each member is still finite.
    """
    many = jax.vmap(integrator.stepper(system, dt))
    size = integrator.normals(system)

    def one_step(now: FieldState, normal: Array) -> tuple[FieldState, None]:
        return FieldState(*many(now.spectrum, now.hidden, normal)), None

    def one_interval(now: FieldState, normals: Array) -> tuple[FieldState, Array]:
        return jax.lax.scan(one_step, now, normals)[0], system.domain.backward(now.spectrum)

    def one_batch(batch: tuple[Array, FieldState]) -> tuple[FieldState, Array]:
        own, start = batch

        def sweep(now: FieldState, first: Array) -> tuple[FieldState, None]:
            normals = draw_normals(own, first, cut.every // cut.parts, size, "float32")
            return jax.lax.scan(one_step, now, normals)[0], None

        def one_group(now: FieldState, first: Array) -> tuple[FieldState, Array]:
            if cut.parts > 1:
                firsts = first + evenly(cut.parts, cut.every // cut.parts)
                return jax.lax.scan(sweep, now, firsts)[0], system.domain.backward(now.spectrum)[None]
            normals = draw_normals(own, first, cut.group * cut.every, size, "float32")
            return jax.lax.scan(one_interval, now, normals.reshape(cut.group, cut.every, *normals.shape[1:]))

        last, saved = jax.lax.scan(one_group, start, first_step + evenly(cut.groups, cut.group * cut.every))
        return last, saved.reshape(cut.intervals, *saved.shape[2:])

    state, saved = in_batches(one_batch, (keys, state), cut.batch)
    finite = jnp.isfinite(state.spectrum).reshape(len(keys), -1).all(axis=1)
    return state, (saved, finite)


def evenly(count: int, distance: int) -> UInt32[Array, " count"]:
    """0, distance, 2 distance, ... as 32-bit numbers."""
    return jnp.uint32(distance) * jnp.arange(count, dtype=jnp.uint32)


def in_batches(
    function: Callable[[Any], tuple[FieldState, Array]], members: Any, batch: int
) -> tuple[FieldState, Float[Array, "interval member ..."]]:
    """A function of the members, and their saved fields, some members at a time."""
    batches = jax.tree.leaves(members)[0].shape[0] // batch
    if batches == 1:
        return function(members)
    cut = jax.tree.map(lambda leaf: leaf.reshape(batches, batch, *leaf.shape[1:]), members)
    state, saved = jax.lax.map(function, cut)
    state = jax.tree.map(lambda leaf: leaf.reshape(batches * batch, *leaf.shape[2:]), state)
    saved = jnp.moveaxis(saved, 0, 1)
    return state, saved.reshape(saved.shape[0], batches * batch, *saved.shape[3:])


def field_failure(system: AbstractFieldSystem, dt: float, time: float, member: int) -> SimulationError:
    """The error of a member whose field is no longer finite."""
    return SimulationError(
        f"the field of member {member} of {type(system).__name__} is no longer finite by time {time:g}, "
        f"with time step {dt:g}",
        "every value must stay finite",
        f"use a smaller time step, such as {dt / 4:g}, or a start nearer to the attractor",
    )


def first_failed(finite: np.ndarray) -> int | None:
    """The first member that is not finite."""
    return None if finite.all() else int(np.argmin(finite))
