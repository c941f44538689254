"""Pairs of runs that share their noise, and the moments of their differences."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from ._base import AbstractSystem, Observable, Push
from ._blocks import Blocks, draw_normals
from ._integrators import AbstractIntegrator


class Moments:
    """Mean and sum of squared deviations over members, merged batch by batch without cancellation."""

    def __init__(self, blocks: Blocks):
        self.intervals = blocks.intervals
        self.parts: list[tuple[int, np.ndarray, np.ndarray] | None] = [None] * blocks.chunks

    def merge(self, part: int, count: int, mean: np.ndarray, spread: np.ndarray) -> None:
        held = self.parts[part]
        if held is not None:
            before, old_mean, old_spread = held
            total, gap = before + count, mean - old_mean
            mean = old_mean + gap * (count / total)
            spread = old_spread + spread + gap**2 * (before * count / total)
            count = total
        self.parts[part] = (count, mean, spread)

    def read(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        held = [part for part in self.parts if part is not None]
        mean = np.concatenate([part[1] for part in held])
        spread = np.concatenate([part[2] for part in held])
        return mean[rows], spread[rows]


@eqx.filter_jit
def push_apart(push: Push, states: Float[Array, "member d"], amplitude: Array) -> Float[Array, "member 2 d"]:
    shift = amplitude * jax.vmap(push)(states)
    return jnp.stack([states + shift, states - shift], axis=1)


@eqx.filter_jit
def advance_twins(
    system: AbstractSystem,
    integrator: AbstractIntegrator,
    observables: Observable,
    dt: Array,
    keys: Key[Array, " member"],
    twins: Float[Array, "member 2 d"],
    first_step: Array,
    counted: Float[Array, " member"],
    amplitude: Array,
    *,
    intervals: int,
    save_every: int,
) -> tuple[Float[Array, "member 2 d"], tuple[Array, Array, Array]]:
    """Advance all twins; at each interval's start, mean and spread over members of the difference."""
    normals = draw_normals(keys, first_step, intervals * save_every, integrator.noise_size(system))
    step = integrator.stepper(system, dt)
    many = jax.vmap(jax.vmap(step, in_axes=(0, None)))
    members = jnp.sum(counted)

    def observe(x: Array) -> Array:
        return jnp.atleast_1d(jnp.asarray(observables(x), jnp.float64))

    def one_interval(pairs: Array, noise: Array) -> tuple[Array, tuple[Array, Array]]:
        seen = jax.vmap(jax.vmap(observe))(pairs)
        difference = (seen[:, 0] - seen[:, 1]) / (2.0 * amplitude)
        mean = counted @ difference / members
        spread = counted @ (difference - mean) ** 2
        return jax.lax.scan(lambda y, normal: (many(y, normal), None), pairs, noise)[0], (mean, spread)

    shaped = normals.reshape(intervals, save_every, *normals.shape[1:])
    twins, (mean, spread) = jax.lax.scan(one_interval, twins, shaped)
    within = jnp.all(jax.vmap(jax.vmap(system.is_within))(twins), axis=1)
    return twins, (mean, spread, within)
