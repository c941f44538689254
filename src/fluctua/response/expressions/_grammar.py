"""The grammar of expressions, parsed by hand, never evaluated as code.

It is, with the precedence and the meaning of Python::

    truth      = both { "or" both }
    both       = denial { "and" denial }
    denial     = { "not" } comparison
    comparison = sum { ("<" | "<=" | ">" | ">=") sum }
    sum        = product { ("+" | "-") product }
    product    = signed { ("*" | "/") signed }
    signed     = { "-" | "+" } power
    power      = atom [ "**" signed ]
    atom       = number | name | "`" name "`" | function "(" truth { "," truth } ")" | "(" truth ")"

Functions are those registered as "observable function", such as ``log``. Names are those of the state variables of the
record, whatever characters they contain: at every place the longest name that fits is taken. One that is a number, too,
stands between backquotes where it is not alone. A comparison has the value one or zero, so its response is that of a
probability; ``and``, ``or`` and ``not`` join comparisons.
"""

import functools
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...core import OptionError, listed_names, nearest, registered
from ._advice import WrongFormError
from ._scanner import WORD, Scanner
from ._wrong_forms import beside_word, instead_of_call, instead_of_name, meant

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


class Parser:
    """Reads one expression; ``used`` are the variables in it, ``jumps`` whether a comparison is."""

    def __init__(self, text: str, names: Sequence[str], kind: str, own: Mapping[str, Callable[..., Any]]):
        self.scan = Scanner(text, names, kind, own)
        self.depth = 0
        self.used: set[str] = set()
        self.jumps = False

    def parse(self) -> Evaluator:
        if not self.scan.text:
            raise self.scan.error("an empty expression was given", "write at least the name of a state variable")
        if len(self.scan.text) > _LONGEST:
            raise OptionError(
                f"the expression '{self.scan.text[:30]}...' has {len(self.scan.text)} characters",
                f"an expression has at most {_LONGEST}",
                "shorten it, or pass a function in Python, such as observe={'mine': lambda states: states[..., 0]}",
            )
        evaluator = self._either()[0]
        self.scan.skip_space()
        if self.scan.position < len(self.scan.text):
            raise self.scan.unexpected()
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
        while self.scan.accept_word(word):
            self._need_comparison(word, truth)
            other, truth = part()
            self._need_comparison(word, truth)
            others.append(other)
        return (_folded(first, [(join, other) for other in others]) if others else first), truth

    def _denial(self) -> tuple[Evaluator, bool]:
        count = 0
        while self.scan.accept_word("not"):
            count += 1
        value, truth = self._comparison()
        if count:
            self._need_comparison("not", truth)
        return ((lambda columns: 1.0 - value(columns)) if count % 2 else value), truth

    def _need_comparison(self, word: str, truth: bool) -> None:
        if not truth:
            raise self.scan.error(
                f"'{word}' in '{self.scan.text}' stands beside something that is neither true nor false",
                beside_word(self.scan.text, word, self.scan.kind),
            )

    def _comparison(self) -> tuple[Evaluator, bool]:
        left, truth = self._chain()
        sides, comparisons = [left], []
        while symbol := self.scan.accept("<=", ">=", "<", ">"):
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
        while symbol := self.scan.accept(*_CHAINS[level]):
            others.append((_CHAINS[level][symbol], self._chain(level + 1)[0]))
        return (_folded(first, others), False) if others else (first, truth)

    def _signed(self) -> tuple[Evaluator, bool]:
        self.scan.refuse_signed_number()
        signs = ""
        while symbol := self.scan.accept("-", "+"):
            signs += symbol
        value, truth = self._power()
        if not signs:
            return value, truth
        return (value if signs.count("-") % 2 == 0 else lambda columns: -value(columns)), False

    def _power(self) -> tuple[Evaluator, bool]:
        base, truth = self._atom()
        if not self.scan.accept("**"):
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
        if self.scan.accept("("):
            inner, truth = self._deeper(self._either)
            self.scan.close("(")
            return inner, truth
        word = WORD.match(self.scan.text, self.scan.position)
        called = word is not None and self.scan.text[word.end() :].lstrip().startswith("(")
        functions = registered("observable function")
        if word is not None and called and (word.group() in functions or word.group() in self.scan.own):
            longer = self.scan.name(peek=True)
            if longer is None or len(longer) <= len(word.group()):
                return self._call(word), False
        found = self.scan.quoted() or self.scan.name_or_number()  # a column may be called '2' or '850hPa'
        if isinstance(found, str):
            self.used.add(found)
            return (lambda columns: columns[found]), False
        if found is not None:
            return (lambda columns: found), False
        if word is None:
            raise self.scan.unexpected()
        if called:
            remedy = instead_of_call(self.scan.text, word, [*functions, *self.scan.own], self.scan.kind)
            given = f"the expression '{self.scan.text}' calls '{word.group()}'"
            raise self.scan.error(given, remedy, meant(self.scan.text, word, remedy))
        near = nearest(word.group(), self.scan.names)
        remedy = instead_of_name(self.scan.text, word, near, [*functions, *self.scan.own])
        raise WrongFormError(
            f"the expression '{self.scan.text}' names '{word.group()}'",
            f"the state variables of this record are {listed_names(sorted(self.scan.names))}",
            remedy,
            meant(self.scan.text, word, remedy),
        )

    def _call(self, word: re.Match[str]) -> Evaluator:
        name = word.group()
        entry = registered("observable function").get(name)
        function = self.scan.own[name] if entry is None else entry.member
        several = entry is not None and bool(entry.facts.get("several"))
        self.scan.position = word.end()
        self.scan.accept("(")
        parts = [self._deeper(self._either)[0]]
        while self.scan.accept(","):
            glued = self.scan.position < len(self.scan.text) and self.scan.text[self.scan.position].isdigit()
            if glued and self.scan.text[self.scan.position - 2].isdigit():
                raise self.scan.error(
                    f"',' in '{self.scan.text}' stands between two digits",
                    "write numbers with a decimal point, or a space after a comma that ends a number",
                )
            parts.append(self._deeper(self._either)[0])
        self.scan.close(f"{name}(")
        if several != (len(parts) > 1):
            raise self.scan.error(
                f"'{name}' in '{self.scan.text}' has {len(parts)} argument{'s' if len(parts) > 1 else ''}",
                f"give {'two or more' if several else 'one'}, as in '{name}(x{', 1' if several else ''})'",
            )
        return lambda columns: function(*(part(columns) for part in parts))

    def _deeper(self, read: Callable[[], tuple[Evaluator, bool]]) -> tuple[Evaluator, bool]:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.scan.error(f"parts are nested more than {_DEEPEST} deep", "write it with fewer parentheses")
        found = read()
        self.depth -= 1
        return found


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
