"""Rows of a study as a CSV file."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..data import atomic_path


def write_rows(fields: Sequence[str], rows: Sequence[Sequence[Any]], path: str | Path) -> None:
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


def _cell(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(f"{one:.6g}" for one in value)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return value if isinstance(value, str) else f"{value:.6g}"
