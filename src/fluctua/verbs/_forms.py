"""Records in every form that Python has them in: files, tables, arrays, labelled data, and lists of these."""

import glob
import itertools
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr

from ..core import DataError, OptionError, Stretch, array_hash, described, laid
from ..data import (
    Record,
    Selection,
    common_source,
    dataset_from_table,
    end_to_end,
    even_dates,
    even_numbers,
    read_record,
    record_from_array,
    record_from_dataset,
)

OneRecord: TypeAlias = (
    xr.Dataset | xr.DataArray | Record | pd.DataFrame | pd.Series | np.ndarray | str | os.PathLike[str]
)
Data: TypeAlias = OneRecord | Sequence[OneRecord]

_HEAD = 16  # steps
_FEWEST = 50  # times of an array that is not the wrong way round
_WAYS = "a path, a Dataset or DataArray, a DataFrame or Series, an array of shape (time, variable), or a list of these"


def read_any(data: Any, homogeneous: Sequence[str] = (), **chosen: Any) -> Record:
    """A record from whatever holds one.

    Several of them, in a list or by a pattern such as ``"run*.nc"``, are members where they have the same times, one
    record where each goes on from the end of the one before, and else pieces, if gaps are to split the record.

    Args:
        data: Whatever holds a record.
        homogeneous: Dimensions along which a field is homogeneous and periodic.
        chosen: The other arguments of ``read_record``.

    Raises:
        OptionError: It is nothing of the kind.
        DataError: It cannot be read, or several do not fit together.
    """
    if isinstance(data, Record):
        chosen = {name: value for name, value in chosen.items() if name != "stored"}
        given = [n for n, value in chosen.items() if repr(value) not in ("None", "()", "[]", "{}", "False", "0")]
        if given:
            raise OptionError(
                f"{' and '.join(given)} was given beside a record that is read already",
                "what is chosen of a file or dataset is chosen when it is read",
                "give it to read_record or record_from_dataset, or give the file or dataset itself",
            )
        return replace(data, homogeneous=tuple(homogeneous)) if homogeneous else data
    if isinstance(data, str | os.PathLike):
        paths = _paths(os.fspath(data))
        if len(paths) == 1:
            return read_record(paths[0], homogeneous=homogeneous, **chosen)
        return _several(paths, homogeneous, chosen)
    if isinstance(data, list | tuple) and data and not _is_numbers(data):
        return _several(data, homogeneous, chosen)
    labelled, chosen = _labelled(data, chosen)
    return record_from_dataset(labelled, homogeneous=homogeneous, **chosen)


def _several(parts: Sequence[Any], homogeneous: Sequence[str], chosen: dict[str, Any]) -> Record:
    """Several records as one; the beginning is left out of every run, of which those that go on are one."""
    skip = chosen.get("skip", 0)
    chosen = chosen | {"stored": chosen.get("stored", 0) * len(parts)}
    records = [read_any(part, homogeneous, **chosen | {"skip": 0}) for part in parts]
    if skip:
        later = 0 if _follow(records) else skip
        records = [read_any(p, homogeneous, **chosen | {"skip": later if n else skip}) for n, p in enumerate(parts)]
    return _joined(records, split=chosen.get("gaps") is not None)


def _paths(text: str) -> list[str]:
    """The files that a path names: itself, or those that fit its pattern."""
    if re.match(r"[a-z][a-z0-9]+:/", text):
        raise DataError(
            f"'{text}' is an address",
            "a record is read from this computer",
            "download it first, or open it with xarray and give the dataset",
        )
    text = os.path.expanduser(text)
    if Path(text).exists() or not glob.has_magic(text):
        return [text]
    found = sorted(glob.glob(text))
    if not found:
        raise DataError(f"no file fits '{text}'", "at least one record is needed", "check the pattern and the folder")
    return found


def _labelled(data: Any, chosen: dict[str, Any]) -> tuple[xr.Dataset | xr.DataArray, dict[str, Any]]:
    """Labelled data, and what is still to be chosen of them: the columns of a table have their names by then."""
    if hasattr(data, "to_pandas") and not isinstance(data, xr.Dataset | xr.DataArray):  # tables of other libraries
        data = data.to_pandas()
    if isinstance(data, pd.Series):
        data = data.to_frame(data.name if data.name is not None else "x")
    if isinstance(data, np.ndarray) and data.dtype.names:
        data = pd.DataFrame(data)
    if isinstance(data, pd.DataFrame):
        named = {"member": None, "drop": (), "rename": ()}
        return dataset_from_table(data, Selection.of(**chosen)), chosen | named
    if isinstance(data, xr.Dataset | xr.DataArray):
        return data, chosen
    if isinstance(data, list | tuple | np.ndarray) or hasattr(data, "__array__"):
        record = record_from_array(data)
        if record.members == 1 and record.steps < _FEWEST <= record.dimension:
            raise DataError(
                f"the array has the shape ({record.steps}, {record.dimension}): {record.dimension} variables at "
                f"{record.steps} time{'s' if record.steps > 1 else ''}",
                "the shape (time, variable) is needed, with many more times than variables",
                "if its rows are the variables, transpose it (values.T); else give a longer record",
            )
        dims = ("member", "time") if record.members > 1 else ("time",)
        values = record.flat if record.members > 1 else record.flat[0]
        return xr.Dataset({name: (dims, values[..., place]) for place, name in enumerate(record.names)}), chosen
    raise OptionError(
        f"the data are {described(data)}",
        f"a record is {_WAYS}",
        "give the path of a .csv, .nc or .zarr file, or one of these",
    )


def _joined(records: list[Record], split: bool) -> Record:
    """Members of the same times as one record, or pieces that follow one another."""
    first = records[0]
    for place, record in enumerate(records[1:], start=2):
        for what, one, other in (
            ("the variables", first.names, record.names),
            ("the step", f"{first.dt:g} {first.time_units}", f"{record.dt:g} {record.time_units}"),
        ):
            if one != other:
                raise DataError(
                    f"record {place} of {len(records)} has {what} {_shown(other)}, and the first {_shown(one)}",
                    "records that are given together are of one system",
                    "select the same variables at the same step from each, or give them one by one",
                )
    if len(records) == 1:
        return first
    notices = _notices(records)
    if _follow(records):
        values = laid(
            [record.values for record in records],
            [[Stretch(n, m, 0, r.steps) for n, r in enumerate(records)] for m in range(first.members)],
        )
        dates = None if first.dates is None else np.concatenate([np.asarray(record.dates) for record in records])
        return replace(first, values=values, dates=dates, source=common_source(records), notices=notices)
    for place, record in enumerate(records[1:], start=2):
        if record.steps != first.steps or not _same_times(first, record) or record.borders:
            if split:
                return replace(end_to_end(records), notices=notices)
            raise DataError(
                f"record {place} of {len(records)} has {record.steps} steps from {record.time_label(0)}, and the first "
                f"{first.steps} from {first.time_label(0)}",
                "records that are given together have the same times, as members, or each goes on where the one before "
                "ends",
                "cut them to the same times, or give --gaps split for pieces of any length and with their own times",
            )
    same = _equal(records)
    if same:
        raise DataError(
            f"records {same[0] + 1} and {same[1] + 1} of {len(records)} are equal",
            "members are independent runs of one system",
            "give each of them once",
        )
    names = [name for record in records for name in (record.member_names if record.members > 1 else (record.source,))]
    unique = len(set(names)) == len(names) and all(names)
    return replace(
        first,
        values=laid(
            [record.values for record in records],
            [[Stretch(n, m, 0, r.steps)] for n, r in enumerate(records) for m in range(r.members)],
        ),
        member_names=tuple(names) if unique else (),
        source=common_source(records),
        notices=notices,
    )


def _notices(records: list[Record]) -> tuple[str, ...]:
    """What was noticed, once where it is the same of several files but for numbers."""
    first: dict[str, list[str]] = {}
    for record in records:
        for notice in record.notices:
            of_any = notice.replace(f"'{record.source}'", "") if record.source else notice
            first.setdefault(re.sub(r"\d+", "", of_any), []).append(notice)
    said = []
    for notices in first.values():
        others = len(set(notices)) - 1
        more = "" if not others else f" ({others} other{'s' if others > 1 else ''} likewise.)"
        said.append(notices[0] + more)
    return tuple(said)


def _equal(records: list[Record]) -> tuple[int, int] | None:
    """The first two records with equal values. Only of those that begin alike all values are looked at."""
    seen: dict[tuple[str, str], int] = {}
    heads = [array_hash(record.values[0, :_HEAD]) for record in records]
    for place, (head, record) in enumerate(zip(heads, records, strict=True)):
        known = (head, array_hash(record.values) if heads.count(head) > 1 else "")
        if known in seen:
            return seen[known], place
        seen[known] = place
    return None


def _follow(records: list[Record]) -> bool:
    """Whether each record begins one step after the end of the one before, so that they are pieces of one."""
    for one, other in itertools.pairwise(records):
        if one.members != other.members or (one.dates is None) != (other.dates is None) or one.borders or other.borders:
            return False
        try:
            if one.dates is not None and other.dates is not None:
                axis = even_dates(np.concatenate([one.dates[-3:], other.dates[:3]]), "the pieces")
            else:
                times = [each.start + each.dt * np.arange(each.steps) for each in (one, other)]
                axis = even_numbers(np.concatenate([times[0][-3:], times[1][:3]]), one.time_units, "the pieces")
        except DataError:
            return False
        if not np.isclose(axis.dt, one.dt, rtol=1e-3) or axis.units != one.time_units:
            return False
    return True


def _same_times(one: Record, other: Record) -> bool:
    if one.dates is not None and other.dates is not None:
        return bool(np.all(one.dates == other.dates))
    return one.dates is None and other.dates is None and bool(np.isclose(one.start, other.start, atol=1e-6 * one.dt))


def _is_numbers(data: Any) -> bool:
    """Whether a list is an array of numbers written out, and not one of records."""
    part = data[0]
    while isinstance(part, list | tuple) and part:
        part = part[0]
    return isinstance(part, int | float | np.number | np.bool_)


def _shown(value: Any) -> str:
    return ", ".join(value[:12]) if isinstance(value, tuple) else str(value)
