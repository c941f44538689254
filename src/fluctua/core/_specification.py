"""What a verb can be asked for, read from its Python function: one source for signature, command line and records.

A verb is a typed function with a docstring. ``Specification.of(verb)`` reads names, types and defaults from its
signature, what each argument means from the ``Args`` section, and the names an argument accepts from the registry::

    def fit(method: Annotated[str, Choice("score", also=("auto",)), Flag("score")] = "auto") -> None:
        '''Fit a score.

        Args:
            method: Family of scores.
        '''

Nothing of this is written down a second time: the command line is built from it, ``run.json`` records its values, and
a member that another package registers is offered like any other.
"""

import collections.abc
import dataclasses
import inspect
import os
import re
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from ._registry import registered

_ENTRY = re.compile(r"(\w+): (.*)", re.DOTALL)
_SECTION = re.compile(r"^(Args|Returns|Raises|Example|References|Yields):$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Choice:
    """Names that an argument accepts: the members of a kind, looked up when they are needed.

    Args:
        kind: Kind of members, as registered.
        also: Words that are accepted besides.
        fact: Name of a fact; members without it are left out.

    Example:
        >>> Choice("nothing of this kind", also=("auto",)).names
        ('auto',)
    """

    kind: str
    also: tuple[str, ...] = ()
    fact: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are accepted now."""
        entries = registered(self.kind).values()
        return (*self.also, *(entry.name for entry in entries if self.fact is None or entry.facts.get(self.fact)))


@dataclasses.dataclass(frozen=True)
class Flag:
    """What an argument is called on the command line, where that is not its own name.

    Args:
        name: The long name, without dashes.
        short: One letter.
    """

    name: str
    short: str | None = None


@dataclasses.dataclass(frozen=True)
class Unrecorded:
    """Marks an argument that cannot change the answer: it is neither recorded nor an option of the command line."""


@dataclasses.dataclass(frozen=True)
class Argument:
    """One argument of a verb.

    Args:
        name: Its name in Python.
        type: Its type.
        default: Its default; ``inspect.Parameter.empty`` where it has to be given.
        text: What it means; from a sentence that begins with "In Python" on it is not for the command line.
        choice: The members it names, if it names any.
        flag: Its name on the command line.
        recorded: Whether it says what was asked.
    """

    name: str
    type: Any
    default: Any
    text: str
    choice: Choice | None
    flag: Flag
    recorded: bool

    @property
    def required(self) -> bool:
        """Whether it has to be given."""
        return self.default is inspect.Parameter.empty

    @property
    def parts(self) -> tuple[Any, ...]:
        """The alternatives that the type is made of, without ``None``."""
        return tuple(_alternatives(self.type))

    @property
    def choices(self) -> tuple[str, ...]:
        """The names that it accepts, as far as they can be listed."""
        if self.choice is not None:
            return self.choice.names
        return tuple(name for part in self.parts if get_origin(part) is Literal for name in get_args(part))

    @property
    def help(self) -> str:
        """What it means and which names it accepts, as plain text for a terminal, without what is for Python alone."""
        text = re.sub(r"``\"?(.*?)\"?``", r"\1", self.text.split(" In Python ")[0])
        return f"{text} Names: {', '.join(self.choices)}." if self.choices else text


@dataclasses.dataclass(frozen=True)
class Specification:
    """Everything that a verb can be asked for.

    Args:
        name: Name of the function.
        summary: Its docstring before the first section.
        arguments: Its arguments in order.

    Example:
        >>> def greet(whom: str, *, times: int = 1) -> None:
        ...     '''Say hello.
        ...
        ...     Args:
        ...         whom: Who is
        ...             greeted.
        ...         times: How often.
        ...     '''
        >>> found = Specification.of(greet)
        >>> found.summary, found["whom"].text, found["times"].default
        ('Say hello.', 'Who is greeted.', 1)
        >>> found.values({"whom": "you", "times": 2})
        {'whom': 'you', 'times': 2}
    """

    name: str
    summary: str
    arguments: tuple[Argument, ...]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "Specification":
        """Read a function's signature and docstring."""
        hints = get_type_hints(function, include_extras=True)
        text = inspect.getdoc(function) or ""
        meanings = _meanings(text)
        arguments = tuple(
            _argument(parameter, hints.get(name, str), meanings.get(name, ""))
            for name, parameter in inspect.signature(function).parameters.items()
        )
        return cls(function.__name__, _SECTION.split(text)[0].strip(), arguments)

    def __getitem__(self, name: str) -> Argument:
        return next(argument for argument in self.arguments if argument.name == name)

    def __contains__(self, name: str) -> bool:
        return any(argument.name == name for argument in self.arguments)

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What was asked, as values that JSON can hold, in the order of the arguments.

        Args:
            given: Arguments by name, such as ``locals()`` of the verb; what is not given counts as its default.
        """
        recorded = [argument for argument in self.arguments if argument.recorded]
        return {argument.name: _plain(given.get(argument.name, argument.default)) for argument in recorded}


def is_text(part: Any) -> bool:
    """Whether a type is that of a text, or of several, such as names."""
    return part is str or (get_origin(part) is collections.abc.Sequence and get_args(part) == (str,))


def _argument(parameter: inspect.Parameter, hint: Any, text: str) -> Argument:
    extras: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *extras = get_args(hint)  # type: ignore[assignment]
    choice = next((extra for extra in extras if isinstance(extra, Choice)), None)
    flag = next((extra for extra in extras if isinstance(extra, Flag)), Flag(parameter.name.replace("_", "-")))
    recorded = not any(isinstance(extra, Unrecorded) for extra in extras)
    return Argument(parameter.name, hint, parameter.default, text, choice, flag, recorded)


def _meanings(docstring: str) -> dict[str, str]:
    """What the ``Args`` section of a docstring says of each argument, on one line."""
    sections = _SECTION.split(docstring)
    block = next((body for title, body in zip(sections[1::2], sections[2::2], strict=True) if title == "Args"), "")
    entries = re.split(r"\n    (?=\w)", f"\n{block.strip(chr(10))}")
    found = [_ENTRY.fullmatch(" ".join(entry.split())) for entry in entries]
    return {match.group(1): match.group(2) for match in found if match is not None}


def _alternatives(hint: Any) -> Iterable[Any]:
    if get_origin(hint) in (Union, types.UnionType):
        for part in get_args(hint):
            yield from _alternatives(part)
    elif get_origin(hint) is Annotated:
        yield from _alternatives(get_args(hint)[0])
    elif hint is not type(None):
        yield hint


def _plain(value: Any) -> Any:
    """A value as JSON holds it; what JSON cannot hold is named by its type, and a mapping by its names."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, collections.abc.Mapping):
        return [str(name) for name in value]
    if isinstance(value, collections.abc.Sequence):
        return [_plain(item) for item in value]
    return type(value).__name__
