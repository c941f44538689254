"""Lags and delays as they are given: numbers in the unit of the record, or durations with a unit of their own."""

import datetime
import re
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from ..core import OptionError, described, is_number
from ..data import FEWEST_STEPS, Record
from ..statistics import Delays

Lag: TypeAlias = float | str | datetime.timedelta | np.timedelta64
History: TypeAlias = tuple[int, float] | str | None

_ENDLESS = 1e15  # steps, of which no record has so many: it is refused as longer than that
_WHOLE = 0.01  # of a step: a time that is written down is not further from a whole number of steps
_SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0, "weeks": 604800.0}
_MONTHS = {"months": 1.0, "quarters": 3.0, "years": 12.0}
_ALIASES = {
    "seconds": ("s", "sec", "secs", "second"),
    "minutes": ("min", "mins", "minute"),
    "hours": ("h", "hr", "hrs", "hour"),
    "days": ("d", "day"),
    "weeks": ("w", "wk", "wks", "week"),
    "months": ("mo", "mos", "mon", "month"),
    "quarters": ("q", "qtr", "qtrs", "quarter"),
    "years": ("y", "yr", "yrs", "year"),
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
        if match[2].lower() in ("step", "steps"):
            return float(match[1]) * record.dt
        if unit is not None:
            return _converted(max_lag, float(match[1]), unit, record)
    comma = isinstance(max_lag, str) and "," in max_lag
    if isinstance(max_lag, str | datetime.timedelta | np.timedelta64) and not comma and str(max_lag).strip():
        try:
            return _converted(max_lag, pd.Timedelta(max_lag).total_seconds(), "seconds", record)
        except ValueError:
            pass
    raise OptionError(
        f"the largest lag is '{max_lag}'" if isinstance(max_lag, str) else f"the largest lag is {described(max_lag)}",
        f"a number of {record.time_units} is needed"
        + (", with a point before its decimals" if comma else "")
        + (", or a duration such as '5 days'" if _unit(record.time_units) in _SECONDS else ", or '5 steps'"),
        f"give --max-lag {10 * record.dt:g}, for instance, which is ten steps of the record",
    )


def _converted(given: Any, amount: float, unit: str, record: Record) -> float:
    own = _unit(record.time_units)
    for table in (_SECONDS, _MONTHS):
        if unit in table and own in table:
            return amount * table[unit] / table[own]
    raise OptionError(
        f"the largest lag is {given}",
        f"lags of {record.title} are in {record.time_units}, which this cannot be told in",
        f"give a number of {record.time_units}, such as --max-lag {10 * record.dt:g}",
    )


def _unit(text: str) -> str | None:
    """The plural of a unit, whatever is written for it."""
    lower = text.strip().lower()
    return next((unit for unit, names in _ALIASES.items() if lower == unit or lower in names), None)


def to_steps(max_lag: float, record: Record) -> int:
    """The largest lag in steps of the record."""
    steps = int(np.floor(min(max_lag / record.dt, _ENDLESS) + 1e-6)) if not np.isnan(max_lag) else -1
    if steps < 1:
        after = -max_lag if -max_lag >= record.dt else 10 * record.dt
        raise OptionError(
            f"the largest lag is {max_lag:g} {record.time_units}",
            "lags are counted from the push on, and the largest one must be at least one step of the record, "
            f"{record.dt:g} {record.time_units}",
            f"give --max-lag {after:g}" + (", without the sign" if max_lag < 0 else " or longer"),
        )
    return steps


def to_delays(delays: History, max_lag: int, record: Record) -> Delays | None:
    """The earlier states by which the state is extended: how many, and how many steps of the record apart."""
    if delays is None:
        return None
    units, given = record.time_units, ",".join(map(str, delays)) if isinstance(delays, tuple | list) else str(delays)
    if record.homogeneous:
        raise OptionError(
            f"--delays {given} was given for a field that is homogeneous along {' and '.join(record.homogeneous)}",
            "only a list of variables is extended by earlier states",
            "leave --delays out, or --homogeneous, to have the field taken cell by cell",
        )
    try:
        count, apart = (float(part) for part in given.split(","))
        whole = count >= 0 and count == int(count)
    except (ValueError, OverflowError):
        whole, count, apart = False, 0.0, 0.0
    if not whole:
        raise OptionError(
            f"--delays {given} was given",
            f"a whole number of earlier states and the time between them in {units} are needed, with a comma between",
            f"give --delays 4,{record.dt:.6g} for four of them, one step of the record apart",
        )
    step = round(apart / record.dt) if np.isfinite(apart) else 0
    if step < 1 or abs(apart / record.dt - step) > _WHOLE:
        below = max(1, int(apart / record.dt)) if np.isfinite(apart) else 1
        raise OptionError(
            f"the earlier states of --delays {given} are {apart:g} {units} apart",
            f"that has to be a whole number of steps of {record.title}, {record.dt:.6g} {units} each",
            f"give --delays {count:g},{below * record.dt:.6g} or {count:g},{(below + 1) * record.dt:.6g}",
        )
    left = max(max_lag + 1, FEWEST_STEPS)
    most, taken = (record.steps - left) // step, max(1, int(count)) * step
    if taken > record.steps - left:
        raise OptionError(
            f"the history of --delays {given} takes {taken} of the {record.steps} steps of each member",
            f"{left} have to be left, as many as the largest lag needs and {FEWEST_STEPS} or more",
            f"give --delays {most},{apart:g}" if most > 0 else "give less time between the states, or longer members",
        )
    return Delays(int(count), step)
