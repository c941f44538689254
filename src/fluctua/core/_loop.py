"""The one long loop: a compiled chunk inside a host loop.

Simulation, training and sampling all advance a state by a compiled function of many steps. The host loop around it
shows progress and hands every chunk's output to the caller (to check, store, stream or checkpoint) before the next one
starts.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from ._progress import AbstractProgress, SilentProgress

State = TypeVar("State")


def run_chunks(
    chunk: Callable[[State, int], tuple[State, Any]],
    state: State,
    chunks: int,
    *,
    first: int = 0,
    description: str = "running",
    progress: AbstractProgress | None = None,
    on_chunk: Callable[[int, State, Any], str | None] | None = None,
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

    Returns:
        The state after the last chunk.
    """
    progress = progress or SilentProgress()
    with progress.task(description, chunks - first) as task:
        for index in range(first, chunks):
            state, output = chunk(state, index)
            note = None
            if on_chunk is not None:
                try:
                    note = on_chunk(index, state, output)
                except StopIteration:
                    break
            task.advance(1.0, note or "")
    return state
