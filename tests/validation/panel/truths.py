"""True responses, kept in files where they take twin runs."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .entry import PanelSystem, Truth


def cache_folder() -> Path:
    """Where truths are kept: ``FLUCTUA_PANEL_CACHE``, by default ``validation-output/panel``."""
    return Path(os.environ.get("FLUCTUA_PANEL_CACHE", "validation-output/panel"))


def truth_of(system: PanelSystem) -> Truth:
    """The truth of a system; that of twin runs is found once and kept."""
    return system.find_truth() if system.exact_truth else _kept("truth", system, system.find_truth)


def seen_of(system: PanelSystem) -> Truth | None:
    """What the record can tell of a system that is partly hidden; nothing where it cannot be found."""
    if system.find_seen is None:
        return None
    return system.find_seen() if system.exact_truth else _kept("seen", system, system.find_seen)


def _kept(kind: str, system: PanelSystem, find: Callable[[], Truth]) -> Truth:
    # What is asked for is part of the name: another interval or another observable is another truth.
    asked = hashlib.sha256(repr(system.asked).encode()).hexdigest()[:8]
    path = cache_folder() / f"{kind}-{system.truth_name or system.name}-{asked}.npz"
    rows = range(len(system.labels))
    if path.exists():
        with np.load(path) as kept:
            return Truth(*([kept[f"{part}{row}"] for row in rows] for part in Truth._fields))
    truth = find()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.npz")
    tables = {f"{part}{row}": table for part, of_rows in truth._asdict().items() for row, table in enumerate(of_rows)}
    np.savez(unfinished, **tables)
    unfinished.replace(path)
    return truth
