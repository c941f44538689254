"""What the main verb asks of an estimate, and what it gets back, whatever kind of record there is."""

from typing import Any, NamedTuple

import xarray as xr
from jaxtyping import PRNGKeyArray

from ..core import AbstractProgress, OptionError
from ._inputs import Observe, Push

_MOST_NUMBERS = 4_000_000


class Request(NamedTuple):
    """The options that reach the estimate; the names are those of ``respond``.

    Attributes:
        steps: Largest lag in steps of the record.
        key: Random key.
    """

    push: Push
    observe: Observe
    steps: int
    score: Any
    key: PRNGKeyArray
    confidence: float
    degree: int | None = None
    transport: tuple[float, ...] | None = None
    progress: AbstractProgress | None = None


class Answer(NamedTuple):
    """A result that lacks only what is said of every run.

    Attributes:
        result: The dataset.
        observed: Names of what was observed, or how many there are.
        method: Family of the score.
        cautions: Warnings, each a sentence.
        diagnoses: What the report says about the fit.
    """

    result: xr.Dataset
    observed: list[str] | str
    method: str
    cautions: list[str]
    diagnoses: list[dict[str, str]]


def check_size(pushes: int, steps: int, observables: int) -> None:
    """Refuse a result that would not fit into memory with its bands."""
    numbers = pushes * (steps + 1) * observables
    if numbers > _MOST_NUMBERS:
        raise OptionError(
            f"{pushes} pushes, {steps + 1} lags and {observables} observables make {numbers:,} responses",
            f"at most {_MOST_NUMBERS:,} fit",
            "ask for fewer observables or pushes, a shorter --max-lag, or a coarser record",
        )
