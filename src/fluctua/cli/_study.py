"""``fluctua study``: published experiments, run again beside the published numbers; one sub-command each."""

from pathlib import Path
from typing import Annotated

import typer

from ._options import Debug, Overwrite, Quiet, Seed, ends_well, progress, say

study = typer.Typer(
    help="Run a published experiment again, and set its numbers beside the published ones.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@ends_well
def response_fields(
    system: Annotated[str, typer.Option(help="ou, allen-cahn or navier-stokes.")],
    out: Annotated[Path, typer.Option(help="Folder for table.csv, figure.png, report.html and run.json.")],
    preset: Annotated[
        str, typer.Option(help="quick (ten minutes on two cores) or full (the published sizes, for a GPU).")
    ] = "quick",
    seed: Seed = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Responses of a published stochastic field by every method, beside the truth and the published errors.

    Example: fluctua study response-fields --system allen-cahn --preset quick --out study-ac
    """
    import time

    from ..core import versions
    from ..data import atomic_folder, write_json
    from ..report import save_figure, study_figure, write_study_report
    from ..studies import field_study_rows, response_fields as run

    started = time.perf_counter()
    with atomic_folder(out, overwrite) as folder:
        result = run(system, preset, folder, seed, progress(quiet))
        measured = time.perf_counter()
        rows = field_study_rows(result)
        save_figure(study_figure([result]), folder / "figure.png")
        write_study_report([result], rows, folder / "report.html")
        content = {
            "schema_version": 1,
            "command": "study response-fields",
            "options": {"system": system, "preset": preset, "out": str(out)},
            "seed": seed,
            "versions": versions(),
            "notes": result.notes,
            "timings": {
                "study_seconds": round(measured - started, 3),
                "report_seconds": round(time.perf_counter() - measured, 3),
            },
        }
        write_json(folder / "run.json", content)
    for note in result.notes:
        say(f"Note: {note}", quiet)
    say("\n".join(str(out / name) for name in ("table.csv", "figure.png", "report.html", "run.json")), quiet)


study.command("response-fields")(response_fields)
