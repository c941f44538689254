"""Which estimate leads and why: for the file push by push, and in words."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..core import listed
from ..response import Headline
from ._diagnostics import AbstractDiagnostic, Said


@dataclass(frozen=True)
class LeadingEstimate(AbstractDiagnostic):
    """Which estimate leads, and what the test says of it.

    Args:
        markov: The responses for which the Markov estimate leads, such as ``"x**2 to y"``.
        robust: Those for which the robust one leads.
        p_value: Of the test that what happens next depends on the recorded state alone, for all responses together.
        tested: Whether there is a Markov estimate to be tested.
    """

    markov: tuple[str, ...]
    robust: tuple[str, ...]
    p_value: float
    tested: bool = True

    def say(self) -> Said:
        if not self.tested:
            text = (
                "The robust estimate leads, which assumes only that the record is stationary: with so few lags there "
                "is no step by which a Markov estimate could be passed on."
            )
            return Said("good", text)
        chance = _chance(self.p_value)
        if not self.robust:
            text = (
                f"The Markov estimate, which passes the response on from step to step, agrees with the robust one as "
                f"far as this record tells ({chance}): so it leads, as the quieter one. "
                "The outer band does not rely on that."
            )
            return Said("good", text)
        where, together = "", chance
        if self.markov:
            every = len(self.markov) + len(self.robust)
            where = f"For {len(self.markov)} of {every} responses the Markov estimate leads. For "
            where += f"{listed(self.robust, 5)} it does not: there "
            together = f"{chance} over all {every} tests together"
        text = (
            f"{where or 'The robust estimate leads: '}the Markov estimate differs from the robust one by more than "
            f"chance allows ({together}). Either what happens next depends on more than the recorded state, as when "
            "a variable is missing from the record or is recorded with noise; or the functions of the state that the "
            "Markov estimate is made of are not carried over by a step, as in strongly nonlinear flow. The test does "
            "not say which. If a variable that matters is missing, add it to the record; the robust estimate that "
            "leads here assumes only that the record is stationary."
        )
        return Said("caution", text)


@dataclass(frozen=True)
class PulledEstimate(AbstractDiagnostic):
    """Responses that are moved towards the classical one."""

    pulled: tuple[str, ...]

    def say(self) -> Said:
        text = (
            f"The response of {listed(self.pulled, 5)} is moved towards the classical one, which is far quieter and no "
            "further away than noise: lag by lag, no further than noise could have carried it off. The move is part of "
            "its band."
        )
        return Said("good", text)


def leader(leads: np.ndarray) -> str:
    """Which estimate leads for all pushes and observables."""
    return "markov" if np.all(leads) else "mixed" if np.any(leads) else "robust"


def leading_tables(found: Headline, dt: float, units: str) -> dict[str, tuple[np.ndarray, dict[str, str]]]:
    """What leads for each push and observable and why, by the names in the file, with attributes."""
    tested = "p-value of the test that what happens next depends on the recorded state alone, for the step taken"
    stepped = "step by which the Markov response is passed on; 0 where there is none"
    leading = "which of markov_response and robust_response leads"
    return {
        "headline": (np.where(found.leads, "markov", "robust"), {"long_name": leading}),
        "markov_p_value": (found.p_values, {"long_name": tested}),
        "markov_step": (found.steps * dt, {"long_name": stepped, "units": units}),
    }


def leading_diagnostics(
    found: Headline, pulled: xr.Variable, variables: Mapping[str, xr.Variable], labels: Mapping[str, Sequence[str]]
) -> list[AbstractDiagnostic]:
    """What there is to say of them.

    Args:
        found: What leads.
        pulled: Whether it is pulled, along push and observable, or the dimensions that stand in for it.
        variables: What leads along the same dimensions, as in the file.
        labels: Labels along these dimensions.
    """
    places = itertools.product(*(range(size) for size in pulled.shape))
    names = np.empty(pulled.shape, dtype=object)
    for place in places:
        push, *where = (labels[str(dim)][index] for dim, index in zip(pulled.dims, place, strict=True))
        parts = [
            label if dim == "observable" else f"{dim}={label}"
            for dim, label in zip(pulled.dims[1:], where, strict=True)
        ]
        names[place] = f"{', '.join(parts) or 'the field'} to {push}"
    markov = variables["headline"].values == "markov"
    said: list[AbstractDiagnostic] = [
        LeadingEstimate(tuple(names[markov]), tuple(names[~markov]), found.p_value, bool(np.any(found.steps)))
    ]
    return said + ([PulledEstimate(tuple(names[pulled.values]))] if np.any(pulled.values) else [])


def _chance(p_value: float) -> str:
    return f"p = {p_value:.2g}" if p_value >= 1e-4 else "p < 0.0001"
