"""Pairs of field runs that share their noise, and the sums of their differences."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from .._blocks import draw_normals
from ._base import AbstractFieldSystem
from ._blocks import Cut, FieldState, evenly
from ._integrators import AbstractFieldIntegrator


class GroupSums:
    """Sums of differences of pairs, for each group of members: shape ``(lag, group, *grid)``."""

    def __init__(self, groups: int, lags: int, shape: tuple[int, ...]):
        self.total = np.zeros((lags, groups, *shape))

    def add(self, first: int, total: np.ndarray) -> None:
        """Add the sums of the lags from ``first`` on; those past the last lag are left out."""
        room = self.total[first : first + len(total)]
        room += total[: len(room)]

    def read(self, counts: np.ndarray, amplitude: float) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard error of the response, from the number of pairs in each group."""
        mean = self.total.sum(axis=1) / (amplitude * counts.sum())
        spread = np.zeros_like(mean)
        for group, count in enumerate(counts):
            spread += count / counts.sum() * (self.total[:, group] / (amplitude * count) - mean) ** 2
        return mean, np.sqrt(spread / (len(counts) - 1))


@eqx.filter_jit
def push_apart(system: AbstractFieldSystem, state: FieldState, amplitude: Array, place: tuple[int, ...]) -> FieldState:
    """Two copies of each field, (member, 2, *half): raised and lowered by half the amplitude at one grid point."""
    pulse = system.domain.forward(jnp.zeros(system.domain.shape).at[place].set(0.5 * amplitude))
    return FieldState(jnp.stack([state.spectrum + pulse, state.spectrum - pulse], axis=1), state.hidden)


@eqx.filter_jit
def choose_twin(pairs: FieldState, raised: Array) -> FieldState:
    """One copy of each pair, to go on from."""
    return FieldState(jnp.where(raised, pairs.spectrum[:, 0], pairs.spectrum[:, 1]), pairs.hidden)


@eqx.filter_jit
def advance_pairs(
    system: AbstractFieldSystem,
    integrator: AbstractFieldIntegrator,
    dt: Array,
    keys: Key[Array, " member"],
    pairs: FieldState,
    first_step: Array,
    membership: Float[Array, "group member"],
    cut: Cut,
) -> tuple[FieldState, tuple[Float[Array, "lag group ..."], Array]]:
    """Advance all pairs by one chunk; at each interval's start, the summed difference of each group's pairs."""
    step = integrator.stepper(system, dt)
    size = integrator.normals(system)
    # The hidden variables and the noise are the same in both copies, and computed once.
    many = jax.vmap(jax.vmap(step, in_axes=(0, None, None), out_axes=(0, None)))
    starts = first_step + evenly(cut.intervals, cut.every)

    def one_step(now: FieldState, normal: Array) -> tuple[FieldState, None]:
        return FieldState(*many(now.spectrum, now.hidden, normal)), None

    def one_batch(total: Array, batch: tuple[Array, FieldState, Array]) -> tuple[Array, FieldState]:
        own, before, members = batch

        def sweep(now: FieldState, first: Array) -> tuple[FieldState, None]:
            return jax.lax.scan(one_step, now, draw_normals(own, first, cut.every // cut.parts, size, "float32"))[
                0
            ], None

        def one_interval(now: FieldState, first: Array) -> tuple[FieldState, Array]:
            difference = now.spectrum[:, 0] - now.spectrum[:, 1]
            added = jnp.tensordot(members.astype(difference.dtype), difference, axes=1)
            return jax.lax.scan(sweep, now, first + evenly(cut.parts, cut.every // cut.parts))[0], added

        after, added = jax.lax.scan(one_interval, before, starts)
        return total + added, after

    groups, members = membership.shape
    batches = members // cut.batch
    split = jax.tree.map(lambda leaf: leaf.reshape(batches, cut.batch, *leaf.shape[1:]), (keys, pairs))
    columns = jnp.moveaxis(membership.reshape(groups, batches, cut.batch), 1, 0)
    nothing = jnp.zeros((cut.intervals, groups, *pairs.spectrum.shape[2:]), pairs.spectrum.dtype)
    total, pairs = jax.lax.scan(one_batch, nothing, (*split, columns))
    pairs = jax.tree.map(lambda leaf: leaf.reshape(members, *leaf.shape[2:]), pairs)
    finite = jnp.isfinite(pairs.spectrum).reshape(members, -1).all(axis=1)
    return pairs, (system.domain.backward(total), finite)
