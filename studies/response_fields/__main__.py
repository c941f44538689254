"""Responses of a published stochastic field by every method, beside the truth and the published errors."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from fluctua.core import unknown_choice

from ..command import PRESETS, Outcome, bar, run_study, study_parser
from ..tables import write_csv
from . import measure
from .figure import study_figure
from .plan import FIELD_STUDY_SYSTEMS
from .table import StudyRow, field_study_rows, field_study_summary


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study of one system; the exit status."""
    parser = study_parser("response_fields", __doc__, "table.csv, summary.md, figure.png")
    parser.add_argument("--system", required=True, help=f"one of {', '.join(FIELD_STUDY_SYSTEMS)}")
    parser.add_argument(
        "--no-network", action="store_true", help="leave the network out, whose training is the longest"
    )
    parser.add_argument(
        "--keep", type=Path, help="folder where finished parts are kept, to go on from when the study is stopped"
    )
    options = parser.parse_args(arguments)
    return run_study("response_fields", options, lambda folder: _study(options, folder))


def _study(options: argparse.Namespace, folder: Path) -> Outcome:
    if options.system not in FIELD_STUDY_SYSTEMS:
        raise unknown_choice("system", options.system, FIELD_STUDY_SYSTEMS)
    if options.preset not in PRESETS:
        raise unknown_choice("preset", options.preset, PRESETS)
    result = measure.measure_fields(
        options.system,
        options.preset,
        seed=options.seed,
        network=not options.no_network,
        keep=options.keep,
        progress=bar(options.quiet),
    )
    rows = field_study_rows(result)
    write_csv(StudyRow._fields, rows, folder / "table.csv")
    (folder / "summary.md").write_text(field_study_summary(result, rows), encoding="utf-8")
    study_figure(result).savefig(folder / "figure.png", dpi=160)
    return Outcome(result.notes, {})


if __name__ == "__main__":
    sys.exit(main())
