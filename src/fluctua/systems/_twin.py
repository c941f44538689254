r"""The truth: the response of a system, measured by pushing it.

Every member is taken twice, at $x + \varepsilon u(x)$ and at $x - \varepsilon u(x)$, and both twins see the same noise
and the same hidden variables. The impulse response of an observable A is the average of the antithetic difference

$$K(t) = \frac{1}{2 \varepsilon} \, \langle A(x^+_t) - A(x^-_t) \rangle + O(\varepsilon^2),$$

whose standard error comes from the spread of the differences over members. Shared noise makes it exact for
linear systems; chaos makes it grow with t.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Inexact, PRNGKeyArray

from ..core import AbstractProgress, OptionError, member_keys, named_key, run_chunks
from ._advance import advance, largest_divisor, plan_cut
from ._base import AbstractSystem, Observable, Push, State
from ._field_system import AbstractFieldSystem
from ._integrators import AbstractIntegrator, default_integrator
from ._plan import refuse_many_steps, starting_values
from ._simulation import Simulation, left_states, stationary_states

# Twins are observed at most this many steps apart, so that lags that share no large divisor cost little more.
_MOST_STEPS_BETWEEN = 32
# With several pushes of each member, and in fields, members are gathered in this many groups, whose means are the
# independent units of the standard error. It is itself uncertain by 1 / sqrt(2 * 31) = 13 %, and memory does not grow
# with the number of members.
_GROUPS = 32


class TwinResponse(NamedTuple):
    """Impulse response by twin runs.

    Attributes:
        lags: Times after the push, shape ``(lag,)``.
        response: Change of the observables per unit of push: shape ``(lag, k)`` for a vector, ``(lag, *grid)`` for a
            field, where the pushed point comes first on each axis.
        stderr: Its standard error, same shape.
        members: Number of independent runs.
        resets: Pairs measured one after the other in each run.
    """

    lags: Float[np.ndarray, " lag"]
    response: Float[np.ndarray, "lag ..."]
    stderr: Float[np.ndarray, "lag ..."]
    members: int
    resets: int = 1

    @property
    def realisations(self) -> int:
        """How many pairs were averaged."""
        return self.members * self.resets

    @property
    def norm_stderr(self) -> Float[np.ndarray, " lag"]:
        """Root of the sum over observables or grid points of the squared standard errors: how far off all of them
        together are to be expected, in the unnormalised 2-norm."""
        return np.sqrt((self.stderr**2).reshape(len(self.lags), -1).sum(axis=1))


def twin_response(
    system: AbstractSystem,
    *,
    key: PRNGKeyArray,
    push: Push | tuple[int, ...] | None = None,
    amplitude: float,
    observables: Observable | None = None,
    lags: Sequence[float] | np.ndarray,
    members: int,
    resets: int = 1,
    between: float = 0.0,
    initial_states: ArrayLike | None = None,
    spin_up: float | None = None,
    dt: float | None = None,
    integrator: AbstractIntegrator | None = None,
    progress: AbstractProgress | None = None,
) -> TwinResponse:
    r"""Measure an impulse response by pairs of pushed runs that share their noise.

    $K(t) = \langle A(x^+_t) - A(x^-_t) \rangle / (2 \varepsilon)$ with $x^\pm_0 = x \pm \varepsilon u(x)$.

    After the last lag a run goes on from the lowered twin after even resets, from the raised one after odd ones: a
    third, untouched copy would cost half as much again, and what the pushes leave behind cancels to first order.

    Args:
        system: The system.
        key: Random key.
        push: The vector field u: one state to one of the same shape. For a field also the indices of the one grid
            point that is raised, relative to which the response is given; by default the first.
        amplitude: The small number eps. The bias is of order eps squared; for an observable with jumps the
            standard error grows as 1 / sqrt(eps).
        observables: A: one state to a number or to an array; by default the state itself.
        lags: Times t after the push, multiples of ``dt``; zero or more, in increasing order.
        members: Number of independent runs, at least 2.
        resets: Pairs measured one after the other in each run.
        between: Time from the end of a pair to the next reset, in which successive pairs become less alike; rounded
            up to whole intervals between lags.
        initial_states: Where the runs start, on the attractor and independent, one for all or one for each member; by
            default each member has its own spin-up.
        spin_up: Time before the first push; by default the system's, and zero when ``initial_states`` is given.
        dt, integrator, progress: As of ``Simulation`` and its ``run``.

    Returns:
        The response and its standard error, at each lag and for each observable. Members are its independent units,
        or 32 groups of them for fields and with several resets: the pairs of one member depend on each other.

    Raises:
        OptionError: Lags that are not multiples of the time step, or a size or amplitude that makes no sense.
        SimulationError: A run that did not stay finite.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from fluctua.systems import OrnsteinUhlenbeck
        >>> system = OrnsteinUhlenbeck([[-1.0]], [[1.0]])
        >>> truth = twin_response(
        ...     system, key=jax.random.key(0), push=jnp.ones_like, amplitude=0.1, lags=[0.0, 1.0], members=10
        ... )
        >>> truth.response[:, 0].round(6).tolist()
        [1.0, 0.367879]
    """
    step = float(system.dt if dt is None else dt)
    lag_steps = _lag_steps(lags, step)
    _check(members, resets, amplitude, between)
    direction, place = _direction(system, push)
    scheme = default_integrator(system) if integrator is None else integrator
    every = largest_divisor(math.gcd(*lag_steps.tolist()) or 1, _MOST_STEPS_BETWEEN)
    intervals, pauses = int(lag_steps[-1]) // every + 1, math.ceil(between / (step * every) - 1e-6)
    normals, size = scheme.noise_size(system), system.dimension
    cut = plan_cut(members, every, intervals, normals, 2 * size)
    pause = plan_cut(members, every, max(1, pauses), normals, size)
    parts, rests = math.ceil(intervals / cut.intervals), math.ceil(pauses / pause.intervals)
    per_reset = parts * cut.steps + rests * pause.steps
    refuse_many_steps(resets * per_reset, "use more members and fewer resets")
    options = {"spin_up": spin_up, "dt": step, "integrator": scheme, "state": initial_states}
    begin, first, keys = _begin(system, key, members, every, options, progress)
    refuse_many_steps(first + resets * per_reset, "use more members and fewer resets")
    see, clock = _Difference(system, observables, jnp.asarray(amplitude)), jnp.asarray(step)
    means = _Means(members, resets, lag_steps // every, grouped=resets > 1 or isinstance(system, AbstractFieldSystem))

    def chunk(now: State, index: int) -> tuple[State, Any]:
        reset, part = divmod(index, parts + rests)
        done = min(part, parts) * cut.steps + max(part - parts, 0) * pause.steps
        from_step = jnp.asarray(first + reset * per_reset + done, jnp.uint32)
        if part >= parts:
            now, _, within = advance(system, scheme, _nothing, clock, keys, now, from_step, pause)
            return now, (None, within)
        if part == 0:
            now = _push_apart(system, direction, now, see.amplitude)
        now, seen, within = advance(system, scheme, see, clock, keys, now, from_step, cut, True)
        if part == parts - 1 and reset < resets - 1:
            now = State(now.values[:, (reset + 1) % 2], now.hidden)
        return now, (seen, within)

    def collect(index: int, now: State, output: Any) -> None:
        seen, within = output[0], np.asarray(output[1])
        reset, part = divmod(index, parts + rests)
        if not within.all():
            member = int(np.argmin(within))
            values = now.values[member] if now.values.ndim == len(system.shape) + 1 else now.values[member, 0]
            time = step * (first + reset * per_reset + min(part + 1, parts) * cut.steps)
            raise left_states(system, step, time, member, np.asarray(system.unpack(values)))
        if seen is not None:
            means.add(part * cut.intervals, np.asarray(seen), reset == resets - 1)

    chunks = resets * (parts + rests) - rests
    run_chunks(chunk, begin, chunks, description="twin runs", progress=progress, on_chunk=collect)
    response, stderr = means.read()
    if place is not None and observables is None:
        back, axes = tuple(-index for index in place), tuple(range(1, 1 + len(place)))
        response, stderr = np.roll(response, back, axes), np.roll(stderr, back, axes)
    return TwinResponse(lag_steps * step, response, stderr, members, resets)


def _begin(
    system: AbstractSystem,
    key: PRNGKeyArray,
    members: int,
    every: int,
    options: dict[str, Any],
    progress: AbstractProgress | None,
) -> tuple[State, int, Array]:
    """Where pairs start, the number of their first step, and the keys of their noise.

    Fields and systems with hidden variables go on with the run and the noise of the spin-up; vectors start from states
    at step zero, with noise of their own.
    """

    def keys(purpose: str) -> Array:
        return member_keys(named_key(key, purpose), members)

    if isinstance(system, AbstractFieldSystem) or system.hidden_noise_size > 0:
        duration = options["dt"] * every
        warm = Simulation(system, key=key, members=members, duration=duration, save_every=every, **options)
        return warm.run(lambda *_: None, progress=progress), warm.chunks * warm.cut.steps, keys("noise")
    if options["state"] is None or options["spin_up"]:
        own = named_key(key, "initial states")
        starts = stationary_states(system, key=own, members=members, progress=progress, **options)
    else:
        starts = starting_values(system, options["state"], members)
    values = jax.vmap(system.pack)(jnp.asarray(starts))
    return State(values, jax.vmap(system.initial_hidden)(keys("hidden"))), 0, keys("twin noise")


class _Difference(eqx.Module):
    """What is seen of a pair: the antithetic difference of the observables."""

    system: AbstractSystem
    observables: Observable | None
    amplitude: Float[Array, ""]

    def __call__(self, pair: Inexact[Array, "2 ..."]) -> Float[Array, "..."]:
        raised, lowered = (self._observe(self.system.unpack(values)) for values in pair)
        return (raised - lowered) / (2.0 * self.amplitude)

    def _observe(self, state: Array) -> Array:
        return jnp.atleast_1d(jnp.asarray(state if self.observables is None else self.observables(state), jnp.float64))


class _OnePoint(eqx.Module):
    """The push of one grid point."""

    place: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, field: Float[Array, "..."]) -> Float[Array, "..."]:
        return jnp.zeros_like(field).at[self.place].set(1.0)


def _nothing(values: Inexact[Array, "..."]) -> Float[Array, " 0"]:
    return jnp.zeros(0)


@eqx.filter_jit
def _push_apart(system: AbstractSystem, push: Push, state: State, amplitude: Array) -> State:
    """Two copies of each member's values, (member, 2, ...), pushed in opposite directions."""

    def apart(values: Array) -> Array:
        shift = system.pack(amplitude * push(system.unpack(values)))
        return jnp.stack([values + shift, values - shift])

    return State(jax.vmap(apart)(state.values), state.hidden)


class _Means:
    """Mean and standard error over members, from their differences lag by lag.

    Sums over resets are kept for each unit and used up at the last reset, so that with one reset memory does not grow
    with the number of members.
    """

    def __init__(self, members: int, resets: int, rows: np.ndarray, grouped: bool):
        units = min(members, _GROUPS) if grouped else members
        self.counts = np.bincount(np.arange(members) % units) * resets
        self.rows = rows
        self.sums: dict[int, np.ndarray] = {}
        self.found: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def add(self, first: int, seen: np.ndarray, last: bool) -> None:
        """Add what one reset saw at the intervals from ``first`` on, shape ``(interval, member, ...)``."""
        for row in self.rows[(self.rows >= first) & (self.rows < first + len(seen))]:
            members = seen[row - first]
            total = members
            if len(self.counts) < len(members):
                total = np.stack([members[unit :: len(self.counts)].sum(axis=0) for unit in range(len(self.counts))])
            if row in self.sums:
                total = total + self.sums.pop(row)
            if last:
                self.found[row] = self._summary(total)
            else:
                self.sums[row] = total.copy()  # a view would keep the whole chunk in memory

    def _summary(self, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        counts = self.counts.reshape(-1, *(1,) * (total.ndim - 1))
        mean = total.sum(axis=0) / self.counts.sum()
        spread = (counts / self.counts.sum() * (total / counts - mean) ** 2).sum(axis=0)
        return mean, np.sqrt(spread / (len(self.counts) - 1))

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """The mean and its standard error, shape ``(lag, ...)``."""
        mean, stderr = zip(*(self.found[row] for row in self.rows), strict=True)
        return np.stack(mean), np.stack(stderr)


def _direction(system: AbstractSystem, push: Push | tuple[int, ...] | None) -> tuple[Push, tuple[int, ...] | None]:
    """The push as a function, and the one grid point it raises."""
    if callable(push):
        return push, None
    if not isinstance(system, AbstractFieldSystem):
        raise OptionError(
            f"the push {push} was given, for the system {type(system).__name__}",
            "the push of a vector is a function of its state, of the same shape",
            "give a function such as jax.numpy.ones_like",
        )
    shape, place = system.shape, (0,) * len(system.shape) if push is None else tuple(push)
    if len(place) != len(shape) or not all(0 <= index < points for index, points in zip(place, shape, strict=True)):
        raise OptionError(
            f"the position {place} was given",
            f"{type(system).__name__} has a grid of shape {shape}",
            "give one index for each axis, from zero on",
        )
    return _OnePoint(place), place


def _lag_steps(lags: Sequence[float] | np.ndarray, dt: float) -> np.ndarray:
    if not (dt > 0.0 and np.isfinite(dt)):
        raise OptionError(f"the time step {dt:g} was given", "it must be positive", "leave it out for the default")
    times = np.asarray(lags, dtype=np.float64)
    increasing = times.ndim == 1 and len(times) > 0 and np.isfinite(times).all() and np.all(np.diff(times) > 0)
    if not increasing or times[0] < 0.0:
        raise OptionError(
            f"the lags {lags} were given",
            "lags must be a list of increasing times, zero or more",
            "give them like [0.0, 0.5, 1.0]",
        )
    steps = np.rint(times / dt)
    wrong = np.flatnonzero(np.abs(steps * dt - times) > 1e-6 * dt)
    if len(wrong):
        raise OptionError(
            f"the lag {times[wrong[0]]:g} was given with a time step of {dt:g}",
            "every lag must be a multiple of the time step",
            f"use {steps[wrong[0]] * dt:g}, or another time step",
        )
    return steps.astype(np.int64)


def _check(members: int, resets: int, amplitude: float, between: float) -> None:
    if members < 2 or resets < 1:
        raise OptionError(
            f"{members} members and {resets} resets were given",
            "a standard error needs at least 2 members, each with at least 1 reset",
            "use some thousand members, or some hundred of a field",
        )
    if not (0.0 < amplitude < math.inf) or not (0.0 <= between < math.inf):
        raise OptionError(
            f"an amplitude of {amplitude:g} and a pause of {between:g} were given",
            "the amplitude must be positive, the pause zero or more, and both finite",
            "use an amplitude of a few hundredths of the variables' standard deviation",
        )
