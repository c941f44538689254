"""What a system of the panel is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from .efficient import Known

Kind = Literal["markov", "markov, features do not close", "hidden"]
Draw = Callable[[Sequence[np.random.Generator], int, int], "Drawn"]


class Drawn(NamedTuple):
    """Records of equal shape, each from a random generator of its own.

    Attributes:
        values: What is recorded, shape ``(record, member, time, d)``.
        conjugate: The exact conjugate observable of the push along it, shape ``(record, member, time)``; for a field
            at every point, ``(record, member, time, d)``; none where no formula is known.
        clean: The states behind the record where these are not what is recorded, else none.
    """

    values: np.ndarray
    conjugate: np.ndarray | None = None
    clean: np.ndarray | None = None


class Truth(NamedTuple):
    """True responses, one array per row of the table, each of shape ``(lags, points)``.

    Attributes:
        impulse: The impulse response.
        step: Its integral from lag zero, by itself: not the trapezoidal rule over the lags of the record.
        stderr: Standard error of ``impulse``, zero where it is exact.
    """

    impulse: list[np.ndarray]
    step: list[np.ndarray]
    stderr: list[np.ndarray]


class Bars(NamedTuple):
    """Bounds on the coverage of nominal 95 % bands, pooled over records, lags above zero.

    Attributes:
        inner: Lowest and highest coverage of the headline's band on average over lags.
        inner_worst: Lowest at any one lag.
        outer: Lowest coverage of the outer band on average over lags.
        outer_worst: Lowest at any one lag.
        flagged: Lowest and highest share of records on which the Markov property is rejected.
    """

    inner: tuple[float, float] = (0.92, 0.975)
    inner_worst: float = 0.88
    outer: float = 0.90
    outer_worst: float = 0.85
    flagged: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class PanelSystem:
    """A system, the record it leaves, and what is asked of that record.

    Attributes:
        name: How the command line calls it.
        kind: Whether the recorded state is Markov, and whether functions of it close under a step.
        variables: Names of what is recorded.
        labels: Names of the observables; of a field, of the rows into which its response is put.
        observe: Observables of states, from shape ``(..., d)`` to ``(..., p)``; unused for a field.
        interval: Time from one state of the record to the next.
        members, steps: Shape of one record.
        max_lag: Largest lag in steps.
        push: Which recorded variable is pushed.
        draw: Makes records.
        find_truth: Finds the truth, by so many ``groups`` of independent twin runs where it is not exact.
        exact_truth: Whether it takes a formula or a generator on a grid (and need not be kept), not twin runs.
        grid: Shape of the grid of a homogeneous field, empty for a list of variables.
        note: Why it is in the panel.
        known: The exact functions of a Markov chain, for the least error that there can be (``efficient``).
        find_seen: Of a system that is partly hidden, what the record can tell: E[A_t B] with the score of what is
            recorded alone, the response if what is hidden moved along as it does in the record.
        noisy: Whether the estimator is told of noise of the measurement.
        truth_name: Under which name the truth is kept, its own by default.
    """

    name: str
    kind: Kind
    variables: tuple[str, ...]
    labels: tuple[str, ...]
    observe: Callable[[np.ndarray], np.ndarray]
    interval: float
    members: int
    steps: int
    max_lag: int
    push: int
    draw: Draw
    find_truth: Callable[..., Truth]
    exact_truth: bool = False
    grid: tuple[int, ...] = ()
    note: str = ""
    noisy: bool = False
    truth_name: str = ""
    find_seen: Callable[[], Truth] | None = None
    known: Callable[[], Known] | None = None

    @property
    def lags(self) -> np.ndarray:
        return np.arange(self.max_lag + 1) * self.interval

    @property
    def asked(self) -> tuple[object, ...]:
        """What the truth depends on besides the system itself."""
        return self.interval, self.max_lag, self.push, self.labels, self.variables, self.grid

    def sized(self, members: int, steps: int) -> "PanelSystem":
        """The same system with a record of another size."""
        return replace(self, members=members, steps=steps)

    def with_columns(self, variables: tuple[str, ...], observe: Callable[[np.ndarray], np.ndarray]) -> "PanelSystem":
        """The same question about a record with other columns."""
        return replace(self, variables=variables, observe=observe)


def generators(name: str, seed: int, records: Sequence[int]) -> list[np.random.Generator]:
    """A random generator for each record of a system, the same whichever other records are made with it."""
    letters = [ord(letter) for letter in name]
    return [np.random.default_rng([seed, record, *letters]) for record in records]
