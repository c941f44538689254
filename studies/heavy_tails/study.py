"""The study of heavy-tailed noise: its tasks one after the other, and the table of their rows.

Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021), reports better scores and
fairer samples with generalised normal noise; Jolicoeur-Martineau et al., arXiv 2304.05907, and Cherkaoui et al., arXiv
2605.13175, that Gaussian noise is best after all.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from fluctua.core import AbstractProgress, OptionError, unknown_choice

from .finished import rows_of_task
from .images import has_scikit_learn, images_of_folder
from .imbalanced import imbalanced_rows
from .modes import stable_mixture_rows, weighted_grid_rows
from .plan import TASKS, HeavyTailPlan
from .published import PUBLISHED_SEEDS
from .rows import HeavyTailRow
from .score_error import score_error_rows
from .stable_law import stable_law_rows
from .tail_response import tail_response, tail_response_plan
from .tails import tail_rows
from .two_modes import two_mode_rows

_FEWEST = 2  # seeds
_RUN: dict[str, Callable[[HeavyTailPlan, PRNGKeyArray, AbstractProgress | None], list[HeavyTailRow]]] = {
    "T1": score_error_rows,
    "T2": two_mode_rows,
    "T3": stable_law_rows,
    "T4": weighted_grid_rows,
    "T5": stable_mixture_rows,
    "T6": tail_rows,
    "T8": lambda plan, key, progress: tail_response(
        tail_response_plan(plan.full)._replace(seeds=plan.seeds), key, progress
    ),
}


class HeavyTailResult(NamedTuple):
    """What the study measured.

    Attributes:
        preset: Its size.
        rows: Every number, averaged over seeds.
        notes: What a reader must know: sizes, what was left out, times.
        seconds: Time of each task.

    Example:
        >>> HeavyTailResult("quick", [], ["Quick: small networks."], {"T1": 3.0}).seconds["T1"]
        3.0
    """

    preset: str
    rows: list[HeavyTailRow]
    notes: list[str]
    seconds: dict[str, float]


def with_seeds(plan: HeavyTailPlan, seeds: int | None) -> HeavyTailPlan:
    """The plan with so many seeds for every task, those that have a number of their own too.

    The seeds of a task are a sequence: with more of them the first ones stay as they were.

    Raises:
        OptionError: Fewer than two.

    Example:
        >>> from studies.heavy_tails import heavy_tail_plan
        >>> plan = with_seeds(heavy_tail_plan("full"), 7)
        >>> plan.seeds, plan.stable_law.seeds
        (7, 7)
    """
    if seeds is None:
        return plan
    if seeds < _FEWEST:
        raise OptionError(
            f"the number of seeds is {seeds}",
            f"a mean with a standard error needs {_FEWEST} or more",
            f"give --seeds {_FEWEST} or more, or leave it out for the {plan.seeds} of the preset",
        )
    return plan._replace(seeds=seeds, stable_law=plan.stable_law._replace(seeds=seeds))


def measure_heavy_tails(
    plan: HeavyTailPlan,
    tasks: Sequence[str] | None = None,
    *,
    seed: int = 0,
    images: str | Path | None = None,
    progress: AbstractProgress | None = None,
    checkpoint: Path | None = None,
) -> HeavyTailResult:
    """Run the tasks of a plan.

    Args:
        plan: The sizes.
        tasks: Names of tasks, such as ``["T1", "T3"]``; all that the plan has by default.
        seed: Seed of every random choice.
        images: Folder with the training images of Fashion-MNIST or MNIST as IDX files, for task T7 at ``"full"``.
        progress: Where progress is shown.
        checkpoint: Folder in which the rows of every task are kept when it has ended: the same call after an
            interruption goes on behind the last of them.

    Raises:
        OptionError: An unknown task, or one that the plan does not have.
        DataError: The images cannot be read.
    """
    chosen = _chosen(plan, tasks)
    notes = [*plan.notes, f"Seeds: {plan.seeds}; T3 {plan.stable_law.seeds}, its published table {PUBLISHED_SEEDS}."]
    folder = None if images is None else Path(images)
    if folder is not None and not (plan.full and "T7" in chosen):
        raise OptionError(
            f"images were given (--images {folder}) to the preset {plan.preset} with the tasks {', '.join(chosen)}",
            "only task T7 of the preset full reads images",
            "leave --images out, or give --preset full --task T7",
        )
    if "T7" in chosen and not has_scikit_learn() and not tasks:
        chosen.remove("T7")
        notes.append("T7 (imbalanced images) was left out: it needs scikit-learn, which fluctua[studies] installs.")
    elif "T7" in chosen and folder is None and plan.full:
        notes.append("T7: Fashion-MNIST was left out, since no folder of its files was given (--images).")
    if folder is not None:
        # What cannot be read is said before hours are spent, not after them.
        images_of_folder(folder, np.random.default_rng(seed))
    key = jax.random.key(seed)
    identity = {"plan": repr(plan), "seed": seed, "images": None if folder is None else str(folder.absolute())}
    rows, seconds = [], {}
    for task in chosen:
        started = time.perf_counter()
        rows += rows_of_task(task, partial(_run, task, plan, key, progress, folder), checkpoint, identity)
        seconds[task] = round(time.perf_counter() - started, 1)
    notes += _unfinished(rows)
    spent = ", ".join(f"{task} {time:.0f} s" for task, time in seconds.items())
    notes.append(f"Time on {jax.default_backend()}: {spent}.")
    return HeavyTailResult(plan.preset, rows, notes, seconds)


def _run(
    task: str, plan: HeavyTailPlan, key: PRNGKeyArray, progress: AbstractProgress | None, folder: Path | None
) -> list[HeavyTailRow]:
    return imbalanced_rows(plan, key, progress, folder) if task == "T7" else _RUN[task](plan, key, progress)


def _chosen(plan: HeavyTailPlan, tasks: Sequence[str] | None) -> list[str]:
    names = list(dict.fromkeys(task.upper() for task in tasks or plan.tasks))
    for name in names:
        if name in TASKS and name not in plan.tasks:
            raise OptionError(
                f"the task {name} ({TASKS[name]}) was asked for at the preset {plan.preset}",
                f"this preset has the tasks {', '.join(plan.tasks)}",
                "give --preset full",
            )
        if name not in plan.tasks:
            raise unknown_choice("task", name, plan.tasks)
    return names


def _unfinished(rows: Sequence[HeavyTailRow]) -> list[str]:
    """A note on every task where some seed gave no number."""
    notes = []
    for task in dict.fromkeys(row.task for row in rows):
        mine = [row for row in rows if row.task == task]
        most = max(row.seeds for row in mine)
        short = {(row.law, row.setting): row.seeds for row in mine if row.seeds < most}
        for (law, setting), seeds in short.items():
            notes.append(f"{task}: {most - seeds} of {most} runs of {law} ({setting}) ended in infinite values.")
    return notes
