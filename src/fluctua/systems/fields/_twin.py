r"""The true response of a field, from pairs of runs that share their noise."""

import math
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike, Float, PRNGKeyArray

from ...core import AbstractProgress, OptionError, member_keys, named_key, run_chunks
from .._plan import plan_times, refuse_many_steps
from ._base import AbstractFieldSystem
from ._blocks import FieldState, advance, field_failure, first_failed, plan_cut
from ._integrators import AbstractFieldIntegrator
from ._simulation import FieldSimulation
from ._twin_runs import GroupSums, advance_pairs, choose_twin, push_apart

# Members are gathered in this many groups, whose means are the independent units of the standard error. It is itself
# uncertain by 1 / sqrt(2 * 31) = 13 %, and memory does not grow with the number of members.
_GROUPS = 32


class TwinFieldResponse(NamedTuple):
    """Impulse response of a field by twin runs, relative to the grid point that was raised.

    Attributes:
        lags: Times after the push, shape ``(lag,)``.
        mean: Change of the field per unit of push, shape ``(lag, *grid)``; the pushed point comes first on each axis.
        stderr: Its standard error, same shape.
        norm_stderr: Root of the sum over grid points of the squared standard errors, shape ``(lag,)``: how far off the
            whole field is to be expected, in the unnormalised 2-norm.
        realisations: How many pairs were averaged.
    """

    lags: Float[np.ndarray, " lag"]
    mean: Float[np.ndarray, "lag ..."]
    stderr: Float[np.ndarray, "lag ..."]
    norm_stderr: Float[np.ndarray, " lag"]
    realisations: int


def twin_field_response(
    system: AbstractFieldSystem,
    *,
    key: PRNGKeyArray,
    members: int = 128,
    resets: int = 10,
    lag_steps: int,
    save_every: int | None = None,
    amplitude: float = 0.0625,
    position: tuple[int, ...] | None = None,
    spin_up: float | None = None,
    between: float = 0.0,
    dt: float | None = None,
    integrator: AbstractFieldIntegrator | None = None,
    state: ArrayLike | None = None,
    progress: AbstractProgress | None = None,
) -> TwinFieldResponse:
    r"""Measure the response of a field to a push of one grid point, by pairs of runs.

    At each reset the state of every member is copied; in one copy the value at ``position`` is raised by half the
    amplitude, in the other it is lowered by as much. Both go on with the same noise and the same hidden variables, and
    their difference, divided by the amplitude, is the response up to an error of second order in the amplitude.

    After the last lag the run goes on from the lowered copy after even resets, from the raised one after odd ones: a
    third, untouched copy would cost half as much again, and what the pushes leave behind cancels to first order.

    Args:
        system: The stochastic partial differential equation.
        key: Random key.
        members: Number of independent runs, at least 2.
        resets: Pairs measured one after the other in each run.
        lag_steps: Time steps from the push to the last lag.
        save_every: Time steps from one lag to the next, a divisor of ``lag_steps``; by default the system's.
        amplitude: Distance of the two copies at the pushed point, field units.
        position: Grid indices of the pushed point; by default the first one.
        spin_up: Time before the first reset; by default the system's, and zero when ``state`` is given.
        between: Time from the end of a pair to the next reset, in which successive pairs become less alike; rounded
            up to whole lag intervals.
        dt: Time step; by default the system's.
        integrator: How a step is made; by default exact if the system is linear, otherwise ``ExponentialHeun``.
        state: Where to start: fields of shape ``grid`` or ``(member, *grid)``; by default the system's initial state.
        progress: Where progress is shown.

    Returns:
        Mean response and standard error. Only sums are kept in memory, in 32 groups of members (fewer when there are
        fewer members); the groups are the independent units of the standard error, as the pairs of one member are not
        independent of each other.

    Raises:
        OptionError: A size, time, amplitude or position that makes no sense.
        SimulationError: A field that is no longer finite; names the member.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.systems import OrnsteinUhlenbeckField
        >>> system = OrnsteinUhlenbeckField()
        >>> truth = twin_field_response(system, key=jax.random.key(0), members=2, resets=1, lag_steps=20, save_every=10)
        >>> truth.mean.shape, np.allclose(truth.mean, system.response(truth.lags))
        ((3, 32, 32), True)
    """
    times = plan_times(system, "lag", members, None, dt=dt, save_every=save_every, spin_up=spin_up, state=state)
    place = (0,) * len(system.domain.shape) if position is None else tuple(position)
    _check(system, members, resets, lag_steps, times.save_every, amplitude, place, between)
    warm = FieldSimulation(
        system,
        key=key,
        members=members,
        duration=times.interval,
        dt=dt,
        save_every=save_every,
        spin_up=spin_up,
        integrator=integrator,
        state=state,
    )
    step, every, scheme = warm.dt, warm.save_every, warm.integrator
    size, normals = system.domain.size, scheme.normals(system)
    groups = min(members, _GROUPS)
    lags = lag_steps // every + 1
    cut = plan_cut(members, every, lags, normals, 2 * size)
    pair_chunks = math.ceil(lags / cut.intervals)
    pauses = math.ceil(between / warm.interval - 1e-6)
    pause = plan_cut(members, every, pauses, normals, size) if pauses else None
    pause_chunks = math.ceil(pauses / pause.intervals) if pause else 0
    per_reset = pair_chunks * cut.steps + (pause_chunks * pause.steps if pause else 0)
    first_reset = warm.chunks * warm.cut.steps
    refuse_many_steps(first_reset + resets * per_reset, "use more members and fewer resets")
    keys = member_keys(named_key(key, "noise"), members)
    membership = jnp.asarray(np.arange(groups)[:, None] == np.arange(members) % groups, jnp.float64)
    sums = GroupSums(groups, lags, system.domain.shape)
    clock = jnp.asarray(step)
    parts = pair_chunks + pause_chunks

    def chunk(now: FieldState, index: int) -> tuple[FieldState, Any]:
        if index < warm.chunks:
            now, _, finite = warm.advance(now, index)
            return now, (None, finite)
        reset, part = divmod(index - warm.chunks, parts)
        start = first_reset + reset * per_reset
        if part >= pair_chunks:
            assert pause is not None
            first = start + pair_chunks * cut.steps + (part - pair_chunks) * pause.steps
            now, (_, finite) = advance(system, scheme, clock, keys, now, jnp.asarray(first, jnp.uint32), pause)
            return now, (None, finite)
        if part == 0:
            now = push_apart(system, now, jnp.asarray(amplitude), place)
        first_step = jnp.asarray(start + part * cut.steps, jnp.uint32)
        now, (total, finite) = advance_pairs(system, scheme, clock, keys, now, first_step, membership, cut)
        if part == pair_chunks - 1:
            now = choose_twin(now, jnp.asarray(reset % 2 == 1))
        return now, (total, finite)

    def collect(index: int, now: FieldState, output: Any) -> None:
        total, finite = output
        failed = first_failed(np.asarray(finite))
        if failed is not None:
            done = (index + 1) * warm.cut.steps if index < warm.chunks else first_reset
            raise field_failure(system, step, step * done, failed)
        if total is not None:
            sums.add((index - warm.chunks) % parts * cut.intervals, np.asarray(total))

    chunks = warm.chunks + resets * parts
    run_chunks(chunk, warm.start(), chunks, description="twin runs", progress=progress, on_chunk=collect)
    mean, stderr = sums.read(np.bincount(np.arange(members) % groups) * resets, amplitude)
    back, axes = tuple(-index for index in place), tuple(range(1, 1 + len(place)))
    mean, stderr = np.roll(mean, back, axes), np.roll(stderr, back, axes)
    norm = np.sqrt((stderr**2).reshape(lags, -1).sum(axis=1))
    return TwinFieldResponse(np.arange(lags) * every * step, mean, stderr, norm, members * resets)


def _check(
    system: AbstractFieldSystem,
    members: int,
    resets: int,
    lag_steps: int,
    every: int,
    amplitude: float,
    place: tuple[int, ...],
    between: float,
) -> None:
    if members < 2 or resets < 1:
        raise OptionError(
            f"{members} members and {resets} resets were given",
            "a standard error needs at least 2 members, each with at least 1 reset",
            "use some hundred members",
        )
    if lag_steps < 0 or lag_steps % every:
        raise OptionError(
            f"{lag_steps} lag steps were given, with a lag every {every} steps",
            "the number of steps to the last lag must be a multiple of the steps from lag to lag",
            f"use {every * max(1, round(lag_steps / every))} lag steps",
        )
    if not (0.0 < amplitude < math.inf) or not (0.0 <= between < math.inf):
        raise OptionError(
            f"an amplitude of {amplitude:g} and a pause of {between:g} were given",
            "the amplitude must be positive, the pause zero or more, and both finite",
            "use an amplitude of a few hundredths of the field's standard deviation",
        )
    shape = system.domain.shape
    if len(place) != len(shape) or not all(0 <= index < points for index, points in zip(place, shape, strict=True)):
        raise OptionError(
            f"the position {place} was given",
            f"{type(system).__name__} has a grid of shape {shape}",
            "give one index for each axis, from zero on",
        )
