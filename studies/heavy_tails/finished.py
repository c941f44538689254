"""Tasks that have ended are kept, so that an interrupted study goes on behind the last of them."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fluctua.core import version
from fluctua.data import write_json

from .rows import HeavyTailRow


def rows_of_task(
    task: str,
    run: Callable[[], list[HeavyTailRow]],
    folder: Path | None,
    identity: Mapping[str, Any],
) -> list[HeavyTailRow]:
    """The rows of a task: those kept by an earlier run of the same study, or else new ones, which are then kept.

    Args:
        task: Name of the task.
        run: Measures them.
        folder: Where rows are kept; nowhere if None.
        identity: All that the rows depend on. Rows of another study, or of another version, are measured again.
    """
    if folder is None:
        return run()
    path = folder / f"{task}.json"
    wanted = json.loads(json.dumps({**identity, "task": task, "fluctua_version": version()}))
    kept = _read(path, wanted)
    if kept is None:
        kept = run()
        folder.mkdir(parents=True, exist_ok=True)
        write_json(path, {"identity": wanted, "rows": kept})
    return kept


def _read(path: Path, wanted: Mapping[str, Any]) -> list[HeavyTailRow] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["identity"] != wanted:
            return None
        return [_row(*values) for values in content["rows"]]
    except (OSError, ValueError, KeyError, TypeError):
        # Nothing was kept, or what was kept is damaged: the task is run again, at the price of its time alone.
        return None


def _row(task: str, setting: str, law: str, quantity: str, value: Any, stderr: Any, *rest: Any) -> HeavyTailRow:
    """A row from JSON, which has no word for what is not a number but null."""
    seeds, reference, source, by_seed = rest
    return HeavyTailRow(
        task, setting, law, quantity, _number(value), stderr, seeds, reference, source, tuple(map(_number, by_seed))
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
