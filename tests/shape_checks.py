"""How annotations are checked in the test run: by shape and kind of number, leniently where users may be lax.

A whole number is welcome where a float is asked for, a NumPy array where a JAX array is, and a batch of keys
where a key is: the rooms take them as users give them.
"""

import jax
import jaxtyping
import numpy as np
from beartype import BeartypeConf, beartype

ROOMS = (
    "core",
    "statistics",
    "noise",
    "features",
    "systems",
    "networks",
    "scores",
    "training",
    "sampling",
    "certify",
    "response",
)

check = beartype(conf=BeartypeConf(is_pep484_tower=True))


def install() -> None:
    """Turn annotations such as ``Float[Array, "time d"]`` into checks, in rooms imported from now on."""
    # The names are fixed for static checkers; only what they stand for at run time is widened.
    lax = {
        "Array": jax.Array | np.ndarray | np.generic,
        "PRNGKeyArray": jaxtyping.Key[jax.Array, "..."] | jaxtyping.UInt32[jax.Array, "..."],
    }
    for name, meaning in lax.items():
        setattr(jaxtyping, name, meaning)
    jaxtyping.install_import_hook([f"fluctua.{room}" for room in ROOMS], "shape_checks.check")
