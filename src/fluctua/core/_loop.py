"""The one long loop: a compiled chunk inside a host loop.

Simulation, training and sampling all advance a state by a compiled function of many steps. The host loop around it
shows progress, checks that the state stays finite, and hands every chunk's output to the caller (to store, stream or
checkpoint) before the next one starts.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp

from ._progress import AbstractProgress, SilentProgress

State = TypeVar("State")


@eqx.filter_jit
def all_finite(tree: Any) -> jax.Array:
    """Whether every floating-point array in the tree is finite, as a boolean scalar."""
    leaves = [leaf for leaf in jax.tree.leaves(tree) if eqx.is_inexact_array(leaf)]
    return jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in leaves])) if leaves else jnp.asarray(True)


def run_chunks(
    chunk: Callable[[State, int], tuple[State, Any]],
    state: State,
    chunks: int,
    *,
    first: int = 0,
    description: str = "running",
    progress: AbstractProgress | None = None,
    on_chunk: Callable[[int, State, Any], str | None] | None = None,
    on_nonfinite: Callable[[int], Exception] | None = None,
) -> State:
    """Advance ``state`` by compiled chunks, in order.

    Args:
        chunk: Compiled function ``(state, index) -> (state, output)``; the same shapes every time.
        state: Where to start: any tree of arrays.
        chunks: Index after the last chunk.
        first: Index of the first chunk to run, greater than zero when resuming.
        description: Shown beside the progress.
        progress: Where progress is shown; nowhere by default.
        on_chunk: Called on the host with ``(index, state, output)`` after each chunk. It may return a short note to
            show, and may raise ``StopIteration`` to end the loop early (early stopping).
        on_nonfinite: Makes the exception to raise, from the index of the chunk after which a value is not finite;
            without it, values are not checked.

    Returns:
        The state after the last chunk.
    """
    progress = progress or SilentProgress()
    with progress.task(description, chunks - first) as task:
        for index in range(first, chunks):
            state, output = chunk(state, index)
            if on_nonfinite is not None and not bool(all_finite((state, output))):
                raise on_nonfinite(index)
            note = None
            if on_chunk is not None:
                try:
                    note = on_chunk(index, state, output)
                except StopIteration:
                    break
            task.advance(1.0, note or "")
    return state
