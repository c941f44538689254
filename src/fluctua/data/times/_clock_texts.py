"""Clocks in the texts of dates: before, behind or within the date, of twelve or twenty-four hours, with a zone or not.

Of two zones in one column, such as CET and CEST, one is summer time: its hours are told apart, and times are in UTC.
"""

import re
from typing import Any

import numpy as np
import pandas as pd

from ...core import DataError, listed

_TWELVE = r"^(.*[ T,]|)(\d{1,2})((?::\d{2}){0,2}(?:\.\d+)?)\s*([AaPp])\.?\s?[Mm]\.?$"
_MIDNIGHT = r"(?<=[ T])24(?=:00(?::00(?:\.0+)?)?$)"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_ZONE = r"[A-Z]{1,5}|[+-]\d{2}:?\d{2}"
_WEEKDAY = r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+(?=\S)"
_YEAR_LAST = rf"^([A-Za-z]{{3,9}})\s+(\d{{1,2}})\s+({_CLOCK})((?:\s+(?:{_ZONE}))?)\s+(\d{{4}})$"
"""Mon Jan  1 00:00:00 UTC 1990, as C and the shell write it, without the day of the week."""

_CLOCK_FIRST = rf"^({_CLOCK})[ ,]+(\S.*)$"
_WITH_POINTS = r"(?<=\d[ T])(\d{1,2})\.(\d{2})(?:\.(\d{2}))?$"


_ELAPSED = r"(?:(\d+) days?,? )?(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)"
_DAY = 86400.0  # seconds


def _colons(found: re.Match[str]) -> str:
    return ":".join(part for part in found.groups() if part)


_ORDERS: tuple[tuple[str, Any], ...] = (
    (_WEEKDAY, ""),
    (_YEAR_LAST, r"\1 \2 \5 \3\4"),
    (_CLOCK_FIRST, r"\2 \1"),
    (_WITH_POINTS, _colons),
)
_WITH_ZONE = rf"^(.*{_CLOCK}(?:\s*[AaPp]\.?[Mm]\.?)?)\s*(?![AP]M$)({_ZONE})$"

_HOURS = {
    **dict.fromkeys(("Z", "UTC", "GMT", "UT", "WET"), 0.0),
    **dict.fromkeys(("CET", "MET", "MEZ", "BST", "WEST", "WAT"), 1.0),
    **dict.fromkeys(("CEST", "MEST", "MESZ", "EET", "SAST", "CAT"), 2.0),
    **dict.fromkeys(("EEST", "MSK", "EAT"), 3.0),
    **{"NST": -3.5, "NDT": -2.5, "AST": -4.0, "ADT": -3.0, "EST": -5.0, "EDT": -4.0, "CST": -6.0, "CDT": -5.0},
    **{"MST": -7.0, "MDT": -6.0, "PST": -8.0, "PDT": -7.0, "AKST": -9.0, "AKDT": -8.0, "HST": -10.0, "HDT": -9.0},
    **{"AEST": 10.0, "AEDT": 11.0, "ACST": 9.5, "ACDT": 10.5, "AWST": 8.0, "NZST": 12.0, "NZDT": 13.0},
    **{"JST": 9.0, "KST": 9.0, "SGT": 8.0, "HKT": 8.0, "IST": 5.5, "BRT": -3.0, "BRST": -2.0},
}
"""Hours by which the clocks of a zone are ahead of UTC.

Some letters stand for several zones. Where they are the only ones in a record the times stay as they are; beside others
they can only be those of the same part of the world, of which the difference counts.
"""


def elapsed_clock(texts: pd.Series, runs: np.ndarray) -> np.ndarray | None:
    """Durations of a clock without dates, such as 00:00:01 or ``1 days 02:30:00``; None for other texts.

    Where a clock of a day falls from evening to morning within a run a day has passed.

    Args:
        texts: The column.
        runs: Number of the run of every row.

    Example:
        >>> elapsed_clock(pd.Series(["23:59:58", "23:59:59.5", "00:00:01"]), np.zeros(3)) / np.timedelta64(1, "s")
        array([86398. , 86399.5, 86401. ])
    """
    parts = texts.astype(str).str.strip().str.extract(rf"^{_ELAPSED}$")
    if texts.isna().any() or parts[[1, 2, 3]].isna().to_numpy().any():
        return None
    days, hours, minutes, seconds = parts.fillna("0").astype(float).to_numpy().T
    clock = 86400 * days + 3600 * hours + 60 * minutes + seconds
    if clock.max() < _DAY:
        for run in np.unique(runs):
            rows = np.flatnonzero(runs == run)
            clock[rows] += _DAY * np.cumsum(np.r_[0, np.diff(clock[rows]) < -_DAY / 2])
    return np.rint(1e6 * clock).astype("timedelta64[us]")


def in_order(texts: pd.Series) -> pd.Series:
    """Texts with the date first and the clock behind it, written with colons, without a day of the week.

    They are taken to be all written as the first one.

    Example:
        >>> in_order(pd.Series(["Mon Jan  1 00:30:00 UTC 1990"])).tolist()
        ['Jan 1 1990 00:30:00 UTC']
    """
    for pattern, written in _ORDERS:
        if re.search(pattern, str(texts.dropna().iloc[0]), re.IGNORECASE):
            texts = texts.str.replace(pattern, written, regex=True, case=False)
    return texts


def without_zone(texts: pd.Series, where: str) -> tuple[pd.Series, np.ndarray, str]:
    """Texts without the zones behind their clocks, by how much they are ahead of UTC, and how they were read.

    Times of one zone stay as they are, and so do days that all have the same clock: summer time makes these uneven
    elsewhere. Others are in UTC. Offsets in numbers behind ISO dates are left to who reads these.

    Args:
        texts: Dates with clocks; None where one is missing.
        where: What to call the table in messages.

    Raises:
        DataError: There are several zones, and it is not known of one how far it is ahead.
    """
    none = np.zeros(len(texts), "timedelta64[us]")
    first = texts.dropna().iloc[0]
    if not re.match(_WITH_ZONE, first):
        return texts, none, ""
    parts = texts.str.extract(_WITH_ZONE)
    zones = parts[1].dropna().unique()
    plain = parts[0].where(parts[1].notna(), texts).str.strip()
    same_clock = plain.dropna().str.extract(rf"({_CLOCK})$")[0].nunique() == 1
    if same_clock if len(zones) > 1 else zones[0] in _HOURS:
        return plain, none, "" if zones[0] in ("Z", "UTC", "GMT", "UT") else f"times are those of {listed(zones, 3)}"
    ahead = {zone: _hours_of(zone) for zone in zones}
    unknown = [zone for zone, hours in ahead.items() if hours is None]
    if unknown:
        raise DataError(
            f"the times of {where} have the zone '{unknown[0]}' behind them, as in '{first}'",
            "it must be known by how much each clock is ahead of UTC",
            "write offsets, such as 2018-10-28T02:00+01:00, or give --steps if every row is one step",
        )
    if re.match(r"\d{4}-\d{2}-\d{2}[ T]", first) and not any(zone in _HOURS for zone in zones):
        return texts, none, ""
    later = (parts[1].map(ahead).fillna(0).astype(float) * 3.6e9).to_numpy().astype("timedelta64[us]")
    words = [zone for zone in zones if zone in _HOURS]
    return plain, later, f"times with {listed(words, 3)} are read in UTC" if words else ""


def _hours_of(zone: str) -> float | None:
    if (numbered := re.fullmatch(r"([+-])(\d{2}):?(\d{2})", zone)) is not None:
        return float(numbered[1] + "1") * (int(numbered[2]) + int(numbered[3]) / 60)
    return _HOURS.get(zone)


def plain_clock(texts: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Dates with clocks of 24 hours in place of those of 12, and the days by which 24:00 is later than 00:00.

    Example:
        >>> texts, later = plain_clock(pd.Series(["2001-02-03 1:05 PM", "2001-02-03 24:00"]))
        >>> texts.tolist(), later.tolist()
        (['2001-02-03 13:05', '2001-02-03 00:00'], [0, 1])
    """
    later = np.zeros(len(texts), np.int64)
    if texts.str.contains(r"[MmAaPp]\.?$", na=False).any():
        texts = texts.str.replace(_TWELVE, _of_twelve, regex=True)
    late = texts.str.contains(r"24:00", na=False, regex=False)
    if late.any():
        late = texts.str.contains(_MIDNIGHT, na=False)
        texts, later = texts.str.replace(_MIDNIGHT, "00", regex=True), late.to_numpy().astype(np.int64)
    if texts.str.contains(r"[ T]\d:", na=False).any():
        texts = texts.str.replace(r"([ T])(\d:\d{2})", r"\g<1>0\2", regex=True)
    return texts, later


def _of_twelve(found: re.Match[str]) -> str:
    hour = int(found[2])
    if not 1 <= hour <= 12:
        return found[0]
    return f"{found[1]}{hour % 12 + 12 * (found[4] in 'Pp'):02d}{found[3] or ':00'}"
