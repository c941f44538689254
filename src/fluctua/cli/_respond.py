"""``fluctua respond``: a record in, a response out."""

import time
from pathlib import Path
from typing import Annotated

import typer

from ._build import Call, of_verb
from ._options import Debug, Overwrite, Quiet, progress, say


@of_verb("respond")
def respond(
    call: Call,
    out: Annotated[Path, typer.Option(help="Folder for response.nc, report.html and run.json.")],
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """How a system responds to a push, from a record of it unperturbed.

    Example: fluctua respond triad.csv --push tau --observe u1 --observe "u1**2" --max-lag 20 --out result

    A field: fluctua respond ac.zarr --variable u --homogeneous y --homogeneous x --push "u[y=0,x=0]" --max-lag 100
    --out result
    """
    from ..data import atomic_folder
    from ._results import write_result

    started = time.perf_counter()
    with atomic_folder(out, overwrite) as folder:
        result = call(progress=progress(quiet))
        asked = {"data": str(call.keywords["data"]), "out": str(out)}
        write_result(result, folder, asked, time.perf_counter() - started)
    say(f"{out / 'response.nc'}\n{out / 'report.html'}\n{out / 'run.json'}", quiet)
