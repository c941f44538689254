"""One of several names: what to say when it is none of them."""

import difflib
from collections.abc import Iterable

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
