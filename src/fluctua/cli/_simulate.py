"""``fluctua simulate``: a record of a system with known answers."""

from pathlib import Path
from typing import Annotated

import typer

from ._options import Debug, Overwrite, Quiet, Seed, ends_well, progress, say


@ends_well
def simulate(
    system: Annotated[
        str,
        typer.Argument(
            help="ornstein-uhlenbeck, quartic, scalar-additive, scalar-multiplicative, enso-triad, lorenz63 or "
            "lorenz96."
        ),
    ],
    out: Annotated[Path, typer.Option(help="File for the record: .csv, .nc or .zarr.")],
    duration: Annotated[float, typer.Option(help="Time covered by each member, after the spin-up.")] = 1000.0,
    members: Annotated[int, typer.Option(help="Number of independent members.")] = 1,
    dt: Annotated[float | None, typer.Option(help="Time step; by default the system's own.")] = None,
    save_every: Annotated[int | None, typer.Option(help="Steps between saved states; by default the system's.")] = None,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Simulate a system left alone and save its record.

    Example: fluctua simulate enso-triad --duration 10000 --out triad.nc
    """
    from ..data import record_from_dataset, write_record
    from ..workflow import simulate as simulate_verb

    dataset = simulate_verb(
        system,
        duration=duration,
        members=members,
        seed=seed,
        dt=dt,
        save_every=save_every,
        progress=progress(quiet),
    )
    kept = {name: dataset.attrs[name] for name in ("seed", "fluctua_version", "title", "source")}
    write_record(out, record_from_dataset(dataset), attrs=kept, overwrite=overwrite)
    say(str(out), quiet)
