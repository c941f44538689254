"""The three published stochastic partial differential equations: every method beside the truth and the paper.

Giorgini, Deck, Bischoff and Souza, *Response theory via generative score modeling*, Physical Review Letters 133,
267302 (2024), arXiv 2402.01029.
"""

from pathlib import Path

from ..core import AbstractProgress, OptionError, unknown_choice
from ._reference_figures import PUBLISHED_RANGE
from ._response_fields_measure import measure_fields
from ._response_fields_result import FieldStudyResult
from ._response_fields_table import field_study_rows, write_table

FIELD_STUDY_SYSTEMS = tuple(PUBLISHED_RANGE)
"""Names of the systems of the study."""

FIELD_STUDY_PRESETS = ("quick", "full")
"""Names of the sizes of the study: minutes on two cores, or the published sizes."""


def response_fields(
    system: str,
    preset: str,
    out: str | Path,
    seed: int = 0,
    progress: AbstractProgress | None = None,
) -> FieldStudyResult:
    """Run the study of one system, and write its table to ``out/table.csv``.

    Args:
        system: One of ``FIELD_STUDY_SYSTEMS``.
        preset: One of ``FIELD_STUDY_PRESETS``.
        out: Folder for the table, made where it is missing.
        seed: Seed of every random choice.
        progress: Where progress is shown.

    Returns:
        Truth and responses by method, for figures.

    Raises:
        OptionError: An unknown system or preset, or a negative seed.
        OutputError: The table cannot be written.

    Example:
        >>> response_fields("burgers", "quick", "out")
        Traceback (most recent call last):
            ...
        fluctua.core._errors.OptionError: The system 'burgers' was asked for; the systems are ou, allen-cahn,
        navier-stokes. Use one of them.
    """
    if system not in FIELD_STUDY_SYSTEMS:
        raise unknown_choice("system", system, FIELD_STUDY_SYSTEMS)
    if preset not in FIELD_STUDY_PRESETS:
        raise unknown_choice("preset", preset, FIELD_STUDY_PRESETS)
    if seed < 0:
        raise OptionError(f"the seed is {seed}", "a seed is zero or a positive whole number", "give --seed 0")
    result = measure_fields(system, preset, seed=seed, progress=progress)
    write_table(field_study_rows(result), Path(out) / "table.csv")
    return result
