"""How annotations are checked in the test run: by shape and kind of number, leniently where users may be lax.

A whole number is welcome where a float is asked for, a NumPy array where a JAX array is, and a batch of keys
where a key is: packages take them as users give them. Functions that are called for every block of a record are checked
at their first calls and at some of the others: checking each of them would take most of the time of the tests.
"""

import functools
import itertools
from collections import Counter
from collections.abc import Callable
from types import CodeType, FunctionType
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

FIRST, EVERY = 12, 500  # calls of a function that are checked: the first ones, and one in so many
DEFINED = 5  # times that a function within a function is checked: each time it is defined is a check to be built

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
_jaxtyped: Callable[..., Any] = jaxtyping.jaxtyped
_defined: Counter[CodeType] = Counter()


def sometimes(*, typechecker: Any) -> Callable[[Any], Any]:
    """What the import hook decorates with: a class as it comes, a function checked at some of its calls."""

    def decorate(function: Any) -> Any:
        if not isinstance(function, FunctionType):
            return _jaxtyped(function, typechecker=typechecker)
        if "<locals>" in function.__qualname__:
            _defined[function.__code__] += 1
            if _defined[function.__code__] > DEFINED or jaxtyping.config.jaxtyping_disable:
                return function
        checked: Callable[..., Any] = _jaxtyped(function, typechecker=typechecker)
        calls = itertools.count()

        @functools.wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            count = next(calls)
            return (checked if count < FIRST or count % EVERY == 0 else function)(*args, **options)

        return call

    return decorate


def install() -> None:
    """Turn annotations such as ``Float[Array, "time d"]`` into checks, in packages imported from now on."""
    # The names are fixed for static checkers; only what they stand for at run time is widened.
    lax = {
        "Array": jax.Array | np.ndarray | np.generic,
        "PRNGKeyArray": jaxtyping.Key[jax.Array, "..."] | jaxtyping.UInt32[jax.Array, "..."],
        "jaxtyped": sometimes,
    }
    for name, meaning in lax.items():
        setattr(jaxtyping, name, meaning)
    jaxtyping.install_import_hook([f"fluctua.{package}" for package in PACKAGES], "shape_checks.check")
