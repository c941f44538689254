"""How a long simulation is cut: into batches of members, and into chunks of time.

Both cuts are about memory and speed alone, and change no number: the normal numbers of a step depend on the
key, the member and the step, on nothing else.
"""

import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, PRNGKeyArray

from ..core import SimulationError
from ._base import AbstractSystem
from ._integrators import AbstractIntegrator

# Normal numbers drawn at once. 3 million are 24 MB; with the random bits they are made of, and the states, a
# chunk stays below 200 MB. Larger chunks are not faster.
NORMALS_PER_CHUNK = 3_000_000


class Blocks(NamedTuple):
    """``batches`` of ``batch`` members each advance through ``chunks`` of ``intervals`` intervals each."""

    batch: int
    batches: int
    intervals: int
    chunks: int


def plan_blocks(members: int, intervals: int, normals_per_interval: int) -> Blocks:
    """Even cuts such that a chunk draws at most about ``NORMALS_PER_CHUNK`` numbers, or a single interval."""
    batches = math.ceil(members / max(1, min(members, NORMALS_PER_CHUNK // normals_per_interval)))
    batch = math.ceil(members / batches)
    chunks = math.ceil(intervals / max(1, NORMALS_PER_CHUNK // (normals_per_interval * batch)))
    return Blocks(batch, batches, math.ceil(intervals / chunks), chunks)


def largest_divisor(number: int, most: int) -> int:
    """The largest divisor of a number that is not above ``most``."""
    return max(divisor for divisor in range(1, most + 1) if number % divisor == 0)


def draw_normals(
    keys: Key[Array, " member"], first_step: Array, steps: int, size: int, precision: str = "float64"
) -> Float[Array, "step member m"]:
    """Standard normal numbers of each step and member.

    A whole chunk is drawn in one vectorised sweep: a draw inside the time loop would cost much more.
    """
    indices = first_step + jnp.arange(steps, dtype=jnp.uint32)

    def draw(key: PRNGKeyArray, index: Array) -> Float[Array, " m"]:
        return jax.random.normal(jax.random.fold_in(key, index), (size,), precision)

    return jax.vmap(lambda index: jax.vmap(lambda key: draw(key, index))(keys))(indices)


@eqx.filter_jit
def advance(
    system: AbstractSystem,
    integrator: AbstractIntegrator,
    dt: Array,
    keys: Key[Array, " member"],
    state: Float[Array, "member d"],
    first_step: Array,
    *,
    intervals: int,
    save_every: int,
) -> tuple[Float[Array, "member d"], tuple[Float[Array, "interval member d"], Array]]:
    """Advance members by ``intervals`` intervals of ``save_every`` steps, saving the state at each
    interval's start.

    Returns:
        The last state; the saved states, and whether each member's last state is one the system can be in.
    """
    size = integrator.noise_size(system)
    normals = draw_normals(keys, first_step, intervals * save_every, size)
    many = jax.vmap(integrator.stepper(system, dt))

    def one_interval(x: Array, noise: Array) -> tuple[Array, Array]:
        return jax.lax.scan(lambda y, normal: (many(y, normal), None), x, noise)[0], x

    state, saved = jax.lax.scan(one_interval, state, normals.reshape(intervals, save_every, *normals.shape[1:]))
    return state, (saved, jax.vmap(system.is_within)(state))


def failure(system: AbstractSystem, dt: float, time: float, member: int, state: np.ndarray) -> SimulationError:
    """The error of a member that left the states its system can be in."""
    values = ", ".join(f"{name} = {value:.4g}" for name, value in zip(system.names, state, strict=True))
    return SimulationError(
        f"member {member} of {type(system).__name__} has left its states by time {time:g} ({values}), "
        f"with time step {dt:g}",
        "every state must stay finite, and within the states that the system allows",
        f"use a smaller time step, such as {dt / 4:g}, or a start nearer to the attractor",
    )
