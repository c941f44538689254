"""Tables of several series below one another or in turns, which stations, variables or places tell apart."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...core import DataError, listed, option

_ROWS, _IDENTITY = 8, 100  # rows of a series at least; smaller numbers may be hours
_MOST_PLACES, _MOST_LOOKED_AT = 3, 8  # columns that tell series apart together, and among how many they are


def refuse_stacked(times: np.ndarray, columns: dict[str, pd.Series], where: str) -> None:
    """Refuse several series below one another, or in turns, that a column of labels, or places, tells apart.

    Args:
        times: The time of every row.
        columns: The other columns by name.
        where: What to call the table in messages.

    Raises:
        DataError: Times repeat or fall, and columns tell the rows of one time apart.
    """
    if len(times) < 2 or (times[1:] > times[:-1]).all() or (times[1:] < times[:-1]).all():
        return
    for name, column in columns.items():
        codes, labels = pd.factorize(column)
        if not 2 <= len(labels) <= len(column) // _ROWS or (codes < 0).any():
            continue
        if column.dtype.kind == "f" or (column.dtype.kind in "iu" and column.min() < _IDENTITY):
            continue
        if _rises_within(times, codes):
            raise _series_below_one_another([name], columns, where)
    if telling := _told_apart_by(times, columns):
        raise _series_below_one_another(telling, columns, where)


def _rises_within(times: np.ndarray, codes: np.ndarray) -> bool:
    order = np.argsort(codes, kind="stable")
    rises = times[order][1:] > times[order][:-1]
    return bool(rises[np.diff(codes[order]) == 0].all())


def _told_apart_by(times: np.ndarray, columns: dict[str, pd.Series]) -> list[str]:
    """The fewest columns that tell the rows of each time apart, such as a latitude and a longitude."""
    different, counts = np.unique(times, return_counts=True)
    series = int(counts.max())
    if len(times) < 2 * len(different) or len(different) < _ROWS:
        return []
    coded = {name: pd.factorize(column) for name, column in columns.items()}
    few = {name: codes for name, (codes, labels) in coded.items() if 2 <= len(labels) <= series and codes.min() >= 0}
    for size in range(1, _MOST_PLACES + 1):
        for names in itertools.combinations(list(few)[:_MOST_LOOKED_AT], size):
            groups = np.unique(np.stack([few[name] for name in names]), axis=1, return_inverse=True)[1].ravel()
            if groups.max() + 1 == series and _rises_within(times, groups):
                return list(names)
    return []


def _series_below_one_another(names: Sequence[str], columns: dict[str, pd.Series], where: str) -> DataError:
    """What to say of series that some columns tell apart."""
    labels = pd.DataFrame({name: columns[name] for name in names}).drop_duplicates()
    some = ["/".join(str(cell) for cell in row) for row in labels.head(2).to_numpy().tolist()]
    runs = f"give {option('member', names[0])} if they are runs of one system; " if len(names) == 1 else ""
    return DataError(
        f"{where} has {len(labels)} series in the same columns, which {listed([f'{name!r}' for name in names], 4)} "
        f"{'tells' if len(names) == 1 else 'tell'} apart ({', '.join(some)}{', ...' if len(labels) > 2 else ''})",
        "a row holds the whole state of one system at one time",
        f"{runs}if they are parts of one state, write a column for each of them; else keep the rows of one of them",
    )
