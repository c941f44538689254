"""Observables and pushes as expressions, and the functions in them."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...core import OptionError, nearest, register
from ._advice import with_last_advice
from ._grammar import Evaluator, Parser


def _of_arrays(name: str) -> Callable[..., Any]:
    """A function of arrays that NumPy and JAX have by the same name, in the one that the arrays are of."""

    def apply(*arrays: Any) -> Any:
        module = jnp if any(isinstance(array, jax.Array) for array in arrays) else np
        return functools.reduce(getattr(module, name), arrays) if len(arrays) > 1 else getattr(module, name)(*arrays)

    return apply


for _name, _function, _summary in (
    ("abs", "abs", "absolute value"),
    ("log", "log", "natural logarithm"),
    ("exp", "exp", "exponential"),
    ("sqrt", "sqrt", "square root"),
    ("sin", "sin", "sine"),
    ("cos", "cos", "cosine"),
    ("tanh", "tanh", "hyperbolic tangent"),
):
    register("observable function", _name, summary=_summary)(_of_arrays(_function))
register("observable function", "min", summary="the smallest of several", several=True)(_of_arrays("minimum"))
register("observable function", "max", summary="the largest of several", several=True)(_of_arrays("maximum"))


class Observable:
    """A function of the state, given as an expression in the names of the state variables.

    Args:
        expression: Such as ``"u1**2"``, ``"log(u1) - 0.5"``, ``"min(x, y)"`` or ``"x > 2.5 and x > y"``.
        names: Names of the state variables.
        kind: What messages call it.

    Attributes:
        used: Names of the state variables in it.
        jumps: Whether a comparison is in it.

    Raises:
        OptionError: The expression does not follow the grammar, or names something that the record does not have.

    Example:
        >>> import numpy as np
        >>> Observable("2*x**2 - 1", ["x"]).along(np.array([[1.0], [2.0]])).tolist()
        [1.0, 7.0]
        >>> Observable("0 < x < 1.5 or x > 3", ["x"]).along(np.array([[1.0], [2.0]])).tolist()
        [1.0, 0.0]
    """

    def __init__(self, expression: str, names: Sequence[str], kind: str = "observable"):
        self.expression = expression.strip()
        self.names = tuple(names)
        parsed = parse(self.expression, self.names, kind)
        self._evaluate, self.used, self.jumps = parsed

    def along(self, states: Any) -> Any:
        """The observable along states, shape ``(..., d)`` to ``(...,)``; NumPy or JAX arrays."""
        columns = {name: states[..., self.names.index(name)] for name in self.used}
        with np.errstate(all="ignore"):  # what has no finite value is looked for afterwards
            return self._evaluate(columns) + 0.0 * states[..., 0]


class Parsed(NamedTuple):
    """What an expression says.

    Attributes:
        evaluate: Its value, from the values of the variables by name.
        used: The variables in it.
        jumps: Whether a comparison is in it.
    """

    evaluate: Evaluator
    used: frozenset[str]
    jumps: bool


def parse(
    expression: str,
    names: Sequence[str],
    kind: str = "observable",
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> Parsed:
    """Read an expression; ``functions`` of one argument, besides the registered ones, have no other place.

    Raises:
        OptionError: It is none; of a text that is like a name with blanks or signs in it, that name is told.
    """
    if expression in names:  # whatever it looks like
        return Parsed(lambda columns: columns[expression], frozenset({expression}), False)

    def read(text: str) -> Parsed:
        parser = Parser(text, names, kind, functions or {})
        evaluate = parser.parse()
        return Parsed(evaluate, frozenset(parser.used), parser.jumps)

    try:
        return with_last_advice(read, expression)
    except OptionError as error:
        near = nearest(expression, [name for name in names if not name.isidentifier()], cutoff=0.8)
        if near is None:
            raise
        raise OptionError(error.given, error.needed, f"did you mean '{near}'?") from error
