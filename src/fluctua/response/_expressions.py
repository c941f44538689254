"""Observables and pushes as expressions: a small grammar, parsed by hand, never evaluated as code.

Grammar, with the precedence and the meaning of Python::

    truth      = both { "or" both }
    both       = denial { "and" denial }
    denial     = { "not" } comparison
    comparison = sum { ("<" | "<=" | ">" | ">=") sum }
    sum        = product { ("+" | "-") product }
    product    = signed { ("*" | "/") signed }
    signed     = { "-" | "+" } power
    power      = atom [ "**" signed ]
    atom       = number | name | function "(" truth { "," truth } ")" | "(" truth ")"

Functions are those registered as "observable function", such as ``log``. Names are those of the state variables of the
record, whatever characters they contain: at every place the longest name that fits is taken. A comparison has the value
one or zero, so its response is that of a probability; ``and``, ``or`` and ``not`` join comparisons.
"""

import functools
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..core import OptionError, listed, nearest, register, registered
from ._wrong_forms import SUPERSCRIPTS, instead_of_call, instead_of_name, instead_of_sign

_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"[^\W\d]\w*(?:\[[^\]]*\])?")
_LONGEST = 1000  # characters; longer expressions are mistakes, and nesting must not exhaust the stack
_DEEPEST = 50

Columns = Mapping[str, Any]
Evaluator = Callable[[Columns], Any]

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}

_CHAINS: tuple[dict[str, Callable[[Any, Any], Any]], ...] = (
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.truediv},
)


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
    """Read an expression; ``functions`` of one argument, besides the registered ones, have no other place."""
    parser = _Parser(expression, names, kind, functions or {})
    evaluate = parser.parse()
    return Parsed(evaluate, frozenset(parser.used), parser.jumps)


class _Parser:
    def __init__(self, text: str, names: Sequence[str], kind: str, own: Mapping[str, Callable[..., Any]]):
        # Cells may be written with spaces, u[y=3, x=5], where no name of the record has them.
        spaced = any(" " in name.partition("[")[2] for name in names)
        self.text = text if spaced else re.sub(r"\[[^\]]*\]", lambda match: match.group().replace(" ", ""), text)
        self.names = sorted(names, key=len, reverse=True)
        self.kind, self.own = kind, own
        self.position = 0
        self.depth = 0
        self.used: set[str] = set()
        self.jumps = False

    def parse(self) -> Evaluator:
        if not self.text:
            raise self._error("an empty expression was given", "write at least the name of a state variable")
        if len(self.text) > _LONGEST:
            raise OptionError(
                f"the expression '{self.text[:30]}...' has {len(self.text)} characters",
                f"an expression has at most {_LONGEST}",
                "shorten it, or pass a function in Python, such as observe={'mine': lambda states: states[..., 0]}",
            )
        evaluator = self._either()[0]
        self._skip_space()
        if self.position < len(self.text):
            raise self._unexpected()
        return evaluator

    # Each of these returns what it has read, and whether that is true or false, as a comparison is.

    def _either(self) -> tuple[Evaluator, bool]:
        return self._joined("or", self._both, lambda left, right: left + right - left * right)

    def _both(self) -> tuple[Evaluator, bool]:
        return self._joined("and", self._denial, operator.mul)

    def _joined(
        self, word: str, part: Callable[[], tuple[Evaluator, bool]], join: Callable[[Any, Any], Any]
    ) -> tuple[Evaluator, bool]:
        first, truth = part()
        others: list[Evaluator] = []
        while self._accept_word(word):
            self._need_comparison(word, truth)
            other, truth = part()
            self._need_comparison(word, truth)
            others.append(other)
        return (_folded(first, [(join, other) for other in others]) if others else first), truth

    def _denial(self) -> tuple[Evaluator, bool]:
        count = 0
        while self._accept_word("not"):
            count += 1
        value, truth = self._comparison()
        if count:
            self._need_comparison("not", truth)
        return ((lambda columns: 1.0 - value(columns)) if count % 2 else value), truth

    def _need_comparison(self, word: str, truth: bool) -> None:
        if not truth:
            raise self._error(
                f"'{word}' in '{self.text}' stands beside something that is neither true nor false",
                f"write comparisons beside '{word}', as in '{'not ' if word == 'not' else 'x > 0 ' + word + ' '}x < 1'",
            )

    def _comparison(self) -> tuple[Evaluator, bool]:
        left, truth = self._chain()
        sides, comparisons = [left], []
        while symbol := self._accept("<=", ">=", "<", ">"):
            comparisons.append(_COMPARISONS[symbol])
            sides.append(self._chain()[0])
        if not comparisons:
            return left, truth
        self.jumps = True

        def value(columns: Columns) -> Any:
            values = [side(columns) for side in sides]
            pairs = zip(comparisons, values[:-1], values[1:], strict=True)
            holds = [compare(left, right) * 1.0 for compare, left, right in pairs]
            return functools.reduce(operator.mul, holds)

        return value, True

    def _chain(self, level: int = 0) -> tuple[Evaluator, bool]:
        """A sum, or at the next level a product: what binds tighter comes between the symbols of a level."""
        if level == len(_CHAINS):
            return self._signed()
        first, truth = self._chain(level + 1)
        others = []
        while symbol := self._accept(*_CHAINS[level]):
            others.append((_CHAINS[level][symbol], self._chain(level + 1)[0]))
        return (_folded(first, others), False) if others else (first, truth)

    def _signed(self) -> tuple[Evaluator, bool]:
        signs = ""
        while symbol := self._accept("-", "+"):
            signs += symbol
        value, truth = self._power()
        if not signs:
            return value, truth
        return (value if signs.count("-") % 2 == 0 else lambda columns: -value(columns)), False

    def _power(self) -> tuple[Evaluator, bool]:
        base, truth = self._atom()
        if not self._accept("**"):
            return base, truth
        exponent = self._deeper(self._signed)[0]
        try:
            with np.errstate(all="ignore"):
                number = float(exponent({}))
        except KeyError:  # a variable is in it
            return (lambda columns: base(columns) ** exponent(columns)), False
        # Whole exponents stay whole, so that negative bases keep a value.
        power = int(number) if number == np.rint(number) and abs(number) < 1e9 else number
        return (lambda columns: base(columns) ** power), False

    def _atom(self) -> tuple[Evaluator, bool]:
        if self._accept("("):
            inner, truth = self._deeper(self._either)
            self._close("(")
            return inner, truth
        word = _WORD.match(self.text, self.position)
        called = word is not None and self.text[word.end() :].lstrip().startswith("(")
        functions = registered("observable function")
        if word is not None and called and (word.group() in functions or word.group() in self.own):
            longer = self._name(peek=True)
            if longer is None or len(longer) <= len(word.group()):
                return self._call(word), False
        # A column may be called '2' or '850hPa': where a variable can stand, names go before numbers.
        name = self._name()
        if name is not None:
            self.used.add(name)
            return (lambda columns: columns[name]), False
        number = self._number()
        if number is not None:
            return (lambda columns: number), False
        if word is None:
            raise self._unexpected()
        if called:
            raise self._error(
                f"the expression '{self.text}' calls '{word.group()}'",
                instead_of_call(self.text, word, [*functions, *self.own], self.kind),
            )
        raise OptionError(
            f"the expression '{self.text}' names '{word.group()}'",
            f"the state variables of this record are {_listed(self.names)}",
            instead_of_name(self.text, word, nearest(word.group(), self.names)),
        )

    def _call(self, word: re.Match[str]) -> Evaluator:
        name = word.group()
        entry = registered("observable function").get(name)
        function = self.own[name] if entry is None else entry.member
        several = entry is not None and bool(entry.facts.get("several"))
        self.position = word.end()
        self._accept("(")
        parts = [self._deeper(self._either)[0]]
        while self._accept(","):
            glued = self.position < len(self.text) and self.text[self.position].isdigit()
            if glued and self.text[self.position - 2].isdigit():
                raise self._error(
                    f"',' in '{self.text}' stands between two digits",
                    "write numbers with a decimal point, or a space after a comma that ends a number",
                )
            parts.append(self._deeper(self._either)[0])
        self._close(f"{name}(")
        if several != (len(parts) > 1):
            raise self._error(
                f"'{name}' in '{self.text}' has {len(parts)} argument{'s' if len(parts) > 1 else ''}",
                f"give {'two or more' if several else 'one'}, as in '{name}(x{', 1' if several else ''})'",
            )
        return lambda columns: function(*(part(columns) for part in parts))

    def _deeper(self, read: Callable[[], tuple[Evaluator, bool]]) -> tuple[Evaluator, bool]:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._error(f"parts are nested more than {_DEEPEST} deep", "write it with fewer parentheses")
        found = read()
        self.depth -= 1
        return found

    def _close(self, opening: str) -> None:
        if self._accept(")"):
            return
        if self.position < len(self.text):
            raise self._unexpected()
        raise self._error(f"'{opening}' in '{self.text}' is never closed", "add the missing ')'")

    def _name(self, peek: bool = False) -> str | None:
        self._skip_space()
        for name in self.names:
            if self.text.startswith(name, self.position):
                end = self.position + len(name)
                following = self.text[end : end + 1]
                goes_on = following.isalnum() and following not in SUPERSCRIPTS
                if name[-1].isalnum() and (goes_on or following in ("_", "[")) and following:
                    continue
                if not peek:
                    self.position = end
                return name
        return None

    def _number(self) -> np.float64 | None:
        self._skip_space()
        match = _NUMBER.match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        return np.float64(match.group())

    def _accept(self, *symbols: str) -> str | None:
        self._skip_space()
        for symbol in symbols:
            if self.text.startswith(symbol, self.position):
                if symbol in "*/" and self.text.startswith(2 * symbol, self.position):
                    continue
                self.position += len(symbol)
                return symbol
        return None

    def _accept_word(self, word: str) -> bool:
        self._skip_space()
        match = _WORD.match(self.text, self.position)
        if match is None or match.group() != word or word in self.names:
            return False
        self.position = match.end()
        return True

    def _skip_space(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    def _unexpected(self) -> OptionError:
        if self.position >= len(self.text):
            return self._error(f"the expression '{self.text}' ends too early", "complete it, as in 'x + 1'")
        return self._error(
            f"the expression '{self.text}' has an unexpected '{self.text[self.position]}' at position "
            f"{self.position + 1}",
            instead_of_sign(self.text, self.position, self.kind),
        )

    def _error(self, given: str, remedy: str) -> OptionError:
        functions = ", ".join(f"{name}()" for name in (*registered("observable function"), *self.own))
        article = "an" if self.kind[0] in "aeiou" else "a"
        needed = (
            f"{article} {self.kind} is made of state variables, numbers, + - * / **, comparisons joined by and, or, "
            f"not, and {functions}"
        )
        return OptionError(given, needed, remedy)


def _folded(first: Evaluator, others: Sequence[tuple[Callable[[Any, Any], Any], Evaluator]]) -> Evaluator:
    """From left to right, in a loop: a long sum is no deep one."""
    if not others:
        return first

    def value(columns: Columns) -> Any:
        found = first(columns)
        for function, other in others:
            found = function(found, other(columns))
        return found

    return value


def _listed(names: Sequence[str], most: int = 12) -> str:
    return listed([f"'{name}'" for name in sorted(names)], most)
