"""Following the advice of messages: options and expressions are read from the words of the message itself."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Arguments = tuple[str, ...]
Advice = Callable[[str, Arguments, Path], Arguments | None]
"""Takes one line of what was said, the arguments and the folder; gives new arguments, or None where it says nothing."""

_FLAGS = ("detrend", "steps", "keep-outliers", "measurement-noise", "allow-unreliable", "overwrite")
_REPEATED = ("missing", "drop", "state", "observe", "variable", "rename", "anomaly", "cycle", "standardise", "push")
_OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)(?: (?!--)('[^']*'|[^\s;,)]+(?:,[\d.]+)?))?")
_WRITTEN = r"(?:write|did you mean|use|as in|such as|give) '([^']+)'"


Make = Callable[[Path], None]
"""Writes an input into a folder."""


class Row(NamedTuple):
    """One remedy.

    Args:
        name: What it is about.
        make: Writes the input into a folder.
        asked: Arguments of the command; ``--out`` is added.
        says: Words of the remedy, which must be told.
        advice: How it is followed, step by step; each is tried on every line of what is told.
        end: What there must be at the end, given the folder with the result in ``out``.
        left: Words of warnings that may be left at the end.
    """

    name: str
    make: Make
    asked: Arguments
    says: str
    advice: tuple[Advice, ...]
    end: "Right | str"
    left: tuple[str, ...] = ()


class Right(NamedTuple):
    """An answer that is right: by what is known of the system, or equal to that of a record prepared by hand."""

    check: Callable[[Path], None]


def takes(*names: str, after: str = "") -> Advice:
    """The options of these names, with the values that the message gives them behind these words."""

    def follow(line: str, asked: Arguments, folder: Path) -> Arguments | None:
        added: list[str] = []
        for name, value in _OPTION.findall(line.partition(after)[2] if after else line):
            value = _plain(value)
            if name not in names or (name not in _FLAGS and not value):
                continue
            option = (f"--{name}",) if name in _FLAGS else (f"--{name}", value)
            once = name not in _REPEATED and option[0] in added
            if not once and not _holds(asked, option) and not _holds(tuple(added), option):
                added += option
        if not added:
            return None
        single = [name for name in added if name.startswith("--") and name[2:] not in (*_REPEATED, *_FLAGS)]
        for name in single:
            asked = without(asked, name)
        return (*asked, *added)

    return follow


def instead(name: str) -> Advice:
    """The value of an option is the last one that the message gives it."""

    def follow(line: str, asked: Arguments, folder: Path) -> Arguments | None:
        values = [_plain(value) for found, value in _OPTION.findall(line) if found == name and value]
        changed = (*without(asked, f"--{name}"), f"--{name}", values[-1]) if values else asked
        return None if sorted(changed) == sorted(asked) else changed

    return follow


def leaves(name: str) -> Advice:
    """An option is left out, as the message says by its name."""

    def follow(line: str, asked: Arguments, folder: Path) -> Arguments | None:
        said = re.search(rf"leave [^;]*--{name}\b[^;.]* out", line, re.IGNORECASE)
        return without(asked, f"--{name}") if said and f"--{name}" in asked else None

    return follow


def writes(option: str) -> Advice:
    """The value of an option is what the message tells to write."""

    def follow(line: str, asked: Arguments, folder: Path) -> Arguments | None:
        found = re.findall(_WRITTEN, line, re.IGNORECASE)
        if not found:
            return None
        place = asked.index(option) + 1
        wrong = re.search(r"(?:names|calls) '([^']+)'; .*did you mean", line, re.IGNORECASE)
        written = asked[place].replace(wrong[1], found[-1]) if wrong else found[-1]
        return (*asked[:place], written, *asked[place + 1 :])

    return follow


def edits(words: str, change: Callable[[Path], None]) -> Advice:
    """The file is changed, where the message has these words."""

    def follow(line: str, asked: Arguments, folder: Path) -> Arguments | None:
        if words.lower() not in line.lower():
            return None
        change(folder)
        return asked

    return follow


def asks(words: str, arguments: Callable[[Arguments], Arguments]) -> Advice:
    """Another call, where the message has these words and no option by which it could be read."""

    def follow(line: str, asked: Arguments, folder: Path) -> Arguments | None:
        return arguments(asked) if words.lower() in line.lower() else None

    return follow


def without(asked: Arguments, option: str) -> Arguments:
    """The arguments without an option and its value."""
    kept: list[str] = []
    skipped = False
    for place, argument in enumerate(asked):
        if skipped:
            skipped = False
        elif argument == option:
            skipped = option[2:] not in _FLAGS and place + 1 < len(asked)
        else:
            kept.append(argument)
    return tuple(kept)


def words(command: str) -> Arguments:
    """The arguments of a command line as it is typed."""
    return tuple(shlex.split(command))


def _plain(value: str) -> str:
    """A value as it is meant: in quotation marks, or without the mark at the end of the sentence."""
    return value.strip("'") if value.startswith("'") else value.rstrip(".")


def _holds(asked: Arguments, option: tuple[str, ...]) -> bool:
    size = len(option)
    return any(asked[place : place + size] == option for place in range(len(asked) - size + 1))
