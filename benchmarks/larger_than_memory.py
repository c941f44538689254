"""A record larger than memory: resident memory, throughput per core, and two processes against one.

The record, eight variables in a Zarr store, is made here and kept in a folder, so that it is made once:

    python benchmarks/larger_than_memory.py --gigabytes 12 --folder /scratch

Each run is a process of its own with one thread for linear algebra. The record in memory is a part of the same store of
at most ``--in-memory`` gigabytes, and throughputs are compared by states per second. With ``--compare`` the numbers are
compared as well, which needs a record that fits into memory. ``--runs pieces`` leaves a gap in the middle.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

VARIABLES, MEMBERS, CHUNK = 8, 4, 1 << 18
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}


def make(path: Path, gigabytes: float) -> None:
    """Eight variables that are coupled to their neighbours, with a cubic restoring force, chunk by chunk."""
    import numpy as np
    import zarr

    steps = int(gigabytes * 1e9 / (8 * VARIABLES * MEMBERS)) // CHUNK * CHUNK or CHUNK
    store = zarr.open_group(path, mode="w", zarr_format=3)
    names = [f"x{column}" for column in range(VARIABLES)]
    arrays = [
        store.create_array(n, shape=(MEMBERS, steps), chunks=(1, CHUNK), dtype="f8", dimension_names=("member", "time"))
        for n in names
    ]
    times = store.create_array("time", shape=(steps,), chunks=(CHUNK,), dtype="f8", dimension_names=("time",))
    times[:] = 0.1 * np.arange(steps)
    generator = np.random.default_rng(0)
    runs = 64  # pieces of a chunk that are computed side by side, each from a state of its own
    length = CHUNK // runs
    states = generator.standard_normal((MEMBERS * runs, VARIABLES))
    for start in range(0, steps, CHUNK):
        chunk = np.empty((length, MEMBERS * runs, VARIABLES))
        for step in range(length):
            neighbours = np.roll(states, 1, axis=1) + np.roll(states, -1, axis=1)
            drift = -states - 0.3 * states**3 + 0.3 * neighbours
            states = states + 0.1 * drift + 0.4 * generator.standard_normal(states.shape)
            chunk[step] = states
        table = chunk.transpose(2, 1, 0).reshape(VARIABLES, MEMBERS, CHUNK)
        for array, values in zip(arrays, table, strict=True):
            array[:, start : start + CHUNK] = values


def answer(path: Path, how: str, gigabytes: float) -> dict[str, float]:
    """One run; what it took."""
    import resource
    import warnings

    import numpy as np
    import xarray as xr

    import fluctua

    warnings.simplefilter("ignore")
    options = {"push": "x0", "observe": ["x0", "x1**2"], "max_lag": 2.0}
    seconds = []
    # A short record first, so that compilation is not counted.
    for part in (slice(2000), slice(None)):
        data = xr.open_zarr(path, chunks={} if how == "dask" else None, consolidated=False).isel(time=part)
        if how == "memory":
            most = int(gigabytes * 1e9 / (8 * VARIABLES * MEMBERS))
            data = data.isel(time=slice(most)).load()
        asked = options
        if how == "pieces":  # the middle tenth is missing, and a code stands for nothing
            steps = data.sizes["time"]
            data = [data.isel(time=slice(steps * 9 // 20)), data.isel(time=slice(steps * 11 // 20, None))]
            asked = options | {"gaps": "split", "missing": -999.0}
        started = time.perf_counter(), time.process_time()
        found = fluctua.respond(data, **asked).dataset
        seconds.append((time.perf_counter() - started[0], time.process_time() - started[1]))
    values = found.impulse_response.values
    return {
        "states": sum(each.sizes["member"] * each.sizes["time"] for each in (data if how == "pieces" else [data])),
        "seconds": seconds[-1][0],
        "processor": seconds[-1][1],
        "resident": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "numbers": np.concatenate([values.ravel(), found.impulse_response_stderr.values.ravel()]).tolist(),
    }


def processes(path: Path, count: int) -> dict[str, float]:
    """The same by so many worker processes."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        return answer(path, "dask", 0.0)


def run(path: Path, how: str, gigabytes: float) -> dict[str, float]:
    """A run in a process of its own."""
    command = [sys.executable, __file__, "--run", how, "--folder", str(path.parent), "--name", path.name]
    command += ["--in-memory", str(gigabytes)]
    stays = {"FLUCTUA_IN_MEMORY_GIB": "0"} if how in ("stored", "pieces") else {}
    done = subprocess.run(command, env=os.environ | ONE_THREAD | stays, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"{how:12} {found['states']:13,} states {found['seconds']:8.1f} s, {found['processor']:8.1f} s of the "
          f"processor in this process, {found['resident']:.2f} GB resident", flush=True)  # fmt: skip
    return found


def main() -> None:
    """Make the record if it is not there, and run everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=12.0)
    parser.add_argument("--folder", type=Path, default=Path("."))
    parser.add_argument("--name")
    parser.add_argument("--in-memory", type=float, default=1.0)
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--runs", default="memory,stored,1,2")
    parser.add_argument("--run")
    given = parser.parse_args()
    path = given.folder / (given.name or f"larger-than-memory-{given.gigabytes:g}.zarr")
    if given.run is not None:
        how = given.run
        print(json.dumps(processes(path, int(how)) if how.isdecimal() else answer(path, how, given.in_memory)))
        return
    if not path.exists():
        make(path, given.gigabytes)
    size = given.gigabytes if given.compare else min(given.gigabytes, given.in_memory)
    found = {how: run(path, how, size) for how in given.runs.split(",")}
    if {"memory", "stored"} <= set(found):
        rates = [found[how]["states"] / found[how]["processor"] for how in ("stored", "memory")]
        print(f"throughput per core against memory: {rates[0] / rates[1]:.2f}")
        if given.compare:
            pairs = zip(found["memory"]["numbers"], found["stored"]["numbers"], strict=True)
            print(f"largest difference: {max(abs(one - other) for one, other in pairs):.1e}")
    if {"1", "2"} <= set(found):
        print(f"two processes against one: {found['1']['seconds'] / found['2']['seconds']:.2f}")


if __name__ == "__main__":
    main()
