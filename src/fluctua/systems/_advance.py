"""How a long simulation is cut: into chunks of saved intervals, batches of members and sweeps of steps.

All cuts are about memory and speed alone, and change no number: the normal numbers of a step depend on the key, the
member and the step, on nothing else.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Inexact, Key, PRNGKeyArray, UInt32

from ._base import AbstractSystem, State
from ._integrators import AbstractIntegrator

# Normal numbers drawn at once: 1 or 2 MB, which stays near the processor until it is used. A whole sweep is drawn at
# once, because a draw inside the time loop would cost much more.
NORMALS_PER_SWEEP = 250_000
# Values that a processor advances together: 8 fields of 32 x 32, whose spectra and intermediate fields stay in its
# cache. An accelerator advances all members together.
VALUES_PER_BATCH = 8_192
# Values times steps in one chunk: a second or so on one core, which is how often progress is shown and how much
# a kill can cost. A step costs as much as this many values, however few there are.
WORK_PER_CHUNK, LEAST_WORK = 20_000_000, 16
# Numbers saved by one chunk: 32 MB.
SAVED_PER_CHUNK = 4_000_000

See = Callable[[Inexact[Array, "..."]], Float[Array, "..."]]


class Cut(NamedTuple):
    """``batches`` times ``batch`` members, the last repeated; ``every`` steps per saved interval; ``groups`` times
    ``group`` intervals per chunk, where a group is drawn in one sweep, or is one interval in ``parts`` sweeps."""

    batches: int
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
    together = max(1, VALUES_PER_BATCH // size) if jax.default_backend() == "cpu" else members
    batch = largest_divisor(members, together)
    if 2 * batch < min(members, together):  # rather some members computed twice
        batch = math.ceil(members / math.ceil(members / together))
    batches = math.ceil(members / batch)
    most = max(1, NORMALS_PER_SWEEP // max(1, batch * normals))
    work = max(members * size, LEAST_WORK)
    wanted = min(WORK_PER_CHUNK // (work * every), SAVED_PER_CHUNK // (members * size), intervals)
    chunks = math.ceil(intervals / max(1, wanted))
    wanted = math.ceil(intervals / chunks)
    if most < every:
        return Cut(batches, batch, every, wanted, 1, every // largest_divisor(every, most))
    groups = math.ceil(wanted / min(most // every, wanted))
    return Cut(batches, batch, every, groups, math.ceil(wanted / groups), 1)


def largest_divisor(number: int, most: int) -> int:
    """The largest divisor of a number that is not above ``most``."""
    return max(divisor for divisor in range(1, min(number, most) + 1) if number % divisor == 0)


def draw_normals(
    keys: Key[Array, " member"], first_step: Array, steps: int, size: int, precision: str = "float64"
) -> Float[Array, "step member m"]:
    """Standard normal numbers of each step and member."""
    indices = first_step + jnp.arange(steps, dtype=jnp.uint32)

    def draw(key: PRNGKeyArray, index: Array) -> Float[Array, " m"]:
        return jax.random.normal(jax.random.fold_in(key, index), (size,), precision)

    return jax.vmap(lambda index: jax.vmap(lambda key: draw(key, index))(keys))(indices)


@eqx.filter_jit
def advance(
    system: AbstractSystem,
    integrator: AbstractIntegrator,
    see: See,
    dt: Array,
    keys: Key[Array, " member"],
    state: State,
    first_step: Array,
    cut: Cut,
    paired: bool = False,
) -> tuple[State, Float[Array, "interval member ..."], Bool[Array, " member"]]:
    """Advance all members by one chunk.

    Args:
        see: What is saved of the values of a member, or of a pair of values.
        paired: Whether each member has two values, on the second axis, that share noise and hidden variables.

    Returns:
        The state after it; what is seen at each interval's start; whether each member has values that the system can
        have.
    """
    step, within = integrator.stepper(system, dt), system.is_within
    if paired:
        step = jax.vmap(step, in_axes=(State(0, None), None), out_axes=State(0, None))  # pyright: ignore[reportArgumentType]
        within = lambda values: jnp.all(jax.vmap(system.is_within)(values))  # noqa: E731
    many, seen, size = jax.vmap(step), jax.vmap(see), integrator.noise_size(system)

    def one_step(now: State, normal: Array) -> tuple[State, None]:
        return many(now, normal), None

    def one_interval(now: State, normals: Array) -> tuple[State, Array]:
        return jax.lax.scan(one_step, now, normals)[0], seen(now.values)

    def one_batch(batch: tuple[Array, State]) -> tuple[State, Array]:
        own, start = batch

        def draw(first: Array, steps: int) -> Array:
            return draw_normals(own, first, steps, size, system.noise_precision)

        def sweep(now: State, first: Array) -> tuple[State, None]:
            return jax.lax.scan(one_step, now, draw(first, cut.every // cut.parts))[0], None

        def one_group(now: State, first: Array) -> tuple[State, Array]:
            if cut.parts > 1:
                firsts = first + _evenly(cut.parts, cut.every // cut.parts)
                return jax.lax.scan(sweep, now, firsts)[0], seen(now.values)[None]
            normals = draw(first, cut.group * cut.every)
            return jax.lax.scan(one_interval, now, normals.reshape(cut.group, cut.every, *normals.shape[1:]))

        last, saved = jax.lax.scan(one_group, start, first_step + _evenly(cut.groups, cut.group * cut.every))
        return last, saved.reshape(cut.intervals, *saved.shape[2:])

    state, saved = _in_batches(one_batch, (keys, state), cut)
    return state, saved, jax.vmap(within)(state.values)


def _evenly(count: int, distance: int) -> UInt32[Array, " count"]:
    """0, distance, 2 distance, ... as 32-bit numbers."""
    return jnp.uint32(distance) * jnp.arange(count, dtype=jnp.uint32)


def _in_batches(
    function: Callable[[Any], tuple[State, Array]], members: tuple[Array, State], cut: Cut
) -> tuple[State, Float[Array, "interval member ..."]]:
    """A function of the members, and what it saves of them, some members at a time."""
    if cut.batches == 1:
        return function(members)
    count, padded = len(members[0]), cut.batches * cut.batch
    places = jnp.minimum(jnp.arange(padded), count - 1).reshape(cut.batches, cut.batch)
    state, saved = jax.lax.map(function, jax.tree.map(lambda leaf: leaf[places], members))
    state = jax.tree.map(lambda leaf: leaf.reshape(padded, *leaf.shape[2:])[:count], state)
    saved = jnp.moveaxis(saved, 0, 1)
    return state, saved.reshape(saved.shape[0], padded, *saved.shape[3:])[:, :count]
