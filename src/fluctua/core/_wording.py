"""What messages call an option: as it is typed in a terminal, or as an argument of the function that was called.

Messages are written for the terminal, ``--max-lag 10``. Where a verb is called from Python they say ``max_lag=10``.
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from ._choices import NO_VALUES
from ._errors import FluctuaError
from ._specification import Argument, Specification, is_text

_OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)(?:( |=)('[^']*'|\"[^\"]*\"|[^\s;)]+))?")
_COMMAND = re.compile(r"(fluctua|fit-score|sample|simulate|respond)( --\S+( \S+)?)* $")
"""What stands before the options of a command, which are left as they are."""

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)
_in_terminal: ContextVar[bool] = ContextVar("in_terminal", default=False)
_verbs: dict[str, Callable[[], Specification]] = {}
_called: ContextVar[Specification | None] = ContextVar("called", default=None)


@contextlib.contextmanager
def in_terminal() -> Iterator[None]:
    """What is said in here is read by somebody who types options."""
    token = _in_terminal.set(True)
    try:
        yield
    finally:
        _in_terminal.reset(token)


@contextlib.contextmanager
def called(specification: Specification) -> Iterator[None]:
    """What is said in here is about the arguments of this verb; errors are worded so.

    Raises:
        FluctuaError: The one that was raised in here.
    """
    token = _called.set(specification)
    try:
        yield
    except FluctuaError as error:
        parts = [worded(part) for part in (error.given, error.needed, error.remedy)]
        if parts == [error.given, error.needed, error.remedy]:
            raise
        raise type(error)(*parts).with_traceback(error.__traceback__) from error.__cause__
    finally:
        _called.reset(token)


def worded(text: str, verb: str = "") -> str:
    """A text with options as whoever reads it writes them.

    Args:
        text: The text.
        verb: Name of the verb whose options it names, where it is read after the call.
    """
    if _in_terminal.get():
        return text
    specification = _called.get()
    if specification is None and verb in _verbs:
        specification = _verbs[verb]()
    return text if specification is None else as_arguments(text, specification)


def tell_of(verb: str, specification: Callable[[], Specification]) -> None:
    """Let texts that are read after the call of a verb name its arguments, which are looked up when they are."""
    _verbs[verb] = specification


def as_arguments(text: str, specification: Specification) -> str:
    """A text with options of a terminal as arguments in Python.

    Example:
        >>> def verb(*, max_lag: float = 1.0, steps: bool = False, drop: str | None = None) -> None: ...
        >>> text = "give --max-lag 10 --steps, or leave --drop out; --drop a --drop 'b c'."
        >>> as_arguments(text, Specification.of(verb))
        "give max_lag=10, steps=True, or leave drop out; drop=['a', 'b c']."
    """
    by_flag = {argument.flag.name: argument for argument in specification.arguments}
    said, place = "", 0
    together: list[tuple[str, str]] = []  # options that stand beside one another, as in a command
    for found in _OPTION.finditer(text):
        argument = by_flag.get(found[1])
        if argument is None or _COMMAND.search(text[: found.start()]):
            continue
        value, end = _value(argument, found)
        between = text[place : found.start()]
        if together and between != " ":
            said += _call(together)
            together = []
        if not together:
            said += between
        if value is None:
            said += _call(together) + (" " if together else "") + argument.name
            together = []
        else:
            together.append((argument.name, value))
        place = end
    return said + _call(together) + text[place:]


def _value(argument: Argument, found: re.Match[str]) -> tuple[str | None, int]:
    """What an option is set to, as it stands in a call, and where that ends in the text; None where it is but named."""
    end = found.end(1)
    if bool in argument.parts:
        return "True", end
    written = found[3] or ""
    if written[:1] not in ("'", '"'):
        written = written.rstrip(".,:\"'")
    numbers = written.split(",")
    are_numbers = all(map(_NUMBER.fullmatch, numbers))
    if are_numbers and all(is_text(part) for part in argument.parts):  # a name
        return repr(written), found.start(3) + len(written)
    if not written or written in NO_VALUES or (written.startswith(("-", "(")) and not are_numbers):
        return None, end
    end = found.start(3) + len(written)
    if are_numbers:
        return written if len(numbers) == 1 else f"({', '.join(numbers)})", end
    return repr(written[1:-1] if written[:1] in ("'", '"') else written), end


def _call(options: list[tuple[str, str]]) -> str:
    """Options as arguments with commas between them; one that is there several times is given a list."""
    values: dict[str, list[str]] = {}
    for name, value in options:
        values.setdefault(name, []).append(value)
    return ", ".join(f"{n}={v[0] if len(v) == 1 else '[' + ', '.join(v) + ']'}" for n, v in values.items())
