"""The loop over seeds and laws that every task runs."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from ...core import AbstractProgress, SilentProgress, named_key
from ._plan import TASKS
from ._rows import Measurement

Job = TypeVar("Job")
Measure = Callable[[Float[np.ndarray, "n d"]], float]


def every_seed(
    task: str,
    seeds: int,
    jobs: Sequence[Job],
    measure: Callable[[Job, PRNGKeyArray], list[Measurement]],
    key: PRNGKeyArray,
    progress: AbstractProgress | None,
) -> list[list[Measurement]]:
    """What ``measure`` finds for every job and every seed; all jobs of a seed are given the same key.

    Jobs come first and seeds last, so that what is compiled for a job serves all seeds.
    """
    found: list[list[Measurement]] = [[] for _ in range(seeds)]
    stream = named_key(key, task)
    with (progress or SilentProgress()).task(f"{task} {TASKS[task]}", len(jobs) * seeds) as bar:
        for job in jobs:
            for seed in range(seeds):
                found[seed] += measure(job, jax.random.fold_in(stream, seed))
                bar.advance()
    return found


def measured(
    setting: str, law: str, drawn: Float[np.ndarray, "n d"], measures: Mapping[str, Measure]
) -> list[Measurement]:
    """Every measure of drawn states; not a number where the states are not numbers."""
    finite = bool(np.isfinite(drawn).all())
    return [
        Measurement(setting, law, quantity, measure(drawn) if finite else math.nan)
        for quantity, measure in measures.items()
    ]
