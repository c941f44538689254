"""How annotations are checked in the test run: by shape and kind of number, leniently where users may be lax.

A whole number is welcome where a float is asked for, a NumPy array where a JAX array is, and a batch of keys
where a key is: packages take them as users give them. Functions that are called for every block of a record are checked
at their first calls and at some of the others: checking each of them would take most of the time of the tests.
"""

import functools
import itertools
from collections.abc import Callable
from typing import Any

import jax
import jaxtyping
import numpy as np
from beartype import BeartypeConf, beartype

PACKAGES = (
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

FIRST, EVERY = 60, 40  # calls of a function that are checked: the first ones, and one in so many

_beartype = beartype(conf=BeartypeConf(is_pep484_tower=True))


def check(function: Any) -> Any:
    """Check a function, or a class, as beartype does; a function at some of its calls."""
    checked: Callable[..., Any] = _beartype(function)
    if isinstance(function, type):
        return checked
    calls = itertools.count()

    @functools.wraps(function)
    def sometimes(*args: Any, **options: Any) -> Any:
        call = next(calls)
        return (checked if call < FIRST or call % EVERY == 0 else function)(*args, **options)

    return sometimes


def install() -> None:
    """Turn annotations such as ``Float[Array, "time d"]`` into checks, in packages imported from now on."""
    # The names are fixed for static checkers; only what they stand for at run time is widened.
    lax = {
        "Array": jax.Array | np.ndarray | np.generic,
        "PRNGKeyArray": jaxtyping.Key[jax.Array, "..."] | jaxtyping.UInt32[jax.Array, "..."],
    }
    for name, meaning in lax.items():
        setattr(jaxtyping, name, meaning)
    jaxtyping.install_import_hook([f"fluctua.{package}" for package in PACKAGES], "shape_checks.check")
