"""What the verbs accept: records in any form, pushes and observables by name or as functions."""

import difflib
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any, Literal, TypeAlias, get_args

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..core import OptionError, listed as _listed
from ..data import (
    Gaps as Gaps,
    Record,
    detrend as remove_trend,
    no_codes,
    read_record,
    record_from_dataset,
    remove_seasonal_cycle,
    with_cell_names,
)
from ..features import polynomial_size
from ..response import AbstractPush, ComponentPush, Observable, VectorFieldPush

_MOST_FUNCTIONS = 1000
_LOG = logging.getLogger("fluctua")

Data: TypeAlias = xr.Dataset | xr.DataArray | Record | str | PathLike[str]
Names: TypeAlias = str | Sequence[str] | None
Rename: TypeAlias = Mapping[str, str] | str | Sequence[str]
Cycle = Literal["month", "dayofyear"]
Anomaly: TypeAlias = Cycle | None
Push: TypeAlias = str | Sequence[str] | Mapping[str, str | Callable[[Any], Any]]
Observe: TypeAlias = str | Sequence[str] | Mapping[str, str | Callable[[Any], Any]] | None


def to_record(
    data: Data,
    homogeneous: Sequence[str] = (),
    anomaly: Anomaly = None,
    detrend: bool = False,
    keep_outliers: bool = False,
    **chosen: Any,
) -> Record:
    """A prepared record from a file, a labelled dataset or a record; what it notices is logged.

    ``chosen`` are those arguments of ``read_record`` that say what of a file or dataset is the record.
    """
    if anomaly not in (None, *get_args(Cycle)):
        raise OptionError(
            f"--anomaly {anomaly} was given",
            "the seasonal cycle is removed by 'month' or by 'dayofyear'",
            "give --anomaly month for monthly records",
        )
    homogeneous = (homogeneous,) if isinstance(homogeneous, str) else tuple(dict.fromkeys(homogeneous))
    if isinstance(data, Record):
        given = [n for n, value in chosen.items() if repr(value) not in ("None", "()", "[]", "{}", "False", "0")]
        if given:
            raise OptionError(
                f"{listed(given)} was given for a record that has been read",
                "what is chosen of a file or dataset is chosen when it is read",
                "give it to read_record or record_from_dataset, or give the file or dataset itself",
            )
        record = replace(data, homogeneous=homogeneous) if homogeneous else data
    elif isinstance(data, xr.Dataset | xr.DataArray):
        record = record_from_dataset(data, homogeneous=homogeneous, **chosen)
    else:
        record = read_record(os.fspath(data), homogeneous=homogeneous, **chosen)
    for notice in record.notices:
        _LOG.info(notice)
    if not keep_outliers and (detrend or anomaly is not None):
        no_codes(record)  # what is taken away from a code makes it another number at every step
    if detrend:
        record = remove_trend(record)
    return record if anomaly is None else remove_seasonal_cycle(record, anomaly)


def to_pushes(push: Push, record: Record) -> tuple[AbstractPush, ...]:
    """The pushes: names of state variables, or vector fields by a name of your choice."""
    named = named_pushes(push, record)
    return tuple(_to_push(name, value, record) for name, value in named.items())


def named_pushes(push: Push, record: Record) -> dict[str, "str | Callable[[Any], Any]"]:
    """The pushes by name, at least one."""
    return _by_name("push", push, record)


def named_observables(
    observe: "str | Sequence[str] | Mapping[str, Any]", record: Record
) -> dict[str, "str | Callable[[Any], Any]"]:
    """The observables by name, at least one."""
    return _by_name("observable", observe, record)


def _by_name(kind: str, given: Push, record: Record) -> dict[str, "str | Callable[[Any], Any]"]:
    named = (given,) if isinstance(given, str) else given
    if not isinstance(named, Mapping):
        named = {with_cell_names(name, record): name for name in named}
    if not named:
        raise OptionError(f"no {kind} was given", "at least one is needed", f"name one of {listed(record.names)}")
    return {str(n): with_cell_names(value, record) if isinstance(value, str) else value for n, value in named.items()}


def _to_push(name: str, value: "str | Callable[[Any], Any]", record: Record) -> AbstractPush:
    if callable(value):
        push = VectorFieldPush(name, value)
        shape = jax.eval_shape(push, jnp.zeros(record.dimension)).shape
        if shape != (record.dimension,):
            raise OptionError(
                f"the push '{name}' has shape {shape}",
                f"a push is a vector field: it maps one state, shape ({record.dimension},), to the same shape",
                f"return one value for each of {listed(record.names)}",
            )
        return push
    spelling = value.replace(" ", "")
    for index, known in enumerate(record.names):
        if known in (value, spelling):
            return ComponentPush(name, index)
    raise OptionError(
        f"the push '{value}' is not a state variable of {record.title}",
        f"its state variables are {listed(record.names)}",
        suggestion(value, record.names),
    )


def to_observables(observe: Observe, record: Record) -> tuple[list[str], np.ndarray]:
    """Names of the observables, and their values along the record, shape ``(member, time, p)``."""
    flat = record.flat
    if observe is None:
        return list(record.names), flat
    named = named_observables(observe, record)
    columns = []
    for name, value in named.items():
        if callable(value):
            column = np.asarray(value(flat), dtype=np.float64)
            if column.shape != flat.shape[:2]:
                raise OptionError(
                    f"the observable '{name}' has shape {column.shape}",
                    f"along states of shape {flat.shape} it must have shape {flat.shape[:2]}",
                    "write it as a function of the last axis, such as lambda states: states[..., 0] ** 2",
                )
        else:
            with np.errstate(all="ignore"):
                column = Observable(value, record.names).along(flat)
        _check_column(name, column, record)
        columns.append(column)
    return list(named), np.stack(columns, axis=2)


def _check_column(name: str, column: np.ndarray, record: Record) -> None:
    def state(place: tuple[int, ...]) -> str:
        return ", ".join(f"{n} = {v:g}" for n, v in zip(record.names[:4], record.flat[place], strict=False))

    check_finite(name, column, state)
    check_varies(name, float(column.min()), float(column.max()))


def check_finite(name: str, values: np.ndarray, state: Callable[[tuple[int, ...]], str]) -> None:
    """Refuse an observable without a value somewhere; ``state`` tells the state there."""
    bad = ~np.isfinite(values)
    if bad.any():
        place = tuple(int(index) for index in np.argwhere(bad)[0])
        raise OptionError(
            f"the observable '{name}' has no finite value at {int(bad.sum())} states, the first at {state(place)}",
            "an observable needs a value at every state of the record",
            "choose an expression that is defined everywhere, such as a power that is a positive whole number",
        )


def check_varies(name: str, lowest: float, highest: float) -> None:
    """Refuse an observable that never changes."""
    if highest == lowest:
        raise OptionError(
            f"the observable '{name}' is {lowest:g} at every state of the record",
            "an observable that never changes shows no response",
            "choose a threshold or an expression that the record crosses",
        )


def check_seed(seed: int) -> None:
    """Refuse a negative seed."""
    if seed < 0:
        raise OptionError(f"the seed is {seed}", "a seed is zero or a positive whole number", "give --seed 0")


def to_lags(max_lag: float, record: Record) -> int:
    """The largest lag in steps of the record."""
    steps = int(np.floor(max_lag / record.dt + 1e-6)) if np.isfinite(max_lag) else -1
    if steps < 1:
        raise OptionError(
            f"the largest lag is {max_lag:g} {record.time_units}",
            f"it must be at least one step of the record, {record.dt:g} {record.time_units}",
            f"give --max-lag {10 * record.dt:g} or longer",
        )
    return steps


def check_degree(degree: int | None, dimension: int = 1) -> None:
    """Refuse a dictionary that is empty or does not fit into memory."""
    if degree is not None and not 1 <= degree <= 8:
        raise OptionError(
            f"the degree of the dictionary is {degree}",
            "it is a whole number from 1 to 8",
            "give --dictionary-degree 3, or leave it out",
        )
    if degree is not None and (size := polynomial_size(dimension, degree)) > _MOST_FUNCTIONS:
        raise OptionError(
            f"a dictionary of degree {degree} in {dimension} variables has {size:,} functions",
            f"at most {_MOST_FUNCTIONS} fit",
            "give a lower degree, or leave --dictionary-degree out",
        )


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names for a message, in quotation marks."""
    return _listed([f"'{name}'" for name in names], most)


def suggestion(name: str, names: Sequence[str]) -> str:
    """What to do about a name that is not there."""
    close = difflib.get_close_matches(name, names, 1)
    return f"did you mean '{close[0]}'?" if close else "choose one of these"
