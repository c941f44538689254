"""One registry of everything that there are several of: scores, noise laws, samplers, systems, readers and more.

A member registers itself where it is defined::

    @register("noise law", "gaussian", summary="all moments, the lightest tails", cites=("network",))
    class Gaussian(AbstractNoiseLaw): ...

Files are loaded, options checked and explained, tables of the documentation made, citations collected and the suites of
laws parametrised from here. Other packages add members without a fork: an entry point of the group ``fluctua.members``
names a module that registers them when it is imported.
"""

import dataclasses
import functools
import importlib
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from types import MappingProxyType
from typing import Any, TypeVar

from ._choices import unknown_choice

Member = TypeVar("Member")

ENTRY_POINTS = "fluctua.members"
"""Group of the entry points that name modules with members of other packages."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """One member of one kind.

    Args:
        kind: What it is one of, in the singular, such as ``"noise law"``.
        name: Its name in files, on the command line and in tables.
        member: The class or function.
        summary: What it is, in a few words.
        cites: Keys of the citations of what it implements.
        facts: What else those who use this kind have to know, by name.
    """

    kind: str
    name: str
    member: Any
    summary: str
    cites: tuple[str, ...] = ()
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)


_HOMES: dict[str, str] = {}
_ENTRIES: dict[str, dict[str, Entry]] = {}


def declare_kind(kind: str, home: str) -> None:
    """Declare a kind of members, and the package whose import registers those that fluctua has."""
    _HOMES[kind] = home


def register(
    kind: str, name: str, *, summary: str, cites: Iterable[str] = (), **facts: Any
) -> Callable[[Member], Member]:
    """Register a class or function as a member of a kind; a decorator.

    Args:
        kind: What it is one of, such as ``"noise law"``.
        name: Its name in files, on the command line and in tables; registered once.
        summary: What it is, in a few words, for help texts and tables.
        cites: Keys of citations.
        facts: What those who use this kind have to know besides.

    Raises:
        ValueError: Another member has the name.

    Example:
        >>> @register("greeting", "hello", summary="for all occasions")
        ... def hello() -> str:
        ...     return "hello"
        >>> named("greeting", "hello").member()
        'hello'
    """

    def decorate(member: Member) -> Member:
        entries = _ENTRIES.setdefault(kind, {})
        before = entries.get(name)
        if before is not None and _origin(before.member) != _origin(member):
            raise ValueError(f"the {kind} '{name}' is registered already, by {'.'.join(_origin(before.member))}")
        entries[name] = Entry(kind, name, member, summary, tuple(cites), MappingProxyType(facts))
        return member

    return decorate


def registered(kind: str) -> Mapping[str, Entry]:
    """All members of a kind by name, in the order in which they were registered.

    Example:
        >>> list(registered("nothing of this kind"))
        []
    """
    if kind in _HOMES:
        importlib.import_module(_HOMES[kind])
    _load_entry_points()
    return MappingProxyType(_ENTRIES.get(kind, {}))


def named(kind: str, name: str) -> Entry:
    """The member of this kind and name.

    Raises:
        OptionError: There is none; the message lists those there are and names the nearest.
    """
    entries = registered(kind)
    if name not in entries:
        raise unknown_choice(kind, name, entries)
    return entries[name]


def members_table(kind: str) -> str:
    """The members of a kind as a table in Markdown, for the documentation.

    Example:
        >>> _ = register("colour", "red", summary="like a rose")(str)
        >>> print(members_table("colour"))
        | colour | what it is |
        | --- | --- |
        | `red` | like a rose |
    """
    rows = [f"| `{entry.name}` | {entry.summary} |" for entry in registered(kind).values()]
    return "\n".join([f"| {kind} | what it is |", "| --- | --- |", *rows])


def forget(kind: str, name: str) -> None:
    """Take a member out again, as a test does that has put one in."""
    _ENTRIES.get(kind, {}).pop(name, None)


def _origin(member: Any) -> tuple[str, str]:
    return getattr(member, "__module__", ""), getattr(member, "__qualname__", repr(member))


@functools.cache
def _load_entry_points() -> None:
    for point in metadata.entry_points(group=ENTRY_POINTS):
        point.load()
