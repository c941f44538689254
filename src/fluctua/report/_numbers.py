"""How numbers are written on the page."""

import math
from typing import NamedTuple


class Cell(NamedTuple):
    """One number of a table with its standard error, and the published or true one beside it."""

    value: str = ""
    stderr: str = ""
    reference: str = ""

    @classmethod
    def of(cls, value: float, stderr: float | None, reference: float | None, source: str) -> "Cell":
        """The texts of the three numbers; ``source`` is said before the last one."""
        return cls(
            number_text(value),
            "" if stderr is None else f"\N{PLUS-MINUS SIGN} {number_text(stderr, 2)}",
            "" if reference is None else f"{source} " + f"{reference:.3g}".replace("-", "\N{MINUS SIGN}"),
        )


def number_text(value: float, digits: int = 3) -> str:
    """A number with so many significant digits, and a true minus sign.

    Example:
        >>> number_text(-0.12345)
        '−0.123'
    """
    if not math.isfinite(value):
        return "not available"
    text = f"{value:#.{digits}g}" if 1e-3 <= abs(value) < 10**digits else f"{value:.{digits}g}"
    text = "0" if abs(value) < 1e-12 else text.rstrip(".")
    return text.replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    """A share as a percentage, such as ``95 %``."""
    return f"{100 * share:g} %"
