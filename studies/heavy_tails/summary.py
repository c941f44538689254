"""The study as one page of tables in Markdown: a table for each task, and how often laws differ from Gaussian noise."""

from collections import Counter
from collections.abc import Sequence

from ..tables import markdown_table, with_reference
from .compare import CHANCE, against_gaussian
from .names import law_name
from .plan import TASKS
from .rows import HeavyTailRow

VERDICTS = ("smaller", "larger", "not resolved")


def heavy_tail_summary(rows: Sequence[HeavyTailRow], notes: Sequence[str] = ()) -> str:
    """Every number with its standard error, and the published or true one in brackets.

    Args:
        rows: The rows of the study.
        notes: What a reader must know.

    Example:
        >>> row = HeavyTailRow("T4", "sampler=flow", "gaussian", "distance", 0.1, 0.01, 5, None, "")
        >>> print(heavy_tail_summary([row]).splitlines()[-1])
        | sampler=flow | distance | 0.1 ± 0.01 |
    """
    parts = ["# Noise laws side by side", "\n".join(f"- {note}" for note in notes), _comparisons(rows)]
    for task, title in TASKS.items():
        if mine := [row for row in rows if row.task == task]:
            parts += [f"## {task}: {title}", _table(mine)]
    sources = sorted({row.source for row in rows if row.source})
    parts.append("\n".join(["Published and true values:", *(f"- {source}" for source in sources)]) if sources else "")
    return "\n\n".join(part for part in parts if part) + "\n"


def _comparisons(rows: Sequence[HeavyTailRow]) -> str:
    """How often the number of a law is smaller or larger than that of Gaussian noise, by task and quantity."""
    found = against_gaussian(rows)
    if not found:
        return ""
    counts = Counter((row.task, row.quantity, row.law, verdict) for row, _, verdict in found)
    lines = [
        [task, quantity, law_name(law), *(str(counts[task, quantity, law, verdict]) for verdict in VERDICTS)]
        for task, quantity, law in dict.fromkeys(key[:3] for key in counts)
    ]
    heading = (
        f"## Beside Gaussian noise in the same setting (Student's paired test over the seeds, {100 * CHANCE:g} % each)"
    )
    return heading + "\n\n" + markdown_table(["task", "quantity", "law", *VERDICTS], lines)


def _table(rows: Sequence[HeavyTailRow]) -> str:
    """Settings and quantities down, laws across."""
    laws = list(dict.fromkeys(row.law for row in rows))
    cells = {(row.setting, row.quantity, row.law): with_reference(row.value, row.stderr, row.reference) for row in rows}
    lines = [
        [setting, quantity, *(cells.get((setting, quantity, law), "") for law in laws)]
        for setting, quantity in dict.fromkeys((row.setting, row.quantity) for row in rows)
    ]
    return markdown_table(["setting", "quantity", *(law_name(law) for law in laws)], lines)
