"""How numbers are written on the page."""

import math


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
