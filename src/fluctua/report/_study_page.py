"""The page of a study: figure, table beside the published numbers, notes."""

import os
from collections.abc import Sequence
from pathlib import Path

from fluctua.core import citations
from fluctua.studies import FieldStudyResult, StudyRow

from ._numbers import Cell
from ._page import environment, write_page
from ._study_figure import study_figure
from ._style import to_image

_NAMES = {"ou": "Ornstein-Uhlenbeck field", "allen-cahn": "modified Allen-Cahn", "navier-stokes": "2-D Navier-Stokes"}


def write_study_report(
    results: Sequence[FieldStudyResult], rows: Sequence[StudyRow], path: str | os.PathLike[str]
) -> Path:
    """Write one self-contained HTML page about the study of field responses.

    Args:
        results: What the study measured, one per system.
        rows: The rows of its table.
        path: File to write; an existing file is replaced, once the page is complete.

    Returns:
        Path of the page.

    Raises:
        OutputError: When the file cannot be written.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> grid = np.zeros((3, 8, 8))
        >>> grid[:, 0, 0] = np.exp(-np.arange(3.0))
        >>> result = FieldStudyResult("ou", np.arange(3.0), grid, 0 * grid, {"gaussian": grid}, {}, ["short run"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = write_study_report([result], [], f"{folder}/report.html").read_text()
        >>> "short run" in page
        True
    """
    image, width = to_image(study_figure(results))
    names = [_NAMES.get(result.system, result.system) for result in results]
    content = {
        "title": f"Responses of fields, beside the published ones: {', '.join(names)}",
        "image": image,
        "width": width,
        "tables": {name: _table(result.system, rows) for name, result in zip(names, results, strict=True)},
        "notes": [note for result in results for note in result.notes],
        "sources": sorted({row.reference_source for row in rows if row.reference_source}),
        "citations": citations(
            "response", "gaussian", "doubly-robust", "dictionary", "network", "exponential-integrator", "navier-stokes"
        ),
    }
    return write_page(environment().get_template("study.html.j2").render(content), path)


def _table(system: str, rows: Sequence[StudyRow]) -> dict[str, object]:
    """Quantities down, methods across."""
    mine = [row for row in rows if row.system == system]
    methods = list(dict.fromkeys(row.method for row in mine))
    cells = {(row.quantity, row.method): Cell.of(row.value, row.stderr, row.reference, "published") for row in mine}
    lines = {
        quantity: [cells.get((quantity, method), Cell()) for method in methods]
        for quantity in dict.fromkeys(row.quantity for row in mine)
    }
    return {"methods": methods, "lines": lines}
