r"""The truth: the response of a system, measured by pushing it.

Every member starts on the attractor twice, at $x + \varepsilon u(x)$ and at $x - \varepsilon u(x)$, and both
twins see the same noise. The impulse response of an observable A is the average of the antithetic difference

$$K(t) = \frac{1}{2 \varepsilon} \, \langle A(x^+_t) - A(x^-_t) \rangle + O(\varepsilon^2),$$

whose standard error comes from the spread of the differences over members. Shared noise makes it exact for
linear systems; chaos makes it grow with t.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from ..core import AbstractProgress, OptionError, member_keys, named_key, run_chunks
from ._base import AbstractSystem, Observable, Push
from ._blocks import failure, largest_divisor, plan_blocks
from ._ensemble import simulate, starting_states
from ._integrators import AbstractIntegrator, default_integrator
from ._twin_runs import Moments, advance_twins, push_apart

# Twins are observed at most this many steps apart, so that lags that share no large divisor cost little more.
_MOST_STEPS_BETWEEN = 32


class TwinResponse(NamedTuple):
    """Impulse response by twin runs: ``lags`` (lag,), ``response`` and ``stderr`` (lag, k)."""

    lags: Float[np.ndarray, " lag"]
    response: Float[np.ndarray, "lag k"]
    stderr: Float[np.ndarray, "lag k"]
    members: int


def stationary_states(
    system: AbstractSystem,
    *,
    key: PRNGKeyArray,
    members: int,
    spin_up: float | None = None,
    dt: float | None = None,
    integrator: AbstractIntegrator | None = None,
    progress: AbstractProgress | None = None,
) -> Float[np.ndarray, "member d"]:
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
        spin_up=system.spin_up if spin_up is None else spin_up,
        integrator=integrator,
        progress=progress,
    )[:, 0]


def twin_response(
    system: AbstractSystem,
    *,
    key: PRNGKeyArray,
    push: Push,
    amplitude: float,
    observables: Observable,
    lags: Sequence[float] | np.ndarray,
    members: int,
    initial_states: ArrayLike | None = None,
    spin_up: float | None = None,
    dt: float | None = None,
    integrator: AbstractIntegrator | None = None,
    progress: AbstractProgress | None = None,
) -> TwinResponse:
    r"""Measure an impulse response by pairs of pushed runs that share their noise.

    $K(t) = \langle A(x^+_t) - A(x^-_t) \rangle / (2 \varepsilon)$ with $x^\pm_0 = x \pm \varepsilon u(x)$.

    Args:
        system: The stochastic differential equation.
        key: Random key.
        push: The vector field u: one state, shape ``(d,)``, to one vector of the same shape.
        amplitude: The small number eps. The bias is of order eps squared; for an observable with jumps the
            standard error grows as 1 / sqrt(eps).
        observables: A: one state, shape ``(d,)``, to a number or to several, shape ``(k,)``.
        lags: Times t after the push, multiples of ``dt``; zero or more, in increasing order.
        members: Number of pairs.
        initial_states: Where the pairs start before the push, shape ``(member, d)``, on the attractor and
            independent; by default each member has its own spin-up.
        spin_up: Length of that spin-up; by default the system's.
        dt: Time step; by default the system's.
        integrator: How a step is made; by default exact if the system can, otherwise ``StochasticHeun``.
        progress: Where progress is shown.

    Returns:
        The response and its standard error over members, at each lag and for each observable. Members are
        run in batches, so that memory does not grow with their number.

    Raises:
        OptionError: Lags that are not multiples of the time step, or a size or amplitude that makes no sense.
        SimulationError: A run that did not stay finite.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from fluctua.systems import OrnsteinUhlenbeck
        >>> truth = twin_response(
        ...     OrnsteinUhlenbeck([[-1.0]], [[1.0]]), key=jax.random.key(0), push=jnp.ones_like,
        ...     amplitude=0.1, observables=lambda x: x, lags=[0.0, 1.0], members=10,
        ... )
        >>> truth.response[:, 0].round(6).tolist()
        [1.0, 0.367879]
    """
    step = float(system.dt if dt is None else dt)
    lag_steps = _lag_steps(lags, step)
    _check(members, amplitude)
    scheme = default_integrator(system) if integrator is None else integrator
    if initial_states is None:
        starts = stationary_states(
            system,
            key=named_key(key, "initial states"),
            members=members,
            spin_up=spin_up,
            dt=step,
            integrator=scheme,
            progress=progress,
        )
    else:
        starts = starting_states(system, members, initial_states)
    between = largest_divisor(math.gcd(*lag_steps.tolist()) or 1, _MOST_STEPS_BETWEEN)
    blocks = plan_blocks(members, int(lag_steps[-1]) // between + 1, between * scheme.noise_size(system))
    noise_key = named_key(key, "twin noise")
    moments = Moments(blocks)

    def chunk(twins: Array, index: int) -> tuple[Array, tuple[Array, Array, Array]]:
        batch, part = divmod(index, blocks.chunks)
        first = batch * blocks.batch
        indices = np.arange(first, first + blocks.batch)
        if part == 0:
            twins = push_apart(push, jnp.asarray(starts[np.minimum(indices, members - 1)]), jnp.asarray(amplitude))
        return advance_twins(
            system,
            scheme,
            observables,
            jnp.asarray(step),
            member_keys(noise_key, blocks.batch, first),
            twins,
            jnp.asarray(part * blocks.intervals * between, jnp.uint32),
            jnp.asarray(indices < members, jnp.float64),
            jnp.asarray(amplitude),
            intervals=blocks.intervals,
            save_every=between,
        )

    def collect(index: int, twins: Array, output: tuple[Array, Array, Array]) -> None:
        batch, part = divmod(index, blocks.chunks)
        count = min(blocks.batch, members - batch * blocks.batch)
        mean, spread, within = (np.asarray(values) for values in output)
        if not within[:count].all():
            member = int(np.argmin(within[:count]))
            time = (part + 1) * blocks.intervals * between * step
            raise failure(system, step, time, batch * blocks.batch + member, np.asarray(twins)[member, 0])
        moments.merge(part, count, mean, spread)

    empty = jnp.zeros((blocks.batch, 2, system.dimension))
    run_chunks(
        chunk,
        empty,
        blocks.batches * blocks.chunks,
        description="twin runs",
        progress=progress,
        on_chunk=collect,
    )
    rows = lag_steps // between
    mean, spread = moments.read(rows)
    stderr = np.sqrt(spread / (members - 1) / members)
    return TwinResponse(lag_steps * step, mean, stderr, members)


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


def _check(members: int, amplitude: float) -> None:
    if members < 2 or not (amplitude > 0.0 and np.isfinite(amplitude)):
        raise OptionError(
            f"{members} members and an amplitude of {amplitude:g} were given",
            "a standard error needs at least 2 members, and the amplitude must be positive",
            "use some thousand members and an amplitude of a few hundredths of the variables' spread",
        )
