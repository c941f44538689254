"""One pass over a record: the same work on every block of time, whoever does it.

Each block by itself where the record is in memory. Of a stored record, neighbouring blocks are one piece of work: what
they need is read once, and the sums over them are what comes back. Pieces come in the order of time.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..core import AbstractProgress
from ..statistics import Block, FoldPlan
from ._blocks import AbstractBlocks

PIECES = 64  # of a stored record, at least, so that no worker waits long for the last one
PARTS = 3  # parts of each fold, among which what is learned in closed form is chosen


class Numbered(NamedTuple):
    """A block of time with its number in the plan and its part of the fold."""

    number: int
    part: int
    block: Block


Work = Callable[[AbstractBlocks, list[Numbered], Any], Any]


def over_blocks(
    blocks: AbstractBlocks,
    plan: FoldPlan,
    title: str,
    progress: AbstractProgress,
    work: Work,
    reach: int,
    given: Callable[[int], Any] = lambda fold: None,
) -> Iterator[Any]:
    """What a piece of work finds in every group of neighbouring blocks of one fold, in order.

    Args:
        blocks: The record.
        plan: Its blocks of time.
        title: What is being done.
        progress: Where progress is shown.
        work: A function of the record, some blocks of time, and what is given; it can be sent to another process.
        reach: How many steps beyond the end of a block it looks at.
        given: What the work is given for the blocks of a fold.
    """
    groups = _groups(plan, blocks.most_blocks(plan))
    engine = blocks.engine

    def calls() -> Iterator[tuple[Callable[..., Any], tuple[Any, ...]]]:
        everything, fold, shared = engine.share(blocks), None, None
        for group in groups:
            if group[0].block.fold != fold:
                fold = group[0].block.fold
                shared = engine.share(given(fold))
            yield _do, (work, everything, group, reach, shared)

    with progress.task(title, len(plan.blocks)) as task:
        for group, found in zip(groups, engine.results(calls()), strict=True):
            yield found
            task.advance(len(group))


def _do(work: Work, blocks: AbstractBlocks, group: list[Numbered], reach: int, shared: Any) -> Any:
    return work(blocks.within(group[0].block, group[-1].block, reach), group, shared)


def _groups(plan: FoldPlan, most: int) -> list[list[Numbered]]:
    """Runs of neighbouring blocks of one member and fold, of at most so many."""
    groups: list[list[Numbered]] = []
    for number, (block, part) in enumerate(zip(plan.blocks, plan.parts(PARTS), strict=True)):
        last = groups[-1][-1].block if groups else None
        if last is None or len(groups[-1]) >= most or (last.member, last.fold) != (block.member, block.fold):
            groups.append([])
        groups[-1].append(Numbered(number, part, block))
    return groups
