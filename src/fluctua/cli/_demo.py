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
    import time

    from ..data import atomic_folder, write_json
    from ..report import response_figure, save_figure
    from ..verbs import run_demo
    from ._results import write_result

    started = time.perf_counter()
    with atomic_folder(out, overwrite) as folder:
        parts = run_demo(seed=seed, progress=progress(quiet))
        for part in parts:
            (folder / part.name).mkdir()
            write_result(part.result, folder / part.name, {"command": "demo"}, time.perf_counter() - started)
            save_figure(response_figure(part.result), folder / part.name / "response.png")
            (folder / part.name / "table.csv").write_text(part.table)
        write_json(folder / "run.json", {"schema_version": 1, "command": "demo", "seed": seed})
    say("\n\n".join(part.text for part in parts), quiet)
    pages = " and ".join(str(out / part.name / "report.html") for part in parts)
    say(f"\nOpen {pages} in a browser.", quiet)
