"""Faults of the first edition that were mended since, and how far they may move the numbers that had them."""

from typing import NamedTuple


class Mended(NamedTuple):
    """A mended fault.

    Args:
        reason: What was wrong.
        bound: Largest change that is allowed, in the units of ``comparison.py`` of which a tenth is allowed otherwise
            (standard errors of a response, the value itself of a standard error); infinite for counts and words, which
            are only printed.
    """

    reason: str
    bound: float = 1.0


MENDED: dict[str, Mended] = {}
"""Mended faults by the goldens that they move: ``NAME`` or ``NAME:QUANTITY``, both with the patterns of file names; the
first entry that fits is taken."""
