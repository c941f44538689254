"""The rows of the study: one number each, averaged over seeds, beside the published one."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..tables import write_csv

EXACT = "exact"
"""What stands in the place of a law where something is the truth, and no law was used."""


class HeavyTailRow(NamedTuple):
    """One number of the study, with its standard error over the seeds, and the published one where there is one.

    Attributes:
        task: ``"T1"`` to ``"T8"``.
        setting: What the number was measured at, as ``"name=value; name=value"`` (``setting_text``).
        law: The noise law, as ``noise_law_named`` reads it; another word for what has no law (``"exact"``).
        quantity: What was measured.
        value: Its mean over the seeds; not a number where no seed gave one.
        stderr: Standard error of that mean; none where there is only one seed.
        seeds: Seeds whose value is finite.
        reference: The published or true value, if there is one.
        source: Where that value comes from.
        by_seed: The number of every seed, in their order; not a number where a run diverged.

    Example:
        >>> row = HeavyTailRow("T2", "levels=40", "gaussian", "minority share", 0.093, 0.002, 5, 1 / 11, "exact")
        >>> row.value
        0.093
    """

    task: str
    setting: str
    law: str
    quantity: str
    value: float
    stderr: float | None
    seeds: int
    reference: float | None
    source: str
    by_seed: tuple[float, ...] = ()


class Measurement(NamedTuple):
    """One number of one seed."""

    setting: str
    law: str
    quantity: str
    value: float


class Reference(NamedTuple):
    """A published or a true value, and where it comes from."""

    value: float
    source: str


def setting_text(**parts: object) -> str:
    """A setting as text, in the order given.

    Example:
        >>> setting_text(dimension=2, level=0.1)
        'dimension=2; level=0.1'
    """
    return "; ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in parts.items()
    )


def setting_parts(setting: str) -> dict[str, str]:
    """The names and values in a setting, as text.

    Example:
        >>> setting_parts("dimension=2; level=0.1")
        {'dimension': '2', 'level': '0.1'}
    """
    pairs = (part.partition("=") for part in setting.split("; ") if part)
    return {name: value for name, _, value in pairs}


def rows_over_seeds(
    task: str,
    seeds: Iterable[Sequence[Measurement]],
    references: dict[tuple[str, str], Reference] | None = None,
) -> list[HeavyTailRow]:
    """Mean and standard error over seeds of every number that any of them gave, in the order of appearance.

    Numbers that are not finite (a run that diverged) are left out of the mean; ``seeds`` counts what is left.

    Args:
        task: Name of the task.
        seeds: The measurements of each seed.
        references: Published or true values by (law, quantity); a law of ``""`` stands for every law.

    Example:
        >>> one, two = Measurement("", "gaussian", "error", 1.0), Measurement("", "gaussian", "error", 2.0)
        >>> [(row.value, row.stderr, row.seeds) for row in rows_over_seeds("T1", [[one], [two]])]
        [(1.5, 0.5, 2)]
    """
    values: dict[tuple[str, str, str], list[float]] = {}
    for measurements in seeds:
        for measured in measurements:
            values.setdefault(measured[:3], []).append(float(measured.value))
    rows = []
    for (setting, law, quantity), every in values.items():
        finite = [value for value in every if math.isfinite(value)]
        mean = float(np.mean(finite)) if finite else math.nan
        stderr = float(np.std(finite, ddof=1) / math.sqrt(len(finite))) if len(finite) > 1 else None
        known = (references or {}).get((law, quantity)) or (references or {}).get(("", quantity))
        reference, source = known if known is not None else (None, "")
        rows.append(
            HeavyTailRow(task, setting, law, quantity, mean, stderr, len(finite), reference, source, tuple(every))
        )
    return rows


def write_heavy_tail_table(rows: Sequence[HeavyTailRow], path: str | Path) -> None:
    """Write rows as CSV with a header, completely or not at all; what is not known is left empty.

    Args:
        rows: The rows of the study.
        path: File to write; an existing one is replaced.

    Raises:
        OutputError: It cannot be written there.

    Example:
        >>> import tempfile
        >>> row = HeavyTailRow("T1", "dimension=2", "gaussian", "error", 0.25, None, 1, None, "")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_heavy_tail_table([row], f"{folder}/table.csv")
        ...     print(Path(f"{folder}/table.csv").read_text().splitlines()[1])
        T1,dimension=2,gaussian,error,0.25,,1,,,
    """
    write_csv(HeavyTailRow._fields, rows, path)
