"""``fluctua simulate``: a record of a system with known answers."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from ..core import SimulationError, registered
from ._options import Debug, Overwrite, Quiet, Seed, ends_well, progress, say


def system_help() -> str:
    """What the help of ``fluctua simulate`` says about the systems there are."""
    from .. import systems as _home  # noqa: F401  (it registers them)

    return f"The system: {', '.join(registered('system'))}."


class SimulateCommand(TyperCommand):
    """Looks up the systems only when help is asked for, since the registry is slow to import."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        for parameter in self.params:
            if parameter.name == "system":
                parameter.help = system_help()  # pyright: ignore[reportAttributeAccessIssue]
        super().format_help(ctx, formatter)


@ends_well
def simulate(
    system: Annotated[str, typer.Argument(help="The system.")],  # the names there are: SimulateCommand
    out: Annotated[Path, typer.Option(help="File for the record: .csv, .nc or .zarr; a field .zarr or .nc.")],
    duration: Annotated[float, typer.Option(help="Time covered by each member, after the spin-up.")] = 1000.0,
    members: Annotated[int, typer.Option(help="Number of independent members.")] = 1,
    dt: Annotated[float | None, typer.Option(help="Time step; by default the system's own.")] = None,
    save_every: Annotated[int | None, typer.Option(help="Steps between saved states; by default the system's.")] = None,
    spin_up: Annotated[
        float | None, typer.Option(help="Time before the first saved state; by default the system's.")
    ] = None,
    size: Annotated[int | None, typer.Option(help="Grid points along each side of a field.")] = None,
    scheme: Annotated[
        str | None, typer.Option(help="How a field is integrated: exponential (the default) or published.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="Type of a field's saved numbers: float32 (the default) or float64.")
    ] = None,
    seed: Seed = 0,
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
    from ..verbs import simulate as simulate_verb

    choices: dict[str, Any] = {"scheme": scheme, "precision": precision}  # checked by the verb
    try:
        simulate_verb(
            system,
            duration=duration,
            members=members,
            seed=seed,
            dt=dt,
            save_every=save_every,
            spin_up=spin_up,
            size=size,
            out=out,
            overwrite=overwrite,
            progress=progress(quiet),
            **choices,
        )
    except KeyboardInterrupt:
        if not (partial_folder(out) / "checkpoint.npz").exists():
            raise
        raise SimulationError(
            f"the simulation was interrupted; what there is of '{out}' is kept in '{partial_folder(out)}'",
            "the rest is needed to complete it",
            "give the same command again to go on",
        ) from None
    say(str(out), quiet)
