"""Systems by the names they have on the command line."""

from ..core import named
from ._base import AbstractSystem


def system_named(name: str) -> AbstractSystem:
    """The system of that name, with its default parameters.

    Raises:
        OptionError: No system has that name; the message lists those there are, and the nearest.

    Example:
        >>> system_named("enso-triad").variables
        ('u1', 'u2', 'tau')
        >>> system_named("allen-cahn").shape
        (32, 32)
    """
    return named("system", name).member()
