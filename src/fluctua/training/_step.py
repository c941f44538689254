"""The state of a training run and the compiled chunk that advances it."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Float, Int, PRNGKeyArray

from ..core import named_key
from ..networks import AbstractNetwork
from ..noise import draw_log_uniform_levels
from ._config import LoopOptions
from ._objective import Denoising


class HeldOut(eqx.Module):
    """Held-out states with fixed noise and levels, so that two evaluations differ by the network alone.

    Groups are evaluated one after the other, which bounds the memory that is needed.
    """

    states: Float[Array, "groups points d"]
    noise: Float[Array, "groups points d"]
    levels: Float[Array, " levels"]


class TrainingState(eqx.Module):
    """Everything that changes during training; saving and loading it resumes a run exactly."""

    network: AbstractNetwork
    averages: tuple[AbstractNetwork, ...]
    optimiser: optax.OptState
    step: Int[Array, ""]
    best: AbstractNetwork
    best_loss: Float[Array, ""]
    best_step: Int[Array, ""]
    best_average: Int[Array, ""]
    stale: Int[Array, ""]
    clipped: Int[Array, ""]
    training_loss: Float[Array, " evaluations"]
    heldout_history: Float[Array, " evaluations"]


class ChunkOutput(eqx.Module):
    """What one chunk tells the host: how many steps were not finite, and the first of them."""

    nonfinite: Int[Array, ""]
    first_nonfinite: Int[Array, ""]


@functools.cache
def make_optimiser(options: LoopOptions) -> optax.GradientTransformation:
    """Adam with warm-up, cosine decay to a hundredth and clipping of the gradient's norm."""
    schedule = optax.warmup_cosine_decay_schedule(
        init_value=options.learning_rate / (options.warm_up + 1),
        peak_value=options.learning_rate,
        warmup_steps=options.warm_up,
        decay_steps=options.steps,
        end_value=0.01 * options.learning_rate,
    )
    return optax.chain(optax.clip_by_global_norm(options.gradient_clip), optax.adam(schedule))


def initial_state(network: AbstractNetwork, options: LoopOptions) -> TrainingState:
    """The state before the first step."""
    # Every leaf is an array of its own type: one compilation serves fresh and resumed runs.
    zeros = jax.tree.map(jnp.zeros_like, network)
    history = jnp.full(options.steps // options.evaluate_every, jnp.nan)
    count = jnp.zeros((), jnp.int32)
    return TrainingState(
        network=network,
        averages=(zeros,) * len(options.ema_decays),
        optimiser=make_optimiser(options).init(network),  # pyright: ignore[reportArgumentType]
        step=count,
        best=network,
        best_loss=jnp.zeros((), jnp.float64),
        best_step=count,
        best_average=count,
        stale=count,
        clipped=count,
        training_loss=history,
        heldout_history=history,
    )


def losses_of(
    objective: Denoising,
    network: AbstractNetwork,
    states: Float[Array, "batch d"],
    noise: Float[Array, "batch d"],
    levels: Float[Array, " batch"],
    mesh: Mesh | None,
) -> Float[Array, " batch"]:
    """The loss of every state of a batch; with a mesh, each device takes its share of the batch."""

    def mapped(arrays: tuple, states: Array, noise: Array, levels: Array) -> Array:
        model, rest = eqx.combine(arrays, static)
        return jax.vmap(lambda *state: rest(model, *state))(states, noise, levels)

    arrays, static = eqx.partition((network, objective), eqx.is_array)
    if mesh is None:
        return mapped(arrays, states, noise, levels)
    # Told explicitly, since Fourier transforms would otherwise gather the whole batch on every device.
    whole, share = PartitionSpec(), PartitionSpec("batch")
    return jax.shard_map(mapped, mesh=mesh, in_specs=(whole, share, share, share), out_specs=share)(
        arrays, states, noise, levels
    )


def heldout_losses(
    network: AbstractNetwork,
    heldout: HeldOut,
    levels: Float[Array, " levels"],
    objective: Denoising,
    mesh: Mesh | None = None,
) -> Float[Array, "levels points"]:
    """The denoising loss at every held-out point, groups joined, and at each of the levels."""

    def at_level(level: Float[Array, ""]) -> Float[Array, " points"]:
        def group(pair: tuple[Array, Array]) -> Array:
            return losses_of(objective, network, *pair, jnp.broadcast_to(level, pair[0].shape[:1]), mesh)

        return jax.lax.map(group, (heldout.states, heldout.noise)).reshape(-1)

    return jax.lax.map(at_level, levels)


evaluate = eqx.filter_jit(heldout_losses)
"""``heldout_losses``, compiled."""


@eqx.filter_jit
def advance(
    state: TrainingState,
    batches: Float[Array, "steps batch d"],
    heldout: HeldOut,
    key: PRNGKeyArray,
    objective: Denoising,
    options: LoopOptions,
    mesh: Mesh | None = None,
) -> tuple[TrainingState, ChunkOutput]:
    """Take ``evaluate_every`` optimiser steps, then evaluate every average on the held-out states.

    The key of each step is derived from the number of the step, so a run
    that was interrupted goes on as if it had not been.
    """
    optimiser = make_optimiser(options)
    dtype = batches.dtype

    def batch_loss(network: AbstractNetwork, step_key: PRNGKeyArray, batch: Array) -> Float[Array, ""]:
        noise = objective.law.sample(named_key(step_key, "noise"), batch.shape, dtype)
        levels = draw_log_uniform_levels(
            named_key(step_key, "levels"),
            batch.shape[:1],
            options.sigma_min,
            options.sigma_max,
            emphasis=options.emphasis,
            dtype=dtype,
        )
        return objective.scale * jnp.mean(losses_of(objective, network, batch, noise, levels, mesh))

    def one_step(carry: tuple, batch: Array) -> tuple[tuple, tuple[Array, Array]]:
        network, averages, optimiser_state, step = carry
        loss, gradient = eqx.filter_value_and_grad(batch_loss)(network, jax.random.fold_in(key, step), batch)
        updates, optimiser_state = optimiser.update(gradient, optimiser_state)
        network = eqx.apply_updates(network, updates)
        averages = tuple(
            jax.tree.map(lambda old, new, decay=decay: decay * old + (1.0 - decay) * new, average, network)
            for average, decay in zip(averages, options.ema_decays, strict=True)
        )
        return (network, averages, optimiser_state, step + 1), (loss, optax.tree.norm(gradient))

    start = (state.network, state.averages, state.optimiser, state.step)
    end, (losses, norms) = jax.lax.scan(one_step, start, batches)
    network, averages, optimiser_state, step = end

    candidates = [_debiased(average, decay, step) for average, decay in zip(averages, options.ema_decays, strict=True)]
    levels = heldout.levels[objective.decisive]
    decisive = jnp.stack([jnp.mean(heldout_losses(c, heldout, levels, objective, mesh)) for c in candidates])
    chosen = jnp.argmin(decisive).astype(jnp.int32)
    candidate = jax.tree.map(lambda *leaves: jnp.stack(leaves)[chosen], *candidates)
    heldout_loss = decisive[chosen].astype(jnp.float64)
    better = heldout_loss < state.best_loss
    evaluation = state.step // options.evaluate_every
    finite = jnp.isfinite(losses) & jnp.isfinite(norms)
    advanced = TrainingState(
        network=network,
        averages=averages,
        optimiser=optimiser_state,
        step=step,
        best=jax.tree.map(lambda new, old: jnp.where(better, new, old), candidate, state.best),
        best_loss=jnp.where(better, heldout_loss, state.best_loss),
        best_step=jnp.where(better, step, state.best_step),
        best_average=jnp.where(better, chosen, state.best_average),
        stale=jnp.where(better, 0, state.stale + 1),
        clipped=state.clipped + jnp.sum(norms > options.gradient_clip, dtype=jnp.int32),
        training_loss=state.training_loss.at[evaluation].set(jnp.mean(losses.astype(jnp.float64)) / objective.scale),
        heldout_history=state.heldout_history.at[evaluation].set(heldout_loss),
    )
    first = state.step + jnp.argmin(finite).astype(jnp.int32)
    return advanced, ChunkOutput(jnp.sum(~finite, dtype=jnp.int32), first)


def _debiased(average: AbstractNetwork, decay: float, step: Int[Array, ""]) -> AbstractNetwork:
    """The average started at zero; dividing by the weight it has gathered makes it an average of networks alone."""
    weight = -jnp.expm1(step * jnp.log(decay)) if decay > 0.0 else jnp.ones(())
    return jax.tree.map(lambda leaf: leaf / weight.astype(leaf.dtype), average)
