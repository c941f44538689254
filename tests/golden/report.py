"""How far each golden moved, in one table:

    PYTHONPATH=src python tests/golden/report.py [--slow] [PATTERN ...]

Responses are in units of the standard error of the impulse response and of the step response at that lag, the plug-in
response in the largest over the lags; the ratio of standard errors is the one furthest from one. Where a quantity moved
more than is allowed without an entry in ``mended.py``, both its values follow.
"""

import sys
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from comparison import ROUNDING, compare, plug_in_unit, read
from goldens import FOLDER, GOLDENS, calm
from test_goldens import mending

COLUMNS = ("impulse", "step", "gaussian", "plug-in", "stderr ratio")


def shifts(before: dict[str, Any], now: dict[str, Any]) -> list[float]:
    """Largest shifts of a response in the order of ``COLUMNS``."""
    error = before["impulse_response_stderr"].astype(np.float64)
    band = 0.25 * (before["step_response_upper"].astype(np.float64) - before["step_response_lower"])
    pairs = (
        ("impulse_response", error),
        ("step_response", band),
        ("gaussian_response", error),
        ("plug_in_response", plug_in_unit(before)),
    )
    if any(before[name].shape != now[name].shape for name, _ in pairs):
        return [np.inf] * len(COLUMNS)

    def most(name: str, unit: np.ndarray) -> float:
        # What is known without error, such as a linear response at lag zero, has no unit.
        there = (unit > ROUNDING * np.max(np.abs(before[name]))) & np.isfinite(before[name]) & np.isfinite(now[name])
        return float(np.max(np.abs(now[name] - before[name]) / np.where(there, unit, 1.0), initial=0.0, where=there))

    there = error > ROUNDING * np.max(np.abs(before["impulse_response"]))
    ratios = now["impulse_response_stderr"][there] / error[there]
    return [*(most(name, unit) for name, unit in pairs), float(ratios[np.argmax(np.abs(np.log(ratios)))])]


def main(words: list[str]) -> None:
    slow, patterns = "--slow" in words, [word for word in words if word != "--slow"] or ["*"]
    print(f"{'golden':34}" + "".join(f"{column:>14}" for column in COLUMNS))
    later = []
    for name, golden in GOLDENS.items():
        if (golden.slow and not slow) or not any(fnmatchcase(name, pattern) for pattern in patterns):
            continue
        before = read(FOLDER / f"{name}.npz")
        try:
            now = calm(golden.run)
        except Exception as fault:  # the table goes on with the next golden
            print(f"{name:34} does not run: {type(fault).__name__}: {str(fault).splitlines()[0]}", flush=True)
            continue
        moves = compare(name, golden.kind, before, now)
        if golden.kind == "response":
            print(f"{name:34}" + "".join(f"{shift:14.2e}" for shift in shifts(before, now)), flush=True)
        else:
            worst = max(moves, key=lambda move: move.allowed)
            print(f"{name:34} {0.1 * worst.allowed:.2e} of its unit at most: {worst.quantity}", flush=True)
        for move in moves:
            if not move.allowed <= 1.0:
                found = mending(move)
                later.append(f"{move} ({found.reason if found else 'not listed as mended'})")
    print("\n" + ("\n".join(later) or "Nothing moved more than is allowed."))


if __name__ == "__main__":
    main(sys.argv[1:])
