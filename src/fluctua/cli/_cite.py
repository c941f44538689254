"""``fluctua cite``: what to cite."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ._options import Debug, Quiet, ends_well


@ends_well
def cite(
    result: Annotated[
        Path | None, typer.Argument(help="Folder of a result; by default everything fluctua builds on.")
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Print BibTeX of the software and of the methods behind a result.

    Example: fluctua cite result
    """
    from ..core import CITATIONS, DataError, citations

    if result is None:
        typer.echo(citations(*CITATIONS))
        return
    run = result / "run.json" if result.is_dir() else result
    try:
        method = json.loads(run.read_text())["score_method"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"'{result}' holds no readable run.json",
            "the folder of a fluctua result is needed",
            "check the path",
        ) from error
    typer.echo(citations("response", "gaussian", "doubly-robust", "bands", str(method)))
