"""``fluctua study heavy-tails`` with options that it cannot run: one line, exit status 2, nothing written."""

import re
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize("seeds", [1, 0, -3])
def test_fewer_than_two_seeds_are_refused(fluctua_command: Any, tmp_path: Path, seeds: int) -> None:
    arguments = ("study", "heavy-tails", "--preset", "quick", "--task", "T3", "--seeds", seeds, "--out", tmp_path / "a")
    done = fluctua_command(*arguments)
    assert (done.status, done.output) == (2, "")
    (line,) = done.errors.strip().splitlines()
    message = (
        rf"Error: The number of seeds is {seeds}; .* needs 2 or more\. Give --seeds 2 or more, or leave it out .*\."
    )
    assert re.fullmatch(message, line), line
    assert list(tmp_path.iterdir()) == []
