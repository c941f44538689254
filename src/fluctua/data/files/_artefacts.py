"""Arrays with a header in one file (fitted scores), and JSON: loadable without running code."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ...core import ScoreError
from ._atomic import atomic_path

SCHEMA_VERSION = 1
"""Version of the header that ``save_arrays`` writes; a file with a higher one is refused."""

_KEY = "fluctua"
_REFIT = "fit the score again and save it with this version"


def write_json(path: str | Path, content: Any, overwrite: bool = True) -> None:
    """Write JSON atomically: indented, UTF-8; arrays become lists, tuples too, and what is not finite null.

    Args:
        path: Where to.
        content: Mappings, sequences, text, numbers, NumPy arrays and numbers, paths.
        overwrite: Whether an existing file may be replaced.

    Raises:
        OutputError: It cannot be written there.
    """
    text = json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False)
    with atomic_path(path, overwrite) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def save_arrays(
    path: str | Path, arrays: Mapping[str, np.ndarray], header: Mapping[str, Any], overwrite: bool = True
) -> None:
    """Write named arrays and a JSON header to one safetensors file, atomically.

    Args:
        path: Where to.
        arrays: Named arrays of booleans, integers or floating-point numbers; written as they are, bit by bit.
        header: What JSON can hold, such as the ``array_hash`` of the data that a score was fitted to;
            ``schema_version`` is added.
        overwrite: Whether an existing file may be replaced.

    Raises:
        ScoreError: An array has a type that the format does not hold.
        OutputError: It cannot be written there.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_arrays(Path(folder) / "score.safetensors", {"mean": np.ones(2)}, {"kind": "gaussian"})
        ...     arrays, header = load_arrays(Path(folder) / "score.safetensors")
        >>> arrays["mean"].tolist(), header["kind"], header["schema_version"]
        ([1.0, 1.0], 'gaussian', 1)
    """
    text = json.dumps({"schema_version": SCHEMA_VERSION, **_plain(header)}, allow_nan=False)
    plain = {}
    for name, array in arrays.items():
        array = np.asarray(array)
        if array.dtype.kind not in "biuf":
            raise ScoreError(
                f"array '{name}' has the type {array.dtype}",
                "a score's arrays must be booleans, integers or real numbers",
                "put other things into its configuration",
            )
        # the format ignores strides and byte order, so both must be plain
        plain[name] = np.array(array, dtype=array.dtype.newbyteorder("="), order="C", copy=None)
    with atomic_path(path, overwrite) as temporary:
        save_file(plain, str(temporary), metadata={_KEY: text})


def load_arrays(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what ``save_arrays`` wrote.

    Args:
        path: The file.

    Returns:
        The arrays by name, and the header with its ``schema_version``.

    Raises:
        ScoreError: The file is missing, damaged, from elsewhere, or from a later version.
    """
    path = Path(path)
    if not path.is_file():
        raise ScoreError(
            f"'{path}' {'is a folder' if path.is_dir() else 'does not exist'}",
            "the file of a fitted score is needed",
            "check the path",
        )
    try:
        with safe_open(str(path), framework="np") as file:
            header = _header((file.metadata() or {}).get(_KEY), path)
            return {name: file.get_tensor(name) for name in file.keys()}, header  # noqa: SIM118 (not a mapping)
    except (SafetensorError, OSError, ValueError) as error:
        raise ScoreError(
            f"'{path}' cannot be read as a fitted score ({error})",
            "a complete file written by fluctua is needed",
            "check that it was copied completely, or " + _REFIT,
        ) from error


def _header(text: str | None, path: Path) -> dict[str, Any]:
    header = None if text is None else json.loads(text)
    if not isinstance(header, dict) or not isinstance(header.get("schema_version"), int):
        raise ScoreError(
            f"'{path}' holds arrays, and no description by fluctua",
            "a file written by fluctua is needed",
            _REFIT,
        )
    if header["schema_version"] > SCHEMA_VERSION:
        raise ScoreError(
            f"'{path}' has schema version {header['schema_version']}",
            f"this fluctua reads versions up to {SCHEMA_VERSION}",
            "update fluctua, or " + _REFIT,
        )
    return header


def _plain(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, np.ndarray | np.generic):
        return _plain(content.tolist())
    if isinstance(content, list | tuple | set | frozenset):
        return [_plain(value) for value in content]
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, Path):
        return str(content)
    return content
