"""The page of the study of heavy-tailed noise: the answer in words, the figure, a table for each task."""

import os
from collections.abc import Sequence
from pathlib import Path

from fluctua.core import citations
from fluctua.studies.heavy_tails import (
    TASKS,
    HeavyTailResult,
    HeavyTailRow,
    heavy_tail_findings,
    law_name,
    setting_words,
)

from ._heavy_tails_figure import heavy_tail_figure
from ._numbers import Cell
from ._page import environment, write_page
from ._style import to_image


def write_heavy_tail_report(result: HeavyTailResult, path: str | os.PathLike[str]) -> Path:
    """Write one self-contained HTML page about the study of heavy-tailed noise.

    Args:
        result: What the study measured.
        path: File to write; an existing file is replaced, once the page is complete.

    Returns:
        Path of the page.

    Raises:
        OutputError: When the file cannot be written.

    Example:
        >>> import tempfile
        >>> row = HeavyTailRow("T4", "sampler=flow", "gaussian", "sliced Wasserstein distance", 0.1, 0.01, 5, None, "")
        >>> result = HeavyTailResult("quick", [row], ["small networks"], {"T4": 1.0})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = write_heavy_tail_report(result, f"{folder}/report.html").read_text()
        >>> "small networks" in page
        True
    """
    image, width = to_image(heavy_tail_figure(result.rows))
    tasks = [task for task in TASKS if any(row.task == task for row in result.rows)]
    content = {
        "title": "Heavy-tailed noise, beside Gaussian noise and the published figures",
        "findings": heavy_tail_findings(result.rows),
        "image": image,
        "width": width,
        "tables": [
            {"heading": f"{task}: {TASKS[task]}", **_table([row for row in result.rows if row.task == task])}
            for task in tasks
        ],
        "notes": result.notes,
        "sources": sorted({row.source for row in result.rows if row.source}),
        "citations": citations("heavy-tails", "network"),
    }
    return write_page(environment().get_template("heavy_tails.html.j2").render(content), path)


def _table(rows: Sequence[HeavyTailRow]) -> dict[str, object]:
    """Settings and quantities down, laws across."""
    laws = list(dict.fromkeys(row.law for row in rows))
    cells = {
        (row.setting, row.quantity, row.law): Cell.of(row.value, row.stderr, row.reference, _word(row)) for row in rows
    }
    lines = {
        (setting_words(setting), quantity): [cells.get((setting, quantity, law), Cell()) for law in laws]
        for setting, quantity in dict.fromkeys((row.setting, row.quantity) for row in rows)
    }
    return {"laws": [law_name(law) for law in laws], "lines": lines}


def _word(row: HeavyTailRow) -> str:
    return "published" if "arXiv" in row.source else "true"
