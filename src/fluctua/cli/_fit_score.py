"""``fluctua fit-score``: fit a score once, use it many times."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from ._build import Call, of_verb
from ._options import Debug, Overwrite, Quiet, progress, say


@of_verb("fit_score")
def fit_score(
    call: Call,
    out: Annotated[Path, typer.Option(help="File for the score, such as score.safetensors.")],
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Fit the score of a record and save it to one file, for ``fluctua respond --score FILE``.

    A network is trained with checkpoints beside the file: the same command after a kill goes on where it was.

    Example: fluctua fit-score triad.nc --score auto --out triad-score.safetensors
    """
    from ..data import refuse_existing_file

    refuse_existing_file(out, overwrite)
    # Where the training of a network is kept until the score is written: a killed run goes on from there.
    training = out.with_name(f".{out.name}.training")
    fitted = call(checkpoint=training, progress=progress(quiet))
    fitted.save(out, overwrite=overwrite)
    shutil.rmtree(training, ignore_errors=True)
    say(f"{out}: {fitted.summary()}", quiet)
