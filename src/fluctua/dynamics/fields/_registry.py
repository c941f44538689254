"""Field systems by the names they have on the command line."""

import difflib
from collections.abc import Callable

from ...core import OptionError
from ._allen_cahn import AllenCahn
from ._base import AbstractFieldSystem
from ._navier_stokes import NavierStokes
from ._ornstein_uhlenbeck import OrnsteinUhlenbeckField

FIELD_SYSTEMS: dict[str, Callable[[], AbstractFieldSystem]] = {
    "ou-field": OrnsteinUhlenbeckField,
    "allen-cahn": AllenCahn,
    "navier-stokes": NavierStokes,
}


def field_system_named(name: str) -> AbstractFieldSystem:
    """The field system of that name, with its default parameters.

    Raises:
        OptionError: No field system has that name; the message lists those there are, and the nearest.

    Example:
        >>> field_system_named("allen-cahn").domain.shape
        (32, 32)
    """
    if name in FIELD_SYSTEMS:
        return FIELD_SYSTEMS[name]()
    near = difflib.get_close_matches(name.lower(), FIELD_SYSTEMS, n=1, cutoff=0.4)
    raise OptionError(
        f"the field system '{name}' was asked for",
        f"the field systems are {', '.join(FIELD_SYSTEMS)}",
        f"use '{near[0]}'" if near else "use one of them",
    )
