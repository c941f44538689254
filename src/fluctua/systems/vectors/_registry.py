"""Systems by the names they have on the command line."""

from collections.abc import Callable

from ...core import unknown_choice
from .._base import AbstractSystem
from ._correlated_additive_multiplicative import CorrelatedAdditiveMultiplicative
from ._enso_triad import EnsoTriad
from ._lorenz63 import Lorenz63
from ._lorenz96 import Lorenz96
from ._multiplicative_reduced_climate import MultiplicativeReducedClimate
from ._ornstein_uhlenbeck import non_normal_ornstein_uhlenbeck
from ._quartic_well import QuarticWell
from ._scalar_reduced_climate import ScalarReducedClimate

SYSTEMS: dict[str, Callable[[], AbstractSystem]] = {
    "ornstein-uhlenbeck": non_normal_ornstein_uhlenbeck,
    "quartic": QuarticWell,
    "scalar-additive": ScalarReducedClimate,
    "scalar-multiplicative": MultiplicativeReducedClimate,
    "power-law": CorrelatedAdditiveMultiplicative,
    "enso-triad": EnsoTriad,
    "lorenz63": Lorenz63,
    "lorenz96": Lorenz96,
}


def system_named(name: str) -> AbstractSystem:
    """The system of that name, with its default parameters.

    Raises:
        OptionError: No system has that name; the message lists those there are, and the nearest.

    Example:
        >>> system_named("enso-triad").names
        ('u1', 'u2', 'tau')
    """
    if name in SYSTEMS:
        return SYSTEMS[name]()
    raise unknown_choice("system", name, SYSTEMS)
