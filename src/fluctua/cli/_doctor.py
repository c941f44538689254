"""``fluctua doctor``: does this installation work?"""

import os
import platform
import time

import typer

from ._options import Debug, Quiet, ends_well


@ends_well
def doctor(quiet: Quiet = False, debug: Debug = False) -> None:
    """Print versions and devices, and check a response against its exact value.

    Example: fluctua doctor
    """
    import jax
    import numpy as np
    import scipy.linalg

    from ..core import FluctuaError, versions
    from ..systems import non_normal_ornstein_uhlenbeck
    from ..verbs import respond, simulate

    lines = [f"{name:10} {number}" for name, number in versions().items()]
    lines.append(f"{'platform':10} {platform.platform()}, {os.cpu_count()} cores")
    lines.append(f"{'devices':10} {', '.join(str(device) for device in jax.devices())}")
    if not quiet:
        typer.echo("\n".join(lines))
    started = time.perf_counter()
    system = non_normal_ornstein_uhlenbeck()
    record = simulate(system, duration=2000.0, seed=1)
    result = respond(record, push=system.names[0], max_lag=2.0, score="gaussian", seed=0)
    matrix = np.asarray(system.drift_matrix)
    exact = np.stack([scipy.linalg.expm(matrix * lag)[:, 0] for lag in result.lag.values])
    error = np.abs(result.impulse_response.values[0] - exact)
    worst = float(np.max(error / np.maximum(result.impulse_response_stderr.values[0], 1e-6)))
    # Eight standard errors at any of 63 points: a chance below 1e-6 with 30 or more degrees of freedom.
    if not worst < 8:
        raise FluctuaError(
            f"the response of a linear system is {worst:.1f} standard errors from its exact value",
            "a working installation stays below 8",
            "reinstall the versions in constraints.txt",
        )
    if not quiet:
        typer.echo(
            f"{'self-check':10} linear response within {worst:.1f} standard errors of exact "
            f"({time.perf_counter() - started:.1f} s): all is well"
        )
