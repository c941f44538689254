"""How long the equivariant dictionary takes to fit, on real Allen-Cahn fields, beside the size of the record.

The bar of the project: 25 600 states of 32 x 32 points in under a minute on two cores. Run it on a quiet machine:

    python benchmarks/field_dictionary.py [STATES ...]
"""

import sys
import time

import jax
import numpy as np

from fluctua.features import sums_of_fields
from fluctua.scores import FieldPolynomials, fit_field_dictionary
from fluctua.systems import AllenCahn, simulate

_PARTS = 8


def main(sizes: list[int]) -> None:
    """Fit records of growing size; print seconds, and the score's error where it is known."""
    system = AllenCahn()
    members = 128
    steps = -(-max(sizes) // members)
    start = time.perf_counter()
    record = simulate(system, key=jax.random.key(0), members=members, duration=float(steps), spin_up=200.0)
    print(f"simulated {members} members of 200 + {steps} time units in {time.perf_counter() - start:.0f} s")
    fields = record.reshape(-1, 1, *system.domain.shape)
    exact = np.asarray(jax.vmap(system.score)(fields[::97, 0]))
    print(f"{'states':>8} {'seconds':>8} {'rms error of the score':>24}")
    for size in sizes:
        states = fields[:size]
        start = time.perf_counter()
        functions = FieldPolynomials.of(states, system.domain.shape, degree=3)
        score = fit_field_dictionary(
            [sums_of_fields(part, functions) for part in np.array_split(states, _PARTS)], functions
        )
        seconds = time.perf_counter() - start
        found = np.asarray(jax.vmap(score)(fields[::97].reshape(-1, system.domain.size))).reshape(exact.shape)
        error = np.sqrt(np.mean((found - exact) ** 2) / np.mean(exact**2))
        print(f"{size:8d} {seconds:8.2f} {error:24.3f}", flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [6_400, 12_800, 25_600])
