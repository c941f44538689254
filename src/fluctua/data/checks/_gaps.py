"""Check of pieces: that the gaps between them come at random, whatever the state is and however it moves."""

from typing import NamedTuple

import numpy as np

from ...core import AbstractStored, DataError
from ...statistics import GapDependence, gap_dependence, increment_dependence
from ..preparing import elapsed, is_below_a_day
from ..record import Record, excerpt_of, some_series
from ..times import day_phase, month_numbers, year_phase

_CHANCE = 1e-4  # of all variables together
_SMALL = 0.15  # standard deviations; less does no harm
_STRONG, _STRONG_CHANCE = 0.4, 1e-6
_MANY = 0.005  # gaps per step: of a tail beyond 2.3 deviations, which biases by more than two standard errors
_EVEN = 0.05  # spread of the times between gaps over their mean: gaps of a clock
_FEWEST_YEARS = 3
_FEWEST_PER_GROUP = 50
_LET_IN = (
    "if the values that are missing were measured, let them in (without the attributes valid_range, valid_min and "
    "valid_max of the file, and without --missing), or use another record of them"
)
_LET_JUMPS_IN = (
    "if values were taken out as spikes or jumps, give the record with them, or take out only what the instrument "
    "itself marks as wrong, however large it is"
)


class _Found(NamedTuple):
    text: str
    chance: float
    strong: bool
    do: str


@np.errstate(all="ignore")  # whatever cannot be squared is refused by name
def fair_pieces(record: Record, *, refuse: bool = True) -> list[str]:
    """Refuse, or warn of, gaps that come where the state is a certain one, or where it moves by much.

    As where a sensor saturates, or where large moves were taken out as spikes. The pieces are no fair sample of the
    system then, and no method makes them one.

    Args:
        record: A record in pieces, without its cycles.
        refuse: Whether to refuse where many such gaps were found; else to warn of them.

    Raises:
        DataError: They are many.
    """
    found = _look(excerpt_of(record) if isinstance(record.values, AbstractStored) else record)
    if found is None:
        return []
    need = "pieces between gaps are a fair sample of the system only where gaps come whatever its state is"
    if found.strong and refuse:
        raise DataError(
            found.text,
            need,
            f"{found.do}; to see the response of the biased sample all the same, --allow-unreliable",
        )
    return [f"{found.text}: {need}, and the answer is that of a biased sample; {found.do}."]


def _look(record: Record) -> _Found | None:
    if not record.borders:
        return None
    series, names = some_series(record)
    if record.dates is None and _by_a_clock(record):
        return None
    groups = _groups(record)
    found = _of_states(record, series[0], names, groups) + _of_increments(record, series[0], names, groups)
    return min(found, key=lambda each: (not each.strong, each.chance), default=None)


def _of_states(record: Record, series: np.ndarray, names: list[str], groups: np.ndarray | None) -> list[_Found]:
    told = gap_dependence(series, record.borders, groups)
    worst = None if told is None else _worst(told, record, 1)
    if told is None or worst is None:
        return []
    column, chance, strong = worst
    if told.shift_pvalue[column] <= told.spread_pvalue[column]:
        side = "higher" if told.shift[column] > 0 else "lower"
        how = f"is {abs(told.shift[column]):.2g} standard deviations {side} there than elsewhere"
    else:
        how = "is farther from its median there than elsewhere"
    text = f"{_gaps_of(told.gaps, record)} depend on '{names[column]}', which {how} {_said(chance)}"
    return [_Found(text, chance, strong, _LET_IN)]


def _of_increments(record: Record, series: np.ndarray, names: list[str], groups: np.ndarray | None) -> list[_Found]:
    told = increment_dependence(series, record.borders, _lengths(record), groups)
    if told is None:
        return []
    found = []
    for each, where in ((told.across, "across them"), (told.beside, "next to them")):
        worst = None if each is None else _worst(each, record, 2)
        if each is None or worst is None:
            continue
        column, chance, strong = worst
        how, do = f"moves by less {where} than elsewhere", _LET_IN
        if each.shift_pvalue[column] < each.spread_pvalue[column]:
            how, do = f"moves {'up' if each.shift[column] > 0 else 'down'} {where} more than elsewhere", _LET_JUMPS_IN
        elif each.spread[column] > 0:
            how, do = f"moves by more {where} than in as many steps elsewhere", _LET_JUMPS_IN
        text = f"{_gaps_of(each.gaps, record)} depend on the increments of '{names[column]}', which {how}"
        found.append(_Found(f"{text} {_said(chance)}", chance, strong, do))
    column = int(np.argmin(told.limit_pvalue))
    chance = float(told.limit_pvalue[column] * len(names))
    if chance < _CHANCE / 2:
        what = "distances from the middle of both neighbours" if told.off_both[column] else "increments"
        text = (
            f"{_gaps_of(len(record.borders), record)} seem to lie where larger moves of '{names[column]}' were: its "
            f"{what} end abruptly at {told.limit[column]:.4g} {_said(chance)}"
        )
        found.append(_Found(text, chance, False, _LET_JUMPS_IN))
    return found


def _worst(told: GapDependence, record: Record, looks: int) -> tuple[int, float, bool] | None:
    """The variable on which gaps depend most clearly, the probability by chance, and whether they do so strongly."""
    chance = 2 * looks * len(told.shift) * np.minimum(told.shift_pvalue, told.spread_pvalue)
    size = np.where(told.shift_pvalue <= told.spread_pvalue, np.abs(told.shift), np.abs(told.spread))
    here = (chance < _CHANCE) & (size > _SMALL)
    if not here.any():
        return None
    strong = (chance < _STRONG_CHANCE) & (size > _STRONG) & (told.gaps > _MANY * record.steps)
    worst = int(np.argmin(np.where(strong if strong.any() else here, chance, np.inf)))
    return worst, float(chance[worst]), bool(strong.any())


def _gaps_of(count: int, record: Record) -> str:
    return f"the {count} gaps of {record.title}"


def _said(chance: float) -> str:
    return f"(probability by chance {'below 1e-9' if chance < 1e-9 else f'{chance:.1e}'})"


def _lengths(record: Record) -> np.ndarray:
    """Steps across each gap; those of trading days without the days on which none is."""
    borders = np.asarray(record.borders)
    if record.dates is not None and record.time_units == "trading days":
        days = record.dates.astype("datetime64[D]")
        week = np.isin(np.arange(7), (days.astype(np.int64) - 4) % 7)
        return np.busday_count(days[borders - 1], days[borders], weekmask=week)
    time = elapsed(record)
    return np.rint(np.clip((time[borders] - time[borders - 1]) / record.dt, -1, 1e9)).astype(int)


def _by_a_clock(record: Record) -> bool:
    """Whether gaps without dates follow one another after the same time."""
    between = np.diff(record.clock[list(record.borders)])
    return bool(between.size > 1 and between.std() < _EVEN * between.mean())


def _groups(record: Record) -> np.ndarray | None:
    """Month, weekday and time of day of every step, as far as there are enough of each: gaps of a clock have theirs."""
    if record.dates is None or record.time_units == "years":
        return None
    parts = []
    if np.ptp(year_phase(record.dates)) >= _FEWEST_YEARS:
        parts.append(month_numbers(record.dates) % 12)
    if is_below_a_day(record):
        days = day_phase(record.dates)
        parts.append(np.round((days - np.floor(days)) * 24).astype(int) % 24)
        parts.append(np.floor(days).astype(int) % 7)
    groups = np.zeros(record.steps, int)
    for part in parts:
        finer = (part.max() + 1) * groups + part
        if np.unique(finer).size * _FEWEST_PER_GROUP <= record.steps:
            groups = finer
    return groups
