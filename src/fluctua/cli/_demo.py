"""``fluctua demo``: a first answer, beside the truth, and one from a real record."""

from pathlib import Path
from typing import Annotated

import typer

from ._options import Debug, Overwrite, Quiet, Seed, ends_well, progress, say


@ends_well
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the tables, figures and reports.")] = Path("demo-output"),
    seed: Seed = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Respond on the ENSO triad beside its true response, and on observed NINO3.4 and Southern Oscillation Index.

    Example: fluctua demo --out demo-output
    """
    from ..data import atomic_folder
    from ..studies import run_demo

    with atomic_folder(out, overwrite) as folder:
        text = run_demo(folder, seed=seed, progress=progress(quiet))
    say(text, quiet)
    say(f"\nOpen {out / 'enso-triad' / 'report.html'} and {out / 'observed' / 'report.html'} in a browser.", quiet)
