"""Check of pieces: that the gaps between them come at random, whatever the state is."""

from typing import NamedTuple

import numpy as np

from ..core import DataError
from ..statistics import gap_dependence
from ._cycles import is_below_a_day
from ._dates import day_phase, month_numbers, year_phase
from ._homogeneous import sample_series, spread
from ._record import Record

_CHANCE = 1e-4  # of all variables together
_SMALL = 0.15  # standard deviations; less does no harm
_STRONG, _STRONG_CHANCE = 0.4, 1e-6
_MANY = 0.005  # gaps per step: of a tail beyond 2.3 deviations, which biases by more than two standard errors
_EVEN = 0.05  # spread of the times between gaps over their mean: gaps of a clock
_COLUMNS = 64
_FEWEST_YEARS = 3
_FEWEST_PER_GROUP = 50


class _Found(NamedTuple):
    text: str
    strong: bool


def fair_pieces(record: Record, *, refuse: bool = True) -> list[str]:
    """Refuse, or warn of, gaps that come where the state is a certain one, as where a sensor saturates.

    The pieces are no fair sample of the system then, and no method makes them one.

    Args:
        record: A record in pieces, without its cycles.
        refuse: Whether to refuse where many such gaps were found; else to warn of them.

    Raises:
        DataError: They are many.
    """
    found = _look(record)
    if found is None:
        return []
    need = "pieces between gaps are a fair sample of the system only where gaps come whatever its state is"
    do = (
        "if the values that are missing were measured, let them in (without the attributes valid_range, valid_min and "
        "valid_max of the file, and without --missing), or use another record of them"
    )
    if found.strong and refuse:
        raise DataError(
            found.text,
            need,
            f"{do}; to see the response of the biased sample all the same, --allow-unreliable",
        )
    return [f"{found.text}: {need}, and the answer is that of a biased sample; {do}."]


def _look(record: Record) -> _Found | None:
    if not record.borders:
        return None
    if record.homogeneous:
        series, names = sample_series(record)
    else:
        kept = spread(record.dimension, _COLUMNS)
        series, names = record.flat[..., kept], [record.names[each] for each in kept]
    if record.dates is None and _by_a_clock(record):
        return None
    told = gap_dependence(series[0], record.borders, _groups(record))
    if told is None:
        return None
    chance = 2 * len(names) * np.minimum(told.shift_pvalue, told.spread_pvalue)
    size = np.where(told.shift_pvalue <= told.spread_pvalue, np.abs(told.shift), told.spread)
    here = (chance < _CHANCE) & (size > _SMALL)
    if not here.any():
        return None
    strong = (chance < _STRONG_CHANCE) & (size > _STRONG) & (told.gaps > _MANY * record.steps)
    worst = int(np.argmin(np.where(strong if strong.any() else here, chance, np.inf)))
    if told.shift_pvalue[worst] <= told.spread_pvalue[worst]:
        side = "higher" if told.shift[worst] > 0 else "lower"
        how = f"is {abs(told.shift[worst]):.2g} standard deviations {side} there than elsewhere"
    else:
        how = "is farther from its median there than elsewhere"
    return _Found(
        f"the {told.gaps} gaps of {record.title} depend on '{names[worst]}', which {how} (probability by chance "
        f"{'below 1e-9' if chance[worst] < 1e-9 else f'{chance[worst]:.1e}'})",
        bool(strong.any()),
    )


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
