"""The panel's command line."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .invariance import report
from .measure import draw, measure
from .summary import Record, by_lags, head, line, pooled
from .table import SYSTEMS, system_of
from .truths import seen_of, truth_of

_DRAWN = 4_000_000  # numbers in the records that are made at once: 32 MB


def main(arguments: list[str] | None = None) -> int:
    """Run the panel and print its table."""
    options = _options(arguments)
    names = options.systems.split(",") if options.systems else list(SYSTEMS)
    if options.list:
        for name in names:
            system = system_of(name)
            print(f"{name:20} {system.kind:32} {system.members} x {system.steps}  {system.note}")
        return 0
    if options.invariance:
        for name in names:
            print("\n".join(report(system_of(name), options.seed)), flush=True)
        return 0
    kept = _read(options.out)
    print(head(), flush=True)
    for name in names:
        records = list(measurements(name, options.records, options.seed, kept, options.out))
        system = system_of(name)
        for label in records[0]["rows"]:
            print(line(name, label, len(records), pooled(records, label)), flush=True)
            if options.lags:
                print("\n".join(by_lags(records, label, system.interval)), flush=True)
    return 0


def measurements(
    name: str, count: int, seed: int, kept: list[Record] | None = None, out: Path | None = None
) -> Iterator[Record]:
    """The measurements of the first ``count`` records of a system, those not kept yet made and added to the file."""
    system = system_of(name)
    # Records of another size, or of what the system was before it was changed, are not those asked for.
    asked = {"system": name, "seed": seed, "asked": repr((system.members, system.steps, system.asked))}
    done = {record["record"]: record for record in kept or [] if all(record.get(k) == v for k, v in asked.items())}
    missing = [record for record in range(count) if record not in done]
    if missing:
        truth, seen = truth_of(system), seen_of(system)
    batch = max(1, _DRAWN // (system.members * system.steps * len(system.variables)))
    began = time.perf_counter()
    for first in range(0, count, batch):
        numbers = range(first, min(first + batch, count))
        drawn = draw(system, seed, numbers) if any(number in missing for number in numbers) else None
        for place, number in enumerate(numbers):
            if drawn is not None and number in missing:
                found: Record = asked | {"record": number}
                found |= measure(system, drawn, place, truth, seen, number)  # pyright: ignore[reportPossiblyUnboundVariable]
                done[number] = found
                if out:
                    _append(out, found)
                print(f"\r{name}: record {number + 1} of {count}, {time.perf_counter() - began:.0f} s", end="  ",
                      file=sys.stderr, flush=True)  # fmt: skip
            yield done[number]
    print(file=sys.stderr)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/validation/panel", description=__doc__)
    parser.add_argument("--systems", default="", help="names, separated by commas; all by default")
    parser.add_argument("--records", type=int, default=200, help="records of each system")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes other records")
    parser.add_argument("--out", type=Path, help="one line per record is added to it, and records in it are not redone")
    parser.add_argument("--lags", action="store_true", help="print coverage and offset at some lags as well")
    parser.add_argument(
        "--invariance", action="store_true", help="print how far changes that should not matter move it"
    )
    parser.add_argument("--list", action="store_true", help="list the systems and end")
    return parser.parse_args(arguments)


def _read(path: Path | None) -> list[Record]:
    """What a run that was interrupted has left; a last line that was cut off is left out."""
    found: list[Any] = []
    if path and path.exists() and not path.read_text().endswith("\n"):
        with path.open("a") as file:
            file.write("\n")  # what comes next must not stand on the line that was cut off
    for text in path.read_text().splitlines() if path and path.exists() else []:
        try:
            found.append(json.loads(text))
        except json.JSONDecodeError:
            continue
    return found


def _append(path: Path, record: Record) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(record) + "\n")
