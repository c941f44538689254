"""fluctua: if I push this system, how will it respond? From nothing but a record of it unperturbed.

Importing fluctua switches JAX to 64-bit mode, once, for the whole process: statistics and dynamics are float64
throughout, networks ask for float32 themselves. It is the only global setting that fluctua touches.

The verbs load what they need when they are first used, JAX included, so that the numerical packages
(``fluctua.scores``, ``fluctua.response``, ...) import with JAX, Equinox, Optax, NumPy and SciPy alone.
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .core import FluctuaError as FluctuaError, FluctuaWarning as FluctuaWarning

if TYPE_CHECKING:
    from .verbs import (
        concat as concat,
        fit_score as fit_score,
        load_response as load_response,
        load_score as load_score,
        respond as respond,
        sample as sample,
        save_score as save_score,
        simulate as simulate,
    )

# JAX takes half a second to import: where it is not there yet, it reads the setting when it is.
if "jax" in sys.modules:
    sys.modules["jax"].config.update("jax_enable_x64", True)
else:
    os.environ["JAX_ENABLE_X64"] = "1"

_VERBS = ("respond", "fit_score", "simulate", "sample", "concat", "load_response", "load_score", "save_score")
__all__ = ["FluctuaError", "FluctuaWarning", *_VERBS]


def __getattr__(name: str) -> Any:
    if name in _VERBS:
        from . import verbs

        return getattr(verbs, name)
    if name == "__version__":
        from .core import version

        return version()
    if not name.startswith("_") and find_spec(f"fluctua.{name}") is not None:
        return import_module(f"fluctua.{name}")
    raise AttributeError(f"module 'fluctua' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*globals(), *_VERBS]
