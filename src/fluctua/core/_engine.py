"""Who computes the pieces of a long sum: this process, one after the other, or the workers of dask.

A call is a function with its arguments. Results come in the order of the calls, whoever finishes first, so that sums of
them do not depend on the scheduler. dask is imported only where it is used.
"""

import contextlib
import functools
import multiprocessing
import os
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from itertools import islice
from typing import Any

from ._errors import DataError
from ._stored import AbstractStored, States, pieces_of

Call = tuple[Callable[..., Any], tuple[Any, ...]]

_AHEAD = 4  # calls for each thread of a cluster that are under way
_PROCESSES = ("processes", "multiprocessing")
_BATCH = 8  # calls for each worker of a local scheduler that are given to it at once


class Engine:
    """This process, one call after the other."""

    def share(self, value: Any) -> Any:
        """A value that many calls take as an argument, in the form in which they are to be given it."""
        return value

    def results(self, calls: Iterable[Call]) -> Iterator[Any]:
        """The result of every call, in order."""
        for function, arguments in calls:
            yield function(*arguments)


class LocalEngine(Engine):
    """A scheduler of dask on this machine: the one that is set by ``dask.config``, and threads by default."""

    def results(self, calls: Iterable[Call]) -> Iterator[Any]:
        import dask

        name = dask.config.get("scheduler", None) or "threads"
        workers = dask.config.get("num_workers", None) or os.cpu_count() or 1
        options = {"scheduler": name, "num_workers": workers}
        if name in _PROCESSES and dask.config.get("pool", None) is None:
            options["pool"] = _processes(workers)
        rest = iter(calls)
        try:
            while batch := list(islice(rest, _BATCH * workers)):
                tasks = [dask.delayed(_called, pure=False, traverse=False)(_Packed(call)) for call in batch]
                yield from dask.compute(*tasks, **options)
        except BrokenExecutor as error:
            _processes.cache_clear()
            raise DataError(
                "a process that computed a part of the sums has died",
                "every process needs about 1 GB of memory, and dask's processes cannot be replaced",
                "use fewer (dask.config.set(num_workers=1)), or a dask.distributed.Client(), which goes on with others",
            ) from error


@functools.lru_cache(maxsize=1)
def _processes(workers: int) -> ProcessPoolExecutor:
    """Processes that stay for the next sums, for they take seconds to begin."""
    import dask
    from dask.multiprocessing import initialize_worker_process

    context = multiprocessing.get_context(dask.config.get("multiprocessing.context", "spawn"))
    return ProcessPoolExecutor(workers, context, initialize_worker_process)


class ClusterEngine(Engine):
    """The workers of a ``dask.distributed`` client.

    A worker that dies costs the calls that it had: the scheduler gives them to others. What is shared is kept by the
    scheduler as well, so that it can be made again.
    """

    def __init__(self, client: Any):
        self.client = client

    def share(self, value: Any) -> Any:
        with _without_advice():
            return self.client.submit(_same, _Packed(value), pure=False)

    def results(self, calls: Iterable[Call]) -> Iterator[Any]:
        from distributed import KilledWorker

        pending: deque[Any] = deque()
        most = _AHEAD * max(1, sum(self.client.nthreads().values()))
        try:
            for function, arguments in calls:
                with _without_advice():
                    pending.append(self.client.submit(function, *arguments, pure=False))
                if len(pending) >= most:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        except KilledWorker as error:
            raise DataError(
                f"a part of the sums was lost with its worker several times ({str(error).splitlines()[0][:200]})",
                "every worker needs about 1 GB of memory for each of its threads beside what it holds",
                "start workers with more memory or fewer threads, such as LocalCluster(threads_per_worker=1)",
            ) from error
        finally:
            if pending:  # an error, an interrupt, or nobody wants the rest
                self.client.cancel(list(pending))


def engine_for(values: States) -> Engine:
    """Who computes the sums over a record.

    The client of ``dask.distributed`` if there is one; the scheduler of dask for a record that is dask-backed or where
    one was chosen; else this process. A record in memory stays where it is.
    """
    if not isinstance(values, AbstractStored):
        return Engine()
    if "distributed" in sys.modules:
        with contextlib.suppress(ValueError):
            return ClusterEngine(sys.modules["distributed"].default_client())
    chosen = "dask" in sys.modules and sys.modules["dask"].config.get("scheduler", None)
    return LocalEngine() if values.parallel or chosen else Engine()


def as_dask(values: AbstractStored) -> Any:
    """Flat stored states as an array of dask, shape ``(member * time, d)``, of which each piece is read when needed."""
    import dask
    import dask.array

    def piece(member: int, start: int, stop: int) -> Any:
        task = dask.delayed(_called, pure=False, traverse=False)(_Packed((values.read, (member, start, stop))))
        return dask.array.from_delayed(task, (stop - start, values.shape[2]), values.dtype)

    return dask.array.concatenate([piece(*place) for place in pieces_of(values)], axis=0)


class _Packed:
    """A value that dask passes on as it is, whatever is inside."""

    def __init__(self, value: Any):
        self.value = value


def _called(packed: _Packed) -> Any:
    function, arguments = packed.value
    return function(*arguments)


def _same(packed: _Packed) -> Any:
    return packed.value


@contextlib.contextmanager
def _without_advice() -> Iterator[None]:
    """Without the advice to scatter large arguments: what is scattered is lost with its worker."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending large graph")
        yield
