"""``fluctua simulate``: a record of a system with known answers."""

from pathlib import Path
from typing import Annotated

import typer

from ..core import SimulationError
from ._build import Call, of_verb
from ._options import Debug, Overwrite, Quiet, progress, say


@of_verb("simulate")
def simulate(
    call: Call,
    out: Annotated[Path, typer.Option(help="File for the record: .csv, .nc or .zarr; a field .zarr or .nc.")],
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Simulate an unperturbed system and save its record.

    To a .zarr store it goes as it is made. When it was killed or interrupted, the same command goes on
    from where it was.

    Example: fluctua simulate enso-triad --duration 10000 --out triad.nc, or
    fluctua simulate allen-cahn --members 128 --duration 2000 --out ac.zarr
    """
    from ..data import partial_folder

    try:
        call(out=out, overwrite=overwrite, progress=progress(quiet))
    except KeyboardInterrupt:
        if not (partial_folder(out) / "checkpoint.npz").exists():
            raise
        raise SimulationError(
            f"the simulation was interrupted; what there is of '{out}' is kept in '{partial_folder(out)}'",
            "the rest is needed to complete it",
            "give the same command again to go on",
        ) from None
    say(str(out), quiet)
