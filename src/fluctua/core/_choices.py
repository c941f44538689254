"""Names in messages: the first few of many, and what to say of one that is none of them."""

import difflib
import numbers
import shlex
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ._errors import OptionError

_MARKS = ".,:;!?"
NO_VALUES = {"and", "as", "beside", "for", "gives", "has", "hold", "holds", "if", "in", "is", "may", "or"}
NO_VALUES |= {"once", "out", "to", "together", "was", "which", "with"}
"""Words that stand behind an option and are no value of it."""


def unknown_choice(kind: str, given: str, choices: Iterable[str], listed: str | None = None) -> OptionError:
    """The error for a name that is not among the choices; it lists them, and names the nearest.

    Args:
        kind: What is chosen, in the singular.
        given: The name that was given.
        choices: The names there are.
        listed: How the message lists them, where that is not a plain list.

    Example:
        >>> str(unknown_choice("preset", "quik", ["quick", "full"]))
        "The preset 'quik' was asked for; the presets are quick, full. Use 'quick'."
    """
    names = list(choices)
    near = nearest(given, names, cutoff=0.4)
    return OptionError(
        f"the {kind} '{given}' was asked for",
        f"the {kind}s are {', '.join(names) if listed is None else listed}",
        f"use '{near}'" if near else "use one of them",
    )


def nearest(given: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The name that is most like the given one, whatever its case; nothing where none is like it.

    Example:
        >>> nearest("TAU", ["tau", "u1"]), nearest("tua", ["tau", "u1"]), nearest("pressure", ["tau", "u1"])
        ('tau', 'tau', None)
    """
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(given.casefold(), list(folded), n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def listed(items: Sequence[str], most: int = 5) -> str:
    """The first few of the items, and how many more there are.

    Example:
        >>> listed(["x", "y", "z"], 2)
        'x, y and 1 more'
    """
    rest = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + rest


def listed_names(names: Iterable[str], most: int = 12) -> str:
    """The first few of the names in quotation marks, and how many more there are.

    Example:
        >>> listed_names(["x", "y", "z"], 2)
        "'x', 'y' and 1 more"
    """
    return listed([f"'{name}'" for name in names], most)


def option(name: str, value: str | None = None) -> str:
    """An option as it is typed in a terminal, for a message, where marks behind it must not be taken for a part of it.

    Example:
        >>> option("drop", "x"), option("drop", "Hour (UTC)"), option("drop", "Vol."), option("steps")
        ('--drop x', "--drop 'Hour (UTC)'", "--drop 'Vol.'", '--steps')
    """
    if value is None:
        return f"--{name}"
    told_apart = bool(value) and value[-1] not in _MARKS and value not in NO_VALUES
    return f"--{name} {shlex.quote(value) if told_apart else _quoted(value)}"


def _quoted(value: str) -> str:
    written = shlex.quote(value)
    return f"'{written}'" if written == value else written


def options(name: str, values: Iterable[str]) -> str:
    """An option once for each of the values.

    Example:
        >>> options("state", ["x", "sea ice"])
        "--state x --state 'sea ice'"
    """
    return " ".join(option(name, value) for value in values)


def described(value: Any) -> str:
    """A value that somebody gave and its type, on one line, for a message.

    Example:
        >>> described([1, 2]), described(0.5)
        ('[1, 2], a list', '0.5, a float')
    """
    kind = type(value).__name__
    return f"{' '.join(repr(value).split())[:60]}, {'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"


def is_number(value: Any) -> bool:
    """Whether a value is a real number, of Python or NumPy; truth values and durations are none.

    Example:
        >>> is_number(3), is_number(True)
        (True, False)
    """
    number = isinstance(value, numbers.Real | np.number) and not isinstance(value, complex | np.complexfloating)
    return number and not isinstance(value, bool | np.timedelta64)
