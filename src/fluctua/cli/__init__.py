"""The command line: one small file per command, which says what it does beside the verb it is built from."""

import gc

import typer

from ._build import LazyGroup
from ._cite import cite
from ._demo import demo
from ._doctor import doctor
from ._fit_score import fit_score
from ._options import progress as progress
from ._respond import respond
from ._sample import sample
from ._simulate import simulate

LazyGroup.commands_by_name = {
    "respond": respond,
    "simulate": simulate,
    "fit-score": fit_score,
    "sample": sample,
    "demo": demo,
    "doctor": doctor,
    "cite": cite,
}
app = typer.Typer(
    name="fluctua",
    cls=LazyGroup,
    help="If I push this system, how will it respond? From nothing but a record of it unperturbed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _main(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        from ..core import version as installed

        typer.echo(installed())
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    # Loading libraries makes many objects and hardly any rubbish: looking for it takes a tenth of a short command.
    gc.set_threshold(100_000, 20, 20)
    app()
