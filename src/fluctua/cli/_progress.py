"""Progress on standard error: bars where it is a terminal, now and then a plain line where it is a file."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from ..core import AbstractProgress, AbstractTask

_SECONDS = 30.0  # between two lines


class _Bar(AbstractTask):
    def __init__(self, bar: "tqdm[Any]"):
        self._bar = bar

    def advance(self, amount: float = 1.0, note: str = "") -> None:
        if note:
            self._bar.set_postfix_str(note, refresh=False)
        self._bar.update(amount)


class BarProgress(AbstractProgress):
    """A bar for every task that takes more than two seconds."""

    @contextmanager
    def task(self, description: str, total: float) -> Iterator[AbstractTask]:
        layout = "{desc}: {percentage:3.0f}%|{bar:30}| {elapsed}<{remaining} {postfix}"
        with tqdm(total=total, desc=description, delay=2.0, leave=False, bar_format=layout) as bar:
            yield _Bar(bar)


class LineProgress(AbstractProgress):
    """At most one line every half minute, over all tasks together."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    @contextmanager
    def task(self, description: str, total: float) -> Iterator[AbstractTask]:
        yield _Line(self, description, total)

    def say(self, description: str, share: float, note: str) -> None:
        """Print how far a task is, if the last line was long enough ago."""
        if time.monotonic() - self._last >= _SECONDS:
            self._last = time.monotonic()
            print(f"{description}: {share:.0%}{f', {note}' if note else ''}", file=sys.stderr, flush=True)


class _Line(AbstractTask):
    def __init__(self, lines: LineProgress, description: str, total: float):
        self._lines, self._description, self._total = lines, description, total
        self._done = 0.0

    def advance(self, amount: float = 1.0, note: str = "") -> None:
        self._done += amount
        self._lines.say(self._description, min(1.0, self._done / self._total) if self._total else 1.0, note)
