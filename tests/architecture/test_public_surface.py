"""The public surface stays: names, parameters, options and the contents of files are those of the first edition.

What was added is printed (``pytest -s``); what was removed or changed fails unless ``PLACES`` says where it
may be now or ``GONE`` why it went.
"""

import json
import re
from collections.abc import Callable, Iterable

import pytest
import surface

PLACES = {
    "fluctua.dynamics.systems": ("fluctua.systems.vectors", "fluctua.systems"),
    "fluctua.dynamics": ("fluctua.systems",),
    "fluctua.workflow": ("fluctua.verbs",),
    "fluctua.certify": ("fluctua.certify", "fluctua.statistics", "fluctua.features"),
    "fluctua.response": ("fluctua.response", "fluctua.statistics", "fluctua.features"),
    "fluctua.scores": ("fluctua.scores", "fluctua.features", "fluctua.statistics"),
}
"""Where the names of a package of the first edition may be now; the first entry that fits is taken."""

GONE: dict[str, str] = {
    "fluctua.studies": "studies of papers are not part of the package: python -m studies.NAME",
    "fluctua study": "python -m studies.NAME takes its place",
}
"""Beginnings of lines of the first edition, up to the end of a word, that were removed or changed, with the reason."""

GROUPS: dict[str, Callable[[], Iterable[str]]] = {
    "python": surface.python_lines,
    "commands": surface.command_lines,
    "files": surface.file_lines,
}


def begins(line: str, beginning: str) -> bool:
    """Whether a line begins with these words."""
    return re.match(re.escape(beginning) + r"(?!\w)", line) is not None


def places(line: str) -> list[str]:
    """A line of the first edition with each place that its name may have now."""
    for old, packages in PLACES.items():
        if begins(line, old):
            return [new + line.removeprefix(old) for new in packages]
    return [line]


@pytest.mark.parametrize("group", GROUPS)
def test_nothing_public_is_gone(group: str) -> None:
    before = json.loads(surface.SNAPSHOT.read_text())[group]
    now = set(GROUPS[group]())
    for added in sorted(now - {place for line in before for place in places(line)}):
        print("added:", added)
    missing = [line for line in before if now.isdisjoint(places(line))]
    removed = [line for line in missing if not any(begins(line, gone) for gone in GONE)]
    assert not removed, "removed or changed:\n" + "\n".join(removed)


@pytest.mark.parametrize("table", [PLACES, GONE], ids=["places", "gone"])
def test_the_tables_name_what_there_was(table: dict[str, object]) -> None:
    lines = [line for group in json.loads(surface.SNAPSHOT.read_text()).values() for line in group]
    unused = [entry for entry in table if not any(begins(line, entry) for line in lines)]
    assert not unused, unused
