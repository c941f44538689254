"""Times that are counted from a day which only their name tells: seconds of Unix, Julian days, days of a spreadsheet.

Name and values have to agree: a column ``time`` with 0, 0.1, 0.2 is a number.
"""

from typing import NamedTuple

import numpy as np

from ._weeks import is_epidemiological, names_weeks, numbered_weeks, week_dates

_UNIX = {"epoch", "epochs", "epochtime", "unix", "unixtime", "unixtimestamp", "unixepoch", "posix", "posixtime", "ts"}
_UNIX |= {"utime", "epochseconds", "secondssinceepoch", "secondssincetheepoch", "ssinceepoch", "secondssinceunixepoch"}
_UNIX |= {"millisecondssinceepoch", "millisecondssincetheepoch", "mssinceepoch", "opentime", "closetime"}
_EITHER = {"timestamp", "datetime", "date"}
"""Names of times of any form."""

_FRACTIONS = (("seconds", 1), ("milliseconds", 1_000), ("microseconds", 1_000_000), ("nanoseconds", 1_000_000_000))
_ENDS = ("milliseconds", "microseconds", "nanoseconds", "seconds", "sec", "ms", "us", "ns", "utc", "gmt", "s")
_LONG_AGO, _EARLY, _SINCE, _LATE = -2.3e9, 1e7, 3e8, 4.2e9
"""Seconds of Unix: in 1897, of the latest time in April 1970, in 1979 and in 2103."""

_JULIAN = {"jd", "julianday", "juliandays", "juliandate", "juliandaynumber", "bjd", "hjd", "jdutc", "jdtdb"}
_MODIFIED = {"mjd", "modifiedjulianday", "modifiedjuliandays", "modifiedjuliandate", "mjdutc"}
_SHEET = {"excel", "exceldate", "exceltime", "excelserial", "serial", "serialdate", "dateserial", "serialday"}
_MATLAB = {"datenum", "matlab", "matlabtime", "matlabdatenum", "serialdatenumber"}
_NAMES = _UNIX | _EITHER | {"time"} | _JULIAN | _MODIFIED | _SHEET | _MATLAB
_JULIAN_1970, _MATLAB_1970 = 2_440_587.5, 719_529.0
_PLACES = 9  # decimals of a day


class Counted(NamedTuple):
    """Times as numbers in CF units, and what was understood."""

    values: np.ndarray
    units: str
    how: str


def counted_time(name: str, values: np.ndarray) -> Counted | None:
    """What numbers count if they are times since a day that their name tells; None where name and values do not agree.

    Args:
        name: Name of the column or coordinate, or the unit of a coordinate called time.
        values: Numbers, shape ``(time,)``.

    Example:
        >>> counted_time("MJD", np.array([58849.0, 58850.0])).units
        'days since 1858-11-17'
        >>> counted_time("time", np.array([1577836800.0, 1577840400.0])).units
        'seconds since 1970-01-01'
        >>> counted_time("time", np.array([0.0, 0.1, 0.2])) is None
        True
    """
    known = "".join(letter for letter in name.lower() if letter.isalnum())
    if known not in _NAMES and _stem(known) not in _UNIX | _EITHER | {"time"} and not names_weeks(known):
        return None
    if values.dtype.kind not in "iuf" or not values.size or not np.isfinite(values).all():
        return None
    low, high = float(values.min()), float(values.max())
    shown = f"{values[0]:.15g}"
    if known in _EITHER or known in _UNIX or _stem(known) in _UNIX | _EITHER | {"time"}:
        sure = known in _UNIX or _stem(known) in _UNIX
        early = _SINCE if _stem(known) == "time" or known == "time" else _LONG_AGO
        late = _EARLY if sure else _SINCE
        for unit, parts in _FRACTIONS:
            if early * parts <= low and late * parts <= high < _LATE * parts:
                return Counted(values, f"{unit} since 1970-01-01", f"times such as {shown} are read as {unit} of Unix")
    if names_weeks(known) and (found := numbered_weeks(values)) is not None:
        dates, which = week_dates(*found, epidemiological=is_epidemiological(known))
        if not np.isnat(dates).any():
            days = dates.astype("datetime64[D]").astype(np.int64)
            return Counted(days, "days since 1970-01-01", f"times such as {shown} are read as {which}")
    days = values.astype(np.float64)
    julian = known in _JULIAN or (known in _EITHER | {"time"} and bool((days % 1 != 0).any()))
    if julian and low >= 2_378_496 and high < 2_524_594:
        return Counted(_after(days, _JULIAN_1970), "days since 1970-01-01", f"times such as {shown} are Julian days")
    if known in _MODIFIED and low >= 0 and high < 100_000:
        return Counted(_after(days, 0.0), "days since 1858-11-17", f"times such as {shown} are modified Julian days")
    if (known in _SHEET and low > 366 and high < 110_000) or (known in _EITHER and low > 3_653 and high < 47_483):
        return Counted(_after(days, 0.0), "days since 1899-12-30", f"times such as {shown} are days of a spreadsheet")
    if known in _MATLAB and low > 500_000 and high < 800_000:
        return Counted(_after(days, _MATLAB_1970), "days since 1970-01-01", f"times such as {shown} are days of Matlab")
    return None


def counted_days(name: str, values: np.ndarray) -> np.ndarray | None:
    """Whole days as dates, of numbers that count days; None for others."""
    counted = counted_time(name, values)
    if counted is None or not counted.units.startswith("days since ") or (counted.values % 1 != 0).any():
        return None
    return np.datetime64(counted.units.removeprefix("days since ")) + counted.values.astype(np.int64)


def _stem(known: str) -> str:
    """A plain name without the unit behind it."""
    end = next((end for end in _ENDS if known.endswith(end) and known != end), "")
    return known.removesuffix(end)


def _after(days: np.ndarray, origin: float) -> np.ndarray:
    """Days since another origin, with the decimals with which they are written."""
    return np.round(days - origin, _PLACES)
