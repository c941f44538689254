r"""Records of a system left alone: ensembles of long trajectories of $dx = F\,dt + \Sigma\,dW$."""

import numpy as np
from jax import numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from ..core import AbstractProgress, member_keys, named_key, run_chunks
from ._base import AbstractSystem
from ._blocks import advance, failure, plan_blocks
from ._integrators import AbstractIntegrator, default_integrator
from ._plan import plan_times, refuse_many_steps, starting_values


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
) -> Float[np.ndarray, "member time d"]:
    r"""Simulate an ensemble and save its states at even intervals.

    The noise of member k at step n depends on ``(key, k, n)`` alone: a larger ensemble, a longer record or
    another ``save_every`` adds states and changes none. Everything is float64.

    Args:
        system: The stochastic differential equation.
        key: Random key.
        members: Number of independent trajectories.
        duration: Time covered by the record of each member, after the spin-up.
        dt: Time step; by default the system's.
        save_every: Steps from one saved state to the next; by default the system's.
        spin_up: Time before the first saved state, rounded up to whole saved intervals; by default the
            system's, and zero when ``state`` is given.
        integrator: How a step is made; by default exact if the system can, otherwise ``StochasticHeun``.
        progress: Where progress is shown.
        state: Where to start, shape ``(d,)`` or ``(member, d)``; by default the system's initial state.

    Returns:
        The record, shape ``(member, time, d)``: ``duration / (dt * save_every)`` states, the first right
        after the spin-up.

    Raises:
        OptionError: A size or a time that makes no sense.
        SimulationError: A state that is not finite, or not one the system can be in; names the member.

    Example:
        >>> import jax
        >>> from fluctua.systems import QuarticWell
        >>> record = simulate(QuarticWell(), key=jax.random.key(0), members=4, duration=50.0)
        >>> record.shape
        (4, 500, 1)
    """
    step, every, _, discarded, saved = plan_times(
        system, "state", members, duration, dt=dt, save_every=save_every, spin_up=spin_up, state=state
    )
    scheme = default_integrator(system) if integrator is None else integrator
    blocks = plan_blocks(members, discarded + saved, every * scheme.noise_size(system))
    refuse_many_steps(blocks.chunks * blocks.intervals * every)
    starts = starting_states(system, members, system.initial_state() if state is None else state)
    noise_key = named_key(key, "noise")
    record = np.empty((members, saved, system.dimension))

    def chunk(x: Array, index: int) -> tuple[Array, tuple[Array, Array]]:
        batch, part = divmod(index, blocks.chunks)
        first = batch * blocks.batch
        if part == 0:
            x = jnp.asarray(starts[np.minimum(np.arange(first, first + blocks.batch), members - 1)])
        keys = member_keys(noise_key, blocks.batch, first)
        first_step = jnp.asarray(part * blocks.intervals * every, jnp.uint32)
        return advance(
            system,
            scheme,
            jnp.asarray(step),
            keys,
            x,
            first_step,
            intervals=blocks.intervals,
            save_every=every,
        )

    def store(index: int, x: Array, output: tuple[Array, Array]) -> None:
        batch, part = divmod(index, blocks.chunks)
        first = batch * blocks.batch
        count = min(blocks.batch, members - first)
        states, within = np.asarray(output[0])[:, :count], np.asarray(output[1])[:count]
        offset = part * blocks.intervals
        if not within.all():
            member = int(np.argmin(within))
            path = np.concatenate([states[:, member], np.asarray(x)[None, member]])
            row = int(np.argmin(np.append(np.isfinite(path[:-1]).all(axis=1), False)))
            raise failure(system, step, (offset + row) * step * every, first + member, path[row])
        skip = max(0, discarded - offset)
        begin = offset + skip - discarded
        kept = states[skip : skip + saved - begin] if begin < saved else states[:0]
        record[first : first + count, begin : begin + len(kept)] = kept.swapaxes(0, 1)

    empty = jnp.zeros((blocks.batch, system.dimension))
    run_chunks(
        chunk,
        empty,
        blocks.batches * blocks.chunks,
        description="simulating",
        progress=progress,
        on_chunk=store,
    )
    return record


def starting_states(system: AbstractSystem, members: int, state: ArrayLike) -> Float[np.ndarray, "member d"]:
    """One finite starting state per member, from one for all or one for each."""
    remedy = f"give one value for each of {', '.join(system.names)}"
    return starting_values(system, state, members, (system.dimension,), remedy)
