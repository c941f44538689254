"""Cost of a response as the record grows: a record twice as long costs at most 2.3 times as much.

Both lengths run once to compile and once to be timed, in one process.
"""

import argparse
import time

import fluctua


def seconds(duration: float, score: str) -> float:
    record = fluctua.simulate("enso-triad", duration=duration, seed=1)
    times = []
    for _ in range(2):
        started = time.perf_counter()
        fluctua.respond(record, "tau", ["u1", "u1**2"], max_lag=20.0, score=score)
        times.append(time.perf_counter() - started)
    return times[-1]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=float, default=50_000.0)
    duration = parser.parse_args().duration
    for score in ("gaussian", "dictionary", "network", "auto"):
        one, two = seconds(duration, score), seconds(2 * duration, score)
        print(
            f"{score:12} {10 * duration:,.0f} states {one:6.2f} s, twice as many {two:6.2f} s: {two / one:4.2f} x",
            flush=True,
        )
