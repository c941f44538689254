"""Weeks of a year as the dates on which they begin: ISO weeks from Monday, epidemiological (MMWR) ones from Sunday.

In both the first week of a year is the one that holds the fourth of January, and some years have 53 of them.
"""

import numpy as np
import pandas as pd

TEXT = r"(\d{4})\s*-?\s*[Ww](\d{1,2})(?:-?([1-7]))?"
"""A year, its week and perhaps a day of the week, as in 2020-W05-1."""

_NAMED = r"(\d{4})\s*[-/]?\s*(\d{1,2})()"
"""A year and its week in a column that is called so."""

_NAMES = {
    "week",
    "weeks",
    "isoweek",
    "isoyearweek",
    "yearweek",
    "yearwk",
    "yyyyww",
    "calendarweek",
    "weekdate",
    "weekid",
}
EPIDEMIOLOGICAL = ("epiweek", "epidemiologicalweek", "epiyearweek", "yearepiweek", "mmwrweek", "mmwryearweek", "mmwr")
"""Plain names of columns of weeks that begin on Sunday."""

_FEWEST = 32  # whole numbers that look like weeks of years
_WEEK = np.timedelta64(7, "D")


def is_epidemiological(name: str) -> bool:
    """Whether a column of this plain name has weeks that begin on Sunday."""
    return name in (*EPIDEMIOLOGICAL, "epiyear", "mmwryear")


def names_weeks(name: str) -> bool:
    """Whether a column of this plain name may hold years with their weeks, such as 202005."""
    return name in _NAMES or name in EPIDEMIOLOGICAL


def week_dates(years: np.ndarray, weeks: np.ndarray, epidemiological: bool = False) -> tuple[np.ndarray, str]:
    """First days of weeks, NaT where a year has no such week, and which weeks they are.

    The years that have 53 weeks differ between the two ways to count, and tell them apart: taken is the one in which
    more of the rows are one week after another, and where both do as well the one that is expected.

    Args:
        years: Years, whole numbers.
        weeks: Weeks of these years, from 1.
        epidemiological: Whether weeks from Sunday are expected.

    Example:
        >>> dates, _ = week_dates(np.array([2020, 2020, 2021]), np.array([52, 53, 1]))
        >>> dates
        array(['2020-12-21', '2020-12-28', '2021-01-04'], dtype='datetime64[D]')
    """
    ways = [(_from(years, weeks, 3), "ISO weeks"), (_from(years, weeks, 4), "epidemiological weeks, from Sunday")]
    best = max(reversed(ways) if epidemiological else ways, key=lambda way: _following(way[0]))
    return best


def _from(years: np.ndarray, weeks: np.ndarray, shift: int) -> np.ndarray:
    """Dates of weeks whose first day is the one that many days after 1 January 1970, or before, counted in sevens."""

    def first(year: np.ndarray) -> np.ndarray:
        fourth = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + 3
        return fourth - ((fourth.astype(np.int64) + shift) % 7).astype("timedelta64[D]")

    dates = first(years) + (weeks - 1) * _WEEK
    return np.where((weeks >= 1) & (dates < first(years + 1)), dates, np.datetime64("NaT"))


def _following(dates: np.ndarray) -> tuple[int, int]:
    """How many dates there are, and how many of them come a week after the one before."""
    return int((~np.isnat(dates)).sum()), int((np.diff(dates) == _WEEK).sum())


def text_weeks(texts: pd.Series, name: str = "") -> tuple[np.ndarray, str] | None:
    """Dates of texts such as 2020-W05, NaT for a missing one, and which weeks they are; None for other texts.

    Args:
        texts: Texts without blanks around them, None where one is missing.
        name: Plain name of the column; one that is called a week may have texts such as 2020-05.
    """
    given = texts.dropna()
    patterns = (TEXT, _NAMED) if names_weeks(name) else (TEXT,)
    pattern = next((each for each in patterns if len(given) and given.str.fullmatch(each).all()), None)
    if pattern is None:
        return None
    parts = given.str.extract(f"^{pattern}$")
    numbers = parts.iloc[:, :2].astype(np.int64).to_numpy()
    days = parts.iloc[:, 2].replace("", np.nan).astype(float)
    dated = bool(days.notna().any())
    dates, which = week_dates(numbers[:, 0], numbers[:, 1], is_epidemiological(name))
    if dated:  # only ISO has such days
        dates, which = _from(numbers[:, 0], numbers[:, 1], 3) + (days.fillna(1).astype(int).to_numpy() - 1), "ISO weeks"
    found = np.full(len(texts), np.datetime64("NaT"), "datetime64[us]")
    found[texts.notna().to_numpy()] = dates
    return found, which


def numbered_weeks(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Years and weeks of whole numbers that are all of the form YYYYWW; None where they are not."""
    numbers = np.asarray(numbers, dtype=np.float64)
    if not numbers.size or not ((numbers >= 100_001) & (numbers < 300_000) & (numbers % 1 == 0)).all():
        return None
    years, weeks = np.divmod(numbers.astype(np.int64), 100)
    return (years, weeks) if weeks.min() >= 1 and weeks.max() <= 53 else None


def may_be_weeks(numbers: np.ndarray) -> bool:
    """Whether numbers of no such name are likely to be years with their weeks: no months, and more than a few."""
    found = numbered_weeks(numbers)
    if found is None or numbers.size < _FEWEST or found[1].max() < 52:
        return False
    follows = np.diff(numbers) == 1
    return bool((follows | (found[1][1:] == 1)).mean() > 0.9)
