"""Steps that the calendar makes uneven: pentads, dekads and other parts of a month, days counted anew each year."""

import numpy as np

from ._time import TimeAxis

_DAY = np.timedelta64(1, "D")
_PARTS = {2: "halves of months", 3: "dekads, three to a month", 6: "pentads, six to a month"}
_MONTH = 365.2425 / 12  # days
_UNLIKE = 3  # days by which a part of a month may be longer or shorter than its share of it
_ANEW = 0.5  # of a step, by which the last one of a year may be longer or shorter


def calendar_steps(dates: np.ndarray) -> TimeAxis | None:
    """The axis of dates whose steps differ by what months and years are short of alone; None for other dates.

    Example:
        >>> days = np.arange("2001-01", "2003-01", dtype="M8[M]").astype("M8[D]")[:, None] + [0, 10, 20]
        >>> axis = calendar_steps(days.ravel())
        >>> f"{axis.dt:.3f} {axis.units}, {axis.notes[0]}"
        '0.333 months, dekads, three to a month: each counts as one'
    """
    if not np.issubdtype(dates.dtype, np.datetime64):
        return None
    clock = dates - dates.astype("datetime64[D]")
    days = dates.astype("datetime64[D]")
    if (clock != clock[0]).any():
        return None
    if _are_pentads(days):
        note = "pentads, 73 to a year: those with a leap day count as five days"
        return TimeAxis(5.0, "days", dates=dates, notes=(note,))
    parts = _parts_of_months(days)
    if parts is not None:
        return TimeAxis(1 / parts, "months", dates=dates, notes=(f"{_PARTS[parts]}: each counts as one",))
    usual = _anew_each_year(days)
    if usual is not None:
        note = f"steps of {usual} days that begin anew each year: the last one of a year counts as {usual} days, too"
        return TimeAxis(float(usual), "days", dates=dates, notes=(note,))
    return None


def _are_pentads(days: np.ndarray) -> bool:
    """Whether dates are five days apart, six where 29 February or the end of its year lies between: 73 to a year."""
    steps = np.diff(days) / _DAY
    late = np.flatnonzero(steps != 5)
    if np.median(steps) != 5 or late.size == 0 or (steps[late] != 6).any():
        return False
    years = days[late].astype("datetime64[Y]").astype(np.int64) + 1970
    leap = ((years % 4 == 0) & (years % 100 != 0)) | (years % 400 == 0)
    if (days[late + 1] == days[late + 1].astype("datetime64[Y]")).all():  # counted from 1 January on
        return bool(leap.all())
    march = days[late + 1].astype("datetime64[Y]").astype("datetime64[M]") + 2
    near = np.abs(days[late + 1] - march.astype(days.dtype)) <= 5 * _DAY
    return bool((leap & near).all())


def _parts_of_months(days: np.ndarray) -> int | None:
    """In how many parts every month is cut: two, three or six that have the same days, the last or its end, in each."""
    months = days.astype("datetime64[M]")
    day, length = (((each - months.astype(days.dtype)) / _DAY).astype(int) for each in (days + _DAY, _next(months)))
    found, first, counts = np.unique(months.astype(np.int64), return_index=True, return_counts=True)
    parts = int(counts.max())
    if parts not in _PARTS or found.size < 3 or (np.diff(found) != 1).any() or (counts[1:-1] != parts).any():
        return None
    if (np.abs(np.diff(days) / _DAY - _MONTH / parts) > _UNLIKE).any():
        return None
    place = np.arange(days.size) - np.repeat(first, counts)
    place[: counts[0]] += parts - counts[0]  # the record may begin and end within a month
    usual = day[first[1] : first[1] + parts]
    last = place == parts - 1
    same, at_end = day == usual[place], bool((day == length)[last].all())
    return parts if same[~last].all() and (at_end or same[last].all()) else None


def _next(months: np.ndarray) -> np.ndarray:
    return (months + 1).astype("datetime64[D]")


def _anew_each_year(days: np.ndarray) -> int | None:
    """The days of a step, where all years begin on one day and all steps but those into them are equal."""
    steps = (np.diff(days) / _DAY).astype(int)
    usual = int(np.median(steps))
    year = days.astype("datetime64[Y]")
    into = year[1:] != year[:-1]
    if usual < 2 or not into.any() or (steps[~into] != usual).any():
        return None
    begins = days[1:][into] - year[1:][into].astype(days.dtype)
    whole = np.diff(year[1:][into].astype(np.int64))
    even = (begins == begins[0]).all() and (whole == 1).all()
    return usual if even and (np.abs(steps - usual) < _ANEW * usual).all() else None
