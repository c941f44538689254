"""Lagged sums against a loop of products over lags and against scipy.signal.correlate per pair.

Run with ``make bench``. Every method computes the same sums over the lags 0 to 200, in the same process, one after the
other; times are the best of several runs, ratios are what to quote. Peak memory beyond the inputs is traced in a run
of its own.
"""

import argparse
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import scipy.signal

from fluctua.response import lagged_sums


def loop_over_lags(observable: np.ndarray, conjugate: np.ndarray, max_lag: int) -> np.ndarray:
    length = len(conjugate)
    return np.stack([observable[lag:].T @ conjugate[: length - lag] for lag in range(max_lag + 1)])


def correlate_per_pair(observable: np.ndarray, conjugate: np.ndarray, max_lag: int) -> np.ndarray:
    length, p = observable.shape
    q = conjugate.shape[1]
    sums = np.empty((max_lag + 1, p, q))
    for i in range(p):
        for j in range(q):
            full = scipy.signal.correlate(observable[:, i], conjugate[:, j], mode="full", method="fft")
            sums[:, i, j] = full[length - 1 : length + max_lag]
    return sums


def best_time(function: Callable[[], np.ndarray], repeats: int) -> tuple[float, np.ndarray]:
    times, value = [], np.empty(0)
    for _ in range(repeats):
        start = time.perf_counter()
        value = function()
        times.append(time.perf_counter() - start)
    return min(times), value


def traced_peak(function: Callable[[], np.ndarray]) -> int:
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def compare(length: int, p: int, q: int, max_lag: int, repeats: int) -> None:
    generator = np.random.default_rng(0)
    observable = generator.standard_normal((length, p))
    conjugate = np.ascontiguousarray(observable[:, :q] ** 3)
    ours, sums = best_time(lambda: lagged_sums(observable, conjugate, max_lag), repeats)
    loop, reference = best_time(lambda: loop_over_lags(observable, conjugate, max_lag), max(1, repeats // 2))
    pair, _ = best_time(lambda: correlate_per_pair(observable, conjugate, max_lag), 1)
    error = np.max(np.abs(sums - reference)) / np.max(np.abs(reference))
    peak = traced_peak(lambda: lagged_sums(observable, conjugate, max_lag)) / observable.nbytes
    print(
        f"{length:>9} x {p:<5} {q:>4} conjugate  {max_lag} lags   ours {ours:7.3f} s   "
        f"loop {loop / ours:6.1f} x   scipy.correlate {pair / ours:6.1f} x   "
        f"memory {1 + peak:4.2f} x record   difference {error:.0e}",
        flush=True,
    )
    for method in ("product", "segments"):
        single, _ = best_time(lambda method=method: lagged_sums(observable, conjugate, max_lag, method=method), repeats)
        print(f"{'':>20} {method:<10} {single:7.3f} s", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=4)
    arguments = parser.parse_args()
    compare(1_000_000, 8, 8, 200, arguments.repeats)
    compare(1_000_000, 8, 1, 200, arguments.repeats)
    compare(10_000, 1024, 1, 200, arguments.repeats)
    compare(10_000, 1024, 8, 200, arguments.repeats)
