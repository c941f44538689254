"""What the commands of all studies share: their options, the folder they write, and what they print."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fluctua.core import AbstractProgress, FluctuaError, OptionError, versions
from fluctua.data import atomic_folder, write_json

PRESETS = ("quick", "full")
"""Sizes of every study: minutes on two processor cores, or the published sizes."""


class Outcome(NamedTuple):
    """What a study leaves besides its files: what a reader must know, and how long each part took."""

    notes: Sequence[str]
    seconds: dict[str, float]


def study_parser(name: str, description: str | None, files: str) -> argparse.ArgumentParser:
    """The options that every study has."""
    parser = argparse.ArgumentParser(prog=f"python -m studies.{name}", description=description)
    parser.add_argument("--out", type=Path, required=True, help=f"folder for {files} and run.json")
    parser.add_argument("--preset", default="quick", help="quick (minutes on two cores) or full (the published sizes)")
    parser.add_argument("--seed", type=int, default=0, help="seed of every random choice")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing folder")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    return parser


def run_study(name: str, options: argparse.Namespace, measure: Callable[[Path], Outcome]) -> int:
    """Measure into a folder that is there complete or not at all; an error is one line, and status 2."""
    try:
        if options.seed < 0:
            raise OptionError(
                f"the seed is {options.seed}", "a seed is zero or a positive whole number", "give --seed 0"
            )
        with atomic_folder(options.out, options.overwrite) as folder:
            started = time.perf_counter()
            outcome = measure(folder)
            seconds = {**outcome.seconds, "study": time.perf_counter() - started}
            write_json(folder / "run.json", _run(name, options, outcome, seconds))
    except FluctuaError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    if not options.quiet:
        print("\n".join([*(f"Note: {note}" for note in outcome.notes), str(options.out)]))
    return 0


def bar(quiet: bool) -> AbstractProgress | None:
    """Where progress is shown: a line for each part on standard error."""
    return None if quiet else Lines()


class Lines(AbstractProgress):
    """One line when a part begins."""

    def task(self, description: str, total: int) -> Any:
        from fluctua.core import SilentProgress

        print(description, file=sys.stderr, flush=True)
        return SilentProgress().task(description, total)


def _run(name: str, options: argparse.Namespace, outcome: Outcome, seconds: dict[str, float]) -> dict[str, Any]:
    given = {key: str(value) if isinstance(value, Path) else value for key, value in vars(options).items()}
    return {
        "schema_version": 1,
        "command": f"python -m studies.{name}",
        "options": given,
        "seed": options.seed,
        "versions": versions(),
        "notes": list(outcome.notes),
        "timings": {f"{part}_seconds": round(value, 3) for part, value in seconds.items()},
    }
