"""Faults of the first edition that were mended since, and how far they may move the numbers that had them.

``python tests/golden/report.py`` prints what they moved, with both values.
"""

from math import inf
from typing import NamedTuple


class Mended(NamedTuple):
    """A mended fault.

    Args:
        reason: What was wrong.
        bound: Largest change that is allowed, in the units of ``comparison.py`` of which a tenth is allowed otherwise
            (standard errors of a response, the value itself of a standard error); infinite where a change is only
            printed.
    """

    reason: str
    bound: float = 1.0


FOLDS = (
    "folds were closer to each other than the largest lag and the memory of the record; scores that calibrate had been "
    "fitted to the folds that they calibrate; origins without a partner at the largest lag entered regressions"
)
STATE_DEPENDENT = "the Gaussian response to a push that depends on the state was not that of the Gaussian score"

RESPONSES = {
    "impulse_response": 1.0,
    "step_response": 1.0,
    "plug_in_response": 1.0,
    # An estimate and two of its standard errors.
    "*_response_lower": 2.5,
    "*_response_upper": 2.5,
    "impulse_response_stderr": 0.6,
    "*_loss_heldout*": 2.0,
    "score_density": 5.0,
    "data_density": 5.0,
    "stein_*": inf,
}
"""How far a change of folds may move each quantity of a response to pushes of a list of variables."""

OF_VARIABLES = ("linear-*", "quartic-*", "triad-*", "ensemble", "dated", "heavy-tails*", "well-*", "cells")
OF_FIELDS = ("bistable*", "vorticity-transport")

SEEN = "a score that had seen the record, or may have, was given with a loss that was called held-out"

MENDED: dict[str, Mended] = {
    "respond-*-file-*:*_loss_heldout*": Mended(SEEN, inf),
    "respond-*-damping:gaussian_response": Mended(STATE_DEPENDENT, 20.0),
    "respond-linear-auto:score_method": Mended(FOLDS, inf),
    # Another score: it is compared in its own units.
    "respond-linear-auto:plug_in_response": Mended(FOLDS, 2.0),
    "fit-dictionary-degree:heldout_loss": Mended(FOLDS, 0.2),
    **{
        f"respond-{golden}:{quantity}": Mended(FOLDS, bound)
        for golden in (*OF_VARIABLES, *OF_FIELDS)
        for quantity, bound in RESPONSES.items()
    },
}
"""Mended faults by the goldens that they move: ``NAME`` or ``NAME:QUANTITY``, both with the patterns of file names; the
first entry that fits is taken."""
