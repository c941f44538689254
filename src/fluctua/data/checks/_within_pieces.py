r"""Does a variable follow the time within the pieces of a record, as runs do that start from one state?

What all pieces have in common cannot be seen along the record, in which they lie one after the other. Of n pieces with
the means q_1 to q_4 of their quarters, the mean of each difference

    \Delta = q_4 - q_1   and   \Delta = (q_2 + q_3) / 2 - (q_1 + q_4) / 2

is compared with Student's law of n - 1 degrees of freedom, t = \bar\Delta \sqrt n / s_\Delta: runs begin and end
without regard to their states, and in a stationary record the expectation of both is zero. Pieces between gaps may
not (``_gaps``): nothing is said of those, whose times go on from one to the next.
"""

from itertools import pairwise

import numpy as np
from scipy import special

from ...core import DataError
from ..record import Record

_FEWEST_PIECES, _MOST_PIECES = 12, 4000
_SHORTEST, _LONGEST = 4, 2000  # steps
_TOLD, _REFUSED = 0.2, 1.0  # standard deviations
_PROBABILITY = 1e-6
_MOST_ANEW = 0.9
_LEFT = 1e-2  # probability of what is left, above which nothing is


def steady_within_pieces(record: Record, *, refuse: bool) -> list[str]:
    """Refuse a mean that follows the time within runs by a standard deviation; warn of one that does by less.

    Args:
        record: A record in pieces.
        refuse: Whether to refuse at all, else it is a warning.

    Raises:
        DataError: The mean follows the time within pieces.

    Example:
        >>> values = np.random.default_rng(0).standard_normal((1, 600, 1))
        >>> times = np.tile(np.arange(30.0), 20)
        >>> record = Record(values, dt=1.0, times=times, borders=tuple(range(30, 600, 30)))
        >>> steady_within_pieces(record, refuse=True)
        []
    """
    ends = [0, *record.borders, record.steps]
    if record.members > 1 or np.median(np.diff(ends)) > _LONGEST or not _are_runs(record):
        return []
    pieces = [(start, end) for start, end in pairwise(ends) if end - start >= _SHORTEST]
    if len(pieces) < _FEWEST_PIECES:
        return []
    parts = [np.asarray(record.flat[0, start:end], float) for start, end in pieces[:: -(-len(pieces) // _MOST_PIECES)]]
    spread = np.maximum(np.concatenate(parts).std(axis=0), np.finfo(float).tiny)
    mean, chance = _moved(parts, spread)
    clear = np.where(chance < _PROBABILITY, np.abs(mean), 0.0)
    kind, column = np.unravel_index(int(np.argmax(clear)), mean.shape)
    if clear[kind, column] < _TOLD:
        return []
    where = ("from the first to the last quarter", "from both ends to the middle")[kind]
    said = (
        f"'{record.names[column]}' of {record.title} follows the time within its pieces: {where} of {len(parts)} of "
        f"them it moves by {mean[kind, column]:+.2g} standard deviations on average (probability in a stationary "
        f"record {max(chance[kind, column], 1e-99):.1e})"
    )
    cure = _cure(parts, spread, record.prepared.skip)
    if refuse and clear[kind, column] >= _REFUSED:
        raise DataError(said, "the record must be stationary: of an unperturbed system, after it has settled", cure)
    return [f"{said}: {cure}."]


def _are_runs(record: Record) -> bool:
    """Whether the time begins anew with most pieces."""
    times, begins = record.clock if record.dates is None else record.dates, np.array(record.borders, int)
    return begins.size > 0 and bool(np.mean(times[begins] <= times[begins - 1]) > _MOST_ANEW)


def _moved(parts: list[np.ndarray], spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both mean differences in standard deviations, shape ``(2, d)``, and their probabilities by chance."""
    quarters = np.array([_quarters(part) for part in parts]) / spread
    first, second, third, last = np.moveaxis(quarters, 1, 0)
    differences = np.stack([last - first, (second + third - first - last) / 2])
    mean, error = differences.mean(axis=1), differences.std(axis=1, ddof=1) / len(parts) ** 0.5
    student = np.abs(mean) / np.maximum(error, 1e-300)
    return mean, np.minimum(1.0, 2 * special.stdtr(len(parts) - 1, -student) * mean.size)


def _quarters(part: np.ndarray) -> list[np.ndarray]:
    """Means of the quarters of a piece, from its ends inwards."""
    size = len(part) // 4
    return [part[start : start + size].mean(axis=0) for start in (0, size, len(part) - 2 * size, len(part) - size)]


def _cure(parts: list[np.ndarray], spread: np.ndarray, skipped: int) -> str:
    """What to do: a beginning is left out where nothing is left to be told of the rest."""
    usual = int(np.median([len(part) for part in parts]))
    for skip in sorted({usual // 8, usual // 4, 3 * usual // 8, usual // 2} - {0}):
        rest = [part[skip:] for part in parts if len(part) >= skip + _SHORTEST]
        if len(rest) >= _FEWEST_PIECES and np.all(_moved(rest, spread)[1] > _LEFT):
            return (
                f"if they start from one state, leave out the beginning of each (--skip {skipped + skip}); if the time "
                "of day is what it follows, take that out (--anomaly hour)"
            )
    return (
        "if the time of day is what it follows, take that out (--anomaly hour); else subtract from the states of every "
        "step since the beginning of a piece their mean over the pieces"
    )
