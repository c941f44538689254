"""Names in messages: the first few of many, and what to say of one that is none of them."""

import difflib
from collections.abc import Iterable, Sequence

from ._errors import OptionError


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
