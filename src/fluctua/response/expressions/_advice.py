"""Errors of expressions that know what to write instead, so that their advice can be followed before it is given."""

import re
from collections.abc import Callable
from typing import Any

from ...core import OptionError

_MOST = 12
_WHOLE = re.compile(
    r"write (?:an interval around the value, as in |comparisons? beside '\w+', as in )?'(.*)'"
    r"(?: for a product| with a decimal point| for one push on both.*)?"
)
_EXAMPLES = ("0.9 < x < 1.1", "x > 0 and x < 1", "x > 0 or x < 1", "not x < 1")  # of what is not taken from a text


class WrongFormError(OptionError):
    """An expression that is none.

    Args:
        given: What was given.
        needed: What is needed instead.
        remedy: What to do.
        written: The whole expression as it may be meant; by default what ``remedy`` tells to write, if it is whole.
    """

    def __init__(self, given: str, needed: str, remedy: str, written: str | None = None):
        super().__init__(given, needed, remedy)
        whole = _WHOLE.fullmatch(remedy)
        self.written = whole[1] if written is None and whole and whole[1] not in _EXAMPLES else written

    def within(self, part: str, text: str) -> "WrongFormError":
        """The same error of a longer text in which the expression is a part."""
        if self.written is None:
            return self
        whole = text.replace(part, self.written)
        return WrongFormError(self.given, self.needed, f"write '{whole}'")


def with_last_advice(read: Callable[[str], Any], text: str) -> Any:
    """What ``read`` makes of a text; an error advises what it takes, not what is refused for a second fault.

    Raises:
        OptionError: The text cannot be read. Its remedy is the first text that can be read of those that one error
            after the other tells to write, or what the last of them says.
    """
    try:
        return read(text)
    except WrongFormError as error:
        first = error
    last: OptionError = first
    written = first.written
    for _ in range(_MOST):
        if written is None:
            break
        try:
            read(written)
        except WrongFormError as error:
            last, written = error, error.written
        except OptionError as error:
            last, written = error, None
        else:
            if last is not first:
                last = WrongFormError(first.given, first.needed, f"write '{written}'")
            raise last from None
    raise WrongFormError(first.given, first.needed, last.remedy, first.written if last is first else "") from None
