"""Sizes of the study of field responses, by system and preset."""

from typing import NamedTuple

from fluctua.response import Reflections
from fluctua.systems import (
    AbstractFieldSystem,
    AbstractIntegrator,
    AllenCahn,
    ExactTransition,
    ExponentialHeun,
    NavierStokes,
    OrnsteinUhlenbeckField,
    RungeKutta4Noise,
)

FIELD_STUDY_SYSTEMS = ("ou", "allen-cahn", "navier-stokes")
"""Names of the systems of the study."""


class FieldPlan(NamedTuple):
    """How one system is run.

    Attributes:
        system: The system.
        integrator: The scheme of record and truth.
        dt: Its time step.
        save_every: Steps between saved states, and between lags.
        members: Members of the record.
        duration: Length of each, after the spin-up.
        spin_up: Spin-up before it.
        coarse: Time step of the first part of the spin-up, if it is made with longer steps than the rest.
        max_lag: Largest lag, in time units.
        truth_members: Members of the twin runs.
        resets: Pairs per member; none where the response is known exactly.
        truth_records: Records of their own that make the truth, of a system whose exact score is known.
        amplitude: Distance of the twins.
        between: Time between a pair and the next.
        network_steps: Steps of training of the network; zero leaves it out.
        network_members: Members of the record that the network is fitted to and answers from.
        reflections: Symmetry of the system.
        left_out: What a reader must know about the sizes.
    """

    system: AbstractFieldSystem
    integrator: AbstractIntegrator
    dt: float
    save_every: int
    reflections: Reflections
    left_out: tuple[str, ...]
    network_steps: int
    network_members: int
    resets: int = 0
    truth_records: int = 0
    members: int = 128
    duration: float = 2000.0
    spin_up: float = 1000.0
    coarse: float | None = None
    max_lag: float = 100.0
    truth_members: int = 128
    amplitude: float = 1 / 16
    between: float = 0.0


def field_plan(system: str, preset: str) -> FieldPlan:
    """The plan of one system (``ou``, ``allen-cahn``, ``navier-stokes``) and preset (``quick``, ``full``)."""
    return {"ou": _ou, "allen-cahn": _allen_cahn, "navier-stokes": _navier_stokes}[system](preset == "full")


def _ou(full: bool) -> FieldPlan:
    notes = ("Simulated by the exact transition, one step per saved state; the truth is the exact response.",)
    quick = (
        "Quick: the network is trained for 600 steps and works on 32 of the 128 members; all else has the published "
        "size.",
    )
    return FieldPlan(
        system=OrnsteinUhlenbeckField(),
        integrator=ExactTransition(),
        dt=1.0,
        save_every=1,
        network_steps=3000 if full else 600,
        network_members=128 if full else 32,
        reflections=Reflections((0,)),
        left_out=notes if full else notes + quick,
    )


def _allen_cahn(full: bool) -> FieldPlan:
    notes = (
        "Simulated by the exponential scheme at dt = 1/16, at which the Stein identity of the exact score holds mode "
        "by mode; it does not for the published scheme (fourth-order Runge-Kutta, then noise) at dt = 1/32.",
    )
    quick = (
        "Quick: 32 members of 2000 time units instead of 128, for the truth as well, and a "
        "network trained for 600 steps.",
    )
    return FieldPlan(
        system=AllenCahn(),
        integrator=ExponentialHeun(),
        dt=1 / 16,
        save_every=16,
        members=128 if full else 32,
        resets=25 if full else 12,
        truth_records=16 if full else 12,
        network_steps=3000 if full else 600,
        network_members=128 if full else 32,
        reflections=Reflections((0,)),
        left_out=notes if full else notes + quick,
    )


def _navier_stokes(full: bool) -> FieldPlan:
    notes = (
        "Simulated by the published scheme at dt = 1/128, saved every fourth step; most of the spin-up is made with "
        "longer exponential steps. The phases of the forcing are hidden from every method.",
    )
    quick = (
        "Quick: 64 members of 8 time units instead of 128, a spin-up of 300 time units instead of 1024, a truth of "
        "512 twin pairs instead of 2048, and a network trained for 600 steps on 32 members.",
    )
    return FieldPlan(
        system=NavierStokes(),
        integrator=RungeKutta4Noise(),
        dt=1 / 128,
        save_every=4,
        members=128 if full else 64,
        duration=8.0,
        spin_up=1024.0 if full else 300.0,
        coarse=1 / 32,
        max_lag=4.0,
        truth_members=128 if full else 64,
        resets=16 if full else 8,
        amplitude=1 / 64,
        between=2.0,
        network_steps=3000 if full else 600,
        network_members=128 if full else 32,
        reflections=Reflections((0,), odd=True),
        left_out=notes if full else notes + quick,
    )
