"""What made a result: versions and the hash of the data."""

import hashlib
import platform
from importlib import metadata

import numpy as np

from ._progress import AbstractProgress, SilentProgress
from ._stored import AbstractStored, States, pieces_of


def version() -> str:
    """Version of the installed fluctua."""
    return metadata.version("fluctua")


def versions(*also: str) -> dict[str, str]:
    """Versions of Python and of the packages that determine the numbers, and of further ones."""
    names = ("fluctua", "jax", "jaxlib", "equinox", "optax", "numpy", "scipy", *also)
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in names}}


def array_hash(values: States, progress: AbstractProgress | None = None) -> str:
    """SHA-256 of an array's shape, type and bytes, as hexadecimal digits; stored values are read piece by piece."""
    digest = hashlib.sha256(f"{tuple(values.shape)}{np.dtype(values.dtype).str}".encode())
    if not isinstance(values, AbstractStored):
        digest.update(np.ascontiguousarray(values).view(np.uint8).reshape(-1).data)
        return digest.hexdigest()
    pieces = pieces_of(values)
    with (progress or SilentProgress()).task("hash of the record", len(pieces)) as task:
        for member, start, stop in pieces:
            digest.update(np.ascontiguousarray(values[member, start:stop]).view(np.uint8).reshape(-1).data)
            task.advance()
    return digest.hexdigest()
