"""Commands built from the specifications of verbs.

A command of a verb is a small function of the call that is to be made and of what the command line has besides::

    @of_verb("respond")
    def respond(call: Call, out: Annotated[Path, typer.Option(help="Folder.")], quiet: Quiet = False) -> None:
        '''What the help says.'''
        result = call(progress=progress(quiet))

Its options are the arguments of the verb, with their defaults, help texts and names, and those it names itself; what a
docstring calls ``push_file`` is called --push-file in the help. They are looked up when the command is asked
for, so that ``fluctua --help`` does not import what computes.
"""

import collections.abc
import dataclasses
import functools
import importlib
import inspect
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeAlias, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info
from typer.models import CommandInfo

from ..core import Argument, Specification
from ._options import ends_well

Call: TypeAlias = functools.partial[Any]
"""The verb with what was asked; takes what is not asked on the command line."""

Command = Callable[..., None]


def of_verb(verb: str) -> Callable[[Command], Command]:
    """Mark a command as that of a verb of ``fluctua.verbs``."""

    def mark(command: Command) -> Command:
        command.verb = verb  # type: ignore[attr-defined]
        return command

    return mark


def complete(command: Command) -> Command:
    """The command with the options of its verb, as a function that typer understands."""
    verb = getattr(command, "verb", None)
    if verb is None:
        return command
    function = getattr(importlib.import_module("fluctua.verbs"), verb)
    own = [parameter for name, parameter in inspect.signature(command).parameters.items() if name != "call"]
    taken = {parameter.name for parameter in own}
    specification = Specification.of(function)
    arguments = [
        dataclasses.replace(argument, text=_as_typed(argument.text, specification))
        for argument in specification.arguments
        if argument.recorded and argument.name not in taken
    ]
    asked = [_parameter(argument, first=index == 0) for index, argument in enumerate(arguments)]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        options = {argument.name: _as_python(argument, given.pop(argument.name)) for argument in arguments}
        command(functools.partial(function, **options), **given)

    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*asked, *own)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    del run.__wrapped__
    return ends_well(run)


class LazyGroup(TyperGroup):
    """Commands that are completed when they are asked for, and only named in the list of all."""

    commands_by_name: dict[str, Command] = {}  # noqa: RUF012  (typer makes the group itself)
    listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands_by_name)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        command = self.commands_by_name.get(cmd_name)
        if command is None:
            return None
        if self.listing:
            return TyperCommand(cmd_name, help=command.__doc__)
        return _click_command(cmd_name, command)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        self.listing = True
        super().format_commands(ctx, formatter)
        self.listing = False


def _as_typed(text: str, specification: Specification) -> str:
    """A help text in which options and commands are called as they are typed, where it has their Python names."""
    typed = {command.replace("-", "_"): f"fluctua {command}" for command in LazyGroup.commands_by_name}
    typed |= {argument.name: f"--{argument.flag.name}" for argument in specification.arguments[1:]}
    return re.sub(r"``(\w+)``", lambda name: typed.get(name[1], name[0]), text)


def _click_command(name: str, command: Command) -> Any:
    info = CommandInfo(name=name, callback=complete(command), context_settings={"help_option_names": ["-h", "--help"]})
    return get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)


def _parameter(argument: Argument, first: bool) -> inspect.Parameter:
    """One argument of a verb as typer reads it."""
    kind, text = _kind(argument, several=not first), argument.help
    many = get_origin(kind) is list
    default = argument.default
    if many and not argument.required:
        kind, default = kind | None, None
    elif default is None:
        kind = kind | None
    if first:
        info = typer.Argument(help=text)
    else:
        names = [f"--{argument.flag.name}", *([f"-{argument.flag.short}"] if argument.flag.short else [])]
        info = typer.Option(*names, help=f"{text.rstrip('.')} (repeatable)." if many else text)
    empty = inspect.Parameter.empty
    return inspect.Parameter(
        argument.name,
        inspect.Parameter.KEYWORD_ONLY,
        annotation=Annotated[kind, info],
        default=empty if argument.required else default,
    )


def _kind(argument: Argument, several: bool) -> Any:
    """The type of an option: many values where a sequence is accepted, else the plainest type that can say all."""
    parts = argument.parts
    for part in parts:
        if several and get_origin(part) is collections.abc.Sequence:
            (element,) = get_args(part)
            return list[element if element in (int, float) else str]
    if any(part is os.PathLike or get_origin(part) is os.PathLike for part in parts):
        return Path
    return parts[0] if len(parts) == 1 and parts[0] in (bool, int, float) else str


def _as_python(argument: Argument, value: Any) -> Any:
    """Of a repeatable option that was not given, the default of the verb."""
    return argument.default if value is None or value == [] else value
