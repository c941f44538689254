"""Noise laws side by side: which one learns a score best, in the bulk, in the tails, among modes.

What tasks have measured is kept beside the folder: the same command after an interruption goes on where it was.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from ..command import Outcome, bar, run_study, study_parser
from . import study
from .figure import heavy_tail_figure
from .plan import heavy_tail_plan
from .rows import write_heavy_tail_table
from .summary import heavy_tail_summary


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study; the exit status."""
    parser = study_parser("heavy_tails", __doc__, "table.csv, summary.md, figure.png")
    parser.add_argument("--task", action="append", help="T1 to T8 (repeatable); by default all that the preset has")
    parser.add_argument("--images", type=Path, help="folder of IDX files, for T7 of --preset full")
    parser.add_argument("--seeds", type=int, help="how often each number is measured anew, 2 or more")
    options = parser.parse_args(arguments)
    whole = options.out.absolute()
    kept = whole.with_name(f".{whole.name}.tasks")
    status = run_study("heavy_tails", options, lambda folder: _measured(options, folder, kept))
    if status == 0:
        shutil.rmtree(kept, ignore_errors=True)
    return status


def _measured(options: argparse.Namespace, folder: Path, kept: Path) -> Outcome:
    plan = study.with_seeds(heavy_tail_plan(options.preset), options.seeds)
    result = study.measure_heavy_tails(
        plan, options.task, seed=options.seed, images=options.images, progress=bar(options.quiet), checkpoint=kept
    )
    write_heavy_tail_table(result.rows, folder / "table.csv")
    (folder / "summary.md").write_text(heavy_tail_summary(result.rows, result.notes), encoding="utf-8")
    heavy_tail_figure(result.rows).savefig(folder / "figure.png", dpi=160)
    return Outcome(result.notes, result.seconds)


if __name__ == "__main__":
    sys.exit(main())
