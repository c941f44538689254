"""Columns that count rows, whatever they are called: no states of a system, but perhaps its times."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...core import DataError, option
from ._time import written_unit

_DEPTH = re.compile(r"(core_?|mean_?|mid_?)?(depths?|tiefe|profondeur|prof)(?![a-z])")
_MONTHS_A_YEAR = 12
_IN_CALENDARS = {4, 5, 7, 12, 24, 28, 29, 30, 31, 36, 46, 48, 52, 53, 60, 73, 96, 144, 360, 365, 366, 1440}
"""Of how many numbers parts of a date are made, down to the minutes of a day."""

_LONG = 20  # steps of a run whose counter begins again once or twice


def refuse_counters(columns: Mapping[str, pd.Series], where: str, runs: np.ndarray | None = None) -> None:
    """Refuse columns that count up in equal steps, whatever they are called, and calendars without a year.

    Args:
        columns: Columns by name.
        where: What to call the record in messages.
        runs: Number of the run that each row belongs to; by default there is one.

    Raises:
        DataError: A column counts, in every run or again and again.
    """
    ramps, saws = [], []
    for name, column in columns.items():
        if column.dtype.kind not in "iuf" or len(column) < 8:
            continue
        values = column.to_numpy(dtype=np.float64)
        same = np.ones(len(values) - 1, bool) if runs is None else runs[1:] == runs[:-1]
        if is_ramp(values, same):
            ramps.append(name)
        elif _is_saw(values):
            saws.append(name)
    if saws:
        _refuse_saw(saws[0], columns, where)
    if ramps:
        name = ramps[0]
        remedy = f"call it 'time' if that is what it is ({option('rename', f'{name}=time')}), or drop it "
        remedy += f"({option('drop', name)})"
        if _DEPTH.match(name.lower()):
            remedy = (
                "if it is that in a core, where what is deeper came first, give "
                f"{option('rename', f'{name}=age')}, which turns the rows round; drop it ({option('drop', name)}) only "
                "if the rows stand in the order in which things happened"
            )
        raise DataError(
            f"'{name}' of {where} goes up in equal steps of {np.diff(columns[name].to_numpy()[:2])[0]:g}",
            "a counter is no state of a system",
            remedy,
        )


def _refuse_saw(name: str, columns: Mapping[str, pd.Series], where: str) -> None:
    """Refuse a column that counts up and starts again: a part of a date, or the steps of runs below one another."""
    values = columns[name].to_numpy(dtype=np.float64)
    low, high = values.min(), values.max()
    starts = np.flatnonzero(np.diff(values) < 0) + 1
    beside = [
        other
        for other, column in columns.items()
        if other != name and np.array_equal(np.flatnonzero((column[1:] != column.shift()[1:]).to_numpy()) + 1, starts)
    ]
    tells = f"give {option('member', beside[0])}" if beside else "number the runs in a column 'member'"
    runs = f"if it counts the steps of runs, {tells}, with --gaps split and {option('rename', f'{name}=time')}"
    needed = "a counter is no state of a system; where it begins again another "
    if high - low + 1 in _IN_CALENDARS:
        needed += "year, day or run may begin, and dates need the year, too"
        year = "add a column 'year' beside it, or " if high - low + 1 == _MONTHS_A_YEAR else ""
        runs = f"{year}give a column 'time' of dates (such as 1990-03 or 1990-03-05T13:00); {runs}"
    else:
        needed += "run may begin, and no pair of times may cross the border"
    raise DataError(
        f"'{name}' of {where} counts from {low:g} to {high:g} and begins again at {len(starts):,} places, first in row "
        f"{starts[0] + 1:,}",
        needed,
        f"{runs}; else drop it ({option('drop', name)})",
    )


def refuse_holes(columns: Mapping[str, pd.Series], where: str) -> None:
    """Refuse a count of rows in which numbers are missing: what is left are no equal steps.

    Args:
        columns: Columns that count, by name.
        where: What to call the record in messages.

    Raises:
        DataError: Numbers are missing in a column, such as ``index`` or ``day``, which otherwise goes up by one.
    """
    for name, column in columns.items():
        steps = np.diff(column.to_numpy(dtype=np.float64))
        holes = np.flatnonzero(steps > 1)
        # A count by tens, say, has no holes, and an identity number need not count rows.
        if not (len(holes) and np.median(steps) == 1 and np.all(steps >= 1)):
            continue
        first = int(holes[0])
        raise DataError(
            f"'{name}' of {where} counts rows and jumps at {len(holes):,} places, first from "
            f"{column.iloc[first]:.12g} to {column.iloc[first + 1]:.12g}: rows are missing",
            "equal time steps are needed",
            f"take it for the time and let the gaps part the record ({option('rename', f'{name}=time')} --gaps split); "
            f"or leave it out if every row is one step all the same ({option('drop', name)})",
        )


def is_ramp(values: np.ndarray, same: np.ndarray) -> bool:
    """Whether the values go up by the same step, to the rounding with which they are written."""
    steps = np.diff(values)[same]
    if steps.size == 0 or not steps.min() > 0 or not np.isfinite(steps).all():
        return False
    step = float(np.median(steps))
    off = np.abs(steps - step).max()
    if off > 0.05 * step:
        return False
    return bool(off <= 1e-6 * step + 1.01 * written_unit(values))


def _is_saw(values: np.ndarray) -> bool:
    """Whether whole numbers count up by one and start again at the smallest one: three times or more, or after long."""
    if not np.isfinite(values).all() or (values % 1 != 0).any():
        return False
    steps = np.diff(values)
    back = steps < 0
    if not back.any() or back.sum() > steps.size / 2:
        return False
    low = values.min()
    if values.max() - low < 2:  # what is true now and then
        return False
    again = steps[~back]
    counts = bool((values[1:][back] == low).all() and ((again == 1) | (again == 0)).all() and (again == 1).sum() >= 3)
    return counts and bool(back.sum() >= 3 or (again.all() and again.size > _LONG * back.sum()))
