"""The text of an expression, read from left to right: names, numbers, symbols, and what to say of anything else."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...core import registered
from ._advice import WrongFormError
from ._wrong_forms import SUPERSCRIPTS, instead_of_sign

_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
WORD = re.compile(r"[^\W\d]\w*(?:\[[^\]]*\])?")


class Scanner:
    """A text with a place in it. What reads something moves the place behind it; else None, and nothing moves."""

    def __init__(self, text: str, names: Sequence[str], kind: str, own: Mapping[str, Callable[..., Any]]):
        # Cells may be written with spaces, u[y=3, x=5], where no name of the record has them.
        spaced = any(" " in name.partition("[")[2] for name in names)
        self.text = text if spaced else re.sub(r"\[[^\]]*\]", lambda match: match.group().replace(" ", ""), text)
        self.names = sorted(names, key=len, reverse=True)
        self.kind, self.own = kind, own
        self.position = 0

    def close(self, opening: str) -> None:
        """Read the parenthesis that closes ``opening``, or refuse what stands there."""
        if self.accept(")"):
            return
        if self.position < len(self.text):
            raise self.unexpected()
        raise self.error(f"'{opening}' in '{self.text}' is never closed", "add the missing ')'")

    def name(self, peek: bool = False) -> str | None:
        """The longest name of a variable that stands here."""
        self.skip_space()
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

    def quoted(self) -> str | None:
        """The variable whose name stands here between backquotes, which has no other reading."""
        self.skip_space()
        for name in self.names:
            if self.text.startswith(f"`{name}`", self.position):
                self.position += len(name) + 2
                return name
        return None

    def name_or_number(self) -> str | np.float64 | None:
        """What stands here: a variable by the longest name that fits, or a number.

        Raises:
            OptionError: It may be either, and is not all that there is.
        """
        name, start = self.name(peek=True), self.position
        match = _NUMBER.match(self.text, start)
        if name is None or match is None or len(match.group()) < len(name):
            return self.number() if name is None else self.name()
        if len(match.group()) > len(name):
            return self.number()
        if self.text.strip() == name:
            return self.name()
        raise self._of_two_readings(name, f"{name}.0" if name.isdecimal() else f"0{name}")

    def refuse_signed_number(self) -> None:
        """Refuse what stands here if it may be a number with a sign or the variable of that name."""
        name = self.name(peek=True)
        if name is not None and name[0] in "+-" and _NUMBER.fullmatch(name[1:]):
            raise self._of_two_readings(name, f"{name[0]} {name[1:]}")

    def _of_two_readings(self, name: str, number: str) -> WrongFormError:
        before, after = self.text[: self.position], self.text[self.position + len(name) :]
        return self.error(
            f"'{name}' in '{self.text}' may be the number or the state variable that is called so",
            f"write '{before}`{name}`{after}' with backquotes for the variable, or '{before}{number}{after}' for the "
            "number",
        )

    def number(self) -> np.float64 | None:
        """The number that stands here."""
        self.skip_space()
        match = _NUMBER.match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        return np.float64(match.group())

    def accept(self, *symbols: str) -> str | None:
        """The first of the symbols that stands here."""
        self.skip_space()
        for symbol in symbols:
            if self.text.startswith(symbol, self.position):
                if symbol in "*/" and self.text.startswith(2 * symbol, self.position):
                    continue
                self.position += len(symbol)
                return symbol
        return None

    def accept_word(self, word: str) -> bool:
        """Whether the word stands here, where it is no name."""
        self.skip_space()
        match = WORD.match(self.text, self.position)
        if match is None or match.group() != word or word in self.names:
            return False
        self.position = match.end()
        return True

    def skip_space(self) -> None:
        """Go to the next character that is no space."""
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    def unexpected(self) -> WrongFormError:
        """What stands here has no place here."""
        if self.position >= len(self.text):
            return self.error(f"the expression '{self.text}' ends too early", self._completed())
        return self.error(
            f"the expression '{self.text}' has an unexpected '{self.text[self.position]}' at position "
            f"{self.position + 1}",
            instead_of_sign(self.text, self.position, self.kind),
        )

    def _completed(self) -> str:
        name = self.names[-1] if self.names else "x"
        return f"complete it, as in '2*{name}'" if self.kind == "push" else f"complete it, as in '{name} + 1'"

    def error(self, given: str, remedy: str, written: str | None = None) -> WrongFormError:
        """What was given, and what an expression is made of."""
        functions = ", ".join(f"{name}()" for name in (*registered("observable function"), *self.own))
        article = "an" if self.kind[0] in "aeiou" else "a"
        needed = (
            f"{article} {self.kind} is made of state variables, numbers, + - * / **, comparisons joined by and, or, "
            f"not, and {functions}"
        )
        return WrongFormError(given, needed, remedy, written)
