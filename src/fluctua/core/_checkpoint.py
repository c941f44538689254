"""The point from which a killed run goes on: named arrays and what they belong to, in one file without code."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ._replace import replaced

_DESCRIPTION = "description"


def write_checkpoint(path: Path, description: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Put a checkpoint in the place of the one before, which stays until the new one is whole on the disk.

    Args:
        path: The file, ``.npz``, in a folder that exists.
        description: What the arrays are and belong to, as values that JSON can hold.
        arrays: Named arrays, none of them called ``description``.

    Raises:
        OSError: It cannot be written; nothing is left of the attempt.
    """
    text = np.array(json.dumps(description))
    with replaced(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **{_DESCRIPTION: text}, **arrays)  # pyright: ignore[reportArgumentType]
        file.flush()
        os.fsync(file.fileno())


def read_checkpoint(
    path: Path, damaged: Callable[[Exception], Exception]
) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """The description and the arrays of a checkpoint, or nothing where there is none yet.

    Args:
        path: The file.
        damaged: Makes the exception to raise for a damaged file, from what went wrong when it was read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_checkpoint(Path(folder) / "run.npz", {"chunk": 3}, {"state": np.ones(2)})
        ...     description, arrays = read_checkpoint(Path(folder) / "run.npz", lambda error: error)
        >>> description, arrays["state"].tolist()
        ({'chunk': 3}, [1.0, 1.0])
    """
    if not path.exists():
        return None
    try:
        # Opened here, because NumPy does not close a file that turns out not to be an archive.
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return json.loads(str(arrays.pop(_DESCRIPTION))), arrays
    except Exception as error:  # a damaged archive fails in many ways, and all of them mean the same
        raise damaged(error) from error


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What differs between two descriptions, a phrase for each name; long values are cut.

    Where the first name that differs holds a section in both, only what differs in that section is told: what comes
    later may follow from it.

    Example:
        >>> differences({"members": 4, "seed": 1}, {"members": 8, "seed": 1, "law": "laplace"})
        'members was 4 and is now 8; law was not given and is now "laplace"'
    """
    names = [name for name in dict.fromkeys((*now, *before)) if before.get(name) != now.get(name)]
    if names and isinstance(one := before.get(names[0]), dict) and isinstance(other := now.get(names[0]), dict):
        return differences(one, other)
    return "; ".join(f"{name} was {_short(before.get(name))} and is now {_short(now.get(name))}" for name in names)


def _short(value: object) -> str:
    text = "not given" if value is None else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:50]}..."
