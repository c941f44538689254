"""Options that several commands share, and how a command ends."""

import contextlib
import functools
import logging
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

from ..core import AbstractProgress, FluctuaError, FluctuaWarning, OptionError, OutputError, SilentProgress, in_terminal
from ._progress import BarProgress, LineProgress

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing result.")]
Seed = Annotated[int, typer.Option(help="Seed of every random choice.")]
EXIT_FAILURE = 2


def progress(quiet: bool) -> AbstractProgress:
    """Bars on a terminal, lines now and then elsewhere, or nothing."""
    if quiet:
        return SilentProgress()
    return BarProgress() if sys.stderr.isatty() else LineProgress()


def say(text: str, quiet: bool) -> None:
    """Print to standard output unless asked to be quiet."""
    if not quiet:
        typer.echo(text)


def ends_well(command: Callable[..., None]) -> Callable[..., None]:
    """Turn errors into one message on standard error and exit status 2, warnings into lines on standard error."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        debug, quiet = options.get("debug", False), options.get("quiet", False)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                warnings.simplefilter("always", FluctuaWarning)
                warnings.showwarning = _show_nothing if quiet else _show_warning
                with _notices(quiet), in_terminal():
                    command(*args, **options)
        except FluctuaError as error:
            _fail(str(error), debug)
        except KeyboardInterrupt:
            _fail("Interrupted; nothing was written.", debug)
        except MemoryError as error:
            failure = OptionError(
                f"the computation ran out of memory ({error})",
                "the record and its sums must fit into memory",
                "use a shorter --max-lag, fewer observables, or a coarser record",
            )
            _fail(str(failure), debug)
        except OSError as error:
            place = f"'{error.filename}'" if error.filename else "a file"
            failure = OutputError(
                f"{place} cannot be read or written ({error.strerror or error})",
                "a readable input and a writable output folder are needed",
                "check the path, its permissions and the free space",
            )
            _fail(str(failure), debug)
        except (ArithmeticError, ValueError, RuntimeError, TypeError, KeyError, IndexError) as error:
            _fail(
                f"This is a defect of fluctua: {type(error).__name__}: "
                f"{str(error).splitlines()[0] if str(error) else ''}; "
                "the options and the record passed every check. "
                "Run again with --debug and report what it prints.",
                debug,
            )

    return run


def _fail(message: str, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    typer.echo(f"Error: {message}", err=True)
    sys.stderr.flush()
    raise typer.Exit(EXIT_FAILURE)


@contextlib.contextmanager
def _notices(quiet: bool) -> Iterator[None]:
    """Show what the library logs, such as how a table was read, as plain lines on standard error."""
    log, handler = logging.getLogger("fluctua"), logging.StreamHandler()
    level = log.level
    log.setLevel(logging.WARNING if quiet else logging.INFO)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    typer.echo(f"Warning: {message}", err=True)


def _show_nothing(*_: Any, **__: Any) -> None:
    pass
