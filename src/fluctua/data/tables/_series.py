"""Columns of a table as series over (member,) time: which say when, which tell runs apart, which are states."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ...core import DataError, OptionError, listed
from ..labelled import NO_MEMBERS, NOTES, Selection
from ..times import age_attributes, refuse_counters
from ._number_texts import numbers_of
from ._runs import Place, column_of_runs, refuse_runs_side_by_side, runs_of, shared_times
from ._table_times import nameless, times_of

_RESERVED = ("time", "member")
_TIME_WITH_UNIT = re.compile(r"time\s*[\[(]\s*(.+?)\s*[\])]", re.IGNORECASE)


@np.errstate(all="ignore")  # what is not finite is refused by name
def series_of(
    names: Sequence[str],
    table: Sequence[pd.Series],
    selection: Selection,
    where: str,
    place: Place,
    notes: Sequence[str] = (),
) -> xr.Dataset:
    """The columns of a table as series; what was understood beyond the plain form is in the attribute ``NOTES``.

    ``time`` holds numbers or dates (without it the step is 1); columns of a calendar (``year``, ``month``, ``day``,
    ``hour``) make dates, too; ``member``, or what is called like it and comes in blocks or in turns, tells several runs
    apart, each with the same times unless gaps are to split the record; every other column is a state variable.

    Args:
        names: Names of the columns.
        table: The columns, of numbers, dates or text.
        selection: Which to keep, and what they are called.
        where: What to call the table in messages.
        place: Where a row is, for messages.
        notes: What was understood so far.

    Raises:
        DataError: It is no such table, or its members do not match.
        OptionError: There is no column of a name that is asked for.
    """
    notes = list(notes)
    columns, units = _named(names, table, selection, where)
    split = selection.gaps is not None
    told = None if selection.member == NO_MEMBERS else column_of_runs(columns, where, notes)
    runs, members = (np.zeros(len(table[0]), np.int64), []) if told is None else runs_of(told, where, place, not split)
    times = times_of(columns, runs, selection, where, place, notes, units)
    selection.refuse_unknown("variable", list(columns), where)
    if told is None and selection.member != NO_MEMBERS and not selection.variables:
        refuse_runs_side_by_side(columns, where)
    columns = {name: column for name, column in columns.items() if name in (selection.variables or columns)}
    values = numbers_of(columns, where, place, notes)
    if times is None:
        refuse_counters(columns, where, runs)
    coords: dict[str, Any] = {} if times is None else {"time": ("time", times, units)}
    data = xr.Dataset({name: ("time", column) for name, column in values.items()}, coords, {NOTES: notes})
    if not members:
        return data
    order = np.argsort(runs, kind="stable")  # one run after the other, in order of appearance
    if split:
        return data.assign_coords(member=("time", np.asarray(members)[runs])).isel(time=order)
    if times is not None:
        coords["time"] = ("time", shared_times(times[order].reshape(len(members), -1), members, where), units)
    return xr.Dataset(
        {name: (("member", "time"), column[order].reshape(len(members), -1)) for name, column in values.items()},
        {**coords, "member": members},
        {NOTES: notes},
    )


def _named(
    names: Sequence[str], table: Sequence[pd.Series], selection: Selection, where: str
) -> tuple[dict[str, pd.Series], dict[str, str]]:
    """The columns by name, and the attributes of time, whose unit may stand in brackets behind its name."""
    selection.refuse_unknown("rename", names, where)
    written = [selection.rename.get(name, name) for name in names]
    asked = selection.member not in (None, NO_MEMBERS)
    if asked and selection.member not in written:
        raise OptionError(
            f"--member {selection.member} was given for {where}",
            f"its columns are {listed(written, 12)}",
            f"name one of these, or --member {NO_MEMBERS} if there is one run",
        )
    columns: dict[str, pd.Series] = {}
    attrs: dict[str, str] = {}
    for position, (name, column) in enumerate(zip(written, table, strict=True)):
        if asked and name == selection.member:
            name = "member"
        elif name.lower().strip("<>") in _RESERVED:  # as trading programs write them
            name = name.lower().strip("<>")
            attrs = age_attributes(names[position]) if name == "time" else attrs
        elif (match := _TIME_WITH_UNIT.fullmatch(name)) is not None and "time" not in map(str.lower, written):
            name, attrs = "time", {"units": match[1]}
        if not name and position:
            raise nameless(position + 1, where)
        if name in columns:
            raise DataError(
                f"{where} has two columns called '{name}'",
                "every column needs a name of its own",
                "rename or drop one of them",
            )
        columns[name] = column
    selection.refuse_unknown("drop", list(columns), where)
    columns = {name: column for name, column in columns.items() if name not in selection.drop}
    if all(name in _RESERVED for name in columns):
        raise DataError(
            f"{where} has no column beside {' and '.join(columns) or 'those that are dropped'}",
            "at least one state variable is needed",
            "add a column of numbers",
        )
    return columns, attrs
