"""The loop over noise levels, the same for every sampler."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from ..core import AbstractProgress, OptionError, SimulationError, named_key, run_chunks
from ..scores.noised import AbstractNoisedScore
from ._base import AbstractLevelSampler
from ._batches import in_batches
from ._ends import check_trained, state_table

_CHUNK = 10  # levels in one compiled chunk
_BATCH = 4096


@eqx.filter_jit
def _advance(
    sampler: AbstractLevelSampler,
    noised: AbstractNoisedScore,
    states: Array,
    key: PRNGKeyArray,
    first: Array,
    levels: Array,
    followings: Array,
    batch: int,
) -> tuple[Array, Array]:
    """Go down ``_CHUNK`` levels; also whether all states were finite after each."""

    def one_level(current: Array, job: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        index, level, following = job
        level_key = jax.random.fold_in(key, first + index)

        def one_state(state: Array, number: Array) -> Array:
            state_key = jax.random.fold_in(level_key, number)
            return sampler.step(noised, state, level, following, state_key).astype(state.dtype)

        def go(values: Array) -> Array:
            return in_batches(one_state, batch, values, jnp.arange(len(values)))

        # Past the last level the two are equal: nothing is done there, so that every chunk has the same shape.
        after = jax.lax.cond(following < level, go, lambda values: values, current)
        return after, jnp.all(jnp.isfinite(after))

    return jax.lax.scan(one_level, states, (jnp.arange(_CHUNK), levels, followings))


def draw_states(
    sampler: AbstractLevelSampler,
    noised: AbstractNoisedScore,
    states: ArrayLike,
    levels: ArrayLike | Sequence[float],
    *,
    key: PRNGKeyArray,
    batch: int = _BATCH,
    progress: AbstractProgress | None = None,
) -> Float[np.ndarray, "n d"]:
    r"""Take noised states down through the noise levels, to states with little noise or none.

    The states come in as if noised at the first level and go out noised at the last one, one step of the sampler from
    each level to the next. Start with ``noised_states``; where the sampler ends at a positive level, finish with
    ``posterior_mean_step``. The random numbers of state k at level i depend on ``(key, i, k)`` alone: more states, or
    another batch, change none.

    Args:
        sampler: How a step is made.
        noised: Score and posterior mean of the noised states.
        states: States noised at the first level, shape ``(n, d)``, in the units of the record.
        levels: Noise levels, descending, shape ``(levels,)``, in the units of the record; the last one may be 0 where
            the sampler can end there.
        key: Random key; the same key gives the same draws.
        batch: States advanced together; fewer need less memory.
        progress: Where progress is shown.

    Returns:
        States noised at the last level, shape ``(n, d)``.

    Raises:
        OptionError: Levels out of order or beyond those that the score was trained at, states of another shape, or a
            sampler that is not valid for the noise law.
        SimulationError: A state that is not finite; names the level.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian, geometric_levels
        >>> from fluctua.sampling import ProbabilityFlow, noised_states
        >>> from fluctua.scores.noised import NoisedEmpirical
        >>> record = np.random.default_rng(0).standard_normal((100, 2))
        >>> noised = NoisedEmpirical(Gaussian(), record)
        >>> levels = geometric_levels(0.1, 3.0, 20)[::-1]
        >>> start = noised_states(record, 3.0, Gaussian(), jax.random.key(0))
        >>> draw_states(ProbabilityFlow(), noised, start, levels, key=jax.random.key(1)).shape
        (100, 2)
    """
    if not isinstance(sampler, AbstractLevelSampler):
        name = sampler.__name__ if isinstance(sampler, type) else "ProbabilityFlow"
        raise OptionError(
            f"the sampler is {sampler!r}", "a sampler with its settings is needed", f"give one, such as {name}()"
        )
    start, ladder = state_table(states, noised), np.asarray(levels, np.float64)
    if not np.isfinite(start).all():
        raise OptionError(
            "the states to start from hold values that are not finite", "every value must be a number", "replace them"
        )
    _check_levels(ladder, sampler)
    check_trained(noised, ladder[ladder > 0.0])
    sampler.check(noised)
    sampler.check_levels(ladder, noised.dimension)
    if batch < 1:
        raise OptionError(f"a batch of {batch} states was asked for", "at least 1 is needed", f"use batch={_BATCH}")
    steps = len(ladder) - 1
    chunks = -(-steps // _CHUNK)
    padded = np.concatenate([ladder, np.full(chunks * _CHUNK - steps, ladder[-1])])
    stream = named_key(key, "levels")

    def chunk(current: Array, index: int) -> tuple[Array, Array]:
        first = index * _CHUNK
        upper, lower = padded[first : first + _CHUNK], padded[first + 1 : first + 1 + _CHUNK]
        number = jnp.asarray(first, jnp.uint32)
        return _advance(sampler, noised, current, stream, number, jnp.asarray(upper), jnp.asarray(lower), batch)

    def watch(index: int, current: Array, finite: Array) -> None:
        if not bool(jnp.all(finite)):
            step = index * _CHUNK + int(np.argmin(np.asarray(finite)))
            raise SimulationError(
                f"a state became infinite on the way from level {padded[step]:.3g} to {padded[step + 1]:.3g} "
                f"(step {step + 1} of {steps})",
                f"{type(sampler).__name__} needs a score and a posterior mean that are finite wherever it goes",
                "use more levels or a smaller step, and start from noised states of the record",
            )

    final = run_chunks(chunk, jnp.asarray(start), chunks, description="sampling", progress=progress, on_chunk=watch)
    return np.asarray(final)


def _check_levels(levels: np.ndarray, sampler: AbstractLevelSampler) -> None:
    name = type(sampler).__name__
    if levels.ndim != 1 or len(levels) < 2:
        raise OptionError(
            f"levels of shape {levels.shape} were given",
            "a list of at least two levels is needed, the one to start at and the one to end at",
            "give, for example, geometric_levels(0.05, 20.0, 40)[::-1]",
        )
    wrong = np.flatnonzero(~(levels[1:] < levels[:-1]))
    if len(wrong) or not np.isfinite(levels[0]):
        place = int(wrong[0]) if len(wrong) else 0
        raise OptionError(
            f"level {place + 1} is {levels[place]:.6g} and level {place + 2} is {levels[place + 1]:.6g}",
            "every level must be a number and smaller than the one before it",
            "sort the levels from the largest to the smallest and give each once",
        )
    if levels[-1] < 0.0 or levels[-2] <= 0.0:
        raise OptionError(
            f"the last levels are {levels[-2]:.6g} and {levels[-1]:.6g}",
            "noise levels are positive",
            f"end at a positive level{', or at 0' if sampler.ends_at_zero else ''}",
        )
    if levels[-1] == 0.0 and not sampler.ends_at_zero:
        raise OptionError(
            "the last level is 0",
            f"{name} needs noise at every level",
            f"end at {levels[-2]:.6g} and remove what is left by posterior_mean_step",
        )
