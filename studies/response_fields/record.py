"""Records of a field system, as the study makes them."""

import numpy as np
from jaxtyping import PRNGKeyArray

from fluctua.core import AbstractProgress
from fluctua.systems import ExponentialHeun, simulate

from .plan import FieldPlan

SETTLE = 8.0
"""Time units after a coarse spin-up."""


def spun_up(plan: FieldPlan, key: PRNGKeyArray, progress: AbstractProgress | None) -> np.ndarray | None:
    """Fields after the coarse part of the spin-up, or nothing where there is none."""
    if plan.coarse is None:
        return None
    fields = simulate(
        plan.system,
        key=key,
        members=max(plan.members, plan.truth_members),
        duration=1.0,
        dt=plan.coarse,
        save_every=round(1 / plan.coarse),
        spin_up=plan.spin_up,
        integrator=ExponentialHeun(),
        progress=progress,
    )
    return fields[:, -1]


def record_of(
    plan: FieldPlan, starts: np.ndarray | None, key: PRNGKeyArray, progress: AbstractProgress | None
) -> np.ndarray:
    """A record of the planned size, shape ``(member, time, *grid)``."""
    fields = simulate(
        plan.system,
        key=key,
        members=plan.members,
        duration=plan.duration,
        dt=plan.dt,
        save_every=plan.save_every,
        spin_up=plan.spin_up if starts is None else SETTLE,
        integrator=plan.integrator,
        state=None if starts is None else starts[: plan.members],
        progress=progress,
    )
    return fields.astype(np.float32)
