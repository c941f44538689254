"""The loop over laws and seeds that every task runs."""

import math
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from fluctua.core import AbstractProgress, SilentProgress, named_key

from .plan import TASKS
from .rows import Measurement

Job = TypeVar("Job")
Measure = Callable[[Float[np.ndarray, "n d"]], float]

_MOST_WORKERS = 4


def every_seed(
    task: str,
    seeds: int,
    jobs: Sequence[Job],
    measure: Callable[[Job, PRNGKeyArray], list[Measurement]],
    key: PRNGKeyArray,
    progress: AbstractProgress | None,
) -> list[list[Measurement]]:
    """What ``measure`` finds for every job and every seed; all jobs of a seed are given the same key.

    A job runs its seeds one after the other, since what is compiled for the first serves all. Jobs run beside one
    another, as many as there are processor cores: networks this small leave most of a core unused, and compiling is
    half of the time. The result does not depend on how many.

    Args:
        task: Name of the task.
        seeds: Number of seeds.
        jobs: What to measure, such as the laws.
        measure: Gives the measurements of a job, from a key.
        key: Random key of the study.
        progress: Where progress is shown.

    Returns:
        The measurements of each seed, in the order of the jobs.
    """
    stream = named_key(key, task)
    keys = [jax.random.fold_in(stream, seed) for seed in range(seeds)]
    lock, stopped = threading.Lock(), threading.Event()
    with (progress or SilentProgress()).task(f"{task} {TASKS[task]}", len(jobs) * seeds) as bar:

        def run(job: Job) -> list[list[Measurement]]:
            found: list[list[Measurement]] = []
            for own in keys:
                if stopped.is_set():
                    break
                found.append(measure(job, own))
                with lock:
                    bar.advance()
            return found

        pool = ThreadPoolExecutor(max_workers=max(min(os.cpu_count() or 1, _MOST_WORKERS, len(jobs)), 1))
        try:
            by_job = list(pool.map(run, jobs))
        finally:
            # After an error or an interruption, what runs ends with its present seed, and nothing else begins.
            stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)
    return [[measured for found in by_job for measured in found[seed]] for seed in range(seeds)]


def measured(
    setting: str, law: str, drawn: Float[np.ndarray, "n d"], measures: Mapping[str, Measure]
) -> list[Measurement]:
    """Every measure of drawn states; not a number where the states are not numbers."""
    finite = bool(np.isfinite(drawn).all())
    return [
        Measurement(setting, law, quantity, measure(drawn) if finite else math.nan)
        for quantity, measure in measures.items()
    ]
