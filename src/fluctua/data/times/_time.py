"""Numeric time: is it even, and what is the step."""

from dataclasses import dataclass

import numpy as np

from ...core import DataError

_OFTEN = 0.3  # of all steps: more times than that which stand twice are coarse, not repeated
STEP_TOLERANCE = 1e-3
"""A step may differ from the others by this fraction: far above rounding, far below a missing row."""

GAP = 1.5
"""A step longer than so many usual ones is a gap; months differ by less."""

_ROUNDING_LIMIT = 0.05
"""Rounding is believed to explain uneven steps only when its unit is below this fraction of the step."""


_COARSEST, _MANY, _BUSY = 0.7, 50, 0.03
"""A coarser unit is believed to, below this fraction of the step, where so many times lie as rounding leaves them,
which makes more than this share of steps longer or shorter."""

_LONG = 1 << 20  # steps of an axis that is looked at in pieces
_LATEST = 1e300
"""Differences of larger times may be infinite."""


@dataclass(frozen=True)
class TimeAxis:
    """An even axis of time: the step ``dt`` in ``units``, the first time, and the dates if there are any.

    Of an axis in pieces without dates ``times`` are those of all steps. ``notes`` say what was understood.
    """

    dt: float
    units: str
    start: float = 0.0
    dates: np.ndarray | None = None
    times: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def even_numbers(times: np.ndarray, units: str, where: str, coarse: bool = True) -> TimeAxis:
    """Check that numeric times are even, t_k = t_0 + k dt, and find dt.

    Even means: every step is within 0.1 % of the others, or the times are within one unit of the last place
    they are written with (three decimals, or single precision) of an even grid and that unit is below 5 % of
    the step; or, if it may be coarser, within half of that unit of a straight line. The step returned is the
    shortest decimal number that reproduces the last time, so that 0.01 comes back as 0.01.

    Args:
        times: Times in the order of the rows, shape ``(time,)``.
        units: Their unit.
        where: What to call the record in messages.
        coarse: Whether times may have been rounded to a good part of the step.

    Raises:
        DataError: Times are missing, repeated, decreasing or uneven; the first such place is named.

    Example:
        >>> even_numbers(np.arange(1000) * 0.01, "days", "the record").dt
        0.01
    """
    single = times.dtype == np.float32
    times = np.asarray(times, dtype=np.float64)
    refuse_short(times.size, where)
    refuse_missing(times, where)
    intervals = times.size - 1
    dt = float(times[-1] - times[0]) / intervals
    if times.size > _LONG and _even_in_pieces(times, dt):  # without tables as long as the record
        return TimeAxis(_shortest(dt, times, intervals), units, start=float(times[0]))
    steps = np.diff(times)
    refuse_disorder(steps, times, where)
    if np.abs(steps - dt).max() > STEP_TOLERANCE * dt and not _rounding_explains(times, dt, single, coarse):
        refuse_uneven(steps, times, where)
    return TimeAxis(_shortest(dt, times, intervals), units, start=float(times[0]))


def _even_in_pieces(times: np.ndarray, dt: float) -> bool:
    """Whether every step is as long as their mean; one that is not is looked for by whoever asks."""
    pieces = (np.diff(times[start : start + _LONG + 1]) for start in range(0, times.size - 1, _LONG))
    return dt > 0 and all(bool(np.all(np.abs(steps - dt) <= STEP_TOLERANCE * dt)) for steps in pieces)


def refuse_short(count: int, where: str) -> None:
    """Refuse an axis without a single step."""
    if count < 2:
        raise DataError(
            f"{where} has {count} time step{'' if count == 1 else 's'}",
            "a record needs many steps in time",
            "give a longer record",
        )


def refuse_missing(times: np.ndarray, where: str) -> None:
    """Refuse numeric times that are missing, or so large that steps between them are not numbers."""
    known = np.abs(times) < _LATEST
    if not known.all():
        row = int(np.argmin(known))
        raise DataError(
            f"time step {row + 1} of {where} has the time {times[row]:g}",
            "every step needs a time",
            "fill in the missing time, or give --steps if every row is one step",
        )


def refuse_disorder(steps: np.ndarray, times: np.ndarray, where: str, hint: str = "") -> None:
    """Refuse repeated and decreasing times, naming the first place."""
    if not (steps <= 0).any():
        return
    row = int(np.argmax(steps <= 0))
    word = "is repeated" if steps[row] == 0 else "decreases"
    raise DataError(
        f"time {word} in {where}: step {row + 1} is at {show_time(times[row])} and step {row + 2} at "
        f"{show_time(times[row + 1])}",
        "time must increase by the same amount from step to step",
        hint
        or (
            "turn the record round, so that its last row is the first one"
            if (steps < 0).all()
            else "write when each of these rows was, with a clock beside the date for instance, or give --steps if "
            "every row is one step"
            if (steps >= 0).all() and (steps == 0).sum() > max(8, _OFTEN * steps.size)
            else "sort the record and drop repeated steps; tell several runs apart by a 'member' column (--member NAME "
            "if it has another name)"
        ),
    )


def refuse_uneven(steps: np.ndarray, times: np.ndarray, where: str, unit: str = "", hint: str = "") -> None:
    """Refuse uneven times, naming the first gap, else the first step that differs from the usual one (the median)."""
    usual = float(np.median(steps))
    gaps = steps > GAP * usual
    row = int(np.argmax(gaps if gaps.any() else np.abs(steps - usual) > STEP_TOLERANCE * usual))
    suffix = f" {unit}" if unit else ""
    raise DataError(
        f"time is uneven in {where}: from step {row + 1} ({show_time(times[row])}) to step {row + 2} "
        f"({show_time(times[row + 1])}) it advances by {steps[row]:.6g}{suffix}, where the usual step is "
        f"{usual:.6g}{suffix}",
        "equal time steps are needed",
        hint
        or (
            "let the gap part the record into pieces with --gaps split (values made up in many gaps are no record)"
            if steps[row] > GAP * usual
            else "interpolate the record to equal steps"
        )
        + "; if every row is one step all the same, give --steps",
    )


def _rounding_explains(times: np.ndarray, dt: float, single: bool, coarse: bool) -> bool:
    """Whether an even grid, written with limited digits, gives these times."""
    unit = float(np.spacing(np.float32(np.abs(times).max()))) if single else written_unit(times)
    multiple = dt / unit
    representable = not single and abs(multiple - round(multiple)) < 1e-9 * multiple
    if representable:  # an even grid that can be written exactly needs no rounding
        return False
    if unit > _ROUNDING_LIMIT * dt:
        return coarse and unit < _COARSEST * dt and times.size >= _MANY and _are_rounded(times, unit)
    # Rounding moves a time by half a unit, and the two ends that fix the grid by half a unit more.
    grid = times[0] + dt * np.arange(times.size)
    return bool(np.abs(times - grid).max() <= unit * (1 + 1e-6))


def _are_rounded(times: np.ndarray, unit: float) -> bool:
    """Whether all times lie within half a unit of a straight line, and many steps differ, as rounding leaves them."""
    steps = np.rint(np.diff(times) / unit)
    if np.mean(steps != np.median(steps)) < _BUSY:
        return False
    line = np.arange(times.size) - (times.size - 1) / 2
    away = times - times.mean() - (line @ times) / (line @ line) * line
    return bool(np.ptp(away) <= 1.05 * unit)


def written_unit(times: np.ndarray) -> float:
    """Unit in the last written place: the largest 10^-p of which all times are multiples, to rounding."""
    for places in range(10):
        scaled = times * 10.0**places
        if np.abs(scaled - np.rint(scaled)).max() <= 8 * np.finfo(np.float64).eps * np.abs(scaled).max():
            return 10.0**-places
    return float(np.spacing(np.abs(times).max()))


def _shortest(dt: float, times: np.ndarray, intervals: int) -> float:
    slack = 4 * float(np.spacing(np.abs(times[[0, -1]]).max()))
    for digits in range(1, 18):
        candidate = float(f"{dt:.{digits}g}")
        if abs(intervals * candidate - float(times[-1] - times[0])) <= slack:
            return candidate
    return dt


def show_time(time: object) -> str:
    """A time as short as it can be: a number, a duration in seconds, or a date without an empty clock."""
    if isinstance(time, float):
        return f"{time:.10g}"
    if isinstance(time, np.timedelta64):
        return f"{time / np.timedelta64(1, 's'):.10g} s"
    text = np.datetime_as_string(time, unit="s") if isinstance(time, np.datetime64) else str(time).replace(" ", "T")
    return str(text).removesuffix("T00:00:00")
