"""Arguments as they are given: numbers of NumPy become those of Python, what does not fit is refused by its name."""

import collections.abc
import difflib
import functools
import inspect
import os
import types
from collections.abc import Callable
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np

from ._choices import described, is_number
from ._errors import OptionError
from ._specification import Argument, Specification
from ._wording import called, tell_of

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_WORDS = {bool: "True or False", int: "a whole number", float: "a number", str: "a text", os.PathLike: "a path"}
_SIMPLE = {bool, int, float, str}


class _Unfit(Exception):
    """A value is not of a type."""


def checked(verb: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """A verb whose arguments are what its signature says when it begins: the one place where they are converted.

    Types that hold more than numbers, texts, choices and lists of these are left to the verb itself.

    Raises:
        OptionError: An argument is of another type, is not there, or is not one of the verb; it is named.

    Example:
        >>> @checked
        ... def greet(whom: str, *, times: int = 1) -> str:
        ...     return f"{whom} {type(times).__name__}"
        >>> greet("you", times=np.int64(2))
        'you int'
        >>> greet("you", times="often")
        Traceback (most recent call last):
        fluctua.core._errors.OptionError: The argument times is 'often', a str; it is a whole number. Give ... times=1.
    """

    tell_of(verb.__name__, functools.partial(_specification, verb))

    @functools.wraps(verb)
    def call(*args: Parameters.args, **options: Parameters.kwargs) -> Result:
        specification = _specification(verb)
        bound = _bound(verb, specification, args, options)
        given = {
            name: as_declared(specification[name], value) if name in specification else value
            for name, value in bound.arguments.items()
        }
        with called(specification):
            return verb(**given)  # type: ignore[call-arg]

    return call


@functools.cache
def _specification(verb: Callable[..., Any]) -> Specification:
    return Specification.of(verb)


def _bound(
    verb: Callable[..., Any], specification: Specification, args: tuple[Any, ...], options: dict[str, Any]
) -> inspect.BoundArguments:
    try:
        return inspect.signature(verb).bind(*args, **options)
    except TypeError as error:
        names = [argument.name for argument in specification.arguments]
        unknown = next((name for name in options if name not in names), None)
        near = difflib.get_close_matches(unknown or "", names, 1)
        what = f"the argument '{unknown}'" if unknown else "arguments that do not fit"
        raise OptionError(
            f"'{verb.__name__}' was called with {what} ({error})",
            f"its arguments are {', '.join(names)}",
            f"did you mean '{near[0]}'?" if near else "give those it has, by their names",
        ) from error


def as_declared(argument: Argument, value: Any) -> Any:
    """A value as the type of an argument has it.

    Raises:
        OptionError: It is of another type.
    """
    if value is argument.default or not all(_is_simple(part) for part in argument.parts):
        return value
    if value is None and type(None) in _arguments(argument.type):
        return None
    for part in argument.parts:
        try:
            return _converted(part, value)
        except _Unfit:
            continue
    found = f"{argument.name}={argument.default!r}"
    each = list(dict.fromkeys(_in_words(part) for part in argument.parts))
    words = " or ".join(one for one in each if not any(other.startswith(f"{one}, or a list") for other in each))
    raise OptionError(
        f"the argument {argument.name} is {described(value)}",
        f"it is {words}",
        f"give {words}" if argument.required else f"give {words}, or leave it out, which is {found}",
    )


def _converted(part: Any, value: Any) -> Any:
    """The value as the type has it; a NumPy array without dimensions is the number in it."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if part is bool and isinstance(value, bool | np.bool_):
        return bool(value)
    if is_number(value):
        number: Any = value
        if part is int and float(number).is_integer():
            return int(number)
        if part is float:
            return float(number)
    if isinstance(value, str) and (part is str or get_origin(part) is Literal):  # verbs know what to say of a choice
        return str(value)
    if _is_path(part) and isinstance(value, os.PathLike):
        return value
    many = isinstance(value, collections.abc.Iterable) and not isinstance(value, str | collections.abc.Mapping)
    if get_origin(part) is collections.abc.Sequence:
        (element,) = get_args(part)
        items: Any = value if many else (value,)
        return tuple(_one_of(element, item) for item in items)
    if part is str and isinstance(value, list | tuple) and len(value) == 1:  # the only one in a list of one
        return _converted(part, value[0])
    raise _Unfit


def _one_of(kind: Any, value: Any) -> Any:
    for part in _arguments(kind):
        try:
            return _converted(part, value)
        except _Unfit:
            continue
    raise _Unfit


def _arguments(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _is_simple(part: Any) -> bool:
    if get_origin(part) is collections.abc.Sequence:
        return all(_is_simple(each) for each in _arguments(get_args(part)[0]))
    return part in _SIMPLE or get_origin(part) is Literal or _is_path(part)


def _is_path(part: Any) -> bool:
    origin = get_origin(part) or part
    return isinstance(origin, type) and hasattr(origin, "__fspath__")


def _in_words(part: Any) -> str:
    if get_origin(part) is collections.abc.Sequence:
        inner = _in_words(_arguments(get_args(part)[0])[0])
        return f"{inner}, or a list of them"
    if get_origin(part) is Literal:
        return "one of " + ", ".join(repr(name) for name in get_args(part))
    return _WORDS[os.PathLike if _is_path(part) else part]
