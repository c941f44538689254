"""Time steps of fields per second and core, beside other spectral solvers where those do the same work.

Run with ``make bench``, or alone: ``python benchmarks/field_steps.py``. The process is bound to one core. Every line is
timed in the same process, the contestants of a comparison in turns; times are the best of several rounds, ratios are
what to quote. The comparisons are of the deterministic part, with the same order, number of members, precision and
number of products in each step: exponax (exponential Runge-Kutta of second order) and jax-cfd (Crank-Nicolson and
Runge-Kutta of second order, spectral) have no noise. Either is left out, with a sentence, where it is not installed.
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import equinox as eqx
import jax
import jax.numpy as jnp

from fluctua.systems import (
    AbstractFieldSystem,
    AbstractIntegrator,
    AllenCahn,
    ExponentialEuler,
    ExponentialHeun,
    NavierStokes,
    OrnsteinUhlenbeckField,
    PeriodicDomain,
    RungeKutta4Noise,
    Simulation,
    State,
)

MEMBERS = 8
Stepper = Callable[[Any], Any]


class Quiet(AbstractFieldSystem):
    """Another system without its noise."""

    inner: AbstractFieldSystem
    domain: PeriodicDomain
    name: str = eqx.field(static=True, default="u")
    dt: float = eqx.field(static=True, default=0.01)
    save_every: int = eqx.field(static=True, default=1)
    spin_up: float = eqx.field(static=True, default=0.0)

    @property
    def has_noise(self) -> bool:
        return False

    def linear(self) -> jax.Array:
        return self.inner.linear()

    def nonlinear(self, spectrum: jax.Array, hidden: jax.Array) -> jax.Array:
        return self.inner.nonlinear(spectrum, hidden)

    def noise(self) -> jax.Array:
        return jnp.zeros(self.domain.half_shape)

    def initial_state(self, key: jax.Array | None = None) -> jax.Array:
        return self.inner.initial_state(key)


def best_of(functions: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Best time of each function, called in turns."""
    for function in functions.values():
        jax.block_until_ready(function())
    best = dict.fromkeys(functions, float("inf"))
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            jax.block_until_ready(function())
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def repeated(step: Stepper, start: Any, steps: int) -> Callable[[], Any]:
    """A compiled run of so many steps of all members."""
    many = jax.vmap(step)
    compiled = jax.jit(lambda u: jax.lax.scan(lambda now, _: (many(now), None), u, None, length=steps)[0])
    return lambda: compiled(start)


def whole_steps(system: AbstractFieldSystem, integrator: AbstractIntegrator | None, members: int, rounds: int) -> float:
    """Seconds of one step of one member in a simulation, random numbers and saving included."""
    intervals = max(1, 2_000_000 // (members * system.save_every * system.domain.size))
    plan = Simulation(
        system,
        key=jax.random.key(0),
        members=members,
        duration=intervals * system.interval,
        spin_up=0.0,
        integrator=integrator,
    )
    state = plan.start()
    return best_of({"": lambda: plan.advance(state, 0)}, rounds)[""] / (plan.cut.steps * members)


def show_simulations(rounds: int) -> None:
    print(f"simulations of 32 x 32 fields, {MEMBERS} and 128 members, one core: steps of one member per second")
    exponential = [ExponentialEuler(), ExponentialHeun(), RungeKutta4Noise()]
    for system in (OrnsteinUhlenbeckField(), AllenCahn(), NavierStokes()):
        for scheme in [None] if system.is_linear else exponential:
            rates = [1.0 / whole_steps(system, scheme, members, rounds) for members in (MEMBERS, 128)]
            name = "exact transition" if scheme is None else type(scheme).__name__
            print(f"  {type(system).__name__:<24} {name:<24} {rates[0]:>10,.0f} {rates[1]:>10,.0f}", flush=True)


def show_sizes(rounds: int) -> None:
    print("one step of one member against the grid, 8 members (16 x 16 to 256 x 256), in microseconds, one core")
    for kind in (OrnsteinUhlenbeckField, AllenCahn, NavierStokes):
        times = []
        for points in (16, 32, 64, 128, 256):
            system = kind(PeriodicDomain((points, points)), save_every=1)
            times.append(1e6 * whole_steps(system, None, MEMBERS, rounds))
        print(f"  {kind.__name__:<24}" + "".join(f"{value:>12,.1f}" for value in times), flush=True)


def show_comparisons(points: int, rounds: int, steps: int) -> None:
    domain = PeriodicDomain((points, points))
    fields = jax.vmap(AllenCahn(domain).initial_state)(jax.random.split(jax.random.key(0), MEMBERS))
    spectra = domain.forward(fields)
    contests: dict[str, dict[str, Callable[[], Any]]] = {"Allen-Cahn": {}, "Navier-Stokes": {}}
    quiet = Quiet(AllenCahn(domain), domain)
    heun = ExponentialHeun().stepper(quiet, 0.01)
    nothing = jnp.zeros(0)
    contests["Allen-Cahn"]["fluctua"] = repeated(lambda u: heun(State(u, nothing), nothing).values, spectra, steps)
    waves = NavierStokes(domain, dealias=2.0 / 3.0)
    turn = ExponentialHeun().stepper(Quiet(waves, domain), 0.001)
    phases = waves.initial_hidden(jax.random.key(1))
    contests["Navier-Stokes"]["fluctua, with its forcing"] = repeated(
        lambda u: turn(State(u, phases), nothing).values, spectra, steps
    )
    try:
        import exponax
    except ImportError:
        print("exponax is not installed: left out (pip install exponax)")
    else:
        side = domain.lengths[0]
        reaction = exponax.stepper.reaction.AllenCahn(2, side, points, 0.01, order=2, dealiasing_fraction=1.0)
        flow = exponax.stepper.NavierStokesVorticity(2, side, points, 0.001, order=2)
        for name, stepper in (("Allen-Cahn", reaction), ("Navier-Stokes", flow)):
            contests[name]["exponax, spectrum to spectrum"] = repeated(stepper.step_fourier, spectra[:, None], steps)
            contests[name]["exponax, field to field"] = repeated(stepper, fields[:, None], steps)
    try:
        # Its compiled-in aliases of older JAX versions warn.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from jax_cfd.base import grids
            from jax_cfd.spectral import equations, time_stepping
    except ImportError:
        print("jax-cfd is not installed: left out (pip install jax-cfd)")
    else:
        grid = grids.Grid(domain.shape, domain=((0.0, domain.lengths[0]), (0.0, domain.lengths[1])))
        other = time_stepping.crank_nicolson_rk2(equations.NavierStokes2D(1e-3, grid, drag=0.1, smooth=True), 0.001)
        contests["Navier-Stokes"]["jax-cfd, spectrum to spectrum"] = repeated(other, spectra, steps)
    for system, contest in contests.items():
        best = best_of(contest, rounds)
        print(f"deterministic steps, {system}, {points} x {points}, {MEMBERS} members, one core")
        for name, seconds in best.items():
            each = seconds / (steps * MEMBERS)
            print(
                f"  {name:<32} {1 / each:>10,.0f} steps/s {seconds / min(best.values()):>6.2f} of the fastest",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    show_comparisons(32, arguments.rounds, 200)
    show_comparisons(128, arguments.rounds, 20)
    show_simulations(arguments.rounds)
    show_sizes(arguments.rounds)
