"""``fluctua sample``: a record in, new states out."""

from pathlib import Path
from typing import Annotated

import typer

from ._build import Call, of_verb
from ._options import Debug, Overwrite, Quiet, progress, say


@of_verb("sample")
def sample(
    call: Call,
    out: Annotated[
        Path, typer.Option(help="File for the states: .nc or .csv; a comparison with the record goes beside it.")
    ],
    save_score: Annotated[Path | None, typer.Option(help="File for the score that is fitted.")] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw new states, independent of one another, from the density of a record.

    A network learns the score of the record under noise; a sampler takes noise to states. Record and drawn states are
    compared, and differences that sampling does not explain are said. Heavy tails are drawn better with noise that has
    them: --noise student-t:df=3.

    Example: fluctua sample triad.nc --count 10000 --out new.nc
    """
    from ..results import check_output, comparison_path

    check_output(out, overwrite)
    _check_places(Path(call.keywords["data"]), out, call.keywords["score"], save_score, overwrite)
    drawn = call(progress=progress(quiet))
    drawn.save(out, overwrite=overwrite)
    if save_score is not None:
        drawn.score.save(save_score, overwrite=overwrite)
    say(drawn.summary(), quiet)
    say("\n".join(str(path) for path in (out, comparison_path(out), save_score) if path is not None), quiet)


def _check_places(data: Path, out: Path, score: Path | None, save_score: Path | None, overwrite: bool) -> None:
    """Refuse to replace what is read, and to save a score that was not fitted."""
    from ..core import OptionError, OutputError
    from ..data import refuse_existing_file
    from ..results import comparison_path

    if save_score is not None and score is not None:
        raise OptionError(
            f"--save-score {save_score} was given beside --score {score}",
            "only a score that is fitted is saved",
            "leave one of the two out",
        )
    written = [out, comparison_path(out), *([] if save_score is None else [save_score])]
    known = [file.resolve() for file in (data, *written)]
    for place, file in enumerate(written):
        if file.resolve() in known[: place + 1]:
            raise OutputError(
                f"'{file}' is named twice, to read from or to write to",
                "record, states, comparison and score are files of their own",
                "choose another path",
            )
    if save_score is not None:
        refuse_existing_file(save_score, overwrite)
