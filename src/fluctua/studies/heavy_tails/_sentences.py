"""Pieces of sentences: numbers with their errors, counts, and the row that a sentence speaks of."""

import math
from collections.abc import Sequence

from ._rows import HeavyTailRow, setting_parts


def with_error(row: HeavyTailRow) -> str:
    """A value and its standard error.

    Example:
        >>> with_error(HeavyTailRow("T2", "", "gaussian", "share", 0.09312, 0.00214, 5, None, ""))
        '0.0931 ± 0.0021'
    """
    return number(row.value) if row.stderr is None else f"{number(row.value)} ± {number(row.stderr, 2)}"


def in_percent(row: HeavyTailRow) -> str:
    """A share and its standard error in percent.

    Example:
        >>> in_percent(HeavyTailRow("T2", "", "gaussian", "share", 0.0931, 0.0021, 5, None, ""))
        '9.3 ± 0.2 %'
    """
    error = "" if row.stderr is None else f" ± {100 * row.stderr:.1f}"
    return f"{100 * row.value:.1f}{error} %"


def number(value: float, digits: int = 3) -> str:
    """A number with so many digits and without an exponent where it can be read without.

    Example:
        >>> number(0.000123456), number(1234.5)
        ('0.000123', '1230')
    """
    if not math.isfinite(value):
        return "not available"
    if value == 0.0 or not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits}g}"
    rounded = float(f"{value:.{digits}g}")
    places = max(digits - 1 - math.floor(math.log10(abs(rounded))), 0)
    text = f"{rounded:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(count: int, noun: str) -> str:
    """A count with its noun.

    Example:
        >>> counted(1, "comparison"), counted(3, "comparison")
        ('1 comparison', '3 comparisons')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def find(rows: Sequence[HeavyTailRow], task: str, quantity: str, law: str, **parts: object) -> HeavyTailRow | None:
    """The first row of a task, quantity and law whose setting has these parts, if there is one with a value."""
    wanted = {name: str(value) for name, value in parts.items()}
    for row in rows:
        if (row.task, row.quantity, row.law) == (task, quantity, law) and row.seeds > 0:
            given = setting_parts(row.setting)
            if all(given.get(name) == value for name, value in wanted.items()):
                return row
    return None
