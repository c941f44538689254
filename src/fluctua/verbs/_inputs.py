"""What the verbs accept: records in any form, pushes and observables by name or as functions."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from ..core import OptionError, described, is_number, listed_names, nearest
from ..data import (
    FEWEST_STEPS,
    Gaps as Gaps,
    Record,
    Season,
    Spread,
    detrend as remove_trend,
    end_to_end,
    fair_pieces,
    in_equal_members,
    made_up_values,
    remove_cycles,
    remove_seasonal_cycle,
    sound_values,
    standardise as with_one_spread,
    steady_within_pieces,
    with_cell_names,
)
from ..features import polynomial_size
from ._forms import Data, read_any

_MOST_FUNCTIONS = 1000
LARGEST = 1e60
"""Of observables and of pushes that depend on the state: beyond, errors cannot be squared."""
_LOG = logging.getLogger("fluctua")

_READING = (
    *("homogeneous", "variable", "member", "drop", "rename", "gaps", "missing", "steps", "skip"),
    *("anomaly", "harmonics", "cycle", "standardise", "detrend", "trend_degree", "keep_outliers"),
)

Names: TypeAlias = str | Sequence[str] | None
Rename: TypeAlias = Mapping[str, str] | str | Sequence[str]
Anomaly: TypeAlias = Season | Sequence[Season] | None
Standardise: TypeAlias = Spread | Sequence[Spread] | None
Function: TypeAlias = Callable[[Any], Any]
Observe: TypeAlias = str | int | Sequence[str | int] | Function | Mapping[str, str | int | Function] | None


def reading(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of the arguments of a verb, such as its ``locals()``, those that ``to_record`` takes beside the data."""
    return {name: given[name] for name in (*_READING, "allow_unreliable") if name in given}


def to_record(
    data: Data,
    homogeneous: Sequence[str] = (),
    anomaly: Anomaly = None,
    detrend: bool = False,
    keep_outliers: bool = False,
    *,
    allow_unreliable: bool = True,
    trend_degree: int | None = None,
    harmonics: int | None = None,
    cycle: Sequence[float] = (),
    standardise: Standardise = None,
    **chosen: Any,
) -> Record:
    """A prepared record from a file, a labelled dataset or a record; what it notices is logged.

    Gaps that depend on the state are refused unless ``allow_unreliable``; ``chosen`` are those arguments of
    ``read_record`` that say what of a file or dataset is the record.
    """
    homogeneous = (homogeneous,) if isinstance(homogeneous, str) else tuple(dict.fromkeys(homogeneous))
    record = read_any(data, homogeneous, **chosen)
    if chosen.get("gaps") == "split" and record.members > 1 and record.steps < FEWEST_STEPS and not homogeneous:
        record = end_to_end([record])
    for notice in record.notices:
        _LOG.info(notice)
    noticed = len(record.notices)
    doubts: list[str] = []
    if detrend or anomaly or cycle or standardise:
        # What is taken away from one value changes all of them.
        sound_values(record, keep_outliers=keep_outliers)
        doubts += made_up_values(record)
    if detrend:
        record = remove_trend(record, 1 if trend_degree is None else trend_degree)
    elif trend_degree is not None:
        raise OptionError(
            f"--trend-degree {trend_degree} was given without a trend to take out",
            "it is the degree of the polynomial that --detrend removes",
            "give --detrend as well, or leave --trend-degree out",
        )
    if anomaly:
        smooth = "dayofyear" in anomaly or not cycle
        record = remove_seasonal_cycle(record, anomaly, harmonics if smooth else None)
    if cycle:
        record = remove_cycles(record, cycle, harmonics)
    elif harmonics is not None and not anomaly:
        raise OptionError(
            f"--harmonics {harmonics} was given without a cycle",
            "harmonics are those of a smooth cycle that is taken out",
            "give --anomaly dayofyear or --cycle PERIOD as well, or leave --harmonics out",
        )
    if standardise:
        record = with_one_spread(record, standardise)
    for notice in record.notices[noticed:]:
        _LOG.info(notice)
    if record.borders:
        sound_values(record, keep_outliers=keep_outliers)  # a code is nothing to compare with
        # Runs that all begin in one state seem to end with regard to it.
        refuse = not allow_unreliable
        doubts += steady_within_pieces(record, refuse=refuse) or fair_pieces(record, refuse=refuse)
    if doubts:
        record = replace(record, doubts=(*record.doubts, *doubts))
    return without_borders(record) if record.homogeneous else record


def without_borders(record: Record) -> Record:
    """A record in pieces as members of equal length; what is left out is logged."""
    if not record.borders:
        return record
    record = in_equal_members(record)
    _LOG.info(record.notices[-1])
    return record


def named_observables(observe: Any, record: Record) -> dict[str, "str | Callable[[Any], Any]"]:
    """The observables by name, at least one."""
    observe = _as_column(observe, record)
    if isinstance(observe, str):
        observe = (observe,)
    if isinstance(observe, Mapping):
        observe = {name: _as_column(value, record) for name, value in observe.items()}
    elif isinstance(observe, Sequence | np.ndarray):  # tables may have numbers for names
        observe = [_as_column(item, record) for item in observe]
    if callable(observe):
        observe = {getattr(observe, "__name__", "observable").replace("<lambda>", "observable"): observe}
    if not isinstance(observe, Mapping | Sequence | np.ndarray) or (
        not isinstance(observe, Mapping) and not all(isinstance(item, str) for item in observe)
    ):
        raise OptionError(
            f"the observable is {described(observe)}",
            "observables are expressions, or a mapping from names to expressions or functions of states",
            f"give one, such as '{record.names[0]}**2', or a mapping such as {{'mine': lambda states: states[..., 0]}}",
        )
    if not isinstance(observe, Mapping):
        observe = {with_cell_names(str(item).strip(), record): str(item) for item in observe}
    named = {n: with_cell_names(value, record) if isinstance(value, str) else value for n, value in observe.items()}
    if not named:
        raise OptionError(
            "no observable was given", "at least one is needed", f"name one of {listed_names(record.names)}"
        )
    for name, value in named.items():
        if not isinstance(value, str) and not callable(value):
            raise OptionError(
                f"the observable '{name}' is {described(value)}",
                "an observable is an expression or a function of states",
                f"give one, such as '{record.names[0]}**2'",
            )
    return {str(name): value for name, value in named.items()}


def _as_column(item: Any, record: Record) -> Any:
    """The name of a column that is given as a number; anything else as it is."""
    return str(item) if is_number(item) and str(item) in record.names else item


def check_finite(name: str, values: np.ndarray, state: Callable[[tuple[int, ...]], str]) -> None:
    """Refuse an observable without a value somewhere; ``state`` tells the state there."""
    bad = ~np.isfinite(values)
    if bad.any():
        place = tuple(int(index) for index in np.argwhere(bad)[0])
        raise OptionError(
            f"the observable '{name}' has no finite value at {int(bad.sum()):,} of {bad.size:,} states, the first at "
            f"{state(place)}",
            "an observable needs a value at every state of the record",
            "choose an expression that is defined everywhere, such as a power that is a positive whole number, "
            "log(max(x, 0.01)) or sqrt(max(x, 0))",
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


def suggestion(name: str, names: Sequence[str]) -> str:
    """What to do about a name that is not there."""
    near = nearest(name, names)
    return f"did you mean '{near}'?" if near else "choose one of these"
