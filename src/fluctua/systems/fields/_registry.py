"""Field systems by the names they have on the command line."""

from collections.abc import Callable

from ...core import unknown_choice
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
    raise unknown_choice("field system", name, FIELD_SYSTEMS)
