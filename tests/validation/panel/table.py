"""The systems of the panel, by name, and the bars they are held to."""

from collections.abc import Callable

from .entry import Bars, PanelSystem
from .fields import FIELDS
from .hidden import HIDDEN
from .measure import SEEN
from .several import SEVERAL
from .wells import WELLS

SYSTEMS: dict[str, Callable[[], PanelSystem]] = {**WELLS, **SEVERAL, **HIDDEN, **FIELDS}

# How many records the slow tests take of each, 40 of those that are not here: with the estimator as it is, all systems
# together end within three hours on two cores. Bars are moved by what so many records leave to chance
# (``test_panel_coverage``).
_RECORDS = {
    **dict.fromkeys(("slow-spectator", "rare-flips", "non-normal", "linear-4", "ring-20"), 200),
    **dict.fromkeys(("tilted-well", "ring-36", "nonlinearity-0", "nonlinearity-2"), 100),
    **dict.fromkeys(("enso-short", "lorenz96-noise-4", "lorenz96-noise-1.5", "rough-potential"), 12),
    **dict.fromkeys(("measurement-noise", "hidden-slow", "hidden-slow-weak", "hidden-forcing"), 20),
    "lorenz96-two-levels": 6,
    "enso-long": 3,
    "allen-cahn": 20,
    "conserved-mean": 10,
}

# Bars that differ from those of ``Bars``. What is not recorded moves with the pushed variable in a record and does not
# in truth, so that no band from the record alone can hold the truth: it is asked that this is noticed, and that the
# outer band holds what the record can tell (rows that end in ``seen``).
_UNSEEN = Bars(inner=(0.0, 1.0), inner_worst=0.0, outer=0.0, outer_worst=0.0, flagged=(0.9, 1.0))
_SEEN = Bars(inner=(0.0, 1.0), inner_worst=0.0, flagged=(0.9, 1.0))
_BARS: dict[str, Bars] = {}


def system_of(name: str) -> PanelSystem:
    """A system of the panel."""
    if name not in SYSTEMS:
        raise SystemExit(f"no system {name!r} in the panel; there are {', '.join(SYSTEMS)}")
    return SYSTEMS[name]()


def records_of(name: str) -> int:
    """How many records the slow test of a system takes."""
    return _RECORDS.get(name, 40)


def bars_of(name: str, label: str) -> Bars:
    """The bars of a row of the table."""
    if system_of(name).kind == "hidden":
        return _SEEN if label.endswith(SEEN) else _UNSEEN
    return _BARS.get(name, Bars())
