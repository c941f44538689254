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
    near = difflib.get_close_matches(given.lower(), names, n=1, cutoff=0.4)
    return OptionError(
        f"the {kind} '{given}' was asked for",
        f"the {kind}s are {', '.join(names) if listed is None else listed}",
        f"use '{near[0]}'" if near else "use one of them",
    )


def listed(items: Sequence[str], most: int = 5) -> str:
    """The first few of the items, and how many more there are.

    Example:
        >>> listed(["x", "y", "z"], 2)
        'x, y and 1 more'
    """
    rest = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + rest
