"""Functions that users give: whatever they stop with becomes one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np

from ..core import FluctuaError, OptionError

_BRANCHES = (jax.errors.TracerBoolConversionError, jax.errors.NonConcreteBooleanIndexError)
_TRACED = (jax.errors.TracerArrayConversionError, jax.errors.ConcretizationTypeError, jax.errors.UnexpectedTracerError)


@contextmanager
def given_function(title: str, takes: str, attempt: str) -> Iterator[None]:
    """Turn what a user's function stops with into a refusal that says how it is written.

    Args:
        title: What it is, such as ``"the push 'damping'"``.
        takes: What it has to take and return.
        attempt: How to try it.

    Raises:
        OptionError: It stopped.
    """
    try:
        yield
    except FluctuaError:
        raise
    except _BRANCHES as error:
        raise OptionError(
            f"{title} decides by 'if', 'and', 'or', 'min', 'max' or a mask on values of the state",
            f"it is compiled and differentiated, so it must be written with jax.numpy: {takes}",
            "write it with jax.numpy: jnp.where(condition, one, other) for 'if', jnp.maximum for 'max'",
        ) from error
    except _TRACED as error:
        raise OptionError(
            f"{title} turns the state into NumPy arrays or Python numbers",
            f"it is compiled and differentiated, so it must be written with jax.numpy: {takes}",
            "write it with jax.numpy: 'import jax.numpy as jnp', and jnp in place of np, float and math",
        ) from error
    except Exception as error:
        lines = str(error).strip().splitlines()
        raise OptionError(
            f"{title} stopped with {type(error).__name__}{f' ({lines[0][:200]})' if lines else ''}",
            f"it is needed at every state of the record: {takes}",
            f"try it on {attempt}",
        ) from error


def real(values: Any) -> Any:
    """Values that are no complex numbers, whose imaginary part would be lost.

    Raises:
        TypeError: They are.
    """
    if np.iscomplexobj(values):
        raise TypeError("its values are complex numbers, and real ones are needed")
    return values
