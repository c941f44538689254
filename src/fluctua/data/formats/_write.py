"""Writing records, so that reading them back gives the same numbers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...core import OutputError
from ..files import atomic_path, member_for
from ..labelled import ORDER, SEPARATOR
from ..record import Record


def write_record(
    path: str | Path, record: Record, *, attrs: Mapping[str, Any] | None = None, overwrite: bool = False
) -> None:
    """Write a record to ``.csv``, ``.nc`` or ``.zarr``, or by another writer that is registered.

    The file is written completely or not at all; ``read_record`` gives back the same numbers.

    NetCDF and Zarr carry CF attributes, the units of time and of the variables, and a field's dimensions; CSV
    holds the numbers and names alone (a field as one column per cell).

    Args:
        path: Where to; the suffix says the format.
        record: The record.
        attrs: Attributes of the dataset, such as the seed and the system's parameters.
        overwrite: Whether an existing file may be replaced.

    Raises:
        OutputError: The suffix is unknown, or the path exists or cannot be written.

    Example:
        >>> import tempfile
        >>> from fluctua.data import read_record
        >>> record = Record(np.random.default_rng(0).standard_normal((2, 60, 2)), dt=0.1, names=("x", "y"))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_record(Path(folder) / "run.nc", record)
        ...     again = read_record(Path(folder) / "run.nc")
        >>> bool((again.values == record.values).all()), again.dt, again.names
        (True, 0.1, ('x', 'y'))
    """
    path = Path(path)
    if record.borders:
        raise OutputError(
            f"the record is in {len(record.lengths)} pieces",
            "a record in one piece, or equal members, can be written",
            "write every piece to a file of its own",
        )
    writer = member_for("writer", path, "written to", "give the path one of these suffixes", OutputError)
    _refuse_names(record, path, writer.facts.get("without", ""))
    with atomic_path(path, overwrite) as temporary:
        writer.member(temporary, record, attrs or {})


def record_to_dataset(record: Record, attrs: Mapping[str, Any] | None = None) -> xr.Dataset:
    """The record as a labelled dataset with CF attributes; the inverse of ``record_from_dataset``.

    A single member is written without a member dimension.

    Args:
        record: The record.
        attrs: Attributes to add to the dataset.

    Example:
        >>> sorted(record_to_dataset(Record(np.zeros((1, 60, 2)), dt=1.0, names=("x", "y"))).data_vars)
        ['x', 'y']
    """
    lead = ("time",) if record.members == 1 else ("member", "time")
    values = record.values[0] if record.members == 1 else record.values
    variables = labelled_states(record, values, lead)
    coords: dict[str, Any] = {"time": _time(record)}
    if record.members > 1:
        labels = [int(name) if name.isdecimal() else name for name in record.member_names]
        coords["member"] = xr.Variable("member", labels, {"standard_name": "realization"})
    coords |= {name: xr.Variable(name, value) for name, value in record.coords.items()}
    about = {"Conventions": "CF-1.11", "source": record.source, "history": "; ".join(record.history)}
    about[ORDER] = SEPARATOR.join(variables)
    about = {name: text for name, text in about.items() if text}
    return xr.Dataset(variables, coords, {**about, **(attrs or {})})


def labelled_states(record: Record, states: np.ndarray, lead: tuple[str, ...]) -> dict[str, xr.Variable]:
    """States of the kind that a record holds as variables with its names and units.

    Args:
        record: Says what the states are called.
        states: Shape ``(*lead, *state)``.
        lead: Dimensions before those of a state.
    """
    if record.field is not None:
        variables = {record.field: xr.Variable((*lead, *record.dims), states)}
    else:
        variables = {name: xr.Variable(lead, states[..., column]) for column, name in enumerate(record.names)}
    for name, variable in variables.items():
        variable.attrs["long_name"] = name
        if name in record.units:
            variable.attrs["units"] = record.units[name]
    return variables


def _refuse_names(record: Record, path: Path, without: str) -> None:
    reserved = {"time", "member", *record.dims}
    names = record.names if record.field is None else (record.field,)
    bad = next((name for name in names if name.lower() in reserved or any(mark in name for mark in without)), None)
    if bad is not None:
        raise OutputError(
            f"the record has a variable called '{bad}'",
            f"a {path.suffix} file needs other names than {', '.join(sorted(reserved))}"
            + "".join(f", without '{mark}'" for mark in without),
            f"rename '{bad}'",
        )


def _time(record: Record) -> xr.Variable:
    attributes = {"axis": "T", "standard_name": "time", "long_name": "time"}
    if record.dates is not None:
        return xr.Variable("time", record.dates, attributes)
    return xr.Variable("time", written_times(record), {**attributes, "units": record.time_units})


def written_times(record: Record) -> np.ndarray:
    """Times t_0 + k dt, rounded to the sure digits, so that 0.3 is not written as 0.30000000000000004."""
    times = record.start + record.dt * np.arange(record.steps)
    places = 14 - int(np.ceil(np.log10(max(np.abs(times).max(), record.dt))))
    return np.round(times, places) if 0 <= places <= 22 else times
