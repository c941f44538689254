"""Times of the rows of a table: one column of them, a column of days and a clock, or the columns of a calendar."""

import re
from numbers import Real

import numpy as np
import pandas as pd

from ...core import DataError
from ..labelled import Selection
from ..times import (
    age_attributes,
    are_ages,
    bare_name,
    calendar_columns,
    counted_time,
    counter_columns,
    date_column,
    dates_of,
    elapsed_clock,
    is_epidemiological,
    months_by_name,
    names_weeks,
    note_on_columns,
    numbered_dates,
    numbered_weeks,
    plain_times,
    says_when,
    show_time,
    text_dates,
    week_dates,
)
from ._clocks import join_clock
from ._runs import Place
from ._stacked import refuse_stacked

_OFTEN = 0.3  # of all rows: more than that are no steps written twice


def times_of(
    columns: dict[str, pd.Series],
    runs: np.ndarray,
    selection: Selection,
    where: str,
    place: Place,
    notes: list[str],
    attrs: dict[str, str],
) -> np.ndarray | None:
    """The times of the rows, taken out of the columns with all else that only counts; None where there are none.

    Args:
        columns: The columns by name; those that say when are taken out.
        runs: Number of the run of every row.
        selection: What of the table is the record.
        where: What to call the table in messages.
        place: Where a row is.
        notes: What was understood is added.
        attrs: Attributes of the time; its unit is added where it is found.

    Raises:
        DataError: A row has no time, or a date that is none.
    """
    times = None
    try:
        join_clock(columns, where, place, notes)
    except DataError:
        if not selection.steps:
            raise
    dated = "time" if "time" in columns else date_column(columns)
    calendar = calendar_columns(columns)
    if "year" in calendar and "month" not in calendar and (named := months_by_name(columns)):
        columns.update(named)
        calendar = calendar_columns(columns)
    counters = counter_columns(columns, runs)
    try:
        if dated is not None:
            times = _read_times(dated, columns[dated], runs, where, place, notes, attrs)
        elif "year" in calendar:
            times = dates_of(columns, calendar, where)
            _refuse_repeated(times, calendar, runs, where)
            notes.append(note_on_columns(list(calendar.values()), "read as the dates"))
    except DataError:
        if not selection.steps:
            raise
    if dated is not None:
        columns.pop(dated)
        if dated != "time":
            notes.append(f"the time is '{dated}'" if dated else "the time is column 1, which has no name")
        counters += [name for name in calendar.values() if name not in counters and len(columns) > 1]
    elif "year" in calendar:
        for name in set(calendar.values()) - set(selection.variables):
            columns.pop(name)
    if times is not None and not runs.any():
        refuse_stacked(times, columns, where)
    counters = [name for name in counters if name in columns and name not in selection.variables]  # those were named
    if len(counters) == len(columns):
        raise DataError(
            f"{where} has no column beside its time and what counts rows ({', '.join(counters)})",
            "at least one state variable is needed",
            "add a column of numbers",
        )
    if "" in columns and "" not in counters:
        raise nameless(1, where)
    if counters:
        notes.append(
            note_on_columns(
                [name or "column 1, without a name," for name in counters],
                "passed over: it counts" if len(counters) == 1 else "passed over: they count",
            )
        )
        for name in counters:
            columns.pop(name)
    return times


def nameless(position: int, where: str) -> DataError:
    """What to say of a column without a name, counted from 1."""
    return DataError(
        f"column {position} of {where} has no name",
        "the first line must name the columns, each once",
        "name or drop that column (pandas writes one with to_csv; with index=False it does not)",
    )


def _refuse_repeated(dates: np.ndarray, calendar: dict[str, str], runs: np.ndarray, where: str) -> None:
    """Refuse years, months or days of which several rows follow one another: they are no double steps."""
    again = np.flatnonzero((dates[1:] == dates[:-1]) & (runs[1:] == runs[:-1]))
    if again.size and (list(calendar) == ["year"] or again.size > _OFTEN * len(dates)):
        finest = next(
            part
            for part in ("minute", "hour", "day", "doy", "dekad", "pentad", "week", "month", "quarter", "year")
            if part in calendar
        )
        when = show_time(dates[again[0]])[: {"year": 4, "quarter": 7, "month": 7}.get(finest)]
        finer = {
            "year": "'month' (1 to 12), 'day' or ",
            "quarter": "'month', 'day' or ",
            "month": "'day' or ",
            "week": "",
        }.get(finest, "'hour' or ")
        raise DataError(
            f"{where} has {int((dates == dates[again[0]]).sum())} rows of the {calendar[finest]} {when}, and no column "
            "that says when in it they were",
            "every row needs a time of its own",
            f"add a column {finer}'time' (of dates), or give --steps if every row is one step",
        )


def _read_times(
    name: str,
    column: pd.Series,
    runs: np.ndarray,
    where: str,
    place: Place,
    notes: list[str],
    attrs: dict[str, str],
) -> np.ndarray:
    given = column.dropna()
    if column.dtype.kind in "iuf":
        numbers = column.to_numpy()
        if names_weeks(bare_name(name)) and (weeks := numbered_weeks(numbers)) is not None:
            dates, which = week_dates(*weeks, epidemiological=is_epidemiological(bare_name(name)))
            notes.append(f"times such as {numbers[0]:.0f} are read as {which}")
            return _all_there(dates, column, where, place)
        if name != "time" and numbered_dates(numbers) is None and (counted := counted_time(name, numbers)) is not None:
            attrs["units"] = counted.units
            notes.append(counted.how)
            return counted.values
        if numbered_dates(numbers) is None and says_when(name):  # of a month or a year alone, which may be a count
            dates = numbered_dates(numbers, bare_name(name))
            if dates is not None:
                notes.append(f"times such as {numbers[0]:.0f} are read as dates")
                return dates
        if name != "time" and are_ages(name, numbers):
            attrs.update(age_attributes(name))
        return numbers.astype(np.float64)
    if len(given) and not isinstance(given.iloc[0], str):
        times = plain_times(pd.Index(column))
        if times.dtype == object:  # dates of other calendars, or numbers among which there is something else
            kinds = column.map(_kind_of_time).to_numpy()
            strange = (kinds == "") | (kinds != kinds[0])
            _all_there(np.where(strange, np.datetime64("NaT"), np.datetime64("1970-01-01")), column, where, place)
        return times
    if (elapsed := elapsed_clock(column, runs)) is not None:
        notes.append(f"times such as {given.iloc[0]} are read as durations")
        return elapsed
    dates, reading = text_dates(column, where, bare_name(name))
    if reading:
        notes.append(reading)
    return _all_there(dates, column, where, place)


def _kind_of_time(cell: object) -> str:
    """Whether something is a number or a date; empty for all else, which cannot be compared with either."""
    return "number" if isinstance(cell, Real) else "date" if hasattr(cell, "timetuple") else ""


def _all_there(dates: np.ndarray, column: pd.Series, where: str, place: Place) -> np.ndarray:
    """The dates, if every row has one.

    Raises:
        DataError: A row has none; it is named.
    """
    unread = np.isnat(dates)
    if unread.any():
        row = int(np.argmax(unread))
        remedy = "correct it, or delete the row if it holds no values of the record"
        if (week := re.fullmatch(r"(\d{4})\D*53(\.0|-?[1-7])?", str(column.iloc[row]))) is not None:
            remedy = (
                f"the year {week[1]} has 52 weeks: write the dates on which the weeks begin, or give --steps if every "
                "row is one step"
            )
        elif re.fullmatch(r"[A-Za-z]{3,9}\.?[\s'/-]*\d{2}|\d{2}[\s'/-]*[A-Za-z]{3,9}\.?", str(column.iloc[row])):
            remedy = "write years of four digits beside the days, as in 31-Jan-1950, or give --steps if a row is a step"
        elif unread.all():
            remedy = (
                "write ISO dates, or leave the time column out (the step is then 1), or give --steps if every row is "
                "one step"
            )
        elif all(re.match(r"\d{4}-02-(29|30)\b", str(text)) for text in column[unread]):
            remedy = (
                "it is a date of a model's calendar (of 360 days?): give --steps (every row is one step), or store the "
                "record in NetCDF with the attribute 'calendar' of its time"
            )
        raise DataError(
            f"the time of {place(row)} of {where} is "
            + ("empty" if pd.isna(column.iloc[row]) else f"'{column.iloc[row]}'"),
            "times must be numbers or ISO dates such as 2001-02-28 or 2001-02-28T12:00",
            remedy,
        )
    return dates
