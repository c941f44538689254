"""The public surface stays: names, parameters, options and the contents of files are those of the first edition.

What was added is printed (``pytest -s``), what was removed or changed fails unless a table says where it
moved or why it went.
"""

import json
import re
from collections.abc import Callable, Iterable

import pytest
import surface

MOVED = {
    "fluctua.dynamics.systems": "fluctua.systems.vectors",
    "fluctua.dynamics": "fluctua.systems",
    "fluctua.workflow": "fluctua.verbs",
    "fluctua.certify.Uncertainty": "fluctua.statistics.Uncertainty",
    "fluctua.certify.cosine_weights": "fluctua.statistics.cosine_weights",
    "fluctua.certify.long_run_uncertainty": "fluctua.statistics.long_run_uncertainty",
    "fluctua.certify.running_integral": "fluctua.statistics.running_integral",
    "fluctua.certify.Timescales": "fluctua.statistics.Timescales",
    "fluctua.certify.timescales": "fluctua.statistics.timescales",
    "fluctua.response.Block": "fluctua.statistics.Block",
    "fluctua.response.BlockPlan": "fluctua.statistics.BlockPlan",
    "fluctua.response.plan_blocks": "fluctua.statistics.plan_blocks",
    "fluctua.scores.hill": "fluctua.statistics.hill",
}
"""Where a name of the first edition is now; the first entry that fits is taken."""

GONE: dict[str, str] = {}
"""Beginnings of lines, up to the end of a word, that were removed or changed, each with the reason."""

GROUPS: dict[str, Callable[[], Iterable[str]]] = {
    "python": surface.python_lines,
    "commands": surface.command_lines,
    "files": surface.file_lines,
}


def begins(line: str, beginning: str) -> bool:
    """Whether a line begins with these words."""
    return re.match(re.escape(beginning) + r"(?!\w)", line) is not None


def moved(line: str) -> str:
    """A line of the first edition with the present place of its name."""
    for old, new in MOVED.items():
        if begins(line, old):
            return new + line.removeprefix(old)
    return line


@pytest.mark.parametrize("group", GROUPS)
def test_nothing_public_is_gone(group: str) -> None:
    before = {moved(line) for line in json.loads(surface.SNAPSHOT.read_text())[group]}
    now = set(GROUPS[group]())
    for line in sorted(now - before):
        print("added:", line)
    removed = [line for line in sorted(before - now) if not any(begins(line, gone) for gone in GONE)]
    assert not removed, "removed or changed:\n" + "\n".join(removed)


def test_the_tables_name_what_there_was() -> None:
    lines = [line for group in json.loads(surface.SNAPSHOT.read_text()).values() for line in group]
    for table, known in ((MOVED, lines), (GONE, [moved(line) for line in lines])):
        unused = [entry for entry in table if not any(begins(line, entry) for line in known)]
        assert not unused, unused
