"""Checks of cycles: of the calendar or of a period that was taken out, what is left of them, and what follows them.

Whatever is found, one list of options is named that takes all of it out: what was asked, and what it lacked.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, cast

import numpy as np
import scipy.special

from ...statistics import known_lines
from ..preparing import HARMONICS, elapsed, is_below_a_day, is_fine, resolved_harmonics, steps_grouped
from ..record import Preparation, Record, some_series
from ..times import day_phase, days_of_month, month_numbers, seconds_in, year_phase

_CHANCE = 1e-4  # of a line in a record without one, for all of a clock and all variables together
_NEGLIGIBLE = 0.005  # share of the variance
_UNEVEN = 1.25  # ratio of standard deviations
_YEARS, _DAYS = 5, 10  # the fewest in which lines of a clock can be told from what lies about them
_MORE = 12  # harmonics that are looked for beyond those that were taken out
_WITHIN_MONTHS = 26  # harmonics of the year in which the saw-tooth shows that means of months leave
_SAW_TOOTH = (11, 13, 23, 25)  # harmonics of what means of months leave of a smooth cycle: those beside 12 and 24
_TOLERATED = 0.25  # of the resolution in frequency, between a line and the harmonic it is taken for
_ROUNDED = 0.01  # of the record in periods, by which a period may be rounded
_WEEK = 7 * 86_400  # seconds
_FEWEST_BINS = 64
_MARGIN = 4  # bins to the shortest period that is looked for


class _Cycle(NamedTuple):
    """A cycle that may be in a record: what is said of it, its lines, and the options that take it out as well."""

    said: str
    lines: list[tuple[int, np.ndarray]]
    """Harmonics with the phases of their lines."""
    anomaly: str = ""
    """The option that takes it out; else more harmonics do."""
    groups: np.ndarray | None = None
    """Group of each step, whose means explain a large cycle also where the record is too short for lines."""
    large: float = 1.0
    """The share that groups of steps explain of a record that has no cycle, at most."""
    together: tuple[int, ...] = ()
    """Harmonics that occur together, each of which may be too faint to be seen by itself."""


def steady_cycles(record: Record) -> list[str]:
    """Warn of cycles of the calendar, of what is left of those taken out, and of a spread that follows them."""
    series, names = some_series(record)
    said, needed = [], record.prepared
    for cycle in (*_of_the_year(record), *_of_the_day(record), *_of_periods(record)):
        share, harmonic = _look(series, cycle)
        worst = int(np.argmax(share))
        if share[worst] > 0:
            said.append(f"'{names[worst]}' {cycle.said.format(share=f'{min(share[worst], 1.0):.1%}')}")
            needed = _cured(needed, cycle.anomaly, harmonic)
    if said:
        return [f"{'; '.join(said)}. Anomalies are what is needed ({needed})."]
    return _uneven_spread(record, series, names)


def _of_the_year(record: Record) -> list[_Cycle]:
    if record.dates is None or record.time_units == "years":
        return []
    phase, fine, done = year_phase(record.dates), is_fine(record), set(record.prepared.anomaly)
    years = float(np.ptp(phase))
    if years < 3 or ("month" in done and not fine):
        return []
    months, long_enough = month_numbers(record.dates) % 12, years >= _YEARS
    large = max(0.15, 3 / years)
    if "month" in done:  # ten days of each month, whose means a cycle of monthly means leaves apart
        tens = 3 * months + np.minimum((days_of_month(record.dates) - 1) // 10, 2)
        said = "still has a seasonal cycle: within the months it goes up and down, by {share} of its variance"
        lines = _harmonics(phase, range(1, _WITHIN_MONTHS + 1)) if long_enough else []
        return [_Cycle(said, lines, "dayofyear", tens, large, _SAW_TOOTH)]
    if "dayofyear" in done:
        count = _asked(record, float(np.ptp(elapsed(record)) / years))
        said = f"still has a seasonal cycle: beyond {count} harmonics of the year, {{share}} of its variance"
        lines = _harmonics(phase, range(count + 1, count + _MORE + 1)) if long_enough else []
        return [_Cycle(said, lines)]
    said = "has a seasonal cycle: it explains {share} of its variance"
    lines = _harmonics(phase, range(1, HARMONICS + 1)) if long_enough else []
    return [_Cycle(said, lines, "dayofyear" if fine else "month", months, large)]


def _of_the_day(record: Record) -> list[_Cycle]:
    if record.dates is None or not is_below_a_day(record):
        return []
    phase, done = day_phase(record.dates), set(record.prepared.anomaly)
    if np.ptp(phase) < _DAYS:
        return []
    if "hour" not in done:
        said = "has a daily cycle: it explains {share} of its variance"
        return [_Cycle(said, _harmonics(phase, range(1, _MORE + 1)), "hour")]
    year = year_phase(record.dates)
    if np.ptp(year) < _YEARS or done != {"hour"}:
        return []
    said = "has a daily cycle that changes with the seasons, by {share} of its variance"
    beside = [(k, k * phase + side * year) for k in range(1, HARMONICS + 1) for side in (-2, -1, 1, 2)]
    return [_Cycle(said, beside, "dayofyear")]


def _of_periods(record: Record) -> list[_Cycle]:
    found = []
    for period in record.prepared.cycle:
        count, most = _asked(record, period), resolved_harmonics(record, period)
        said = (
            f"still has a cycle of {period:g} {record.time_units}: beyond {count} harmonics, {{share}} of its variance"
        )
        lines = _harmonics(elapsed(record) / period, range(count + 1, min(count + _MORE, most) + 1))
        found.append(_Cycle(said, lines))
    return found


def _harmonics(phase: np.ndarray, numbers: Sequence[int]) -> list[tuple[int, np.ndarray]]:
    return [(number, number * phase) for number in numbers]


def _cured(asked: Preparation, kind: str, harmonic: int) -> Preparation:
    """What was asked, with a cycle of the calendar or with as many harmonics as were found."""
    if not kind:
        return replace(asked, harmonics=max(harmonic, asked.harmonics or 0))
    season = [each for each in (kind, *asked.anomaly) if each != "hour"][:1]
    return replace(asked, anomaly=(*season, *(["hour"] if "hour" in (kind, *asked.anomaly) else [])))


def remedy_for_cycle(record: Record, period: float) -> Preparation:
    """Options that take a cycle of this period out, in the time units of the record, with what was taken out before.

    A harmonic of the day or of the year, in a record with dates, is removed as such; one of the week is taken for it.

    Example:
        >>> record = Record(np.zeros((1, 8760, 1)), dt=1.0, time_units="hours")
        >>> str(remedy_for_cycle(record, 24.0004)), str(remedy_for_cycle(record, 12.4206))
        ('--cycle 24', '--cycle 12.4206')
        >>> str(remedy_for_cycle(replace(record, dt=24.0), 84.001))
        '--cycle 168'
    """
    asked, time = record.prepared, elapsed(record)
    known = [(each, "") for each in asked.cycle]
    if record.dates is not None and record.time_units != "years":
        if is_below_a_day(record) and "hour" not in asked.anomaly:
            known.append((float(np.ptp(time) / np.ptp(day_phase(record.dates))), "hour"))
        if not (asked.anomaly and not is_fine(record)):
            year = float(np.ptp(time) / np.ptp(year_phase(record.dates)))
            season = "dayofyear" if is_fine(record) else "month"
            known.append((year, "" if season in asked.anomaly else season))
    for whole, kind in known:
        number = round(whole / period)
        beyond = number > (_asked(record, whole) if not kind else 0)
        few = number <= (_WITHIN_MONTHS * 4 if "month" in asked.anomaly else 2 * _MORE)
        if beyond and few and abs(whole / period - number) < max(_TOLERATED * whole / np.ptp(time), 1e-9 * number):
            return _cured(asked, kind, number)
    week = _WEEK / (seconds_in(record.time_units) or np.inf)  # none in units without a known length
    number = round(week / period)
    near = abs(week / period - number) < _TOLERATED * week / np.ptp(time)
    if 1 <= number <= HARMONICS and near and week not in asked.cycle:
        return replace(asked, cycle=(*asked.cycle, week))
    period *= _whole_cycle(record, time, period)
    resolution = _ROUNDED * period / float(np.ptp(time))
    for digits in range(1, 13):
        shown = float(f"{period:.{digits}g}")
        if abs(shown - period) <= resolution * period:
            break
    return replace(asked, cycle=(*asked.cycle, shown))


def _whole_cycle(record: Record, time: np.ndarray, period: float) -> int:
    """Of how many such periods the cycle is made: a line may be a harmonic of a slower one that is there as well."""
    series, _ = some_series(record)
    numbers = np.arange(2, _MORE + 1)
    bins, phases = _binned(series, np.stack([time / period, *(time / (number * period) for number in numbers)]))
    if bins.shape[1] < _FEWEST_BINS:
        return 1
    found = known_lines(bins, phases[1:])
    there = (found.pvalue * found.pvalue.size < _CHANCE) & (found.share > _NEGLIGIBLE)
    return int(max(numbers[there.any(axis=1)], default=1))


def _binned(series: np.ndarray, phases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over bins in which the fastest line is still seen, and the phases there."""
    speed = np.abs(phases[:, -1] - phases[:, 0]) / (series.shape[1] - 1)
    width = max(1, int(1 / (_MARGIN * speed.max())))
    count = series.shape[1] // width
    bins = series[:, : count * width].reshape(len(series), count, width, -1).mean(axis=2)
    return bins, phases[:, : count * width].reshape(len(phases), count, width).mean(axis=2)


def _asked(record: Record, period: float) -> int:
    """How many harmonics of a smooth cycle were taken out."""
    return min(record.prepared.harmonics or HARMONICS, resolved_harmonics(record, period))


def _look(series: np.ndarray, cycle: _Cycle) -> tuple[np.ndarray, int]:
    """Share of the variance of each variable that a cycle explains, 0 where there is none, and its highest harmonic."""
    share, highest = np.zeros(series.shape[2]), 0
    if cycle.groups is not None:
        share = _explained(series, cycle.groups)
        share[share <= cycle.large] = 0.0
    if not cycle.lines:
        return share, highest
    bins, phases = _binned(series, np.stack([phase for _, phase in cycle.lines]))
    if bins.shape[1] < _FEWEST_BINS:
        return share, highest
    found = known_lines(bins, phases)
    there = found.pvalue * found.pvalue.size < _CHANCE
    for each in _rows_together(cycle, found.pvalue):
        there[each] = True
    part = (found.share * there).sum(axis=0) * bins.var(axis=(0, 1)) / np.maximum(series.var(axis=(0, 1)), 1e-300)
    there &= part > _NEGLIGIBLE
    if there.any():
        highest = cycle.lines[int(np.flatnonzero(there.any(axis=1))[-1])][0]
    return np.maximum(share, np.where(part > _NEGLIGIBLE, part, 0.0)), highest


def _rows_together(cycle: _Cycle, pvalue: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """Lines and columns of which the harmonics that occur together are there, by Fisher's combination of their tests.

    References:
        Fisher, *Statistical Methods for Research Workers*, 4th edition, 1932, section 21.1.
    """
    rows = np.flatnonzero([number in cycle.together for number, _ in cycle.lines])
    if not rows.size:
        return []
    statistic = -2 * np.log(np.maximum(pvalue[rows], 1e-300)).sum(axis=0)
    columns = np.flatnonzero(scipy.special.chdtrc(2 * rows.size, statistic) * pvalue.shape[1] < _CHANCE)
    return [(rows, int(column)) for column in columns]


def _explained(series: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Share of the variance of each variable that the means of groups of steps explain."""
    groups = [np.flatnonzero(numbers == each) for each in np.unique(numbers)]
    mean = series.mean(axis=(0, 1))
    between = sum(group.size * (series[:, group].mean(axis=(0, 1)) - mean) ** 2 for group in groups)
    return cast(np.ndarray, between / series.shape[1] / np.maximum(series.var(axis=(0, 1)), np.finfo(float).tiny))


def _uneven_spread(record: Record, series: np.ndarray, names: list[str]) -> list[str]:
    """Warn of a spread that follows the calendar, in a record without a cycle of the mean."""
    if record.dates is None or record.time_units == "years":
        return []
    said, needed = [], record.prepared
    year = year_phase(record.dates)
    clocks = [("month", "months", year)] if np.ptp(year) >= _YEARS else []
    if is_below_a_day(record) and np.ptp(day_phase(record.dates)) >= _DAYS:
        clocks.append(("hour", "times of day", day_phase(record.dates)))
    for kind, plural, phase in clocks:
        groups = steps_grouped(record, (kind,))
        left = series - series.mean(axis=(0, 1))
        square = left**2
        # of the logarithm, that heavy tails make no lines
        logarithm = np.log(square + 0.01 * np.median(square, axis=(0, 1)) + 1e-300)
        share, _ = _look(logarithm, _Cycle("", _harmonics(phase, range(1, HARMONICS + 1))))
        spreads = np.stack([np.sqrt(square[:, groups == each].mean(axis=(0, 1))) for each in np.unique(groups)])
        ratio = np.where(share > 0, spreads.max(axis=0) / np.maximum(spreads.min(axis=0), 1e-300), 1.0)
        worst = int(np.argmax(ratio))
        if ratio[worst] > _UNEVEN:
            low, high = spreads[:, worst].min(), spreads[:, worst].max()
            said.append(
                f"the spread of '{names[worst]}' follows the {plural}: its standard deviations lie between {low:.3g} "
                f"and {high:.3g}"
            )
            needed = replace(needed, standardise=(*needed.standardise, kind))
    if not said:
        return []
    return [
        f"{'; '.join(said)}. The state of a steady system has one, so what is answered is a mixture: give anomalies in "
        f"standard deviations of their own ({needed}), in which pushes and answers are then."
    ]
