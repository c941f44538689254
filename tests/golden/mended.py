"""Faults of the first edition that were mended since, and how far they may move the numbers that had them.

``mended.json`` has, for each golden that they move, the largest change of each quantity, in the units of
``comparison.py`` of which a tenth is allowed otherwise: a quarter above the change that was measured when the fault was
mended. ``python tests/golden/report.py`` prints what moved, with both values.
"""

import json
from pathlib import Path
from typing import NamedTuple

REASONS = {
    "folds": "folds were closer to each other than the largest lag and the memory of the record; scores that "
    "calibrate had been fitted to the folds that they calibrate; origins without a partner at the largest lag entered "
    "regressions",
    "state-dependent": "the Gaussian response to a push that depends on the state was not that of the Gaussian score",
    "seen": "a score that had seen the record, or may have, was given with a loss that was called held-out",
}


class Mended(NamedTuple):
    """A mended fault.

    Args:
        reason: What was wrong.
        bound: Largest change that is allowed.
    """

    reason: str
    bound: float


MENDED: dict[str, dict[str, Mended]] = {
    golden: {
        quantity: Mended(REASONS[reason], bound)
        for reason, bounds in faults.items()
        for quantity, bound in bounds.items()
    }
    for golden, faults in json.loads(Path(__file__).with_name("mended.json").read_text()).items()
}
"""Mended faults by golden and quantity."""
