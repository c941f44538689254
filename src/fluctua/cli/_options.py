"""Options that several commands share, and how a command ends."""

import functools
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Annotated, Any

import typer

from ..core import AbstractProgress, FluctuaError, FluctuaWarning, OptionError, OutputError, SilentProgress
from ._progress import TerminalProgress

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing result.")]
Seed = Annotated[int, typer.Option(help="Seed of every random choice.")]
Variable = Annotated[str | None, typer.Option(help="The one gridded variable to use.")]
Homogeneous = Annotated[
    list[str] | None,
    typer.Option(
        help="Periodic, evenly spaced dimension along which the system is statistically the same (repeatable)."
    ),
]
Reflect = Annotated[
    list[str] | None,
    typer.Option(
        help="Homogeneous dimension along which the system is also symmetric under reflection; DIM:odd if the field "
        "changes sign (repeatable)."
    ),
]
Transport = Annotated[
    list[float] | None,
    typer.Option(
        help="For the vorticity of a two-dimensional flow: time for which the field is carried along by its own flow, "
        "to make a further function of the present (repeatable, rising). By default found out from the record; 0 is "
        "for none."
    ),
]
AnomalyOption = Annotated[
    str | None, typer.Option("--anomaly", help="Remove the mean seasonal cycle: month or dayofyear.")
]
Detrend = Annotated[bool, typer.Option("--detrend", help="Remove a linear trend first.")]
Degree = Annotated[int | None, typer.Option("--dictionary-degree", help="Total degree of the calibration dictionary.")]
Noise = Annotated[
    str | None,
    typer.Option(
        help="Noise law a network is trained with: gaussian, generalised-normal:beta=1.5 or "
        "student-t:df=3. Needs --score network."
    ),
]

TailIndex = Annotated[
    str | None,
    typer.Option(
        help="Index of the power-law tails of the record, such as 4, or 'estimate'. Needs --score network.",
    ),
]

EXIT_FAILURE = 2


def progress(quiet: bool) -> AbstractProgress:
    """Bars on the terminal, or nothing."""
    return SilentProgress() if quiet else TerminalProgress()


def say(text: str, quiet: bool) -> None:
    """Print to standard output unless asked to be quiet."""
    if not quiet:
        typer.echo(text)


def check_anomaly(anomaly: str | None) -> Any:
    """Refuse a seasonal cycle that is neither monthly nor daily."""
    if anomaly not in (None, "month", "dayofyear"):
        raise OptionError(
            f"--anomaly {anomaly} was given",
            "the seasonal cycle is removed by 'month' or by 'dayofyear'",
            "give --anomaly month for monthly records",
        )
    return anomaly


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


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    typer.echo(f"Warning: {message}", err=True)


def _show_nothing(*_: Any, **__: Any) -> None:
    pass
