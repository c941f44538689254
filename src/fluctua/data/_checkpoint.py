"""The point from which a killed run goes on: named arrays and what they belong to, in one file without code."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..core import OutputError

_DESCRIPTION = "description"


class Checkpoint(NamedTuple):
    """Named arrays, and a description that JSON can hold."""

    description: dict[str, Any]
    arrays: dict[str, np.ndarray]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Put a checkpoint in the place of the one before, which stays until the new one is whole on the disk."""
    new = path.with_name(f"{path.name}.new")
    text = np.array(json.dumps(checkpoint.description))
    try:
        with open(new, "wb") as file:
            np.savez(file, **{_DESCRIPTION: text}, **checkpoint.arrays)  # pyright: ignore[reportArgumentType]
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        new.unlink(missing_ok=True)
        raise
    os.replace(new, path)


def read_checkpoint(path: Path) -> Checkpoint | None:
    """The checkpoint, or nothing where there is none yet.

    Raises:
        OutputError: The file is damaged.
    """
    if not path.exists():
        return None
    try:
        # Opened here, because NumPy does not close a file that turns out not to be an archive.
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            description = json.loads(str(file[_DESCRIPTION]))
            return Checkpoint(description, {name: file[name] for name in file.files if name != _DESCRIPTION})
    except Exception as error:  # a damaged archive fails in many ways, and all of them mean the same
        raise OutputError(
            f"the checkpoint '{path}' cannot be read ({type(error).__name__}: {error})",
            "an undamaged checkpoint is needed to go on",
            f"remove the folder '{path.parent}' to begin anew",
        ) from error


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What differs between two descriptions, a phrase each: ``members was 4 and is now 8``.

    Of nested descriptions, only the first section that differs is told: what comes later may follow from it.
    """
    found = []
    for name in dict.fromkeys((*now, *before)):
        one, other = before.get(name), now.get(name)
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            return found or differences(one, other)
        found.append(f"{name} was {_short(one)} and is now {_short(other)}")
    return found


def _short(value: object) -> str:
    if value is None:
        return "not given"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:50]}..."
