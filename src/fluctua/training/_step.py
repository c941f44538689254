"""The state of a training run and the compiled chunk that advances it."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from ..core import named_key
from ..networks import AbstractNetwork
from ..noise import AbstractNoiseLaw, draw_log_uniform_levels
from ..scores._network import NetworkResidual
from ._config import TrainingConfig
from ._objectives import residual_denoising_loss


class HeldOut(eqx.Module):
    """Held-out states with fixed noise and levels, so that two evaluations differ by the network alone."""

    states: Float[Array, "points d"]
    noise: Float[Array, "points d"]
    levels: Float[Array, " levels"]


class TrainingState(eqx.Module):
    """Everything that changes during training; saving and loading it resumes a run exactly."""

    network: AbstractNetwork
    average: AbstractNetwork
    optimiser: optax.OptState
    step: Int[Array, ""]
    best: AbstractNetwork
    best_loss: Float[Array, ""]
    best_step: Int[Array, ""]
    stale: Int[Array, ""]
    clipped: Int[Array, ""]
    training_loss: Float[Array, " evaluations"]
    heldout_history: Float[Array, " evaluations"]


class ChunkOutput(eqx.Module):
    """What one chunk tells the host: how many steps were not finite, and the first of them."""

    nonfinite: Int[Array, ""]
    first_nonfinite: Int[Array, ""]


@functools.cache
def make_optimiser(config: TrainingConfig) -> optax.GradientTransformation:
    """Adam with warm-up, cosine decay to a hundredth and clipping of the gradient's norm."""
    schedule = optax.warmup_cosine_decay_schedule(
        init_value=config.learning_rate / (config.warm_up + 1),
        peak_value=config.learning_rate,
        warmup_steps=config.warm_up,
        decay_steps=config.steps,
        end_value=0.01 * config.learning_rate,
    )
    return optax.chain(optax.clip_by_global_norm(config.gradient_clip), optax.adam(schedule))


def initial_state(network: AbstractNetwork, config: TrainingConfig) -> TrainingState:
    """A run before its first step; the best network so far is the untrained one, of loss exactly zero."""
    parameters = eqx.filter(network, eqx.is_inexact_array)
    count = jnp.zeros((), jnp.int32)
    history = jnp.zeros(config.steps // config.evaluate_every, jnp.float64)
    return TrainingState(
        network=network,
        average=jax.tree.map(jnp.zeros_like, network),
        optimiser=make_optimiser(config).init(parameters),
        step=count,
        best=network,
        best_loss=jnp.zeros((), jnp.float64),
        best_step=count,
        stale=count,
        clipped=count,
        training_loss=history,
        heldout_history=history,
    )


def heldout_losses(
    network: AbstractNetwork, heldout: HeldOut, law: AbstractNoiseLaw, config: TrainingConfig
) -> Float[Array, "levels points"]:
    """The denoising loss at every held-out point and level."""
    residual = NetworkResidual(network, config.sigma_min, config.sigma_max)

    def at_level(level: Float[Array, ""]) -> Float[Array, " points"]:
        loss = functools.partial(residual_denoising_loss, residual, law)
        return jax.vmap(loss, (0, 0, None))(heldout.states, heldout.noise, level)

    return jax.lax.map(at_level, heldout.levels)


evaluate = eqx.filter_jit(heldout_losses)
"""``heldout_losses``, compiled."""


@eqx.filter_jit
def advance(
    state: TrainingState,
    states: Float[Array, "n d"],
    heldout: HeldOut,
    key: PRNGKeyArray,
    law: AbstractNoiseLaw,
    config: TrainingConfig,
) -> tuple[TrainingState, ChunkOutput]:
    """Take ``config.evaluate_every`` optimiser steps, then evaluate on the held-out states.

    The key of each step is derived from the number of the step, so a run that was interrupted goes on as if
    it had not been.
    """
    optimiser = make_optimiser(config)

    def batch_loss(network: AbstractNetwork, step_key: PRNGKeyArray) -> Float[Array, ""]:
        size, dimension = config.batch_size, states.shape[1]
        chosen = jax.random.randint(named_key(step_key, "states"), (size,), 0, len(states))
        noise = law.sample(named_key(step_key, "noise"), (size, dimension), states.dtype)
        levels = draw_log_uniform_levels(
            named_key(step_key, "levels"),
            (size,),
            config.sigma_min,
            config.sigma_max,
            emphasis=config.emphasis,
            dtype=states.dtype,
        )
        residual = NetworkResidual(network, config.sigma_min, config.sigma_max)
        loss = functools.partial(residual_denoising_loss, residual, law)
        return jnp.mean(jax.vmap(loss)(states[chosen], noise, levels))

    def one_step(carry: tuple, _: None) -> tuple[tuple, tuple[Array, Array]]:
        network, average, optimiser_state, step = carry
        loss, gradient = eqx.filter_value_and_grad(batch_loss)(network, jax.random.fold_in(key, step))
        updates, optimiser_state = optimiser.update(gradient, optimiser_state)
        network = eqx.apply_updates(network, updates)
        average = jax.tree.map(
            lambda old, new: config.ema_decay * old + (1.0 - config.ema_decay) * new, average, network
        )
        return (network, average, optimiser_state, step + 1), (loss, optax.tree.norm(gradient))

    start = (state.network, state.average, state.optimiser, state.step)
    end, (losses, norms) = jax.lax.scan(one_step, start, length=config.evaluate_every)
    network, average, optimiser_state, step = end

    # The average started at zero; dividing by the weight it has gathered makes it an average of networks
    # alone.
    weight = -jnp.expm1(step * jnp.log(config.ema_decay)) if config.ema_decay > 0.0 else jnp.ones(())
    candidate = jax.tree.map(lambda leaf: leaf / weight.astype(leaf.dtype), average)
    heldout_loss = jnp.mean(heldout_losses(candidate, heldout, law, config)[0]).astype(jnp.float64)
    better = heldout_loss < state.best_loss
    evaluation = state.step // config.evaluate_every
    finite = jnp.isfinite(losses) & jnp.isfinite(norms)
    advanced = TrainingState(
        network=network,
        average=average,
        optimiser=optimiser_state,
        step=step,
        best=jax.tree.map(lambda new, old: jnp.where(better, new, old), candidate, state.best),
        best_loss=jnp.where(better, heldout_loss, state.best_loss),
        best_step=jnp.where(better, step, state.best_step),
        stale=jnp.where(better, 0, state.stale + 1),
        clipped=state.clipped + jnp.sum(norms > config.gradient_clip, dtype=jnp.int32),
        training_loss=state.training_loss.at[evaluation].set(jnp.mean(losses.astype(jnp.float64))),
        heldout_history=state.heldout_history.at[evaluation].set(heldout_loss),
    )
    first = state.step + jnp.argmin(finite).astype(jnp.int32)
    return advanced, ChunkOutput(jnp.sum(~finite, dtype=jnp.int32), first)
