"""Values on straight lines: gaps that were filled by interpolation.

A state of a system lies midway between its neighbours by chance alone, about as often as it is off their middle by any
other small amount, to the rounding of its values. Where that is far more often than by any amount at all, also one of a
lattice on which values were rounded in other units, it was made from them. Measured: in none of 2100 records of eight
kinds, whole, rounded, in single precision or rounded in other units.
"""

import numpy as np

from ..record import Record, evenly_spread
from ..times import written_unit

_FEWEST = 5
_MORE = 3.0  # times as many as lie off by any other amount
_MORE_IN_A_ROW = 8.0  # times as many pairs as those that lie off by any other amount make by chance
_FINE = 8  # roundings that values are off their neighbours' middle in the median, where they were not made from them
_SPACINGS = 16


def no_lines(record: Record) -> list[str]:
    """Warn of the first variable that lies on straight lines between some of its values.

    Interpolated values move by less than those of the system, and each of them says where the next ones lie.
    """
    for column in evenly_spread(record.dimension):
        on_line = _on_lines(record.flat[:, :, column].astype(np.float64))
        if on_line is None:
            continue
        count = int(np.count_nonzero(on_line))
        member, step = divmod(int(np.argmax(on_line)), record.steps - 2)
        return [
            f"'{record.names[column]}' lies on straight lines between other values at {count} steps, "
            f"{count / on_line.size:.1%} of them, the first is {record.place(member, step + 1)}: were gaps filled by "
            "interpolation? Values made up so are no states of the system; take the record before, with its gaps, or "
            "leave these values empty, and let the gaps part it with --gaps split."
        ]
    return []


def _on_lines(series: np.ndarray) -> np.ndarray | None:
    """Which states but the first and last lie midway between their neighbours, shape ``(member, time - 2)``."""
    if series.shape[1] < 3:
        return None
    moves = np.diff(series, axis=1)
    off = np.abs(np.diff(moves, axis=1))
    unit = _rounding(series)
    moving = np.abs(moves[:, 1:]) > 2 * unit  # those that stay are told as such
    near = moving & (off <= 2.01 * unit)
    count = int(np.count_nonzero(near))
    if count < _FEWEST:
        return None
    others = np.sort(off[moving & ~near])
    if not others.size or others[others.size // 2] < _FINE * unit:
        return None
    alike = int((np.searchsorted(others, others + 4.02 * unit, side="right") - np.arange(others.size)).max())
    in_a_row = int(np.count_nonzero(near[:, 1:] & near[:, :-1]))
    by_chance = alike**2 / near.size
    if count > _MORE * alike:
        return near
    if in_a_row < _FEWEST or in_a_row <= _MORE_IN_A_ROW * by_chance:
        return None
    near[:, 1:-1] &= near[:, 2:] | near[:, :-2]  # of those alone some are by chance
    return near


def _rounding(series: np.ndarray) -> float:
    """The unit of the last place: of written digits, of single precision, or of rounding in double precision."""
    largest = float(np.abs(series).max())
    unit = max(_SPACINGS * float(np.spacing(largest)), written_unit(series.ravel()))
    with np.errstate(over="ignore"):
        single = series.astype(np.float32)
    if np.isfinite(single).all() and (single == series).all():
        unit = max(unit, float(np.spacing(np.float32(largest))))
    return unit
