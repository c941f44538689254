"""Progress is a bar on a terminal alone; elsewhere a plain line now and then, and nothing when asked to be quiet."""

import io
import sys
import time
from typing import Any

import pytest

from fluctua.cli import progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _run(quiet: bool, clock: Any, monkeypatch: pytest.MonkeyPatch, stream: io.StringIO) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    shown = progress(quiet)
    for description in ("fitting", "estimating"):
        with shown.task(description, 50.0) as task:
            for _ in range(50):
                clock[0] += 1.0
                task.advance(note="loss 0.5")
    return stream.getvalue()


def test_a_file_gets_a_line_every_half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = _run(False, [0.0], monkeypatch, io.StringIO()).splitlines()
    assert lines == ["fitting: 60%, loss 0.5", "estimating: 20%, loss 0.5", "estimating: 80%, loss 0.5"]


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", _Terminal())
    assert type(progress(False)).__name__ == "BarProgress"


@pytest.mark.parametrize("stream", [io.StringIO, _Terminal])
def test_quiet_is_quiet(stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(True, [0.0], monkeypatch, stream()) == ""
