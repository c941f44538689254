"""Observables as expressions: a small grammar, parsed by hand, never evaluated as code.

Grammar, with the precedence of Python::

    comparison = sum [ ("<" | "<=" | ">" | ">=") ["-"] number ]
    sum        = product { ("+" | "-") product }
    product    = signed { "*" signed }
    signed     = ["-" | "+"] signed | power
    power      = atom [ "**" ["-"] number ]
    atom       = number | name | function "(" comparison ")" | "(" comparison ")"

Functions are those registered as "observable function", such as ``abs``. Names are those of the state variables of the
record, whatever characters they contain: at every place the longest name that fits is taken. A comparison has the value
one or zero, so its response is that of a probability.
"""

import difflib
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core import OptionError, register, registered

_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"[^\W\d]\w*(?:\[[^\]]*\])?")
_LONGEST = 1000  # characters; longer expressions are mistakes, and nesting must not exhaust the stack
_DEEPEST = 50

Columns = Mapping[str, Any]
Evaluator = Callable[[Columns], Any]

_COMPARISONS: dict[str, Callable[[Any, float], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}

_CHAINS: tuple[dict[str, Callable[[Any, Any], Any]], ...] = (
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul},
)

register("observable function", "abs", summary="absolute value")(abs)


class Observable:
    """A function of the state, given as an expression in the names of the state variables.

    Args:
        expression: Such as ``"u1**2"``, ``"u1*tau - 0.5"``, ``"abs(x)"`` or ``"x > 2.5"``.
        names: Names of the state variables.

    Raises:
        OptionError: The expression does not follow the grammar, or names something that the record does not have.

    Example:
        >>> import numpy as np
        >>> Observable("2*x**2 - 1", ["x"]).along(np.array([[1.0], [2.0]])).tolist()
        [1.0, 7.0]
    """

    def __init__(self, expression: str, names: Sequence[str]):
        self.expression = expression.strip()
        self.names = tuple(names)
        self._evaluate = _Parser(self.expression, self.names).parse()

    def along(self, states: Any) -> Any:
        """The observable along states, shape ``(..., d)`` to ``(...,)``; NumPy or JAX arrays."""
        columns = {name: states[..., index] for index, name in enumerate(self.names)}
        return self._evaluate(columns) + 0.0 * states[..., 0]


class _Parser:
    def __init__(self, text: str, names: tuple[str, ...]):
        self.text = text
        self.names = sorted(names, key=len, reverse=True)
        self.position = 0
        self.depth = 0

    def parse(self) -> Evaluator:
        if not self.text:
            raise self._error("an empty expression was given", "write at least the name of a state variable")
        if len(self.text) > _LONGEST:
            raise OptionError(
                f"the expression '{self.text[:30]}...' has {len(self.text)} characters",
                f"an expression has at most {_LONGEST}",
                "compute the observable yourself and add it to the record, or pass a function in Python",
            )
        evaluator = self._comparison()
        self._skip_space()
        if self.position < len(self.text):
            raise self._unexpected()
        return evaluator

    def _comparison(self) -> Evaluator:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._error(f"parentheses are nested more than {_DEEPEST} deep", "write it with fewer parentheses")
        left = self._chain()
        symbol = self._accept("<=", ">=", "<", ">")
        self.depth -= 1
        if symbol is None:
            return left
        value = self._signed_number(
            f"what stands right of '{symbol}' in '{self.text}' is not a number",
            f"write a number there, as in 'x {symbol} 2.5'; to compare two variables, compare their difference with 0",
        )
        compare = _COMPARISONS[symbol]
        return lambda columns: compare(left(columns), value) * 1.0

    def _chain(self, level: int = 0) -> Evaluator:
        """A sum, or at the next level a product: what binds tighter comes between the symbols of a level."""
        if level == len(_CHAINS):
            return self._signed()
        value = self._chain(level + 1)
        while symbol := self._accept(*_CHAINS[level]):
            value = _binary(_CHAINS[level][symbol], value, self._chain(level + 1))
        return value

    def _signed(self) -> Evaluator:
        sign = 1.0
        while symbol := self._accept("-", "+"):
            sign = -sign if symbol == "-" else sign
        value = self._power()
        return value if sign > 0 else lambda columns: -value(columns)

    def _power(self) -> Evaluator:
        base = self._atom()
        if not self._accept("**"):
            return base
        exponent = self._signed_number(
            f"the power in '{self.text}' is not a number", "write a number after '**', as in 'x**2'"
        )
        # Whole exponents stay whole, so that negative bases keep a value.
        power = int(exponent) if exponent == int(exponent) else exponent
        return lambda columns: base(columns) ** power

    def _atom(self) -> Evaluator:
        if self._accept("("):
            return self._closed("(")
        # A column may be called '2' or '850hPa': where a variable can stand, names go before numbers.
        name = self._name()
        if name is not None:
            return lambda columns: columns[name]
        number = self._number()
        if number is not None:
            return lambda columns: number
        word = _WORD.match(self.text, self.position)
        if word is None:
            raise self._unexpected()
        after = self.text[word.end() :].lstrip()
        functions = registered("observable function")
        if word.group() in functions and after.startswith("("):
            function = functions[word.group()].member
            self.position = word.end()
            self._accept("(")
            inner = self._closed(f"{word.group()}(")
            return lambda columns: function(inner(columns))
        if after.startswith("("):
            raise self._error(
                f"the expression '{self.text}' calls '{word.group()}'",
                f"leave the call out: the functions are {', '.join(functions)}; compute others yourself and add them "
                "to the record",
            )
        close = difflib.get_close_matches(word.group(), self.names, 1)
        raise OptionError(
            f"the expression '{self.text}' names '{word.group()}'",
            f"the state variables of this record are {_listed(self.names)}",
            f"did you mean '{close[0]}'?" if close else "use one of these names",
        )

    def _closed(self, opening: str) -> Evaluator:
        inner = self._comparison()
        if not self._accept(")"):
            raise self._error(f"'{opening}' in '{self.text}' is never closed", "add the missing ')'")
        return inner

    def _name(self) -> str | None:
        self._skip_space()
        for name in self.names:
            if self.text.startswith(name, self.position):
                end = self.position + len(name)
                following = self.text[end : end + 1]
                if name[-1].isalnum() and (following.isalnum() or following in ("_", "[")) and following:
                    continue
                self.position = end
                return name
        return None

    def _number(self) -> float | None:
        self._skip_space()
        match = _NUMBER.match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        return float(match.group())

    def _signed_number(self, given: str, remedy: str) -> float:
        sign = -1.0 if self._accept("-") else 1.0
        number = self._number()
        if number is None:
            raise self._error(given, remedy)
        return sign * number

    def _accept(self, *symbols: str) -> str | None:
        self._skip_space()
        for symbol in symbols:
            if self.text.startswith(symbol, self.position):
                if symbol == "*" and self.text.startswith("**", self.position):
                    continue
                self.position += len(symbol)
                return symbol
        return None

    def _skip_space(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    def _unexpected(self) -> OptionError:
        if self.position >= len(self.text):
            return self._error(f"the expression '{self.text}' ends too early", "complete it, as in 'x + 1'")
        character = self.text[self.position]
        hint = "multiply by the inverse number, as in '0.5*x'" if character == "/" else "take it out"
        return self._error(
            f"the expression '{self.text}' has an unexpected '{character}' at position {self.position + 1}",
            hint,
        )

    def _error(self, given: str, remedy: str) -> OptionError:
        functions = ", ".join(f"{name}()" for name in registered("observable function"))
        needed = (
            f"an observable is made of state variables, numbers, + - * **, comparisons with a number, and {functions}"
        )
        return OptionError(given, needed, remedy)


def _binary(function: Callable[[Any, Any], Any], left: Evaluator, right: Evaluator) -> Evaluator:
    return lambda columns: function(left(columns), right(columns))


def _listed(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(f"'{name}'" for name in sorted(names)[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
