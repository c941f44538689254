"""How long work tells the outside that it advances; the core never prints."""

import abc
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


class AbstractTask(abc.ABC):
    """One piece of long work in progress."""

    @abc.abstractmethod
    def advance(self, amount: float = 1.0, note: str = "") -> None:
        """Report that ``amount`` of the announced total is done, with a short note to show beside it."""


class AbstractProgress(abc.ABC):
    """Where progress is shown; the command line shows bars, a library call shows nothing by default."""

    @abc.abstractmethod
    def task(self, description: str, total: float) -> AbstractContextManager[AbstractTask]:
        """Open a task of ``total`` units; use it as a context manager."""


class _SilentTask(AbstractTask):
    def advance(self, amount: float = 1.0, note: str = "") -> None:
        pass


class SilentProgress(AbstractProgress):
    """Shows nothing."""

    @contextmanager
    def task(self, description: str, total: float) -> Iterator[AbstractTask]:
        yield _SilentTask()
