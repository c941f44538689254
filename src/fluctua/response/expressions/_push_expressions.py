"""Pushes as expressions: ``x + 2*y``, ``sd(x)``, ``damping: x=-0.1*x``."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...core import OptionError, listed_names, nearest
from ._advice import WrongFormError, with_last_advice
from ._expressions import Observable, parse
from ._pushes import AbstractPush, ComponentPush, ConstantPush, ExpressionPush
from ._wrong_forms import STEP, SUPERSCRIPTS

_WORD = re.compile(r"[^\W\d]\w*(?:\[[^\]]*\])?")
_CELL = re.compile(r"\[[^\]]*\]")
_LARGEST = 1e30
"""Of the weights of a push: squares of the errors of responses to larger ones may be infinite."""


def split_label(text: str, names: Sequence[str]) -> tuple[str, str]:
    """The name of a push and what it is: ``warming: x + 2*y`` or ``warming = x + 2*y``; by default one is the other.

    Args:
        text: What was given.
        names: Names of the state variables, which may hold anything.

    Raises:
        OptionError: What stands left of the sign could be a label or a misspelt variable.

    Example:
        >>> split_label("damping: x=-0.1*x", ["x"]), split_label("x", ["x"])
        (('damping', 'x=-0.1*x'), ('x', 'x'))
    """
    text = text.strip()
    if as_name(text, names) is not None:
        return text, text
    bare = _hidden(text, names)
    for sign in (":", "="):
        label, found, rest = (text[: bare.find(sign)].strip(), sign in bare, text[bare.find(sign) + 1 :].strip())
        if not found or not label:
            continue
        if sign == "=" and (rest.startswith("=") or bare[bare.find(sign) - 1] in "<>!"):
            continue
        if sign == "=" and as_name(label, names) is not None:
            return text, text
        if sign == "=" and "`" in label:
            near = nearest(label.strip("`"), names)
            raise OptionError(
                f"the push '{text}' names {label} left of '='",
                f"backquotes hold the name of a state variable, one of {listed_names(names)}",
                f"did you mean '{quoted(near)}={rest}'?"
                if near
                else "write one of these names, or a label without them",
            )
        near = nearest(label, names) if sign == "=" else None
        if near is not None:
            added = _with_their_case(rest, names)
            raise OptionError(
                f"the push '{text}' names '{label}' left of '='",
                f"there a state variable stands, or a label that is not like one of {listed_names(names)}",
                f"did you mean '{quoted(near)}={added}', or '{label}: {added}'?",
            )
        return label, rest
    return text, text


def _with_their_case(text: str, names: Sequence[str]) -> str:
    """The text with the names of variables as they are written, where they differ in capital letters alone."""
    known = {name.lower(): name for name in reversed(names)}
    return _WORD.sub(lambda word: word[0] if word[0] in names else known.get(word[0].lower(), word[0]), text)


def as_name(text: str, names: Sequence[str]) -> str | None:
    """The state variable that a text names, where it is nothing but a name; spaces within a cell make no difference.

    Example:
        >>> as_name("sea level", ["sea level"]), as_name("`sea level`", ["sea level"]), as_name("`x`y`", ["x", "y"])
        ('sea level', 'sea level', None)
    """
    within = [text[1:-1]] if len(text) > 2 and text[0] == text[-1] == "`" else []
    return next((known for known in (text, text.replace(" ", ""), *within) if known in names), None)


def quoted(name: str) -> str:
    """A name as it stands in an expression: in backquotes, unless it is a word or a cell."""
    return name if _WORD.fullmatch(name) else f"`{name}`"


def push_of_text(name: str, text: str, names: Sequence[str], deviation: Callable[[str], float]) -> AbstractPush:
    """The push that an expression says.

    Args:
        name: How results call it.
        text: A sum of variables with weights, a direction that is the same in every state; or variables with what is
            added to the drift of each, as in ``x=-0.1*x, y=0.5``.
        names: Names of the state variables.
        deviation: Standard deviation of a variable, which ``sd(x)`` pushes it by.

    Raises:
        OptionError: It is neither.
    """
    if not text:
        raise OptionError(
            f"the push '{name}' is empty", "a push names state variables", f"name one of {listed_names(names)}"
        )
    return with_last_advice(lambda written: _push_of_text(name, written, names, deviation), text)


def _push_of_text(name: str, text: str, names: Sequence[str], deviation: Callable[[str], float]) -> AbstractPush:
    known = as_name(text, names)
    if known is not None:
        return ComponentPush(name, list(names).index(known))
    if _WORD.fullmatch(text) and not set(text) & set(SUPERSCRIPTS):
        near = nearest(text, names)
        raise OptionError(
            f"the push '{text}' is not a state variable of the record",
            f"its state variables are {listed_names(names)}",
            f"did you mean '{near}'?" if near else f"name one of these, or a sum such as '0.5*{quoted(names[0])}'",
        )
    if "=" in _hidden(text, names).replace("==", "").replace("<=", ""):
        components = _components(text, names)
        for written in components.values():
            try:
                Observable(written, names, kind="push")
            except WrongFormError as error:
                raise error.within(written, text) from None
        return push_of_components(name, components, names)
    return push_of_weights(name, _weights(text, names, deviation), names)


def push_of_weights(name: str, weights: Mapping[str, float], names: Sequence[str]) -> ConstantPush:
    """A push that is the same in every state, by the weights of the variables it moves."""
    vector = np.zeros(len(names))
    for variable, weight in weights.items():
        known = as_name(variable, names)
        if known is None:
            near = nearest(variable, names)
            raise OptionError(
                f"the push '{name}' moves '{variable}'",
                f"the state variables of this record are {listed_names(names)}",
                f"did you mean '{near}'?" if near else "use one of these names",
            )
        vector[list(names).index(known)] += weight
    if not np.isfinite(vector).all() or not vector.any():
        raise OptionError(
            f"the push '{name}' is {'zero' if np.isfinite(vector).all() else 'not finite'}",
            "a push moves at least one state variable by a finite amount",
            f"give a variable a weight, as in '2*{quoted(names[0])}'",
        )
    largest = float(np.abs(vector).max())
    if not 1 / _LARGEST <= largest <= _LARGEST:
        raise OptionError(
            f"the push '{name}' moves variables by {largest:.3g} at most",
            f"this must be from {1 / _LARGEST:.0e} to {_LARGEST:.0e}, so that errors can be squared",
            f"give it another size, as in '2*{quoted(names[0])}': responses are proportional to it",
        )
    return ConstantPush(name, vector)


def push_of_components(name: str, components: Mapping[str, str | float], names: Sequence[str]) -> AbstractPush:
    """A push by what is added to the drift of each variable: numbers, or expressions of the state."""
    found: dict[str, Observable] = {}
    for variable, written in components.items():
        known = as_name(variable, names)
        if known is None or known in found:
            near = nearest(variable, names)
            raise OptionError(
                f"the push '{name}' moves '{variable}'{' twice' if known else ''}",
                f"each of {listed_names(names)} can stand once left of a '='",
                f"did you mean '{near}'?" if near and not known else "name each variable once",
            )
        if isinstance(written, str):
            _refuse_two_readings(name, known, written.strip(), names)
        found[known] = Observable(written if isinstance(written, str) else f"{float(written)!r}", names, kind="push")
        _refuse_jumps(name, found[known].jumps)
    if any(observable.used for observable in found.values()):
        return ExpressionPush(name, tuple((list(names).index(known), each) for known, each in found.items()))
    origin = np.zeros(len(names))
    return push_of_weights(name, {known: float(each.along(origin)) for known, each in found.items()}, names)


def _refuse_two_readings(name: str, variable: str, written: str, names: Sequence[str]) -> None:
    """Refuse a number that is the name of a variable, too."""
    try:
        float(written)
    except ValueError:
        return
    if written in names:
        number = f"{written[0]} {written[1:]}" if written[0] in "+-" else written
        number = number if number != written else f"{written}.0" if written.isdecimal() else f"0{written}"
        raise OptionError(
            f"the push '{name}' adds '{written}' to the drift of {quoted(variable)}",
            "this may be the number or the state variable that is called so",
            f"write '{quoted(variable)}=`{written}`' for the variable, or '{quoted(variable)}={number}' for the number",
        )


def _refuse_jumps(name: str, jumps: bool) -> None:
    if jumps:
        raise OptionError(
            f"the push '{name}' holds a comparison",
            "the divergence of a push is needed, and a push that jumps has none",
            STEP,
        )


def _components(text: str, names: Sequence[str]) -> dict[str, str]:
    """``x=-0.1*x, y=2`` by variable."""
    known = "|".join(re.escape(each) for name in sorted(names, key=len, reverse=True) for each in (f"`{name}`", name))
    text = _CELL.sub(lambda match: match.group().replace(" ", ""), text)
    bare = _hidden(text, names)
    found_at = re.finditer(rf"(?:^|[,;])\s*({known})\s*=(?!=)", text)
    starts = [start for start in found_at if start.start() == 0 or bare[start.start()] in ",;"]
    apart = re.sub(rf"(?<=[\w)])\s*(?:&&?|\band\b|\s)\s*(?=(?:{known})\s*=(?!=))", ", ", text)
    if starts and starts[0].start() == 0 and apart != text:
        raise WrongFormError(
            f"the push '{text}' has more than one '=' in one part",
            "what is added to the drift of each variable stands between commas",
            f"write '{apart}'",
        )
    if not starts or starts[0].start() > 0:
        raise OptionError(
            f"the push '{text}' has a '=' whose left side is no state variable",
            f"the state variables of this record are {listed_names(names)}",
            f"write what is added to the drift of one of them, as in '{quoted(names[0])}=-0.1*{quoted(names[0])}'",
        )
    ends = [start.start() for start in starts[1:]] + [len(text)]
    found = {
        as_name(start[1], names) or start[1]: text[start.end() : end].strip()
        for start, end in zip(starts, ends, strict=True)
    }
    if len(found) < len(starts):
        raise OptionError(
            f"the push '{text}' names a variable twice left of '='", "each can stand there once", "add the two up"
        )
    return found


def _weights(text: str, names: Sequence[str], deviation: Callable[[str], float]) -> dict[str, float]:
    """The weights of the variables in a sum of them."""

    def deviations(argument: Any) -> Any:
        if not isinstance(argument, _Sum) or list(argument.weights.values()) != [1.0] or argument.number:
            raise OptionError(
                f"sd() in the push '{text}' has something else than a state variable as its argument",
                "sd(x) pushes x by one standard deviation of x",
                f"write the name of one variable there, as in '2*sd({quoted(names[0])})'",
            )
        (variable,) = argument.weights
        return _Sum({variable: deviation(variable)})

    parsed = parse(text, names, "push", {"sd": deviations})
    _refuse_jumps(text, parsed.jumps)
    try:
        found = parsed.evaluate({name: _Sum({name: 1.0}) for name in parsed.used})
    except TypeError:
        found = None
    if not isinstance(found, _Sum) or found.number:
        one = quoted(next(iter(sorted(parsed.used)), names[0]))
        raise OptionError(
            f"the push '{text}' is not a sum of state variables with weights"
            if found is None
            else f"the push '{text}' has a number that no state variable stands beside",
            "such a sum names a direction that is the same in every state; a push that depends on the state names the "
            "pushed variable left of '='",
            f"write a sum such as '{'2*sd(' + one + ')' if 'sd(' in text else '0.5*' + one}'"
            if "sd(" in text or _is_zero(found)
            else f"write '{one}={text}' if that is to be added to the drift of {one}, or a sum such as '0.5*{one}'",
        )
    return found.weights


def _is_zero(found: Any) -> bool:
    return bool(not isinstance(found, _Sum) and found == 0.0)


class _Sum:
    """State variables with weights, and a number: what an expression must come to, to name a direction."""

    __array_ufunc__ = None  # numbers leave arithmetic to it

    def __init__(self, weights: Mapping[str, float], number: float = 0.0):
        self.weights, self.number = dict(weights), number

    def _times(self, factor: float) -> "_Sum":
        number = self.number * factor if self.number else 0.0
        return _Sum({name: weight * factor for name, weight in self.weights.items()}, number)

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, _Sum):
            return _Sum(self.weights, self.number + other)
        names = [*self.weights, *(name for name in other.weights if name not in self.weights)]
        sums = {name: self.weights.get(name, 0.0) + other.weights.get(name, 0.0) for name in names}
        return _Sum(sums, self.number + other.number)

    __radd__ = __add__

    def __neg__(self) -> "_Sum":
        return self._times(-1.0)

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, _Sum) else self._times(float(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, _Sum) else self._times(1.0 / float(other) if other else np.inf)


def _hidden(text: str, names: Sequence[str]) -> str:
    """The text with the signs in names of cells and variables blanked, so that others are found; of the same length."""
    for name in sorted((name for name in names if set(name) & set(":=")), key=len, reverse=True):
        text = text.replace(name, "_" * len(name))
    return _CELL.sub(lambda match: "_" * len(match.group()), text)
