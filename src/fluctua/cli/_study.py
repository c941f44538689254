"""``fluctua study``: published experiments, run again beside the published numbers; one sub-command each."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

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

    from ..data import atomic_folder
    from ..report import save_figure, study_figure, write_study_report
    from ..studies import field_study_rows, response_fields as run

    started = time.perf_counter()
    with atomic_folder(out, overwrite) as folder:
        result = run(system, preset, folder, seed, progress(quiet))
        measured = time.perf_counter()
        rows = field_study_rows(result)
        save_figure(study_figure([result]), folder / "figure.png")
        write_study_report([result], rows, folder / "report.html")
        timings = {"study": measured - started, "report": time.perf_counter() - measured}
        options = {"system": system, "preset": preset, "out": str(out)}
        _write_run(folder, "response-fields", options, seed, result.notes, timings)
    _tell(out, result.notes, quiet)


@ends_well
def heavy_tails(
    out: Annotated[Path, typer.Option(help="Folder for table.csv, figure.png, report.html and run.json.")],
    preset: Annotated[
        str, typer.Option(help="quick (twelve minutes on two cores) or full (hours, and the larger sizes).")
    ] = "quick",
    task: Annotated[
        list[str] | None, typer.Option(help="T1 to T8 (repeatable); by default all that the preset has.")
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(help="Folder with the training images of Fashion-MNIST as IDX files, for T7 of --preset full."),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="How often each number is measured anew, 2 or more; by default as the preset has it."),
    ] = None,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Noise laws side by side: which one learns a score best, in the bulk, in the tails, among modes.

    What tasks have measured is kept beside the folder: the same command after a kill goes on where it was.

    Example: fluctua study heavy-tails --preset quick --task T2 --task T3 --out study-tails
    """
    import time

    from ..data import atomic_folder
    from ..report import heavy_tail_figure, save_figure, write_heavy_tail_report
    from ..studies import heavy_tail_study

    whole = out.absolute()
    finished = whole.with_name(f".{whole.name}.tasks")
    started = time.perf_counter()
    with atomic_folder(out, overwrite) as folder:
        result = heavy_tail_study(preset, folder, task, seed, images, progress(quiet), seeds, finished)
        measured = time.perf_counter()
        save_figure(heavy_tail_figure(result.rows), folder / "figure.png")
        write_heavy_tail_report(result, folder / "report.html")
        timings = {"study": measured - started, "report": time.perf_counter() - measured, **result.seconds}
        folder_of_images = None if images is None else str(images)
        options = {
            "preset": preset, "task": list(result.seconds), "images": folder_of_images, "seeds": seeds, "out": str(out)
        }  # fmt: skip
        _write_run(folder, "heavy-tails", options, seed, result.notes, timings)
    shutil.rmtree(finished, ignore_errors=True)
    _tell(out, result.notes, quiet)


def _write_run(
    folder: Path, name: str, options: dict[str, Any], seed: int, notes: Sequence[str], timings: dict[str, float]
) -> None:
    """``run.json`` of a study: how it was run, with what, and how long each part took."""
    from ..core import versions
    from ..data import write_json

    content = {
        "schema_version": 1,
        "command": f"study {name}",
        "options": options,
        "seed": seed,
        "versions": versions(),
        "notes": notes,
        "timings": {f"{part}_seconds": round(seconds, 3) for part, seconds in timings.items()},
    }
    write_json(folder / "run.json", content)


def _tell(out: Path, notes: Sequence[str], quiet: bool) -> None:
    for note in notes:
        say(f"Note: {note}", quiet)
    say("\n".join(str(out / name) for name in ("table.csv", "figure.png", "report.html", "run.json")), quiet)


study.command("response-fields")(response_fields)
study.command("heavy-tails")(heavy_tails)
