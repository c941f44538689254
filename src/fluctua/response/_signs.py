r"""Signs, in the record of a list of variables, that it cannot carry the answer that is asked of it.

The tests (``fluctua.statistics``) are run on a part of a long record, so that they cost little beside the response
itself: contiguous pieces, spread evenly over the record, because most of them look at neighbouring times.

Whether the recorded state is Markov is asked in two ways that see different faults. The Chapman-Kolmogorov test of the
headline compares two estimates of the very response that is asked for, and does not see what leaves it alone; the test
for memory asks whether the past helps a forecast, over one step of the record, where noise of the measurement shows
most, over the step of the Markov estimator, where a slow hidden part has come to light, and over one between them where
they lie far apart. Bonferroni's inequality combines them.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
from jaxtyping import Bool, Float

from ..statistics import (
    AtomsAndWalls,
    Delays,
    Nugget,
    PreviousState,
    SmallNoise,
    SpectralLines,
    atoms_and_walls,
    noise_too_small,
    nugget,
    previous_state_test,
    spectral_lines,
)
from ._headline import Headline

# Numbers that each test is given at most, and states of the test for memory, by what they cost.
_NUMBERS = 1_000_000
_SMALL_NOISE_NUMBERS = 200_000
_LINE_NUMBERS = 200_000
_LINE_VARIABLES = 8
_LINE_PIECES = 2  # long ones, so that slow cycles fit into them
_MEMORY_NUMBERS = 320_000
_MEMORY_STATES = 60_000
_MEMORY_VARIABLES = 64  # a part of the variables is not Markov, so with more of them nothing is tested
_PIECES = 8
_LONG_STEP = 9  # from which on the test for memory also looks in between
_LEVEL = 0.05

Found = TypeVar("Found")


class Memory(NamedTuple):
    """What the past adds to a forecast, over several steps.

    Attributes:
        steps: Time steps between the states before, between and after.
        tests: The test over each of them.
    """

    steps: tuple[int, ...]
    tests: tuple[PreviousState, ...]

    @property
    def p_value(self) -> float:
        """Of all steps together, by Bonferroni's inequality."""
        return float(min(1.0, len(self.tests) * min(test.pvalue for test in self.tests)))

    def most_striking(self) -> tuple[int, PreviousState]:
        """The step over which the past helps most clearly, and the test over it."""
        return min(zip(self.steps, self.tests, strict=True), key=lambda each: each[1].pvalue)


class RecordSigns(NamedTuple):
    """What was looked for in a record of a list of variables; nothing where the record is too short for a test.

    Attributes:
        nugget: Noise of the measurement of each variable.
        memory: Whether the past helps to forecast, given the present.
        lines: The most striking line in the spectrum of each variable.
        densities: Atoms, walls and rounding of each variable.
        small_noise: Whether noise is too small for a density.
        moving: Which variables are not constant, shape ``(d,)``; the test for memory counts these alone.
        pushed: Which variables are pushed, shape ``(d,)``.
        noisy: Whether noise of the measurement is taken account of (``_instruments``). Then nothing is said of memory,
            which such noise brings about.
        delays: Earlier states that the state of the test for memory holds, where they were asked for.
    """

    nugget: Nugget | None
    memory: Memory | None
    lines: SpectralLines | None
    densities: tuple[AtomsAndWalls, ...]
    small_noise: SmallNoise | None
    moving: Bool[np.ndarray, " d"]
    pushed: Bool[np.ndarray, " d"]
    noisy: bool = False
    delays: Delays | None = None

    def markov_p_value(self, headline: Headline) -> float:
        """Probability, on a Markov record, of what both tests of the Markov property found together."""
        if self.memory is None:
            return headline.p_value
        return float(min(1.0, 2 * min(headline.p_value, self.memory.p_value)))

    def is_noisy(self) -> bool:
        """Whether noise of the measurement was found: a nugget, and memory, which a nugget of fast motion has not."""
        found = self.nugget is not None and self.nugget.overall() < _LEVEL
        # Of means over several steps, too, what is gone within one is no mixture of motions; but it is below zero.
        found = found and self.nugget is not None and bool(self.nugget.share[np.argmin(self.nugget.pvalue)] > 0)
        return found and (self.noisy or (self.memory is not None and self.memory.p_value < _LEVEL))


def look_for_signs(
    values: Float[np.ndarray, "member time d"],
    step: int,
    pushed: Bool[np.ndarray, " d"],
    *,
    noisy: bool = False,
    delays: Delays | None = None,
) -> RecordSigns:
    """Look for what a record cannot carry.

    Args:
        values: The record in any units.
        step: Time steps of the Markov estimator, over which what is hidden has come to light.
        pushed: Which variables are pushed.
        noisy: Whether noise of the measurement is taken account of.
        delays: Earlier states that the state holds besides, beyond which the test for memory looks.
    """
    held = Delays() if delays is None else delays
    moving = np.ptp(values, axis=(0, 1)) > 0
    states = min(_MEMORY_STATES, _MEMORY_NUMBERS // (values.shape[2] * (1 + held.count)))
    part = some_pieces(values, states * values.shape[2])
    return RecordSigns(
        _if_long_enough(nugget, some_pieces(values, _NUMBERS)),
        None if noisy else _memory(part if moving.all() else part[:, :, moving], step, held),
        _lines(values, pushed),
        tuple(atoms_and_walls(some_pieces(values, _NUMBERS))),
        _small_noise(some_pieces(values, _SMALL_NOISE_NUMBERS), step),
        moving,
        pushed,
        noisy,
        delays,
    )


def some_pieces(
    values: Float[np.ndarray, "member time d"], numbers: int, pieces: int = _PIECES
) -> Float[np.ndarray, "piece length d"]:
    """Contiguous pieces of one length, evenly spread over the record, of at most so many numbers in all."""
    members, steps, dimension = values.shape
    states = max(1, numbers // dimension)
    if members * steps <= states:
        return values
    length = min(steps, max(1, states // pieces))
    each = steps // length
    chosen = np.unique(np.linspace(0, members * each - 1, max(1, states // length)).astype(int))
    if each == 1:
        return values[chosen, :length]
    return np.stack([values[piece // each, (piece % each) * length :][:length] for piece in chosen])


def _if_long_enough(test: Callable[[np.ndarray], Found], values: np.ndarray) -> Found | None:
    """What a test found; nothing where it refuses a record for its length."""
    try:
        return test(values)
    except ValueError:
        return None


def _memory(values: np.ndarray, step: int, delays: Delays) -> Memory | None:
    if not 0 < values.shape[2] <= _MEMORY_VARIABLES:
        return None
    found = {}
    for each in sorted({1, step} if step < _LONG_STEP else {1, round(step**0.5), step}):
        test = _if_long_enough(lambda pieces, each=each: previous_state_test(pieces, each, delays=delays), values)
        if test is not None:
            found[each] = test
    return Memory(tuple(found), tuple(found.values())) if found else None


def _lines(values: np.ndarray, pushed: np.ndarray) -> SpectralLines | None:
    """Lines of a handful of variables, those that are pushed first; the others have none."""
    dimension = values.shape[2]
    chosen = np.sort(np.argsort(~pushed, kind="stable")[:_LINE_VARIABLES])
    found = _if_long_enough(spectral_lines, some_pieces(values[:, :, chosen], _LINE_NUMBERS, _LINE_PIECES))
    if found is None or len(chosen) == dimension:
        return found
    every = SpectralLines(np.ones(dimension), *(np.zeros(dimension) for _ in range(3)))
    for whole, part in zip(every, found, strict=True):
        whole[chosen] = part
    return every


def _small_noise(values: np.ndarray, step: int) -> SmallNoise | None:
    if values.shape[1] < max(20, 4 * step):
        return None
    return noise_too_small(values, step)
