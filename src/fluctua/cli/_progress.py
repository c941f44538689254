"""Progress bars on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from ..core import AbstractProgress, AbstractTask


class _Bar(AbstractTask):
    def __init__(self, bar: "tqdm[Any]"):
        self._bar = bar

    def advance(self, amount: float = 1.0, note: str = "") -> None:
        if note:
            self._bar.set_postfix_str(note, refresh=False)
        self._bar.update(amount)


class TerminalProgress(AbstractProgress):
    """A bar on standard error for every task that takes more than two seconds."""

    @contextmanager
    def task(self, description: str, total: float) -> Iterator[AbstractTask]:
        layout = "{desc}: {percentage:3.0f}%|{bar:30}| {elapsed}<{remaining} {postfix}"
        with tqdm(total=total, desc=description, delay=2.0, leave=False, bar_format=layout) as bar:
            yield _Bar(bar)
