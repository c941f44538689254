"""The robust estimate by number of earlier states: as tables for the file, and in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..response import DelayTable
from ._diagnostics import AbstractDiagnostic, Said
from ._labels import Labels

_CHANCE = 0.05
_ROUNDING = 1e-6  # of the largest standard error along the curve


@dataclass(frozen=True)
class DelayMovement(AbstractDiagnostic):
    """How far the robust estimate moves as the state is extended by earlier states.

    Args:
        count: The largest number of earlier states.
        apart: The time between them, with its unit.
        response: The response that moves furthest in standard errors of the movement, such as ``"x to y"``.
        errors: How many these are.
        lag: Where, with the unit.
        values: The response there without earlier states and with them.
        p_value: Probability that any response moves as far by chance.
    """

    count: int
    apart: str
    response: str
    errors: float
    lag: str
    values: tuple[float, float]
    p_value: float

    def say(self) -> Said:
        said = f"Between 0 and {self.count} earlier states, {self.apart} apart, "
        furthest = (
            f"{self.errors:.1f} standard errors of the movement, that of {self.response} at lag {self.lag}, from "
            f"{self.values[0]:.3g} to {self.values[1]:.3g}"
        )
        bound = (
            "How far the answer moves is a lower bound of what hidden variables do to it, not a correction: what the "
            "history of the record does not tell of them stays in the answer, however long it is."
        )
        if self.p_value >= _CHANCE:
            said += f"the robust estimate moves by no more than chance allows (at most {furthest})"
            return Said("good", f"{said}. {bound}")
        chance = f"(probability by chance {self.p_value:.1g} or less)"
        return Said("caution", f"{said}the robust estimate moves by up to {furthest} {chance}. {bound}")


def delay_variables(table: DelayTable, dt: float, units: str, labels: Labels) -> dict[str, xr.Variable]:
    """Impulse and step responses over push, delays, lag and what is observed; and the coordinate ``delays``."""
    steps = [each.integral(dt, axis=1) for each in table.answers]
    named = {"delay_response": ("robust impulse", table.answers), "delay_step_response": ("robust step", steps)}
    apart = f"{table.delays[0].step * dt:.6g} {units}"
    found = {}
    for name, (meaning, curves) in named.items():
        meaning += f" response given so many earlier states, {apart} apart, all from the same origins"
        for ending, tables in (("", [c.value for c in curves]), ("_stderr", [c.stderr() for c in curves])):
            stacked = np.stack([labels.arrange(each) for each in tables], axis=1)
            said = f"standard error of the {meaning}" if ending else meaning
            found[name + ending] = xr.Variable(("push", "delays", "lag", *labels.dims), stacked, {"long_name": said})
    counts = [each.count for each in table.delays]
    return found | {"delays": xr.Variable("delays", counts, {"long_name": f"number of earlier states, {apart} apart"})}


def delay_movement(
    table: DelayTable, dt: float, units: str, pushes: Sequence[str], observables: Sequence[str]
) -> DelayMovement:
    """The robust response that moves furthest between the fewest and the most earlier states."""
    moved, sizes = table.moved.value, table.moved.stderr()
    # What is known exactly, such as a response at lag zero, moves by rounding.
    told = sizes > _ROUNDING * sizes.max(axis=1, keepdims=True)
    errors = np.abs(moved) / np.where(told, sizes, np.inf)
    push, lag, observable = (int(place) for place in np.unravel_index(np.argmax(errors), errors.shape))
    chances = table.moved.chance_of_zero((1,))
    first, last = (each.value[push, lag, observable] for each in (table.answers[0], table.answers[-1]))
    return DelayMovement(
        table.delays[-1].count,
        f"{table.delays[-1].step * dt:.6g} {units}",
        f"{observables[observable]} to {pushes[push]}",
        float(errors[push, lag, observable]),
        f"{lag * dt:.4g} {units}",
        (float(first), float(last)),
        float(min(1.0, chances.size * chances[push, observable])),
    )
