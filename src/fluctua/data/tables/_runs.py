"""Runs in one table: which column tells them apart, which rows are of which, and the times that they share."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from ...core import DataError, option
from ..labelled import names_runs
from ..times import says_when, show_time

_LONG_ENOUGH = 8  # rows of a run
_NUMBERED = re.compile(r"(.*[^\W\d_])[\W_]*\d+")  # run1, run_2

Place = Callable[[int], str]
"""Where a row is, counted from 0, in words."""


def column_of_runs(columns: dict[str, pd.Series], where: str, notes: list[str]) -> pd.Series | None:
    """The column that tells runs apart, by its name, or by a name like it and content in blocks or in turns.

    Raises:
        DataError: It counts up in every turn, which may be the steps of runs as well.
    """
    if "member" in columns:
        return columns.pop("member")
    for name, column in columns.items():
        codes, labels = pd.factorize(column)
        count = len(labels)
        if not names_runs(name) or not 2 <= count <= len(column) // _LONG_ENOUGH or (codes < 0).any():
            continue
        in_blocks = np.count_nonzero(np.diff(codes)) == count - 1
        in_turns = not in_blocks and bool((codes == np.arange(len(codes)) % count).all())
        if in_turns and _counts_up(np.asarray(labels)):
            _refuse_steps(name, columns, np.asarray(labels), where)
        if in_blocks or in_turns:
            notes.append(f"'{name}' tells {count} runs apart")
            return columns.pop(name)
    return None


def _counts_up(labels: np.ndarray) -> bool:
    steps = np.diff(labels) if labels.dtype.kind in "iuf" else np.zeros(1)
    return bool((steps == steps[0]).all() and steps[0] > 0)


def _refuse_steps(name: str, columns: dict[str, pd.Series], labels: np.ndarray, where: str) -> None:
    """Refuse a column that counts up again and again, unless every turn of it has a time of its own."""
    turn = np.arange(len(columns[name])) // len(labels)
    beside = [
        other
        for other, column in columns.items()
        if other != name and np.array_equal(np.diff(pd.factorize(column)[0]) != 0, np.diff(turn) != 0)
    ]
    if any(other == "time" or says_when(other) for other in columns):
        return
    steps = f"{option('member', beside[0])} {option('rename', f'{name}=time')}" if beside else ""
    raise DataError(
        f"'{name}' of {where} counts from {labels[0]:g} to {labels[-1]:g} and begins again {turn[-1]:,} times",
        "it may tell runs apart that take turns, or count the steps of runs below one another",
        f"give {option('member', name)} if it tells runs apart; if it counts steps, "
        + (f"give {steps}" if beside else "tell the runs apart in a column 'member', and call it 'time'"),
    )


def refuse_runs_side_by_side(columns: dict[str, pd.Series], where: str) -> None:
    """Refuse a table whose columns are all called like runs, such as run1, run2, ...: they are no parts of one state.

    Raises:
        DataError: They are.
    """
    stems = {found[1] if (found := _NUMBERED.fullmatch(name)) else "" for name in columns}
    stem = stems.pop() if len(stems) == 1 else ""
    if len(columns) > 1 and len(stem) > 1 and names_runs(stem):  # M1 and M2 are amounts of money
        first, *_, last = columns
        raise DataError(
            f"all columns of {where}, '{first}' to '{last}', are called like separate runs",
            "a column is a variable of one state; runs stand below one another, told apart by a column 'member'",
            "write them so (of a DataFrame: melt('time', var_name='member', value_name='x')), or give --member none if "
            "they are variables of one state",
        )


def runs_of(column: pd.Series, where: str, place: Place, equal: bool) -> tuple[np.ndarray, list[str]]:
    """The number of the run of every row, and the names of the runs, in order of appearance."""
    codes, labels = pd.factorize(column)
    if (codes < 0).any():
        raise DataError(
            f"{place(int(np.argmax(codes < 0)))} of {where} has no member",
            "with a member column every row needs one",
            "fill in the missing member",
        )
    members = [str(label) for label in labels]
    counts = np.bincount(codes)
    if equal and (counts != counts[0]).any():
        odd = int(np.argmax(counts != counts[0]))
        raise DataError(
            f"member '{members[odd]}' of {where} has {counts[odd]} rows, where member '{members[0]}' has {counts[0]}",
            "every member needs the same times, or to be a piece of its own",
            "give --gaps split for members of any length and with their own times",
        )
    return codes, members


def shared_times(times: np.ndarray, members: list[str], where: str) -> np.ndarray:
    """The times of the first member, shape ``(time,)``, which all members have; ``times`` is ``(member, time)``."""
    axis = times[0]
    differs = ~((times == axis) | (pd.isna(times) & pd.isna(axis)))
    if differs.any():
        member, step = (int(index) for index in np.unravel_index(np.argmax(differs), differs.shape))
        raise DataError(
            f"member '{members[member]}' of {where} has the time {show_time(times[member, step])} at its step "
            f"{step + 1}, where member '{members[0]}' has {show_time(axis[step])}",
            "every member needs the same times, or to be a piece of its own",
            "give --gaps split for members of any length and with their own times",
        )
    return axis
