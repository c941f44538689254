"""Lags as they are given: numbers in the unit of the record, or durations with a unit of their own."""

import datetime
import re
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from ..core import OptionError, described, is_number
from ..data import Record

Lag: TypeAlias = float | str | datetime.timedelta | np.timedelta64

_SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0, "weeks": 604800.0}
_MONTHS = {"months": 1.0, "years": 12.0}
_ALIASES = {
    "seconds": ("s", "sec", "second"),
    "minutes": ("min", "minute"),
    "hours": ("h", "hr", "hour"),
    "days": ("d", "day"),
    "weeks": ("w", "week"),
    "months": ("mo", "month"),
    "years": ("y", "yr", "year"),
}
_TEXT = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?(?:nan|inf|infinity))\s*([a-z]*)", re.IGNORECASE)


def to_lag(max_lag: Any, record: Record) -> float:
    """The largest lag in the unit of the record.

    Raises:
        OptionError: It is no number and no duration, or a duration that this unit cannot hold.
    """
    if isinstance(max_lag, np.ndarray) and max_lag.ndim == 0:
        max_lag = max_lag[()]
    if is_number(max_lag):
        return float(max_lag)
    if isinstance(max_lag, str) and (match := _TEXT.fullmatch(max_lag.strip())):
        unit = _unit(match[2])
        if not match[2]:
            return float(match[1])
        if unit is not None:
            return _converted(max_lag, float(match[1]), unit, record)
    if isinstance(max_lag, str | datetime.timedelta | np.timedelta64):
        try:
            return _converted(max_lag, pd.Timedelta(max_lag).total_seconds(), "seconds", record)
        except ValueError:
            pass
    raise OptionError(
        f"the largest lag is {described(max_lag)}",
        f"a number of {record.time_units} is needed"
        + (", or a duration such as '5 days'" if _unit(record.time_units) in _SECONDS else ""),
        f"give a number, such as {10 * record.dt:g}",
    )


def _converted(given: Any, amount: float, unit: str, record: Record) -> float:
    own = _unit(record.time_units)
    for table in (_SECONDS, _MONTHS):
        if unit in table and own in table:
            return amount * table[unit] / table[own]
    raise OptionError(
        f"the largest lag is {given}",
        f"lags of {record.title} are in {record.time_units}, which this cannot be told in",
        f"give a number of {record.time_units}, such as {10 * record.dt:g}",
    )


def _unit(text: str) -> str | None:
    """The plural of a unit, whatever is written for it."""
    lower = text.strip().lower()
    return next((unit for unit, names in _ALIASES.items() if lower == unit or lower in names), None)


def to_steps(max_lag: float, record: Record) -> int:
    """The largest lag in steps of the record."""
    steps = int(np.floor(max_lag / record.dt + 1e-6)) if np.isfinite(max_lag) else -1
    if steps < 1:
        raise OptionError(
            f"the largest lag is {max_lag:g} {record.time_units}",
            f"it must be at least one step of the record, {record.dt:g} {record.time_units}",
            f"give --max-lag {10 * record.dt:g} or longer",
        )
    return steps
