"""Rows of a study as a CSV file, and tables in Markdown."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fluctua.data import atomic_path


def write_csv(fields: Sequence[str], rows: Sequence[Sequence[Any]], path: str | Path) -> None:
    """Write rows with a header, completely or not at all; what is not known or not a number is left empty.

    Args:
        fields: Names of the columns.
        rows: Texts, numbers (six digits), tuples of numbers (in one cell, with spaces between) or None.
        path: File to write; an existing one is replaced.

    Raises:
        OutputError: It cannot be written there.
    """
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows([_cell(value) for value in row] for row in rows)


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts.

    Example:
        >>> print(markdown_table(["law", "error"], [["gaussian", "0.1"]]))
        | law | error |
        | --- | --- |
        | gaussian | 0.1 |
    """
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headings, ["---"] * len(headings), *rows))


def number_text(value: float | None, digits: int = 3) -> str:
    """A number with so many digits; nothing for what is not known or not a number."""
    return "" if value is None or not math.isfinite(value) else f"{value:.{digits}g}"


def with_reference(value: float, stderr: float | None, reference: float | None) -> str:
    """A value, its standard error, and the published or true one in brackets.

    Example:
        >>> with_reference(0.09312, 0.00214, 1 / 11)
        '0.0931 ± 0.0021 [0.0909]'
    """
    error = f" ± {number_text(stderr, 2)}" if stderr is not None and math.isfinite(stderr) else ""
    return f"{number_text(value)}{error}" + (f" [{number_text(reference)}]" if reference is not None else "")


def _cell(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(f"{one:.6g}" for one in value)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return value if isinstance(value, str) else f"{value:.6g}"
