"""Pushes as they are given: names, expressions, weights, patterns and functions, one of them or several."""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from jax.extend.core import Literal

from ..core import OptionError, described, is_number, listed_names, pieces_of
from ..data import Record, standard_deviation, with_cell_names
from ..response import (
    AbstractPush,
    ConstantPush,
    PushVectors,
    VectorFieldPush,
    push_of_components,
    push_of_text,
    push_of_weights,
    split_label,
)
from ._inputs import LARGEST
from ._patterns import pattern_vector, patterns_of_dataset, patterns_of_file
from ._user_functions import given_function, real

Weights: TypeAlias = Mapping[str, Any]
OnePush: TypeAlias = str | int | Weights | np.ndarray | xr.DataArray | Callable[[Any], Any]
Push: TypeAlias = OnePush | Sequence[OnePush] | Mapping[str, OnePush] | xr.Dataset
PatternFiles: TypeAlias = Sequence[str | PathLike[str]]

_UNNAMED = "push"
_TERMS = 6  # of a pattern that is written out as its name


def to_pushes(push: Push | None, record: Record, files: PatternFiles = ()) -> tuple[AbstractPush, ...]:
    """The pushes, each with its name; at least one."""
    found = tuple(_to_push(name, value, record) for name, value in named_pushes(push, record, files).items())
    for each in found:
        _refuse_undefined(each, record)
    return found


def named_pushes(push: Push | None, record: Record, files: PatternFiles = ()) -> dict[str, Any]:
    """What each push is, by name: text, weights, a pattern or a function."""
    named: dict[str, Any] = {}
    given = [*_each(push, record)]
    for file in (files,) if isinstance(files, str | PathLike) else files:
        given += patterns_of_file(Path(fspath(file)), record).items()
    for name, value in given:
        if name in named and not _alike(named[name], value):
            raise OptionError(
                f"two pushes are called '{name}'",
                "every push has a name of its own",
                f"label one of them, as in 'other: {value if isinstance(value, str) else record.names[0]}'",
            )
        named[name] = value
    if not named:
        raise OptionError("no push was given", "at least one is needed", f"name one of {listed_names(record.names)}")
    return named


def _each(push: Any, record: Record) -> list[tuple[str, Any]]:
    """The pushes in what was given, with their names; one that is given twice is there twice."""
    if push is None:
        return []
    if isinstance(push, np.ndarray) and push.ndim == 0:
        push = push.item()
    if is_number(push) and str(push) in record.names:  # tables may have numbers for names
        return [(str(push), str(push))]
    if isinstance(push, str):
        return [split_label(with_cell_names(push, record), record.names)]
    if isinstance(push, xr.Dataset):
        return list(patterns_of_dataset(push, record, _UNNAMED).items())
    if isinstance(push, xr.DataArray):
        return [(str(push.name) if push.name not in (None, record.field) else _UNNAMED, push)]
    if isinstance(push, pd.Series):
        push = {str(name): value for name, value in push.items()}
    if isinstance(push, Mapping):
        if push and all(is_number(value) for value in push.values()):
            weights = _with_cells(push, record)
            return [(_written(weights), weights)]
        return [(str(name), _with_cells(value, record)) for name, value in push.items()]
    if callable(push):
        name = getattr(push, "name", getattr(push, "__name__", _UNNAMED))
        return [(_UNNAMED if name == "<lambda>" else str(name), push)]
    if isinstance(push, np.ndarray | jax.Array | list | tuple):
        items = list(push)
        if items and all(is_number(item) for item in items):
            if isinstance(push, list | tuple) and _are_names(items, record):
                return [(str(item), str(item)) for item in items]
            weights = dict(zip(record.names, items, strict=False))
            short = len(items) == record.dimension and sum(item != 0 for item in items) <= _TERMS
            return [(_written(weights) if short else _UNNAMED, np.asarray(items))]
        if isinstance(push, list | tuple) or np.asarray(push).dtype.kind in "UO":
            return [found for item in items for found in _each(item, record)]
        return [(_UNNAMED, np.asarray(push))]
    raise OptionError(
        f"the push is {described(push)}",
        "a push is the name of a state variable, a sum such as 'x + 2*y', weights by variable, a pattern or a function "
        "of one state",
        f"name one of {listed_names(record.names)}",
    )


def _are_names(items: list[Any], record: Record) -> bool:
    """Whether numbers in a list are names of columns, and not weights of all of them.

    Raises:
        OptionError: They may be either.
    """
    if not all(str(item) in record.names for item in items) or len(set(items)) < len(items):
        return False
    if len(items) == record.dimension:
        weights = dict(zip(record.names, items, strict=True))
        raise OptionError(
            f"the push is {items}, of a record whose state variables are called {listed_names(record.names)}",
            "a list of numbers may be weights of all of them, or names of some",
            f"give {[str(item) for item in items]} for a push on each, or {weights} for one push with these weights",
        )
    return True


def _with_cells(value: Any, record: Record) -> Any:
    """What a push is with every cell of the field under the name that the record has for it."""
    if isinstance(value, str):
        return with_cell_names(value, record)
    if isinstance(value, Mapping):
        return {with_cell_names(str(name), record): _with_cells(each, record) for name, each in value.items()}
    return value


def _to_push(name: str, value: Any, record: Record) -> AbstractPush:
    if isinstance(value, pd.Series):
        value = value.to_dict()
    if isinstance(value, AbstractPush):
        return value
    if isinstance(value, str):
        return _of_text(name, value, record)
    if isinstance(value, Mapping):
        if all(is_number(weight) for weight in value.values()):
            return push_of_weights(name, {str(key): float(weight) for key, weight in value.items()}, record.names)
        for key, each in value.items():
            if not isinstance(each, str) and not is_number(each):
                raise OptionError(
                    f"the push '{name}' moves '{key}' by {described(each)}",
                    "a state variable is moved by a number, or by an expression of the state",
                    f"give such a mapping, as in {{'{record.names[0]}': 1.0}}",
                )
        return push_of_components(name, {str(key): each for key, each in value.items()}, record.names)
    if isinstance(value, np.ndarray | jax.Array | xr.DataArray | list | tuple):
        vector = pattern_vector(name, value, record)
        moved = np.flatnonzero(vector)
        return push_of_weights(name, {record.names[place]: vector[place] for place in moved}, record.names)
    if not callable(value):
        raise OptionError(
            f"the push '{name}' is {described(value)}",
            "a push is the name of a state variable, a sum such as 'x + 2*y', weights, a pattern or a function of one "
            "state",
            f"name one of {listed_names(record.names)}",
        )
    return _of_function(name, value, record)


def _of_text(name: str, text: str, record: Record) -> AbstractPush:
    def deviation(variable: str) -> float:
        return standard_deviation(record, record.names.index(variable))

    return push_of_text(name, text, record.names, deviation)


def _of_function(name: str, function: Callable[[Any], Any], record: Record) -> AbstractPush:
    push, zero = VectorFieldPush(name, function), jnp.zeros(record.dimension)
    takes = f"it maps one state, shape ({record.dimension},), to the same shape"
    with given_function(f"the push '{name}'", takes, f"one state, as in f(jnp.zeros({record.dimension}))"):
        real(jax.eval_shape(lambda state: jnp.asarray(function(state)), zero))
        shape = jax.eval_shape(push, zero).shape
    if shape != (record.dimension,):
        raise OptionError(
            f"the push '{name}' has shape {shape}",
            f"a push is a vector field: {takes}",
            f"return one value for each of {listed_names(record.names)}",
        )
    with given_function(f"the push '{name}'", takes, f"one state, as in f(jnp.zeros({record.dimension}))"):
        jax.eval_shape(push.divergence, zero)
        if not _depends(push, zero):  # the same as its weights, and answered as exactly
            return ConstantPush(name, np.asarray(push(zero)))
    return push


def _depends(function: Callable[[Any], Any], state: Any) -> bool:
    """Whether anything that is computed by a function depends on the state."""
    traced = jax.make_jaxpr(function)(state).jaxpr
    moving = set(traced.invars)
    for equation in traced.eqns:
        if any(not isinstance(variable, Literal) and variable in moving for variable in equation.invars):
            moving.update(equation.outvars)
    return any(not isinstance(out, Literal) and out in moving for out in traced.outvars)


def _refuse_undefined(push: AbstractPush, record: Record) -> None:
    """Refuse a push without a value, or without a divergence, somewhere along the record."""
    if push.constant(record.dimension) is not None:
        return
    vectors, count, first, flat = PushVectors((push,), record.dimension), 0, "", record.flat
    for member, start, stop in pieces_of(flat):
        states = flat[member, start:stop]
        with given_function(f"the push '{push.name}'", "it maps one state to a vector", "some states of the record"):
            values, divergence = vectors(states)
        bad = ~((np.abs(values) < LARGEST).all(axis=(1, 2)) & (np.abs(divergence) < LARGEST).all(axis=1))
        if bad.any() and not count:
            step = int(np.argmax(bad))
            shown = zip(record.names[:4], states[step], strict=False)
            first = f"time step {start + step + 1} ({', '.join(f'{name} = {value:g}' for name, value in shown)})"
            first += f" of member {record.member_names[member]}" if record.members > 1 else ""
        count += int(bad.sum())
    if count:
        raise OptionError(
            f"the push '{push.name}' has no finite value or slope at {count:,} of {record.members * record.steps:,} "
            f"states, the first at {first}",
            "a push needs a value and a slope at every state of the record",
            "choose one that is smooth everywhere, such as tanh(x) or sqrt(x**2 + 0.01)",
        )


def _written(weights: Mapping[str, Any]) -> str:
    """Weights as a sum, which names a push that has no other name."""
    terms = [
        (f"{'-' if weight < 0 else '+'}", name if abs(weight) == 1 else f"{abs(float(weight)):g}*{name}")
        for name, weight in weights.items()
        if weight != 0
    ]
    if not terms or len(terms) > _TERMS:
        return _UNNAMED
    return " ".join(part for term in terms for part in term).removeprefix("+ ")


def _alike(one: Any, other: Any) -> bool:
    """Whether two pushes of one name are the same."""
    if isinstance(one, str | Mapping) and isinstance(other, str | Mapping):
        return repr(one) == repr(other)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return one is other
