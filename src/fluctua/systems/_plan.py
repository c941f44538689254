"""What is simulated: in which steps, for how long, and from where."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import ArrayLike, Float

from ..core import OptionError
from ._base import AbstractSystem

# Random keys fold in a step as a 32-bit number.
_MOST_STEPS = 2**32 - 1


class Times(NamedTuple):
    """Steps of ``dt``, ``save_every`` of them to an interval; ``discarded`` intervals go before ``saved`` ones."""

    dt: float
    save_every: int
    spin_up: float
    discarded: int
    saved: int


def plan_times(
    system: AbstractSystem,
    members: int,
    duration: float,
    *,
    dt: float | None,
    save_every: int | None,
    spin_up: float | None,
    started: bool,
) -> Times:
    """Whole intervals, from the arguments of ``simulate`` or the system's defaults.

    Where a starting state is given, no spin-up is the default.
    """
    step = float(system.dt if dt is None else dt)
    every = system.save_every if save_every is None else save_every
    before = float((0.0 if started else system.spin_up) if spin_up is None else spin_up)
    interval = step * every
    for name, value, usual in (("members", members, 1), ("save-every", every, system.save_every)):
        if value < 1:
            raise OptionError(
                f"--{name} {value} was given", "a whole number of at least 1 is needed", f"give --{name} {usual}"
            )
    if not (all(math.isfinite(time) for time in (step, before, duration)) and step > 0.0 and before >= 0.0):
        raise OptionError(
            f"the time step {step:g}, spin-up {before:g} and duration {duration:g} were given",
            "the time step must be positive, the spin-up zero or more, and all of them finite",
            " ".join(_usual_times(system, step, before, duration)) + " will do, in the system's time units",
        )
    if duration < interval * (1.0 - 1e-6):
        raise OptionError(
            f"a duration of {duration:g} was given, with a state saved every {interval:g} time units",
            "the record must hold at least one state",
            f"give a duration of at least {interval:g}, such as --duration {1000 * interval:g}, or save more often",
        )
    return Times(step, every, before, math.ceil(before / interval - 1e-6), int(duration / interval + 1e-6))


def _usual_times(system: AbstractSystem, step: float, before: float, duration: float) -> list[str]:
    """Options for the times that cannot be used."""
    wrong = {
        f"--dt {system.dt:g}": not (math.isfinite(step) and step > 0.0),
        f"--spin-up {system.spin_up:g}": not (math.isfinite(before) and before >= 0.0),
        f"--duration {1000 * system.dt * system.save_every:g}": not math.isfinite(duration),
    }
    return [option for option, needed in wrong.items() if needed]


def refuse_many_steps(steps: int, remedy: str = "simulate several members instead of a longer one") -> None:
    """Refuse more steps of one member than there are random numbers for."""
    if steps > _MOST_STEPS:
        raise OptionError(
            f"{steps} time steps of one member were asked for",
            f"one member can make at most {_MOST_STEPS} steps, its random numbers would repeat after that",
            remedy,
        )


def starting_values(system: AbstractSystem, state: ArrayLike, members: int) -> Float[np.ndarray, "member ..."]:
    """One finite starting state for each member, from one for all or one for each."""
    given, shape = np.asarray(state, dtype=np.float64), system.shape
    finite = bool(np.isfinite(given).all())
    if given.shape not in (shape, (members, *shape)) or not finite:
        raise OptionError(
            f"starting values of shape {given.shape} were given"
            + ("" if finite else ", some of which are not finite numbers"),
            f"{type(system).__name__} with {members} members needs finite values of shape {shape} or "
            f"{(members, *shape)}",
            f"give one state for all members or one for each, of {', '.join(system.variables)}",
        )
    return np.broadcast_to(given, (members, *shape))
