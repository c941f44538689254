"""The command line: one small file per command."""

import typer

from ._cite import cite
from ._demo import demo
from ._doctor import doctor
from ._fit_score import fit_score
from ._respond import respond
from ._sample import sample
from ._simulate import simulate

app = typer.Typer(
    name="fluctua",
    help="If I push this system, how will it respond? From nothing but a record of the system left alone.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("respond")(respond)
app.command("simulate")(simulate)
app.command("fit-score")(fit_score)
app.command("sample")(sample)
app.command("demo")(demo)
app.command("doctor")(doctor)
app.command("cite")(cite)


@app.callback(invoke_without_command=True)
def _main(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        from ..core import version as installed

        typer.echo(installed())
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    app()
