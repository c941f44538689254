"""What made a result: versions and the hash of the data."""

import hashlib
import platform
from importlib import metadata

import numpy as np


def version() -> str:
    """Version of the installed fluctua."""
    return metadata.version("fluctua")


def versions(*also: str) -> dict[str, str]:
    """Versions of Python and of the packages that determine the numbers, and of further ones."""
    names = ("fluctua", "jax", "jaxlib", "equinox", "optax", "numpy", "scipy", *also)
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in names}}


def array_hash(values: np.ndarray) -> str:
    """SHA-256 of an array's shape, type and bytes, as hexadecimal digits."""
    array = np.ascontiguousarray(values)
    digest = hashlib.sha256(f"{array.shape}{array.dtype.str}".encode())
    digest.update(array.view(np.uint8).reshape(-1).data)
    return digest.hexdigest()
