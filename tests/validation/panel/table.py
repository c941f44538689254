"""The systems of the panel, by name, and the bars they are held to."""

from collections.abc import Callable

from .entry import Bars, PanelSystem
from .fields import FIELDS
from .hidden import HIDDEN
from .several import SEVERAL
from .wells import WELLS

SYSTEMS: dict[str, Callable[[], PanelSystem]] = {**WELLS, **SEVERAL, **HIDDEN, **FIELDS}

# Bars of single systems; all others have those of ``Bars()``.
BARS: dict[str, Bars] = {}


def system_of(name: str) -> PanelSystem:
    """A system of the panel."""
    if name not in SYSTEMS:
        raise SystemExit(f"no system {name!r} in the panel; there are {', '.join(SYSTEMS)}")
    return SYSTEMS[name]()


def bars_of(name: str) -> Bars:
    """The bars of a system."""
    return BARS.get(name, Bars())
